"""Exhibits: the bytes that a check speaks of are found among the frames of its runs."""

from __future__ import annotations

from l2harness.grading.exhibits import with_exhibits
from l2harness.grading.result import CheckResult, Evidence, FrameRecord, RunResult, Verdict
from l2harness.labs.api import Exhibit

DATA, OTHER = b"\x01" * 14, b"\x02" * 14


def run(name, *frames, truncated=False):
    """A run with frames of this data at h1.eth0."""
    records = (FrameRecord("h1.eth0", "out", "program", it.hex(), truncated) for it in frames)
    return RunResult(name, name, tuple(records))


def evidence(*exhibits, runs=(), named=("one",), parts=None):
    """The evidence of a failed check that looked at the runs ``named``."""
    check = CheckResult(
        "a.b", "It.", Verdict.FAIL, 0, 1, evidence=tuple(Evidence(name) for name in named)
    )
    (found,) = with_exhibits([check], {"a.b": exhibits}, runs, parts or {})
    return found.evidence


def test_a_frame_is_found():
    """With its run and its place, beside the frame that should have been there."""
    found = evidence(Exhibit("h1.eth0", DATA, OTHER), runs=[run("one", OTHER, DATA)])
    assert found == (Evidence("one", "h1.eth0", 1, DATA.hex(), "", OTHER.hex()),)


def test_it_is_looked_for_in_every_run():
    """The runs that it is not in stay as they were."""
    runs = [run("one", OTHER), run("two", DATA)]
    found = evidence(Exhibit("h1.eth0", DATA), runs=runs, named=("one", "two"))
    assert found == (Evidence("two", "h1.eth0", 0, DATA.hex()), Evidence("one"))


def test_a_named_run_is_the_only_one():
    """A check that knows the run says so."""
    runs = [run("one", DATA), run("two", DATA)]
    found = evidence(Exhibit("h1.eth0", DATA, run="two"), runs=runs, named=("one", "two"))
    assert found[0].run == "two"


def test_no_frame_where_one_should_be():
    """The place is kept, without a frame."""
    assert evidence(Exhibit("h1.eth1"), runs=[run("one", DATA)]) == (Evidence("one", "h1.eth1"),)


def test_a_frame_that_the_report_does_not_keep():
    """Its bytes are shown all the same."""
    (found,) = evidence(Exhibit("h1.eth0", DATA), runs=[run("one", OTHER)])
    assert (found.frame, found.bytes) == (None, DATA.hex())


def test_a_frame_of_which_only_the_beginning_is_kept():
    """It is found by that; a frame that merely begins alike is another one."""
    longer = DATA + b"\x03"
    assert evidence(Exhibit("h1.eth0", longer), runs=[run("one", DATA)])[0].frame is None
    cut = run("one", DATA, truncated=True)
    assert evidence(Exhibit("h1.eth0", longer), runs=[cut])[0].frame == 0


def test_the_same_bytes_elsewhere():
    """A frame is found where it was seen, not at another interface."""
    assert evidence(Exhibit("h2.eth0", DATA), runs=[run("one", DATA)])[0].frame is None


def test_a_run_that_only_puts_others_together():
    """Its parts are named in its place, each once."""
    found = evidence(named=("whole", "one"), parts={"whole": ["one", "two"]})
    assert found == (Evidence("one"), Evidence("two"))


def test_without_runs():
    """A check that looked at none has no place, and is no trouble."""
    assert evidence(Exhibit("h1.eth0", DATA), named=()) == (
        Evidence("", "h1.eth0", None, DATA.hex()),
    )
