"""Many frames: how fast they leave, and that every one of a million arrives.

60 bytes each, on a cable of the kernel's, with nobody listening while only sending is measured.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import rivals
from benchmarks.floor import Floor
from benchmarks.measure import Row, Size, Spread, at_least, columns, not_measured

_DELIVERED_PER_SECOND = 500_000


def frames(size: Size) -> list[Row]:
    """Measure sending beside the floor and rivals, and a delivery that is checked."""
    from l2harness.network import linux
    from l2harness.network.network import Network
    from l2harness.topology import find_topology, override, resolve
    from l2harness.topology.declared import Driver

    topology = resolve(override(find_topology("pair"), driver=Driver.KERNEL), 1)
    count = 5_000 if size.short else 500_000
    rounds = 2 if size.short else 7
    rows = []
    with Network.build(topology) as network, tempfile.TemporaryDirectory() as place:
        sender = network.port("h1.eth0")
        frame = next(_numbered(1))

        def ours(number: int) -> float:
            begun_s = time.perf_counter()
            sender.send_many([frame], times=number)
            return number / (time.perf_counter() - begun_s)

        def inside(rival: str, number: int) -> float:
            with linux.entered(network.namespace("h1")):
                if rival == "trafgen":
                    return rivals.trafgen_per_second(number)
                return number / rivals.took_ms(rival, number) * 1e3

        try:
            floor = Floor(Path(place))
        except LookupError as error:
            rows.append(not_measured("sending beside the floor", str(error)))
        else:
            pairs = [(ours(count), floor.frames_per_second(count)) for _ in range(rounds)]
            what = "60-byte frames sent a second, over the C floor"
            rows.append(at_least(what, *columns(pairs), 0.0, "floor", "/s"))
        for name, number, factor in (("trafgen", count, 0.9), ("scapy", 2_000, 100)):
            what = f"… over those of {name}"
            if size.short:
                continue
            if why := rivals.missing(name):
                rows.append(not_measured(what, why))
                continue
            pairs = [(ours(count), inside(name, number)) for _ in range(rounds)]
            rows.append(at_least(what, *columns(pairs), factor, name, "/s"))
        rows.append(_delivery(network, 5_000 if size.short else 1_000_000, rounds=1))
    return rows


def _delivery(network, count: int, rounds: int) -> Row:  # noqa: ANN001 - imported late
    sender, receiver = network.port("h1.eth0"), network.port("h2.eth0")
    rates, said = [], ""
    complete = True
    for _ in range(rounds):
        delivery = sender.deliver(_numbered(count), receiver)
        rates.append(delivery.sent / delivery.took_s)
        complete = complete and delivery.complete
        said = str(delivery)
    rate = Spread.of(rates)
    return Row(
        f"{count} frames delivered and compared",
        rate,
        "/s",
        f"≥ {_DELIVERED_PER_SECOND}/s, none lost",
        complete and rate.median >= _DELIVERED_PER_SECOND,
        said,
    )


def _numbered(count: int) -> Iterator[bytes]:
    """Frames that differ, made one by one."""
    header = bytes.fromhex("ffffffffffff02000000000188b5")
    rest = bytes(42)
    for number in range(count):
        yield b"".join((header, number.to_bytes(4, "big"), rest))
