"""Wrong ideas behind a client that does not pass: what it sends, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from l2harness.frames import EtherType
from l2harness.labs.hello_frame.runs import CLIENT, FROM, Client
from l2harness.labs.judging import command_line, judged_frames
from l2harness.labs.misconceptions.frames import mistakes
from l2harness.labs.misconceptions.mistake import Field
from l2harness.labs.misconceptions.sign import Sign, detector
from l2harness.labs.misconceptions.starts import cannot_start, died, ran_on
from l2harness.programs.build import Built
from l2harness.programs.exit import ExitReason
from l2harness.programs.submission import FoundPrograms

_SENDS: Final = "client.sends"
_CHECKS: Final[dict[Field, str]] = {
    "destination": "client.destination",
    "source": "client.source",
    "EtherType": "client.ethertype",
    "payload": "client.payload",
    "padding": "client.payload",
}
#: What is told of otherwise where there is no command line to be ignored.
_HERE: Final = {"destination-ignored": "broadcast-for-one"}


@detector
def nothing_is_sent(found: FoundPrograms, built: Built | None, client: Client) -> Iterator[Sign]:
    """It cannot be started, dies before it sends, or does not send."""
    sending = client.sending
    if sending.by_interface:
        return
    if sign := cannot_start(found[CLIENT], built):
        yield sign.explaining(_SENDS)
    elif not sending.elsewhere:
        known = died(sending.record, early=True)
        line = command_line(sending.record)
        ended = "ran on" if ran_on(sending.record.exit) else "ended"
        sentence = f"`{line}` {ended}, and no frame had left any interface."
        yield (known or Sign("sent-nothing", sentence)).explaining(_SENDS)


@detector
def it_goes_elsewhere(client: Client) -> Iterator[Sign]:
    """Frames leave through another interface than enp0s10."""
    if stray := client.sending.elsewhere:
        sentence = f"A frame left {stray[0].interface}; it belongs on {FROM} alone."
        yield Sign("sent-on-other-interface", sentence, (_SENDS, "client.interface"))


@detector
def the_frame(client: Client) -> Iterator[Sign]:
    """Fields of the header and the payload are other than they should be."""
    others = {label: mac for label, mac in client.addresses.items() if label != FROM}
    for data in judged_frames(client.sending, EtherType.LAB):
        for it in mistakes(client.right, data, others):
            checks = tuple(dict.fromkeys(_CHECKS[field] for field in it.fields))
            yield Sign(_HERE.get(it.misconception, it.misconception), it.sentence, checks)


@detector
def how_often(client: Client) -> Iterator[Sign]:
    """One execution sends more than one frame."""
    frames = client.sending.by_interface
    if len(frames) > 1:
        yield Sign("sent-more-than-once", f"{len(frames)} frames left {FROM}.", ("client.once",))


@detector
def how_it_ends(client: Client) -> Iterator[Sign]:
    """It sends, and then does not end, dies, or ends with a status that says it failed."""
    record = client.sending.record
    end = record.exit
    if end is None or not client.sending.frames:
        return
    checks = ("client.exits", "client.closes")
    if end.reason is ExitReason.EXITED and end.code and not record.stderr.strip():
        length = len(client.sending.frames[0].data)
        more = ", the number of bytes sent" if end.code == length else ""
        sentence = f"It had sent its frame, and ended with status {end.code}{more}."
        yield Sign("success-status-not-zero", sentence, checks[:1])
    elif sign := died(record, early=False):
        yield sign.explaining(*checks)
    elif ran_on(end):
        sentence = "It had sent its frame, ran on, and had to be stopped."
        if client.sockets:
            sentence = sentence.replace("ran on", "ran on with its socket open")
        yield Sign("never-exits", sentence, checks)
