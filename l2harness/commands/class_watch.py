"""How far the grading of a class has come, on stderr: a line that changes, or one for each.

Strategy: the loop that grades says what happens, and every second what is under way; nothing here
has a thread or a clock that ticks. On a terminal the line says how many are done and left, how
fast, for how long, how many failed, and who is being graded now. In a pipe each submission that is
finished gets a line of its own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, TextIO

from l2harness.commands.output import harmless
from l2harness.commands.progress import ERASE, bar, cut, write
from l2harness.commands.voice import Loudness, voice
from l2harness.grading.classwork import Graded, Standing
from l2harness.programs.tree import shown
from l2harness.reports.escape import clip
from l2harness.reports.screen import Screen

_LONGEST_NAME: Final = 40  # characters
#: Names of what is being graded that are shown.
_NAMED: Final = 3
#: So many have to be finished before their rate says something.
_ENOUGH: Final = 3


class ClassLine:
    """
    Shows the grading of a class; see `l2harness.grading.classwork.ClassWatch`.

    Args:
        total: How many submissions there are.
        stream: To write to.
        screen: What it shows.
        live: Whether it is a terminal, on which a line can change.
    """

    def __init__(self, total: int, stream: TextIO, screen: Screen, *, live: bool) -> None:
        self._total = total
        self._stream = stream
        self._screen = screen
        self._live = live
        self._begun_s = time.monotonic()
        self._known = 0
        self._graded = 0
        self._standings = dict.fromkeys(Standing, 0)
        self._names: Sequence[str] = ()

    @property
    def graded(self) -> int:
        """How many have been graded."""
        return self._graded

    def known(self, name: str) -> None:
        """See `ClassWatch.known`."""
        self._known += 1

    def under_way(self, names: Sequence[str]) -> None:
        """See `ClassWatch.under_way`."""
        self._names = names
        self._draw()

    def tried(self, name: str, tries: int, why: str) -> None:
        """See `ClassWatch.tried`."""
        self.say(f"{self._name(name)}: {why}; it is tried again")

    def finished(self, name: str, graded: Graded, wall_s: float, problem: str) -> None:
        """See `ClassWatch.finished`."""
        self._graded += 1
        self._standings[graded.standing] += 1
        line = f"{self._place()} {self._name(name)}: {graded.outcome} ({wall_s:.1f} s)"
        if problem:
            self.say(f"{self._place()} {self._name(name)}: could not be graded: {problem}")
        elif self._live:
            self._say(Loudness.VERBOSE, line)
        else:
            self.say(line)

    def say(self, *lines: str) -> None:
        """Write something that stays."""
        self._say(Loudness.NORMAL, *lines)

    def _say(self, loudness: Loudness, *lines: str) -> None:
        text = "".join(f"{harmless(line, self._screen)}\n" for line in lines)
        if voice().heard(text, loudness):
            self.clear()
            write(self._stream, text)

    def clear(self) -> None:
        """Take the line away."""
        if self._live:
            write(self._stream, ERASE)

    def _place(self) -> str:
        return f"[{self._known + self._graded}/{self._total}]"

    def _name(self, name: str) -> str:
        return shown(clip(name, _LONGEST_NAME))

    def _draw(self) -> None:
        if not self._live:
            return
        done = self._known + self._graded
        words = [f"{done} of {self._total}", *self._pace(done), *self._troubles()]
        if self._names:
            names = ", ".join(self._name(name) for name in self._names[:_NAMED])
            more = len(self._names) - _NAMED
            words.append(f"now {names}" + (f" and {more} more" if more > 0 else ""))
        line = f"{bar(done / max(1, self._total), self._screen)} {' · '.join(words)}"
        text = cut(harmless(line, self._screen), self._screen.width - 1)
        write(self._stream, ERASE + text)

    def _pace(self, done: int) -> list[str]:
        """How fast it goes, and how long the rest takes if it goes on like this."""
        if self._graded < _ENOUGH:
            return []
        rate = self._graded / max(0.001, time.monotonic() - self._begun_s)
        pace = f"{rate:.1f}/s" if rate >= 1 else f"{60 * rate:.1f}/min"
        return [pace, f"{duration((self._total - done) / rate)} left"]

    def _troubles(self) -> list[str]:
        failed, error = self._standings[Standing.FAILED], self._standings[Standing.ERROR]
        words = [f"{failed} with failures"] if failed else []
        if error:
            words.append(f"{error} {'needs' if error == 1 else 'need'} you")
        return words


def duration(seconds: float) -> str:
    """Return a time as people say it, as in ``4 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
