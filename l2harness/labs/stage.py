"""What a run of a lab acts on: a network, the submission's programs, and a seed of its own.

A run function gets a `Stage`, starts programs on hosts, sends frames, and returns records. The
stage remembers every program it started, so that none survives the run, and what each of them did
ends up in the report even where no check asks for it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path, PurePath
from typing import Final

from l2harness.frames import MacAddress
from l2harness.labs.records import ProgramRecord, Sending
from l2harness.network.loop import Deadline
from l2harness.network.network import Network
from l2harness.network.timeline import Direction, FrameEvent, Origin, StartEvent
from l2harness.programs.activity import Stillness
from l2harness.programs.exit import Exit, ExitReason
from l2harness.programs.limits import Limits
from l2harness.programs.process import Program
from l2harness.programs.procfs import Activity, PacketTable
from l2harness.programs.recognise import FoundProgram
from l2harness.programs.sandbox import HOME, Launch, Sandbox
from l2harness.programs.submission import FoundPrograms
from l2harness.programs.workspace import Workspace, scratch_of
from l2harness.topology import draw_mac

#: How long a program that has sent and now waits for something that cannot come is given to think
#: better of it, in runs where its exit is not asked about; seconds.
_PATIENCE_S: Final = 0.3
#: How long a program that sleeps without any time limit is watched before it counts as one that
#: will never end; seconds.
_ASLEEP_FOR_GOOD_S: Final = 1.0
#: … and how often it is looked at for that, seconds.
_LOOK_ASLEEP_EVERY_S: Final = 0.05
#: Source: <linux/if.h>. What a packet socket has asked for, sysfs shows and the ioctl does not.
_IFF_PROMISC: Final = 0x100
_LETTERS: Final = b"GHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Equipment:
    """
    What all runs of one grading share.

    Attributes:
        workspace: Where throwaway copies come from.
        sandbox: What contains the programs.
        found: Which programs the submission has, and how they are started.
        folder: Where in the submission they lie; ``.`` if at its top.
        limits: What each of them may use.
        options: The lab's own settings.
        seed: Of the grading.
        outside_uid: Who the programs are to the machine; 0 for the harness's own.
        interpreters: Which program to use for an interpreter, by its name; e.g. ``python3``.
    """

    workspace: Workspace
    sandbox: Sandbox
    found: FoundPrograms
    folder: PurePath
    limits: Limits
    options: Mapping[str, str | int | float | bool]
    seed: str
    outside_uid: int
    interpreters: Mapping[str, str] = field(default_factory=dict)


class Stage:
    """
    One run, on a network of its own for as long as it lasts.

    Attributes:
        name: Of the run.
        network: Up and probed; its timeline is fresh.
        options: The lab's own settings.
        limits: Of the programs.
        random: Draws the same for the same seed and run.
    """

    def __init__(
        self, name: str, network: Network, sysfs: Mapping[str, Path], equipment: Equipment
    ) -> None:
        self.name = name
        self.network = network
        self.options = equipment.options
        self.limits = equipment.limits
        self.random = random.Random(f"{equipment.seed}/{name}")
        self._sysfs = sysfs
        self._equipment = equipment
        self._started: list[tuple[str, Program, Path]] = []
        self._unstarted: list[ProgramRecord] = []
        self._beginnings: set[bytes] = set()

    # -- programs ---------------------------------------------------------------------------

    def problem(self, program: str) -> str | None:
        """Return why the submission's program cannot be started at all; None if it can."""
        return self._equipment.found[program].problem

    def start(self, host: str, program: str, *arguments: str) -> Program:
        """
        Start one of the submission's programs on a host; it must not have a `problem`.

        Raises:
            SandboxError: The sandbox could not be set up: ours.
        """
        found = self._equipment.found[program]
        copy = self._equipment.workspace.throwaway_copy(self.limits)
        launch = Launch(
            argv=[*self._executed(found), *arguments],
            directory=copy / self._equipment.folder,
            user_namespace=self.network.namespaces.user,
            sysfs=self._sysfs[host],
            scratch=scratch_of(copy),
            outside_uid=self._equipment.outside_uid,
        )
        command = self._equipment.sandbox.command(launch)
        number = len(self._started)
        shown = [f"./{program}", *arguments]
        self.network.timeline.add(StartEvent(time.monotonic(), number))
        started = Program(self.network, number, host, shown, command, self.limits)
        self._started.append((program, started, copy))
        return started

    def _executed(self, found: FoundProgram) -> list[str]:
        assert found.path is not None, "a program without a file has a problem"
        path = f"./{found.path}"
        if not found.launcher:
            return [path]
        interpreter, *rest = found.launcher
        return [self._equipment.interpreters.get(interpreter, interpreter), *rest, path]

    def record(self, program: Program) -> ProgramRecord:
        """Return what is known of a program that was started here."""
        name = next(name for name, known, _ in self._started if known is program)
        return ProgramRecord(
            self.name,
            name,
            program.argv,
            program.host,
            program.exit,
            program.output("stdout"),
            program.output("stderr"),
        )

    def not_tried(self, host: str, program: str, *arguments: str) -> ProgramRecord:
        """Return the record of a program that cannot be started."""
        record = ProgramRecord(
            self.name,
            program,
            (f"./{program}", *arguments),
            host,
            None,
            problem=self.problem(program) or "it was not tried",
        )
        self._unstarted.append(record)
        return record

    def records(self) -> list[ProgramRecord]:
        """Return the records of everything that was or should have been started."""
        return [self.record(program) for _, program, _ in self._started] + self._unstarted

    # -- a program that sends -----------------------------------------------------------------

    def send_once(
        self,
        interface: str,
        program: str,
        *arguments: str,
        target: MacAddress | None = None,
        until_exit: bool = True,
    ) -> Sending:
        """
        Execute a program that sends, and return it with every frame that it put on the wire.

        That no further frame is under way is proven, by the kernel's own count, after its end.

        Args:
            interface: The one the program is told to use, ``h1.eth0``.
            program: Its name in the lab.
            arguments: As it gets them.
            target: The address among the arguments, for the record.
            until_exit: Wait for its end, up to the limit. Otherwise it is enough that it has sent
                something and then waits for what cannot come.
        """
        host = interface.partition(".")[0]
        network = self.network
        own = network.mac(interface)
        if self.problem(program):
            record = self.not_tried(host, program, *arguments)
            return Sending(record, interface, own, target, (), ())
        since = len(network.timeline.events)
        running = self.start(host, program, *arguments)
        deadline = Deadline.after(self.limits.wall_s)
        if not until_exit:
            self._wait_for_frame_or_end(running, host, since, deadline)
        else:
            running.finish(deadline)
        return self.sending(running, interface, target, since)

    def sending(
        self, running: Program, interface: str, target: MacAddress | None, since: int
    ) -> Sending:
        """
        End a program, prove that no frame of it is under way, and return what it has sent.

        Args:
            running: The program.
            interface: The one it was told to use.
            target: The address that it was told to send to, for the record.
            since: Position of the timeline before its start.
        """
        network = self.network
        if running.exit is None:
            running.stop(ExitReason.WALL_LIMIT)
        network.settle()
        frames = network.timeline.frames(origin=Origin.PROGRAM, since=since)
        labels = {it.label for it in network.topology.host(running.host).interfaces}
        out = [it for it in frames if it.direction is Direction.OUT and it.interface in labels]
        # By where it came from, not by what it says: a server, too, could send such a frame.
        delivered = [it for it in frames if it.direction is Direction.IN and it.sender in labels]
        own = network.mac(interface)
        record = self.record(running)
        return Sending(record, interface, own, target, tuple(out), tuple(delivered))

    def _wait_for_frame_or_end(
        self, running: Program, host: str, since: int, deadline: Deadline
    ) -> None:
        labels = {it.label for it in self.network.topology.host(host).interfaces}

        def has_sent() -> bool:
            return not running.running or any(
                event.direction is Direction.OUT and event.interface in labels
                for event in self.network.timeline.of(FrameEvent, since)
            )

        self.network.loop.wait(has_sent, deadline)
        running.wait(deadline.or_sooner(_PATIENCE_S))

    def refusal(self, interface: str, program: str, *arguments: str) -> Sending:
        """
        Execute a program that should refuse, and return it with the frames that it sent.

        A program that sleeps for good, without any time limit, will not end; it is not waited for.
        """
        host = interface.partition(".")[0]
        if self.problem(program):
            return self.send_once(interface, program, *arguments)
        since = len(self.network.timeline.events)
        running = self.start(host, program, *arguments)
        self.await_end(running)
        return self.sending(running, interface, None, since)

    def await_end(self, running: Program) -> None:
        """Wait until a program has ended, up to its limit, or sleeps for good."""
        stillness = Stillness(_ASLEEP_FOR_GOOD_S)
        look = Deadline.after(_LOOK_ASLEEP_EVERY_S)

        def over() -> bool:
            nonlocal look
            if not running.running:
                return True
            if not look.expired:
                return False  # looking costs more than the program itself, which will soon end
            look = Deadline.after(_LOOK_ASLEEP_EVERY_S)
            now = Activity.sample(running.pids())
            return now.blocked_forever and stillness.lasts(now)

        self.network.loop.wait(over, Deadline.after(self.limits.wall_s), poll=True)

    def open_sockets(self, host: str) -> int:
        """Return how many packet sockets programs on a host have open now."""
        own = self.network.own_inodes()
        table = PacketTable(self.network.packet_table_fd(host))
        return sum(row.inode not in own for row in table.rows())

    def is_promiscuous(self, interface: str) -> bool:
        """Return whether an interface takes in frames for others, too: somebody asked for that."""
        host, _, name = interface.partition(".")
        flags = (self._sysfs[host] / "class" / "net" / name / "flags").read_text()
        return bool(int(flags, 16) & _IFF_PROMISC)

    # -- the end ------------------------------------------------------------------------------

    def abandon(self) -> None:
        """End every program at once: nobody wants to see any more how it takes leave."""
        for _, program, _ in self._started:
            program.stop(farewell_s=0.0)

    def close(self) -> None:
        """End every program that still runs, and take its files away."""
        for _, program, _ in self._started:
            program.ask_to_end()
        for _, program, _ in self._started:
            program.stop()
        for _, _, copy in self._started:
            self._equipment.workspace.forget_copy(copy)

    @property
    def exits(self) -> list[Exit]:
        """How the programs that were started here ended, as far as they have."""
        return [program.exit for _, program, _ in self._started if program.exit is not None]

    @property
    def home(self) -> str:
        """The directory in which programs find themselves."""
        return HOME

    def draw_mac(self) -> MacAddress:
        """Return a random unicast address that nobody has, and on which every mistake shows."""
        return draw_mac(self.random)

    def draw_ip(self) -> IPv4Address:
        """Return an IPv4 address whose four numbers differ, none of which is 0 or 255."""
        return IPv4Address(bytes([10, *self.random.sample(range(11, 250), 3)]))

    def draw_unknown_interface(self) -> str:
        """Return the name of an interface that no host has, ``eth57``."""
        return f"eth{self.random.randrange(20, 90)}"

    def draw_word(self) -> bytes:
        """
        Return four letters by which a payload is known; no two words of a run begin alike.

        They are letters that occur in no hexadecimal number, hence in no address by chance.
        """
        while True:
            word = bytes(self.random.choice(_LETTERS) for _ in range(4))
            if word[:2] not in self._beginnings:
                self._beginnings.add(word[:2])
                return word
