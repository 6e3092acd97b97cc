"""All lessons by id: those that come with the package, and those that a lab adds."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from l2harness.errors import UsageError
from l2harness.frames import EtherType
from l2harness.labs.misconceptions import (
    lessons_header,
    lessons_payload,
    lessons_printing,
    lessons_receiving,
    lessons_sending,
    lessons_starting,
)
from l2harness.labs.misconceptions.lesson import Misconception
from l2harness.labs.options import Forms, Kind, forms


def by_id(*lessons: Iterable[Misconception]) -> Mapping[str, Misconception]:
    """
    Put lessons together, in their order.

    Raises:
        UsageError: Two have the same id, or one follows from an id that there is not, or from
            itself.
    """
    found: dict[str, Misconception] = {}
    for lesson in (lesson for some in lessons for lesson in some):
        if lesson.id in found:
            raise UsageError(f"the misconception {lesson.id} is there twice")
        found[lesson.id] = lesson
    for lesson in found.values():
        for cause in lesson.follows_from:
            if cause not in found:
                raise UsageError(f"the misconception {lesson.id} follows from {cause}: no such id")
        if lesson.id in causes(lesson.id, found):
            raise UsageError(f"the misconception {lesson.id} follows from itself")
    return MappingProxyType(found)


def causes(id: str, lessons: Mapping[str, Misconception]) -> list[str]:
    """Return the ids that a misconception follows from, the nearest first, and what these do."""
    found: dict[str, None] = {}
    todo = list(lessons[id].follows_from)
    while todo:
        cause = todo.pop(0)
        if cause not in found:
            found[cause] = None
            todo += lessons[cause].follows_from
    return list(found)


_LESSONS: Final = (
    *lessons_starting.LESSONS,
    *lessons_header.LESSONS,
    *lessons_payload.LESSONS,
    *lessons_sending.LESSONS,
    *lessons_receiving.LESSONS,
    *lessons_printing.LESSONS,
)
#: What the lecture asks for; a lab that has these options says what it asks for.
_LECTURE: Final[Mapping[str, Forms]] = {
    "ethertype": forms(Kind.ETHERTYPE, EtherType.LAB.value),
    "payload": forms(Kind.TEXT, "Hi"),
    "client": forms(Kind.PROGRAM, "pyng"),
    "server": forms(Kind.PROGRAM, "pyngd"),
}


def catalogue_for(words: Mapping[str, Forms]) -> Mapping[str, Misconception]:
    """Return what comes with the package, in the words of a lab's options."""
    return by_id(lesson.told({**_LECTURE, **words}) for lesson in _LESSONS)


#: What comes with the package, in the words of the lecture.
CATALOGUE: Final = catalogue_for({})


def find_lesson(
    id: str,
    lessons: Mapping[str, Misconception] = CATALOGUE,
) -> Misconception:
    """
    Return one lesson.

    Raises:
        UsageError: There is none of that id; names the nearest one.
    """
    if id in lessons:
        return lessons[id]
    near = difflib.get_close_matches(id, lessons, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"there is no misconception {id!r}{hint}")
