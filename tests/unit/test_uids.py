"""Which uid a stranger's program is given: nobody's, as far as there is one."""

from pathlib import Path

import pytest

from l2harness.network.uids import free_range, outside_uid

WHOLE_MACHINE = "         0          0 4294967295\n"


def test_without_root_there_is_only_our_own():
    """Nobody else exists in a user namespace of our own, and outside of any mode nothing is."""
    assert outside_uid("rootless") == 0
    assert outside_uid(None) == 0


def test_on_a_whole_machine():
    """There are many far above all accounts, none of which is negative to anybody."""
    low, end = free_range(WHOLE_MACHINE)
    assert low >= 1_000_000
    assert 1_000_000_000 < end <= 2**31


@pytest.mark.parametrize(
    ("uid_map", "expected"),
    [
        ("0 1000 1\n", 0),
        ("0 1000 2\n", 0),
        ("0 1000 1\n1 100000 65536\n", 5_000 - 1),
        ("0 0 65536\n", 5_000 - 1),
        ("0 0 100\n", 98),
    ],
)
def test_in_a_container(uid_map, expected):
    """Where there are few, they are among the last; uid 0 and the very last stay unused."""
    low, end = free_range(uid_map)
    assert end - low == expected
    if expected:
        last = max(int(row.split()[0]) + int(row.split()[2]) - 1 for row in uid_map.splitlines())
        assert 0 < low < end <= last


def test_for_root_here():
    """It is one that is free where we are, and our own where none is."""
    low, end = free_range(Path("/proc/self/uid_map").read_text())
    uid = outside_uid("root")
    assert low <= uid < end or (uid == 0 and low == end)
