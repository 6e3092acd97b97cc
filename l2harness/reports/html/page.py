"""What stands on the student's page, and in which order: all that the templates need to know.

Strategy: what is wrong comes before what is right, and the reason before the evidence. A frame, a
picture or an explanation that several checks share is shown with the first of them, and the
others point there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.grading.points import points_text, total
from l2harness.grading.records import Finding
from l2harness.grading.result import CheckResult, Evidence, ProgramResult, Result, RunResult, Verdict
from l2harness.reports.comparison import Comparison, compare
from l2harness.reports.html.anatomy import Anatomy, anatomy
from l2harness.reports.html.document import MOST_COLUMNS, document, policy, style_sheet
from l2harness.reports.html.ladder import Ladder, frame_label, hosts_of, ladder
from l2harness.reports.html.picture import Picture, network_picture, route_picture, routes_of
from l2harness.reports.summary import (
    MARKS,
    Excerpt,
    check_points,
    counts,
    excerpts,
    exit_text,
    groups,
    mend_first,
    plural,
    plural_points,
    score,
)

#: Frames that are shown with one check.
_FRAMES: Final = 3
#: Of what a program printed; the rest is in `report.json`.
_OUTPUT_CHARACTERS: Final = 1500
#: Between the parts of a bar that is 100 wide.
_BAR_GAP: Final = 0.7
_ANCHOR: Final = re.compile(r"[\w.-]{1,60}", re.ASCII)

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
    unseen: str


@dataclass(frozen=True, slots=True)
class ShownProgram:
    """One program in one run: what was typed, what it wrote, how it ended."""

    host: str
    command: str
    outputs: tuple[tuple[str, str], ...]
    ended: str


@dataclass(frozen=True, slots=True)
class ShownRun:
    """
    One run on the page.

    Attributes:
        name: Its name.
        title: What was done.
        anchor: Its id in the document.
        open: Whether a check that was not passed looked at it.
        ladder: What happened.
        programs: With what they printed.
        checks: Ids and anchors of the checks that looked at it.
    """

    name: str
    title: str
    anchor: str
    open: bool
    ladder: Ladder
    programs: tuple[ShownProgram, ...]
    checks: tuple[tuple[str, str], ...]


def to_html(result: Result) -> str:
    """
    The report on one submission as a page, for the student who made it.

    Checks that students are not to see, or not yet, are counted and not shown, and neither are
    the runs that nobody else looked at.

    Returns:
        One HTML document that needs nothing else.
    """
    style = style_sheet()
    checks = _Checks(result)
    advice = mend_first(result)
    findings = checks.findings()
    return document(
        "page.html",
        style=style,
        policy=policy(style),
        result=result,
        score=score(result),
        got=points_text(result.score),
        whole=points_text(result.max_score),
        sentence=sentence(result),
        counts=counts(result),
        advice=advice,
        advice_worth=str(advice).partition(", ")[2] if advice else "",
        groups=checks.groups(),
        findings=findings,
        worth={it.misconception: _worth(result, it) for it in findings},
        finding_numbers={it.misconception: n for n, it in enumerate(findings, 1)},
        anchors=checks.anchors,
        runs=checks.runs(),
        network=network_picture(result.topology) if result.topology else None,
        with_lanes=len(hosts_of(result)) <= MOST_COLUMNS,
        again=f"l2harness check {shlex.quote(result.submission.name)} --lab "
        f"{shlex.quote(result.lab)} --seed {shlex.quote(result.seed)}",
    )


def sentence(result: Result) -> str:
    """The whole report in one sentence, after the score."""
    if not result.complete:
        unjudged = len(result.needs_instructor)
        return (
            f"{plural(unjudged, 'check')} could not be judged, which is not the submission's "
            "fault; until then this is no grade."
        )
    if result.score == result.max_score:
        return "Everything that was asked of it is right."
    passed = len(result.with_verdict(Verdict.PASS))
    begin = f"{passed} of {plural(len(result.checks), 'check')} passed"
    if result.findings:
        title = result.findings[0].title.rstrip(".")
        return f"{begin}. What is behind {_the_others(result)}: {title[:1].lower()}{title[1:]}."
    lost = plural_points(total([result.max_score, -result.score]))
    return f"{begin}, and {lost} can still be gained."


def _explained(result: Result, finding: Finding) -> tuple[list[CheckResult], list[CheckResult]]:
    """The checks that a finding explains, and those that were not asked because of these."""
    explained = [check for check in result.checks if check.id in finding.checks]
    blocked = result.with_verdict(Verdict.BLOCKED)
    return explained, [check for check in blocked if result.blocker(check) in explained]


def _worth(result: Result, finding: Finding) -> str:
    """What a finding costs: ``2 checks, for which 3 more wait, worth 9 points``."""
    explained, waiting = _explained(result, finding)
    lost = total(check.max_points - check.points for check in [*explained, *waiting])
    verb = "waits" if len(waiting) == 1 else "wait"
    others = f", for which {len(waiting)} more {verb}" if waiting else ""
    return f"{plural(len(explained), 'check')}{others}, worth {plural_points(lost)}"


def _the_others(result: Result) -> str:
    """How many checks the first finding explains, as the object of a sentence."""
    lost = sum(check.verdict is not Verdict.PASS for check in result.checks)
    explained = sum(map(len, _explained(result, result.findings[0])))
    if explained >= lost:
        return "the other" if lost == 1 else "the others"
    return "one of the others" if explained == 1 else f"{explained} of the others"


class _Checks:
    """Prepares the checks of one result, in their order; remembers what has been shown."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.seen = [check for check in result.checks if check.visibility == "visible"]
        self.anchors = {
            check.id: _anchor("check", check.id, number)
            for number, check in enumerate(result.checks)
        }
        self._run_anchors = {
            run.name: _anchor("run", run.name, number) for number, run in enumerate(result.runs)
        }
        self._titles = {run.name: run.title for run in result.runs}
        self._excerpts = excerpts(result)
        self._frames: dict[tuple[Evidence, ...], CheckResult] = {}
        self._pictures: set[object] = set()
        self._helps: dict[str, CheckResult] = {}

    def groups(self) -> tuple[ShownGroup, ...]:
        """The groups in order, each with its checks."""
        return tuple(self._group(name, checks) for name, checks in groups(self.result.checks))

    def _group(self, name: str, checks: Sequence[CheckResult]) -> ShownGroup:
        hidden = [check for check in checks if check not in self.seen]
        unseen = ""
        if hidden:
            worth = plural_points(total(check.max_points for check in hidden))
            unseen = f"{plural(len(hidden), 'more check')} worth {worth} not shown here."
        return ShownGroup(
            name,
            points_text(total(check.points for check in checks)),
            points_text(total(check.max_points for check in checks)),
            _bar([check for check in checks if check in self.seen]),
            tuple(self._check(check) for check in checks if check in self.seen),
            unseen,
        )

    def _check(self, check: CheckResult) -> ShownCheck:
        quiet = check.verdict in (Verdict.PASS, Verdict.BLOCKED)
        head = (
            check,
            self.anchors[check.id],
            MARKS[check.verdict],
            _WORDS[check.verdict],
            check_points(self.result, check),
            not quiet,
        )
        runs = tuple(
            (self._titles[name], self._run_anchors[name])
            for name in dict.fromkeys(evidence.run for evidence in check.evidence)
            if name in self._titles
        )
        if quiet:
            return ShownCheck(*head, runs=runs)
        frames, elsewhere = self._shown_frames(check)
        compared = any(frame.anatomy.compared for frame in frames) or elsewhere is not None
        sides = compare(check.expected, check.actual, columns=8)
        texts = () if sides else _texts(check)
        return ShownCheck(
            *head,
            frames=frames,
            elsewhere=elsewhere,
            sides=None if compared else sides,
            texts=texts,
            picture=self._picture(check),
            excerpts=self._excerpts.get(check.id, ()),
            findings=tuple(it for it in self.findings() if check.id in it.checks),
            explained_by=self._explained_by(check),
            runs=runs,
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
        for run in self.result.runs:
            frame = evidence.frame
            if run.name == evidence.run and frame is not None and frame < len(run.frames):
                record = run.frames[frame]
                verb = "left" if record.direction == "out" else "arrived at"
                where = f"{verb} {record.interface}"
                label = label or frame_label(record)
        return ShownFrame(where, label, anatomy(actual, wanted))

    def _picture(self, check: CheckResult) -> Picture | None:
        """The ways of the frames, unless an earlier check has the same picture."""
        routes = routes_of(self.result, check)
        if self.result.topology is None or not routes or routes in self._pictures:
            return None
        self._pictures.add(routes)
        return route_picture(self.result.topology, routes)

    def _explained_by(self, check: CheckResult) -> CheckResult | None:
        if not check.help:
            return None
        first = self._helps.setdefault(check.help, check)
        return None if first is check else first

    def findings(self) -> tuple[Finding, ...]:
        """The known mistakes, but for those that only explain what is not shown."""
        shown = {check.id for check in self.seen}
        return tuple(
            it for it in self.result.findings if not it.checks or not shown.isdisjoint(it.checks)
        )

    def runs(self) -> tuple[ShownRun, ...]:
        """The runs that are of interest, in order."""
        looked_at: dict[str, list[CheckResult]] = {run.name: [] for run in self.result.runs}
        for check in self.result.checks:
            for name in dict.fromkeys(evidence.run for evidence in check.evidence):
                looked_at.setdefault(name, []).append(check)
        return tuple(
            self._run(run, looked_at[run.name])
            for run in self.result.runs
            if self._is_of_interest(run, looked_at[run.name])
        )

    def _is_of_interest(self, run: RunResult, checks: Sequence[CheckResult]) -> bool:
        """Whether a check on the page looked at a run, or nobody did although something happened."""
        if checks:
            return any(check in self.seen for check in checks)
        return bool(run.frames or self.result.programs_of(run.name))

    def _run(self, run: RunResult, checks: Iterable[CheckResult]) -> ShownRun:
        seen = [check for check in checks if check in self.seen]
        return ShownRun(
            run.name,
            run.title,
            self._run_anchors[run.name],
            any(it.verdict not in (Verdict.PASS, Verdict.BLOCKED) for it in seen),
            ladder(self.result, run),
            tuple(map(_program, self.result.programs_of(run.name))),
            tuple((check.id, self.anchors[check.id]) for check in seen),
        )


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


def _program(program: ProgramResult) -> ShownProgram:
    outputs = [
        (stream, _bounded(text))
        for stream, text in (("stdout", program.stdout), ("stderr", program.stderr))
        if text.strip()
    ]
    return ShownProgram(
        program.host, shlex.join(program.argv), tuple(outputs), exit_text(program.exit)
    )


def _bounded(text: str) -> str:
    """The beginning and the end of an output, cut between lines where there are some."""
    text = text.rstrip("\n")
    if len(text) <= _OUTPUT_CHARACTERS:
        return text
    half = _OUTPUT_CHARACTERS // 2
    head, tail = text[:half], text[-half:]
    head = head[: head.rfind("\n") + 1] or head
    tail = tail[tail.find("\n") + 1 :] or tail
    left_out = len(text) - len(head) - len(tail)
    return f"{head.rstrip()}\n[… {plural(left_out, 'character')} more, in report.json …]\n{tail}"


def _anchor(kind: str, name: str, number: int) -> str:
    """An id for the document: the name where it can be one, so that links last, else a number."""
    return f"{kind}-{name}" if _ANCHOR.fullmatch(name) else f"{kind}-{number}"
