"""What is done with a submission of lab massive, and what is kept of it.

The program gets a few frames, then bursts that every socket has room for, then one that only a
larger buffer has room for, and then many while nobody reads its terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from l2harness.frames import EtherType, pad
from l2harness.labs.api import run
from l2harness.labs.massive.driving import Collector
from l2harness.labs.massive.lines import Numbered, reported
from l2harness.labs.records import ProgramRecord, Sending
from l2harness.labs.stage import Stage
from l2harness.programs.output import terminal_room

PROGRAM: Final = "massive"
HERE: Final = "h2.eth0"
FIRST, SECOND = "h1.eth0", "h1.eth1"
FEW: Final = 3
BURSTS, BURST = 3, 60
#: Part of the largest buffer that the big burst fills; and of the usual one, how often it does.
_OF_MOST, _OF_USUAL = 0.9, 1.8
#: Part of the usual buffer that each of the frames fills that come while nobody reads.
_MODEST: Final = 0.6
#: As short as a line about a frame can be; and how much more of them than a terminal takes.
_SHORTEST_LINE: Final = b"02:00:00:00:00:0a 100000\n"
_MORE: Final = 1.25


@dataclass(frozen=True, slots=True)
class Collected:
    """
    One execution of the program.

    Attributes:
        record: How it ended.
        interface: Where it was told to listen.
        sent: The frames that are asked about.
        before: Frames that came before these, and are not.
        printed: What it wrote on stdout.
        listening: It had a socket that could hear frames.
        protocols: What its sockets ask the kernel for, see `Listener.protocols`.
        idle: Whether it sleeps while nothing comes; None if it did not run.
        few: The first frames of all, where they are asked about apart.
        alive: It still ran when the last frame had come, and had not been told to stop.
        stuck: It stood still because nobody read its terminal, with frames in its socket.
    """

    record: ProgramRecord
    interface: str
    sent: tuple[Numbered, ...]
    before: tuple[Numbered, ...]
    printed: str
    listening: bool = True
    protocols: tuple[int, ...] = ()
    idle: bool | None = None
    few: tuple[Numbered, ...] = ()
    alive: bool = True
    stuck: bool = False

    @property
    def said(self) -> list[Numbered]:
        """The frames that it tells of."""
        return reported(self.printed)


@run
def steady(stage: Stage) -> Collected:
    """The program on h2: three frames, three bursts, frames of other EtherTypes, and the end."""
    it = Collector(stage, HERE, PROGRAM)
    few = it.burst(FEW)
    it.rest()
    bursts: list[Numbered] = []
    for _ in range(BURSTS):
        with it.standing_still():
            bursts += it.burst(BURST)
        it.rest()
    it.strays()
    it.rest()
    alive = it.listener.running
    idle = it.listener.still_idles(it.idle)
    record, printed = it.stop()
    return Collected(
        record,
        HERE,
        tuple(bursts),
        (),
        printed,
        it.listening,
        it.protocols,
        idle,
        tuple(few),
        alive,
    )


@run
def big_burst(stage: Stage, steady: Collected) -> Collected | None:
    """The program on h2 stands still, and a burst comes for which a usual buffer is too small."""
    if not set(steady.few) <= set(steady.said):
        return None
    it = Collector(stage, HERE, PROGRAM)
    before, usual, most = it.measured()
    it.rest()
    with it.standing_still():
        sent = it.burst(round(min(_OF_MOST * most, _OF_USUAL * usual)))
    it.rest()
    alive = it.listener.running
    record, printed = it.stop()
    return Collected(record, HERE, tuple(sent), tuple(before), printed, alive=alive)


@run
def full_terminal(stage: Stage, steady: Collected) -> Collected | None:
    """The program on h2, with bursts while nobody reads its terminal."""
    if not set(steady.few) <= set(steady.said):
        return None
    it = Collector(stage, HERE, PROGRAM)
    before, usual, _ = it.measured()
    it.rest()
    modest = max(1, round(_MODEST * usual))
    # With so many lines, who prints while frames come has filled the terminal.
    enough = _MORE * terminal_room(_SHORTEST_LINE) / len(_SHORTEST_LINE)
    with it.unheard():
        while len(before) < enough:
            before += it.burst(modest)
            it.rest_or_stick()
        sent = it.burst(modest)
        stuck = it.rest_or_stick()
    it.rest()
    alive = it.listener.running
    record, printed = it.stop()
    return Collected(record, HERE, tuple(sent), tuple(before), printed, alive=alive, stuck=stuck)


@run
def elsewhere(stage: Stage, steady: Collected) -> Collected | None:
    """The program on h1's second interface; frames on the first one, then on the second."""
    if not set(steady.few) <= set(steady.said):
        return None
    it = Collector(stage, SECOND, PROGRAM)
    other = stage.network.mac(FIRST)
    strays = []
    for _ in range(FEW):
        stray = Numbered(stage.draw_mac().value, stage.random.randrange(1_000, 1 << 29))
        strays.append(stray)
    own = [
        pad(other.value + it.sender + EtherType.LAB.to_bytes(2, "big") + it.number.to_bytes(4))
        for it in strays
    ]
    it.deliver(own, at=FIRST)
    sent = it.burst(FEW)
    record, printed = it.stop()
    return Collected(record, SECOND, tuple(sent), tuple(strays), printed)


@run
def refusal(stage: Stage) -> Sending:
    """The program on h2, with an unknown interface."""
    return stage.refusal(HERE, PROGRAM, stage.draw_unknown_interface())
