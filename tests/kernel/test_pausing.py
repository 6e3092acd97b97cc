"""Programs that are kept from running, or from being read: they stand still, and go on."""

import pytest

from l2harness.network.loop import Deadline
from l2harness.network.room import Room
from l2harness.programs.output import terminal_room
from l2harness.programs.pausing import stopped, unheard
from l2harness.programs.procfs import Activity

WITHIN_S = 20
#: Says when it begins, and a second process of it counts for ever in a file.
COUNTS = """
import os, sys
if os.fork():
    print("ready", flush=True)
    for line in sys.stdin:
        print("heard", flush=True)
count = 0
while True:
    count += 1
"""
PRINTS = """
print("x" * 23)
for number in range(%d):
    print("y" * 23, flush=True)
print("through", flush=True)
"""


@pytest.fixture
def start(make_stage):
    """Start a Python program on h1 of a pair; (stage, program)."""

    def begin(text):
        stage = make_stage({"program": f"#!/usr/bin/python3\n{text}"})
        return stage, stage.start("h1", "program")

    return begin


def printed(stage, program, word):
    """Whether a program has printed a word in time."""
    return stage.network.loop.wait(lambda: word in program.output(), Deadline.after(WITHIN_S))


class TestStopped:
    """`stopped` has all of a program stand still."""

    def test_all_of_it_stands_still(self, start):
        """No thread of it moves meanwhile, its child's neither; afterwards they do."""
        stage, program = start(COUNTS)
        assert printed(stage, program, b"ready")
        loop = stage.network.loop
        with stopped(loop, program):
            before = Activity.sample(program.pids())
            assert len({it.pid for it in before.threads}) == 2
            assert {it.state for it in before.threads} == {"T"}
            loop.drain()
            assert Activity.sample(program.pids()).cpu_s == before.cpu_s
        assert loop.wait(
            lambda: Activity.sample(program.pids()).cpu_s > before.cpu_s,
            Deadline.after(WITHIN_S),
            poll=True,
        )

    def test_it_goes_on_after_an_error(self, start):
        """Whatever happens meanwhile."""
        stage, program = start(COUNTS)
        assert printed(stage, program, b"ready")
        with pytest.raises(ZeroDivisionError), stopped(stage.network.loop, program):
            raise ZeroDivisionError
        now = Activity.sample(program.pids())
        assert "T" not in {it.state for it in now.threads}

    def test_one_that_has_ended(self, start):
        """Is none of its business."""
        stage, program = start("")
        program.finish(Deadline.after(WITHIN_S))
        with stopped(stage.network.loop, program):
            assert program.pids() == []


def test_unheard(start):
    """What it prints waits in its terminal until that is full, and comes afterwards, whole."""
    lines = 2 * terminal_room(b"y" * 23 + b"\n") // 24
    stage, program = start(PRINTS % lines)
    loop = stage.network.loop
    with unheard(loop, program):
        earlier = []

        def stands_still():
            now = Activity.sample(program.pids())
            moved = not earlier or not now.unmoved_since(earlier[-1])
            earlier[:] = [now]
            return not moved and all(it.state == "S" for it in now.threads) and now.cpu_s > 0

        assert loop.wait(stands_still, Deadline.after(WITHIN_S), poll=True)
        assert program.output() == b""
        assert program.running
    program.finish(Deadline.after(WITHIN_S))
    assert program.output().count(b"y" * 23 + b"\n") == lines
    assert program.output().endswith(b"through\n")


def test_the_room_of_a_socket(make_stage):
    """The kernel says what a buffer has by itself, and gives at least as much when asked."""
    stage = make_stage({"program": "#!/bin/sh\n"})
    room = Room.of(stage.network.namespace("h1"))
    assert room.usual_bytes > 0
    assert room.most_bytes >= 2_304  # the least that the kernel makes of any wish
