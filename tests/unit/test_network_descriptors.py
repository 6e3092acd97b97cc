"""Room for the descriptors of large networks."""

import errno
import resource
from pathlib import Path

import pytest

from l2harness.errors import KernelError
from l2harness.network.descriptors import make_room_for
from l2harness.topology import parse_topology, resolve


def hub(hosts):
    """So many hosts on one hub."""
    named = "\n".join(f"  h{number}: {{eth0: lan}}" for number in range(1, hosts + 1))
    text = f"hosts:\n{named}\nsegments:\n  lan: {{kind: hub}}\n"
    return resolve(parse_topology(text.encode(), Path("hub.yaml")), 1)


@pytest.fixture
def limits(monkeypatch):
    """Pretend that the limits are these, and remember what they are set to."""

    def pretend(soft, hard):
        now = [(soft, hard)]
        monkeypatch.setattr(resource, "getrlimit", lambda _: now[-1])
        monkeypatch.setattr(resource, "setrlimit", lambda _, limits: now.append(limits))
        return now

    return pretend


def test_a_small_network_changes_nothing(limits):
    """Three hosts fit into what every process has."""
    now = limits(1024, 4096)
    make_room_for(hub(3))
    assert now == [(1024, 4096)]


def test_a_large_one_gets_what_it_needs(limits):
    """The soft limit goes up, no higher than needed, and the hard limit stays."""
    now = limits(1024, 1_048_576)
    make_room_for(hub(1000))
    (soft, hard) = now[-1]
    assert 5_000 < soft < 20_000
    assert hard == 1_048_576


@pytest.mark.parametrize("soft", [resource.RLIM_INFINITY, 1_048_576])
def test_room_that_is_there_is_left(limits, soft):
    """Nothing is asked for where there is no limit, or a high one."""
    now = limits(soft, soft)
    make_room_for(hub(1000))
    assert now == [(soft, soft)]


def test_no_hard_limit(limits):
    """Where there is none, the soft one can go anywhere."""
    now = limits(1024, resource.RLIM_INFINITY)
    make_room_for(hub(1000))
    assert now[-1][0] > 5_000


def test_too_large(limits):
    """What no limit will hold is said at the start, with both numbers."""
    limits(1024, 4096)
    said = r"1000 hosts.*it takes \d+, the hard limit is 4096"
    with pytest.raises(KernelError, match=said) as refused:
        make_room_for(hub(1000))
    assert refused.value.errno == errno.EMFILE
