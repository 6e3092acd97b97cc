"""Networks up and ready for the first frame: beside the kernel's floor, and beside rivals.

Ours is proven to carry frames both ways over every link when the clock stops; the others are up.
Every round measures everybody once, in turn, and ratios are taken within a round.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from benchmarks import rivals
from benchmarks.floor import Floor
from benchmarks.measure import Row, Size, at_least, at_most, not_measured, timed_ms

#: Hosts, rounds, and how much more than the floor it may be; the short form has the first two.
_SIZES = ((2, 15, 3.0), (10, 9, 2.5), (100, 5, 2.5), (1000, 3, 2.5))
#: Rival, hosts, rounds, and by which factor ours is to be faster.
_RIVALS = (("mininet", 2, 9, 20), ("mininet", 100, 3, 8), ("dummynet", 2, 3, 100))
_MUNET = ("munet", 2, 3, 100)


def networks(size: Size) -> list[Row]:
    """Measure `Network.build`, up and closed, beside the floor and the rivals."""
    rows = []
    _up_and_close_ms(2)  # the first one imports pyroute2, once for a process
    with tempfile.TemporaryDirectory() as place:
        try:
            floor = Floor(Path(place))
        except LookupError as error:
            return [not_measured("networks beside the floor", str(error))]
        for hosts, rounds, reach in _SIZES[: 2 if size.short else None]:
            ours, theirs = [], []
            for _ in range(2 if size.short else rounds):
                ours.append(_up_and_close_ms(hosts)[0])
                theirs.append(floor.up_ms(hosts))
            what = f"{hosts} hosts up and probed, over the C floor"
            rows.append(at_most(what, ours, theirs, reach, "floor"))
    for name, hosts, rounds, factor in () if size.short else (*_RIVALS, _MUNET):
        what = f"{name}: {hosts} hosts up and down, over ours"
        if why := rivals.missing(name):
            rows.append(not_measured(what, why))
            continue
        ours, theirs = [], []
        with contextlib.suppress(LookupError):
            for _ in range(rounds):
                theirs.append(rivals.took_ms(name, hosts))
                ours.append(sum(_up_and_close_ms(hosts)))
        if ours:
            rows.append(at_least(what, theirs, ours, factor, "ours"))
        else:
            rows.append(not_measured(what, "it failed here"))
    return rows


def _up_and_close_ms(hosts: int) -> tuple[float, float]:
    """Return what building takes, and what closing takes from whoever goes on working."""
    from l2harness.network.network import Network
    from l2harness.topology import parse_topology, resolve

    named = "\n".join(f"  h{number}: {{eth0: lan}}" for number in range(1, hosts + 1))
    kind = "cable" if hosts == 2 else "hub"
    text = f"hosts:\n{named}\nsegments:\n  lan: {{kind: {kind}, driver: kernel}}\n"
    topology = resolve(parse_topology(text.encode(), Path("bench.yaml")), 1)
    made: list[Network] = []
    up_ms = timed_ms(lambda: made.append(Network.build(topology)))
    close_ms = timed_ms(lambda: made[0].close(wait=False))
    made[0].closed()
    return up_ms, close_ms
