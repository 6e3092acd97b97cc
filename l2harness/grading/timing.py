"""When things happened: the only part of a report that differs when the same is graded again.

Strategy: everything else in a report stands in an order that does not depend on the clock. The
times stand here, beside the lists that they belong to: the third time of a run's frames is that
of its third frame. Put together they give the order in which it all was seen.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProgramTiming:
    """
    When a program did what it did; seconds since its run began.

    Attributes:
        started_s: None if it was never started.
        ended_s: None if its end was not seen.
        stdout_s: When each line that it printed was complete, in the order of the lines; of a
            long output only those at its head.
        stderr_s: The same of its standard error.
    """

    started_s: float | None = None
    ended_s: float | None = None
    stdout_s: tuple[float, ...] = ()
    stderr_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class RunTiming:
    """
    When things happened in one run.

    Attributes:
        run: Its name.
        wall_s: How long it took, in seconds.
        frames_s: Seconds since the run began, for each of its frames.
        programs: For each of its programs.
    """

    run: str
    wall_s: float
    frames_s: tuple[float, ...] = ()
    programs: tuple[ProgramTiming, ...] = ()


@dataclass(frozen=True, slots=True)
class Timing:
    """
    All times of a grading.

    Attributes:
        total_s: How long it took as a whole, in seconds.
        runs: Those that were timed, each once.
    """

    total_s: float = 0.0
    runs: tuple[RunTiming, ...] = ()
