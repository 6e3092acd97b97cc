"""What of a result is shown to students, and by which ids the parts of the page are linked."""

from __future__ import annotations

import re
from typing import Final

from l2harness.grading.records import Finding
from l2harness.grading.result import CheckResult, Result, RunResult

_ANCHOR: Final = re.compile(r"[\w.-]{1,60}", re.ASCII)


class View:
    """
    A result as a student may see it.

    Attributes:
        result: All of it.
        checks: Those that students are to see.
        findings: The known mistakes, but for those that only explain what is not shown.
        runs: Those that a check on the page looked at, or that something happened in although no
            check looked there.
        check_anchors: Ids of checks in the document, by the checks' ids.
        run_anchors: The same of runs, by their names.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        self.checks = tuple(check for check in result.checks if check.visibility == "visible")
        shown = {check.id for check in self.checks}
        self.findings: tuple[Finding, ...] = tuple(
            it for it in result.findings if not it.checks or not shown.isdisjoint(it.checks)
        )
        self.runs = tuple(run for run in result.runs if self._is_of_interest(run))
        self.check_anchors = {
            check.id: _anchor("check", check.id, number)
            for number, check in enumerate(result.checks)
        }
        self.run_anchors = {
            run.name: _anchor("run", run.name, number) for number, run in enumerate(self.runs)
        }

    def looking_at(self, run: RunResult) -> tuple[CheckResult, ...]:
        """The checks on the page that looked at a run."""
        return tuple(it for it in self.checks if _looks_at(it, run))

    def _is_of_interest(self, run: RunResult) -> bool:
        if any(_looks_at(check, run) for check in self.result.checks):
            return bool(self.looking_at(run))
        return bool(run.frames or self.result.programs_of(run.name))


def _looks_at(check: CheckResult, run: RunResult) -> bool:
    return any(evidence.run == run.name for evidence in check.evidence)


def _anchor(kind: str, name: str, number: int) -> str:
    """An id for the document: the name where it can be one, so that links last, else a number."""
    return f"{kind}-{name}" if _ANCHOR.fullmatch(name) else f"{kind}-{number}"
