"""A result of which not everybody may see everything, for the tests of formats for students."""

from __future__ import annotations

from results import result

from l2harness.grading.records import Finding
from l2harness.grading.result import (
    CheckResult,
    Evidence,
    ExitResult,
    FrameRecord,
    ProgramResult,
    Result,
    RunResult,
    Timing,
    Verdict,
)
from l2harness.grading.timing import ProgramTiming, RunTiming

#: Stands in everything that only the instructor may see, and nowhere else.
SECRET = "Secret"
#: The same of what is to be seen after the due date.
LATER = "Later"


def _finding(id: str, checks: tuple[str, ...], follows_from: str | None = None) -> Finding:
    word = {"secret-mistake": SECRET, "later-mistake": LATER}.get(id, "open")
    return Finding(
        id, f"{word} title.", f"{word} sentence.", checks, follows_from,
        f"{word} why.", f"{word} way.", None, None, f"{word} question?",
    )  # fmt: skip


def mixed(*, hidden: Verdict = Verdict.FAIL, **more) -> Result:
    """
    Checks of each visibility; two that may be seen wait for the hidden one.

    Args:
        hidden: Verdict of the hidden check.
    """
    checks = (
        CheckResult(
            "client.sends", "It sends.", Verdict.PASS, 5, 5, evidence=(Evidence("first"),)
        ),
        CheckResult(
            "client.once",
            f"{LATER} sentence.",
            Verdict.FAIL,
            0.5,
            2,
            ("client.sends",),
            visibility="after_due",
            rationale=f"{LATER} rationale.",
            misconception="later-mistake",
            evidence=(Evidence("first"), Evidence("second")),
        ),
        CheckResult(
            "client.secret",
            f"{SECRET} sentence.",
            hidden,
            0,
            3,
            ("client.sends",),
            visibility="hidden",
            rationale=f"{SECRET} rationale.",
            help=f"{SECRET} help.",
            expected=f"{SECRET} expected",
            actual=f"{SECRET} actual",
            misconception="secret-mistake",
            evidence=(Evidence("third", "h1.eth0", 0, "00", f"{SECRET} note"),),
        ),
        CheckResult(
            "server.receives",
            "It receives.",
            Verdict.BLOCKED,
            0,
            4,
            ("client.secret",),
            blocked_by="client.secret",
        ),
        CheckResult(
            "pair.unicast",
            "They meet.",
            Verdict.BLOCKED,
            0,
            6,
            ("server.receives",),
            blocked_by="server.receives",
        ),
    )
    runs = (("first", "A run"), ("second", f"{LATER} run"), ("third", f"{SECRET} run"))
    return result(
        checks,
        misconceptions=["not-executable"],
        findings=[
            _finding("later-mistake", ("client.once",)),
            _finding("secret-mistake", ("client.secret",), "later-mistake"),
        ],
        programs=[
            ProgramResult(name, ("./pyng",), "h1", ExitResult("exited", 1), title, f"{title}\n")
            for name, title in runs
        ],
        runs=[
            RunResult(name, title, (FrameRecord("h1.eth0", "out", "program", "00"),))
            for name, title in runs
        ],
        timing=Timing(
            1.0, tuple(RunTiming(name, 0.1, (0.05,), (ProgramTiming(),)) for name, _ in runs)
        ),
        **more,
    )
