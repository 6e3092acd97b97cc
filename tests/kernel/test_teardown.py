"""Whatever dies, and however: no namespace, process, mount, file or control group is left."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from bench import lives, write_order

from l2harness.network.cgroups import hierarchies
from l2harness.network.kernel import LinkEnd, Netlink
from l2harness.network.loop import Deadline
from l2harness.programs.cgroup import Groups
from l2harness.programs.procfs import children, descendants

WITHIN_S = 30

#: A program that does what it can to outlive its parents.
DAEMON = """#!/usr/bin/python3
import os, signal, sys
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.open("left-behind", os.O_CREAT)
        print("daemon", flush=True)
        while True:
            signal.pause()
while True:
    signal.pause()
"""

#: A harness with a network up and that program running; says where its namespaces are.
HARNESS = """
import json, os, sys
from dataclasses import replace
from pathlib import Path
from l2harness.network import entry
entry.enter()
from l2harness.grading.equip import Order, equipped
from l2harness.labs.lab import load_lab
from l2harness.labs.stage import Stage
from l2harness.network.loop import Deadline
folder, sandboxed = Path(sys.argv[1]), sys.argv[2] == "sandboxed"
order = Order(load_lab(folder / "lab"), folder / "submission", "test", "1", sandboxed=sandboxed)
with equipped(order) as ready:
    slot = ready.slots[0]
    slot.bring_up()
    network = slot.network
    network.begin_run()
    stage = Stage("test", network, slot.sysfs, ready.equipment)
    program = stage.start("h1", "daemon")
    network.loop.wait(lambda: b"daemon" in program.output(), Deadline.after(30))
    held = network.namespaces
    print(json.dumps([held.fabric, *held.hosts]), flush=True)
    sys.stdin.read()
    stage.close()
"""


@pytest.fixture
def harness(bubblewrap, tmp_path):
    """Start a whole harness of its own, in namespaces inside ours: (process, its namespaces)."""
    with contextlib.ExitStack() as started:

        def start(protection):
            write_order(tmp_path / "bench", {"daemon": DAEMON}, topology="segment")
            environment = {k: v for k, v in os.environ.items() if k != "L2HARNESS_INSIDE"}
            process = started.enter_context(
                subprocess.Popen(
                    [sys.executable, "-B", "-c", HARNESS, tmp_path / "bench", protection],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            started.callback(process.kill)
            return process, json.loads(process.stdout.readline())

        yield start


@pytest.fixture
def canaries():
    """
    Tie links from our namespace to others: ``canaries(paths)``; they vanish with those.

    The kernel tells nobody when a namespace ends. But it takes the links along that lead there.
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    netlink = Netlink(home)

    def tie(paths):
        names = []
        for number, path in enumerate(paths):
            there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            names.append(f"canary{number}")
            netlink.create_link(
                LinkEnd(home, names[-1], None, 1500), LinkEnd(there, f"c{number}", None, 1500)
            )
            os.close(there)
        return names

    yield tie
    netlink.close()
    os.close(home)


def interfaces():
    """Names of the interfaces where we are."""
    return {name for _, name in socket.if_nameindex()}


def groups_of(pids):
    """Names of the directories, of the harness's making, that hold processes' control groups."""
    tables = [Path(f"/proc/{pid}/cgroup").read_text() for pid in pids]
    return {name for table in tables for name in re.findall(r"l2harness-\w+", table)}


def groups_left(names):
    """Those of these directories that are still there; the machine may have others of others."""
    mounts, own = (Path(f"/proc/self/{name}").read_text() for name in ("mountinfo", "cgroup"))
    places = {place for tree in hierarchies(mounts, own) for place in tree.places}
    return {place / name for place in places for name in names if (place / name).exists()}


@pytest.mark.parametrize("protection", ["sandboxed", "unprotected"])
@pytest.mark.parametrize("victim", ["outer", "init", "harness"])
def test_a_killed_harness_leaves_nothing(harness, canaries, loop, victim, protection):
    """SIGKILL to any of its processes, with a daemon running: all of it is gone, every part."""
    mounts = Path("/proc/self/mountinfo").read_text()
    files = {place: set(os.listdir(place)) for place in ("/dev/shm", "/run", "/var/tmp")}
    process, spaces = harness(protection)
    (init,) = children(process.pid)
    (inner,) = children(init)
    below = [process.pid, *descendants(process.pid)]
    groups = groups_of(below)
    names = canaries(f"/proc/{inner}/fd/{fd}" for fd in spaces)
    # The control: all of it is there, and would be missed.
    assert set(names) <= interfaces()
    assert len(names) == 4
    assert len(below) >= 5
    assert all(map(lives, below))
    os.kill({"outer": process.pid, "init": init, "harness": inner}[victim], signal.SIGKILL)
    process.communicate(timeout=WITHIN_S)
    deadline = Deadline.after(WITHIN_S)
    assert loop.wait(lambda: not any(map(lives, below)), deadline, poll=True)
    assert loop.wait(lambda: interfaces().isdisjoint(names), deadline, poll=True)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(init, 0)  # an orphan of a killed process is ours to reap
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert {place: set(os.listdir(place)) for place in files} == files
    Groups.here().close()  # who comes next takes away what a killed one could not
    assert groups_left(groups) == set()


def test_an_orderly_end_leaves_nothing_either(harness, canaries, loop):
    """The same without violence: the program is stopped, and everything is closed."""
    process, spaces = harness("sandboxed")
    (init,) = children(process.pid)
    (inner,) = children(init)
    below = descendants(process.pid)
    groups = groups_of(below)
    names = canaries(f"/proc/{inner}/fd/{fd}" for fd in spaces)
    process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0
    deadline = Deadline.after(WITHIN_S)
    assert loop.wait(lambda: not any(map(lives, below)), deadline, poll=True)
    assert loop.wait(lambda: interfaces().isdisjoint(names), deadline, poll=True)
    assert groups_left(groups) == set()
