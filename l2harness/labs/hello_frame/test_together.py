"""The check of both programs together: 10 points."""

from __future__ import annotations

from l2harness.labs.api import Exhibit, Failure, check, expect
from l2harness.labs.hello_frame.runs import FROM, TO, Together, shows
from l2harness.labs.judging import quoted, spaced


@check("pair.hello", points=10, needs=["client.sends", "server.receives"])
def test_pair_hello(together: Together | None) -> None:
    """The server prints the frame that the client sends, from its first byte to “Hi”."""
    if together is None or not together.heard.frame:
        raise Failure(
            f"What the client sent from {FROM} did not come to {TO}.",
            expected="a frame",
            actual="none",
        )
    heard = together.heard
    expect(
        shows(heard.printed, heard.frame),
        f"The server did not print the frame that the client had sent: {quoted(heard.lines)}.",
        help="Each half works alone; do both speak of the same interfaces?",
        expected=spaced(heard.frame.rstrip(b"\0")),
        actual=quoted(heard.lines),
        exhibits=[Exhibit(TO, heard.frame)],
    )
