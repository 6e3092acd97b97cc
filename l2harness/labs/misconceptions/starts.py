"""Signs in how a program was found, started and ended; for every lab."""

from __future__ import annotations

from typing import Final

from l2harness.labs.judging import command_line, how_it_ended
from l2harness.labs.misconceptions.sign import Sign
from l2harness.labs.records import ProgramRecord
from l2harness.programs.build import Built
from l2harness.programs.exit import Exit, ExitReason
from l2harness.programs.recognise import FoundProgram
from l2harness.programs.text import decode

_BUILD_BYTES: Final = 4_000
#: Ends that the harness brought about because the program did not bring about its own.
_RAN_ON: Final = frozenset(
    {
        ExitReason.WALL_LIMIT,
        ExitReason.CPU_LIMIT,
        ExitReason.OUTPUT_LIMIT,
        ExitReason.FRAME_LIMIT,
    }
)


def cannot_start(program: FoundProgram, built: Built | None) -> Sign | None:
    """
    Say why a program is nothing that could be started; None if it is.

    Args:
        program: As it was found among the files, after make.
        built: What make did; None where there was nothing to make.
    """
    if program.problem is None:
        return None
    if program.path is None and built is not None and not built.exit.succeeded:
        what = f"make {built.exit}, and made no {program.name}."
        return Sign("does-not-build", f"{what} {_complaint(built.output)}".rstrip())
    known = program.misconceptions
    end = "" if program.problem.endswith(("?", "!", ".")) else "."
    return Sign(known[0], f"{program.problem}{end}") if known else None


def _complaint(output: bytes) -> str:
    """What a build says is wrong: its first line with an error, as a sentence; empty for none."""
    lines = decode(output, _BUILD_BYTES).strip().splitlines()
    wrong = [line for line in lines if "error" in line.lower()] or lines[-1:]
    return f"It says: {wrong[0].strip()}" if wrong else ""


def died(record: ProgramRecord, *, early: bool) -> Sign | None:
    """
    Say that a program was ended by an error of its own; None if it was not.

    Args:
        record: The execution.
        early: It had done nothing of what it is for.
    """
    end = record.exit
    if end is None or record.problem is not None:
        return None
    if end.reason is ExitReason.NOT_STARTED:
        return Sign("not-executable", f"The kernel could not start {record.argv[0]}.")
    if end.reason is ExitReason.SIGNALLED or (end.refused and not early):
        return Sign("crashed", _told(record))
    return Sign("does-not-start", _told(record)) if end.refused else None


def ran_on(end: Exit | None) -> bool:
    """Whether a program had to be stopped because it would not end."""
    return end is not None and end.reason in _RAN_ON


def _told(record: ProgramRecord) -> str:
    ended = how_it_ended(record).removeprefix(record.argv[0])
    return f"`{command_line(record)}`{ended}"
