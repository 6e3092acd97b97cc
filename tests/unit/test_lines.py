"""Links that are not perfect: what waits there, how long, and what lets it go."""

from __future__ import annotations

import time

import pytest

from l2harness.network.lines import Lines
from l2harness.network.loop import Deadline, Loop
from l2harness.network.mischief import Freight
from l2harness.network.timeline import DeedKind, Direction
from l2harness.topology import Impairment

HEADER = bytes.fromhex("ffffffffffff 020000000001 88b5")
OUT = ("h1.eth0", Direction.OUT)
IN = ("h1.eth0", Direction.IN)


class Watched:
    """Lines, and what came of the frames on them: (way, number) and (number, kind)."""

    def __init__(self, loop, impairments, seed="1"):
        self.gone, self.done, self.turns = [], [], 0
        self.lines = Lines(
            loop,
            impairments,
            seed,
            gone=lambda way, freight: self.gone.append((way, freight.number, time.monotonic())),
            done=lambda number, deed: self.done.append((number, deed.kind)),
            turn_over=self._turn_over,
        )

    def _turn_over(self):
        self.turns += 1

    def enter(self, way, *numbers, sender="h1.eth0"):
        for number in numbers:
            self.lines.enter(way, Freight(HEADER + bytes([number]), number, sender=sender))

    @property
    def numbers(self):
        return [number for _, number, _ in self.gone]


@pytest.fixture
def loop():
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def watched(loop):
    """Make lines from impairments; a run has begun."""
    made = []

    def make(impairments, *, begun=True, seed="1"):
        made.append(Watched(loop, impairments, seed))
        if begun:
            made[-1].lines.begin_run("run")
        return made[-1]

    yield make
    for it in made:
        it.lines.close()


def test_perfect_links_are_not_in_the_way(watched):
    """A frame gets over a link that nothing is said about at once."""
    it = watched({OUT: Impairment(loss=1.0)})
    it.enter(IN, 1, 2)
    it.enter(OUT, 3)
    assert it.numbers == [1, 2]
    assert it.done == [(3, DeedKind.LOST)]


def test_nothing_is_impaired_before_a_run(watched):
    """While the network is made ready even the worst line is perfect."""
    it = watched({OUT: Impairment(loss=1.0, delay_s=10)}, begun=False)
    it.enter(OUT, 1)
    assert it.numbers == [1]


def test_a_delay_is_waited_for(watched, loop):
    """No frame gets over before its time, and the loop wakes up for each by itself."""
    it = watched({OUT: Impairment(delay_s=0.03)})
    begun_s = time.monotonic()
    it.enter(OUT, 1, 2)
    assert it.numbers == []
    assert it.lines.under_way(2, ())
    assert loop.wait(lambda: len(it.numbers) == 2, Deadline.after(60))
    assert it.numbers == [1, 2]
    assert all(at_s - begun_s >= 0.03 for _, _, at_s in it.gone)
    assert not it.lines.under_way(2, ())
    assert it.turns >= 1


def test_ways_do_not_wait_for_each_other(watched, loop):
    """A quick line is quick beside a slow one, also when the slow one was first."""
    it = watched({OUT: Impairment(delay_s=5), IN: Impairment(delay_s=0.01)})
    it.enter(OUT, 1)
    it.enter(IN, 2)
    assert loop.wait(lambda: it.numbers, Deadline.after(60)) == [2]
    assert it.lines.under_way(1, ())


def test_who_is_asked_about(watched):
    """Frames that came later, and those of floods, are another matter."""
    it = watched({OUT: Impairment(delay_s=5)})
    it.enter(OUT, 3)
    it.enter(OUT, 4, sender="h2.eth0")
    assert not it.lines.under_way(2, ())
    assert it.lines.under_way(3, ())
    assert not it.lines.under_way(3, {"h1.eth0"})
    assert it.lines.under_way(4, {"h1.eth0"})
    assert it.lines.latest_s(3, ()) == it.lines.next_s


def test_what_waits_for_the_next_frame(watched):
    """A frame that is held back is under way, and goes when no other comes."""
    it = watched({OUT: Impairment(reordering=1.0)})
    it.enter(OUT, 1, 2, 3)
    assert it.numbers == [2, 1]
    assert it.lines.under_way(3, ())
    assert not it.lines.latest_s(3, ())
    it.lines.let_go()
    assert it.numbers == [2, 1, 3]
    assert not it.lines.under_way(3, ())


def test_outward_ways_let_go_first(watched):
    """What is still to come out of a host may be what the other waits for."""
    it = watched({IN: Impairment(reordering=1.0), OUT: Impairment(reordering=1.0)})
    it.enter(IN, 1)
    it.enter(OUT, 2)
    it.lines.let_go()
    assert it.numbers == [2]
    it.lines.let_go()
    assert it.numbers == [2, 1]


def test_a_run_begins_with_nothing_under_way(watched, loop):
    """What waited in the run before does not get into the next."""
    it = watched({OUT: Impairment(delay_s=0.01), IN: Impairment(reordering=1.0)})
    it.enter(OUT, 1)
    it.enter(IN, 2)
    it.lines.begin_run("next")
    assert not it.lines.under_way(2, ())
    it.enter(OUT, 3)
    assert loop.wait(lambda: it.numbers, Deadline.after(60)) == [3]


def fates(it):
    """The fates of a hundred frames."""
    it.done.clear()
    it.enter(OUT, *range(1, 101))
    return list(it.done)


def test_a_run_is_the_same_whatever_was_before_it(watched):
    """Fates follow from the seed and the run's name, not from the order of runs."""
    bad = {OUT: Impairment(loss=0.5)}
    it = watched(bad)
    first = fates(it)
    it.lines.begin_run("other")
    other = fates(it)
    it.lines.begin_run("run")
    assert fates(it) == first != other
    assert fates(watched(bad)) == first
    assert fates(watched(bad, seed="2")) != first


def test_closing_ends_what_waits(watched, loop):
    """Nothing comes of frames under way once the lines are closed, and twice is no error."""
    it = watched({OUT: Impairment(delay_s=0.001)})
    it.enter(OUT, 1)
    it.lines.close()
    it.lines.close()
    loop.drain()
    assert it.numbers == []


def test_an_error_does_not_stop_the_clock(loop):
    """A fault in one frame's delivery is raised, and the frames after it still get their time."""
    seen = []

    def gone(way, freight):
        seen.append(freight.number)
        if freight.number == 1:
            raise OSError("the first one fails")

    lines = Lines(
        loop,
        {OUT: Impairment(delay_s=0.001)},
        "1",
        gone=gone,
        done=lambda number, deed: None,
        turn_over=lambda: None,
    )
    lines.begin_run("run")
    for number in (1, 2):
        lines.enter(OUT, Freight(HEADER, number))
    with pytest.raises(OSError, match="the first one"):
        loop.wait(lambda: False, Deadline.after(60))
    assert loop.wait(lambda: seen == [1, 2], Deadline.after(60))
    lines.close()
