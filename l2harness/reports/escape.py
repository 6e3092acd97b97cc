r"""The one module that makes text harmless: a stranger's words, in every format that shows them.

Strategy: `terminal` first makes visible what no reader could see: control characters as their
pictures (``␛``), everything else without a shape of its own as an escape (``\u202e``). What is
left is printable, and each format then guards the characters that mean something to it.

Laws:
- Every word in a report that we did not write ourselves goes through this module, and no other
  module replaces characters of such text. Names of directories and files are a stranger's words.
- Nothing is dropped without a sign of it.
- Each function is safe by itself: none relies on what another one, or the reader, does later.
"""

from __future__ import annotations

import json as _json
import re
import unicodedata
from html import escape as _html_escape
from typing import Final

from l2harness.programs.text import decode

__all__ = [
    "break_commands",
    "clip",
    "csv_cell",
    "decode",
    "github",
    "github_data",
    "github_property",
    "html",
    "json_document",
    "markdown",
    "markdown_block",
    "terminal",
    "xml",
]

#: The Unicode block of pictures of C0 controls; U+2400 + n is the picture of n.
_PICTURES: Final = 0x2400
_DELETE: Final = 0x7F
_PICTURE_OF_DELETE: Final = "␡"
#: The separators that are no space but an end of line, which some readers obey.
_LINE_ENDS: Final = frozenset("\u2028\u2029")

#: How our own sentences look without their typography.
_IN_ASCII: Final = {
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "·": "-",
    "×": "x",
    "→": "->",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
}

#: Where a spreadsheet would see a formula: at the begin of a cell, or after what some locales
#: take for the end of one; with the wide forms of the signs, which it folds.
#: Source: OWASP ASVS 5.0, 1.2.10, and OWASP "CSV Injection".
_FORMULA: Final = re.compile(r"(^|[;,])(?=[\s\0]*[=+\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20])")

#: Words that GitHub, GitLab and the like turn into something else wherever they stand outside
#: code, whatever is escaped: addresses, mentions, emoji, numbers of issues, commits.
#: Source: GitHub Flavored Markdown, 6.9 (autolinks); GitHub Docs, "Autolinked references";
#: GitLab Docs, "GitLab-specific references".
_MAGIC_WORD: Final = re.compile(
    r"""[@#]|://|www\.|mailto:|xmpp:|:.*:|\bgh-\d|(?<!\w)(?:[!$&]\d|[%~][\w"])|\b[0-9a-f]{7,}\b""",
    re.IGNORECASE,
)
_MARKDOWN_SIGN: Final = re.compile(r"[\\`*_\[\]~$]")
#: What begins a list, a rule or the underline of a heading when it begins a line.
_MARKDOWN_BEGIN: Final = re.compile(r"^(\d+(?=[.)](?: |$))|(?=[-+=:]))")
_BACKTICKS: Final = re.compile("`+")
_WORKFLOW_COMMAND_OF_OLD: Final = re.compile(r"(##(?:vso)?)\[")
#: Everything that may have to be looked at in a document of which most is plain.
_NOT_PLAIN: Final = re.compile(r"[^\n -~]")

#: A workflow command of either generation: ``::name::`` after blanks, ``##[name]`` anywhere (and
#: ``##vso[name]``, as the same runner's sister reads it); up to where it can be broken.
#: Source: actions/runner, src/Runner.Common/ActionCommand.cs.
_WORKFLOW_COMMAND: Final = re.compile(r"^[^\S\n]*(?=::)|##(?:vso)?(?=\[)", re.MULTILINE)


def clip(text: str, limit: int) -> str:
    """
    The first ``limit`` characters of ``text``, and where it is cut, how many there are more.

    Use it before an escape, never after: half an escape is none.
    """
    more = len(text) - limit
    return text if more <= 0 else f"{text[:limit]}… ({more} more)"


def terminal(text: str, *, multiline: bool = False, ascii_only: bool = False) -> str:
    r"""
    ``text`` as it can be shown on a terminal: no character in it does anything.

    Args:
        text: Any text.
        multiline: Keep newlines and tabs, which otherwise become ``␊`` and ``␉``.
        ascii_only: Spell everything outside ASCII as ``\xe9``, ``\u2026`` or ``\U0001f600``, for
            a terminal that knows no more, and typographic marks as ASCII has them.

    Returns:
        Printable characters, and newlines and tabs where they were asked for.
    """
    kept = "\n\t" if multiline else ""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in kept else _visible(c, ascii_only=ascii_only) for c in text)


def _visible(char: str, *, ascii_only: bool) -> str:
    """One character, or what stands for it when it has no shape of its own."""
    code = ord(char)
    shapeless = unicodedata.category(char).startswith("C") or char in _LINE_ENDS
    if ascii_only:
        if shapeless or code > _DELETE:
            return _IN_ASCII.get(char) or _spelled(code)
        return char
    if not shapeless:
        return char
    if code < ord(" "):
        return chr(_PICTURES + code)
    return _PICTURE_OF_DELETE if code == _DELETE else _spelled(code)


def _spelled(code: int) -> str:
    r"""A character's escape: ``\x9b``, ``\u202e``, ``\U000e0001``."""
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def xml(text: str) -> str:
    """
    ``text`` of characters that XML 1.0 allows; newlines and tabs are kept.

    Entities (``&amp;``) are NOT made: every XML writer makes them itself.

    Source: XML 1.0, 2.2 (Char), and its advice against C1 controls and noncharacters.
    """
    return terminal(text, multiline=True)


def json_document(document: str) -> str:
    r"""
    A JSON document in which what has no shape is spelled, as in ``\u202e``; newlines are kept.

    It says the same as before to whoever reads JSON. Printed on a terminal or in a job's log it
    does nothing, and it shows all that is in it.
    """
    spelled = _NOT_PLAIN.sub(_spelled_in_json, document)
    return _WORKFLOW_COMMAND_OF_OLD.sub(r"\g<1>\\u005b", spelled)


def _spelled_in_json(found: re.Match[str]) -> str:
    char = found.group()
    return _json.dumps(char)[1:-1] if _visible(char, ascii_only=False) != char else char


def html(text: str) -> str:
    """``text`` for the content or a quoted attribute of an HTML element; newlines are kept."""
    return _html_escape(terminal(text, multiline=True), quote=True)


def markdown(text: str) -> str:
    """
    ``text`` inside one line of Markdown: a paragraph, a list item, a cell of a table.

    No link, image, HTML, mention or other markup comes out of it. Words that a renderer may turn
    into a link without any markup (``www.example.org``, ``@name``, ``#1``) become code.
    """
    words = [_markdown_word(word) for word in terminal(text).strip(" ").split(" ")]
    return _MARKDOWN_BEGIN.sub(r"\1\\", " ".join(words))


def _markdown_word(word: str) -> str:
    """A word without spaces, as code if it is magic; bars are guarded for the sake of tables."""
    guard = _markdown_code if _MAGIC_WORD.search(word) else _markdown_plain
    return r"\|".join(guard(part) for part in word.split("|"))


def _markdown_plain(part: str) -> str:
    return _html_escape(_MARKDOWN_SIGN.sub(r"\\\g<0>", part), quote=False)


def _markdown_code(part: str) -> str:
    """A span of code between more backticks than there are in a row inside."""
    if not part:
        return ""
    fence = "`" * (_longest_run(part) + 1)
    space = " " if part.startswith("`") or part.endswith("`") else ""
    return f"{fence}{space}{part}{space}{fence}"


def _longest_run(text: str) -> int:
    """Of backticks."""
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def markdown_block(text: str) -> str:
    """
    ``text`` as a block of code in Markdown, from its own line to its own line.

    The fence is longer than any run of backticks inside, so that nothing can close it.
    """
    shown = terminal(text, multiline=True)
    fence = "`" * max(3, _longest_run(shown) + 1)
    end = "" if shown.endswith("\n") or not shown else "\n"
    return f"{fence}text\n{shown}{end}{fence}\n"


def csv_cell(text: str) -> str:
    """
    ``text`` as a text cell of a table that a spreadsheet will open.

    What it would take for a formula gets an apostrophe in front. For numbers, use numbers: a
    negative one is none of this function's business. Quoting is the writer's.
    """
    return terminal(_FORMULA.sub(r"\1'", text))


def github(text: str) -> str:
    r"""
    ``text`` in the log of a GitHub Actions job, where ``::name::`` and ``##[name]`` are commands.

    A backslash breaks them. Newlines and tabs are kept.
    """
    return break_commands(terminal(text, multiline=True))


def break_commands(drawn: str) -> str:
    r"""
    What is about to be printed, wherever it wraps, with a backslash in every workflow command.

    For output that is otherwise finished, colours and all, and may land in a job's log.
    """
    return _WORKFLOW_COMMAND.sub(r"\g<0>\\", drawn)


def github_data(text: str) -> str:
    """
    ``text`` as the message of a workflow command: one line, percent-encoded.

    Source: actions/toolkit, packages/core/src/command.ts (escapeData).
    """
    shown = terminal(text, multiline=True)
    return shown.replace("%", "%25").replace("\n", "%0A")


def github_property(text: str) -> str:
    """
    ``text`` as the value of a workflow command's property, as in ``title=…``.

    Source: actions/toolkit, packages/core/src/command.ts (escapeProperty).
    """
    return github_data(text).replace(":", "%3A").replace(",", "%2C")
