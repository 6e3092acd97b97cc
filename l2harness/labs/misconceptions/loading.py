"""Finding a lab's detectors and its own lessons, in ``misconceptions*.py`` beside its runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from l2harness.errors import SpecError, UsageError
from l2harness.labs.lab import Lab
from l2harness.labs.loading import imported
from l2harness.labs.misconceptions.catalogue import by_id, catalogue_for
from l2harness.labs.misconceptions.lesson import Misconception
from l2harness.labs.misconceptions.sign import Detector, is_detector


@dataclass(frozen=True, slots=True)
class Knowledge:
    """
    What a lab knows of misconceptions.

    Attributes:
        detectors: Marked with ``@detector``, in the order of the files and in them.
        lessons: The catalogue, and those that the lab adds as ``LESSONS``.
    """

    detectors: tuple[Detector, ...]
    lessons: Mapping[str, Misconception]


def knowledge_of(lab: Lab) -> Knowledge:
    """
    Return what a lab knows of misconceptions: of a lab without such files, the catalogue alone.

    Raises:
        SpecError: A file cannot be imported, or adds lessons that cannot be.
    """
    detectors: dict[Detector, None] = {}
    lessons = catalogue_for(lab.words)
    for path in sorted(lab.code.glob("misconceptions*.py")):
        module = imported(lab, path)
        lessons = _with(lessons, getattr(module, "LESSONS", ()), path, lab)
        detectors |= dict.fromkeys(it for it in vars(module).values() if is_detector(it))
    return Knowledge(tuple(detectors), lessons)


def _with(
    lessons: Mapping[str, Misconception], own: object, path: Path, lab: Lab
) -> Mapping[str, Misconception]:
    if not isinstance(own, tuple) or not all(isinstance(it, Misconception) for it in own):
        raise SpecError(path, None, "LESSONS", "must be a tuple of Misconception")
    try:
        return by_id(lessons.values(), (lesson.told(lab.words) for lesson in own))
    except UsageError as error:
        raise SpecError(path, None, "LESSONS", str(error)) from error
