"""Networks in reports: they come back as they were, and what could be none is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from results import TOPOLOGY

from l2harness.grading.network_record import InterfaceRecord, TopologyRecord
from l2harness.topology import find_topology, resolve, shipped_topologies


@pytest.mark.parametrize("name", shipped_topologies())
def test_every_shipped_one_is_kept(name):
    """Nothing but the seed is lost: what is declared again has the addresses that were drawn."""
    resolved = resolve(find_topology(name), 7)
    record = TopologyRecord.of(resolved)
    again = resolve(record.declared(), 8)
    assert [it.mac for it in again.interfaces] == [it.mac for it in resolved.interfaces]
    assert replace(again, seed="7") == resolved


def interface(**changes):
    """The topology with something else about its first interface."""
    first, *others = TOPOLOGY.hosts
    one, *rest = first.interfaces
    changed = replace(first, interfaces=(replace(one, **changes), *rest))
    return lambda: replace(TOPOLOGY, hosts=(changed, *others))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (interface(mac="02:00"), "topology: .*02:00"),
        (interface(mac="03:00:00:00:00:01"), "multicast"),
        (interface(segment="moon"), "no segment 'moon'"),
        (interface(name="<script>alert(1)</script>"), "cannot name an interface"),
        (interface(name="x" * 16), "the limit is 15"),
        (interface(mtu=-1), "-1 is not in"),
        (lambda: replace(TOPOLOGY, links=(("lan", "lan"),)), "closes a loop"),
        (lambda: replace(TOPOLOGY, hosts=()), "no host"),
    ],
)
def test_what_could_be_no_network_is_refused(change, sentence):
    """Whoever draws a record from a stranger's file can rely on it."""
    with pytest.raises(ValueError, match=sentence):
        change()


def test_an_address_may_be_written_in_any_way():
    """The control: what is only unusual is taken."""
    record = InterfaceRecord("eth0", "02-00-00-4A-1B-2C", 1500, "lan")
    assert record.mac == "02-00-00-4A-1B-2C"
    assert interface(mac="02-00-00-4A-1B-2C")().declared().hosts[0].interfaces[0].mac is not None
