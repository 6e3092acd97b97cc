"""Misconceptions: known wrong ideas, how they show, and what is to be learnt from them.

The catalogue (`lessons_*`) is data. Detection looks at what was recorded: two frames (`frames`),
how a program was found, started and ended (`starts`), how it refuses (`refusals`), what it prints
about a frame (`lines`). A lab's ``misconceptions*.py`` say which records these are asked about,
and which checks the answers explain.
"""

from l2harness.labs.misconceptions.catalogue import CATALOGUE, causes, find_lesson
from l2harness.labs.misconceptions.frames import mistakes
from l2harness.labs.misconceptions.lesson import Misconception, Question
from l2harness.labs.misconceptions.mistake import Field, Mistake
from l2harness.labs.misconceptions.sign import Detector, Sign, detector

__all__ = [
    "CATALOGUE",
    "Detector",
    "Field",
    "Misconception",
    "Mistake",
    "Question",
    "Sign",
    "causes",
    "detector",
    "find_lesson",
    "mistakes",
]
