"""Signs in how a program refuses what it should: not at all, without a word, with status 0."""

from __future__ import annotations

from l2harness.labs.judging import command_line
from l2harness.labs.misconceptions.sign import Sign
from l2harness.labs.misconceptions.starts import died, ran_on
from l2harness.labs.records import Sending
from l2harness.programs.exit import ExitReason


def wrong_refusal(sending: Sending, *, sends: str, stays: str) -> Sign | None:
    """
    Say what is wrong with a refusal; None where nothing is.

    Args:
        sending: The execution with arguments that should be refused.
        sends: Id of what it is to send a frame all the same.
        stays: Id of what it is to run on.
    """
    record, end = sending.record, sending.record.exit
    if end is None:
        return None
    line = command_line(record)
    if sending.frames:
        first = sending.frames[0]
        sentence = (
            f"`{line}` sent a frame through {first.interface}, to {first.data[:6].hex(':')}."
        )
        return Sign(sends, sentence)
    if ran_on(end):
        return Sign(stays, f"`{line}` ran on, and had to be stopped.")
    if end.reason in (ExitReason.SIGNALLED, ExitReason.NOT_STARTED):
        return died(record, early=False)
    if end.succeeded:
        return Sign("error-exit-status-zero", f"`{line}` ended with status 0.")
    if end.refused and not record.said_something:
        sentence = f"`{line}` ended with status {end.code}, and printed nothing."
        return Sign("error-without-message", sentence)
    return None


def wrong_refusal_of_arguments(sending: Sending) -> Sign | None:
    """Say what is wrong with the refusal of an interface, or an address, that does not exist."""
    replaced = "unknown-interface-replaced"
    return wrong_refusal(sending, sends=replaced, stays=replaced)
