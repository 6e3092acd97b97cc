"""By which ids the parts of a page are linked, and which runs are worth showing."""

from __future__ import annotations

import re
from typing import Final

from l2harness.grading.result import CheckResult, Result, RunResult

_ANCHOR: Final = re.compile(r"[\w.-]{1,60}", re.ASCII)


class Anchored:
    """
    A result whose parts have ids in a document.

    Attributes:
        result: All of it.
        runs: Those that a check looked at, or in which something happened.
        of_checks: Ids in the document, by the checks' own ids.
        of_runs: The same of runs, by their names.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        self.runs = tuple(run for run in result.runs if self._is_of_interest(run))
        self.of_checks = {
            check.id: _anchor("check", check.id, number)
            for number, check in enumerate(result.checks)
        }
        self.of_runs = {
            run.name: _anchor("run", run.name, number) for number, run in enumerate(self.runs)
        }

    def looking_at(self, run: RunResult) -> tuple[CheckResult, ...]:
        """The checks that looked at a run."""
        return tuple(
            check
            for check in self.result.checks
            if any(evidence.run == run.name for evidence in check.evidence)
        )

    def _is_of_interest(self, run: RunResult) -> bool:
        happened = run.frames or self.result.programs_of(run.name)
        return bool(happened or self.looking_at(run))


def _anchor(kind: str, name: str, number: int) -> str:
    """An id for the document: the name where it can be one, so that links last, else a number."""
    return f"{kind}-{name}" if _ANCHOR.fullmatch(name) else f"{kind}-{number}"
