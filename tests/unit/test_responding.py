"""What is asked of every program that answers frames, and frames from several hosts in turns."""

from types import SimpleNamespace

import pytest

from l2harness.frames import Frame, MacAddress
from l2harness.labs.answering import Exchange
from l2harness.labs.responding import (
    expect_all_answered,
    expect_answered,
    expect_arguments_refused,
    expect_asleep,
    expect_once,
    expect_own_interface,
    expect_silence,
)
from l2harness.labs.turns import in_turns, send_in_turns
from l2harness.testing import TimelineBuilder, failure_of, program, sending

HERE, BESIDE = "h2.eth0", "h2.eth1"
OWN = MacAddress.parse("02:00:00:00:00:01")
ASKER = MacAddress.parse("02:00:00:00:00:02")
ASKED = bytes(Frame(OWN, ASKER, 0x0800, b"question"))
REPLY = bytes(Frame(ASKER, OWN, 0x0800, b"answer"))
RUNS = program("./echo eth0", 0, host="h2")
DEAD = program("./echo eth0", "SIGSEGV", host="h2", stderr=b"oh no\n")


def exchange(*replies, elsewhere=(), interface=HERE, alive=True, listening=True):
    """A question, and what was sent because of it."""
    script = TimelineBuilder()
    for frame in elsewhere:
        script.left(BESIDE, frame)
    for frame in replies:
        script.left(interface, frame)
    return Exchange(interface, ASKED, tuple(script.timeline.frames()), alive, listening)


class TestExchange:
    """A question and what came of it."""

    def test_replies_left_through_its_own_interface(self):
        """What left through another one is told apart, each in order."""
        it = exchange(REPLY, ASKED, elsewhere=[ASKED])
        assert it.replies == (REPLY, ASKED)
        assert [event.interface for event in it.elsewhere] == [BESIDE]


class TestAnswered:
    """A request has to be answered."""

    def test_a_reply(self):
        """Any frame through the program's interface will do, even if it was the last one."""
        assert failure_of(expect_answered, exchange(REPLY, alive=False), "It", DEAD) is None

    def test_no_reply(self):
        """What was asked is shown; or the reply that should have left, where that is known."""
        failure = failure_of(expect_answered, exchange(), "A request", RUNS)
        assert failure.rationale == "A request was not answered."
        assert (failure.expected, failure.actual) == ("a frame through h2.eth0", "no frame")
        [shown] = failure.exhibits
        assert (shown.interface, shown.data, shown.wanted) == (HERE, ASKED, b"")
        [shown] = failure_of(expect_answered, exchange(), "A request", RUNS, REPLY).exhibits
        assert (shown.interface, shown.data, shown.wanted) == (HERE, b"", REPLY)

    def test_a_reply_elsewhere(self):
        """It is told where it left."""
        failure = failure_of(expect_answered, exchange(elsewhere=[REPLY]), "A request", RUNS)
        assert failure.actual == "a frame through h2.eth1"

    def test_its_end(self):
        """How it ended is told."""
        failure = failure_of(expect_answered, exchange(alive=False), "A request", DEAD)
        assert "was not answered. ./echo was ended by SIGSEGV" in failure.rationale

    @pytest.mark.parametrize("it", [None, exchange(listening=False)])
    def test_nobody_listened(self, it):
        """A program that is gone or deaf is told apart from one that is silent."""
        failure = failure_of(expect_answered, it, "A request", DEAD)
        assert "was not listening. ./echo was ended by SIGSEGV" in failure.rationale
        assert failure.actual == "no packet socket that listens"


class TestSilence:
    """What is no request is left alone, and survived."""

    def test_silence(self):
        """Nothing was sent, and it goes on."""
        assert failure_of(expect_silence, exchange(), "A reply", RUNS, "Look.") is None

    @pytest.mark.parametrize("alive", [True, False])
    def test_an_answer(self, alive):
        """The first frame that it sent is shown, wherever it left; that counts first."""
        it = exchange(REPLY, elsewhere=[ASKED], alive=alive)
        failure = failure_of(expect_silence, it, "A reply", RUNS, "Look.")
        assert (failure.rationale, failure.help) == ("A reply was answered.", "Look.")
        assert failure.actual == ASKED.hex(" ")
        assert [(shown.interface, shown.data) for shown in failure.exhibits] == [(BESIDE, ASKED)]

    def test_its_end(self):
        """Dying of it is no silence."""
        failure = failure_of(expect_silence, exchange(alive=False), "A reply", DEAD, "Look.")
        assert "A reply was its end. ./echo was ended by SIGSEGV" in failure.rationale
        assert failure.actual == "ended"


class TestOnce:
    """One reply to each request."""

    def test_one_each(self):
        """As many requests as there are."""
        assert failure_of(expect_once, [exchange(REPLY), exchange(REPLY)]) is None

    @pytest.mark.parametrize(("replies", "count"), [((), 0), ((REPLY, REPLY), 2)])
    def test_another_number(self, replies, count):
        """None and two are both wrong, also where the first request got one."""
        failure = failure_of(expect_once, [exchange(REPLY), exchange(*replies)])
        assert failure.actual == f"{count} frames"
        assert failure.rationale == f"{count} frames left h2.eth0 in answer to one request."


class TestMany:
    """Many requests in a row."""

    def test_all(self):
        """As many replies as requests, or more; and it goes on."""
        for many in (exchange(REPLY, REPLY), exchange(REPLY, REPLY, REPLY)):
            assert failure_of(expect_all_answered, many, 2, RUNS, alive_before=True) is None

    def test_some_are_missing(self):
        """It is told how many."""
        failure = failure_of(expect_all_answered, exchange(REPLY), 3, RUNS, alive_before=True)
        assert failure.rationale == "2 of 3 requests were not answered."
        assert (failure.expected, failure.actual) == ("3 replies", "1 replies")
        one = failure_of(expect_all_answered, exchange(REPLY), 2, RUNS, alive_before=True)
        assert one.rationale == "1 of 2 requests were not answered."

    @pytest.mark.parametrize(
        ("many", "alive_before"),
        [
            (None, True),
            (exchange(REPLY, REPLY), False),
            (exchange(REPLY, REPLY, alive=False), True),
        ],
    )
    def test_it_had_ended(self, many, alive_before):
        """Before, or by them: also where every request was answered."""
        failure = failure_of(expect_all_answered, many, 2, DEAD, alive_before=alive_before)
        assert failure.rationale.startswith("It had ended: ./echo was ended by SIGSEGV")


class TestInterface:
    """It works on the interface that it is told to use, and as that one."""

    def test_right(self):
        """Nothing because of the other one, and its own address on the named one."""
        right = exchange(), exchange(REPLY), OWN, BESIDE
        assert failure_of(expect_own_interface, *right) is None

    def test_the_other_interface(self):
        """What came there was answered; the frame is told."""
        failure = failure_of(expect_own_interface, exchange(REPLY), exchange(REPLY), OWN, BESIDE)
        assert "it answered a request that came to h2.eth1." in failure.rationale
        assert failure.actual == REPLY.hex(" ")

    def test_another_address(self):
        """The source is not that of the named interface, or there is no reply at all."""
        failure = failure_of(expect_own_interface, exchange(), exchange(ASKED), OWN, BESIDE)
        assert failure.rationale.endswith(f"which has {OWN}, it answered from {ASKER}.")
        assert (failure.expected, failure.actual) == (OWN.value.hex(" "), ASKER.value.hex(" "))
        failure = failure_of(expect_own_interface, exchange(), exchange(), OWN, BESIDE)
        assert failure.rationale.endswith("it answered nothing.")
        assert failure.actual == "no reply"


class TestAsleep:
    """It sleeps while nothing comes."""

    def test_three_answers(self):
        """It did, it did not, and nobody knows because it did not run."""
        assert failure_of(expect_asleep, True, RUNS) is None
        assert "kept a CPU busy" in failure_of(expect_asleep, False, RUNS).rationale
        assert "It did not run" in failure_of(expect_asleep, None, DEAD).rationale


def test_arguments():
    """Each of the three has to be refused, and the one that was not is told."""
    refused = sending(HERE, OWN, record=program("./echo eth7", 1, stderr=b"no\n"))
    accepted = sending(HERE, OWN, record=program("./echo eth7", 0))
    assert failure_of(expect_arguments_refused, [refused] * 3) is None
    for place, what in enumerate(("an interface that does", "an address that is", "no address")):
        refusals = [refused] * 3
        refusals[place] = accepted
        assert f"has {what}" in failure_of(expect_arguments_refused, refusals).rationale


def test_arguments_that_were_not_tried():
    """A refusal that is missing is the lab's fault, and no pass."""
    refused = sending(HERE, OWN, record=program("./echo eth7", 1, stderr=b"no\n"))
    with pytest.raises(ValueError, match=r"zip\(\)"):
        expect_arguments_refused([refused])


class TestTurns:
    """Frames from several hosts, in an order that is the same every time."""

    def test_ten_each(self):
        """The first interface begins, and is back when all others have had their turn."""
        turns = list(in_turns(("h1.eth0", "h3.eth0"), 25))
        assert turns == ["h1.eth0"] * 10 + ["h3.eth0"] * 10 + ["h1.eth0"] * 5

    def test_the_network_is_quiet_before_it_is_another_ones_turn(self):
        """What one host has sent has arrived before another one sends."""
        done = []
        network = SimpleNamespace(
            settle=lambda: done.append("settled"),
            send=lambda interface, frame: done.append((interface, frame)),
        )
        frames = [("h1.eth0", b"a"), ("h1.eth0", b"b"), ("h3.eth0", b"c")]
        assert send_in_turns(network, iter(frames)) == 3
        assert done == ["settled", *frames[:2], "settled", frames[2]]
