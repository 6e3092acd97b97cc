"""Words for sentences: quoting, nearest words, widths."""

import pytest

from l2harness.topology.declared import SegmentKind
from l2harness.topology.words import advice, columns, nearest, plain, quoted


def test_short_text_is_quoted_whole():
    """A short text stands in a message as it is, in quotes."""
    assert quoted("hub") == "'hub'"


def test_a_member_of_an_enumeration_is_quoted_as_its_word():
    """Messages speak of words, not of Python's names for them."""
    assert quoted(SegmentKind.HUB) == "'hub'"


def test_long_text_is_cut():
    """A long text does not fill the screen."""
    assert quoted("x" * 1000) == "'" + "x" * 40 + "'…"


@pytest.mark.parametrize("evil", ["\x1b[31m", "a\nb", "\u202eabc", "\ud800"])
def test_control_characters_never_reach_a_message(evil):
    """Whatever a file contains, a message about it can be printed."""
    assert quoted(evil).isprintable()
    assert plain(evil).isprintable()


@pytest.mark.parametrize(
    ("word", "shown"),
    [("h1", "h1"), ("", "''"), ("a.b", "'a.b'"), ("a b", "'a b'"), ("x" * 41, f"'{'x' * 40}'…")],
)
def test_a_key_is_plain_where_it_cannot_be_misread(word, shown):
    """In a dotted key only what could be misread is quoted."""
    assert plain(word) == shown


@pytest.mark.parametrize(
    ("word", "meant"),
    [("hubb", "hub"), ("Swicth", "switch"), ("HUB", "hub"), ("zzz", None), ("", None)],
)
def test_nearest_word(word, meant):
    """The word that was probably meant is found, whatever its case; a strange one has none."""
    assert nearest(word, ["cable", "hub", "switch"]) == meant


def test_advice_names_the_nearest_word():
    """A misspelt word is answered with the right one."""
    assert advice("hubb", ["cable", "hub"]) == "; did you mean 'hub'?"


def test_advice_lists_what_there_is():
    """Where nothing is near, the choice is shown."""
    assert advice("zzz", ["cable", "hub"]) == "; there are cable, hub"


def test_advice_where_there_is_no_choice():
    """Where there is one word only, it is named as the only one."""
    assert advice("zzz", ["lan"]) == "; there is only lan"


def test_advice_keeps_a_long_list_short():
    """A choice of hundreds is cut."""
    said = advice("zzz", [f"h{n}" for n in range(500)])
    assert said.endswith("h10, h11, …")


def test_advice_is_silent_where_nothing_is_known():
    """Nothing is suggested where there is nothing to choose from."""
    assert advice("zzz", []) == ""


def test_columns_measures_what_a_terminal_shows():
    """Wide characters take two columns, combining ones none."""
    assert (columns("abc"), columns("漢字"), columns("e\u0301")) == (3, 4, 1)
