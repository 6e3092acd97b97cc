"""How far a grading has come, on stderr: a line that changes on a terminal, else one for each.

Strategy: whoever grades says what happens; nothing here has a thread or a clock that ticks.

pytest keeps descriptors 1 and 2 to itself while checks run, so everything is written to a copy of
stderr that was made before. Open one only inside the harness's namespaces.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import UnsupportedOperation
from typing import Final, TextIO

from l2harness.commands.output import harmless
from l2harness.commands.voice import Loudness, voice
from l2harness.programs.tree import shown
from l2harness.reports.escape import clip
from l2harness.reports.screen import Screen
from l2harness.topology.words import columns

_BAR_COLUMNS: Final = 16
_LONGEST_NAME: Final = 60  # characters
#: Begin of the line, and erase all of it. Source: ECMA-48, CR and EL.
ERASE: Final = "\r\x1b[2K"
#: Less than this is not worth a forecast, seconds.
_SOON_S: Final = 10.0


class Progress:
    """
    The grading of one submission after the other. Get one from `progress`.

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
        self._voice = voice()  # runs are reported from threads, which have none
        self._begun_s = time.monotonic()
        self._finished = 0
        self._name = ""

    def begin(self, name: str) -> None:
        """The next submission is being made ready."""
        self._name = shown(clip(name, _LONGEST_NAME))
        self._whisper(f"{self._name}: getting ready")
        self._draw(0.0, "getting ready")

    def runs(self, made: int, of: int) -> None:
        """So many runs of its programs have been made, of so many."""
        self._whisper(f"{self._name}: {made} of {of} runs made, {self._so_far_s():.1f} s so far")
        self._draw(made / max(1, of), f"run {min(made + 1, of)} of {of}")

    def finish(self, outcome: str, *, remarkable: bool = False) -> None:
        """
        It is finished.

        Args:
            outcome: In a few words; written to a line of its own that stays, but not on a
                terminal, where the table at the end says it.
            remarkable: Whether it is written there, too.
        """
        self._finished += 1
        line = f"[{self._finished}/{self._total}] {self._name}: {outcome}"
        if remarkable or not self._live:
            self.say(line)
        else:
            self._whisper(line)

    def say(self, *lines: str) -> None:
        """Write something that stays."""
        text = "".join(f"{harmless(line, self._screen)}\n" for line in lines)
        if self._voice.heard(text):
            self.clear()
            write(self._stream, text)

    def _whisper(self, line: str) -> None:
        text = f"{harmless(line, self._screen)}\n"
        if self._voice.heard(text, Loudness.VERBOSE):
            self.clear()
            write(self._stream, text)

    def clear(self) -> None:
        """Take the line away."""
        if self._live:
            write(self._stream, ERASE)

    def _draw(self, part: float, doing: str) -> None:
        if not self._live:
            return
        done = (self._finished + part) / max(1, self._total)
        words = [self._name, doing]
        if self._total > 1:
            words.insert(0, f"{self._finished + 1}/{self._total}")
            if left := self._forecast(done):
                words.append(left)
        line = f"{bar(done, self._screen)} {' · '.join(words)}"
        write(self._stream, ERASE + cut(harmless(line, self._screen), self._screen.width - 1))

    def _so_far_s(self) -> float:
        return time.monotonic() - self._begun_s

    def _forecast(self, done: float) -> str:
        """How long the rest takes if it goes on like this; empty where nobody can know."""
        if not self._finished:
            return ""
        left_s = self._so_far_s() * (1 - done) / done
        if left_s < _SOON_S:
            return ""
        return f"{left_s / 60:.0f} min left" if left_s >= 90 else f"{left_s:.0f} s left"


@contextmanager
def progress(total: int) -> Iterator[Progress]:
    """Show on stderr how the grading of ``total`` submissions goes, while the block lasts."""
    screen = Screen.of(sys.stderr)
    with copy_of(sys.stderr) as stream:
        line = Progress(total, stream, screen, live=is_live())
        try:
            yield line
        finally:
            line.clear()


def is_live() -> bool:
    """Whether stderr is a terminal, on which a line can change, and anybody listens."""
    if voice().loudness is Loudness.QUIET:
        return False
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def write(stream: TextIO, text: str) -> None:
    """Write it at once. A terminal that has gone, or a full disk behind a log, ends no grading."""
    with suppress(OSError):
        stream.write(text)
        stream.flush()


def bar(done: float, screen: Screen) -> str:
    """Return a bar of which a part, from 0 to 1, is filled."""
    full = round(done * _BAR_COLUMNS)
    on, off = ("█", "░") if screen.unicode else ("#", ".")
    return on * full + off * (_BAR_COLUMNS - full)


@contextmanager
def copy_of(stream: TextIO) -> Iterator[TextIO]:
    """Yield a stream that goes on leading to where ``stream`` leads now."""
    try:
        descriptor = os.dup(stream.fileno())
    except (OSError, UnsupportedOperation):
        yield stream  # not a real one, as in a test
        return
    with open(descriptor, "w", encoding=stream.encoding, errors="backslashreplace") as copy:
        yield copy


def cut(line: str, width: int) -> str:
    """Return as much of the line as fits; one that wraps could not be taken away again."""
    kept = ""
    for character in line:
        width -= columns(character)
        if width < 0:
            break
        kept += character
    return kept
