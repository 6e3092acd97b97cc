"""Programs that run: what they say, how they end, and that nothing of them stays."""

import json
import os
import signal
import sys

import pytest

from l2harness.errors import SandboxError
from l2harness.network.loop import Deadline
from l2harness.network.timeline import ExitEvent, OutputEvent
from l2harness.programs.exit import ExitReason
from l2harness.programs.killing import kill
from l2harness.programs.process import Program
from l2harness.programs.sandbox import Command
from l2harness.testing import FakeSandbox

WITHIN_S = 20

READY_THEN_WAIT = """
import signal, sys
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.fixture(params=[True, False], ids=["sandboxed", "unprotected"])
def start(request, make_stage):
    """Start a Python program on h1 of a pair, with and without the sandbox; (stage, program)."""

    def begin(text, *arguments, **limits):
        files = {"program": f"#!/usr/bin/python3\n{text}"}
        stage = make_stage(files, sandboxed=request.param, **limits)
        return stage, stage.start("h1", "program", *arguments)

    return begin


def wait_for(stage, program, word):
    """Wait until the program has printed a word."""
    assert stage.network.loop.wait(lambda: word in program.output(), Deadline.after(WITHIN_S))


def output_of(stage, program, stream="stdout"):
    """What the timeline knows of its output."""
    return b"".join(
        event.data
        for event in stage.network.timeline.of(OutputEvent)
        if (event.program, event.stream) == (program.number, stream)
    )


class TestOutput:
    """What a program prints."""

    def test_streams_are_apart(self, start):
        """Standard output and standard error come separately, whole, and into the timeline."""
        stage, program = start(
            "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('more')"
        )
        program.finish(Deadline.after(WITHIN_S))
        assert program.output("stdout") == b"out\nmore\n"
        assert program.output("stderr") == b"err\n"
        assert output_of(stage, program) == b"out\nmore\n"
        assert output_of(stage, program, "stderr") == b"err\n"

    def test_bytes_are_not_translated(self, start):
        """No line end, no control character and no byte is changed on the way."""
        every = bytes(range(256)) * 3 + b"\r\n\x03\x04\x1a\x7f\n"
        _, program = start(f"import sys\nsys.stdout.buffer.write({every!r})")
        program.finish(Deadline.after(WITHIN_S))
        assert program.output() == every

    def test_a_line_comes_when_it_is_printed(self, start):
        """On a terminal a line is out at once, without a flush, while the program goes on."""
        stage, program = start("import signal\nprint('now')\nsignal.pause()")
        wait_for(stage, program, b"now\n")
        assert program.running
        program.stop()

    def test_it_looks_like_a_terminal(self, start):
        """All three standard streams are terminals of 24 lines and 120 columns."""
        _, program = start(
            "import os, sys\nprint([os.isatty(fd) for fd in (0, 1, 2)], os.get_terminal_size(1))"
        )
        program.finish(Deadline.after(WITHIN_S))
        assert program.output() == (
            b"[True, True, True] os.terminal_size(columns=120, lines=24)\n"
        )

    def test_the_last_words_are_heard(self, start):
        """What is printed right before the end is not lost, however much it is."""
        _, program = start("import os\nos.write(1, b'x' * 100_000)\nos._exit(3)")
        program.finish(Deadline.after(WITHIN_S))
        # A terminal takes a few kilobytes at a time: the program waits until they are read.
        assert program.exit.code == 3
        assert set(program.output()) == {ord("x")}

    def test_hearing_takes_in_what_is_there(self, start):
        """Asked to hear, the harness has everything that was written before."""
        stage, program = start(READY_THEN_WAIT)
        wait_for(stage, program, b"ready")
        program.hear()
        assert program.output() == b"ready\n"
        program.stop()

    def test_nothing_can_be_read(self, start):
        """Standard input is there, and nobody types: a program that asks waits."""
        stage, program = start("import sys\nprint('asking')\nsys.stdin.readline()\nprint('told')")
        wait_for(stage, program, b"asking")
        program.stop()
        assert program.output() == b"asking\n"


class TestEnds:
    """How a program ends, as a value."""

    @pytest.mark.parametrize("status", [0, 1, 2, 42, 100, 127])
    def test_a_status(self, start, status):
        """An exit status comes as it is."""
        stage, program = start(f"import os\nos._exit({status})")
        ended = program.finish(Deadline.after(WITHIN_S))
        assert (ended.reason, ended.code, ended.signal) == (ExitReason.EXITED, status, None)
        assert [it.reason for it in stage.network.timeline.of(ExitEvent)] == ["exited"]
        assert not program.running

    def test_255(self, start):
        """Statuses that no signal could mean stay statuses up to the last."""
        _, program = start("import sys\nsys.exit(-1)")
        ended = program.finish(Deadline.after(WITHIN_S))
        assert (ended.reason, ended.code) == (ExitReason.EXITED, 255)

    @pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGFPE", "SIGKILL", "SIGPIPE"])
    def test_a_signal(self, start, name):
        """A crash is the signal, and no status."""
        _, program = start(
            "import os, signal\n"
            f"signal.signal(signal.{name}, signal.SIG_DFL) if '{name}' != 'SIGKILL' else None\n"
            f"os.kill(os.getpid(), signal.{name})"
        )
        ended = program.finish(Deadline.after(WITHIN_S))
        assert (ended.reason, ended.code) == (ExitReason.SIGNALLED, None)
        assert signal.Signals(ended.signal).name == name
        assert ended.killed == (name == "SIGKILL")

    def test_a_traceback(self, start):
        """An exception is status 1 with its words on standard error."""
        _, program = start("raise SystemError('broken')")
        assert program.finish(Deadline.after(WITHIN_S)).code == 1
        assert program.output("stderr").endswith(b"SystemError: broken\n")

    def test_time_is_measured(self, start):
        """How long it ran is between nothing and what we waited."""
        deadline = Deadline.after(WITHIN_S)
        _, program = start("pass")
        ended = program.finish(deadline)
        assert 0 < ended.wall_s < WITHIN_S

    def test_arguments_arrive(self, start):
        """Arguments come as they are, empty ones and odd ones too."""
        arguments = ["", "a b", "--help", "ü", "\n"]
        _, program = start("import json, sys\nprint(json.dumps(sys.argv[1:]))", *arguments)
        program.finish(Deadline.after(WITHIN_S))
        assert json.loads(program.output()) == arguments
        assert program.argv == ("./program", *arguments)

    def test_no_such_interpreter(self, make_stage):
        """What the kernel cannot execute was not started, which is the student's affair."""
        stage = make_stage({"program": "#!/usr/bin/no-such-thing\n"})
        program = stage.start("h1", "program")
        assert program.finish(Deadline.after(WITHIN_S)).reason is ExitReason.NOT_STARTED
        assert b"No such file or directory" in program.output("stderr")


class TestStopping:
    """Programs that do not end by themselves."""

    def test_it_is_asked_first(self, start):
        """SIGTERM comes first, and a farewell is heard."""
        stage, program = start(
            "import os, signal, sys\n"
            "def leave(*_):\n    os.write(1, b'bye\\n')\n    sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, leave)\n" + READY_THEN_WAIT
        )
        wait_for(stage, program, b"ready")
        ended = program.stop()
        assert ended.reason is ExitReason.STOPPED
        assert program.output() == b"ready\nbye\n"

    def test_an_ordinary_program_ends_at_once(self, start):
        """One that does nothing about SIGTERM is not waited for, though it looks like an init."""
        stage, program = start(READY_THEN_WAIT)
        wait_for(stage, program, b"ready")
        before = Deadline.after(0.4)  # its farewell would be longer
        program.stop()
        assert not before.expired
        assert program.exit.wall_s < WITHIN_S

    def test_who_ignores_it_is_killed(self, start):
        """A program that refuses to leave is ended all the same, in bounded time."""
        stage, program = start(
            "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + READY_THEN_WAIT
        )
        wait_for(stage, program, b"ready")
        assert program.stop().reason is ExitReason.STOPPED
        assert not program.running

    def test_the_time_limit(self, start):
        """Who has not ended by the deadline is stopped, and that is what is said."""
        _, program = start(READY_THEN_WAIT)
        assert program.finish(Deadline.after(0.0)).reason is ExitReason.WALL_LIMIT

    def test_stopping_twice(self, start):
        """The second time gives the same end; what has ended by itself stays so."""
        _, program = start(READY_THEN_WAIT)
        assert program.stop() is program.stop()
        _, other = start("pass")
        ended = other.finish(Deadline.after(WITHIN_S))
        assert other.stop() is ended
        assert ended.reason is ExitReason.EXITED

    def test_what_it_has_started_ends_with_it(self, start):
        """Children, grandchildren and daemons that ignore everything are gone with it."""
        stage, program = start(
            "import os, signal\n"
            "for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
            "    signal.signal(number, signal.SIG_IGN)\n"
            "for _ in range(3):\n"
            "    if os.fork() == 0:\n"
            "        os.setsid()\n"
            "        if os.fork() == 0:\n"
            "            os.write(1, b'daemon\\n')\n"
            "        while True: signal.pause()\n"
            "while True: signal.pause()"
        )
        done = lambda: program.output().count(b"daemon\n") == 3  # noqa: E731
        assert stage.network.loop.wait(done, Deadline.after(WITHIN_S))
        pids = program.pids()
        assert len(pids) == 7
        program.stop()
        assert program.pids() == []
        assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]


def test_a_daemon_outlives_nobody(make_stage):
    """A program that forks and ends: with it ends the sandbox, and the daemon in it."""
    stage = make_stage(
        {
            "program": "#!/usr/bin/python3\nimport os, signal\n"
            "read, write = os.pipe()\n"
            "if os.fork() == 0:\n"
            "    os.setsid()\n"
            "    if os.fork() == 0:\n"
            "        os.write(write, b'up')\n"
            "        while True: signal.pause()\n"
            "    os._exit(0)\n"
            "os.wait()\n"
            "os.read(read, 2)\n"
            "print('parent leaves')"
        }
    )
    program = stage.start("h1", "program")
    ended = program.finish(Deadline.after(WITHIN_S))
    assert (ended.reason, ended.code) == (ExitReason.EXITED, 0)
    assert program.output() == b"parent leaves\n"


class TestProcesses:
    """Whom the harness counts as the program."""

    def test_the_sandbox_is_not_among_them(self, make_stage):
        """A program alone is one process, the one that was asked for."""
        stage = make_stage({"program": f"#!/usr/bin/python3\n{READY_THEN_WAIT}"})
        program = stage.start("h1", "program")
        wait_for(stage, program, b"ready")
        (pid,) = program.pids()
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            assert file.read().split(b"\0")[1] == b"./program"
        program.stop()

    def test_many_at_a_time(self, make_stage):
        """Programs on one host and on two are apart: numbers, output, ends."""
        stage = make_stage(
            {
                "program": "#!/usr/bin/python3\n"
                "import sys\n"
                "print(sys.argv[1])\n"
                "sys.exit(int(sys.argv[1]))\n"
            }
        )
        programs = [stage.start(("h1", "h2")[n % 2], "program", str(n)) for n in range(6)]
        for number, program in enumerate(programs):
            assert program.finish(Deadline.after(WITHIN_S)).code == number
            assert program.output() == b"%d\n" % number
            assert program.number == number


class TestOurFaults:
    """What goes wrong before a program runs is never the student's."""

    def test_a_sandbox_that_does_not_start(self, make_stage, monkeypatch):
        """bubblewrap's refusal is a SandboxError with its own words, and leaves nothing."""
        stage = make_stage({"program": "#!/bin/sh\n"})
        sandbox = stage._equipment.sandbox
        real = sandbox._options
        monkeypatch.setattr(
            sandbox, "_options", lambda launch: [*real(launch), "--ro-bind", "/nowhere", "/x"]
        )

        def start_and_finish():
            stage.start("h1", "program").finish(Deadline.after(WITHIN_S))

        with pytest.raises(SandboxError, match=r"the sandbox did not start: .*/nowhere"):
            start_and_finish()

    def test_a_sandbox_that_is_killed(self, make_stage):
        """Who kills what is around a program says nothing about the program."""
        stage = make_stage({"program": f"#!/usr/bin/python3\n{READY_THEN_WAIT}"})
        program = stage.start("h1", "program")
        wait_for(stage, program, b"ready")
        kill(parent_of(parent_of(program.pids()[0])))
        with pytest.raises(SandboxError, match=r"the sandbox around \./program was killed"):
            stage.network.loop.wait(lambda: not program.running, Deadline.after(WITHIN_S))

    def test_who_is_killed_with_it(self, make_stage):
        """Where the sandbox's init is killed the program is seen to have been, and not stopped."""
        stage = make_stage({"program": f"#!/usr/bin/python3\n{READY_THEN_WAIT}"})
        program = stage.start("h1", "program")
        wait_for(stage, program, b"ready")
        kill(parent_of(program.pids()[0]))
        assert program.finish(Deadline.after(WITHIN_S)).killed
        assert stage.exits == [program.exit]

    def test_a_line_that_cannot_be_executed(self, make_network):
        """When the machine lacks what we start, that is our fault, and leaves nothing."""
        network = make_network("pair")
        command = Command(["/no/such/sandbox"], {})
        with pytest.raises(SandboxError, match="cannot execute /no/such/sandbox"):
            Program(network, 0, "h1", ["./pyng"], command, limits())

    def test_a_sandbox_that_cannot_be_prepared(self, make_stage, monkeypatch):
        """A failing preparation comes through as it is; nothing was started."""
        stage = make_stage({"program": "#!/bin/sh\n"})
        monkeypatch.setattr(
            stage, "_equipment", _with_sandbox(stage._equipment, FakeSandbox(fault="no more"))
        )
        with pytest.raises(SandboxError, match="no more"):
            stage.start("h1", "program")
        assert stage.records() == []


def parent_of(pid):
    """The number of the process that started another."""
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def limits():
    """The limits of a lab that says nothing about them."""
    from l2harness.programs.limits import Limits

    return Limits()


def _with_sandbox(equipment, sandbox):
    from dataclasses import replace

    return replace(equipment, sandbox=sandbox)


def test_output_after_the_end_of_the_interpreter(make_stage):
    """A child that goes on printing after its parent has ended is cut off, without a fuss."""
    stage = make_stage(
        {
            "program": "#!/bin/sh\n"
            f"( while :; do echo still; done ) & echo {sys.version_info.major}; exit 4"
        }
    )
    program = stage.start("h1", "program")
    ended = program.finish(Deadline.after(WITHIN_S))
    assert (ended.reason, ended.code) == (ExitReason.EXITED, 4)
    assert b"3\n" in program.output()
