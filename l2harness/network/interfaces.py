"""One host's interfaces from the inside: silence before they exist, bring up, read counters.

These are ioctls and files of /proc/net, done through descriptors that are opened once inside the
namespace and then used from anywhere: no netlink, no entering again.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
from dataclasses import dataclass
from typing import Final

from l2harness.errors import KernelError
from l2harness.network import linux

_SIOCSIFFLAGS: Final = 0x8914  # netdevice(7)
_SIOCETHTOOL: Final = 0x8946
#: <linux/ethtool.h>: checksums of what is sent, TCP segments, and other segments, left to a card.
_OFFLOADS: Final = (0x17, 0x1F, 0x24)
_IFF_UP: Final = 0x1
_IFF_RUNNING: Final = 0x40


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

    def offload_nothing(self, name: str) -> None:
        """
        Let the host's kernel finish its frames itself.

        A veth pair takes frames whose checksums are still to be computed, and TCP segments of
        64 KiB still to be cut. Nobody on a wire of ours would do that, so TCP would not work.

        Raises:
            KernelError: There is no interface of that name, or the kernel refuses.
        """
        for command in _OFFLOADS:
            value = ctypes.create_string_buffer(struct.pack("=II", command, 0))
            request = struct.pack("16sP16x", name.encode(), ctypes.addressof(value))
            try:
                fcntl.ioctl(self._ioctl, _SIOCETHTOOL, request)
            except OSError as error:
                if error.errno != errno.EOPNOTSUPP:  # what a link cannot do is off already
                    raise KernelError("switch off offloads of", name, error.errno or 0) from error

    def counters(self) -> dict[str, Counters]:
        """Return the counters of every interface, by name."""
        found = {}
        for line in os.pread(self._counters, 1 << 20, 0).splitlines()[2:]:
            name, _, numbers = line.partition(b":")
            columns = numbers.split()
            found[name.strip().decode()] = Counters(
                int(columns[9]), int(columns[1]), int(columns[11])
            )
        return found

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
