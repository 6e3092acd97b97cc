"""Nobody speaks unless a test does: a lab's network is silent, and silence is proven."""

from pathlib import Path

import pytest

from l2harness.network import interfaces, linux
from l2harness.topology import shipped_topologies

CHATTER_WITHIN_S = 20.0


def counters_of(network):
    """What the kernel has counted on every interface of every host."""
    return {host.name: network.control(host.name).counters() for host in network.topology.hosts}


@pytest.mark.parametrize("driver", ["kernel", "wire"])
def test_silence_beside_a_network_that_chatters(make_network, monkeypatch, driver):
    """While an ordinary network begins to speak IPv6 of itself, ours has not moved a counter."""
    quiet = make_network("segment", driver=driver)
    before = counters_of(quiet)
    with monkeypatch.context() as ordinary:
        ordinary.setattr(interfaces, "_silence_ipv6", lambda: None)
        loud = make_network("segment", driver=driver)
    chatter = loud.port("h1.eth0").receive(within_s=CHATTER_WITHIN_S)
    # A kernel without IPv6 has nothing to chatter with.
    if Path("/proc/sys/net/ipv6").exists():
        assert chatter is not None
        assert chatter.ethertype == 0x86DD
    assert counters_of(quiet) == before


@pytest.mark.parametrize("name", shipped_topologies())
def test_every_counter_is_accounted_for(make_network, name):
    """Between building and the first frame no interface of a host, nor lo, counts anything."""
    network = make_network(name)
    before = counters_of(network)
    ports = [network.port(it.label) for it in network.interfaces()]
    assert [port.drain() for port in ports] == [[] for _ in ports]
    assert counters_of(network) == before
    assert all(counts["lo"].sent == counts["lo"].received == 0 for counts in before.values())


@pytest.mark.parametrize("driver", ["kernel", "wire"])
def test_hosts_have_no_address(make_network, driver):
    """No interface has an IPv6 address, not even a link-local one."""
    network = make_network("segment", driver=driver)
    for host in network.topology.hosts:
        with linux.entered(network.namespace(host.name)):
            table = Path("/proc/thread-self/net/if_inet6")
            assert not table.exists() or table.read_text() == ""
