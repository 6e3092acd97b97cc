"""A YAML text as a tree of places: each value knows its file, its line and its key.

Strategy: PyYAML composes nodes and nothing is ever constructed from them, so no tag can run
code and every scalar is the text that stands in the file (an address like ``12:00:00:00:00:01``
is a number to YAML 1.1, but not here). Laws:

- A refusal is a `SpecError` with path, line and key, whatever PyYAML raised.
- The work is bounded before it begins: size and depth are limited, aliases are not understood.
- A mapping has text keys, none twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from l2harness.errors import SpecError
from l2harness.topology.words import advice, plain, quoted

#: Largest file that is read, bytes; the largest topology that is allowed, written out, is half.
MAXIMUM_BYTES: Final = 512 << 10

#: Deepest nesting that is read; a topology needs four levels.
MAXIMUM_DEPTH: Final = 16

_LONGEST_PROBLEM: Final = 200  # characters
_YAML: Final = "tag:yaml.org,2002:"
#: At most nine digits: more is out of any range, and int() refuses very long texts.
_WHOLE_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,8})", re.ASCII)


class _Composer(yaml.SafeLoader):
    """SafeLoader's composer without aliases and tags, and with a limit of depth."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # bare in the stubs
        if self.check_event(yaml.AliasEvent):
            raise _refusal(
                f"the alias *{event.anchor} is not understood; write it out", event.start_mark
            )
        if getattr(event, "tag", None) is not None:
            raise _refusal(
                f"the tag {quoted(event.tag)} is not understood; leave it out", event.start_mark
            )
        if self.depth == MAXIMUM_DEPTH:
            raise _refusal(f"nested deeper than {MAXIMUM_DEPTH} levels", event.start_mark)
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


@dataclass(frozen=True, slots=True)
class Place:
    """
    One value of a file, and where it stands.

    Attributes:
        path: The file.
        line: Line of the key, or of the value where it has none, counted from 1.
        steps: Keys that lead here from the top; empty for the whole file.
    """

    path: Path
    line: int
    steps: tuple[str, ...]
    _node: yaml.Node

    def refuse(self, problem: str) -> SpecError:
        """Make the error that says what is wrong with this value."""
        return _refused(self.path, self.line, self.steps, problem)

    @property
    def is_text(self) -> bool:
        """True where the value is a scalar, as against a list or a mapping."""
        return isinstance(self._node, yaml.ScalarNode)

    def text(self) -> str:
        """
        Read the value as the text that stands in the file.

        Raises:
            SpecError: It is a list, a mapping, or nothing.
        """
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.refuse(f"expected text, got {self._what()}")
        if self._node.tag == f"{_YAML}null":
            raise self.refuse("has no value")
        return str(self._node.value)

    def number(self) -> int:
        """
        Read the value as a whole number in plain decimal digits.

        Raises:
            SpecError: It is anything else, or has more than nine digits.
        """
        text = self.text()
        if not (_WHOLE_NUMBER.fullmatch(text) and self._node.tag == f"{_YAML}int"):
            raise self.refuse(f"expected a whole number, got {quoted(text)}")
        return int(text)

    def word(self, known: Iterable[str]) -> str:
        """
        Read the value as one of the *known* words.

        Raises:
            SpecError: It is none of them; the message says which was probably meant.
        """
        text = self.text()
        words = list(known)
        if text not in words:
            raise self.refuse(f"unknown word {quoted(text)}{advice(text, words)}")
        return text

    def items(self) -> list[Place]:
        """
        Read the value as a list.

        Raises:
            SpecError: It is no list.
        """
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.refuse(f"expected a list, got {self._what()}")
        return [
            Place(self.path, node.start_mark.line + 1, (*self.steps, str(number)), node)
            for number, node in enumerate(self._node.value)
        ]

    def entries(self) -> dict[str, Place]:
        """
        Read the value as a mapping, in file order.

        Raises:
            SpecError: It is no mapping, or a key is not text or stands there twice.
        """
        if not isinstance(self._node, yaml.MappingNode):
            raise self.refuse(f"expected a mapping, got {self._what()}")
        entries: dict[str, Place] = {}
        for key, value in self._node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise _refused(self.path, line, self.steps, "a key is not text")
            name = str(key.value)
            if key.tag != f"{_YAML}str":
                problem = f"the key {quoted(name)} is not text to YAML; put it in quotes"
                raise _refused(self.path, line, self.steps, problem)
            if name in entries:
                problem = f"{quoted(name)} stands here twice, first on line {entries[name].line}"
                raise _refused(self.path, line, self.steps, problem)
            entries[name] = Place(self.path, line, (*self.steps, name), value)
        return entries

    def fields(self, known: Iterable[str], *, required: Iterable[str]) -> dict[str, Place]:
        """
        Read the value as a mapping that has the *required* keys and none but the *known*.

        Raises:
            SpecError: It is no mapping, lacks a key, or has one that is not known.
        """
        words = list(known)
        fields = self.entries()
        for name, field in fields.items():
            if name not in words:
                problem = f"unknown key {quoted(name)}{advice(name, words)}"
                raise _refused(self.path, field.line, self.steps, problem)
        for name in required:
            if name not in fields:
                raise self.refuse(f"the key {quoted(name)} is missing")
        return fields

    def _what(self) -> str:
        if isinstance(self._node, yaml.ScalarNode):
            empty = self._node.tag == f"{_YAML}null"
            return "nothing" if empty else quoted(str(self._node.value))
        return "a list" if isinstance(self._node, yaml.SequenceNode) else "a mapping"


def _refused(path: Path, line: int | None, steps: Iterable[str], problem: str) -> SpecError:
    """Make a `SpecError` for the key that *steps* lead to."""
    return SpecError(path, line, ".".join(map(plain, steps)), problem)


def read_document(data: bytes, path: Path) -> Place:
    """
    Read a YAML text.

    Args:
        data: The file's bytes, UTF-8, with or without a byte order mark.
        path: The file, for messages only.

    Returns:
        The place of the whole document.

    Raises:
        SpecError: Too large, not UTF-8, not YAML, empty, or more than one document.
    """
    if len(data) > MAXIMUM_BYTES:
        raise SpecError(path, None, "", f"larger than {MAXIMUM_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"not UTF-8: byte {data[error.start]:#04x} at offset {error.start}"
        raise SpecError(path, line, "", problem) from error
    node = _composed(text, path)
    if node is None or node.tag == f"{_YAML}null":
        raise SpecError(path, None, "", "the file is empty")
    return Place(path, node.start_mark.line + 1, (), node)


def _composed(text: str, path: Path) -> yaml.Node | None:
    try:
        loader = _Composer(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SpecError(
            path, line, "", f"character {error.character:#06x} is not allowed"
        ) from error
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise SpecError(path, mark.line + 1 if mark else None, "", _printable(said)) from error
    except (ValueError, OverflowError) as error:
        # PyYAML converts the numbers of escapes and directives without looking at their size.
        raise SpecError(path, loader.line + 1, "", "a number in it is too large") from error
    finally:
        loader.dispose()


def _refusal(problem: str, mark: yaml.Mark) -> yaml.MarkedYAMLError:
    return yaml.composer.ComposerError(problem=problem, problem_mark=mark)


def _printable(text: str) -> str:
    """PyYAML quotes the file in its messages: raw in places, and at any length."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:_LONGEST_PROBLEM])
