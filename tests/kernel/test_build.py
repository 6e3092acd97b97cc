"""Building with a Makefile: in the sandbox, bounded, without network, and what comes of it."""

import contextlib
import json

import pytest
from bench import write_order

from l2harness.grading.equip import equipped
from l2harness.labs.stage import Stage
from l2harness.network.loop import Deadline
from l2harness.programs.exit import ExitReason

WITHIN_S = 60

HELLO = '#include <stdio.h>\nint main(void) { puts("built"); return 0; }\n'


@pytest.fixture
def build(bubblewrap, tmp_path):
    """Have a submission built whose Makefile should make ``program``; return what is ready."""
    with contextlib.ExitStack() as ready:

        def equip(files, **limits):
            order = write_order(tmp_path / "bench", files, limits=limits, programs=["program"])
            return ready.enter_context(equipped(order))

        yield equip


def run(ready):
    """Run what was built; return its end and its output."""
    slot = ready.slots[0]
    slot.bring_up()
    slot.network.begin_run()
    stage = Stage("test", slot.network, slot.sysfs, ready.equipment)
    try:
        program = stage.start("h1", "program")
        return program.finish(Deadline.after(WITHIN_S)), program.output()
    finally:
        stage.close()


class TestWhatIsBuilt:
    """Programs that come of it."""

    def test_a_program_in_c(self, build):
        """The compiler works in the sandbox, and every start of a program finds the result."""
        ready = build({"Makefile": "program: program.c\n\tcc -o $@ $<\n", "program.c": HELLO})
        assert ready.built.exit.succeeded
        for _ in range(2):
            ended, output = run(ready)
            assert ended.succeeded
            assert output == b"built\n"

    def test_an_implicit_rule(self, build):
        """A Makefile of one line is enough, as everywhere."""
        ready = build({"makefile": "all: program\n", "program.c": HELLO})
        assert run(ready)[1] == b"built\n"

    def test_a_program_that_was_there(self, build):
        """What needs no building is not touched by a Makefile that does something else."""
        ready = build({"Makefile": "all:\n\t@true\n", "program": "#!/bin/sh\necho as it was\n"})
        assert run(ready)[1] == b"as it was\n"

    def test_no_makefile(self, build):
        """Without one nothing is made."""
        assert build({"program": "#!/bin/sh\n"}).built is None


class TestWhatFails:
    """Builds that go wrong are the student's, and are explained."""

    def test_an_error_of_the_compiler(self, build):
        """The compiler's words are the reason why the program is missing."""
        ready = build(
            {"Makefile": "program: program.c\n\tcc -o $@ $<\n", "program.c": "int main( {"}
        )
        problem = ready.equipment.found["program"].problem
        assert "make exited with status 2" in problem
        assert "error" in problem

    def test_a_build_without_end(self, build):
        """It is stopped at its limit."""
        ready = build({"Makefile": "program:\n\t@tail -f /dev/null\n"}, build_s=0.3)
        assert ready.built.exit.reason is ExitReason.WALL_LIMIT
        assert ready.equipment.found["program"].problem is not None

    def test_a_flood_of_words(self, build):
        """What it prints is bounded in every report."""
        ready = build({"Makefile": "program:\n\t@yes\n"})
        assert ready.built.exit.reason is ExitReason.OUTPUT_LIMIT
        assert len(ready.equipment.found["program"].problem) < 20_000

    def test_a_makefile_that_builds_something_else(self, build):
        """When make succeeds and the program is not there, that is what is said."""
        ready = build({"Makefile": "other:\n\t@touch other\n"})
        assert ready.built.exit.succeeded
        assert "no file named program" in ready.equipment.found["program"].problem


LOOK = """
import errno, json, os, socket
def tried(action):
    try:
        action()
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({
    "interfaces": [name for _, name in socket.if_nameindex()],
    "packet": tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)),
    "capabilities": int(status["CapEff"], 16),
    "usr": tried(lambda: open("/usr/left-here", "w")),
    "here": tried(lambda: open("left-here", "w")),
    "pids": len([name for name in os.listdir("/proc") if name.isdecimal()]),
}))
"""


def test_it_is_contained(build):
    """A build has no interface but lo, no capability, sees nobody, and writes only where it is."""
    ready = build(
        {
            "Makefile": "program:\n\t@python3 look.py > found\n"
            "\t@printf '#!/bin/sh\\ncat found\\n' > program; chmod +x program\n",
            "look.py": LOOK,
        }
    )
    assert ready.built.exit.succeeded, ready.built.output
    found = json.loads(run(ready)[1])
    assert found["interfaces"] == ["lo"]
    assert found["packet"] in ("EPERM", "EACCES", "EAFNOSUPPORT")
    assert found["capabilities"] == 0
    assert found["usr"] == "EROFS"
    assert found["here"] == "done"
    assert found["pids"] <= 5


def test_the_submission_is_not_touched(build, tmp_path):
    """What was built is nowhere in the student's own directory."""
    build({"Makefile": "program: program.c\n\tcc -o $@ $<\n", "program.c": HELLO})
    files = sorted(path.name for path in (tmp_path / "bench" / "submission").iterdir())
    assert files == ["Makefile", "program.c"]
