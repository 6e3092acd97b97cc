"""Seeds: of a class, of a submission in it, and drawn where nobody says one."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from l2harness.labs.model import Lab
from l2harness.labs.variants import seed_with, variant_of

_SEED_DIGITS: Final = 16


def draw_seed() -> str:
    """Return a seed that nobody could have known: eight hex digits."""
    return secrets.token_hex(4)


def seed_for(seed: str, name: str) -> str:
    """Return the seed of a submission: from the class's and its name, and nothing else."""
    parts = (part.encode("utf-8", "surrogateescape") for part in (seed, name))
    whole = hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts))
    return whole.hexdigest()[:_SEED_DIGITS]


def seed_of_student(lab: Lab, seed: str, name: str, student: str | None = None) -> str:
    """
    Return the seed of a submission to a lab; where the lab differs from student to student, with
    the student's word.

    Args:
        lab: The lab.
        seed: Of the class.
        name: Of the submission.
        student: Whose it is, if that is known from something else than the name.
    """
    own = seed_for(seed, name)
    return seed_with(own, variant_of(seed, student or name)) if lab.variants else own
