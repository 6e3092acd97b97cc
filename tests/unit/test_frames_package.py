"""The frames package as a whole: light enough to be imported by everything."""

import subprocess
import sys
from pathlib import Path

import pytest

import l2harness
from l2harness.frames import FieldDifference, Frame, MacAddress, VlanTag
from l2harness.frames.pcapng import Packet

HOME = Path(l2harness.__file__).parents[1]


def foreign_packages_after(statement):
    """Run a statement in a fresh interpreter; name what it loaded beside the standard library."""
    report = (
        "import sys; names = {name.partition('.')[0] for name in sys.modules}; "
        "print(*sorted(names - sys.stdlib_module_names - {'__main__'}))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"{statement}; {report}"],
        env={"PYTHONPATH": f"{HOME}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.split()


def test_needs_the_standard_library_alone():
    """Importing the package loads nothing that has to be installed."""
    assert foreign_packages_after("pass") == []
    assert foreign_packages_after("import l2harness.frames.pcapng") == ["l2harness"]


@pytest.mark.parametrize("kind", [MacAddress, VlanTag, Frame, FieldDifference, Packet])
def test_values_stay_what_they_are(kind):
    """No value of frames can be changed, nor be given more than it has."""
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)
