"""Signs in a program that should answer frames, and how it goes on; for every lab with one."""

from __future__ import annotations

from collections.abc import Collection

from l2harness.frames import MacAddress
from l2harness.labs.answering import Exchange
from l2harness.labs.misconceptions.receivers import asks_for_others, turned_round, unable
from l2harness.labs.misconceptions.sign import Sign
from l2harness.labs.misconceptions.starts import died
from l2harness.labs.records import Answer, ProgramRecord
from l2harness.programs.build import Built
from l2harness.programs.recognise import FoundProgram


def unanswered(
    program: FoundProgram,
    built: Built | None,
    record: ProgramRecord,
    first: Exchange,
    protocols: Collection[int],
    wanted: Collection[int],
) -> Sign | None:
    """
    Say why a program answers nothing at all; None if no known idea fits.

    Args:
        program: As it was found among the files, after make.
        built: What make did; None where there was nothing to make.
        record: The execution.
        first: What became of its first question.
        protocols: What its sockets ask the kernel for.
        wanted: What they could ask for, to hear the questions.
    """
    answer = Answer(first.asked, "", provoked=False, alive=first.alive, listening=first.listening)
    known = unable(program, built, record, answer, protocols)
    if known is not None or not first.listening or not first.alive:
        return known
    if known := turned_round(protocols) or asks_for_others(protocols, wanted):
        return known
    if first.elsewhere:
        where = first.elsewhere[0].interface
        return Sign("sent-on-other-interface", f"An answer left {where}, not {first.interface}.")
    return Sign("sent-nothing", f"It was given the question, and no frame left {first.interface}.")


def gone_after_one(record: ProgramRecord, first: Exchange) -> Sign | None:
    """Say that a program answered its first question, and was gone."""
    if first.alive or not first.replies:
        return None
    sentence = "It answered its first question, and ended with status 0."
    return died(record, early=False) or Sign("exits-after-one-frame", sentence)


def answers_twice(first: Exchange) -> Sign | None:
    """Say that one question is answered more than once."""
    count = len(first.replies)
    sentence = f"{count} frames left {first.interface} in answer to one question."
    return Sign("sent-more-than-once", sentence) if count > 1 else None


def other_interface(other: Exchange, named: Exchange, told_where: str) -> Sign | None:
    """
    Say that a program answers what comes to an interface that nobody named.

    Args:
        other: A question at another interface.
        named: One at the named interface.
        told_where: The other interface, as displayed.
    """
    if not other.sent:
        return None
    sentence = f"Told to work on {named.interface}, it answered a question that came to "
    known = "not-bound-to-interface" if named.replies else "listens-on-other-interface"
    return Sign(known, f"{sentence}{told_where}.")


def own_address(named: Exchange, own: MacAddress) -> Sign | None:
    """
    Say that a program answers with the address of another interface than the named one.

    Args:
        named: A question at the named interface.
        own: Address of that interface.
    """
    source = MacAddress(named.replies[0][6:12]) if named.replies else own
    sentence = f"On {named.interface} it answered from {source}; that has {own}."
    return Sign("source-of-other-interface", sentence) if source != own else None


def lost_among_many(many: Exchange | None, wanted: int, *, alive_before: bool) -> Sign | None:
    """
    Say that of many questions in a row some were lost, or that one of them was the end.

    Args:
        many: All of them as one exchange; None where the program did not run any more.
        wanted: How many there were.
        alive_before: Whether it still ran after its first question.
    """
    if many is None or not alive_before:
        return None
    missing = wanted - len(many.replies)
    if not many.alive:
        return Sign("crashed", f"After {len(many.replies)} replies it was gone.")
    sentence = f"Of {wanted} requests {missing} were not answered."
    return Sign("loses-frames", sentence) if missing > 0 else None


def busy(idle: bool | None) -> Sign | None:
    """Say that a program keeps a CPU busy."""
    sentence = "With nothing to read, its CPU time went on growing."
    return Sign("busy-waiting", sentence) if idle is False else None
