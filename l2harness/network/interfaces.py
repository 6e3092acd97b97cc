"""One host's interfaces from the inside: silence before they exist, bring up, read counters.

These are ioctls and files of /proc/net, done through descriptors that are opened once inside the
namespace and then used from anywhere: no netlink, no entering again.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from dataclasses import dataclass
from typing import Final

from l2harness.errors import KernelError
from l2harness.network import linux

_SIOCSIFFLAGS: Final = 0x8914  # netdevice(7)
_IFF_UP: Final = 0x1
_IFF_RUNNING: Final = 0x40
_PAGE_BYTES: Final = 4096
#: A line of /proc/net/dev: a name, and 16 numbers of at most 20 digits (net/core/net-procfs.c).
_LONGEST_LINE_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Counters:
    """
    What the kernel counted on one interface.

    Attributes:
        sent: Frames that left.
        received: Frames that came.
        dropped: Frames that were to leave, and that the machine's queues had no room for.
    """

    sent: int
    received: int
    dropped: int = 0


class HostControl:
    """The few things the harness does to a host's interfaces, without being there."""

    def __init__(self, namespace: int) -> None:
        with linux.entered(namespace):
            _silence_ipv6()
            self._ioctl = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._counters = os.open("/proc/thread-self/net/dev", os.O_RDONLY | os.O_CLOEXEC)
            self._packet = os.open("/proc/thread-self/net/packet", os.O_RDONLY | os.O_CLOEXEC)

    @property
    def packet_table_fd(self) -> int:
        """Descriptor of the namespace's /proc/net/packet; it stays ours."""
        return self._packet

    def bring_up(self, name: str) -> None:
        """
        Set an interface up.

        Raises:
            KernelError: There is none of that name, or it cannot come up.
        """
        request = struct.pack("16sh14x", name.encode(), _IFF_UP | _IFF_RUNNING)
        try:
            fcntl.ioctl(self._ioctl, _SIOCSIFFLAGS, request)
        except OSError as error:
            raise KernelError("bring up", name, error.errno or 0) from error

    def counters(self) -> dict[str, Counters]:
        """Return the counters of every interface, by name."""
        found = {}
        for line in self._counters_table().splitlines()[2:]:
            name, _, numbers = line.partition(b":")
            columns = numbers.split()
            found[name.strip().decode()] = Counters(
                int(columns[9]), int(columns[1]), int(columns[11])
            )
        return found

    def _counters_table(self) -> bytes:
        """Read /proc/net/dev, of which the kernel gives a page at a time (seq_file)."""
        table = os.pread(self._counters, _PAGE_BYTES, 0)
        part = table
        while len(part) > _PAGE_BYTES - _LONGEST_LINE_BYTES:
            part = os.pread(self._counters, _PAGE_BYTES, len(table))
            table += part
        return table

    def close(self) -> None:
        """Let go of the descriptors."""
        self._ioctl.close()
        os.close(self._counters)
        os.close(self._packet)


def _silence_ipv6() -> None:
    """
    Switch IPv6 off for all interfaces to come, or every one of them begins to chatter (MLD, DAD).

    Works on the namespace of the calling thread. A kernel without IPv6 is silent already.
    """
    for scope in ("all", "default"):
        try:
            with open(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6", "w") as file:
                file.write("1")
        except FileNotFoundError:
            return
        except OSError as error:
            raise KernelError("silence IPv6", errno=error.errno or 0) from error
