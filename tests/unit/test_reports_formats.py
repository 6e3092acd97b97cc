"""Every format there is: each is a pure function, and tells students only what is theirs."""

from __future__ import annotations

import pytest
from audiences import LATER, SECRET, mixed
from results import every

from l2harness.reports.audience import Audience
from l2harness.reports.formats import FORMATS

#: All but the one whose platform does the hiding itself.
FOR_STUDENTS = [it for it in FORMATS.values() if it.name != "gradescope"]


def name_of(value):
    """How a format is called in the name of a test."""
    return getattr(value, "name", None)


@pytest.mark.parametrize("wanted", FOR_STUDENTS, ids=name_of)
def test_nothing_hidden_is_told(wanted):
    """In a document for students no word of what they may not see is to be found."""
    text = wanted.render(mixed(), Audience.STUDENT).decode().lower()
    assert SECRET.lower() not in text
    assert LATER.lower() not in text


@pytest.mark.parametrize("wanted", FORMATS.values(), ids=name_of)
@pytest.mark.parametrize("audience", Audience)
def test_it_is_reproducible(wanted, audience):
    """The same result is the same document, and not an empty one."""
    for sample in (mixed(), *every()):
        document = wanted.render(sample, audience)
        assert document
        assert document == wanted.render(sample, audience)


def test_names_are_their_own():
    """A format is found under its own name."""
    assert all(name == it.name for name, it in FORMATS.items())
    assert {"junit", "gradescope", "classroom", "prairielearn", "autolab", "markus"} <= set(
        FORMATS
    )
