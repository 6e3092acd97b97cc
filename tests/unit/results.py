"""Sample results for the tests of everything that reads a `Result`."""

from __future__ import annotations

from l2harness.grading.network_record import (
    HostRecord,
    InterfaceRecord,
    SegmentRecord,
    TopologyRecord,
)
from l2harness.grading.result import (
    CheckResult,
    Evidence,
    ExitResult,
    Finding,
    FrameRecord,
    ProgramResult,
    Result,
    RunResult,
    Submission,
    Timing,
    Verdict,
)
from l2harness.grading.timing import ProgramTiming, RunTiming

RIGHT_FRAME = "ffffffffffff0200004a1b2c88b5" + "4869" + "00" * 44
WRONG_FRAME = "ffffffffffff0200004a1b2cb588" + "4869" + "00" * 44

#: Two hosts on a hub that pads, the first with an interface on a segment of its own.
TOPOLOGY = TopologyRecord(
    "pair",
    "Two hosts on a hub.",
    (
        HostRecord(
            "h1",
            (
                InterfaceRecord("eth0", "02:00:00:4a:1b:2c", 1500, "lan"),
                InterfaceRecord("eth1", "02:00:00:4a:1b:2d", 1500, "side"),
            ),
        ),
        HostRecord("h2", (InterfaceRecord("eth0", "02:00:00:4a:1b:2e", 1500, "lan"),)),
    ),
    (SegmentRecord("lan", "hub", "wire", 60), SegmentRecord("side", "hub", "wire", 60)),
)

#: One of everything that means something to somebody: terminals, HTML, Markdown, XML,
#: spreadsheets, GitHub, JSON.
HOSTILE = (
    "=1+1\x1b]0;owned\x07\x1b[2J\u202etxt.exe\x00\x9b31m\u2028"
    "\r\n::error title=x::forged 100%\n##[group]x\n```\n</pre><script>alert(1)</script>"
    "[b](http://evil.example)![i](x.png) @everyone #1 "
    "[red]markup[/red] ]]>&amp;|a|\t\ue000\U000e0041"
)

_RUBRIC = (
    ("client.sends", 5, "At least one frame leaves the named interface.", ()),
    ("client.once", 2, "Exactly one frame leaves it.", ("client.sends",)),
    ("client.ethertype", 6, "Bytes 12–13, the EtherType, are 88 b5.", ("client.sends",)),
    (
        "client.minimum-frame",
        5,
        "At the far end the frame is exactly 60 bytes, and all after the payload is zero.",
        ("client.sends",),
    ),
    ("client.bad-mac", 2, "A malformed address is refused with a word.", ("client.sends",)),
    ("server.receives", 5, "For a frame sent to it, it prints at least one line.", ()),
    ("server.source", 4, "The line names the frame's source.", ("server.receives",)),
    ("pair.unicast", 5.5, "pyng on h1 reaches pyngd on h2.", ("client.sends", "server.receives")),
)


def finding(misconception: str, sentence: str, *checks: str, text: str = "", **more) -> Finding:
    """A finding whose lesson says the same words everywhere, or nothing."""
    known = {
        "title": text or "Bytes in the wrong order.",
        "follows_from": None,
        "why": text or "Networks send the high byte of a number first.",
        "find_out": text or "The lecture's filter does not find it, and this one does:",
        "command": text or "tshark -i eth0 -x",
        "filter": text or "eth.type == 0xb588",
        "question": text or "What does the magic number 0x88b5 mean?",
    }
    return Finding(misconception, sentence=sentence, checks=checks, **(known | more))


def passed(id: str, title: str, points: float, needs: tuple[str, ...] = ()) -> CheckResult:
    """A check that passed."""
    return CheckResult(id, title, Verdict.PASS, points, points, needs)


def result(checks: tuple[CheckResult, ...] | None = None, name: str = "ada", **more) -> Result:
    """A result of these checks, perfect without any."""
    if checks is None:
        checks = tuple(passed(id, title, points, needs) for id, points, title, needs in _RUBRIC)
    known = {
        "harness": "0.1.0",
        "lab": "pyng",
        "lab_title": "Ping over raw Ethernet",
        "lab_digest": "sha256:" + "1f" * 32,
        "seed": "42",
        "mode": "rootless",
        "submission": Submission(name, "sha256:" + "ab" * 32),
        "timing": Timing(1.25),
    }
    return Result.of(checks, **(known | more))


def perfect(name: str = "ada") -> Result:
    """Everything passed; one program, one run with its frame, and when it all happened."""
    return result(
        name=name,
        topology=TOPOLOGY,
        programs=[
            ProgramResult(
                "client-broadcast",
                ("./pyng", "ff:ff:ff:ff:ff:ff", "eth0"),
                "h1",
                ExitResult("exited", 0),
                "Sent!\n",
            )
        ],
        runs=[
            RunResult(
                "client-broadcast",
                "pyng sends to everyone",
                (
                    FrameRecord("h1.eth0", "out", "program", RIGHT_FRAME),
                    FrameRecord("h2.eth0", "in", "program", RIGHT_FRAME),
                ),
            )
        ],
        timing=Timing(
            1.25,
            (
                RunTiming(
                    "client-broadcast",
                    0.125,
                    (0.04, 0.040125),
                    (ProgramTiming(0.0, 0.06, (0.05,), ()),),
                ),
            ),
        ),
    )


def failing(name: str = "grace") -> Result:
    """Bytes swapped, a receiver that crashes, a check blocked by each, and a note."""
    swapped = CheckResult(
        "client.ethertype",
        "Bytes 12–13, the EtherType, are 88 b5.",
        Verdict.FAIL,
        0,
        6,
        ("client.sends",),
        rationale="Bytes 12–13: EtherType, expected 88 b5, got b5 88.",
        help=(
            "Numbers on the wire are big-endian, the most significant byte first. Most machines "
            "store them the other way round, so a number copied from memory arrives turned "
            'around. In Python: struct.pack("!H", 0x88b5); in C: htons(0x88b5).'
        ),
        expected=bytes.fromhex(RIGHT_FRAME).hex(" "),
        actual=bytes.fromhex(WRONG_FRAME).hex(" "),
        misconception="ethertype-byte-order",
        evidence=(
            Evidence("client-broadcast", "h1.eth0", 0, WRONG_FRAME, "the EtherType", RIGHT_FRAME),
        ),
    )
    crashed = CheckResult(
        "server.receives",
        "For a frame sent to it, it prints at least one line.",
        Verdict.FAIL,
        0,
        5,
        rationale="pyngd ended by itself, with status 1, before a frame was sent.",
        expected="a line for the frame",
        actual="no line",
        evidence=(Evidence("server-unicast"),),
    )
    checks = tuple(
        {
            "client.ethertype": swapped,
            "server.receives": crashed,
            "server.source": CheckResult(
                id, title, Verdict.BLOCKED, 0, points, needs, blocked_by="server.receives"
            ),
            "pair.unicast": CheckResult(
                id, title, Verdict.BLOCKED, 0, points, needs, blocked_by="server.receives"
            ),
        }.get(id)
        or passed(id, title, points, needs)
        for id, points, title, needs in _RUBRIC
    )
    traceback = (
        "Traceback (most recent call last):\n"
        '  File "/submission/pyngd", line 12, in <module>\n'
        "    sock.bind(interface)\n"
        "TypeError: bind(): AF_PACKET address must be a tuple, not str\n"
    )
    return result(
        checks,
        name,
        submission=Submission(
            name, "sha256:" + "cd" * 32, ("pyng has no run bit; it was run all the same.",)
        ),
        misconceptions=["not-executable"],
        findings=[
            finding(
                "ethertype-byte-order",
                "Bytes 12–13 are b5 88: 88 b5 with the low byte first.",
                "client.ethertype",
            )
        ],
        protections=["no-sandbox"],
        topology=TOPOLOGY,
        programs=[
            ProgramResult(
                "server-unicast", ("./pyngd", "eth0"), "h2", ExitResult("exited", 1), "", traceback
            )
        ],
        runs=[
            RunResult(
                "client-broadcast",
                "pyng sends to everyone",
                (FrameRecord("h1.eth0", "out", "program", WRONG_FRAME),),
            )
        ],
    )


def unjudged(name: str = "linus") -> Result:
    """One check of each verdict; the harness failed in one and the machine in another."""
    return result(
        (
            passed("client.sends", "At least one frame leaves the named interface.", 5),
            CheckResult(
                "client.once",
                "Exactly one frame leaves it.",
                Verdict.FAIL,
                0.5,
                2,
                ("client.sends",),
                rationale="Three frames left it.",
                expected="1 frame",
                actual="3 frames",
                misconception="sent-more-than-once",
            ),
            CheckResult(
                "client.exits",
                "It ends by itself, with status 0.",
                Verdict.ERROR,
                0,
                2,
                rationale="The sandbox did not start: bwrap: No such file or directory.",
            ),
            CheckResult(
                "server.idle",
                "It uses no CPU while nothing arrives.",
                Verdict.UNAVAILABLE,
                0,
                2,
                rationale="This kernel does not tell how much CPU time a program has used.",
            ),
            CheckResult(
                "pair.unicast",
                "pyng on h1 reaches pyngd on h2.",
                Verdict.BLOCKED,
                0,
                5,
                ("client.exits",),
                blocked_by="client.exits",
            ),
        ),
        name,
        mode="root",
    )


def hostile(text: str = HOSTILE) -> Result:
    """The same text wherever a stranger, or a mistake of ours, could put one."""
    failed = CheckResult(
        f"client.{text}",
        text,
        Verdict.FAIL,
        0,
        5,
        (text,),
        rationale=text,
        help=text,
        expected=text,
        actual=f"{text}!",
        misconception=text,
        evidence=(Evidence(text, text, 0, "00", text),),
    )
    blocked = CheckResult(
        f"server.{text}", text, Verdict.BLOCKED, 0, 5, (failed.id,), blocked_by=failed.id
    )
    broken = CheckResult(f"pair.{text}", text, Verdict.ERROR, 0, 5, rationale=text)
    return result(
        (failed, blocked, broken, passed(f"z.{text}", text, 1)),
        harness=text,
        lab=text,
        lab_title=text,
        lab_digest=text,
        seed=text,
        submission=Submission(text, text, (text, text), text, text),
        protections=[text],
        misconceptions=[f"also {text}"],
        findings=[finding(text, text, failed.id, text=text)],
        programs=[
            ProgramResult(
                text, (text, text), text, ExitResult(text, None, text), f"{text}\n", f"{text}\n"
            )
        ],
        runs=[RunResult(text, text, (FrameRecord(text, "out", "program", "00", True),))],
        timing=Timing(1.0, (RunTiming(text, 1.0, (0.5,), (ProgramTiming(0.0, 1.0, (0.5,)),)),)),
    )


def every() -> list[Result]:
    """One of each."""
    return [perfect(), failing(), unjudged(), hostile()]
