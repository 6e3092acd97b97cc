"""The loopback interface: down inside the harness's own namespaces, until somebody needs it."""

import contextlib
import fcntl
import socket
import struct
from collections.abc import Iterator

#: Source: netdevice(7), <linux/sockios.h>, <linux/if.h>.
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


@contextlib.contextmanager
def loopback_up() -> Iterator[None]:
    """Have it up while the block lasts, where we stand now."""
    with socket.socket() as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
        (flags,) = struct.unpack_from("H", answer, 16)
        if not flags & _IFF_UP:
            up = struct.pack("16sH14x", b"lo", flags | _IFF_UP)
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, up)
        yield
        if not flags & _IFF_UP:
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags))
