"""Checks of a program that collects frames: all of them, each once, in order, under any load."""

from __future__ import annotations

from math import floor

from l2harness.labs.api import award, check, expect
from l2harness.labs.judging import colons, expect_refusal, how_it_ended, quoted
from l2harness.labs.massive.lines import Numbered, out_of_order, share, total, twice
from l2harness.labs.massive.runs import FIRST, Collected
from l2harness.labs.records import Sending
from l2harness.labs.responding import expect_asleep

REPORTS, STOPS, BURSTS = "massive.reports", "massive.stops", "massive.bursts"


def shown(it: Numbered) -> str:
    """Write a frame as a line about it does."""
    return f"{colons(it.sender)} {it.number}"


def _by_share(collected: Collected, points: int, what: str, help: str) -> None:
    """Give points by the share of frames that it tells of; ``what`` they were, as a subject."""
    handled = share(collected.sent, collected.said)
    if handled == 1:
        return
    count = len(collected.sent)
    told = round(handled * count)
    award(
        floor(points * handled),
        f"{what} had {count} frames, and it tells of {told} of them."
        + ("" if collected.alive else f" {how_it_ended(collected.record)}"),
        help=help,
        expected=f"{count} frames",
        actual=f"{told} frames",
    )


@check(REPORTS, points=14)
def test_massive_reports(steady: Collected) -> None:
    """When it is told to stop there is a line for each frame: its sender, and its number."""
    said = set(steady.said)
    missing = [it for it in steady.few if it not in said]
    if not missing:
        return
    deaf = "" if steady.listening else "It had no socket that hears frames. "
    lines = [line for line in steady.printed.splitlines() if line.strip()]
    expect(
        False,
        f"{deaf}Three frames came, one after the other, and {len(missing)} of them are in no "
        f"line. {how_it_ended(steady.record)}",
        help="The sender is bytes 6–11 of the frame, the number bytes 14–17, high byte first.",
        expected=shown(missing[0]),
        actual=quoted(lines),
    )


@check(STOPS, points=8, needs=[REPORTS])
def test_massive_stops(steady: Collected) -> None:
    """A frame whose payload begins with “stop” ends it: by itself, with status 0."""
    end = steady.record.exit
    expect(
        steady.alive and end is not None and end.succeeded,
        f"It was {'told to stop' if steady.alive else 'not told to stop yet'}. "
        f"{how_it_ended(steady.record)}",
        help="Compare the first four bytes of the payload with “stop” before taking them for a "
        "number.",
        expected="status 0 once it is told to stop",
        actual=str(end),
    )


@check("massive.total", points=8, needs=[STOPS])
def test_massive_total(steady: Collected) -> None:
    """Then it prints the word total, and how many frames it tells of; “stop” is not counted."""
    told = len(set(steady.said))
    seen = total(steady.printed)
    expect(
        seen == told,
        f"It tells of {told} frames, and its total is {'not there' if seen is None else seen}.",
        expected=f"total {told}",
        actual="no total" if seen is None else f"total {seen}",
    )


@check("massive.once", points=8, needs=[REPORTS])
def test_massive_once(steady: Collected) -> None:
    """No frame is counted twice."""
    again = twice(steady.said)
    expect(
        not again,
        f"{len(again)} frames have more than one line, the first one of them "
        f"{shown(again[0]) if again else ''}.",
        expected="one line for each frame",
        actual=f"{len(again)} frames twice",
    )


@check("massive.order", points=8, needs=[REPORTS, "massive.once"])
def test_massive_order(steady: Collected) -> None:
    """The frames of each sender are told of in the order in which they came."""
    if wrong := out_of_order(steady.said):
        before, after = wrong
        expect(
            False,
            f"“{shown(before)}” is told of before “{shown(after)}”, which came before it.",
            help="What is put at the end of a list has to be taken from its beginning.",
            expected=f"{after.number}, {before.number}",
            actual=f"{before.number}, {after.number}",
        )


@check("massive.others", points=4, needs=[REPORTS])
def test_massive_others(steady: Collected) -> None:
    """Frames of other EtherTypes are not counted."""
    strange = [it for it in steady.said if it not in {*steady.few, *steady.sent}]
    expect(
        not strange,
        f"It tells of {len(strange)} frames that were none of its own: "
        f"{', '.join(map(shown, strange[:3]))}.",
        help="Bytes 12–13 say whose frame it is; or ask the kernel for 88 b5 only.",
        expected="frames of type 88 b5",
        actual=f"{len(strange)} others",
    )


@check(BURSTS, points=12, needs=[REPORTS])
def test_massive_bursts(steady: Collected) -> None:
    """Of three bursts of sixty frames from three senders it tells of all; points by the share."""
    help_text = "What comes while you are busy waits in the socket: keep it open, read it empty."
    _by_share(steady, 12, "The three bursts", help_text)


@check("massive.big-burst", points=16, needs=[BURSTS])
def test_massive_big_burst(big_burst: Collected) -> None:
    """A burst that a usual receive buffer does not hold is not lost; points by the share."""
    help_text = "Ask for a larger receive buffer: setsockopt() with SOL_SOCKET, SO_RCVBUF."
    _by_share(big_burst, 16, "A burst that came while it could not run", help_text)


@check("massive.full-terminal", points=12, needs=[BURSTS])
def test_massive_full_terminal(full_terminal: Collected) -> None:
    """It goes on receiving while nobody reads what it prints; points by the share."""
    help_text = "Collect first, and print when you are told to stop; or print in another thread."
    expect(
        not full_terminal.stuck,
        "While nobody read its terminal it stood still, and the frames of a burst stayed in its "
        "socket.",
        help=help_text,
        expected="it receives",
        actual="it waits to print",
    )
    what = "Bursts that came while its terminal was full"
    _by_share(full_terminal, 12, what, help_text)


@check("massive.interface", points=4, needs=[REPORTS])
def test_massive_interface(elsewhere: Collected) -> None:
    """Frames on another interface are not counted, those on the named one are."""
    said = set(elsewhere.said)
    strange = [it for it in elsewhere.before if it in said]
    expect(
        not strange,
        f"Told to listen on {elsewhere.interface}, it tells of {len(strange)} frames that came "
        f"to {FIRST}.",
        help="A packet socket hears every interface until bind() binds it to one.",
        expected=f"frames on {elsewhere.interface}",
        actual=f"{len(strange)} on {FIRST}",
    )
    missing = [it for it in elsewhere.sent if it not in said]
    expect(
        not missing,
        f"Told to listen on {elsewhere.interface}, it misses {len(missing)} of "
        f"{len(elsewhere.sent)} frames there. {how_it_ended(elsewhere.record)}",
        help="The interface is an argument, to be given to bind() as it is.",
        expected=f"{len(elsewhere.sent)} frames",
        actual=f"{len(elsewhere.sent) - len(missing)} frames",
    )


@check("massive.idle", points=4, needs=[REPORTS])
def test_massive_idle(steady: Collected) -> None:
    """It uses no CPU while nothing comes."""
    expect_asleep(steady.idle, steady.record)


@check("massive.bad-interface", points=2, needs=[REPORTS])
def test_massive_bad_interface(refusal: Sending) -> None:
    """An unknown interface: it ends, with a status that is not 0, and a word."""
    expect_refusal(refusal, "an interface that does not exist")
