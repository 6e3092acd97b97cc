"""One host's interfaces from the inside: silence before they exist, bring up, read counters.

These are ioctls and files of /proc/net, done through descriptors that are opened inside the
namespace and then used from anywhere, without netlink. Only the counters are wanted all the time:
the others are opened when they are asked for, because a thousand hosts share one limit of open
files.
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
        self._namespace = namespace
        self._ioctl: socket.socket | None = None
        self._packet = -1
        with linux.entered(namespace):
            _silence_ipv6()
            self._ioctl = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._counters = os.open("/proc/thread-self/net/dev", os.O_RDONLY | os.O_CLOEXEC)

    @property
    def packet_table_fd(self) -> int:
        """Descriptor of the namespace's /proc/net/packet; it stays ours."""
        if self._packet < 0:
            with linux.entered(self._namespace):
                path = "/proc/thread-self/net/packet"
                self._packet = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        return self._packet

    def bring_up(self, name: str) -> None:
        """
        Set an interface up.

        Raises:
            KernelError: There is none of that name, or it cannot come up.
        """
        request = struct.pack("16sh14x", name.encode(), _IFF_UP | _IFF_RUNNING)
        try:
            fcntl.ioctl(self._asking(), _SIOCSIFFLAGS, request)
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
                fcntl.ioctl(self._asking(), _SIOCETHTOOL, request)
            except OSError as error:
                if error.errno != errno.EOPNOTSUPP:  # what a link cannot do is off already
                    raise KernelError("switch off offloads of", name, error.errno or 0) from error

    def _asking(self) -> socket.socket:
        """Return a socket of the namespace, of any kind: ioctl(2) needs one to ask by."""
        if self._ioctl is None:
            with linux.entered(self._namespace):
                self._ioctl = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        return self._ioctl

    def counters(self) -> dict[str, Counters]:
        """Return the counters of every interface, by name."""
        found = {}
        for line in self._read_counters().splitlines()[2:]:
            name, _, numbers = line.partition(b":")
            columns = numbers.split()
            found[name.strip().decode()] = Counters(
                int(columns[9]), int(columns[1]), int(columns[11])
            )
        return found

    def _read_counters(self) -> bytes:
        """Read /proc/net/dev to its end: the kernel gives a page at a time, some 30 interfaces."""
        table = part = os.pread(self._counters, _PAGE_BYTES, 0)
        while len(part) > _PAGE_BYTES - _LONGEST_LINE_BYTES:
            part = os.pread(self._counters, _PAGE_BYTES, len(table))
            table += part
        return table

    def is_built(self) -> None:
        """Let go of what only building needs, and comes back where it is asked for."""
        if self._ioctl is not None:
            self._ioctl.close()
            self._ioctl = None

    def close(self) -> None:
        """Let go of the descriptors."""
        self.is_built()
        os.close(self._counters)
        if self._packet >= 0:
            os.close(self._packet)


def silence(namespace: int) -> None:
    """Switch IPv6 off in a namespace in which nothing else is to be done. Raises KernelError."""
    with linux.entered(namespace):
        _silence_ipv6()


def _silence_ipv6() -> None:
    """
    Switch IPv6 off for all interfaces to come, or every one of them begins to chatter (MLD, DAD).

    Works on the namespace of the calling thread. What is written to ``all`` the kernel copies to
    ``default`` as well (addrconf_disable_ipv6 in net/ipv6/addrconf.c). A kernel without IPv6 is
    silent already.
    """
    try:
        file = os.open("/proc/sys/net/ipv6/conf/all/disable_ipv6", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(file, b"1")
        finally:
            os.close(file)
    except FileNotFoundError:
        return
    except OSError as error:
        raise KernelError("silence IPv6", errno=error.errno or 0) from error
