"""Interpreters outside /usr: programs get them, and see nothing of what lies beside them."""

from dataclasses import replace

import pytest
from bench import write_order

from l2harness.grading.equip import equipped
from l2harness.labs.stage import Stage
from l2harness.network.loop import Deadline

pytestmark = pytest.mark.usefixtures("bubblewrap")

#: Says that it was used, and how; the real one does the work.
WRAPPER = '#!/bin/sh\necho "by $0"\nexec /usr/bin/python3 "$@"\n'
LOOK = "import os, sys\nprint([name for name in sys.argv[1:] if os.path.exists(name)])\n"


@pytest.fixture
def home(tmp_path):
    """A home that is closed to everybody else, with an interpreter and a secret in it."""
    home = tmp_path / "home"
    (home / "tool" / "bin").mkdir(parents=True)
    (home / "tool" / "bin" / "python3").write_text(WRAPPER)
    (home / "tool" / "bin" / "python3").chmod(0o755)
    (home / "secret").write_text("42")
    (home / "links").mkdir()
    (home / "links" / "python3").symlink_to(home / "tool" / "bin" / "python3")
    (home / "links" / "diary").write_text("42")
    home.chmod(0o700)
    return home


@pytest.mark.parametrize("place", ["tool/bin", "links"])
def test_an_interpreter_in_a_closed_home(tmp_path, home, place):
    """It is used by its real name; of the home, only the directory that it belongs to is there."""
    order = write_order(tmp_path / "bench", {"program.py": LOOK}, programs=["program"])
    lab = replace(order.lab, interpreters={"python3": str(home / place / "python3")})
    with equipped(replace(order, lab=lab)) as ready:
        slot = ready.slots[0]
        slot.bring_up()
        slot.network.begin_run()
        stage = Stage("test", slot.network, slot.sysfs, ready.equipment)
        names = [str(home / it) for it in ("tool/bin/python3", "secret", "links", "links/diary")]
        program = stage.start("h1", "program", *names)
        end = program.finish(Deadline.after(10))
        said = program.output().decode().splitlines()
        stage.close()
    assert end.succeeded, program.output("stderr")
    assert said == [f"by {home}/tool/bin/python3", f"['{home}/tool/bin/python3']"]
