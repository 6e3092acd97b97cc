"""Reading the file in which Gradescope says whose submission each folder of a download is.

Strategy: PyYAML's parser tells the document as a row of events, and this module picks names out of
the row. Nothing is constructed from them, so no tag can run code, an alias is not followed, and a
file of many megabytes (it holds every result of every try) needs no memory of its size.

Source: a download, "Download Submissions": ``submission_123:`` over ``:submitters:``, a list of
``:name:``, ``:sid:`` and ``:email:``; keys are symbols of Ruby.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from l2harness.errors import SubmissionError

METADATA: Final = "submission_metadata.yml"
#: Of it, the most that is read.
METADATA_BYTES: Final = 64 << 20

#: Gradescope's own files have seven levels. Very many take a parser very long.
_DEEPEST: Final = 64

_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Submitters:
    """
    Who handed in one submission; a group has several members.

    Attributes:
        student: Their names; None if there are none.
        student_id: Their ids, or where there are none their mail addresses; None without either.
    """

    student: str | None
    student_id: str | None


def read_submitters(data: bytes, source: str) -> dict[str, Submitters]:
    """
    Return who handed in which folder.

    Args:
        data: The file.
        source: What to call it in errors.

    Raises:
        SubmissionError: It is no YAML.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        events = _Events(yaml.parse(data, Loader=loader))
        return {folder: _submitters(events) for folder in events.mapping()}
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise SubmissionError(
            f"{source}{line}: this is not how Gradescope writes it, so nobody's name can be read "
            "from it. Download it again, or remove it to grade without names"
        ) from error


def _submitters(events: _Events) -> Submitters:
    names: list[str] = []
    ids: list[str] = []
    for key in events.mapping():
        if key != ":submitters":
            events.skip()
            continue
        for _ in events.sequence():
            said = {key: events.text() for key in events.mapping()}
            if name := said.get(":name"):
                names.append(name)
            if number := said.get(":sid") or said.get(":email"):
                ids.append(number)
    return Submitters(", ".join(names) or None, ", ".join(ids) or None)


class _Events:
    """A document as PyYAML's parser tells it, with one event seen ahead."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._ahead: Any = None
        self._depth = 0
        for _ in ("stream", "document"):
            self._next()

    def mapping(self) -> Iterator[str]:
        """Yield the keys of a mapping; whoever asks takes the values. Of all else yield none."""
        import yaml

        return self._parts(yaml.MappingStartEvent, yaml.MappingEndEvent, self.text)

    def sequence(self) -> Iterator[str]:
        """Yield once an item of a list; whoever asks takes the items. Of all else yield none."""
        import yaml

        return self._parts(yaml.SequenceStartEvent, yaml.SequenceEndEvent, str)

    def text(self) -> str:
        """Take a value and return its text; of all that is none, an empty one."""
        import yaml

        event = self._peek()
        self.skip()
        if not isinstance(event, yaml.ScalarEvent):
            return ""
        plain = event.implicit[0]
        return "" if plain and event.value in _NOTHING else str(event.value)

    def skip(self) -> None:
        """Take a value, whatever it is."""
        before = self._depth
        self._next()
        while self._depth > before:
            self._next()

    def _parts(self, begin: type, end: type, part: Callable[[], str]) -> Iterator[str]:
        if not isinstance(self._peek(), begin):
            self.skip()
            return
        self._next()
        while not isinstance(self._peek(), end):
            yield part()
        self._next()

    def _peek(self) -> Any:  # noqa: ANN401 - PyYAML's events have no types
        if self._ahead is None:
            self._ahead = next(self._events, None)
            if self._ahead is None:
                raise ValueError("the document ends too early")
        return self._ahead

    def _next(self) -> Any:  # noqa: ANN401
        import yaml

        event = self._peek()
        self._ahead = None
        self._depth += isinstance(event, yaml.CollectionStartEvent)
        self._depth -= isinstance(event, yaml.CollectionEndEvent)
        if self._depth > _DEEPEST:
            raise ValueError(f"nested deeper than {_DEEPEST} levels")
        return event
