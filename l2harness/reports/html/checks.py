"""The checks on the page: what each of them shows, and what it leaves to another one.

Strategy: a check that was not passed says what was seen, shows the frame, the way that it went and
the mistake behind it. A frame, a picture or an explanation that several checks share is shown with
the first of them, and the others point there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.grading.points import points_text, total
from l2harness.grading.records import Finding
from l2harness.grading.result import CheckResult, Evidence, Verdict
from l2harness.reports.comparison import Comparison, compare
from l2harness.reports.deeds import of_check
from l2harness.reports.html.anatomy import ROW_BYTES, Anatomy, anatomy
from l2harness.reports.html.anchors import Anchored
from l2harness.reports.html.ladder import frame_label
from l2harness.reports.html.picture import Picture, Route, route_picture, routes_of
from l2harness.reports.summary import (
    MARKS,
    Excerpt,
    check_points,
    excerpts,
    groups,
)

#: Frames that are shown with one check.
_FRAMES: Final = 3
#: Between the parts of a bar that is 100 wide.
_BAR_GAP: Final = 0.7

#: What is written beside a mark, so that neither colour nor shape has to be understood.
_WORDS: Final = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.BLOCKED: "not asked",
    Verdict.ERROR: "not judged",
    Verdict.UNAVAILABLE: "not judged",
}


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """A frame under a check: where it was, what it is, and its bytes."""

    where: str
    label: str
    anatomy: Anatomy


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """
    One check on the page.

    Attributes:
        check: What is known of it.
        anchor: Its id in the document.
        mark: ``✓``, ``✗``, …
        word: The same as a word.
        points: As people write them.
        open: Whether it is shown with all there is to say.
        frames: To be shown with it.
        elsewhere: The check that shows its frames already, if there is one.
        sides: Expected and actual as bytes, where no frame shows them.
        texts: Expected and actual as texts.
        picture: The way of its frames.
        excerpts: What programs wrote to their standard error.
        findings: The known mistakes that explain it.
        explained_by: The check that gives the same explanation already, if there is one.
        runs: Titles and anchors of the runs that it looked at.
        affected: What a network that is made to misbehave did to its frames.
    """

    check: CheckResult
    anchor: str
    mark: str
    word: str
    points: str
    open: bool
    frames: tuple[ShownFrame, ...] = ()
    elsewhere: CheckResult | None = None
    sides: Comparison | None = None
    texts: tuple[tuple[str, str], ...] = ()
    picture: Picture | None = None
    excerpts: tuple[Excerpt, ...] = ()
    findings: tuple[Finding, ...] = ()
    explained_by: CheckResult | None = None
    runs: tuple[tuple[str, str], ...] = ()
    affected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BarPart:
    """A part of a bar that is 100 wide."""

    verdict: Verdict
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """The checks of one group, its points, and these as a bar."""

    name: str
    got: str
    whole: str
    bar: tuple[BarPart, ...]
    checks: tuple[ShownCheck, ...]


class Checks:
    """Prepares the checks of a page in their order, and remembers what has been shown."""

    def __init__(self, page: Anchored) -> None:
        self._page = page
        self._titles = {run.name: run.title for run in page.runs}
        self._excerpts = excerpts(page.result)
        self._frames: dict[tuple[Evidence, ...], CheckResult] = {}
        self._pictures: set[tuple[Route, ...]] = set()
        self._helps: dict[str, CheckResult] = {}

    def groups(self) -> tuple[ShownGroup, ...]:
        """The groups in order, each with its checks."""
        return tuple(
            self._group(name, checks) for name, checks in groups(self._page.result.checks)
        )

    def _group(self, name: str, checks: Sequence[CheckResult]) -> ShownGroup:
        return ShownGroup(
            name,
            points_text(total(check.points for check in checks)),
            points_text(total(check.max_points for check in checks)),
            _bar(checks),
            tuple(map(self._check, checks)),
        )

    def _check(self, check: CheckResult) -> ShownCheck:
        quiet = check.verdict in (Verdict.PASS, Verdict.BLOCKED)
        head = (
            check,
            self._page.of_checks[check.id],
            MARKS[check.verdict],
            _WORDS[check.verdict],
            check_points(self._page.result, check),
            not quiet,
        )
        runs = tuple(
            (self._titles[name], self._page.of_runs[name])
            for name in dict.fromkeys(evidence.run for evidence in check.evidence)
            if name in self._titles
        )
        if quiet:
            return ShownCheck(*head, runs=runs)
        frames, elsewhere = self._shown_frames(check)
        compared = any(frame.anatomy.compared for frame in frames) or elsewhere is not None
        sides = compare(check.expected, check.actual, columns=ROW_BYTES)
        texts = () if sides else _texts(check)
        return ShownCheck(
            *head,
            frames=frames,
            elsewhere=elsewhere,
            sides=None if compared else sides,
            texts=texts,
            picture=self._picture(check),
            excerpts=self._excerpts.get(check.id, ()),
            findings=tuple(it for it in self._page.result.findings if check.id in it.checks),
            explained_by=self._explained_by(check),
            runs=runs,
            affected=tuple(of_check(self._page.result, check)),
        )

    def _shown_frames(
        self, check: CheckResult
    ) -> tuple[tuple[ShownFrame, ...], CheckResult | None]:
        """Return the frames to show with a check, or the check that shows the same ones."""
        exhibited = tuple(it for it in check.evidence if it.bytes)[:_FRAMES]
        if not exhibited:
            return (), None
        first = self._frames.setdefault(exhibited, check)
        if first is not check:
            return (), first
        return tuple(map(self._shown_frame, exhibited)), None

    def _shown_frame(self, evidence: Evidence) -> ShownFrame:
        actual = bytes.fromhex(evidence.bytes)
        wanted = bytes.fromhex(evidence.wanted) if evidence.wanted else None
        where = f"at {evidence.interface}" if evidence.interface else ""
        label = evidence.note
        for run in self._page.result.runs:
            frame = evidence.frame
            if run.name == evidence.run and frame is not None and 0 <= frame < len(run.frames):
                record = run.frames[frame]
                verb = "left" if record.direction == "out" else "arrived at"
                where = f"{verb} {record.interface}"
                label = label or frame_label(record)
        return ShownFrame(where, label, anatomy(actual, wanted))

    def _picture(self, check: CheckResult) -> Picture | None:
        """The ways of the frames, unless an earlier check has the same picture."""
        routes = routes_of(self._page.result, check)
        if self._page.result.topology is None or not routes or routes in self._pictures:
            return None
        self._pictures.add(routes)
        return route_picture(self._page.result.topology, routes)

    def _explained_by(self, check: CheckResult) -> CheckResult | None:
        if not check.help:
            return None
        first = self._helps.setdefault(check.help, check)
        return None if first is check else first


def _bar(checks: Sequence[CheckResult]) -> tuple[BarPart, ...]:
    """A part for each check, as wide as its points are many."""
    whole = total(check.max_points for check in checks) or 1
    parts = []
    start = 0.0
    for check in checks:
        width = 100 * check.max_points / whole
        parts.append(BarPart(check.verdict, round(start, 2), round(max(0, width - _BAR_GAP), 2)))
        start += width
    return tuple(parts)


def _texts(check: CheckResult) -> tuple[tuple[str, str], ...]:
    """Expected and actual, but for bytes that a frame beside them shows."""
    shown = {evidence.bytes for evidence in check.evidence if evidence.bytes}
    sides = (("expected", check.expected), ("got", check.actual))
    return tuple(
        (label, text)
        for label, text in sides
        if text is not None and text.replace(" ", "") not in shown
    )
