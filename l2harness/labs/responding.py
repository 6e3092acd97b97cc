"""What is asked of every program that answers frames with frames, whatever the protocol.

Pure functions on records, as in `judging`; sentences are the student's to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from l2harness.frames import MacAddress
from l2harness.labs.answering import Exchange
from l2harness.labs.api import Exhibit, Failure, expect
from l2harness.labs.judging import expect_refusal, how_it_ended, spaced
from l2harness.labs.records import ProgramRecord, Sending


def expect_answered(
    exchange: Exchange | None, what: str, record: ProgramRecord, wanted: bytes = b""
) -> None:
    """
    Fail unless a frame left in answer to a request.

    Args:
        exchange: None where the program did not run any more.
        what: The request, as the beginning of a sentence.
        record: Of the program.
        wanted: The frame that should have left, to be shown; the request is, where it is empty.

    Raises:
        Failure: Saying what happened instead.
    """
    if exchange is not None and exchange.replies:
        return
    if exchange is None or not exchange.listening:
        raise Failure(
            f"{what} was not answered: the program was not listening. {how_it_ended(record)}",
            expected="a reply",
            actual="no packet socket that listens",
        )
    ended = "" if exchange.alive else f" {how_it_ended(record)}"
    where = sorted({it.interface for it in exchange.elsewhere})
    shown = (
        Exhibit(exchange.interface, b"", wanted)
        if wanted
        else Exhibit(exchange.interface, exchange.asked)
    )
    raise Failure(
        f"{what} was not answered.{ended}",
        expected=f"a frame through {exchange.interface}",
        actual=f"a frame through {', '.join(where)}" if where else "no frame",
        exhibits=[shown],
    )


def expect_silence(exchange: Exchange, what: str, record: ProgramRecord, hint: str) -> None:
    """
    Fail if something was sent, or if that was the program's end.

    Args:
        exchange: What came, and what of it.
        what: The frame that came, as the beginning of a sentence.
        record: Of the program.
        hint: How to tell such a frame from a request.

    Raises:
        Failure: Saying which of the two.
    """
    expect(
        not exchange.sent,
        f"{what} was answered.",
        help=hint,
        expected="no frame",
        actual=spaced(exchange.sent[0].data) if exchange.sent else None,
        exhibits=[Exhibit(it.interface, it.data) for it in exchange.sent[:1]],
    )
    expect(
        exchange.alive,
        f"{what} was its end. {how_it_ended(record)}",
        help="Look at the length before anything is taken apart.",
        expected="still running",
        actual="ended",
    )


def expect_once(exchanges: Iterable[Exchange]) -> None:
    """
    Fail unless one frame left in answer to each request.

    Raises:
        Failure: Saying how many left in answer to the first that got another number.
    """
    for exchange in exchanges:
        count = len(exchange.replies)
        expect(
            count == 1,
            f"{count} frames left {exchange.interface} in answer to one request.",
            expected="1 frame",
            actual=f"{count} frames",
        )


def expect_arguments_refused(refusals: Sequence[Sending]) -> None:
    """
    Fail unless a program refused all that `answering.refuse_arguments` starts it with.

    Raises:
        Failure: Naming the arguments, and what it did.
    """
    wrong = ("an interface that does not exist", "an address that is none", "no address")
    for sending, what in zip(refusals, wrong, strict=True):
        expect_refusal(sending, what)


def expect_all_answered(
    many: Exchange | None, wanted: int, record: ProgramRecord, *, alive_before: bool
) -> None:
    """
    Fail unless a program answered every one of many requests in a row, and still runs.

    Args:
        many: All of them as one exchange; None where it did not run any more.
        wanted: How many there were.
        record: Of the program.
        alive_before: Whether it still ran after its first request.

    Raises:
        Failure: Saying how it ended, or how many are missing.
    """
    expect(
        alive_before and many is not None and many.alive,
        f"It had ended: {how_it_ended(record)}",
        help="Receive in an endless loop.",
        expected="still running",
        actual="ended",
    )
    assert many is not None
    missing = wanted - len(many.replies)
    expect(
        missing <= 0,
        f"{missing} of {wanted} requests were not answered.",
        help="What comes while a reply is sent waits in the socket: keep it open, read it empty.",
        expected=f"{wanted} replies",
        actual=f"{len(many.replies)} replies",
    )


def expect_own_interface(other: Exchange, named: Exchange, own: MacAddress, came_to: str) -> None:
    """
    Fail unless a program leaves other interfaces alone, and answers as the one it is told to use.

    Args:
        other: A request that came to another interface of its host.
        named: One that came to the interface that it is told to use.
        own: That interface's address.
        came_to: The other interface.

    Raises:
        Failure: Saying what it sent instead.
    """
    told = named.interface
    expect(
        not other.sent,
        f"Told to work on {told}, it answered a request that came to {came_to}.",
        help="A packet socket hears every interface until bind() binds it to one.",
        expected="no frame",
        actual=spaced(other.sent[0].data) if other.sent else None,
    )
    source = named.replies[0][6:12] if named.replies else b""
    expect(
        source == own.value,
        f"Told to work on {told}, which has {own}, it answered "
        + (f"from {source.hex(':')}." if source else "nothing."),
        help="The interface is an argument; ask for its address, by its name.",
        expected=spaced(own.value),
        actual=spaced(source) or "no reply",
    )


def expect_asleep(idle: bool | None, record: ProgramRecord) -> None:
    """
    Fail unless a program sleeps while nothing comes.

    Args:
        idle: As `Responder.still_idle` returns it.
        record: Of the program.

    Raises:
        Failure: It kept a CPU busy, or did not run.
    """
    if idle is None:
        raise Failure(f"It did not run while nothing came. {how_it_ended(record)}")
    expect(
        idle,
        "While nothing came it kept a CPU busy.",
        help="recv() sleeps until something comes; asking again and again does not.",
        expected="asleep",
        actual="running all the time",
    )
