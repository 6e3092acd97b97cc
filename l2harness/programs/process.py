"""A running program: started in a host's namespace, heard on a terminal, bounded, and ended.

A `Program` is driven by the loop of its network: its output and its end are events like frames,
and go into the same timeline. Whatever it does, it ends: by itself, by a limit, or by the harness,
and with its PID namespace everything that it has started.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Final

from l2harness.errors import SandboxError
from l2harness.network import linux
from l2harness.network.loop import Deadline
from l2harness.network.network import Network
from l2harness.network.timeline import ExitEvent, OutputEvent
from l2harness.programs import limits as resource_limits
from l2harness.programs.exit import OWN_DOING, Exit, ExitReason
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
_SHELL_SIGNAL_BASE: Final = 128


class Program:
    """
    One program on one host.

    Attributes:
        number: Its place among the programs of the run, from 0.
        host: Where it runs.
        argv: As the user would type it.
        exit: How it ended; None while it runs.
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
        self._status = b""
        self._terminals = {
            stream: Terminal(self._writer(stream), network.loop.remove)
            for stream in ("stdout", "stderr")
        }
        self._process = self._spawn(command, host)
        self._pidfd = os.pidfd_open(self._process.pid)
        network.loop.add(self._pidfd, self._died)
        for terminal in self._terminals.values():
            network.loop.add(terminal.ours, terminal.read)
        try:
            self._let_begin(command)
        except BaseException:
            self._abandon()
            raise

    # -- what it said and does --------------------------------------------------------------

    def output(self, stream: str = "stdout") -> bytes:
        """Return what it has printed so far, beginning and end if it was a flood."""
        return self._terminals[stream].recorder.content()

    def hear(self) -> None:
        """
        Take in everything it has written by now.

        The kernel hands a terminal's data on in the background, and tells a loop only afterwards;
        reading makes it do so at once.
        """
        for terminal in self._terminals.values():
            _read_the_rest(terminal, self._limits.output_bytes)

    def pids(self) -> list[int]:
        """Return its processes as the harness numbers them, without the sandbox's own."""
        if self.exit is not None:
            return []
        if self._init_fd < 0:
            return [self._process.pid, *descendants(self._process.pid)]
        return descendants(self._init_pid)

    @property
    def running(self) -> bool:
        """Whether it has not ended; floods are noticed, and stopped, when this is asked."""
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
        if self.exit is None:
            self._ending = reason
            for pid in self._main_pids():
                _kill(pid, signal.SIGTERM)

    def stop(self, reason: ExitReason = ExitReason.STOPPED) -> Exit:
        """
        End it: SIGTERM, a moment for its farewell, then SIGKILL to all that it has started.

        Args:
            reason: What to say of its end.

        Raises:
            SandboxError: The kernel did not end it.
        """
        if self.exit is None:
            if self._ending is ExitReason.EXITED:
                self.ask_to_end(reason)
            farewell = 0.0 if reason is ExitReason.OUTPUT_LIMIT else _FAREWELL_S
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
        out, err = self._terminals["stdout"], self._terminals["stderr"]
        where = linux.entered(self._network.namespace(host)) if host else contextlib.nullcontext()
        try:
            with where:
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
            raise SandboxError(f"cannot execute {command.argv[0]}: {error}") from error
        finally:
            for fd in command.passed:
                os.close(fd)
            out.give_away()
            err.give_away()

    def _let_begin(self, command: Command) -> None:
        """Learn the sandbox's init, set limits on it, and open the gate."""
        if command.status_fd is None or command.gate_fd is None:
            with contextlib.suppress(ProcessLookupError):
                resource_limits.impose(self._process.pid, self._limits)
            return
        self._status_fd = command.status_fd
        os.set_blocking(self._status_fd, False)
        self._network.loop.add(self._status_fd, self._read_status)
        try:
            self._network.loop.wait(
                lambda: self._init_fd >= 0 or self.exit is not None,
                Deadline.after(_SANDBOX_WITHIN_S),
            )
            if self._init_fd < 0:
                said = self.output("stderr").decode(errors="replace").strip()
                raise SandboxError(f"the sandbox did not start: {said or 'no word from it'}")
            with contextlib.suppress(ProcessLookupError):
                resource_limits.impose(self._init_pid, self._limits)
            with contextlib.suppress(BrokenPipeError):
                os.write(command.gate_fd, b"g")
        finally:
            os.close(command.gate_fd)

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
            if self._terminals[stream].recorder.total_bytes <= self._limits.output_bytes:
                event = OutputEvent(time.monotonic(), self.number, stream, data)
                self._network.timeline.add(event)

        return write

    def _enforce(self) -> None:
        """End it if it has printed or sent more than it may."""
        if self.exit is not None or self._ending is not ExitReason.EXITED:
            return
        if any(
            terminal.recorder.total_bytes > self._limits.output_bytes
            for terminal in self._terminals.values()
        ):
            self.stop(ExitReason.OUTPUT_LIMIT)
        elif not self._network.wire.flooded.isdisjoint(self._interfaces):
            self.stop(ExitReason.FRAME_LIMIT)

    def _died(self) -> None:
        """Reap the sandbox; with its init everything inside it has ended."""
        code = self._process.wait()
        self._network.loop.remove(self._pidfd)
        os.close(self._pidfd)
        if self._init_fd >= 0:
            self._await_init()
        for terminal in self._terminals.values():
            _read_the_rest(terminal, self._limits.output_bytes)
            terminal.close()
        executed = self._finish_status()
        wall_s = time.monotonic() - self._started_s
        self.exit = self._judge(code, executed, wall_s)
        self._network.timeline.add(
            ExitEvent(time.monotonic(), self.number, self.exit.reason.value)
        )

    def _await_init(self) -> None:
        """The sandbox's init dies with the process that was reaped, but a moment later."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._init_fd, signal.SIGKILL)
        import select

        poll = select.poll()
        poll.register(self._init_fd, select.POLLIN)
        if not poll.poll(_DEATH_WITHIN_S * 1000):
            raise SandboxError(f"processes of {self.argv[0]} could not be ended")
        os.close(self._init_fd)
        self._init_fd = -1

    def _finish_status(self) -> bool:
        """Return whether the program itself was ever executed."""
        if not hasattr(self, "_status_fd"):
            return True
        self._network.loop.remove(self._status_fd)
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._status_fd, 4096):
                self._status += data
        os.close(self._status_fd)
        return b'"exit-code"' in self._status or self._ending not in OWN_DOING

    def _judge(self, code: int, executed: bool, wall_s: float) -> Exit:
        number = code - _SHELL_SIGNAL_BASE if code > _SHELL_SIGNAL_BASE else max(0, -code)
        if self._ending is not ExitReason.EXITED:
            return Exit(self._ending, None, None, wall_s)
        if not executed:
            if self._init_pid == 0:
                return Exit(ExitReason.SANDBOX_ERROR, code, None, wall_s)
            return Exit(ExitReason.NOT_STARTED, code, None, wall_s)
        if number in (signal.SIGXCPU,):
            return Exit(ExitReason.CPU_LIMIT, None, number, wall_s)
        if 0 < number < signal.NSIG:
            return Exit(ExitReason.SIGNALLED, None, number, wall_s)
        return Exit(ExitReason.EXITED, code, None, wall_s)

    # -- killing ----------------------------------------------------------------------------

    def _main_pids(self) -> list[int]:
        """The program as it was executed: the only child of the sandbox's init."""
        if self._init_fd < 0:
            return [self._process.pid]
        return children(self._init_pid)[:1]

    def _kill_everything(self) -> None:
        if self._init_fd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._init_fd, signal.SIGKILL)
        else:
            for pid in self.pids():
                _kill(pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _abandon(self) -> None:
        """Starting failed: leave nothing behind."""
        if self.exit is None:
            self._ending = ExitReason.SANDBOX_ERROR
            self._process.kill()
            self._network.loop.wait(lambda: self.exit is not None, Deadline.after(_DEATH_WITHIN_S))


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _read_the_rest(terminal: Terminal, limit_bytes: int) -> None:
    """Read all that is there, of a flood not much further than its limit."""
    before = -1
    while terminal.open and before != terminal.recorder.total_bytes <= limit_bytes:
        before = terminal.recorder.total_bytes
        terminal.read()
