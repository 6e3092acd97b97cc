"""Every check of lab pyng on records written by hand: right ones pass, wrong ones say what is."""

import inspect
from dataclasses import replace

import pytest
from observed import (
    FAILED,
    NOT_STARTED,
    OWN,
    SEGFAULT,
    SERVER,
    STOPPED,
    TARGET,
    TOO_LONG,
    answer,
    deaf,
    elsewhere,
    everything,
    formats,
    frame,
    line,
    pair,
    program,
    refusals,
    second,
    sent,
    server,
    silent,
)

from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress, pad
from l2harness.labs.api import check_of
from l2harness.labs.pyng import test_client as client_checks
from l2harness.labs.pyng import test_server as server_checks
from l2harness.labs.pyng import test_together as pair_checks
from l2harness.labs.pyng.runs import FIRST, OTHERS, SECOND, Formats
from l2harness.labs.records import Burst
from l2harness.testing import failure_of, sending

CHECKS = {
    spec.id: function
    for module in (client_checks, server_checks, pair_checks)
    for function in vars(module).values()
    if (spec := check_of(function)) is not None
}
ME = OWN[FIRST]
MALFORMED = ("02:00:0g:aa:bb:cc", "02:00:00:aa:bb", "02:00:00:aa:bb:cc:dd", "")
REFUSED = tuple(silent("./pyng", text, "eth0") for text in MALFORMED)


def ask(check, **changes):
    """How a check fails on records that are right but for the changes; None if it passes."""
    records = everything(**({"refusals": refusals(malformed=REFUSED)} | changes))
    function = CHECKS[check]
    return failure_of(
        function, *(records[name] for name in inspect.signature(function).parameters)
    )


def spaced(value):
    """Bytes as the reports write them."""
    return bytes(value).hex(" ")


def hi(destination=SERVER, source=ME, kind=EtherType.LAB, payload=b"Hi"):
    """The frame of the client, or what became of it."""
    return bytes(Frame(destination, source, kind, payload))


def sends(data, **more):
    """Records in which the client's first frame is this one."""
    return {"pair": pair(sent(data, **more))}


def test_there_are_twenty_nine():
    """All of them are asked below."""
    assert len(CHECKS) == 29
    assert {row[0] for row in WRONG} == set(CHECKS)


@pytest.mark.parametrize("check", CHECKS)
def test_it_passes_on_right_records(check):
    """A right submission's records pass it."""
    assert ask(check) is None


#: Check, changed records, what was expected, what was there, and words of the rationale.
WRONG = [
    # -- the client
    (
        "client.sends",
        {"pair": pair(silent("./pyng", str(SERVER), "eth0", err=b"no route\n"))},
        "one frame through h1.eth0",
        "no frame",
        "No frame left h1.eth0. ./pyng ended with status 1. Its last words: no route",
    ),
    (
        "client.sends",
        {"pair": pair(sent(through=SECOND))},
        "one frame through h1.eth0",
        "a frame through h1.eth1",
        "It sent through h1.eth1 instead.",
    ),
    (
        "client.sends",
        {"pair": pair(silent("./pyng", "x", "eth0", end=NOT_STARTED, err=b""))},
        "one frame through h1.eth0",
        "no frame",
        "./pyng could not be started by the kernel. It printed nothing.",
    ),
    (
        "client.sends",
        {"pair": pair(silent("./pyng", "x", end=None, problem="no file named pyng"))},
        "one frame through h1.eth0",
        "no frame",
        "No frame left h1.eth0. no file named pyng.",
    ),
    ("client.once", {"pair": pair(sent(times=3))}, "1 frame", "3 frames", "3 frames left h1.eth0"),
    (
        "client.exits",
        {"pair": pair(sent(end=TOO_LONG))},
        "ends with status 0",
        "stopped: time limit",
        "./pyng did not end by itself.",
    ),
    (
        "client.exits",
        {"pair": pair(sent(end=FAILED))},
        "ends with status 0",
        "exited with status 1",
        "./pyng ended with status 1. Its last words: Sent!",
    ),
    (
        "client.exits",
        {"pair": pair(sent(end=SEGFAULT))},
        "ends with status 0",
        "ended by SIGSEGV",
        "was ended by SIGSEGV",
    ),
    (
        "client.destination",
        sends(hi(destination=TARGET)),
        spaced(SERVER),
        spaced(TARGET),
        f"Bytes 0–5 are {TARGET}; the command line said {SERVER}.",
    ),
    (
        "client.destination",
        {"second_interface": second(data=hi(SERVER, OWN[SECOND]))},
        spaced(TARGET),
        spaced(SERVER),
        f"the command line said {TARGET}",
    ),
    (
        "client.source",
        sends(hi(source=SERVER, destination=ME)),
        spaced(ME),
        spaced(SERVER),
        f"Bytes 6–11 are {SERVER}; h1.eth0 has {ME}.",
    ),
    (
        "client.source",
        {"second_interface": second(data=hi(TARGET, ME))},
        spaced(OWN[SECOND]),
        spaced(ME),
        f"h1.eth1 has {OWN[SECOND]}.",
    ),
    (
        "client.source",
        {"second_interface": replace(silent("./pyng", "x", "eth1"), own=OWN[SECOND])},
        f"a frame from {OWN[SECOND]}",
        "no frame",
        "it sent nothing",
    ),
    ("client.ethertype", sends(hi(kind=0xB588)), "88 b5", "b5 88", "Bytes 12–13 are b5 88"),
    ("client.ethertype", sends(hi(kind=0x0800)), "88 b5", "08 00", "IPv4"),
    ("client.ethertype", sends(hi(kind=2)), "88 b5", "00 02", "length 2"),
    ("client.payload", sends(hi(payload=b"hi")), "48 69", "68 69", "Bytes 14–15 are 68 69"),
    ("client.payload", sends(hi(payload=b"")), "48 69", "nothing", "missing"),
    (
        "client.payload",
        sends(hi(payload=b"\0\0Hi")),
        "48 69",
        "00 00 48 69",
        "Bytes 14–15 are 00 00",
    ),
    (
        "client.minimum-frame",
        sends(hi().ljust(64, b"\0")),
        "60 bytes",
        "64 bytes",
        "64 bytes arrived",
    ),
    (
        "client.minimum-frame",
        {"pair": pair(sending(FIRST, ME, hi(), reached=OTHERS, min_frame=0))},
        "60 bytes",
        "16 bytes",
        "16 bytes arrived",
    ),
    (
        "client.minimum-frame",
        sends(hi().ljust(60, b" ")),
        spaced(bytes(44))[: 3 * 32 - 1] + " … (44 bytes)",
        spaced(b" " * 44)[: 3 * 32 - 1] + " … (44 bytes)",
        "Byte 16 is 20",
    ),
    (
        "client.minimum-frame",
        {"pair": pair(sending(FIRST, ME, hi()))},
        "a frame",
        "none",
        "No frame arrived at h2.eth0.",
    ),
    (
        "client.broadcast",
        {"pair": replace(pair(), broadcast=None)},
        "a frame to ff:ff:ff:ff:ff:ff",
        "no frame",
        "nothing left h1.eth0",
    ),
    (
        "client.broadcast",
        {"pair": pair(broadcast=silent("./pyng", str(BROADCAST), "eth0"))},
        "a frame to ff:ff:ff:ff:ff:ff",
        "no frame",
        "./pyng ended with status 1",
    ),
    (
        "client.broadcast",
        {"pair": pair(broadcast=sent(hi(), target=BROADCAST))},
        spaced(BROADCAST),
        spaced(SERVER),
        "h2.eth0 received no frame addressed to ff:ff:ff:ff:ff:ff",
    ),
    (
        "client.broadcast",
        {"pair": pair(broadcast=sending(FIRST, ME, hi(BROADCAST), reached=OTHERS[:1]))},
        spaced(BROADCAST),
        "no frame",
        "h3.eth0 received no frame",
    ),
    (
        "client.interface",
        {"pair": pair(sending(FIRST, ME, hi(), elsewhere={SECOND: hi()}))},
        "frames through h1.eth0 alone",
        f"h1.eth1: {spaced(hi())}",
        "Told to use h1.eth0, it sent through h1.eth1.",
    ),
    (
        "client.interface",
        {"second_interface": second(through=FIRST)},
        "frames through h1.eth1 alone",
        f"h1.eth0: {spaced(hi(TARGET, OWN[SECOND]))}",
        "Told to use h1.eth1, it sent through h1.eth0.",
    ),
    (
        "client.mac-formats",
        {
            "formats": Formats(
                tuple(
                    replace(silent("./pyng", text, "eth0"), target=TARGET)
                    for text in ("BOTH", "UPPER", "dashed")
                )
            )
        },
        f"a frame to {TARGET}",
        "no frame",
        "With UPPER as the target nothing was sent.",
    ),
    (
        "client.mac-formats",
        {"formats": formats("BOTH", "UPPER", "dashed", data=hi(SERVER))},
        spaced(TARGET),
        spaced(SERVER),
        f"With UPPER as the target the frame went to {SERVER}.",
    ),
    ("client.reports", {"pair": pair(sent(out=b""))}, "Sent!", "nothing printed", "Sent! is not"),
    ("client.reports", {"pair": pair(sent(out=b"sent\n"))}, "Sent!", "“sent”", "Sent! is not"),
    (
        "client.reports",
        {"pair": pair(sent(out=b"\n", err=b"Sent!\n"))},
        "Sent!",
        "“”",
        "only on standard error",
    ),
    (
        "client.bad-mac",
        {"refusals": refusals(malformed=(*REFUSED[:2], sent(text=MALFORMED[2]), REFUSED[3]))},
        "no frame",
        spaced(hi()),
        "has seven bytes, and still a frame was sent through h1.eth0",
    ),
    (
        "client.bad-mac",
        {
            "refusals": refusals(
                malformed=(*REFUSED[:3], silent("./pyng", "", "eth0", end=replace(FAILED, code=0)))
            )
        },
        "status not 0",
        "status 0",
        "`./pyng '' eth0` has an empty address; it ended with status 0.",
    ),
    (
        "client.bad-interface",
        {"refusals": refusals(malformed=REFUSED, unknown_interface=silent("./pyng", err=b" \n"))},
        "a word on stderr or stdout",
        "nothing printed",
        "but did not say why",
    ),
    (
        "client.bad-interface",
        {
            "refusals": refusals(
                malformed=REFUSED,
                unknown_interface=silent("./pyng", "x", "eth55", end=TOO_LONG),
            )
        },
        "status not 0",
        "still running",
        "has an interface that does not exist; it did not end by itself",
    ),
    (
        "client.usage",
        {
            "refusals": refusals(
                malformed=REFUSED, no_arguments=silent("./pyng", end=replace(FAILED, code=0))
            )
        },
        "status not 0",
        "status 0",
        "has no arguments",
    ),
    # -- the server
    (
        "server.receives",
        {"server": deaf()},
        "a line",
        "nothing printed",
        f"A frame to {SERVER} was not reported.",
    ),
    (
        "server.receives",
        {"server": deaf(listening=False)},
        "a line",
        "no packet socket that listens",
        "pyngd was not listening. ./pyngd was still running, and was stopped.",
    ),
    (
        "server.receives",
        {"server": deaf(alive=False, record=program("./pyngd", "eth0", end=SEGFAULT))},
        "a line",
        "nothing printed",
        "Afterwards it had ended: ./pyngd was ended by SIGSEGV.",
    ),
    (
        "server.destination",
        {
            "server": server(
                unicast=(answer(frame(1), line(frame(1)[6:12] + frame(1)[:6] + frame(1)[12:])),)
            )
        },
        str(SERVER),
        str(MacAddress(frame(1)[6:12])),
        "does not name it as such",
    ),
    (
        "server.source",
        {
            "server": server(
                unicast=(answer(frame(1), f"dst: {SERVER}, type: 0x88b5, payload: b'JQWB'\n"),)
            )
        },
        str(MacAddress(frame(1)[6:12])),
        f"“dst: {SERVER}, type: 0x88b5, payload: b'JQWB'”",
        "does not name it as such",
    ),
    (
        "server.ethertype",
        {"server": server(unicast=(answer(frame(1), line(frame(1)).replace("0x88b5", "34997")),))},
        "0x88b5",
        "“" + line(frame(1)).replace("0x88b5", "34997").strip() + "”",
        "A frame of type 88b5 was reported without it",
    ),
    (
        "server.payload",
        {"server": server(unicast=(answer(frame(1), line(frame(1)).partition(", payload")[0]),))},
        spaced(frame(1)[14:18]),
        "“" + line(frame(1)).partition(", payload")[0] + "”",
        "was reported without it",
    ),
    (
        "server.broadcast",
        {"server": server(broadcast=answer(frame(2, to=BROADCAST), ""))},
        "a line",
        "nothing printed",
        "A frame to ff:ff:ff:ff:ff:ff was not reported.",
    ),
    (
        "server.broadcast",
        {"server": server(broadcast=None)},
        None,
        None,
        "A frame to ff:ff:ff:ff:ff:ff could not be tried.",
    ),
    (
        "server.any-ethertype",
        {"server": server(other_types=(answer(frame(3, kind=0x0800), ""),))},
        "a line",
        "nothing printed",
        "A frame of type 0x0800 was not reported.",
    ),
    (
        "server.any-ethertype",
        {"server": server(binary=answer(frame(4, word=b"\xff\xfe\x80\x00"), "", alive=False))},
        "a line",
        "nothing printed",
        "payload is no text (ff fe 80 00 …) was not reported. Afterwards it had ended",
    ),
    (
        "server.keeps-running",
        {"server": server(unicast=(answer(frame(1), alive=False), answer(frame(2))))},
        "still running",
        "ended",
        "After the first frame it had ended",
    ),
    (
        "server.keeps-running",
        {"server": server(burst=None)},
        None,
        None,
        "It did not run any more.",
    ),
    (
        "server.keeps-running",
        {"server": server(after_burst=answer(frame(1), ""))},
        "still running",
        "silent",
        "After 100 frames it did not report another one.",
    ),
    (
        "server.interface",
        {"server_elsewhere": elsewhere(other=line(frame(110)))},
        "no line",
        "“" + line(frame(110)).strip() + "”",
        "Told to listen on h1.eth1, it reported a frame that came to h1.eth0",
    ),
    (
        "server.interface",
        {"server_elsewhere": elsewhere(named="")},
        "a line",
        "nothing printed",
        "it did not report a frame that came there",
    ),
    (
        "server.idle",
        {"server": server(idle=False)},
        "asleep",
        "running all the time",
        "kept a CPU busy",
    ),
    ("server.idle", {"server": server(idle=None)}, None, None, "It did not run"),
    (
        "server.largest-frame",
        {"server": server(largest=answer(frame(5).ljust(1514, b"\0"), ""))},
        "a line",
        "nothing printed",
        "A frame of 1514 bytes was not reported.",
    ),
    (
        "server.bad-interface",
        {"server_refusal": silent("./pyngd", "eth53", end=STOPPED)},
        "status not 0",
        "still running",
        "has an interface that does not exist; it was still running, and was stopped",
    ),
    # -- both
    (
        "pair.unicast",
        {"pair": pair(unicast_heard=answer(pad(hi()), ""))},
        "a line",
        "nothing printed",
        "pyngd on h2.eth0 did not report the frame",
    ),
    (
        "pair.unicast",
        {"pair": pair(unicast_heard=answer(b"", "noise\n"))},
        "a line",
        "“noise”",
        "pyngd on h2.eth0 did not report the frame",
    ),
    (
        "pair.broadcast",
        {"pair": pair(broadcast_heard=())},
        None,
        None,
        "pyng did not send to the broadcast address.",
    ),
    (
        "pair.broadcast",
        {
            "pair": pair(
                broadcast_heard=(answer(pad(hi(BROADCAST))), answer(pad(hi(BROADCAST)), ""))
            )
        },
        "a line",
        "nothing printed",
        "pyngd on h3.eth0 did not report",
    ),
]


@pytest.mark.parametrize(
    ("check", "changes", "expected", "actual", "words"),
    WRONG,
    ids=[f"{row[0]}-{number}" for number, row in enumerate(WRONG)],
)
def test_what_it_says_of_wrong_records(check, changes, expected, actual, words):
    """It fails, names what was seen, and shows both sides in the same form."""
    failure = ask(check, **changes)
    assert failure is not None
    assert words in failure.rationale
    assert (failure.expected, failure.actual) == (expected, actual)


FRAMES = tuple(frame(number) for number in range(100))
BURSTS = {
    "lost": (
        "".join(map(line, FRAMES[:97])),
        "3 of 100 frames were not reported",
        "97 lines",
    ),
    "twice": (
        "".join(map(line, (*FRAMES, FRAMES[7]))),
        "1 of 100 frames were reported more than once",
        "101 lines",
    ),
    "out of order": (
        "".join(map(line, (FRAMES[1], FRAMES[0], *FRAMES[2:]))),
        "not in the order in which they came",
        "another order",
    ),
}


@pytest.mark.parametrize("kind", BURSTS)
def test_a_hundred_frames(kind):
    """What is wrong with the lines about a hundred frames is told apart and counted."""
    printed, words, actual = BURSTS[kind]
    failure = ask("server.keeps-running", server=server(burst=Burst(FRAMES, printed, alive=True)))
    assert words in failure.rationale
    assert failure.actual == actual


@pytest.mark.parametrize(
    ("each", "passes"),
    [("a frame came\n", True), ("a frame came\na frame came\n", False), ("", False)],
)
def test_lines_that_show_nothing_are_counted(each, passes):
    """A server that only says that something came is taken at its word, once for each frame."""
    said = tuple(answer(frame(number), "a frame came\n") for number in (100, 101))
    burst = Burst(FRAMES, each * 100, alive=True)
    changed = server(unicast=said, burst=burst, after_burst=said[0])
    assert (ask("server.keeps-running", server=changed) is None) == passes


class TestWhatCountsAsAReport:
    """Lines that prove a frame was seen, and lines that do not."""

    def test_a_line_before_any_frame_does_not(self):
        """A line that shows nothing of the frame, and was not caused by it, is none."""
        noise = answer(frame(1), "listening on eth0\n", provoked=False)
        assert ask("server.receives", server=deaf(unicast=(noise,))) is not None

    def test_a_line_that_the_frame_caused_does(self):
        """The same line does count if the program had been waiting and then printed it."""
        caused = answer(frame(1), "something came\n")
        assert ask("server.receives", server=server(unicast=(caused,))) is None

    def test_the_senders_address_does(self):
        """Whoever names an address that nobody could have known has seen the frame."""
        seen = answer(frame(1), f"{MacAddress(frame(1)[6:12])}\n", provoked=False)
        assert ask("server.receives", server=server(unicast=(seen,))) is None

    def test_one_of_two_is_enough(self):
        """One reported frame is receiving; that another one was lost is for other checks."""
        answers = (answer(frame(1), ""), answer(frame(2)))
        assert ask("server.receives", server=server(unicast=answers)) is None

    def test_output_on_standard_error_is_explained(self):
        """Lines on the wrong stream are named as the reason."""
        record = program("./pyngd", "eth0", end=STOPPED, err=b"dst: ...\n")
        failure = ask("server.receives", server=deaf(record=record))
        assert "standard error" in failure.help
        assert "dst: ..." in failure.help

    def test_a_line_with_everything_in_it_does_not(self):
        """Who lists all EtherTypes there are has read none of them."""
        every = " ".join(f"0x{kind:04x}" for kind in range(0x8800, 0xF000))
        listed = answer(frame(1), f"{SERVER} {MacAddress(frame(1)[6:12])} {every} HNTY\n")
        assert ask("server.ethertype", server=server(unicast=(listed,))) is not None


class TestWhatIsNotHeldAgainstAnybody:
    """Things that a right submission may do."""

    @pytest.mark.parametrize("length", [16, 40, 59, 60])
    def test_padding_of_its_own(self, length):
        """Zeros up to the minimum are as good as none."""
        assert ask("client.minimum-frame", **sends(hi().ljust(length, b"\0"))) is None

    def test_other_frames_beside(self):
        """A header is judged by frames of the lab's EtherType, if there are any."""
        stray = hi(source=TARGET, kind=EtherType.ARP, payload=b"who has")
        both = sending(FIRST, ME, stray, hi(), target=SERVER, reached=OTHERS)
        for check in ("client.destination", "client.source", "client.payload"):
            assert ask(check, pair=pair(both)) is None
        assert ask("client.once", pair=pair(both)) is not None

    def test_more_than_sent(self):
        """Banners around the word do not matter."""
        assert (
            ask("client.reports", pair=pair(sent(out=b"* pyng 1.0 *\nSent! (16 bytes)\n"))) is None
        )

    @pytest.mark.parametrize("end", [FAILED, SEGFAULT, replace(FAILED, code=255)])
    def test_any_way_to_refuse(self, end):
        """Any status that is not 0 is a refusal, a crash with a word as well."""
        refused = silent("./pyng", "x", "eth55", end=end)
        changed = refusals(malformed=REFUSED, unknown_interface=refused)
        assert ask("client.bad-interface", refusals=changed) is None

    def test_a_word_on_standard_output(self):
        """An error message may be there, too."""
        refused = silent("./pyng", err=b"", out=b"usage: pyng MAC INTERFACE\n")
        changed = refusals(malformed=REFUSED, no_arguments=refused)
        assert ask("client.usage", refusals=changed) is None
