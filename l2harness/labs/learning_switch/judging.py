"""What the checks of the switch share: which ways are right, in words, and what is asked first.

Pure functions on records. Sentences are the student's to read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from l2harness.labs.api import Exhibit, Failure, expect
from l2harness.labs.judging import how_it_ended
from l2harness.labs.learning_switch.passing import PORTS, Passage
from l2harness.labs.learning_switch.runs import Switching
from l2harness.labs.records import ProgramRecord

#: Ids of checks that others need.
FORWARDS: Final = "switch.forwards"
RESTS: Final = "switch.comes-to-rest"
FLOODS: Final = "switch.floods"
BROADCAST: Final = "switch.broadcast"
GROUPS: Final = "switch.groups"
LEARNS: Final = "switch.learns"
BASE: Final = (FORWARDS, RESTS)


def named(interfaces: Iterable[str]) -> str:
    """Return interfaces for a sentence, by their own names."""
    return ", ".join(it.partition(".")[2] for it in interfaces) or "none"


def told(passage: Passage, what: str) -> str:
    """Begin a sentence about a frame: what it was, and where it came in."""
    return f"{what} came in by {named([passage.came_in])}"


def shown(passage: Passage) -> list[Exhibit]:
    """Return the frame as it came in, to be shown beside a failure."""
    return [Exhibit(passage.came_in, passage.frame)]


def expect_heard(passage: Passage, what: str, record: ProgramRecord) -> None:
    """Fail if the program was not there to hear a frame, or if that was its end."""
    if passage.listening and passage.alive:
        return
    trouble = "that was its end" if passage.listening else "the program was not listening"
    raise Failure(
        f"{told(passage, what)}, and {trouble}. {how_it_ended(record)}",
        expected="still running",
        actual="ended" if passage.listening else "no packet socket that listens",
        exhibits=shown(passage),
    )


def expect_ways(
    passage: Passage, wanted: Iterable[str], what: str, record: ProgramRecord, hint: str
) -> None:
    """Fail unless a frame left by just these of the named interfaces; its own does not count."""
    expect_heard(passage, what, record)
    right = sorted(wanted)
    seen = [it for it in passage.ways if it != passage.came_in and it in PORTS]
    expect(
        seen == right,
        f"{told(passage, what)}; it left by {named(seen)}, and should by {named(right)}.",
        help=hint,
        expected=named(right),
        actual=named(seen),
        exhibits=shown(passage),
    )


def expect_flooded(passages: Iterable[Passage], what: str, switching: Switching) -> None:
    """Fail unless each frame left by all named interfaces but its own."""
    hint = "Send it through every interface but the one by which it came."
    for it in passages:
        expect_ways(it, it.others, what, switching.record, hint)


def expect_filtered(passage: Passage, what: str, record: ProgramRecord, hint: str) -> None:
    """Fail unless a frame went nowhere, and the one right behind it everywhere."""
    expect_heard(passage, what, record)
    expect(
        not passage.forwarded,
        f"{told(passage, what)}; it left by {named(passage.ways)}.",
        help=hint,
        expected="none",
        actual=named(passage.ways),
        exhibits=shown(passage),
    )
    marked = passage.ways_of_marker
    expect(
        set(marked) >= set(passage.others),
        f"{told(passage, what)}, and right behind it one to somebody unknown, which left by "
        f"{named(marked)}: so nothing is said by what else it kept back.",
        help="What is for somebody unknown leaves by every interface but its own.",
        expected=named(passage.others),
        actual=named(marked),
        exhibits=[Exhibit(passage.came_in, passage.marker)],
    )
