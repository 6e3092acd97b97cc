"""Whether a switch forgets who has been silent for a while, and nobody else.

That is decided by times that were taken before and after each frame, so that a machine that is
busy makes it longer, and never wrong.

Two stations speak behind the first interface; from then on the one keeps silent, and the other
speaks once more. A third one, behind another interface, speaks to the silent one until its frames
go everywhere: it is forgotten. Before, it has spoken to the other one, which must be known still.
All that follows a timetable, so that a right switch is asked the same every time.

What a frame found the switch to know, it knew at some moment between two looks at the clock. So
between hearing a station and being asked for it there passed at least the time between the later
look at the one and the earlier look at the other, and at most the time between the other two.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from l2harness.errors import TooBusyError
from l2harness.frames import BROADCAST, MacAddress
from l2harness.labs.learning_switch.passing import PORTS, Passage, Storm, Switch
from l2harness.labs.records import ProgramRecord
from l2harness.labs.stage import Stage
from l2harness.network.loop import Deadline, patience

#: What the switch is told to wait before it forgets, seconds.
_AGEING_S: Final = 0.7
#: How much later it may forget, seconds, as the assignment says; and what a busy machine adds.
LATER_S: Final = 2.0
_SLACK_S: Final = 1.0
#: For which part of the time nobody may be forgotten, however coarse the switch's clock.
_SAFE: Final = 0.5
#: When what happens, in parts of the time that the switch is told, since one station fell silent:
#: the other one speaks; the silent one is asked for, twice; the other one speaks again, before it
#: could be forgotten; it is asked for, when it would be forgotten if that did not count; and the
#: silent one, whose time is over, again and again. None of it falls when somebody is forgotten.
_BEGINS, _ASKED, _SPEAKS_ON, _ASKED_LATE = 1 / 12, (3 / 12, 8 / 12), 10 / 12, 14 / 12
_OVER, _AGAIN_EVERY = 15 / 12, 3 / 4
#: For how many times its time a station that is never forgotten is then left alone.
_ALONE: Final = 1.5

_WITH_STATIONS, _WITH_ASKER = PORTS[0], PORTS[2]


@dataclass(frozen=True, slots=True)
class Moment:
    """Between these two looks at the clock something happened, in seconds."""

    earliest_s: float
    latest_s: float

    def least_since_s(self, before: Moment) -> float:
        """Return how much later than another one it was, at least, in seconds."""
        return self.earliest_s - before.latest_s

    def most_since_s(self, before: Moment) -> float:
        """Return how much later than another one it was, at most, in seconds."""
        return self.latest_s - before.earliest_s


@dataclass(frozen=True, slots=True)
class Look:
    """
    A frame to one of the two stations, and for how long that had been silent by then.

    Attributes:
        passage: Of the frame.
        speaks_on: It was to the one that goes on speaking.
        least_s: For how long it had been silent, at least, in seconds.
        most_s: … at most.
        since_first_s: How long before it the station spoke for the first time, at least, seconds.
    """

    passage: Passage
    speaks_on: bool
    least_s: float
    most_s: float
    since_first_s: float

    @property
    def known(self) -> bool:
        """Whether the station was known: the frame left by its interface alone."""
        return self.passage.ways == (_WITH_STATIONS,)


@dataclass(frozen=True, slots=True)
class Ageing:
    """
    The switch, told to forget after a moment.

    Attributes:
        record: Its start.
        span_s: What it was told, seconds.
        looks: Frames to either station, in the order of time.
        left_alone: One more to a station that was never forgotten, after it had not even been
            spoken to for so long; None where there is no such.
    """

    record: ProgramRecord
    span_s: float
    looks: tuple[Look, ...] = ()
    left_alone: Look | None = None

    @property
    def forgotten(self) -> bool:
        """Whether the station that keeps silent was forgotten in the end."""
        return self.left_alone is None and any(
            not it.known and not it.speaks_on for it in self.looks
        )

    @property
    def remembered(self) -> bool:
        """Whether the station that keeps silent was known at all."""
        return any(it.known and not it.speaks_on for it in self.looks)

    @property
    def too_early(self) -> list[Look]:
        """Looks that found a station forgotten which had spoken a moment ago."""
        return [it for it in self.looks if not it.known and it.most_s < self.span_s * _SAFE]

    @property
    def decided(self) -> bool:
        """Whether the looks suffice to say that the switch does as it should."""
        soon = [it for it in self.looks if it.known and it.most_s < self.span_s * _SAFE]
        late = [it for it in soon if it.speaks_on and it.since_first_s > self.span_s]
        return self.forgotten and bool(late) and any(not it.speaks_on for it in soon)


class Watch:
    """One switch that is told to forget, and the looks at what it knows."""

    def __init__(self, stage: Stage) -> None:
        self.span_s = round(patience(_AGEING_S), 1)
        self._switch = Switch(stage, PORTS, ("--ageing", f"{self.span_s:g}"))
        self._looks: list[Look] = []
        self._left_alone: Look | None = None

    def whole(self) -> Ageing:
        """
        Watch until it can be said what the switch forgets.

        Raises:
            TooBusyError: The machine takes too long over a frame.
        """
        try:
            fit = self._follow_the_timetable()
        except Storm:
            return self._seen(self._switch.stop())
        runs = self._switch.listener.running
        seen = self._seen(self._switch.stop())
        # Who was forgotten too early may never have been known, or only the frame came so late.
        found_out = seen.remembered or any(not it.speaks_on for it in seen.too_early)
        if seen.forgotten and runs and not (found_out if seen.too_early else fit and seen.decided):
            raise TooBusyError(
                "tell what the switch forgets", detail="frames took too long on their way"
            )
        return seen

    def _seen(self, record: ProgramRecord) -> Ageing:
        return Ageing(record, self.span_s, tuple(self._looks), self._left_alone)

    def _follow_the_timetable(self) -> bool:
        """
        Have one station fall silent until it is forgotten, and the other one not.

        Returns:
            Whether a switch that counts from a station's first frame would have been found out.
        """
        silent, speaker, asker = self._switch.draw(3)
        first = self._speak(silent)

        def ask_for_silent(part: float) -> Look:
            self._pause_until(first, part)
            return self._ask(silent, asker, first, first, speaks_on=False)

        self._pause_until(first, _BEGINS)
        begun = self._speak(speaker)
        for part in _ASKED:
            ask_for_silent(part)
        self._pause_until(first, _SPEAKS_ON)
        again = self._speak(speaker)
        self._pause_until(first, _ASKED_LATE)
        self._ask(speaker, asker, again, begun, speaks_on=True)
        part = _OVER
        limit_s = self.span_s + patience(LATER_S + _SLACK_S)
        while (look := ask_for_silent(part)).known and self._switch.listener.running:
            # By the timetable, too: it is asked as often on a machine that is busy.
            if min(look.least_s, part * self.span_s) > limit_s:
                self._left_alone = ask_for_silent(part + _ALONE)
                self._looks.pop()
                break
            part += _AGAIN_EVERY
        return again.most_since_s(begun) < self.span_s

    def _speak(self, station: MacAddress) -> Moment:
        earliest_s = time.monotonic()
        self._switch.passes(_WITH_STATIONS, self._switch.frame(BROADCAST, station), leave=3)
        return Moment(earliest_s, time.monotonic())

    def _ask(
        self,
        station: MacAddress,
        asker: MacAddress,
        spoken: Moment,
        first: Moment,
        *,
        speaks_on: bool,
    ) -> Look:
        earliest_s = time.monotonic()
        frame = self._switch.frame(station, asker)
        passage = self._switch.passes(_WITH_ASKER, frame, leave=1)
        asked = Moment(earliest_s, time.monotonic())
        look = Look(
            passage,
            speaks_on,
            asked.least_since_s(spoken),
            asked.most_since_s(spoken),
            asked.least_since_s(first),
        )
        self._looks.append(look)
        return look

    def _pause_until(self, first: Moment, part: float) -> None:
        """Return when the switch has ended, or at a time: what it forgets is no event."""
        program = self._switch.listener.program
        if program is not None:
            program.wait(Deadline(first.latest_s + part * self.span_s))
