"""Room for the descriptors of a large network: every host is held by some of them.

A process may have 1,024 files open on most machines, until it asks for more; it may ask for as
many as its hard limit says (setrlimit(2)). What it starts later gets the higher limit as well,
except for strangers' programs, whose limits are always set.
"""

from __future__ import annotations

import errno
import os
import resource
from typing import Final

from l2harness.errors import KernelError
from l2harness.topology import ResolvedTopology

#: A namespace, its counters, its table of packet sockets, and an ioctl socket while it is built.
_A_HOST: Final = 4
#: A socket that sends, one that listens, one at the far end, one of a test's own.
_AN_INTERFACE: Final = 4
#: Pipes, terminals, files of whatever else goes on.
_OTHERS: Final = 256


def make_room_for(topology: ResolvedTopology) -> None:
    """
    Raise this process's limit of open files where a network would go beyond it.

    Raises:
        KernelError: It may not be raised as far as that.
    """
    hosts, interfaces = len(topology.hosts), len(topology.interfaces)
    needed = _open_now() + _A_HOST * hosts + _AN_INTERFACE * interfaces + _OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or needed <= soft:
        return
    if hard != resource.RLIM_INFINITY and needed > hard:
        raise KernelError(
            "have enough files open for",
            f"{hosts} hosts",
            errno.EMFILE,
            f"it takes {needed}, the hard limit is {hard} (`ulimit -Hn`)",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _open_now() -> int:
    return len(os.listdir("/proc/self/fd"))
