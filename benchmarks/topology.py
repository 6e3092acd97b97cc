"""Networks up and ready for the first frame: beside the kernel's floor, and beside rivals.

Ours is proven to carry frames both ways over every link when the clock stops; the others are up.
Every round measures everybody once, in turn, and ratios are taken within a round.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import rivals
from benchmarks.floor import Floor
from benchmarks.measure import Row, Size, at_least, at_most, columns, not_measured, timed_ms

#: What is compared with ours, hosts, rounds, and the ratio to reach: at most that of the floor, at
#: least that of a rival. Small networks come first: taking a thousand hosts away keeps the kernel
#: busy for seconds. The short form has the sizes up to ten, beside the floor.
_ROWS = (
    ("floor", 2, 15, 3),
    ("mininet", 2, 9, 20),
    ("dummynet", 2, 3, 100),
    ("munet", 2, 3, 100),
    ("floor", 10, 9, 2.5),
    ("floor", 100, 5, 2.5),
    ("mininet", 100, 3, 8),
    ("floor", 1000, 3, 2.5),
)
_SHORT_HOSTS = 10


def networks(size: Size) -> list[Row]:
    """Measure `Network.build`, up and closed, beside the floor and the rivals."""
    _up_and_close_ms(2)  # the first one imports pyroute2, once for a process
    with tempfile.TemporaryDirectory() as place:
        try:
            floor = Floor(Path(place))
        except LookupError as error:
            return [not_measured("networks beside the floor", str(error))]
        rows = []
        for name, hosts, rounds, reach in _ROWS:
            if name == "floor" and not (size.short and hosts > _SHORT_HOSTS):
                rows.append(_beside_floor(floor, hosts, 2 if size.short else rounds, reach))
            elif name != "floor" and not size.short:
                rows.append(_beside_rival(name, hosts, rounds, reach))
    return rows


def _beside_floor(floor: Floor, hosts: int, rounds: int, most: float) -> Row:
    pairs = []
    for _ in range(rounds):
        # The floor begins with a small network that is not counted, too: taking away what was
        # there before goes on in the kernel, and would be counted to whoever comes next.
        _up_and_close_ms(2)
        pairs.append((_up_and_close_ms(hosts)[0], floor.up_ms(hosts)))
    what = f"{hosts} hosts up and probed, over the C floor"
    return at_most(what, *columns(pairs), most, "floor")


def _beside_rival(name: str, hosts: int, rounds: int, least: float) -> Row:
    what = f"{name}: {hosts} hosts up and down, over ours"
    if why := rivals.missing(name):
        return not_measured(what, why)
    try:
        pairs = []
        for _ in range(rounds):
            theirs_ms = rivals.took_ms(name, hosts)
            # While they import, the kernel takes away what ours has left; the same is due to us.
            rivals.import_only(name)
            pairs.append((theirs_ms, sum(_up_and_close_ms(hosts))))
    except LookupError as error:
        return not_measured(what, str(error))
    return at_least(what, *columns(pairs), least, "ours")


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
