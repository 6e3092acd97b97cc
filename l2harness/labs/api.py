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
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from l2harness.errors import UsageError

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
    """

    def __init__(
        self,
        rationale: str,
        *,
        help: str | None = None,
        expected: str | None = None,
        actual: str | None = None,
        exhibits: Sequence[Exhibit] = (),
    ) -> None:
        self.rationale = rationale
        self.help = help
        self.expected = expected
        self.actual = actual
        self.exhibits = tuple(exhibits)
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
    """

    id: str
    points: float
    needs: tuple[str, ...]
    visibility: Visibility
    title: str


def check(
    id: str,
    *,
    points: float,
    needs: Sequence[str] = (),
    visibility: Visibility = "visible",
) -> Callable[[F], F]:
    """
    Make a pytest function a check of a lab.

    Args:
        id: Unique in the lab.
        points: More than 0.
        needs: Ids of checks that must pass first; otherwise this one is ``blocked``.
        visibility: ``visible``, ``after_due`` or ``hidden``.

    Raises:
        UsageError: No points, or no docstring to be the sentence in the report.
    """

    def mark(function: F) -> F:
        title = inspect.getdoc(function)
        if not title:
            raise UsageError(f"check {id}: it has no docstring, which is its sentence in reports")
        if points <= 0:
            raise UsageError(f"check {id}: it is worth {points} points; a check needs some")
        spec = CheckSpec(id, points, tuple(needs), visibility, " ".join(title.split()))
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
) -> None:
    """
    Fail the check unless ``condition`` is true.

    Raises:
        Failure: With everything else that was given.
    """
    if not condition:
        raise Failure(rationale, help=help, expected=expected, actual=actual, exhibits=exhibits)
