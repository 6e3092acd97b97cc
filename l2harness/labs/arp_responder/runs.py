"""What is done with a submission of lab arp-responder, and what is kept of it.

Three runs: the responder with requests that it has to answer and others that it must not; on a
host with two interfaces; and with arguments that are none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Final

from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress
from l2harness.frames.arp import NO_MAC, REPLY, REQUEST, Arp
from l2harness.labs.answering import Elsewhere, Exchange, Responder, refuse_arguments
from l2harness.labs.api import run
from l2harness.labs.records import ProgramRecord, Sending
from l2harness.labs.stage import Stage
from l2harness.labs.turns import in_turns

PROGRAM: Final = "arp-responder"
HERE: Final = "h2.eth0"
ASKERS: Final = ("h1.eth0", "h3.eth0")
FIRST, SECOND = "h1.eth0", "h1.eth1"
MANY: Final = 40
_TRAILER_BYTES: Final = 18
#: Operations that are no request: a reply, and two that other protocols have.
_OPERATIONS: Final = (REPLY, 3, 8)
_NOWHERE: Final = IPv4Address("0.0.0.0")


@dataclass(frozen=True, slots=True)
class Answering:
    """
    The responder on h2.

    Of one that answers none of the first two requests, nothing more is asked.

    Attributes:
        record: Its first start.
        own: Address of its interface.
        ip: For which it answers.
        protocols: What its sockets ask the kernel for, see `Listener.protocols`.
        plain: Two requests to everybody, from two hosts with an IP address of their own each.
        idle: Whether it sleeps while nothing comes; None if it did not run.
        same_ip: One of another host that has the first asker's IP address.
        unicast: One that is sent to its own address alone.
        probe: One from 0.0.0.0.
        trailer: One with something behind its 28 bytes.
        other_ips: Requests for addresses that are not its own; the last announces its own.
        operations: Packets for it that are no requests.
        malformed: What is no ARP for IPv4 over Ethernet, or cut off.
        afterwards: A plain request after all that.
        many: Forty requests in a row.
    """

    record: ProgramRecord
    own: MacAddress
    ip: IPv4Address
    protocols: tuple[int, ...]
    plain: tuple[Exchange, ...]
    idle: bool | None = None
    same_ip: Exchange | None = None
    unicast: Exchange | None = None
    probe: Exchange | None = None
    trailer: Exchange | None = None
    other_ips: tuple[Exchange, ...] = ()
    operations: tuple[Exchange, ...] = ()
    malformed: tuple[Exchange, ...] = ()
    afterwards: Exchange | None = None
    many: Exchange | None = None
    asked_many: tuple[bytes, ...] = ()

    def right(self, asked: bytes) -> bytes:
        """Return the reply that a request should get: 42 bytes."""
        return reply_to(asked, self.own, self.ip)


def reply_to(asked: bytes, own: MacAddress, ip: IPv4Address) -> bytes:
    """Return the reply to a request: 42 bytes, to whoever asked."""
    request = Arp.from_bytes(asked[14:])
    reply = Arp(REPLY, own, ip, request.sender_mac, request.sender_ip)
    return bytes(Frame(request.sender_mac, own, EtherType.ARP, bytes(reply)))


@run
def answering(stage: Stage) -> Answering:
    """The responder on h2, with requests from h1 and h3."""
    ip = stage.draw_ip()
    own = stage.network.mac(HERE)
    it = Responder(stage, HERE, PROGRAM, ("eth0", str(ip)))
    first, second = _request(stage, ip), _request(stage, ip)
    plain = (
        it.ask(_to_all(first), sender=ASKERS[0]),
        it.ask(_to_all(second), sender=ASKERS[1]),
    )
    if not any(exchange.replies for exchange in plain):
        return Answering(it.stop(), own, ip, it.protocols, plain)

    def ask(packet: Arp, number: int = 0) -> Exchange:
        return it.ask(_to_all(packet), sender=ASKERS[number])

    same_ip = ask(replace(first, sender_mac=stage.draw_mac()), 1)
    once_more = _request(stage, ip)
    unicast = it.ask(_frame(own, once_more), sender=ASKERS[0])
    probe = ask(replace(_request(stage, ip), sender_ip=_NOWHERE))
    trailer = it.ask(
        _to_all(_request(stage, ip))
        + bytes(stage.random.randrange(1, 256) for _ in range(_TRAILER_BYTES)),
        sender=ASKERS[1],
    )
    announced = stage.draw_ip()
    near = IPv4Address(int(ip) ^ 1)
    far = IPv4Address(int(ip) ^ 1 << 24)
    other_ips = tuple(
        ask(packet)
        for packet in (
            _request(stage, near),
            _request(stage, far),
            replace(_request(stage, announced), sender_ip=announced),
        )
    )
    operations = tuple(
        ask(replace(_request(stage, ip), operation=operation, target_mac=own))
        for operation in _OPERATIONS
    )
    malformed = tuple(it.ask(frame, sender=ASKERS[0]) for frame in _malformed(stage, ip))
    afterwards = ask(_request(stage, ip), 1)
    requests = [(asker, _to_all(_request(stage, ip))) for asker in in_turns(ASKERS, MANY)]
    many = it.ask_many(requests)
    idle = it.still_idle()
    return Answering(
        it.stop(),
        own,
        ip,
        it.protocols,
        plain,
        idle,
        same_ip,
        unicast,
        probe,
        trailer,
        other_ips,
        operations,
        malformed,
        afterwards,
        many,
        tuple(frame for _, frame in requests),
    )


@run
def elsewhere(stage: Stage) -> Elsewhere:
    """The responder on h1's second interface; a request on the first one, then on the second."""
    ip = stage.draw_ip()
    it = Responder(stage, SECOND, PROGRAM, ("eth1", str(ip)))
    other = it.deliver(_to_all(_request(stage, ip)), at=FIRST)
    named = it.deliver(_to_all(_request(stage, ip)))
    return Elsewhere(it.stop(), stage.network.mac(SECOND), other, named)


@run
def refusals(stage: Stage, answering: Answering) -> tuple[Sending, ...]:
    """The responder on h2, with an unknown interface, and with addresses that are none."""
    if not any(exchange.replies for exchange in answering.plain):
        return ()
    return refuse_arguments(stage, HERE, PROGRAM)


def _request(stage: Stage, ip: IPv4Address) -> Arp:
    """A request of somebody whom nobody could have known."""
    return Arp(REQUEST, stage.draw_mac(), stage.draw_ip(), NO_MAC, ip)


def _frame(destination: MacAddress, packet: Arp, kind: int = EtherType.ARP) -> bytes:
    return bytes(Frame(destination, packet.sender_mac, kind, bytes(packet)))


def _to_all(packet: Arp) -> bytes:
    return _frame(BROADCAST, packet)


def _malformed(stage: Stage, ip: IPv4Address) -> list[bytes]:
    """Frames that look like requests for the address, and are none."""
    request = _request(stage, ip)
    return [
        _to_all(replace(request, hardware=6)),
        _to_all(replace(request, protocol=EtherType.IPV6)),
        _to_all(replace(request, hardware_bytes=8)),
        _to_all(replace(request, protocol_bytes=16)),
        _to_all(request)[: 14 + 20],
        _frame(BROADCAST, request, EtherType.LAB),
    ]
