"""What a lab is written with: checks, failures, runs.

A check is a plain pytest function. Its id and points stand in the decorator, its sentence in the
docstring, and what it looks at in its arguments, which are runs::

    @check("client.ethertype", points=6, needs=["client.sends"])
    def test_client_ethertype(unicast):
        \"\"\"Bytes 12–13 of the frame are 88 b5.\"\"\"
        expect(unicast.frame[12:14] == b"\\x88\\xb5", "…")

A `Failure` is the student's. It stands outside the errors of this package on purpose: any other
exception in a check is a fault of the lab's or ours, and never costs a point.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, TypeVar, get_args

from l2harness.errors import SpecError

#: Version of what labs are written with, `l2harness.lab`: another number takes other labs.
API_VERSION: Final = 1

F = TypeVar("F", bound=Callable[..., Any])
Visibility = Literal["visible", "after_due", "hidden"]

_CHECK = "__l2harness_check__"
_RUN = "__l2harness_run__"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """
    A frame that a failure is about, or the place where none was.

    Attributes:
        interface: Where it was seen, ``h1.eth0``.
        data: The frame as it was there; empty where there was none.
        wanted: The frame that should have been there; empty where that is not the question.
        run: Name of the run; empty to look for it in those that the check looks at.
    """

    interface: str
    data: bytes = b""
    wanted: bytes = b""
    run: str = ""


class Failure(AssertionError):
    """
    The submission is not what a check's sentence says.

    Args:
        rationale: What was seen, in one or two sentences for the student.
        help: What to try next; None where the rationale says enough.
        expected: What should have been seen, as short text.
        actual: What was seen, as short text of the same form.
        exhibits: Frames to be shown beside it.
        points: Given all the same, of those that the check's decorator says; less than these.
    """

    def __init__(
        self,
        rationale: str,
        *,
        help: str | None = None,
        expected: str | None = None,
        actual: str | None = None,
        exhibits: Sequence[Exhibit] = (),
        points: float = 0,
    ) -> None:
        self.rationale = rationale
        self.help = help
        self.expected = expected
        self.actual = actual
        self.exhibits = tuple(exhibits)
        self.points = points
        super().__init__(rationale)


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """
    What a check says about itself.

    Attributes:
        id: As in reports, ``client.ethertype``.
        points: What passing it is worth.
        needs: Ids of checks without which this one says nothing.
        visibility: Who sees it in reports for students, and when.
        title: The sentence that is true of a right submission.
        looks_at: Names of the runs that it looks at: its arguments.
        file: Where it is declared.
        line: Of that file, counted from 1.
        declared_points: What its decorator says, where a course gives other ``points``.
    """

    id: str
    points: float
    needs: tuple[str, ...]
    visibility: Visibility
    title: str
    looks_at: tuple[str, ...] = ()
    file: Path = field(default=Path(), compare=False)
    line: int = field(default=0, compare=False)
    declared_points: float = 0

    def given_for(self, failure: Failure) -> float:
        """
        Return what a failure is worth all the same, of what the check is worth in this course.

        Raises:
            ValueError: It gives nothing that a failure may give.
        """
        declared = self.declared_points or self.points
        if not 0 <= failure.points < declared:
            raise ValueError(
                f"{self.id} gives {failure.points} of {declared} points for a failure; it must be "
                "from 0 on, and less than all"
            )
        return round(failure.points / declared * self.points, 2)

    def wrong(self, problem: str) -> SpecError:
        """Return the error that says what is wrong with the check, and where it stands."""
        return SpecError(self.file, self.line, self.id, problem)


def check(
    id: str,
    *,
    points: float = 0,
    needs: Sequence[str] = (),
    visibility: Visibility = "visible",
) -> Callable[[F], F]:
    """
    Make a pytest function a check of a lab.

    Its docstring is the sentence in reports that is true of a right submission; options of the lab
    stand in it in braces, as in ``Bytes 12–13 are {ethertype:bytes}.``

    Args:
        id: Unique in the lab.
        points: More than 0, in hundredths at the finest.
        needs: Ids of checks that must pass first; otherwise this one is ``blocked``.
        visibility: ``visible``, ``after_due`` or ``hidden``.

    Raises:
        SpecError: No points, a visibility that there is not, or no docstring; with the line.
    """

    def mark(function: F) -> F:
        title = " ".join((inspect.getdoc(function) or "").split())
        code = function.__code__
        spec = CheckSpec(
            id,
            points,
            tuple(needs),
            visibility,
            title,
            tuple(inspect.signature(function).parameters),
            Path(code.co_filename),
            code.co_firstlineno,
            points,
        )
        if not title:
            raise spec.wrong("has no docstring, which is its sentence in reports")
        if not points > 0 or points != round(points, 2):
            raise spec.wrong(
                f"is worth {points} points; a check needs some, in hundredths at the finest"
            )
        if visibility not in get_args(Visibility):
            words = ", ".join(get_args(Visibility))
            raise spec.wrong(f"has the visibility {visibility!r}; there are {words}")
        setattr(function, _CHECK, spec)
        return function

    return mark


def check_of(function: object) -> CheckSpec | None:
    """Return what `check` said about a function; None for any other function."""
    spec = getattr(function, _CHECK, None)
    return spec if isinstance(spec, CheckSpec) else None


def run(function: F) -> F:
    """
    Make a function of ``runs.py`` a run: ``(stage) -> record``, executed at most once a grading.

    Checks get the record by naming the run as an argument. Its docstring is its title in reports.
    """
    setattr(function, _RUN, True)
    return function


def is_run(function: object) -> bool:
    """Whether `run` was said of a function."""
    return getattr(function, _RUN, False) is True


def expect(
    condition: object,
    rationale: str,
    *,
    help: str | None = None,
    expected: str | None = None,
    actual: str | None = None,
    exhibits: Sequence[Exhibit] = (),
    points: float = 0,
) -> None:
    """
    Fail the check unless ``condition`` is true.

    Raises:
        Failure: With everything else that was given.
    """
    if not condition:
        raise Failure(
            rationale,
            help=help,
            expected=expected,
            actual=actual,
            exhibits=exhibits,
            points=points,
        )


def award(
    points: float,
    rationale: str,
    *,
    help: str | None = None,
    expected: str | None = None,
    actual: str | None = None,
    exhibits: Sequence[Exhibit] = (),
) -> NoReturn:
    """
    End a check with a part of its points: it has failed, and is worth that all the same.

    Args:
        points: Of those that the check's decorator says, and less than these. Where a course gives
            the check other points, they count in proportion.

    The other arguments are those of `Failure`.

    Raises:
        Failure: Always.
    """
    raise Failure(
        rationale,
        help=help,
        expected=expected,
        actual=actual,
        exhibits=exhibits,
        points=points,
    )
