"""Waiting for events: as soon as they come, never longer than allowed, and from any thread."""

import os
import threading
import time

import pytest

from l2harness.network.loop import Deadline, Interrupted, Loop

LONG_S = 60.0


@pytest.fixture
def loop():
    """A loop that is closed at the end."""
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def pipe():
    """Both ends of a pipe: (read, write)."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


class TestDeadline:
    """Points in time."""

    def test_it_counts_down_to_zero(self):
        """What is left is never negative, and only a past deadline has expired."""
        future, past = Deadline.after(LONG_S), Deadline.after(-1)
        assert 0 < future.remaining_s <= LONG_S
        assert not future.expired
        assert past.remaining_s == 0.0
        assert past.expired

    def test_the_earlier_of_two(self):
        """A sooner deadline is taken, a later one is not."""
        deadline = Deadline.after(LONG_S)
        assert deadline.or_sooner(2 * LONG_S) == deadline
        assert deadline.or_sooner(1).at_s < deadline.at_s


class TestEvents:
    """Descriptors that can be read."""

    def test_a_callback_for_each(self, loop, pipe):
        """Who has something to read is called, once for every step in which it has."""
        read, write = pipe
        called = []
        loop.add(read, lambda: called.append(os.read(read, 1)))
        assert loop.step() is False
        os.write(write, b"ab")
        assert loop.step() is True
        assert called == [b"a"]
        loop.drain()
        assert called == [b"a", b"b"]

    def test_forgetting(self, loop, pipe):
        """A descriptor that was removed is not called any more; removing it again is no error."""
        read, write = pipe
        loop.add(read, lambda: pytest.fail("was removed"))
        loop.remove(read)
        loop.remove(read)
        os.write(write, b"a")
        assert loop.step() is False

    def test_removed_by_another_callback(self, loop):
        """Of two that are ready at once, one may remove the other before its turn."""
        ends = [os.pipe() for _ in range(2)]
        reads = [read for read, _ in ends]
        called = []

        def look(mine):
            called.append(mine)
            for read in reads:
                loop.remove(read)

        for read, write in ends:
            loop.add(read, lambda read=read: look(read))
            os.write(write, b"a")
        loop.step()
        assert len(called) == 1
        for end in (fd for pair in ends for fd in pair):
            os.close(end)

    def test_the_end_of_a_file_is_an_event(self, loop):
        """A hang-up is told like data."""
        read, write = os.pipe()
        ended = []
        loop.add(read, lambda: ended.append(os.read(read, 1)))
        os.close(write)
        loop.step()
        assert ended == [b""]
        os.close(read)

    def test_draining_is_bounded(self, loop, pipe):
        """Somebody who is always ready does not keep us for ever."""
        read, write = pipe
        os.write(write, b"a")
        calls = []
        loop.add(read, lambda: calls.append(1))
        loop.drain(batches=5)
        assert len(calls) == 5


class TestWaiting:
    """Until a condition holds."""

    def test_what_holds_already(self, loop):
        """Its value is returned at once, without an event and past any deadline."""
        assert loop.wait(lambda: "yes", Deadline.after(-1)) == "yes"

    def test_until_an_event(self, loop, pipe):
        """An event from another thread ends the waiting long before the deadline."""
        read, write = pipe
        got = []
        loop.add(read, lambda: got.append(os.read(read, 1)))
        thread = threading.Thread(target=os.write, args=(write, b"x"))
        deadline = Deadline.after(LONG_S)
        thread.start()
        assert loop.wait(lambda: got, deadline) == [b"x"]
        assert not deadline.expired
        thread.join()

    def test_until_the_deadline(self, loop):
        """A condition that never holds gives its false value, not before the time."""
        begun_s = time.monotonic()
        assert loop.wait(lambda: [], Deadline.after(0.02)) == []
        assert time.monotonic() - begun_s >= 0.02

    def test_events_at_the_last_moment_count(self, loop, pipe):
        """What is ready when the deadline has passed is handled before giving up."""
        read, write = pipe
        got = []
        loop.add(read, lambda: got.append(os.read(read, 1)))
        os.write(write, b"x")
        assert loop.wait(lambda: got, Deadline.after(-1)) == [b"x"]

    def test_a_condition_without_an_event(self, loop):
        """With ``poll`` it is looked at again and again, without anything happening."""
        looks = iter(range(100))
        assert loop.wait(lambda: next(looks) >= 5, Deadline.after(LONG_S), poll=True)
        assert next(looks) == 6

    def test_polling_ends_at_the_deadline_too(self, loop):
        """It looks often, and not for longer."""
        looks = []
        assert not loop.wait(lambda: looks.append(1), Deadline.after(0.02), poll=True)
        assert 2 < len(looks) < 100


class TestInterrupting:
    """Somebody else wants it to stop."""

    def test_from_another_thread(self, loop):
        """A waiting thread gets out at once, with an exception."""
        thread = threading.Thread(target=loop.interrupt)
        thread.start()
        with pytest.raises(Interrupted):
            loop.wait(lambda: False, Deadline.after(LONG_S))
        thread.join()

    def test_once(self, loop):
        """After that it works as before."""
        loop.interrupt()
        loop.interrupt()
        with pytest.raises(Interrupted):
            loop.step()
        assert loop.step() is False

    def test_errors_of_callbacks_come_through(self, loop, pipe):
        """What a callback raises, whoever waits gets."""
        read, write = pipe
        loop.add(read, lambda: 1 // 0)
        os.write(write, b"a")
        with pytest.raises(ZeroDivisionError):
            loop.wait(lambda: False, Deadline.after(LONG_S))


def test_closing_leaves_the_descriptors(pipe):
    """A closed loop holds no descriptor of its own, and has not closed those of others."""
    before = len(os.listdir("/proc/self/fd"))
    loop = Loop()
    loop.add(pipe[0], lambda: None)
    loop.close()
    assert len(os.listdir("/proc/self/fd")) == before
    os.fstat(pipe[0])
