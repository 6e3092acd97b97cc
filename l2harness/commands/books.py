"""The documents of a class: kept up to date while it is graded, in little memory.

Strategy: of each result only what these documents need is kept, and what many results say alike is
kept once. They are written again whenever something has been finished, unless that would take more
than a small share of the time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from l2harness.commands.work import result_in
from l2harness.grading.result import CheckResult, Result
from l2harness.reports.files import write_class

#: Writing them takes at most one part in so many of the time.
_SHARE: Final = 20


class Books:
    """
    The documents of one class.

    Args:
        out: The output directory.
        names: The submissions, in the order of the class.
        absent: What those are called who should have handed in and did not.
    """

    def __init__(self, out: Path, names: Sequence[str], absent: Sequence[str] = ()) -> None:
        self._out = out
        self._absent = absent
        self._results: dict[str, Result | None] = dict.fromkeys(names)
        self._alike: dict[CheckResult, CheckResult] = {}
        self._written_s = 0.0
        self._took_s = 0.0
        self._unwritten = False

    @property
    def results(self) -> list[Result]:
        """All that there are, in the order of the class, without what happened in their runs."""
        return [result for result in self._results.values() if result is not None]

    def add(self, name: str, summary: bytes) -> None:
        """
        Take in a result, instead of an older one of that name.

        Raises:
            UsageError: It is no summary.
        """
        result = result_in(summary)
        checks = tuple(self._alike.setdefault(check, check) for check in result.checks)
        self._results[name] = replace(result, checks=checks)
        self._unwritten = True

    def write_if_due(self) -> None:
        """Write them, if that is not too soon. Raises as `write`."""
        if self._unwritten and time.monotonic() - self._written_s >= _SHARE * self._took_s:
            self.write()

    def write(self) -> None:
        """
        Write them as they stand; nothing, if nothing is finished.

        Raises:
            UsageError: The directory cannot be written into.
            KernelError: The disk is full, or fails.
        """
        if not (results := self.results):
            return
        begun_s = time.monotonic()
        write_class(self._out, results, absent=self._absent)
        self._written_s = time.monotonic()
        self._took_s = self._written_s - begun_s
        self._unwritten = False
