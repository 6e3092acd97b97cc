"""What was found out about one submission: frozen data, which `report.json` is word for word.

Strategy: the dataclasses below, and the records of what happened, are the schema. Renderers,
journal and gradebook read them and nothing else, so a report can be drawn again years later,
without a kernel, a lab or a submission.

Laws:
- Points are fixed by the rubric. What could not be judged stays in ``max_score`` and makes the
  result incomplete; it is never a failure.
- A `Result` cannot disagree with its checks: score, maximum and completeness are their sums, and
  whoever reads a report from a file may rely on that.
- Everything that varies from run to run is in ``timing``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from msgspec import Meta

from l2harness.grading.network_record import TopologyRecord
from l2harness.grading.points import is_whole_hundredths, total
from l2harness.grading.records import (
    DeedRecord,
    Evidence,
    ExitResult,
    Finding,
    FrameRecord,
    Gap,
    ProgramResult,
    RunResult,
    Submission,
)
from l2harness.grading.timing import Timing

__all__ = [
    "SCHEMA",
    "CheckResult",
    "DeedRecord",
    "Evidence",
    "ExitResult",
    "Finding",
    "FrameRecord",
    "Gap",
    "Mode",
    "ProgramResult",
    "Result",
    "RunResult",
    "Submission",
    "Timing",
    "TopologyRecord",
    "Verdict",
    "Visibility",
    "exit_code",
]

#: Version of the shape of `report.json`; another number is another shape.
SCHEMA: Final = 1

Visibility = Literal["visible", "after_due", "hidden"]
#: How the harness came to its privileges: ``root``, ``rootless``, or in a virtual machine, with
#: the version of its kernel: ``vm:uml 6.1.176``.
Mode = Annotated[
    str,
    Meta(pattern=r"^(root|rootless|vm:(uml|uml-fast|qemu) [0-9][A-Za-z0-9_.+~-]{0,63})$"),
]


class Verdict(StrEnum):
    """What is said about a check; the first three speak of the submission, the others of us."""

    #: What the check's sentence says is true of the submission.
    PASS = "pass"
    #: It is not true.
    FAIL = "fail"
    #: A check that this one needs did not pass, so asking would teach nothing.
    BLOCKED = "blocked"
    #: The harness failed; the instructor has to look.
    ERROR = "error"
    #: This machine cannot find out; the instructor has to use another one.
    UNAVAILABLE = "unavailable"

    @property
    def judged(self) -> bool:
        """Whether something was found out about the submission, so that points may be given."""
        return self not in (Verdict.ERROR, Verdict.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """
    One check's verdict, with what a student needs to understand it.

    Attributes:
        id: As in ``client.ethertype``; what stands before the first dot is its group.
        title: The sentence that is true of a right submission.
        verdict: What was found.
        points: Given, in hundredths at the finest: all of them for a pass, perhaps a part for a
            failure, else 0.
        max_points: What the rubric gives for it, in hundredths at the finest.
        needs: Ids of the checks that have to pass before this one is asked.
        blocked_by: Id of the check that did not; exactly when the verdict is ``blocked``.
        visibility: Who may see it, and when.
        rationale: What was seen instead, or why there is no verdict; empty after a pass.
        help: Why people make this mistake, and how to find it.
        expected: What should have been seen; hex bytes are shown side by side with ``actual``.
        actual: What was seen.
        misconception: Id of the known mistake that this is.
        evidence: Where to see it.
    """

    id: str
    title: str
    verdict: Verdict
    points: float
    max_points: float
    needs: tuple[str, ...] = ()
    blocked_by: str | None = None
    visibility: Visibility = "visible"
    rationale: str = ""
    help: str | None = None
    expected: str | None = None
    actual: str | None = None
    misconception: str | None = None
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        """Refuse points that the rubric or the verdict does not allow."""
        for points in (self.points, self.max_points):
            if not is_whole_hundredths(points):
                raise ValueError(f"{self.id}: {points} points are no whole hundredths")
        if self.verdict is Verdict.PASS:
            allowed = self.points == self.max_points >= 0
        elif self.verdict is Verdict.FAIL:
            allowed = 0 <= self.points <= self.max_points
        else:
            allowed = self.points == 0 <= self.max_points
        if not allowed:
            raise ValueError(
                f"{self.id}: {self.points} of {self.max_points} points for {self.verdict}"
            )
        if (self.blocked_by is not None) != (self.verdict is Verdict.BLOCKED):
            raise ValueError(f"{self.id}: {self.verdict}, but blocked by {self.blocked_by}")

    @property
    def group(self) -> str:
        """What stands before the first dot of the id, as in ``client``."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Result:
    """
    Everything found out about one submission. Build one with `Result.of`.

    Attributes:
        schema: `SCHEMA`.
        harness: Version of this package.
        lab: Id of the lab.
        lab_title: Its title.
        lab_digest: Of its files, as in ``sha256:…``: results compare only when it is the same.
        seed: What all random choices were drawn from.
        mode: Whether the harness was root, in a user namespace or in a virtual machine of its own.
        protections: What the machine was NOT protected by, as in ``no-sandbox``; empty is best.
        submission: What was graded.
        score: Sum of the checks' points.
        max_score: Sum of what the rubric gives, whatever could be judged.
        complete: Whether every check was judged. Otherwise the score is no grade.
        misconceptions: Ids of the known mistakes met, each once: those of the findings, then those
            of checks, then others.
        checks: In the order of the rubric, each id once.
        findings: What is behind the failed checks, each mistake once: the root cause that costs
            most comes first, and what follows from a mistake comes right after it.
        topology: The network that every run was made on; None where nothing was run.
        programs: Run by run, in the order in which they were started.
        runs: In the order of the lab's file.
        timing: All that may differ when the same is graded again.
    """

    schema: Literal[1]
    harness: str
    lab: str
    lab_title: str
    lab_digest: str
    seed: str
    mode: Mode
    protections: tuple[str, ...]
    submission: Submission
    score: float
    max_score: float
    complete: bool
    misconceptions: tuple[str, ...]
    checks: tuple[CheckResult, ...]
    findings: tuple[Finding, ...] = ()
    topology: TopologyRecord | None = None
    programs: tuple[ProgramResult, ...] = ()
    runs: tuple[RunResult, ...] = ()
    timing: Timing = field(default_factory=Timing)

    def __post_init__(self) -> None:
        """Refuse a summary that its checks contradict."""
        seen: set[str] = set()
        for check in self.checks:
            if check.id in seen:
                raise ValueError(f"the check {check.id} is there twice")
            seen.add(check.id)
        told = (self.score, self.max_score, self.complete)
        if told != (sums := _sums(self.checks)):
            raise ValueError(
                "score, max_score and complete are {}, {} and {}, but the checks say "
                "{}, {} and {}".format(*told, *sums)
            )
        first = tuple(finding.misconception for finding in self.findings)
        if self.misconceptions[: len(first)] != first:
            raise ValueError("the misconceptions do not begin with those of the findings")
        self._expect_times_of_what_there_is()

    @classmethod
    def of(
        cls,
        checks: Iterable[CheckResult],
        *,
        harness: str,
        lab: str,
        lab_title: str,
        lab_digest: str,
        seed: str,
        mode: Mode,
        submission: Submission,
        protections: Iterable[str] = (),
        misconceptions: Iterable[str] = (),
        findings: Iterable[Finding] = (),
        topology: TopologyRecord | None = None,
        programs: Iterable[ProgramResult] = (),
        runs: Iterable[RunResult] = (),
        timing: Timing | None = None,
    ) -> Self:
        """
        The result of these checks: score, maximum, completeness and misconceptions follow.

        Args:
            checks: Every check of the rubric, also those that did not run.
            misconceptions: Known mistakes that cost no check; those of the findings and of the
                checks come before them.

        The other arguments are the attributes of the same names.

        Raises:
            ValueError: Two checks have the same id.
        """
        checks = tuple(checks)
        score, max_score, complete = _sums(checks)
        findings = tuple(findings)
        met = [finding.misconception for finding in findings]
        met += [c.misconception for c in checks if c.misconception is not None]
        return cls(
            schema=SCHEMA,
            harness=harness,
            lab=lab,
            lab_title=lab_title,
            lab_digest=lab_digest,
            seed=seed,
            mode=mode,
            protections=tuple(protections),
            submission=submission,
            score=score,
            max_score=max_score,
            complete=complete,
            misconceptions=tuple(dict.fromkeys([*met, *misconceptions])),
            checks=checks,
            findings=findings,
            topology=topology,
            programs=tuple(programs),
            runs=tuple(runs),
            timing=timing or Timing(),
        )

    def _expect_times_of_what_there_is(self) -> None:
        """Refuse times that belong to nothing, so that whoever pairs them need not look."""
        frames = {run.name: len(run.frames) for run in self.runs}
        for timing in self.timing.runs:
            programs = len(self.programs_of(timing.run))
            if frames.get(timing.run) != len(timing.frames_s) or programs != len(timing.programs):
                raise ValueError(f"the times of run {timing.run} are not those of its frames")

    def programs_of(self, run: str) -> tuple[ProgramResult, ...]:
        """The programs of one run, in the order in which they were started."""
        return tuple(program for program in self.programs if program.run == run)

    def with_verdict(self, *verdicts: Verdict) -> tuple[CheckResult, ...]:
        """The checks with one of these verdicts, in the order of the rubric."""
        return tuple(c for c in self.checks if c.verdict in verdicts)

    def blocker(self, check: CheckResult) -> CheckResult:
        """Where a check's chain of blocking ends; the check itself when nothing blocks it."""
        by_id = {other.id: other for other in self.checks}
        seen = {check.id}
        while check.blocked_by in by_id and check.blocked_by not in seen:
            check = by_id[check.blocked_by]
            seen.add(check.id)
        return check

    def is_settled(self, check: CheckResult) -> bool:
        """Whether its points stand: it was judged, or what blocks it in the end was."""
        return self.blocker(check).verdict.judged

    @property
    def needs_instructor(self) -> tuple[CheckResult, ...]:
        """The checks that could not be judged; empty for a complete result."""
        return tuple(c for c in self.checks if not c.verdict.judged)


def _sums(checks: Iterable[CheckResult]) -> tuple[float, float, bool]:
    """Score, maximum and completeness, as they follow from the checks."""
    checks = tuple(checks)
    return (
        total(c.points for c in checks),
        total(c.max_points for c in checks),
        all(c.verdict.judged for c in checks),
    )


def exit_code(results: Iterable[Result]) -> int:
    """
    Exit status of a command that made these results.

    Returns:
        3 when anything could not be judged, else 1 when a check failed or was blocked, else 0.
        Of no results 0: whether nothing to grade is a mistake, its caller knows.
    """
    verdicts = {check.verdict for result in results for check in result.checks}
    if not all(verdict.judged for verdict in verdicts):
        return 3
    return 0 if verdicts <= {Verdict.PASS} else 1
