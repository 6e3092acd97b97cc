"""Wrong ideas behind a pair that does not understand itself although each half seems to work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from l2harness.labs.judging import how_it_ended, quoted
from l2harness.labs.misconceptions.sign import Sign, detector
from l2harness.labs.pyng.misconceptions_client import misfits
from l2harness.labs.pyng.runs import OTHERS, Listening, Pair, is_reported
from l2harness.labs.records import Answer, Sending


@detector
def the_pair(pair: Pair, server: Listening) -> Iterator[Sign]:
    """The server does not report what the client sent: the client's fault or the server's."""
    yield from _unheard(pair, pair.unicast, [pair.unicast_heard], "pair.unicast")
    if pair.broadcast is not None and is_reported(server.broadcast):
        yield from _unheard(pair, pair.broadcast, pair.broadcast_heard, "pair.broadcast")


def _unheard(pair: Pair, sending: Sending, heard: Sequence[Answer], check: str) -> Iterator[Sign]:
    for interface, answer in zip(OTHERS, heard, strict=False):
        if not answer.frame or not answer.listening or is_reported(answer):
            continue
        if not answer.alive:
            ended = next(
                (it for it in pair.servers if it.host == interface.partition(".")[0]), None
            )
            told = how_it_ended(ended) if ended else f"{pair.task.server} was gone."
            yield Sign("crashed", f"The client's frame came, and then: {told}", (check,))
            return
        if wrong := misfits(pair.task, [sending]):
            for mistake in wrong[0].named:
                yield Sign(mistake.misconception, mistake.sentence, (check,))
            return
        said = f"printed {quoted(answer.lines)}" if answer.lines else "printed nothing"
        sentence = (
            f"{pair.task.server} on {interface} got {answer.frame[:18].hex(' ')} … from its own "
            f"client, and {said}."
        )
        yield Sign("ignores-frames-from-its-own-client", sentence, (check,))
        return
