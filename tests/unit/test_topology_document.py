"""YAML texts as trees of places: every refusal has a path, a line and a key."""

from pathlib import Path

import pytest

from l2harness.errors import SpecError
from l2harness.topology.document import MAXIMUM_BYTES, MAXIMUM_DEPTH, read_document

FILE = Path("some.yaml")


def read(text):
    """Read *text* as the contents of a file."""
    return read_document(text if isinstance(text, bytes) else text.encode(), FILE)


def test_a_place_knows_where_it_stands():
    """A value deep in a file has the line of its key and the keys that lead to it."""
    place = read("a:\n  b:\n    c: word\n").entries()["a"].entries()["b"].entries()["c"]
    assert (place.text(), place.line, place.steps) == ("word", 3, ("a", "b", "c"))


def test_items_are_numbered():
    """An item of a list is named by its number and has a line of its own."""
    items = read("- one\n- two\n").items()
    assert [(item.text(), item.line, item.steps) for item in items] == [
        ("one", 1, ("0",)),
        ("two", 2, ("1",)),
    ]


@pytest.mark.parametrize("text", ["12:00:00:00:00:01", "no", "0x10", "1e3", "2020-01-01", "'~'"])
def test_text_is_what_stands_in_the_file(text):
    """What YAML takes for a number, a truth or a date is still the text that was written."""
    assert read(f"a: {text}").entries()["a"].text() == text.strip("'")


def test_a_byte_order_mark_is_no_part_of_the_text():
    """A file saved by Notepad reads like any other."""
    assert list(read(b"\xef\xbb\xbfa: b\r\n").entries()) == ["a"]


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("1500", 1500), ("-7", -7)])
def test_whole_numbers(text, value):
    """Plain decimal digits are a number."""
    assert read(f"a: {text}").entries()["a"].number() == value


@pytest.mark.parametrize(
    "text", ["'1500'", "0x5dc", "1_500", "007", "1.0", "many", "9" * 10, "9" * 5000, "true"]
)
def test_other_spellings_of_numbers_are_refused(text):
    """What another reader of YAML might take for another number is not a number."""
    with pytest.raises(SpecError, match=r"some\.yaml:1: a: expected a whole number, got"):
        read(f"a: {text}").entries()["a"].number()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", None, "the file is empty"),
        ("# nothing but this\n", None, "the file is empty"),
        ("~", None, "the file is empty"),
        ("a: b\n  c: d", 2, "mapping values are not allowed here"),
        ("a: [b\n", 2, "expected ',' or ']'"),
        ("a: b\n---\nc: d\n", 2, "but found another document"),
        ("a: &x b\nc: *x\n", 2, "the alias *x is not understood; write it out"),
        ("a: !!python/object/apply:os.system [ls]", 1, "the tag 'tag:yaml.org,2002:python/ob"),
        ("a: !b c", 1, "the tag '!b' is not understood"),
        ("[" * 100_000, 1, f"nested deeper than {MAXIMUM_DEPTH} levels"),
        ("a: b\nc: \x07", 2, "character 0x0007 is not allowed"),
        (b"a: b\nc: \xff", 2, "not UTF-8: byte 0xff at offset 8"),
        ('a: b\nc: "\\Uffffffff"', 2, "a number in it is too large"),
        (f"%YAML {'9' * 5000}.1\n---\na: b", 1, "a number in it is too large"),
        (b"#" * (MAXIMUM_BYTES + 1), None, "larger than 524288 bytes"),
        ("a: !x!y z", 1, "found undefined tag handle '!x!'"),
    ],
)
def test_what_cannot_be_read_is_refused(text, line, said):
    """A broken file is refused with the line and the reason, whatever the YAML reader raised."""
    with pytest.raises(SpecError) as caught:
        read(text)
    assert said in caught.value.problem
    assert (caught.value.line, caught.value.path, caught.value.key) == (line, FILE, "")


def test_the_readers_own_words_are_made_harmless():
    """A message that quotes the file contains no control character and is short."""
    with pytest.raises(SpecError) as caught:
        read(f"a: !{'x' * 1000}!y z")
    assert caught.value.problem.isprintable()
    assert len(caught.value.problem) <= 200


def test_a_repeated_key_is_refused():
    """The second of two equal keys does not silently win."""
    with pytest.raises(
        SpecError, match=r"some\.yaml:3: a: 'b' stands here twice, first on line 2"
    ):
        read("a:\n  b: 1\n  b: 2\n").entries()["a"].entries()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1: b", "the key '1' is not text to YAML; put it in quotes"),
        ("on: b", "the key 'on' is not text to YAML"),
        ("<<: {a: b}", "the key '<<' is not text to YAML"),
        ("? [a]\n: b", "a key is not text"),
    ],
)
def test_keys_are_text(text, said):
    """A key that YAML takes for something else is refused, not guessed at."""
    with pytest.raises(SpecError) as caught:
        read(text).entries()
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "method", "said"),
    [
        ("[a]", "entries", "expected a mapping, got a list"),
        ("a", "entries", "expected a mapping, got 'a'"),
        ("{a: b}", "items", "expected a list, got a mapping"),
        ("{a: b}", "text", "expected text, got a mapping"),
        ("[a]", "text", "expected text, got a list"),
    ],
)
def test_another_kind_of_value_is_refused(text, method, said):
    """A list where a mapping belongs, and the like, is named as what it is."""
    place = read(text)
    with pytest.raises(SpecError, match=rf"some\.yaml:1: {said}"):
        getattr(place, method)()


@pytest.mark.parametrize(
    ("method", "said"),
    [("entries", "expected a mapping, got nothing"), ("text", "has no value")],
)
def test_a_key_without_a_value_is_refused(method, said):
    """A key that somebody forgot to go on with is no empty text."""
    with pytest.raises(SpecError, match=rf"some\.yaml:1: a: {said}"):
        getattr(read("a:").entries()["a"], method)()


def test_known_fields():
    """Known keys are handed out, and a key that may be missing may be missing."""
    fields = read("kind: hub").fields(("kind", "driver"), required=("kind",))
    assert list(fields) == ["kind"]


def test_unknown_fields_are_refused():
    """A misspelt key is refused with the right one, on its own line."""
    with pytest.raises(SpecError, match=r"some\.yaml:2: unknown key 'knid'; did you mean 'kind'"):
        read("driver: wire\nknid: hub").fields(("kind", "driver"), required=())


def test_missing_fields_are_refused():
    """A key that must be there is asked for."""
    with pytest.raises(SpecError, match=r"some\.yaml:1: the key 'kind' is missing"):
        read("driver: wire").fields(("kind", "driver"), required=("kind",))


def test_known_words():
    """One of the known words is accepted."""
    assert read("a: hub").entries()["a"].word(["hub", "cable"]) == "hub"


def test_unknown_words_are_refused():
    """A misspelt word is refused with the right one."""
    with pytest.raises(SpecError, match="unknown word 'hubb'; did you mean 'hub'"):
        read("a: hubb").entries()["a"].word(["hub", "cable"])
