"""The terminal somebody reads on: how wide, whether in colour, which characters it has.

Strategy: a `Screen` is a value, so that rendering stays a pure function of a result and of it.
rich lays out and colours; its markup, highlighting and emoji codes are off everywhere, and every
piece of text enters through `Screen.text`, which makes it harmless first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Final, TextIO

from l2harness.reports.escape import break_commands, clip, terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_WIDTH: Final = 80
#: Narrower than this nothing can be laid out; wider than this nobody reads sentences.
_WIDTHS: Final = range(40, 121)
#: Of one piece of text; what is longer is in `report.json`.
_LONGEST_TEXT: Final = 2000

#: Our own decoration on a screen that has only ASCII.
_PLAIN_DECORATION: Final = str.maketrans("─│✓✗⊘·…", "-|+x-,~")


@dataclass(frozen=True, slots=True)
class Screen:
    """
    Where a report will be read.

    Attributes:
        width: In columns.
        color: Whether to use the terminal's own sixteen colours and bold; otherwise no escape
            sequence comes out at all.
        unicode: Whether it can show more than ASCII.
    """

    width: int = _WIDTH
    color: bool = False
    unicode: bool = True

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ) -> Screen:
        """
        The screen behind a stream.

        Colours on a terminal, unless ``NO_COLOR`` is set or ``TERM`` is ``dumb``, and wherever
        ``FORCE_COLOR`` is set. Elsewhere the width is that of ``COLUMNS``, or 80.

        Source: https://no-color.org, https://force-color.org.
        """
        tty = stream.isatty()
        color = bool(environ.get("FORCE_COLOR")) or (tty and environ.get("TERM") != "dumb")
        encoding = (stream.encoding or "ascii").lower().replace("-", "").replace("_", "")
        return cls(
            width=min(max(_columns(stream, environ), _WIDTHS[0]), _WIDTHS[-1]),
            color=color and not environ.get("NO_COLOR"),
            unicode=encoding.startswith("utf"),
        )

    def text(self, words: str, style: str = "", *, multiline: bool = False) -> Text:
        """A stranger's or our own words, harmless, bounded and without markup."""
        from rich.text import Text

        shown = terminal(
            clip(words, _LONGEST_TEXT), multiline=multiline, ascii_only=not self.unicode
        )
        return Text(shown, style=style, overflow="fold")

    def draw(self, paint: Callable[[Console], None]) -> str:
        """What ``paint`` prints, without spaces at the ends of lines."""
        from rich.console import Console

        console = Console(
            file=StringIO(),
            width=self.width,
            color_system="standard" if self.color else None,
            force_terminal=self.color,
            no_color=not self.color,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            _environ={},
        )
        with console.capture() as captured:
            paint(console)
        drawn = captured.get()
        if not self.unicode:
            drawn = drawn.translate(_PLAIN_DECORATION)
        return break_commands("\n".join(line.rstrip() for line in drawn.split("\n")))


def _columns(stream: TextIO, environ: Mapping[str, str]) -> int:
    """How many columns there are: told by the user, by the terminal, or assumed."""
    if (told := environ.get("COLUMNS", "")).isdecimal():
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return _WIDTH
