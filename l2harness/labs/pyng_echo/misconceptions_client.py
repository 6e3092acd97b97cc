"""Wrong ideas behind a client that measures round trips wrongly: what it sends, takes and says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from l2harness.frames import EtherType, Frame
from l2harness.labs.judging import command_line
from l2harness.labs.misconceptions.frames import mistakes
from l2harness.labs.misconceptions.refusals import wrong_refusal
from l2harness.labs.misconceptions.sign import Sign, detector
from l2harness.labs.misconceptions.starts import cannot_start, died, ran_on
from l2harness.labs.pyng_echo.measuring import by_number, milliseconds, shown, waits_s
from l2harness.labs.pyng_echo.playing import Pinging
from l2harness.labs.pyng_echo.reading import outcomes
from l2harness.labs.pyng_echo.runs import CLIENT, DOUBLE, FIRST, SECOND, STRANGE
from l2harness.labs.records import Sending
from l2harness.programs.build import Built
from l2harness.programs.submission import FoundPrograms

_SENDS, _REPORTS, _TIMEOUT = "client.sends", "client.reports", "client.timeout"
#: A second and a millisecond, or a second and a microsecond, taken for each other.
_UNITS = (1000, 1_000_000, 0.001)
_NEAR = 2.0


@detector
def nothing_is_sent(
    found: FoundPrograms, built: Built | None, answered: Pinging
) -> Iterator[Sign]:
    """It cannot be started, dies before it sends, sends elsewhere, or does not send."""
    sending = answered.sending
    if sending.by_interface:
        return
    if sign := cannot_start(found[CLIENT], built):
        yield sign.explaining(_SENDS)
    elif sending.elsewhere:
        where = sending.elsewhere[0].interface
        sentence = f"Told to use {sending.interface}, it sent a frame through {where}."
        yield Sign("sent-on-other-interface", sentence, (_SENDS,))
    elif sign := died(sending.record, early=True):
        yield sign.explaining(_SENDS)
    elif (end := sending.record.exit) is not None:
        ended = "ran on" if ran_on(end) else str(end)
        sentence = f"`{command_line(sending.record)}` {ended}, and no frame had left its host."
        yield Sign("sent-nothing", sentence, (_SENDS,))


@detector
def the_requests(answered: Pinging, unanswered: Pinging | None) -> Iterator[Sign]:
    """Their header is not as it should be, there are too many, or they are all alike."""
    own = {FIRST: answered.sending.own}
    if unanswered is not None:
        own[SECOND] = unanswered.sending.own
    for it in (answered, unanswered):
        if it is None or it.sending.target is None:
            continue
        others = {where: mac for where, mac in own.items() if where != it.sending.interface}
        for data in it.sending.by_interface:
            right = bytes(Frame(it.sending.target, it.sending.own, EtherType.LAB, data[14:]))
            for mistake in mistakes(right, data, others):
                yield Sign(mistake.misconception, mistake.sentence, ("client.header",))
    payloads = [data[14:] for data in answered.sending.by_interface]
    if len(payloads) > 1 and len(set(payloads)) == 1:
        sentence = f"All {len(payloads)} requests carry {payloads[0][:16].hex(' ')}."
        same = ("client.distinct", "client.duplicates", "client.late", "client.in-turn")
        yield Sign("echo-requests-alike", sentence, same)
    if len(payloads) > answered.count:
        sentence = f"Told to send {answered.count} requests, it sent {len(payloads)}."
        yield Sign("echo-one-request-more", sentence, ("client.count", "client.distinct"))


@detector
def one_at_a_time(answered: Pinging) -> Iterator[Sign]:
    """The second request is on its way while nothing has come for the first."""
    if any(it.early for it in answered.rounds[:DOUBLE]):
        sentence = "With no answer yet to the first request, the second one was sent."
        yield Sign("echo-sent-in-one-go", sentence, ("client.in-turn",))


@detector
def what_it_takes(answered: Pinging, strangers: Pinging | None) -> Iterator[Sign]:
    """It takes any frame for its answer, or one to an earlier request."""
    taken = [] if strangers is None else [it.early for it in strangers.rounds]
    double = len(answered.rounds) > DOUBLE and answered.rounds[DOUBLE].early
    mixed = ("client.duplicates", "client.late")
    if any(taken):
        what = STRANGE[taken.index(True)]
        sentence = f"For its answer it took {what}."
        yield Sign("echo-any-frame-taken", sentence, ("client.strangers", *mixed))
    elif double:
        sentence = (
            f"The second copy of the answer to request {DOUBLE} was taken for that to request "
            f"{DOUBLE + 1}."
        )
        yield Sign("echo-answer-to-earlier-request", sentence, mixed)


@detector
def what_it_says(answered: Pinging) -> Iterator[Sign]:
    """There is no line for each request, or the time in it is another one."""
    record = answered.sending.record
    said = by_number(answered)
    if len(answered.rounds) < answered.count:
        if sign := died(record, early=False):
            yield sign.explaining(_REPORTS)
        else:
            sentence = f"After {len(answered.rounds)} requests and their answers came no further."
            yield Sign("echo-answer-not-recognised", sentence, (_REPORTS,))
        return
    if not outcomes(answered.printed):
        printed = answered.printed.strip().splitlines()
        sentence = f"Of {answered.count} requests it prints " + (
            f"“{printed[-1][:80]}”." if printed else "nothing on standard output."
        )
        yield Sign("echo-no-line-each", sentence, (_REPORTS,))
        return
    times = [
        (it, number, line.time_s)
        for number, it in enumerate(answered.rounds, 1)
        for line in said.get(number, ())[:1]
        if line.time_s is not None and it.answered_s is not None and not it.early
    ]
    for it, number, time_s in times:
        held_s = (it.answered_s or 0) - it.seen_s
        if any(held_s / _NEAR <= time_s * times_it <= held_s * _NEAR for times_it in _UNITS):
            sentence = f"Held back for {milliseconds(held_s)}, it prints {shown(said[number][0])}."
            yield Sign("echo-wrong-unit", sentence, ("client.time",))
            return
    grows = [time_s for _, _, time_s in times]
    if len(grows) > 1 and all(one < next_one for one, next_one in pairwise(grows)):
        sentence = f"The times only grow: {', '.join(map(milliseconds, grows))}."
        yield Sign("echo-clock-not-reset", sentence, ("client.time",))


@detector
def giving_up(unanswered: Pinging | None) -> Iterator[Sign]:
    """Without an answer it waits for ever, gives up altogether, or waits as long as it likes."""
    if unanswered is None or not unanswered.rounds:
        return
    record = unanswered.sending.record
    line = command_line(record)
    if len(unanswered.rounds) < 2:
        if record.exit is not None and ran_on(record.exit):
            sentence = f"`{line}` got no answer to its first request, and waited on."
            yield Sign("echo-waits-for-ever", sentence, (_TIMEOUT,))
        else:
            sentence = f"`{line}` got no answer to its first request, and sent no second one."
            yield Sign("echo-gives-up", sentence, (_TIMEOUT,))
        return
    waited_s = min(waits_s(unanswered))
    sentence = f"`{line}` waited {milliseconds(waited_s)} for an answer."
    yield Sign("echo-timeout-of-its-own", sentence, ("client.waits",))
    if record.exit is not None and record.exit.succeeded:
        sentence = f"`{line}` got no answer at all, and ended with status 0."
        yield Sign("error-exit-status-zero", sentence, ("client.status",))


@detector
def how_it_ends(answered: Pinging) -> Iterator[Sign]:
    """All were answered, and it does not end, or says that it failed."""
    end = answered.sending.record.exit
    if end is None:
        return
    line = command_line(answered.sending.record)
    if ran_on(end):
        yield Sign("never-exits", f"`{line}` had all its answers, and ran on.", ("client.status",))
    elif end.refused:
        sentence = f"`{line}` had all its answers, and ended with status {end.code}."
        yield Sign("success-status-not-zero", sentence, ("client.status",))


@detector
def refusing(refusals: tuple[Sending, ...]) -> Iterator[Sign]:
    """Arguments that make no sense are accepted, or refused so that nobody notices."""
    known = (
        "unknown-interface-replaced",
        "accepts-malformed-address",
        "accepts-malformed-address",
    )
    for sending, replaced in zip(refusals, known, strict=False):
        if sign := wrong_refusal(sending, sends=replaced, stays=replaced):
            yield sign.explaining("client.bad-arguments")
