"""Who strangers' programs are to the machine: a uid that owns nothing, where there is one.

Source: user_namespaces(7).
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

from l2harness.network.entry import Mode

#: On a whole machine, from here on uids belong to nobody.
_FIRST_FREE: Final = 1_000_000
#: In a namespace that has fewer: its last ones, which nobody uses either.
_LAST_FEW: Final = 5_000
#: -1 means "no change" to chown(2), and half of the numbers are negative to some programs.
_END: Final = 2**31


def outside_uid(mode: Mode | None) -> int:
    """
    Choose the uid that a program's uid 0 stands for, as the harness's user namespace numbers it.

    Returns:
        For root a random one that belongs to nobody, so that two harnesses at a time do not share
        one; 0, which is who we are ourselves, without root, and in a container that has no other.
    """
    if mode != "root":
        return 0
    low, end = free_range(Path("/proc/self/uid_map").read_text())
    return random.SystemRandom().randrange(low, end) if end > low else 0


def free_range(uid_map: str) -> tuple[int, int]:
    """
    Return the first uid that belongs to nobody, and the one after the last; equal for none.

    Args:
        uid_map: Content of /proc/self/uid_map.
    """
    ranges = []
    for line in uid_map.splitlines():
        inside, _, count = (int(word) for word in line.split())
        ranges.append((inside, inside + count))
    first, end = max(ranges, key=lambda it: it[1] - it[0])
    low = _FIRST_FREE if end > 2 * _FIRST_FREE else max(first + 1, end - _LAST_FEW)
    return low, max(low, min(end - 1, _END))
