"""Judging what a program's threads do over time, from samples of /proc."""

from __future__ import annotations

from l2harness.network.loop import Deadline
from l2harness.programs.procfs import Activity


class Stillness:
    """
    Whether no thread has moved for a while, sample by sample.

    Args:
        seconds: The while.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._sample: Activity | None = None
        self._deadline = Deadline.after(seconds)

    def lasts(self, now: Activity) -> bool:
        """Take the next sample in, and say whether nothing has moved for long enough."""
        if self._sample is None or not now.unmoved_since(self._sample):
            self._sample = now
            self._deadline = Deadline.after(self._seconds)
            return False
        return self._deadline.expired
