"""What a program prints: recorded whole or with its ends, and heard from a terminal."""

import os
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.programs import output
from l2harness.programs.output import Recorder, Terminal


class TestRecorder:
    """Keeping a stream."""

    def test_all_of_an_ordinary_one(self):
        """What is not too long is kept byte for byte."""
        recorder = Recorder()
        for piece in (b"one\n", b"", b"two\n"):
            recorder.write(piece)
        assert recorder.content() == b"one\ntwo\n"
        assert recorder.total_bytes == 8

    @given(st.lists(st.binary(max_size=30)), st.integers(0, 20), st.integers(1, 20))
    def test_head_and_tail(self, pieces, head_bytes, tail_bytes):
        """However it comes in pieces, its first and last bytes are kept, and the gap is said."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(output, "_HEAD_BYTES", head_bytes)
            patch.setattr(output, "_TAIL_BYTES", tail_bytes)
            recorder = Recorder()
            for piece in pieces:
                recorder.write(piece)
            whole, kept = b"".join(pieces), recorder.content()
        assert recorder.total_bytes == len(whole)
        missing = len(whole) - head_bytes - tail_bytes
        if missing <= 0:
            assert kept == whole
        else:
            gap = b"\n[... %d bytes not kept ...]\n" % missing
            assert kept == whole[:head_bytes] + gap + whole[-tail_bytes:]

    def test_memory_is_bounded(self):
        """A flood leaves no more than head and tail behind, whatever the size of its pieces."""
        recorder = Recorder()
        for _ in range(10_000):
            recorder.write(b"x" * 4096)
        assert recorder.total_bytes == 40_960_000
        assert len(recorder.content()) < 300_000


class TestTerminal:
    """A pseudo-terminal of which a program has the other end."""

    @pytest.fixture
    def terminal(self):
        """A terminal; what it hears is in ``heard``, what it let go of in ``closed``."""
        heard, closed = [], []
        made = Terminal(heard.append, closed.append)
        made.heard, made.closed = heard, closed
        yield made
        made.close()

    def test_nothing_is_translated(self, terminal):
        """Every byte arrives as it was written, and nothing comes back."""
        every = bytes(range(256))
        os.write(terminal.theirs, every)
        terminal.read()
        assert b"".join(terminal.heard) == every == terminal.recorder.content()
        os.set_blocking(terminal.theirs, False)
        with pytest.raises(BlockingIOError):
            os.read(terminal.theirs, 1)
        terminal.give_away()

    def test_it_is_a_terminal(self, terminal):
        """The program's end says so, with a size."""
        assert os.isatty(terminal.theirs)
        assert termios.tcgetwinsize(terminal.theirs) == (24, 120)
        terminal.give_away()

    def test_reading_never_waits(self, terminal):
        """With nothing there, nothing is heard, and it stays open."""
        terminal.read()
        assert terminal.heard == []
        assert terminal.open
        terminal.give_away()

    def test_the_end(self, terminal):
        """When nobody holds the other end, the last words are heard and it closes once."""
        os.write(terminal.theirs, b"last words")
        terminal.give_away()
        while terminal.open:
            terminal.read()
        assert b"".join(terminal.heard) == b"last words"
        assert len(terminal.closed) == 1
        terminal.close()
        assert len(terminal.closed) == 1

    def test_our_end_is_not_inherited(self, terminal):
        """A program that is started gets its own end alone."""
        assert not os.get_inheritable(terminal.ours)
        terminal.give_away()
