"""What is done with a submission of lab learning-switch, and what is kept of it.

Four runs: the switch with frames of every kind on its four interfaces; with addresses that have
not been heard of for a while; between two interfaces in another order; and with arguments that are
none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from l2harness.frames import BROADCAST, EtherType, MacAddress, VlanTag
from l2harness.frames.ethernet import TAGS_OFFSET
from l2harness.labs.api import run
from l2harness.labs.learning_switch.ageing import Ageing, Watch
from l2harness.labs.learning_switch.passing import (
    PORTS,
    PROGRAM,
    SPARE,
    Passage,
    Storm,
    Switch,
)
from l2harness.labs.records import ProgramRecord, Sending
from l2harness.labs.stage import Stage
from l2harness.programs.exit import Exit

#: How many frames come in a row, of how many stations that are learned together.
ROW: Final = 40
CROWD: Final = 100
#: A payload of IEEE 802.3 that is 46 bytes long: the field holds a length.
_A_LENGTH: Final = 46
#: No payload at all, less than the usual minimum, and as much as fits.
LENGTHS: Final = (14, 15, 59, 60, 1514)
#: Spanning tree, PAUSE, 802.1X, LLDP: for the neighbour alone. Source: IEEE 802.1D-2004, table
#: 7-10, which keeps all from 00 to 0f.
RESERVED: Final = (0x00, 0x01, 0x03, 0x0E)
#: In which order the second start names two of the interfaces.
TWO: Final = (SPARE, "sw.eth2")


@dataclass(frozen=True, slots=True)
class Learned:
    """
    A frame that went where its destination had been heard.

    Attributes:
        passage: Of the frame.
        where: The interface behind which its destination is.
    """

    passage: Passage
    where: str


@dataclass(frozen=True, slots=True)
class Switching:
    """
    The switch between four interfaces.

    Of one that forwards nothing, is gone after a frame, or sends without end, nothing more is
    asked.

    Attributes:
        record: Its first start.
        protocols: What its sockets ask the kernel for, see `Listener.protocols`.
        first: Two frames to somebody whom nobody has heard, by two interfaces.
        storm: It was stopped, because it sent without end.
        idle: Whether it sleeps while nothing comes; None if it did not run.
        broadcasts: From somebody who is known, and from somebody new.
        groups: To two group addresses.
        learned: To stations that have spoken, behind each of the interfaces.
        same_side: Between two stations behind one interface, with a marker behind each.
        from_groups: Two frames whose source is a group, each followed by one to that group.
        moved: To a station that has spoken behind one interface, and now behind another.
        kinds: To a station that has spoken, with other EtherTypes and lengths.
        tagged: With an 802.1Q tag, to two stations that have spoken.
        reserved: To group addresses that are for the neighbour alone, with a marker behind each.
        row: Forty frames in a row to one station.
        crowd: Of a hundred stations that have spoken, a frame to each.
        afterwards: A frame to somebody unknown, after all that.
        promiscuous: Interfaces that take in what is for others.
    """

    record: ProgramRecord
    protocols: tuple[int, ...]
    first: tuple[Passage, ...]
    storm: bool = False
    idle: bool | None = None
    broadcasts: tuple[Passage, ...] = ()
    groups: tuple[Passage, ...] = ()
    learned: tuple[Learned, ...] = ()
    same_side: tuple[Passage, ...] = ()
    from_groups: tuple[Passage, ...] = ()
    moved: tuple[Learned, ...] = ()
    kinds: tuple[Learned, ...] = ()
    tagged: tuple[Passage, ...] = ()
    reserved: tuple[Passage, ...] = ()
    row: Passage | None = None
    crowd: Passage | None = None
    afterwards: Passage | None = None
    promiscuous: tuple[str, ...] = ()

    @property
    def goes_on(self) -> bool:
        """Whether it has forwarded something, and was still there after that."""
        asked = (*self.first, *self.broadcasts)
        return any(it.forwarded for it in asked) and asked[-1].alive

    @property
    def single(self) -> tuple[Passage, ...]:
        """Every frame that came alone."""
        to_one = (it.passage for it in (*self.learned, *self.moved, *self.kinds))
        last = () if self.afterwards is None else (self.afterwards,)
        asked = (*self.first, *self.broadcasts, *self.groups, *to_one)
        return (*asked, *self.same_side, *self.tagged, *last)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """
    The switch between two interfaces, the last one and the third.

    Attributes:
        record: Its start.
        stray: Came in by an interface that was not named.
        there: Came in by the first one that was named.
        back: The answer to that, by the second one.
        asked_to_end: It ran until it was sent a SIGTERM.
        ended: How it ended because of that; None if it did not.
    """

    record: ProgramRecord
    stray: Passage
    there: Passage
    back: Passage
    asked_to_end: bool = False
    ended: Exit | None = None


@run
def switching(stage: Stage) -> Switching:
    """The switch between four interfaces, with a station behind each."""
    it = Switch(stage)
    seen = Switching(it.listener.record(), it.protocols, ())
    try:
        for part in _questions(it):
            seen = replace(seen, **part)
    except Storm:
        seen = replace(seen, storm=True)
    return replace(seen, record=it.stop())


def _questions(it: Switch) -> Iterator[dict[str, Any]]:
    """Ask one thing after the other, and yield what was seen by the name of its field."""
    at = dict(zip(PORTS, it.draw(len(PORTS)), strict=True))
    one, two, three, four = PORTS
    first = _unknown(it, at)
    yield {"first": first}
    to_all = [it.passes(port, it.frame(BROADCAST, at[port]), leave=3) for port in (one, two)]
    yield {"broadcasts": tuple(to_all)}
    if not to_all[-1].alive or not any(passage.forwarded for passage in (*first, *to_all)):
        return
    to_groups = [
        it.passes(port, it.frame(_mac(group), at[port]), leave=3)
        for port, group in ((four, "01005e00002a"), (one, "33330000002a"))
    ]
    yield {"groups": tuple(to_groups)}
    ways = ((two, one), (one, two), (four, three), (three, four), (one, three))
    to_one = [
        Learned(it.passes(here, it.frame(at[there], at[here]), leave=1), there)
        for here, there in ways
    ]
    yield {"learned": tuple(to_one)}
    (beside,) = it.draw(1)
    same_side = [
        it.passes(one, it.frame(to, source), leave=0, marked=True)
        for to, source in ((at[one], beside), (beside, at[one]))
    ]
    yield {"same_side": tuple(same_side)}
    yield {"moved": tuple(_moved(it, at))}
    yield {"kinds": tuple(_of_all_kinds(it, at))}
    yield {"tagged": tuple(_tagged(it, at))}
    yield {"reserved": tuple(_reserved(it, at))}
    yield {"row": it.many(one, [it.frame(at[two], at[one]) for _ in range(ROW)])}
    crowd = it.draw(CROWD)
    it.many(three, [it.frame(at[one], station) for station in crowd])
    yield {"crowd": it.many(two, [it.frame(station, at[two]) for station in crowd])}
    # Late, because a switch that learns "everybody" here is wrong about everything that follows.
    yield {"from_groups": tuple(_from_groups(it, at))}
    (nobody,) = it.draw(1)
    yield {"afterwards": it.passes(one, it.frame(nobody, at[one]), leave=3)}
    yield {"idle": it.still_idle(), "promiscuous": it.promiscuous()}


def _mac(digits: str) -> MacAddress:
    return MacAddress(bytes.fromhex(digits))


def _unknown(it: Switch, at: dict[str, MacAddress]) -> tuple[Passage, ...]:
    """To the same stranger by two interfaces: being spoken to, nobody has spoken."""
    (nobody,) = it.draw(1)
    return tuple(
        it.passes(port, it.frame(nobody, at[port]), leave=3) for port in (PORTS[0], PORTS[2])
    )


def _from_groups(it: Switch, at: dict[str, MacAddress]) -> list[Passage]:
    """A source that cannot be, and then a frame to that group; twice."""
    _, two, three, four = PORTS
    seen = []
    for group, port in ((_mac("03000000002a"), three), (BROADCAST, four)):
        it.passes(two, it.frame(at[port], group), leave=1)
        seen.append(it.passes(port, it.frame(group, at[port]), leave=3))
    return seen


def _moved(it: Switch, at: dict[str, MacAddress]) -> list[Learned]:
    """A station speaks behind one interface, then behind another, and is spoken to each time."""
    one, two, three, four = PORTS
    (rover,) = it.draw(1)
    seen = []
    for here, asker in ((one, two), (four, two), (four, one), (three, four)):
        it.passes(here, it.frame(at[asker], rover), leave=1)
        seen.append(Learned(it.passes(asker, it.frame(rover, at[asker]), leave=1), here))
    return seen


def _of_all_kinds(it: Switch, at: dict[str, MacAddress]) -> list[Learned]:
    one, _, three, _ = PORTS
    kinds = (EtherType.ARP, EtherType.IPV6, EtherType.LAB, 0x9A5C, _A_LENGTH)
    frames = [it.frame(at[three], at[one], kind=kind) for kind in kinds]
    frames += [it.frame(at[three], at[one], length=length) for length in LENGTHS]
    return [Learned(it.passes(one, frame, leave=1), three) for frame in frames]


def _tagged(it: Switch, at: dict[str, MacAddress]) -> list[Passage]:
    one, two, three, _ = PORTS
    tag = bytes(VlanTag(vid=0x2A5, priority=5))
    seen = []
    for here, there in ((one, three), (three, two)):
        plain = it.frame(at[there], at[here])
        frame = plain[:TAGS_OFFSET] + tag + plain[TAGS_OFFSET:]
        seen.append(it.passes(here, frame, leave=1))
    return seen


def _reserved(it: Switch, at: dict[str, MacAddress]) -> list[Passage]:
    port = PORTS[1]
    frames = [it.frame(_mac(f"0180c20000{last:02x}"), at[port]) for last in RESERVED]
    return [it.passes(port, frame, leave=0, marked=True) for frame in frames]


@run
def ageing(stage: Stage) -> Ageing:
    """The switch, told to forget who has been silent for a moment."""
    return Watch(stage).whole()


@run
def elsewhere(stage: Stage) -> Elsewhere:
    """The switch between two interfaces, not the first ones, until it is sent a SIGTERM."""
    it = Switch(stage, TWO)
    first, second = TWO
    here, there = it.draw(2)
    other = PORTS[0]
    nothing = Passage(other, b"", (), alive=False, listening=False)
    seen = Elsewhere(it.listener.record(), nothing, nothing, nothing)
    try:
        seen = replace(seen, stray=it.passes(other, it.frame(BROADCAST, *it.draw(1)), leave=0))
        seen = replace(seen, there=it.passes(first, it.frame(there, here), leave=1))
        if not seen.there.sent:  # it may have no way for strangers: that is asked elsewhere
            seen = replace(seen, there=it.passes(first, it.frame(BROADCAST, here), leave=1))
        seen = replace(seen, back=it.passes(second, it.frame(here, there), leave=1))
    except Storm:
        return replace(seen, record=it.stop())
    program = it.listener.program
    if program is None or not program.running:
        return replace(seen, record=it.stop())
    program.terminate()
    stage.await_end(program)
    return replace(seen, asked_to_end=True, ended=program.exit, record=it.stop())


@run
def refusals(stage: Stage, switching: Switching) -> tuple[Sending, ...]:
    """The switch with an unknown interface, without any, and with a time that is none."""
    if not switching.goes_on:
        return ()
    unknown = stage.draw_unknown_interface()
    here = PORTS[0]
    return (
        stage.refusal(here, PROGRAM, "eth0", "eth1", unknown),
        stage.refusal(here, PROGRAM),
        stage.refusal(here, PROGRAM, "--ageing", "soon", "eth0", "eth1"),
    )
