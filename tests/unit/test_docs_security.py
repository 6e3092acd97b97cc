"""The page on security names tests, attacks and limits; what it names exists and is so."""

import re
from pathlib import Path

import pytest

from fuzz.targets import TARGETS
from l2harness.programs.archives import ArchiveLimits

TOP = Path(__file__).resolve().parents[2]
PAGE = (TOP / "docs" / "security.md").read_text(encoding="utf-8")
CORPUS = TOP / "l2harness" / "labs" / "hostile"


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`((?:tests|l2harness|fuzz)/[^`]+)`", PAGE)) - {"fuzz/corpus/"})
)
def test_files(name):
    """Every file or pattern of files that the page names is there."""
    assert list(TOP.glob(name.rstrip("/")))


@pytest.mark.parametrize(
    "name",
    sorted({name for name in re.findall(r"`([\w*-]+\.(?:py|mk))`", PAGE) if "_" not in name}),
)
def test_attacks(name):
    """Every attack that it names is in the corpus."""
    assert list(CORPUS.glob(name))


def test_limits():
    """The numbers are those of the program."""
    limits = ArchiveLimits()
    for number in (
        f"{limits.tree.max_bytes >> 20} MiB, {limits.tree.max_files:,} files",
        f"{limits.tree.max_depth} folders inside each other, {limits.tree.max_name_bytes} bytes",
        f"{limits.max_entries:,} entries; {limits.max_unfolded_bytes >> 20} MiB",
        f"a ratio of {limits.max_ratio} for",
    ):
        assert number in PAGE


def test_targets_of_fuzzing():
    """All of them are in the line that is to be copied."""
    assert f"for target in {' '.join(TARGETS)}; do" in PAGE
