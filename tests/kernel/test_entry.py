"""Moving into namespaces of our own: what is new there, and how signals and statuses pass."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from bench import lives

from l2harness.network import entry
from l2harness.network.loop import Deadline
from l2harness.programs.procfs import children, descendants

WITHIN_S = 30
SPACES = ("net", "mnt", "pid", "ipc")

#: Says ``ready`` once it is inside, so that nobody speaks to it before.
READY = """
import os, signal, sys
from l2harness.network import entry
mode = entry.enter()
def ready(): print("ready", flush=True)
"""


def clean_environment(**more):
    """Our environment without the word that we are inside."""
    return {key: value for key, value in os.environ.items() if key != "L2HARNESS_INSIDE"} | more


@pytest.fixture
def start():
    """Start Python programs that enter namespaces of their own; what is left is killed."""
    with contextlib.ExitStack() as started:

        def run(code, **options):
            options.setdefault("stdin", subprocess.DEVNULL)
            options.setdefault("stdout", subprocess.PIPE)
            process = started.enter_context(
                subprocess.Popen(
                    [sys.executable, "-B", "-c", READY + code],
                    env=clean_environment(),
                    text=True,
                    **options,
                )
            )
            started.callback(process.kill)
            return process

        yield run


def result(process):
    """Return exit status and output, once it has ended."""
    said, _ = process.communicate(timeout=WITHIN_S)
    return process.returncode, said


class TestInside:
    """What it is like there."""

    def test_everything_is_ours_alone(self, start):
        """Network, mounts, processes and IPC are new, and differ from outside."""
        code = f"for kind in {SPACES}: print(os.readlink('/proc/self/ns/' + kind))"
        status, said = result(start(code))
        outside = [os.readlink(f"/proc/self/ns/{kind}") for kind in SPACES]
        assert status == 0
        assert len(said.split()) == len(SPACES)
        assert not set(said.split()) & set(outside)

    def test_we_see_nobody_else(self, start):
        """/proc shows init and the harness; there is only lo, and nothing in the workspace."""
        code = (
            "import socket\n"
            "print(sorted(int(name) for name in os.listdir('/proc') if name.isdecimal()))\n"
            "print(socket.if_nameindex(), os.listdir(entry.WORKSPACE), os.getpid(), os.getppid())"
        )
        assert result(start(code)) == (0, "[1, 2]\n[(1, 'lo')] [] 2 1\n")

    def test_mounts_stay_inside(self, start):
        """What is mounted and written in the workspace is nowhere to be seen from outside."""
        mounts = Path("/proc/self/mountinfo").read_text()
        process = start(
            "open(entry.WORKSPACE + '/inside-only', 'w').close()\n"
            "print(os.listdir(entry.WORKSPACE), flush=True)\n"
            "sys.stdin.read()",
            stdin=subprocess.PIPE,
        )
        assert process.stdout.readline() == "['inside-only']\n"
        assert "inside-only" not in os.listdir(entry.WORKSPACE)
        assert Path("/proc/self/mountinfo").read_text() == mounts
        assert result(process)[0] == 0

    def test_a_second_call_changes_nothing(self, start):
        """Entering again stays where we are and gives the same mode."""
        code = (
            "before = os.readlink('/proc/self/ns/pid'), os.getpid()\n"
            "print(entry.enter() == mode == entry.current_mode(),\n"
            "      before == (os.readlink('/proc/self/ns/pid'), os.getpid()))"
        )
        assert result(start(code)) == (0, "True True\n")

    def test_a_program_started_inside_knows(self, start):
        """A child is told by the environment, and stays in the same namespaces."""
        code = (
            "import subprocess\n"
            "child = 'from l2harness.network import entry; print(entry.current_mode())'\n"
            "print(mode, flush=True)\n"
            "subprocess.run([sys.executable, '-B', '-c', child], check=True)"
        )
        status, said = result(start(code))
        mode, inherited = said.split()
        assert status == 0
        assert mode == inherited
        assert mode in ("root", "rootless")

    def test_the_word_of_the_environment_is_not_enough(self, start):
        """Said in another PID namespace it is not believed, and entering goes on as ever."""
        copied = clean_environment(L2HARNESS_INSIDE=os.environ["L2HARNESS_INSIDE"])
        code = (
            "import os; from l2harness.network import entry\n"
            "print(entry.current_mode(), flush=True)"
        )
        # Here it is true; in the PID namespace of the nested harness the same words are not.
        here = subprocess.run(
            [sys.executable, "-B", "-c", code],
            env=copied,
            capture_output=True,
            text=True,
            check=True,
        )
        assert here.stdout.strip() == entry.current_mode()
        nested = start(
            f"os.environ['L2HARNESS_INSIDE'] = {os.environ['L2HARNESS_INSIDE']!r}\n"
            "print(entry.current_mode())\n"
            "print(entry.enter() in ('root', 'rootless'), os.getpid())\n"
        )
        assert result(nested) == (0, "None\nTrue 2\n")

    def test_entering_from_inside(self, start):
        """A harness inside a harness works, to any depth that the kernel allows."""
        code = (
            "depth = int(os.environ.get('DEPTH', '0'))\n"
            "if depth < 3:\n"
            "    del os.environ['L2HARNESS_INSIDE']\n"
            "    os.environ['DEPTH'] = str(depth + 1)\n"
            "    os.execv(sys.executable, [sys.executable, '-B', '-c', sys.orig_argv[-1]])\n"
            "print('deep', os.getpid())"
        )
        assert result(start(code)) == (0, "deep 2\n")

    def test_nothing_is_printed_twice(self, start):
        """What was in the buffers before entering comes out once."""
        process = start("print('after')")
        assert result(process) == (0, "after\n")
        buffered = "sys.stdout.write('before '); entry.enter(); print('after')"
        code = f"import sys\nfrom l2harness.network import entry\n{buffered}"
        done = subprocess.run(
            [sys.executable, "-B", "-c", code],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "before after\n"


class TestStatus:
    """How it ends outside as it ended inside."""

    @pytest.mark.parametrize("status", [0, 1, 3, 7, 127, 255])
    def test_exit_statuses_pass(self, start, status):
        """The status of the harness is the status of the command."""
        assert result(start(f"sys.exit({status})"))[0] == status

    def test_an_exception_is_status_1(self, start):
        """A traceback inside is on stderr, once."""
        process = start("raise RuntimeError('inside')", stderr=subprocess.PIPE)
        _, said = process.communicate(timeout=WITHIN_S)
        assert process.returncode == 1
        assert said.count("RuntimeError: inside") == 1

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
    def test_signals_pass_as_a_shell_shows_them(self, start, number):
        """A harness that a signal ended gives 128 and its number."""
        assert result(start(f"os.kill(os.getpid(), {number:d})"))[0] == 128 + number

    def test_orphans_do_not_disturb(self, start):
        """Init reaps what others have left, and goes on waiting for the harness."""
        code = (
            "ours, theirs = os.pipe()\n"
            "if os.fork() == 0:\n"
            "    if os.fork() == 0:\n"
            "        os._exit(9)\n"
            "    os._exit(0)\n"
            "os.wait()\n"
            "sys.exit(5)"
        )
        assert result(start(code))[0] == 5

    def test_what_is_left_running_ends(self, start, loop):
        """A background process that outlives the harness is ended with it."""
        code = (
            "import subprocess\n"
            "subprocess.Popen(['/bin/sh', '-c', 'trap \"\" TERM HUP; read x < /dev/zero'],\n"
            "                 stdin=subprocess.DEVNULL, start_new_session=True)\n"
            "ready(); sys.stdin.readline()"
        )
        process = start(code, stdin=subprocess.PIPE)
        assert process.stdout.readline() == "ready\n"
        below = descendants(process.pid)
        assert len(below) == 3  # init, harness, shell
        assert result(process)[0] == 0
        assert loop.wait(lambda: not any(map(lives, below)), Deadline.after(WITHIN_S), poll=True)


HANDLER = """
got = []
woken, waker = os.pipe2(os.O_CLOEXEC)
os.set_blocking(waker, False)
signal.set_wakeup_fd(waker)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
    signal.signal(number, lambda number, _: got.append(number))
ready()
# Not `pause`: a signal that comes between the question and the pause would be slept through.
while not got:
    os.read(woken, 1)
print(*(signal.Signals(number).name for number in got), flush=True)
sys.exit(40)
"""


class TestSignals:
    """What is sent to the command reaches the harness."""

    @pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1"])
    def test_forwarded(self, start, name):
        """A signal to the outer process is handled inside, and the status comes back."""
        process = start(HANDLER)
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.Signals[name])
        assert result(process) == (40, f"{name}\n")

    def test_without_a_handler_it_ends(self, start):
        """SIGTERM ends a harness that does nothing about it, though its parent is PID 1."""
        process = start("ready()\nwhile True: signal.pause()")
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert result(process)[0] == 128 + signal.SIGTERM

    def test_ctrl_c_comes_once(self, start):
        """The terminal signals the whole group itself, so nobody passes it on a second time."""
        ours, theirs = pty.openpty()
        code = (
            # Not `pause`: a signal between the question and the pause would be slept through.
            "came, tell = os.pipe2(os.O_CLOEXEC)\n"
            "os.set_blocking(tell, False)\n"
            "signal.set_wakeup_fd(tell)\n"
            "for number in (signal.SIGINT, signal.SIGTERM):\n"
            "    signal.signal(number, lambda *_: None)\n"
            "ready()\n"
            "got = b''\n"
            "while signal.SIGTERM not in got: got += os.read(came, 16)\n"
            "print(got.count(signal.SIGINT), flush=True)"
        )
        prepare = (
            "import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"  # before entering
        )
        process = subprocess.Popen(
            [sys.executable, "-B", "-c", prepare + READY + code],
            env=clean_environment(),
            stdin=theirs,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with process:
            os.close(theirs)
            try:
                assert process.stdout.readline() == "ready\n"
                os.write(ours, b"\x03")
                # The terminal answers ^C once it has sent the signal.
                assert select.select([ours], [], [], WITHIN_S)[0]
                # Forwarded in order, SIGTERM comes after any SIGINT that was passed on.
                process.terminate()
                assert result(process) == (0, "1\n")
            finally:
                process.kill()
                os.close(ours)

    def test_they_are_not_blocked_inside(self, start):
        """The harness, and what it starts, has an ordinary signal mask."""
        code = "print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
        assert result(start(code)) == (0, "set()\n")


class TestKilled:
    """Whoever is killed, nothing is left."""

    @pytest.mark.parametrize("victim", ["outer", "init", "harness"])
    def test_any_of_the_three(self, start, loop, victim):
        """SIGKILL to one of them ends all of them."""
        process = start("ready()\nsys.stdin.read()", stdin=subprocess.PIPE)
        assert process.stdout.readline() == "ready\n"
        (init,) = children(process.pid)
        (harness,) = children(init)
        pids = {"outer": process.pid, "init": init, "harness": harness}
        os.kill(pids[victim], signal.SIGKILL)
        status, _ = result(process)
        assert status == (-9 if victim == "outer" else 137)
        assert loop.wait(
            lambda: not any(map(lives, pids.values())), Deadline.after(WITHIN_S), poll=True
        )
        with contextlib.suppress(ChildProcessError):
            os.waitpid(init, 0)  # an orphan of a killed process is ours to reap


class TestRefused:
    """Where there is no way in."""

    def test_threads_without_root(self):
        """More threads than one, and no root: the kernel's refusal is explained."""
        code = (
            "import threading\n"
            "from l2harness.errors import PrivilegeError\n"
            "from l2harness.network import entry, linux\n"
            "real = linux.unshare\n"
            "def unshare(flags):\n"
            "    if not flags & linux.CLONE_NEWUSER: raise PermissionError(1, 'no')\n"
            "    real(flags)\n"
            "linux.unshare = unshare\n"
            "stop = threading.Event()\n"
            "threading.Thread(target=stop.wait, daemon=True).start()\n"
            "try: entry.enter()\n"
            "except PrivilegeError as error: print(error.missing)\n"
            "print(threading.active_count())"
        )
        done = subprocess.run(
            [sys.executable, "-B", "-c", code],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == (
            "this machine gives neither root nor a user namespace (unshare: Invalid argument)\n2\n"
        )

    @pytest.mark.parametrize(
        ("error", "expected"),
        [("PermissionError", "PrivilegeError"), ("BlockingIOError", "KernelError")],
    )
    def test_mounts_that_are_refused(self, error, expected):
        """A container without mounts is told what to allow; any other refusal is the machine's."""
        code = (
            "from l2harness.errors import L2HarnessError\n"
            "from l2harness.network import entry, linux\n"
            f"def mount(*_): raise {error}(1, 'no')\n"
            "linux.mount = mount\n"
            "try: entry.enter()\n"
            "except L2HarnessError as error: print(type(error).__name__, error.exit_code)"
        )
        done = subprocess.run(
            [sys.executable, "-B", "-c", code],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == f"{expected} 3\n"
