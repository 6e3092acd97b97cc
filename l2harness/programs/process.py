"""A running program: started in a host's namespace, heard on a terminal, bounded, and ended.

A `Program` is driven by the loop of its network: its output and its end are events like frames,
and go into the same timeline. Whatever it does, it ends: by itself, by a limit, or by the harness,
and with its PID namespace everything that it has started.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from typing import Final

from l2harness.errors import SandboxError
from l2harness.network import linux
from l2harness.network.loop import Deadline
from l2harness.network.network import Network
from l2harness.network.timeline import ExitEvent, OutputEvent
from l2harness.programs import limits as resource_limits
from l2harness.programs.exit import Exit, ExitReason
from l2harness.programs.guard import Guard
from l2harness.programs.killing import end_session, kill, kill_init, reap_init
from l2harness.programs.limits import Limits
from l2harness.programs.output import Terminal
from l2harness.programs.procfs import children, descendants
from l2harness.programs.sandbox import Command

#: How long the sandbox may take to be set up, seconds; 3 ms are normal.
_SANDBOX_WITHIN_S: Final = 30.0
#: How long a program may take over its farewell after SIGTERM, seconds.
_FAREWELL_S: Final = 0.5
#: How long the kernel may take to end a PID namespace after SIGKILL, seconds.
_DEATH_WITHIN_S: Final = 20.0
#: In how many pieces a stream may come; each costs the harness some 150 bytes.
_OUTPUT_PIECES: Final = 40_000
#: Who has broken one of these is killed at once: every moment of its farewell would cost others.
_NO_FAREWELL: Final = (
    ExitReason.OUTPUT_LIMIT,
    ExitReason.FRAME_LIMIT,
    ExitReason.MEMORY_LIMIT,
    ExitReason.PROCESS_LIMIT,
)


class Program:
    """
    One program on one host.

    Attributes:
        number: Its place among the programs of the run, from 0.
        host: Where it runs.
        argv: As the user would type it.
        exit: How it ended; None while it runs.
        terminals: Where it prints, by stream: ``stdout`` and ``stderr``.
    """

    def __init__(
        self,
        network: Network,
        number: int,
        host: str | None,
        argv: Sequence[str],
        command: Command,
        limits: Limits,
    ) -> None:
        self.number = number
        self.host = host or ""
        self.argv = tuple(argv)
        self.exit: Exit | None = None
        self._network = network
        self._limits = limits
        self._interfaces = (
            [it.label for it in network.topology.host(host).interfaces] if host else []
        )
        self._started_s = time.monotonic()
        self._ending = ExitReason.EXITED
        self._init_pid = 0
        self._init_fd = -1
        self._dying = False
        self._cpu_s: float | None = None
        self._group = command.groups.group(limits) if command.groups else None
        self._guard: Guard | None = None
        self._status_fd = -1
        self._status = b""
        self._gate_fd = -1
        self._gate_open = False
        self._killed: list[int] = []
        self._pieces = 0
        self.terminals = {
            stream: Terminal(self._writer(stream), network.loop.remove, command.outside_uid)
            for stream in ("stdout", "stderr")
        }
        self._process = self._spawn(command, host)
        self._pidfd = os.pidfd_open(self._process.pid)
        network.loop.add(self._pidfd, self._died)
        for terminal in self.terminals.values():
            network.loop.add(terminal.ours, terminal.read)
        try:
            self._let_begin(command)
        except BaseException:
            self._abandon()
            raise

    # -- what it said and does --------------------------------------------------------------

    def output(self, stream: str = "stdout") -> bytes:
        """Return what it has printed so far, beginning and end if it was a flood."""
        return self.terminals[stream].recorder.content()

    def hear(self) -> None:
        """
        Take in everything it has written by now.

        The kernel hands a terminal's data on in the background, and tells a loop only afterwards;
        reading makes it do so at once.
        """
        for terminal in self.terminals.values():
            terminal.read_the_rest(self._limits.output_bytes)

    def pids(self) -> list[int]:
        """Return its processes as the harness numbers them, without the sandbox's own."""
        if self.exit is not None:
            return []
        if self._init_fd < 0:
            return [self._process.pid, *descendants(self._process.pid)]
        return descendants(self._init_pid)

    @property
    def running(self) -> bool:
        """Whether it has not ended; a flood of frames is stopped when this is asked."""
        self._enforce()
        return self.exit is None

    # -- waiting and ending ---------------------------------------------------------------

    def wait(self, deadline: Deadline) -> bool:
        """Return whether it ended before the deadline."""
        return self._network.loop.wait(lambda: not self.running, deadline)

    def finish(self, deadline: Deadline) -> Exit:
        """Wait until it ends by itself, and stop it at the deadline."""
        if self.wait(deadline):
            assert self.exit is not None
            return self.exit
        return self.stop(ExitReason.WALL_LIMIT)

    def ask_to_end(self, reason: ExitReason = ExitReason.STOPPED) -> None:
        """Send SIGTERM and go on; several programs take leave side by side. See `stop`."""
        if self.exit is None and self._ending is ExitReason.EXITED:
            self._ending = ExitReason.FRAME_LIMIT if self._flooded else reason
            self.terminate()

    def terminate(self) -> None:
        """Send SIGTERM, as its user might: what it then does is its own doing."""
        for pid in self._main_pids():
            kill(pid, signal.SIGTERM)

    def stop(
        self, reason: ExitReason = ExitReason.STOPPED, *, farewell_s: float = _FAREWELL_S
    ) -> Exit:
        """
        End it: SIGTERM, a moment for its farewell, then SIGKILL to all that it has started.

        Args:
            reason: What to say of its end.
            farewell_s: How long that moment is at most, seconds.

        Raises:
            SandboxError: The kernel did not end it.
        """
        if self.exit is None:
            self.ask_to_end(reason)
            farewell = 0.0 if self._ending in _NO_FAREWELL else farewell_s
            if not self._network.loop.wait(
                lambda: self.exit is not None, Deadline.after(farewell)
            ):
                self._kill_everything()
                self._network.loop.wait(
                    lambda: self.exit is not None, Deadline.after(_DEATH_WITHIN_S)
                )
        if self.exit is None:
            raise SandboxError(f"{self.argv[0]} could not be ended")
        return self.exit

    # -- starting ---------------------------------------------------------------------------

    def _spawn(self, command: Command, host: str | None) -> subprocess.Popen[bytes]:
        out, err = self.terminals["stdout"], self.terminals["stderr"]
        where = linux.entered(self._network.namespace(host)) if host else contextlib.nullcontext()
        group = self._group.entered() if self._group is not None else contextlib.nullcontext()
        try:
            with where, group:
                return subprocess.Popen(
                    command.argv,
                    stdin=out.theirs,
                    stdout=out.theirs,
                    stderr=err.theirs,
                    env=dict(command.environment),
                    pass_fds=command.passed,
                    cwd=command.directory,
                    start_new_session=True,
                )
        except OSError as error:
            self._forget(command)
            raise SandboxError(f"cannot execute {command.argv[0]}: {error}") from error
        finally:
            for fd in command.passed:
                os.close(fd)
            out.give_away()
            err.give_away()

    def _forget(self, command: Command) -> None:
        """Nothing was started: close what was opened for it."""
        for terminal in self.terminals.values():
            terminal.close()
        for fd in (command.status_fd, command.gate_fd):
            if fd is not None:
                os.close(fd)
        if self._group is not None:
            self._group.remove()

    def _let_begin(self, command: Command) -> None:
        """Learn the sandbox's init, set limits on it, and open the gate."""
        if command.status_fd is None or command.gate_fd is None:
            with contextlib.suppress(ProcessLookupError):
                resource_limits.impose(self._process.pid, self._limits)
            return
        self._status_fd = command.status_fd
        self._gate_fd = command.gate_fd
        os.set_blocking(self._status_fd, False)
        self._network.loop.add(self._status_fd, self._read_status)
        self._network.loop.wait(
            lambda: self._init_fd >= 0 or self.exit is not None,
            Deadline.after(_SANDBOX_WITHIN_S),
        )
        if self._init_fd < 0:
            raise self._sandbox_failed()
        with contextlib.suppress(ProcessLookupError):
            resource_limits.impose(self._init_pid, self._limits)
        if self._group is not None:
            self._group.join(self._init_pid)
        self._guard = Guard(
            self._network.loop, self._limits, self._group, self.pids, self._end_now
        )
        with contextlib.suppress(BrokenPipeError):
            os.write(self._gate_fd, b"g")
            self._gate_open = True

    def _sandbox_failed(self) -> SandboxError:
        said = self.output("stderr").decode(errors="replace").strip()
        return SandboxError(f"the sandbox did not start: {said or 'no word from it'}")

    def _read_status(self) -> None:
        data = b""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._status_fd, 4096)
            if not data:
                self._network.loop.remove(self._status_fd)
        self._status += data
        if self._init_fd < 0 and b"\n" in self._status:
            first = json.loads(self._status.partition(b"\n")[0])
            self._init_pid = int(first["child-pid"])
            with contextlib.suppress(ProcessLookupError):
                self._init_fd = os.pidfd_open(self._init_pid)

    # -- events -----------------------------------------------------------------------------

    def _writer(self, stream: str) -> Callable[[bytes], None]:
        def write(data: bytes) -> None:
            self._pieces += 1
            printed = self.terminals[stream].recorder.total_bytes
            if printed > self._limits.output_bytes or self._pieces > _OUTPUT_PIECES:
                self._end_now(ExitReason.OUTPUT_LIMIT)
            else:
                event = OutputEvent(time.monotonic(), self.number, stream, data)
                self._network.timeline.add(event)

        return write

    @property
    def _flooded(self) -> bool:
        return not self._network.wire.flooded.isdisjoint(self._interfaces)

    def _enforce(self) -> None:
        """End it if it has sent more than it may."""
        if self.exit is None and self._ending is ExitReason.EXITED and self._flooded:
            self.stop(ExitReason.FRAME_LIMIT)

    def _end_now(self, reason: ExitReason) -> None:
        """Kill it from within a callback of the loop, which will hear of its death."""
        if self._ending is ExitReason.EXITED:
            self._ending = reason
            if not self._dying:
                self._kill_everything()

    def _died(self) -> None:
        """Reap the sandbox; with its init everything inside it has ended."""
        self._dying = True
        code = self._process.wait()
        self._network.loop.remove(self._pidfd)
        os.close(self._pidfd)
        if self._init_fd >= 0:
            self._await_init()
        elif self._init_pid == 0:
            end_session(self._process.pid, self._killed)
        for terminal in self.terminals.values():
            terminal.read_the_rest(self._limits.output_bytes)
            terminal.close()
        ready, executed = self._finish_status()
        self._finish_limits()
        wall_s = time.monotonic() - self._started_s
        self.exit = self._judge(code, wall_s, ready=ready, executed=executed)
        self._network.timeline.add(
            ExitEvent(time.monotonic(), self.number, self.exit.reason.value)
        )
        if self.exit.reason is ExitReason.SANDBOX_ERROR and self._ending is ExitReason.EXITED:
            if ready and code < 0:
                raise SandboxError(f"the sandbox around {self.argv[0]} was killed")
            raise self._sandbox_failed()

    def _await_init(self) -> None:
        """The sandbox's init dies with the process that was reaped, but a moment later."""
        kill_init(self._init_fd)
        ended, self._cpu_s = reap_init(self._init_fd, self._init_pid, _DEATH_WITHIN_S)
        if not ended:
            raise SandboxError(f"processes of {self.argv[0]} could not be ended")
        os.close(self._init_fd)
        self._init_fd = -1

    def _finish_limits(self) -> None:
        """Learn whether the kernel has ended it for want of memory, and take its group away."""
        if self._guard is not None:
            own = self._ending in (ExitReason.EXITED, ExitReason.STOPPED)
            if own and self._guard.memory_exceeded():
                self._ending = ExitReason.MEMORY_LIMIT
            self._guard.close()
        if self._group is not None:
            self._group.remove()

    def _finish_status(self) -> tuple[bool, bool]:
        """Return whether the sandbox was ever ready, and the program itself ever executed."""
        if self._status_fd < 0:
            return True, True
        self._network.loop.remove(self._status_fd)
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._status_fd, 4096):
                self._status += data
        os.close(self._status_fd)
        # The sandbox reads from the gate last of all, before it executes the program.
        ready = self._gate_open and _unread_bytes(self._gate_fd) == 0
        os.close(self._gate_fd)
        return ready, b'"exit-code"' in self._status

    def _judge(self, status: int, wall_s: float, *, ready: bool, executed: bool) -> Exit:
        if self._ending is not ExitReason.EXITED:
            return Exit(self._ending, None, None, wall_s, self._cpu_s)
        if not executed:
            # A sandbox in which nothing could be executed ends by itself, and with a status.
            tried = ready and status >= 0
            reason = ExitReason.NOT_STARTED if tried else ExitReason.SANDBOX_ERROR
            return Exit(reason, status, None, wall_s, self._cpu_s)
        return Exit.of_status(status, wall_s, self._cpu_s, self._limits.cpu_here_s)

    # -- killing ----------------------------------------------------------------------------

    def _main_pids(self) -> list[int]:
        """The program as it was executed: the only child of the sandbox's init."""
        if self._init_fd < 0:
            return [self._process.pid]
        return children(self._init_pid)[:1]

    def _kill_everything(self) -> None:
        if self._init_fd >= 0:
            kill_init(self._init_fd)
        else:
            self._killed = self.pids()
            for pid in self._killed:
                kill(pid)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _abandon(self) -> None:
        """Starting failed: leave nothing behind."""
        if self.exit is None:
            self._ending = ExitReason.SANDBOX_ERROR
            self._process.kill()
            self._network.loop.wait(lambda: self.exit is not None, Deadline.after(_DEATH_WITHIN_S))


def _unread_bytes(pipe: int) -> int:
    """Return how many bytes wait in a pipe; either end will do."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
