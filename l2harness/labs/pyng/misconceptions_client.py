"""Wrong ideas behind a client that does not pass: what it sends, how it ends, what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from l2harness.frames import BROADCAST, Frame, pad
from l2harness.labs.judging import command_line, judged_frames
from l2harness.labs.misconceptions.frames import mistakes
from l2harness.labs.misconceptions.mistake import Field, Mistake
from l2harness.labs.misconceptions.refusals import wrong_refusal
from l2harness.labs.misconceptions.sign import Sign, detector
from l2harness.labs.misconceptions.starts import cannot_start, died, ran_on
from l2harness.labs.pyng.runs import FIRST, OTHERS, Formats, Pair, Refusals
from l2harness.labs.pyng.task import Task
from l2harness.labs.records import Sending
from l2harness.programs.build import Built
from l2harness.programs.exit import ExitReason
from l2harness.programs.submission import FoundPrograms

_SENDS: Final = "client.sends"
_CHECKS: Final[dict[Field, str]] = {
    "destination": "client.destination",
    "source": "client.source",
    "EtherType": "client.ethertype",
    "payload": "client.payload",
    "padding": "client.minimum-frame",
}


@detector
def nothing_is_sent(found: FoundPrograms, built: Built | None, pair: Pair) -> Iterator[Sign]:
    """It cannot be started, dies before it sends, sends elsewhere, or does not send."""
    sending = pair.unicast
    if sending.by_interface:
        return
    if sign := cannot_start(found[pair.task.client], built):
        yield sign.explaining(_SENDS)
    elif sending.elsewhere:
        yield _elsewhere(sending).explaining(_SENDS)
    elif sign := died(sending.record, early=True):
        yield sign.explaining(_SENDS)
    elif sending.record.exit is not None:
        line = command_line(sending.record)
        ended = "ran on" if ran_on(sending.record.exit) else "ended with status 0"
        sentence = f"`{line}` {ended}, and no frame had left any interface."
        yield Sign("sent-nothing", sentence, (_SENDS,))


def _elsewhere(sending: Sending) -> Sign:
    first = sending.elsewhere[0]
    sentence = (
        f"Told to use {sending.interface}, it sent a frame through {first.interface}; this one "
        f"begins with {first.data[:14].hex(' ')}."
    )
    return Sign("sent-on-other-interface", sentence)


@detector
def it_goes_elsewhere(pair: Pair, second_interface: Sending | None) -> Iterator[Sign]:
    """Frames leave through another interface than the named one."""
    for sending in (pair.unicast, second_interface):
        if sending is not None and sending.elsewhere:
            yield _elsewhere(sending).explaining("client.interface")
            return


# -- what the frame looks like --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Misfit:
    """
    A frame of the client that is not the one it should be.

    Attributes:
        task: What was asked for.
        sending: The execution.
        data: The frame.
        named: What is known of it.
    """

    task: Task
    sending: Sending
    data: bytes
    named: tuple[Mistake, ...]

    @property
    def has_unnamed_destination(self) -> bool:
        """Whether it goes somewhere, and nothing says why."""
        return self.data[:6] != self._right[:6] and not self._names("destination")

    @property
    def has_unnamed_source(self) -> bool:
        """Whether it claims to be from somewhere, and nothing says why."""
        return self.data[6:12] != self._right[6:12] and not self._names("source")

    @property
    def _right(self) -> bytes:
        return bytes(_right_frame(self.task, self.sending))

    def _names(self, field: Field) -> bool:
        return any(field in mistake.fields for mistake in self.named)


def _right_frame(task: Task, sending: Sending) -> Frame:
    assert sending.target is not None
    return task.frame(sending.target, sending.own)


def misfits(task: Task, sendings: list[Sending]) -> list[Misfit]:
    """Return the judged frames that are not as they should be, in the order of the executions."""
    interfaces = {sending.interface: sending.own for sending in sendings}
    found = []
    for sending in sendings:
        right = bytes(_right_frame(task, sending))
        others = {it: mac for it, mac in interfaces.items() if it != sending.interface}
        for data in judged_frames(sending, task.ethertype):
            named = mistakes(right, data, others)
            if named or data.rstrip(b"\0") != right:
                found.append(Misfit(task, sending, data, named))
    return found


def executions(
    pair: Pair, second_interface: Sending | None, formats: Formats | None
) -> list[Sending]:
    """Return the executions of the client with right arguments."""
    spelled = formats.sendings if formats else ()
    every = [pair.unicast, pair.broadcast, second_interface, *spelled]
    return [sending for sending in every if sending is not None and sending.target is not None]


@detector
def the_frame(
    pair: Pair, second_interface: Sending | None, formats: Formats | None
) -> Iterator[Sign]:
    """Fields of the header and the payload are other than they should be."""
    for misfit in misfits(pair.task, executions(pair, second_interface, formats)):
        for mistake in misfit.named:
            checks = _explained(misfit.sending, mistake, pair, formats)
            yield Sign(mistake.misconception, mistake.sentence, checks)


def _explained(
    sending: Sending, mistake: Mistake, pair: Pair, formats: Formats | None
) -> tuple[str, ...]:
    checks = [_CHECKS[field] for field in _CHECKS if field in mistake.fields]
    if "destination" in mistake.fields:
        if sending is pair.broadcast:
            checks.append("client.broadcast")
        elif formats is not None and sending in formats.sendings:
            checks.append("client.mac-formats")
    return tuple(checks)


@detector
def the_frame_as_it_arrives(pair: Pair) -> Iterator[Sign]:
    """Nobody made it long enough on the way."""
    for sending in executions(pair, None, None)[:1]:
        right = pad(bytes(_right_frame(pair.task, sending)))
        for data in sending.received_by(OTHERS[0]):
            for mistake in mistakes(right, data):
                if mistake.misconception == "not-padded":
                    yield Sign(mistake.misconception, mistake.sentence, ("client.minimum-frame",))


@detector
def always_the_same(
    pair: Pair, second_interface: Sending | None, formats: Formats | None
) -> Iterator[Sign]:
    """An address that is wrong, and the same in every execution."""
    every = misfits(pair.task, executions(pair, second_interface, formats))
    targets = [it for it in every if it.has_unnamed_destination]
    for number, misfit in enumerate(targets):
        known = misfit.data[:6]
        again = [it for it in targets[:number] if it.sending.target != misfit.sending.target]
        if any(it.data[:6] == known for it in again):
            sentence = (
                f"Bytes 0–5 are {known.hex(':')}, with {again[0].sending.target} on the command "
                f"line and with {misfit.sending.target}."
            )
            checks = ("client.destination", "client.broadcast", "client.mac-formats")
            yield Sign("destination-ignored", sentence, checks)
            break
    sources = [it for it in every if it.has_unnamed_source]
    known = sources[0].data[6:12] if sources else b""
    often = {it.sending.record for it in sources}
    if len(often) > 1 and all(it.data[6:12] == known for it in sources):
        sentence = f"Bytes 6–11 are {known.hex(':')} every time; {FIRST} has {pair.unicast.own}."
        yield Sign("source-hard-coded", sentence, ("client.source",))


@detector
def broadcast_is_refused(pair: Pair) -> Iterator[Sign]:
    """To a single host it sends; to everybody it sends nothing."""
    sending = pair.broadcast
    if not pair.unicast.by_interface or sending is None or sending.frames:
        return
    known = died(sending.record, early=False) if _by_signal(sending) else None
    line = command_line(sending.record)
    sign = known or Sign("refuses-broadcast", f"`{line}`: no frame to {BROADCAST} left {FIRST}.")
    yield sign.explaining("client.broadcast", "pair.broadcast")


def _by_signal(sending: Sending) -> bool:
    end = sending.record.exit
    return end is not None and end.reason is ExitReason.SIGNALLED


@detector
def spellings(pair: Pair, formats: Formats | None) -> Iterator[Sign]:
    """An address that works in one spelling does not in another."""
    sending = pair.unicast
    if formats is None or not any(it[:6] == _target(sending) for it in sending.by_interface):
        return
    for spelled in formats.sendings[1:] or formats.sendings:
        if any(data[:6] == _target(spelled) for data in spelled.by_interface):
            continue
        text = spelled.record.argv[1]
        seen = [data[:6].hex(":") for data in spelled.by_interface]
        what = f"the frame went to {seen[0]}" if seen else "nothing was sent"
        sentence = f"`{sending.record.argv[1]}` is understood; with `{text}` {what}."
        yield Sign("one-address-format-only", sentence, ("client.mac-formats",))


def _target(sending: Sending) -> bytes:
    return sending.target.value if sending.target else b""


# -- how it behaves -------------------------------------------------------------------------------


@detector
def how_often(pair: Pair) -> Iterator[Sign]:
    """One execution sends more than one frame."""
    frames = pair.unicast.by_interface
    if len(frames) > 1:
        alike = "all alike" if len(set(frames)) == 1 else "not all alike"
        sentence = f"{len(frames)} frames left {FIRST}, {alike}."
        yield Sign("sent-more-than-once", sentence, ("client.once",))


@detector
def how_it_ends(pair: Pair) -> Iterator[Sign]:
    """It sends, and then does not end, dies, or ends with a status that says it failed."""
    record = pair.unicast.record
    end = record.exit
    if end is None or not pair.unicast.frames:
        return
    line = command_line(record)
    checks = ("client.exits", "client.reports")
    if ran_on(end):
        sentence = f"`{line}` had sent its frame, ran on, and had to be stopped."
        yield Sign("never-exits", sentence, checks)
    elif end.reason is ExitReason.EXITED and end.code and not record.stderr.strip():
        sentence = f"`{line}` had sent its frame, said nothing of an error, and ended with status "
        length = len(pair.unicast.frames[0].data)
        more = ", the number of bytes sent" if end.code == length else ""
        yield Sign("success-status-not-zero", f"{sentence}{end.code}{more}.", checks[:1])
    elif sign := died(record, early=False):
        yield sign.explaining(*checks)


@detector
def what_it_says(pair: Pair) -> Iterator[Sign]:
    """The word of success is missing, or on standard error."""
    record = pair.unicast.record
    if not pair.unicast.by_interface or b"Sent!" in record.stdout:
        return
    if b"Sent!" in record.stderr:
        sentence = "“Sent!” is on standard error, not on standard output."
        yield Sign("output-on-stderr", sentence, ("client.reports",))
    else:
        sentence = "The frame was sent, and “Sent!” is nowhere in what was printed."
        yield Sign("no-confirmation", sentence, ("client.reports",))


@detector
def refusing(refusals: Refusals | None) -> Iterator[Sign]:
    """Arguments that make no sense are accepted, or refused so that nobody notices."""
    if refusals is None:
        return
    asked = [
        *((it, "accepts-malformed-address", "client.bad-mac") for it in refusals.malformed),
        (refusals.unknown_interface, "unknown-interface-replaced", "client.bad-interface"),
        (refusals.no_arguments, "destination-ignored", "client.usage"),
    ]
    for sending, sends, check in asked:
        if sign := wrong_refusal(sending, sends=sends, stays="never-exits"):
            yield sign.explaining(check)
