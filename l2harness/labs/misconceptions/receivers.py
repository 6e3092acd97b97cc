"""Signs in a program that should tell of frames, and tells of none; for every lab."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from l2harness.frames import EtherType, ethertype_name
from l2harness.labs.judging import quoted
from l2harness.labs.misconceptions.sign import Sign
from l2harness.labs.misconceptions.starts import cannot_start, died
from l2harness.labs.records import Answer, ProgramRecord
from l2harness.programs.build import Built
from l2harness.programs.recognise import FoundProgram

#: What a socket may ask the kernel for. Source: <linux/if_ether.h>.
ALL: Final = 0x0003
#: How much of a frame is told: its header, and a word by which it may be found.
_TOLD_BYTES: Final = 18
_KNOWN: Final = (ALL, EtherType.IPV4, EtherType.ARP, EtherType.LAB)


def unable(
    program: FoundProgram,
    built: Built | None,
    record: ProgramRecord,
    first: Answer,
    protocols: Collection[int],
) -> Sign | None:
    """
    Say why a program could not receive: it cannot be started, is deaf, or does not survive.

    Args:
        program: As it was found among the files, after make.
        built: What make did; None where there was nothing to make.
        record: The execution.
        first: What became of its first frame.
        protocols: What its sockets ask the kernel for.
    """
    if sign := cannot_start(program, built):
        return sign
    if not first.listening:
        if sign := died(record, early=True):
            return sign
        if 0 in protocols:
            return Sign(
                "no-protocol",
                "While it ran, the kernel listed its socket with protocol 0000: such a socket is "
                "given no frames.",
            )
    elif not first.alive:
        return died(record, early=False)
    return None


def turned_round(protocols: Collection[int], *asked_for: int) -> Sign | None:
    """
    Say that a socket asks for its protocol in the wrong byte order.

    Args:
        protocols: What its sockets ask the kernel for.
        asked_for: EtherTypes that the lab asks for, beside those that everybody knows.
    """
    round_again = {_turned(it): it for it in (*_KNOWN, *asked_for)}
    turned = [it for it in protocols if it in round_again]
    if not turned or len(turned) != len(protocols):
        return None
    sentence = (
        f"The kernel lists its socket with protocol {turned[0]:04x}: "
        f"{round_again[turned[0]]:04x} with the low byte first."
    )
    return Sign("protocol-byte-order", sentence)


def _turned(protocol: int) -> int:
    return int.from_bytes(protocol.to_bytes(2, "big"), "little")


def said_elsewhere(record: ProgramRecord, told: Callable[[str], bool]) -> Sign | None:
    """
    Say that a program told of its frames where, or when, nobody listens.

    Args:
        record: The execution.
        told: Whether a text is about one of the frames.
    """
    errors = record.stderr.decode("utf-8", "backslashreplace")
    if told(errors):
        line = quoted(errors.splitlines())
        return Sign("output-on-stderr", f"On standard error there is {line}.")
    late = record.stdout.decode("utf-8", "backslashreplace")
    if told(late):
        sentence = f"Only when it was stopped, {quoted(late.splitlines())} came out."
        return Sign("output-not-flushed", sentence)
    return None


def asks_for_others(protocols: Collection[int], wanted: Collection[int]) -> Sign | None:
    """Say that none of a program's sockets asks for frames that it should hear."""
    if not protocols or not set(protocols).isdisjoint(wanted):
        return None
    names = ", ".join(ethertype_name(it) for it in protocols)
    return Sign("filters-ethertype", f"Its socket asks the kernel for {names} only.")


def gone_after_one(record: ProgramRecord, first: Answer, *, reported: bool) -> Sign | None:
    """
    Say that a program reported its first frame, and was gone.

    Args:
        record: The execution.
        first: What became of that frame.
        reported: Whether it was reported.
    """
    if first.alive or not first.listening or not reported:
        return None
    sentence = "It reported its first frame, and ended with status 0."
    return died(record, early=False) or Sign("exits-after-one-frame", sentence)


def passed_over(answer: Answer, dropped: str, fatal: str) -> Sign:
    """
    Say of a frame that was not reported whether it was passed over, or the program's end.

    Args:
        answer: What became of the frame.
        dropped: Id of what it is to pass such a frame over.
        fatal: Id of what it is to die of it.
    """
    kind = f"A frame of {len(answer.frame)} bytes, {answer.frame[:_TOLD_BYTES].hex(' ')} …"
    if answer.alive:
        return Sign(dropped, f"{kind}, gave no line.")
    return Sign(fatal, f"{kind}, was its end.")


def kept_back() -> Sign:
    """Say that a program took its frames and printed nothing at all."""
    return Sign(
        "output-not-flushed",
        "The kernel gave its socket both frames and it took them, but nothing was printed, on "
        "neither standard output nor standard error.",
    )
