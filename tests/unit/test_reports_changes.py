"""What has changed between two gradings: for better, for worse, and in which bytes."""

from __future__ import annotations

from dataclasses import replace

from pages import swapped
from results import RIGHT_FRAME, WRONG_FRAME, failing, perfect, result

from l2harness.grading.result import CheckResult, FrameRecord, Result, Timing, Verdict
from l2harness.reports.changes import again_to_terminal, changes, changes_to_terminal

CHECK = "client.ethertype"


def with_verdict(verdict, points=0.0) -> Result:
    """A result with one check."""
    blocked = "a.a" if verdict is Verdict.BLOCKED else None
    return result((CheckResult("a.b", "It.", verdict, points, 5, blocked_by=blocked),))


def mended() -> Result:
    """The client of `swapped` with its bytes in order."""
    before = swapped()
    run = before.runs[0]
    frames = tuple(
        replace(it, bytes=it.bytes.replace(WRONG_FRAME[:32], RIGHT_FRAME[:32]))
        for it in run.frames
    )
    right = {check.id: check for check in perfect().checks}
    checks = tuple(
        replace(right[it.id], evidence=it.evidence[:1]) if it.id == CHECK else it
        for it in before.checks
    )
    return replace(
        before,
        checks=checks,
        score=before.score + 6,
        findings=(),
        misconceptions=(),
        runs=(replace(run, frames=frames),),
    )


class TestChanges:
    """Which checks are another way now."""

    def test_better_and_worse(self):
        """Passing is better than anything, and more points are better than fewer."""
        cases = [
            (Verdict.FAIL, 0, Verdict.PASS, 5, True),
            (Verdict.BLOCKED, 0, Verdict.PASS, 5, True),
            (Verdict.FAIL, 1, Verdict.FAIL, 2, True),
            (Verdict.PASS, 5, Verdict.FAIL, 0, False),
            (Verdict.PASS, 5, Verdict.ERROR, 0, False),
        ]
        for before, points, after, then, better in cases:
            (change,) = changes(with_verdict(before, points), with_verdict(after, then))
            assert (change.better, change.worse) == (better, not better)

    def test_neither(self):
        """A check that was not asked, and now fails, is no worse for it."""
        (change,) = changes(with_verdict(Verdict.BLOCKED), with_verdict(Verdict.FAIL))
        assert (change.better, change.worse) == (False, False)

    def test_only_what_both_have(self):
        """A check of another lab is no change."""
        assert changes(with_verdict(Verdict.FAIL), perfect()) == ()
        assert changes(perfect(), perfect()) == ()

    def test_on_the_terminal(self):
        """What is better, what is worse, and the score."""
        drawn = changes_to_terminal(failing(), perfect())
        assert "better ✓ client.ethertype: failed, now passed (+6)" in drawn
        assert "worse" not in drawn
        assert "14 of 34.5 points before, 34.5 of 34.5 points now" in drawn
        assert "worse  ✗ client.ethertype: passed, now failed (-6)" in changes_to_terminal(
            perfect(), failing()
        )

    def test_nothing(self):
        """It is said."""
        assert "Nothing has changed" in changes_to_terminal(failing(), failing())


def with_frames(whole, *frames) -> Result:
    """A result whose only run has these frames, and no times."""
    run = replace(whole.runs[0], frames=frames)
    return replace(whole, runs=(run,), timing=Timing())


class TestAgain:
    """One check, then and now."""

    def test_the_bytes_side_by_side(self):
        """Verdicts, reasons, and what differs in which frame."""
        drawn = again_to_terminal(swapped(), mended(), CHECK)
        assert "then  ✗ failed" in drawn
        assert "now   ✓ passed" in drawn
        assert "left h1.eth0  16 bytes then, 16 bytes now" in drawn
        assert "bytes 12–13: EtherType, then b5 88, now 88 b5" in drawn
        rows = [line.split() for line in drawn.splitlines()]
        assert ["now", "0", *bytes.fromhex(RIGHT_FRAME[:32]).hex(" ").split()] in rows

    def test_what_is_the_same_takes_one_line(self):
        """A frame that has not changed is no news."""
        drawn = again_to_terminal(swapped(), swapped(), CHECK)
        assert "left h1.eth0  16 bytes, the same" in drawn
        assert "differs" not in drawn

    def test_a_frame_more_or_less(self):
        """One side has it, the other has none."""
        none = with_frames(mended())
        assert "16 bytes then, no frame now" in again_to_terminal(swapped(), none, CHECK)
        assert "no frame then, 16 bytes now" in again_to_terminal(none, mended(), CHECK)

    def test_no_frame_at_all(self):
        """Also that is worth a line."""
        none = with_frames(swapped())
        assert "No frame was seen, then or now." in again_to_terminal(none, none, CHECK)

    def test_a_run_that_only_one_of_them_made(self):
        """Its frames stand alone."""
        none = replace(swapped(), runs=(), timing=Timing())
        assert "no frame then, 16 bytes now" in again_to_terminal(none, swapped(), CHECK)

    def test_a_run_that_no_report_has(self):
        """Evidence of it has nothing to be compared."""
        gone = replace(swapped(), runs=(), timing=Timing())
        drawn = again_to_terminal(gone, gone, CHECK)
        assert "frame" not in drawn

    def test_the_same_bytes_from_another_sender(self):
        """They differ in nothing that can be laid side by side."""
        frame = FrameRecord("h1.eth0", "out", "program", RIGHT_FRAME)
        drawn = again_to_terminal(
            with_frames(swapped(), frame),
            with_frames(swapped(), replace(frame, truncated=True)),
            CHECK,
        )
        assert "left h1.eth0  60 bytes then, 60 bytes now" in drawn
        assert "  0  " not in drawn

    def test_a_frame_of_which_no_byte_is_kept(self):
        """Its size is told; there is nothing to lay beside the other one."""
        drawn = again_to_terminal(
            with_frames(swapped(), FrameRecord("h1.eth0", "out", "program", "")),
            with_frames(swapped(), FrameRecord("h1.eth0", "out", "program", RIGHT_FRAME)),
            CHECK,
        )
        assert "left h1.eth0  0 bytes then, 60 bytes now" in drawn
        assert "  0  " not in drawn

    def test_very_many_frames(self):
        """Some are shown, the rest is counted."""
        many = with_frames(swapped(), *[FrameRecord("h1.eth0", "out", "program", "00")] * 50)
        assert "… and 26 more frames" in again_to_terminal(many, many, CHECK)
