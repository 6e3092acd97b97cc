"""The checks of both programs together: 10 points."""

from __future__ import annotations

from l2harness.labs.api import Exhibit, check, expect
from l2harness.labs.judging import quoted
from l2harness.labs.pyng.runs import FIRST, OTHERS, Pair, is_reported

NEEDED = ["client.sends", "server.receives"]


@check("pair.unicast", points=5, needs=NEEDED)
def test_pair_unicast(pair: Pair) -> None:
    """The student's {client} on h1 reaches the student's {server} on h2."""
    task = pair.task
    expect(
        pair.unicast_heard.frame and is_reported(pair.unicast_heard),
        f"{task.server} on {OTHERS[0]} did not report the frame that {task.client} had sent from "
        f"{FIRST}.",
        help="Each half works alone; do they agree on the EtherType and the payload?",
        expected="a line",
        actual=quoted(pair.unicast_heard.lines),
        exhibits=[Exhibit(OTHERS[0], pair.unicast_heard.frame)],
    )


@check("pair.broadcast", points=5, needs=NEEDED)
def test_pair_broadcast(pair: Pair) -> None:
    """… and by broadcast the {server} on h2 and the one on h3."""
    task = pair.task
    expect(pair.broadcast_heard, f"{task.client} did not send to the broadcast address.")
    for interface, answer in zip(OTHERS, pair.broadcast_heard, strict=True):
        expect(
            answer.frame and is_reported(answer),
            f"{task.server} on {interface} did not report the frame that {task.client} had sent "
            "to everybody.",
            expected="a line",
            actual=quoted(answer.lines),
            exhibits=[Exhibit(interface, answer.frame)],
        )
