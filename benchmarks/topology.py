"""Two hosts, ready for the first frame: beside Mininet on the same machine, in the same run."""

from __future__ import annotations

import shutil
import subprocess

from benchmarks.measure import Row, Spread, timed_ms

_MININET = """
import time
from mininet.net import Mininet
from mininet.topo import Topo
from mininet.log import setLogLevel
setLogLevel("critical")
class Two(Topo):
    def build(self):
        self.addLink(self.addHost("h1"), self.addHost("h2"))
for _ in range({times}):
    net = Mininet(topo=Two(), controller=None, build=False)
    begun = time.perf_counter()
    net.build()
    net.start()
    net.stop()
    print((time.perf_counter() - begun) * 1e3)
"""


def two_hosts(times: int = 15) -> list[Row]:
    """Measure `Network.build` of two hosts on a cable, and up and down beside Mininet."""
    from l2harness.network.network import Network
    from l2harness.topology import find_topology, resolve

    topology = resolve(find_topology("pair"), 1)
    up, both, gone = [], [], []
    for _ in range(times + 1):
        networks: list[Network] = []
        up.append(timed_ms(lambda: networks.append(Network.build(topology))))  # noqa: B023
        both.append(up[-1] + timed_ms(lambda: networks[0].close(wait=False)))  # noqa: B023
        gone.append(up[-1] + timed_ms(networks[0].closed))
    # The first one imports pyroute2, once for a process.
    ready = Spread.of(up[1:])
    rows = [Row("two hosts, up and probed", ready, "ms", "≤ 8 ms", ready.median <= 8)]
    mininet = _mininet(times)
    if mininet:
        theirs = Spread.of(mininet).median
        for what, ours, reach in (
            ("Mininet start + stop, over ours up + close", both[1:], 10.0),
            ("… over ours up + until the kernel has let go", gone[1:], 0.0),
        ):
            ratio = Spread.of([a / b for a, b in zip(mininet, ours, strict=False)])
            note = f"Mininet {theirs:.1f} ms, ours {Spread.of(ours).median:.1f} ms"
            wanted = f"≥ {reach:.0f} x" if reach else "–"
            rows.append(Row(what, ratio, "x", wanted, ratio.median >= reach, note))
    return rows


def _mininet(times: int) -> list[float]:
    """Measure Mininet, where it is installed and we are root; else nothing."""
    if shutil.which("mn") is None:
        return []
    script = _MININET.format(times=times)
    done = subprocess.run(
        ["/usr/bin/python3", "-c", script], capture_output=True, text=True, check=False
    )
    return [float(line) for line in done.stdout.split()] if done.returncode == 0 else []
