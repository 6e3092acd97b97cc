"""What a client says, held against what crossed the wire; for checks and misconceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from l2harness.frames import MINIMUM_FRAME
from l2harness.labs.pyng_echo.reading import Outcome, outcomes
from l2harness.network.loop import patience

if TYPE_CHECKING:
    from l2harness.labs.pyng_echo.playing import Pinging
    from l2harness.labs.pyng_echo.runs import Pair

_HEADER: Final = 14
#: An answer that came after this part of the time limit may have been in time or not.
_SURELY_IN_TIME: Final = 0.5
#: The part of the time that a client was told to wait for which it must have waited, as seen from
#: outside: its clock may have begun before its frame left.
_WAITED: Final = 0.5
#: How much longer than told it may wait before its limit counts as another one, seconds.
_LATE_S: Final = 0.5


def milliseconds(seconds: float) -> str:
    """Write a time as a client does."""
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds * 1000:.0f} ms"


def by_number(pinging: Pinging) -> dict[int, list[Outcome]]:
    """Return what a client says of each request."""
    found: dict[int, list[Outcome]] = {}
    for it in outcomes(pinging.printed):
        found.setdefault(it.number, []).append(it)
    return found


def shown(it: Outcome | None) -> str:
    """Quote a line, or say that there is none."""
    return "no line" if it is None else f"“{it.line[:80]}”"


def waits_s(unanswered: Pinging) -> tuple[float, float]:
    """Return how long a client waited for each of its two answers, seconds."""
    first, second = unanswered.rounds[:2]
    between_s = second.request.time_s - first.request.time_s
    return between_s, unanswered.ended_s - second.request.time_s


def waits_as_told(unanswered: Pinging) -> bool:
    """Whether a client that got no answers waited as long as it was told, and no longer."""
    told_s = unanswered.timeout_s
    between_s, until_end_s = waits_s(unanswered)
    return between_s >= told_s * _WAITED and (
        min(between_s, until_end_s) <= told_s + patience(_LATE_S)
    )


def same_payload(asked: bytes, reply: bytes) -> bool:
    """Whether a reply brings a payload back; zeros that the network adds may be left out."""
    if len(asked) <= MINIMUM_FRAME and len(reply) <= MINIMUM_FRAME:
        return asked[_HEADER:].rstrip(b"\0") == reply[_HEADER:].rstrip(b"\0")
    return asked[_HEADER:] == reply[_HEADER:]


def wrong_lines(pair: Pair) -> list[tuple[int, float | None, Outcome | None]]:
    """
    Return where a client says of a request what is not so.

    Returns:
        The request, after how many seconds its answer came (None: never), and what it says.
    """
    text = pair.sending.record.stdout.decode("utf-8", "backslashreplace")
    said = {it.number: it for it in reversed(outcomes(text))}
    wrong = []
    for number in range(1, pair.count + 1):
        came_s = pair.came[number - 1] if number <= len(pair.came) else None
        line = said.get(number)
        in_time = came_s is not None and came_s <= pair.timeout_s * _SURELY_IN_TIME
        lost = came_s is None
        if line is None or (lost and line.time_s is not None) or (in_time and line.time_s is None):
            wrong.append((number, came_s, line))
    return wrong
