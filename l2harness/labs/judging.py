"""What checks of several labs share: hex for people, which frames count, what is a report.

Pure functions on records. Sentences are the student's to read: what was seen, in words and bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NoReturn

from l2harness.labs.api import Exhibit, Failure
from l2harness.labs.records import Answer, ProgramRecord, Sending
from l2harness.network.timeline import FrameEvent
from l2harness.programs.exit import Exit, ExitReason, signal_name

#: Frames of one kind that are shown beside a failure; more of them teach no more.
_EXHIBITS: Final = 3


def spaced(data: bytes, limit: int = 32) -> str:
    """Return bytes as ``88 b5``; of long ones the beginning, and how many there are."""
    shown = data[:limit].hex(" ")
    return shown if len(data) <= limit else f"{shown} … ({len(data)} bytes)"


def colons(data: bytes) -> str:
    """Return an address as ``02:00:…``."""
    return data.hex(":")


def judged_frames(sending: Sending, ethertype: int) -> tuple[bytes, ...]:
    """
    Return the frames by which the header is judged.

    Those that left through the named interface with the lab's EtherType; if there are none, all
    that left through it.
    """
    wanted = ethertype.to_bytes(2, "big")
    ours = tuple(data for data in sending.by_interface if data[12:14] == wanted)
    return ours or sending.by_interface


def exhibit(
    sending: Sending, data: bytes = b"", wanted: bytes = b"", *, interface: str | None = None
) -> Exhibit:
    """
    Return a frame of an execution, to be shown beside a failure.

    Args:
        sending: The execution.
        data: The frame; empty where the point is that there was none.
        wanted: The frame that should have been there, if that can be said.
        interface: Where it was seen, if not at the one that the program was told to use.
    """
    return Exhibit(interface or sending.interface, data, wanted, sending.record.run)


def exhibits(sending: Sending, frames: Iterable[FrameEvent]) -> list[Exhibit]:
    """Return the first of the frames that should not have been sent, to be shown."""
    some = list(frames)[:_EXHIBITS]
    return [exhibit(sending, event.data, interface=event.interface) for event in some]


def how_it_ended(record: ProgramRecord) -> str:
    """Return a sentence about the end of a program, with its last words."""
    if record.problem is not None:
        return f"{record.problem}."
    end = record.exit
    assert end is not None
    words = record.last_words()
    said = f" Its last words: {words}" if words else " It printed nothing."
    return f"{record.argv[0]} {_end(end)}.{said}"


def _end(end: Exit) -> str:
    match end.reason:
        case ExitReason.EXITED:
            return f"ended with status {end.code}"
        case ExitReason.SIGNALLED:
            return f"was ended by {signal_name(end.signal)}"
        case ExitReason.WALL_LIMIT:
            return "did not end by itself"
        case ExitReason.STOPPED:
            return "was still running, and was stopped"
        case ExitReason.NOT_STARTED:
            return "could not be started by the kernel"
        case ExitReason.FRAME_LIMIT:
            return "flooded the network, and was stopped"
        case ExitReason.OUTPUT_LIMIT:
            return "printed without end, and was stopped"
        case _:
            return f"was stopped: {end.reason.value}"


def command_line(record: ProgramRecord) -> str:
    """Return what was typed, with empty arguments visible."""
    return " ".join(argument or "''" for argument in record.argv)


def fail_as_not_sent(sending: Sending) -> NoReturn:
    """
    Fail because nothing left the named interface, saying what happened instead.

    Raises:
        Failure: Always.
    """
    elsewhere = sorted({event.interface for event in sending.elsewhere})
    what = f"It sent through {', '.join(elsewhere)} instead. " if elsewhere else ""
    raise Failure(
        f"No frame left {sending.interface}. {what}{how_it_ended(sending.record)}",
        expected=f"one frame through {sending.interface}",
        actual=f"a frame through {', '.join(elsewhere)}" if elsewhere else "no frame",
        exhibits=[exhibit(sending), *exhibits(sending, sending.elsewhere)],
    )


def expect_refusal(sending: Sending, wrong: str) -> None:
    """
    Fail unless a program ended by itself with a status, a word, and without a frame.

    Args:
        sending: The execution.
        wrong: What was wrong with its arguments, as part of a sentence.

    Raises:
        Failure: Naming everything that is not so.
    """
    record = sending.record
    line = command_line(record)
    end = record.exit
    help_text = f"Try it: `{line}; echo $?` must print a message and a number that is not 0."
    if end is None:
        raise Failure(how_it_ended(record))
    if sending.frames:
        where = sorted({event.interface for event in sending.frames})
        raise Failure(
            f"`{line}` has {wrong}, and still a frame was sent through {', '.join(where)}.",
            help=help_text,
            expected="no frame",
            actual=spaced(sending.frames[0].data),
            exhibits=exhibits(sending, sending.frames),
        )
    if not end.refused:
        raise Failure(
            f"`{line}` has {wrong}; it {_end(end)}.",
            help=help_text,
            expected="status not 0",
            actual=f"status {end.code}" if end.code is not None else "still running",
        )
    if not record.said_something:
        raise Failure(
            f"`{line}` has {wrong}; it {_end(end)}, but did not say why.",
            help=help_text,
            expected="a word on stderr or stdout",
            actual="nothing printed",
        )


def is_report(answer: Answer | None, about: Callable[[str], bool]) -> bool:
    """
    Whether what was printed is a report of the frame.

    It is if it shows what only the frame could have told. A line that shows nothing of the frame
    counts if the program had been seen waiting for one, and printed only then.
    """
    if answer is None or not answer.lines:
        return False
    return about(answer.printed) or answer.provoked


def quoted(lines: Iterable[str], limit: int = 160) -> str:
    """Return the first printed line, shortened, in quotes; or that nothing was printed."""
    for line in lines:
        return f"“{line[:limit]}”"
    return "nothing printed"


def first_wrong(answers: Sequence[Answer], right: Callable[[Answer], bool]) -> Answer | None:
    """Return the first answer that is not right, or None."""
    return next((answer for answer in answers if not right(answer)), None)
