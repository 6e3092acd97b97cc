"""Checks of client and server together: on a good line, and on one that loses and doubles."""

from __future__ import annotations

from l2harness.labs.api import check, expect
from l2harness.labs.judging import how_it_ended
from l2harness.labs.pyng_echo.measuring import shown, wrong_lines
from l2harness.labs.pyng_echo.runs import Pair

GOOD = "pair.good-line"


def _expect_right(pair: Pair) -> None:
    for number, came_s, line in wrong_lines(pair)[:1]:
        if number > len(pair.came):
            so = f"Request {number} was not sent"
        elif came_s is None:
            so = f"No answer to request {number} arrived"
        else:
            so = f"The answer to request {number} arrived"
        expect(
            False,
            f"{so}; of it there is {shown(line)}. {how_it_ended(pair.sending.record)}",
            expected=f"{number} timeout" if came_s is None else f"{number} … ms",
            actual=shown(line),
        )


@check(
    GOOD,
    points=4,
    needs=[
        "client.header",
        "client.time",
        "client.strangers",
        "server.header",
        "server.payload",
        "server.keeps-running",
    ],
)
def test_pair_good_line(pair: Pair) -> None:
    """The client gets an answer from the server of the same submission to every request."""
    expect(
        all(it is not None for it in pair.came) and len(pair.came) >= pair.count,
        f"{pair.count} requests were to be sent; {len(pair.came)} were, and "
        f"{sum(it is not None for it in pair.came)} answers brought their payload back. "
        f"{how_it_ended(pair.sending.record)}",
        help="Each half is right by itself, so look at what they mean to each other: is what "
        "your server sends back what your client waits for?",
        expected=f"{pair.count} answers",
        actual=f"{sum(it is not None for it in pair.came)} answers",
    )
    _expect_right(pair)


@check(
    "pair.bad-line",
    points=6,
    needs=[
        GOOD,
        "client.count",
        "client.distinct",
        "client.duplicates",
        "client.late",
        "client.waits",
        "server.once",
    ],
)
def test_pair_bad_line(bad_line: Pair) -> None:
    """On a line that loses frames and doubles others it says of each request what is so."""
    _expect_right(bad_line)
