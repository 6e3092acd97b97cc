"""Networks that stay up, for tests: the commands as a user has them, and terminals."""

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

#: Long enough for a machine that is busy; nothing here waits for it.
PATIENCE_S = 60
#: How long somebody waits before pressing Ctrl-C again.
_AGAIN_S = 3
_FORGOTTEN = ("L2HARNESS_INSIDE", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "SUDO_UID", "SUDO_GID")
SUBMISSIONS = Path(__file__).resolve().parents[1] / "submissions"
SAMPLE = SUBMISSIONS / "right" / "public-sample"
LECTURE = SUBMISSIONS / "lecture"


def until(condition):
    """Ask again until it is so, and return what it is; a minute is a failure."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline_s, "it did not come to pass"
        os.sched_yield()
    return found


class Terminal:
    """A program on a pseudo-terminal of its own, as somebody sits before it."""

    def __init__(self, argv, environment, cwd):
        self._ours, theirs = pty.openpty()
        self.said = ""
        sits, down = os.pipe()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _ON_A_TERMINAL, str(down), *argv],
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                env=environment,
                cwd=cwd,
                start_new_session=True,
                pass_fds=(down,),
            )
        finally:
            os.close(theirs)
            os.close(down)
        with open(sits, "rb") as file:
            file.read()  # until then, Ctrl-C would reach nobody

    def type(self, text):
        """Press keys, which nobody hears once it has ended."""
        with contextlib.suppress(OSError):
            os.write(self._ours, text.encode())

    def shows(self, pattern):
        """Wait until what has been printed matches; return the match."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not (found := re.search(pattern, self.said)):
            ready, _, _ = select.select(
                [self._ours], [], [], max(0, deadline_s - time.monotonic())
            )
            assert ready, f"{pattern!r} does not appear: {self.said!r}"
            assert self._read(), f"it ended without {pattern!r}: {self.said!r}"
        return found

    def interrupt(self):
        """
        Press Ctrl-C until it ends, as somebody does who sits before it; return the exit status.

        Once may not do: an interpreter that is just closing a file, or about to wait, loses it.
        """
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            self.type("\x03")
            again_s = time.monotonic() + _AGAIN_S
            while select.select([self._ours], [], [], max(0, again_s - time.monotonic()))[0]:
                if not self._read():
                    return self.process.wait(PATIENCE_S)
            assert time.monotonic() < deadline_s, f"Ctrl-C does not end it: {self.said!r}"

    def ends(self):
        """Wait for the end; return the exit status."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)

    def _read(self):
        try:
            data = os.read(self._ours, 4096)
        except OSError:  # EIO: nobody has the terminal open any more
            return False
        self.said += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)

    def close(self):
        """Hang up."""
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


#: The terminal becomes the controlling one of the new session, as in a window of a desktop.
_ON_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.close(int(sys.argv[1]))
os.execvp(sys.argv[2], sys.argv[2:])
"""


class Commands:
    """
    The command line, with a directory of networks for this test alone.

    Args:
        place: An empty directory.
    """

    def __init__(self, place):
        self.place = place
        self.runtime = place / "runtime"
        self.runtime.mkdir(mode=0o700)
        kept = {name: value for name, value in os.environ.items() if name not in _FORGOTTEN}
        self.environment = {
            **kept,
            "PYTHONDONTWRITEBYTECODE": "1",
            "TERM": "xterm",
            "HOME": str(place),
            "XDG_RUNTIME_DIR": str(self.runtime),
        }
        self._open = contextlib.ExitStack()

    def line(self, *arguments):
        """The words of a command."""
        return [sys.executable, "-m", "l2harness", *map(str, arguments)]

    def __call__(self, *arguments, **options):
        """Run a command to its end."""
        return subprocess.run(
            self.line(*arguments),
            **{
                "env": self.environment,
                "cwd": self.place,
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "text": True,
                "timeout": PATIENCE_S,
                **options,
            },
        )

    def start(self, *arguments, **options):
        """Start a command; it ends with the test at the latest."""
        process = subprocess.Popen(
            self.line(*arguments),
            **{
                "env": self.environment,
                "cwd": self.place,
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **options,
            },
        )
        self._open.callback(_end, process)
        return process

    def terminal(self, *arguments, cwd=None):
        """Start a command on a terminal of its own."""
        terminal = Terminal(self.line(*arguments), self.environment, cwd or self.place)
        self._open.callback(terminal.close)
        return terminal

    def up(self, *arguments):
        """Bring a network up, and fail if it does not come."""
        done = self("up", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def listens(self, host, *, sockets=1):
        """Wait until so many sockets hear every frame on a host: the kernel's table says so."""
        until(lambda: self.hearing(host) >= sockets)

    def hearing(self, host):
        """How many packet sockets are open on a host that hear something."""
        table = self("exec", host, "--", "cat", "/proc/net/packet").stdout
        rows = [line.split() for line in table.splitlines()[1:]]
        return len([row for row in rows if row[3] == "0003" and row[5] == "1"])

    def close(self):
        """End all that was started, take all networks down, and see that no trace is left."""
        self._open.close()
        down = self.start("down", "--all", stdout=subprocess.DEVNULL)
        # Programs whose callers were killed are our children now: a network ends with the last.
        until(lambda: reap(but=down.pid))
        said = down.stderr.read()
        assert down.wait() == 0, said
        reap()
        self._open.close()
        assert os.listdir(self.runtime) == []


def _end(process):
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def reap(but=0):
    """
    Wait for those that are our children now: orphans come to whoever adopts them.

    It takes the status of every child that has ended, so ask for those of other programs before.

    Args:
        but: A child that is left alone.

    Returns:
        Whether that one has ended.
    """
    ended = os.WEXITED | os.WNOHANG
    with contextlib.suppress(ChildProcessError):
        while found := os.waitid(os.P_ALL, 0, ended | os.WNOWAIT):
            if found.si_pid == but:
                return True
            os.waitpid(found.si_pid, 0)
    return False


def holder_pid(commands, name):
    """The process of a network's holder that is seen from outside."""
    told = json.loads(commands("ps", "--json").stdout)
    return next(it["pid"] for it in told if it["name"] == name)


def kill(pid):
    """End a process at once."""
    os.kill(pid, signal.SIGKILL)
