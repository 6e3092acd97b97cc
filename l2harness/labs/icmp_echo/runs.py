"""What is done with a submission of lab icmp-echo, and what is kept of it.

Three runs: the program with requests that it has to answer and packets that it must not; on a host
with two interfaces; and with arguments that are none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Final

from l2harness.frames import EtherType, Frame, MacAddress
from l2harness.frames.ipv4 import (
    ECHO_REPLY,
    ECHO_REQUEST,
    HEADER_BYTES,
    MORE_FRAGMENTS,
    Echo,
    Ipv4,
    checksum,
)
from l2harness.labs.answering import Elsewhere, Exchange, Responder, refuse_arguments
from l2harness.labs.api import run
from l2harness.labs.records import ProgramRecord, Sending
from l2harness.labs.stage import Stage
from l2harness.labs.turns import in_turns

PROGRAM: Final = "icmp-echo"
HERE: Final = "h2.eth0"
ASKERS: Final = ("h1.eth0", "h3.eth0")
FIRST, SECOND = "h1.eth0", "h1.eth1"
MANY: Final = 40
#: Of what ping sends unless told otherwise, and an odd number.
_LENGTHS: Final = (56, 33)
#: Nothing at all, less than the network's minimum, and as much as fits into a frame.
_OTHER_LENGTHS: Final = (0, 1, 1472)
_TIMESTAMP: Final = 13
_UDP: Final = 17
_ETHERNET: Final = 14
#: Where the type of the message, with code 0, changes its checksum by as much.
_TYPE_WORD: Final = ECHO_REQUEST << 8
_NO_OPERATION, _END_OF_OPTIONS = b"\x01", b"\x00"


@dataclass(frozen=True, slots=True)
class Answering:
    """
    The program on h2.

    Of one that answers neither of the first two requests, nothing more is asked.

    Attributes:
        record: Its first start.
        own: Address of its interface.
        ip: For which it answers.
        protocols: What its sockets ask the kernel for, see `Listener.protocols`.
        plain: Two requests, with 56 and with 33 bytes of data, from two hosts.
        idle: Whether it sleeps while nothing comes; None if it did not run.
        lengths: With no data, one byte, and 1472.
        carries: Such that a checksum needs its carry, once and twice.
        options: With 4 and with 8 bytes of options in the header.
        other_ips: To addresses that are not its own.
        messages: An echo reply, another ICMP message, and UDP.
        damaged: Wrong checksums, fragments, and lengths that cannot be.
        afterwards: A plain request after all that.
        many: Forty requests in a row.
    """

    record: ProgramRecord
    own: MacAddress
    ip: IPv4Address
    protocols: tuple[int, ...]
    plain: tuple[Exchange, ...]
    idle: bool | None = None
    lengths: tuple[Exchange, ...] = ()
    carries: tuple[Exchange, ...] = ()
    options: tuple[Exchange, ...] = ()
    other_ips: tuple[Exchange, ...] = ()
    messages: tuple[Exchange, ...] = ()
    damaged: tuple[Exchange, ...] = ()
    afterwards: Exchange | None = None
    many: Exchange | None = None


@run
def answering(stage: Stage) -> Answering:
    """The program on h2, with requests from h1 and h3."""
    ip = stage.draw_ip()
    own = stage.network.mac(HERE)
    it = Responder(stage, HERE, PROGRAM, ("eth0", str(ip)))

    def ask(packet: Ipv4 | bytes, number: int = 0) -> Exchange:
        return it.ask(_frame(stage, own, packet), sender=ASKERS[number])

    plain = tuple(
        ask(_request(stage, ip, length), number) for number, length in enumerate(_LENGTHS)
    )
    if not any(exchange.replies for exchange in plain):
        return Answering(it.stop(), own, ip, it.protocols, plain)
    lengths = tuple(ask(_request(stage, ip, length)) for length in _OTHER_LENGTHS)
    carries = tuple(ask(packet) for packet in _that_carry(stage, ip))
    padding = (_NO_OPERATION * 3 + _END_OF_OPTIONS, _NO_OPERATION * 8)
    options = tuple(ask(replace(_request(stage, ip), options=some)) for some in padding)
    others = (IPv4Address(int(ip) ^ 1), IPv4Address(int(ip) ^ 1 << 16))
    other_ips = tuple(ask(_request(stage, other), 1) for other in others)
    messages = tuple(ask(packet) for packet in _other_messages(stage, ip))
    damaged = tuple(ask(packet) for packet in _damaged(stage, ip))
    afterwards = ask(_request(stage, ip), 1)
    many = it.ask_many(
        [(asker, _frame(stage, own, _request(stage, ip))) for asker in in_turns(ASKERS, MANY)]
    )
    idle = it.still_idle()
    return Answering(
        it.stop(),
        own,
        ip,
        it.protocols,
        plain,
        idle,
        lengths,
        carries,
        options,
        other_ips,
        messages,
        damaged,
        afterwards,
        many,
    )


@run
def elsewhere(stage: Stage) -> Elsewhere:
    """The program on h1's second interface; a request on the first one, then on the second."""
    ip = stage.draw_ip()
    own = stage.network.mac(SECOND)
    it = Responder(stage, SECOND, PROGRAM, ("eth1", str(ip)))
    other = _frame(stage, stage.network.mac(FIRST), _request(stage, ip))
    stray = it.deliver(other, at=FIRST)
    named = it.deliver(_frame(stage, own, _request(stage, ip)))
    return Elsewhere(it.stop(), own, stray, named)


@run
def refusals(stage: Stage, answering: Answering) -> tuple[Sending, ...]:
    """The program on h2, with an unknown interface, and with addresses that are none."""
    if not any(exchange.replies for exchange in answering.plain):
        return ()
    return refuse_arguments(stage, HERE, PROGRAM)


def _request(stage: Stage, ip: IPv4Address, length: int = _LENGTHS[0]) -> Ipv4:
    """A request of somebody whom nobody could have known, with one hop left to go."""
    numbers = stage.random.sample(range(0x1000, 0xF000), 3)
    message = Echo(ECHO_REQUEST, numbers[0], numbers[1], stage.random.randbytes(length))
    return Ipv4(stage.draw_ip(), ip, bytes(message), ttl=1, identification=numbers[2])


def _that_carry(stage: Stage, ip: IPv4Address) -> tuple[Ipv4, Ipv4]:
    """
    Requests on which a short cut shows.

    To the first one's checksum 0x0800, by which the reply's is larger, cannot be added without a
    carry. The sum of the second one's words has a carry even after its carry was added.
    """
    while True:
        short = _request(stage, ip)
        if int.from_bytes(short.payload[2:4], "big") + _TYPE_WORD > 0xFFFF:
            break
    data = b"\xff" * _OTHER_LENGTHS[-1]
    words = len(data) // 2
    # The sum of n words of ffff is (n − 1) · 10000 + (10000 − n), in hex: with n − 2 more, adding
    # its two halves gives 1fffd − n + n, which has a carry again.
    identifier = words - 2
    long = replace(short, payload=bytes(Echo(ECHO_REQUEST, identifier, 0, data)))
    return short, long


def _other_messages(stage: Stage, ip: IPv4Address) -> tuple[Ipv4, ...]:
    """Packets to the address that are no requests."""
    reply, other, udp = (_request(stage, ip) for _ in range(3))
    return (
        replace(reply, payload=bytes(Echo(ECHO_REPLY, 7, 1, stage.random.randbytes(56)))),
        replace(other, payload=bytes(Echo(_TIMESTAMP, 7, 1, stage.random.randbytes(12)))),
        replace(udp, protocol=_UDP),
    )


def _damaged(stage: Stage, ip: IPv4Address) -> tuple[Ipv4 | bytes, ...]:
    """What arrived otherwise than it was sent, or not all of it."""
    packet = _request(stage, ip)
    whole = bytes(packet)
    wrong_data = whole[:-1] + bytes([whole[-1] ^ 0x40])
    wrong_header = whole[:8] + b"\x02" + whole[9:]
    longer = whole[:2] + b"\x05\xdc" + whole[4:10] + bytes(2) + whole[12:HEADER_BYTES]
    total = checksum(longer).to_bytes(2, "big")
    return (
        wrong_data,
        wrong_header,
        replace(packet, fragment=MORE_FRAGMENTS),
        replace(packet, fragment=23),
        longer[:10] + total + longer[12:] + whole[HEADER_BYTES:],
        whole[:9],
    )


def _frame(stage: Stage, destination: MacAddress, packet: Ipv4 | bytes) -> bytes:
    """A packet in a frame, from somebody whom nobody could have known."""
    return bytes(Frame(destination, stage.draw_mac(), EtherType.IPV4, bytes(packet)))
