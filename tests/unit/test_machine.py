"""Virtual machines seen from the harness, with programs in their place that end in every way."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from l2harness.errors import KernelError
from l2harness.network.loop import Deadline, Loop
from l2harness.vm import files, landlock, machine
from l2harness.vm.guest import STARTED
from l2harness.vm.machine import Cancel, Cancelled, Command, MachineLost, run

#: A safety net, not an expectation, seconds.
SOON_S = 60.0
#: What a guest that did its work leaves behind.
DONE = """
print(STARTED, flush=True)
open(f"{place}/results/said", "w").write("hello")
open(f"{place}/results/status.json", "w").write('{"status": 7, "kernel": "6.1.0"}')
"""
#: Two processes that stay for ever, the second as a helper that nobody waits for.
STAYS = """
helper = os.fork()
if helper == 0:
    signal.pause()
with open(place + "/results/new", "w") as file:
    print(os.getpid(), helper, file=file)
os.rename(place + "/results/new", place + "/results/pids")
print(STARTED, flush=True)
signal.pause()
"""


class Pretended:
    """A hypervisor that is a Python program."""

    mode = "vm:uml"
    version = "6.15"

    def __init__(self, program: str) -> None:
        self._program = program

    sees_files = True
    slower = 4

    def reads(self, paths):
        """It needs nothing but Python."""
        return files.needed(paths)

    def describe(self, place):
        """Nobody reads it."""
        return {}

    def command(self, place, init):
        """Run the program with the names that it uses."""
        begin = f"import os, signal; place = {str(init.parents[1])!r}; STARTED = {STARTED!r}\n"
        return [sys.executable, "-I", "-S", "-c", begin + self._program]

    def environment(self, place):
        """It needs none."""
        return {}

    def furnish(self, place, paths, room_bytes):
        """It finds everything where it lies."""

    def left(self, place, wanted):
        """What lies in its directory."""
        return files.left_in(place / "results", wanted)


def run_pretended(program, *, limit_s=SOON_S, boot_s=SOON_S, wanted=None, cancel=None):
    """Run a program in the place of a machine."""
    return run(
        Pretended(program),
        Command(("/bin/true",)),
        limit_s=limit_s,
        boot_s=boot_s,
        wanted=wanted or {"said": 100},
        cancel=cancel,
    )


@pytest.fixture
def loop():
    """What to wait with."""
    made = Loop()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Machines are kept where the test can see that they are gone."""
    kept = tmp_path / "machines"
    kept.mkdir()
    monkeypatch.setattr(machine, "place_for_machines", lambda: str(kept))
    yield kept
    assert list(kept.iterdir()) == []


def gone(pid: int) -> bool:
    """Whether a process has ended, reaped or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


class TestResults:
    """What a machine leaves."""

    def test_taken(self):
        """Status, kernel and the files that were asked for come back."""
        done = run_pretended(DONE)
        assert (done.status, done.kernel, done.files) == (7, "6.1.0", {"said": b"hello"})

    @pytest.mark.parametrize(
        "made",
        [
            "os.symlink('/etc/passwd', path)",
            "os.mkfifo(path)",
            "os.mkdir(path)",
            "open(path, 'w').write('x' * 101)",
        ],
        ids=["a link", "a pipe", "a directory", "too much"],
    )
    def test_refused(self, made):
        """What is no file of the size that was agreed on is not taken, and nobody waits for it."""
        made = f"path = f'{{place}}/results/said'; os.unlink(path); {made}"
        assert run_pretended(DONE + made).files == {}

    @pytest.mark.parametrize("said", ["", "{}", "[1]", '{"status": "x", "kernel": 1}', "\\xff"])
    def test_a_status_that_is_none(self, said):
        """Whoever does not say how it went has come to nothing."""
        program = DONE + f"open(f'{{place}}/results/status.json', 'w').write({said!r})"
        with pytest.raises(MachineLost, match="did not say how it went"):
            run_pretended(program)


class TestLost:
    """Machines that come to nothing."""

    def test_does_not_boot(self):
        """One that dies at once shows the end of its console."""
        with pytest.raises(MachineLost) as caught:
            run_pretended("print('no memory'); print('Kernel panic - not syncing')")
        assert "did not boot" in caught.value.problem
        assert caught.value.console == "no memory\nKernel panic - not syncing"

    def test_dies_mid_run(self):
        """One that dies later is told apart, and a full disk on its console is shown."""
        died = "print(STARTED); print('OSError: [Errno 28] No space left on device', flush=True)"
        with pytest.raises(MachineLost, match="ended early") as caught:
            run_pretended(died)
        assert str(caught.value).endswith("No space left on device")

    def test_hangs_at_boot(self):
        """One that says nothing is ended."""
        with pytest.raises(MachineLost, match=r"had not booted after 0\.2 s; its console is emp"):
            run_pretended("signal.pause()", boot_s=0.2)

    def test_hangs_mid_run(self):
        """One that goes on for ever is ended at its limit, whatever it prints."""
        endless = "print(STARTED, flush=True)\nwhile True: print('still here', flush=True)"
        with pytest.raises(MachineLost, match=r"had not finished after 0\.2 s"):
            run_pretended(endless, limit_s=0.2)

    def test_a_chatty_console_is_bounded(self):
        """Of a flood the last lines are kept, and none of them is long."""
        with pytest.raises(MachineLost) as caught:
            run_pretended("for n in range(9999): print(n, 'x' * 999)")
        lines = caught.value.console.split("\n")
        assert lines[-1].startswith("9998 x")
        assert len(lines) <= 8
        assert max(map(len, lines)) <= 160

    def test_cannot_be_executed(self, monkeypatch):
        """A program that is not there is named on the console."""
        monkeypatch.setattr(Pretended, "command", lambda *_: ["/nowhere/linux"])
        with pytest.raises(MachineLost, match="/nowhere/linux: No such file"):
            run_pretended("")

    def test_no_place(self, monkeypatch):
        """Where nothing can be written the machine is at fault, by name."""
        monkeypatch.setattr(machine, "place_for_machines", lambda: "/nowhere")
        with pytest.raises(KernelError, match="make a directory in /nowhere: No such file"):
            run_pretended(DONE)


class TestNothingStays:
    """Whatever dies, no process and no file of a machine is left."""

    def test_cancelled(self):
        """Another thread can end it."""
        cancel = Cancel()
        cancel.ask()
        with pytest.raises(Cancelled):
            run_pretended(STAYS, cancel=cancel)
        cancel.close()

    def test_the_harness_is_killed(self, place, loop):
        """SIGKILL to the harness ends the machine, its helpers and its directory."""
        machine_pids = self._start_and_kill(place, loop, lambda caller: caller.kill())
        assert loop.wait(lambda: all(map(gone, machine_pids)), Deadline.after(SOON_S), poll=True)
        assert loop.wait(lambda: not any(place.iterdir()), Deadline.after(SOON_S), poll=True), (
            list(place.iterdir())
        )

    def test_the_keeper_is_killed(self, place, loop):
        """SIGKILL to the process in between ends them as well, and the harness says so."""

        def kill_keeper(caller):
            children = Path(f"/proc/{caller.pid}/task/{caller.pid}/children").read_text()
            (keeper,) = map(int, children.split())
            os.kill(keeper, signal.SIGKILL)

        machine_pids = self._start_and_kill(place, loop, kill_keeper)
        assert loop.wait(lambda: all(map(gone, machine_pids)), Deadline.after(SOON_S), poll=True)

    def _start_and_kill(self, place, loop, kill):
        script = (
            "import sys; sys.path.insert(0, sys.argv[1]); import test_machine as t; "
            "t.machine.place_for_machines = lambda: sys.argv[2]; t.run_pretended(sys.argv[3])"
        )
        arguments = [str(Path(__file__).parent), str(place), STAYS]
        with subprocess.Popen(
            [sys.executable, "-c", script, *arguments], stderr=subprocess.PIPE, text=True
        ) as caller:
            # The file is there once both run.
            found = loop.wait(
                lambda: list(place.glob("*/results/pids")), Deadline.after(SOON_S), poll=True
            )
            assert found, "it has not started"
            first, helper = found[0].read_text().split()
            assert not gone(int(first))
            assert not gone(int(helper))
            kill(caller)
            said = caller.stderr.read()
        assert caller.returncode == -signal.SIGKILL or "MachineLost" in said
        return int(first), int(helper)


class TestConfined:
    """What a machine can see and change of the host."""

    def test_files(self, tmp_path):
        """It reads what it was given and writes to its own directories, where Landlock is."""
        secret = tmp_path / "secret"
        secret.write_text("the seed of the exam")
        tried = f"""
def tried(action):
    try:
        action()
    except PermissionError:
        return "refused"
    return "done"
print(tried(lambda: open({str(secret)!r}).read()))
print(tried(lambda: os.listdir({str(tmp_path)!r})))
print(tried(lambda: open({str(tmp_path / "new")!r}, "w")))
print(tried(lambda: open(place + "/job/job.json", "a")))
print(tried(lambda: open(place + "/job/job.json").read()))
import socket
print(tried(lambda: socket.create_server(("127.0.0.1", 0)).close()))
print(tried(lambda: os.kill(os.getppid(), 0)))
"""
        said = run_pretended(tried + DONE).console.split("\n")
        version = landlock.version()
        files_are = "refused" if version else "done"
        assert said[:5] == [files_are] * 4 + ["done"]
        assert said[5] == ("refused" if version >= 4 else "done")
        assert said[6] == ("refused" if version >= 6 else "done")

    def test_what_is_needed(self, tmp_path):
        """Home directories and the root are not among what a command needs, its paths are."""
        needed = files.needed([tmp_path])
        assert str(tmp_path.resolve()) in needed
        assert {"/", "/home", "/root", "/var", "/tmp"}.isdisjoint(needed)


class TestRoom:
    """Where a machine is kept, and how much memory it gets."""

    def test_not_where_nothing_is_executed(self, monkeypatch):
        """A file system that has no room, or executes nothing, is passed over."""
        monkeypatch.setattr(files, "_can_hold", lambda place: place == "/var/tmp")
        assert files.place_for_machines() == "/var/tmp"
        monkeypatch.undo()
        monkeypatch.setattr(files, "ROOM_BYTES", 1 << 62)
        assert not files._can_hold("/tmp")

    def test_memory_of_a_small_container(self, tmp_path, monkeypatch):
        """Half of what a container has, within bounds."""
        limit = tmp_path / "memory.max"
        monkeypatch.setattr(files, "_LIMITS_OF_GROUPS", (str(limit),))
        amounts = {}
        for said in ("max", "805306368", "1000"):
            limit.write_text(f"{said}\n")
            amounts[said] = files.memory_bytes() >> 20
        assert amounts["805306368"] == 384
        assert amounts["1000"] == 192
        assert 192 <= amounts["max"] <= 512
