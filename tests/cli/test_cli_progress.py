"""How far a grading has come: what is written, and what a terminal shows of it."""

import errno
import io
import sys

from l2harness.commands.progress import Progress, progress
from l2harness.reports.screen import Screen

ERASE = "\r\x1b[2K"


def drawn(act, *, total=2, live=True, **screen):
    """What is written while ``act`` uses a progress."""
    stream = io.StringIO()
    act(Progress(total, stream, Screen(**screen), live=live))
    return stream.getvalue()


class TestTerminal:
    """A line that changes."""

    def test_how_far(self):
        """Which one of how many, its name, and the run that is being made."""

        def act(line):
            line.begin("alice")
            line.runs(1, 4)
            line.finish("fine")
            line.begin("bob")

        frames = drawn(act).split(ERASE)[1:]
        assert frames == [
            "░░░░░░░░░░░░░░░░ 1/2 · alice · getting ready",
            "██░░░░░░░░░░░░░░ 1/2 · alice · run 2 of 4",
            "████████░░░░░░░░ 2/2 · bob · getting ready",
        ]

    def test_a_single_one(self):
        """No count where there is nothing to count."""
        assert "1/1" not in drawn(lambda line: line.begin("alice"), total=1)

    def test_the_last_run(self):
        """When all runs are made the number does not run on."""
        assert "run 4 of 4" in drawn(lambda line: line.runs(4, 4))

    def test_it_fits(self):
        """A line that wrapped could not be taken away: it is cut, wide characters count twice."""
        for name in ("a" * 200, "漢" * 200):
            (_, line) = drawn(lambda line, name=name: line.begin(name), width=40).split(ERASE)
            assert len(line) + line.count("漢") <= 39

    def test_a_strangers_name(self):
        """A name does nothing to the terminal."""
        line = drawn(lambda line: line.begin("\x1b[31m\na"))
        assert line.count("\x1b") == 1
        assert "\n" not in line

    def test_ascii(self):
        """A terminal that has only ASCII gets only that."""
        assert drawn(lambda line: line.begin("é"), unicode=False).isascii()

    def test_what_stays(self):
        """What is remarkable gets a line of its own; what is not leaves none."""

        def act(line):
            line.begin("alice")
            line.finish("fine")
            line.begin("bob")
            line.finish("broken", remarkable=True)

        assert drawn(act).endswith(f"{ERASE}[2/2] bob: broken\n")
        assert "fine" not in drawn(act)

    def test_how_long(self, monkeypatch):
        """Once one is finished the rest is forecast, if it is worth it."""
        now = iter([0.0, 60.0, 60.0, 60.0])
        monkeypatch.setattr("time.monotonic", lambda: next(now))

        def act(line):
            line.finish("fine")
            line.begin("bob")

        assert drawn(act, total=4).endswith(" · 3 min left")


class TestPipe:
    """A line for each that is finished."""

    def test_lines(self):
        """Nothing but finished ones, without a control character."""

        def act(line):
            line.begin("a\x1bb")
            line.runs(1, 2)
            line.finish("fine")
            line.clear()

        assert drawn(act, live=False) == "[1/2] a\\x1bb: fine\n"

    def test_a_stream_without_a_descriptor(self, monkeypatch):
        """It is written to as it is."""
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        with progress(1) as line:
            line.say("hello")
        assert sys.stderr.getvalue() == "hello\n"

    def test_nobody_reads(self):
        """A stream that has gone ends no grading."""

        class Gone(io.StringIO):
            def write(self, text):
                raise OSError(errno.EPIPE, "Broken pipe")

        line = Progress(1, Gone(), Screen(), live=False)
        line.say("hello")
