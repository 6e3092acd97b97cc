"""Any bytes as YAML: a topology or a `SpecError`; names or a `SubmissionError`."""

import pytest
from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.targets import documents, seeds

#: What means something to YAML, and what has been too much for its readers.
WORDS = [
    "a",
    ": ",
    "- ",
    "\n",
    "  ",
    "&a ",
    "*a",
    "!!python/object:os.system ",
    "!",
    "{",
    "}",
    "[",
]
WORDS += ["]", ",", "|", ">", "?", "'", '"', "#", "%YAML 1.1\n", "---\n", "...", "<<: ", "~", "\t"]
WORDS += [
    "hosts:",
    "submission_1:",
    ":submitters:",
    ":name:",
    "0x",
    "1e999",
    "2025-01-01",
    "\ufeff",
]


@settings(deadline=None)
@given(
    damaged(seeds("documents"))
    | st.binary(max_size=100)
    | st.lists(st.sampled_from(WORDS), max_size=30).map(lambda words: "".join(words).encode())
)
def test_documents(data):
    """Tags run nothing, aliases multiply nothing, and no exception of PyYAML gets through."""
    documents(data)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 50_000,
        b"{a: " * 50_000,
        b"- " * 50_000,
        b"a: &a [" + b"x, " * 100 + b"]\n" + b"b: &b [" + b"*a, " * 100 + b"]\n" * 5,
        b"a: " + b"'" * 100_000,
        b"? " * 20_000,
        b"!!python/object/apply:os.system ['true']",
        "a: \ud800".encode("utf-8", "surrogatepass"),
        b"\xff\xfea\0:\0",
    ],
)
def test_what_other_readers_fell_for(data):
    """Depth, repetition, and code are refused, or read as the text that they are."""
    documents(data)
