"""A finished report in a file, read again: for whoever draws, compares or repeats it.

A report file may come from anywhere. What is wrong with one is a sentence that names it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from l2harness.errors import UsageError
from l2harness.grading.result import Result
from l2harness.reports.escape import terminal
from l2harness.reports.json import MAXIMUM_BYTES, from_json

#: What the canonical report is called in a directory of results.
REPORT: Final = "report.json"


def read_report(path: Path) -> Result:
    """
    Return the result that a report was written from.

    Args:
        path: Of a ``report.json`` under any name, or of the directory that it lies in.

    Raises:
        UsageError: There is none, it cannot be read, or it is no report of this schema.
    """
    if path.is_dir():
        path = path / REPORT
    name = terminal(str(path))
    try:
        # A pipe or a terminal is opened without waiting for somebody to write to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read: {os.strerror(error.errno or 0)}. Name a report.json, or the "
            "directory it lies in, as `l2harness grade` makes them: OUT/NAME"
        ) from error
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(
                f"{name} cannot be read: it is no file. Name a report.json, or the directory it "
                "lies in"
            )
        try:
            data = file.read(MAXIMUM_BYTES + 1)
        except OSError as error:
            raise UsageError(f"{name} cannot be read: {os.strerror(error.errno or 0)}") from error
    return from_json(data, source=str(path))
