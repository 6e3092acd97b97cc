"""What a run leaves behind: plain data that nobody changes afterwards."""

from dataclasses import FrozenInstanceError, fields

import pytest

from l2harness.frames import Frame, MacAddress
from l2harness.labs.reading import NamedAddress
from l2harness.labs.records import Answer, Burst
from l2harness.testing import program, sending

OWN = MacAddress.parse("02:00:00:00:00:01")
OTHER = MacAddress.parse("02:00:00:00:00:02")
HI = Frame(OTHER, OWN, 0x88B5, b"Hi")


@pytest.mark.parametrize(
    "record",
    [
        program("./pyng"),
        sending("h1.eth0", OWN, HI),
        Answer(bytes(HI), "", provoked=True, alive=True),
        Burst((bytes(HI),), "", alive=True),
        NamedAddress(str(OWN), None, (0, 17)),
    ],
    ids=lambda it: type(it).__name__,
)
def test_nobody_changes_it(record):
    """Checks share records, so none can leave something of its own in one."""
    with pytest.raises(FrozenInstanceError):
        setattr(record, fields(record)[0].name, None)
    assert not hasattr(record, "__dict__")


def test_last_words_are_the_last():
    """Of a long line its end is kept, for that is where the reason stands."""
    line = "".join(chr(0x21 + number % 90) for number in range(300))
    assert program("./pyng", 1, stderr=line.encode()).last_words() == line[-200:]
    assert program("./pyng", 1, stderr=line.encode()).last_words(10) == line[-10:]


def test_what_reached_one_interface():
    """Each interface has its own; the frame is as it arrived there."""
    sent = sending("h1.eth0", OWN, HI, reached=["h2.eth0"])
    assert sent.received_by("h2.eth0") == (bytes(HI).ljust(60, b"\0"),)
    assert sent.received_by("h3.eth0") == ()


def test_an_answer_of_which_nothing_more_is_said():
    """The program ran on from before, and could hear the frame."""
    answer = Answer(bytes(HI), "", provoked=True, alive=True)
    assert (answer.started, answer.listening) == (False, True)
