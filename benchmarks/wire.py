"""The wire in user space: how many frames it relays, what it adds, and whether it repeats itself.

Run alone (``python -m benchmarks.wire``) it prints a digest of what an impaired network delivers,
so that the same can be done by another user.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.measure import Row, Spread
from benchmarks.repeat import busy_cores

if TYPE_CHECKING:
    from l2harness.network.network import Network

#: Frames that fit into the queue of a socket without privilege.
_BURST: Final = 200
_NOBODY: Final = 65534
_IMPAIRED: Final = """
hosts: {h1: {eth0: lan}, h2: {eth0: lan}}
segments:
  lan:
    kind: cable
    driver: wire
    impairments:
      {loss: 10%, duplication: 10%, corruption: 10%, reordering: 10%, delay: 1ms, jitter: 1ms}
"""
#: Of what this network delivers of two thousand frames with seed 7, on every machine.
_DELIVERED: Final = "26b4cd0e275341821675afff052d057916414364"


def wire() -> list[Row]:
    """Measure all of it."""
    return [_relayed(), _added(), *_repeated()]


def _network(topology: str, driver: str) -> Network:
    from l2harness.network.network import Network
    from l2harness.network.wire import Budget
    from l2harness.topology import Driver, find_topology, override, resolve

    declared = override(find_topology(topology), driver=Driver(driver))
    network = Network.build(resolve(declared, 1))
    network.begin_run()
    network.wire.budget = Budget(1 << 40, 1 << 50)
    return network


def _relayed(bursts: int = 100) -> Row:
    """
    Let frames of 64 bytes wait before the wire, and see how fast it brings them to the host.

    It never waits meanwhile, so the time of a core is what it takes; others may use the machine.
    """
    rates = []
    lost = 0
    with _network("pair", "wire") as network:
        data = _frame(network, 64)
        sender = network.sender("h1.eth0")
        for _ in range(bursts):
            carried = network.wire.carried["h1.eth0"] + _BURST
            received = network.counters("h2.eth0").received + _BURST
            for _ in range(_BURST):
                sender.send(data)
            begun = time.thread_time()
            while network.wire.carried["h1.eth0"] < carried:
                network.loop.step(10.0)
            rates.append(_BURST / (time.thread_time() - begun))
            lost += received - network.counters("h2.eth0").received
            network.timeline.events.clear()
    rate = Spread.of(rates)
    note = f"{bursts * _BURST} frames, {lost} lost; the seconds are those of one core"
    reached = rate.median >= 50_000 and lost == 0
    return Row("frames relayed by the wire", rate, "/s", "≥ 50,000/s, 0 lost", reached, note)


def _added(times: int = 1000) -> Row:
    """Send frames over the wire and over a bare cable in turn, from socket to socket."""
    with _network("pair", "wire") as ours, _network("pair", "kernel") as bare:
        ways = [
            (network.port("h1.eth0"), network.port("h2.eth0"), _frame(network, 64))
            for network in (ours, bare)
        ]
        taken: list[list[float]] = [[], []]
        for _ in range(times):
            for number, (sender, receiver, data) in enumerate(ways):
                begun = time.perf_counter()
                sender.send(data)
                if receiver.receive(10.0) is None:
                    raise RuntimeError("a frame was lost")
                taken[number].append((time.perf_counter() - begun) * 1e6)
    over, under = (Spread.of(some) for some in taken)
    added = Spread.of([a - b for a, b in zip(*taken, strict=True)])
    note = f"{times} times in turn: wire {over.median:.0f} µs, bare cable {under.median:.0f} µs"
    what = "what the wire adds to a frame's way"
    return Row(what, added, "µs", "≤ 60 µs", added.median <= 60, note)


def _frame(network: Network, size: int) -> bytes:
    head = network.mac("h2.eth0").value + network.mac("h1.eth0").value + b"\x88\xb5"
    return head.ljust(size, b"\0")


def digest(frames: int = 2000) -> str:
    """Return the SHA-1 of what a network with every impairment delivers, seed 7."""
    from l2harness.network.network import Network
    from l2harness.topology import parse_topology, resolve

    declared = parse_topology(_IMPAIRED.encode(), Path("impaired.yaml"))
    with Network.build(resolve(declared, 7)) as network:
        timeline = network.begin_run("benchmark")
        for number in range(frames):
            network.send("h1.eth0", _frame(network, 64) + number.to_bytes(4, "big"))
            if number % _BURST == _BURST - 1:
                network.loop.drain()
        network.settle()
        stream = hashlib.sha1(usedforsecurity=False)
        for event in timeline.frames("h2.eth0"):
            stream.update(event.data)
    return stream.hexdigest()


def _repeated() -> list[Row]:
    """Compare what is delivered here, under load, and as another user with what always is."""
    from l2harness.network import entry

    found = {"here": digest()}
    with busy_cores(4):
        found["under load"] = digest()
    if entry.enter() == "root":
        found["without root"] = _by_nobody()
    same = sum(it == _DELIVERED for it in found.values())
    share = 100 * same / len(found)
    others = [f"{how}: {it}" for how, it in found.items() if it != _DELIVERED]
    what = f"the same bytes delivered: {', '.join(found)}"
    value = Spread(share, share, share)
    return [Row(what, value, "%", "100 %", not others, "; ".join(others))]


def _by_nobody() -> str:
    """Do the same as an unprivileged user; return the digest, or why there is none."""
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, _NOBODY, _NOBODY)
        user = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--"]
        done = subprocess.run(
            [*user, sys.executable, "-B", "-m", "benchmarks.wire"],
            cwd=Path(__file__).resolve().parent.parent,
            env={"PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stdout.strip() or (done.stderr.strip().splitlines() or ["nothing was said"])[-1]


if __name__ == "__main__":
    from l2harness.network import entry

    entry.enter()
    print(digest())
