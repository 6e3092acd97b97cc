"""Records of a right submission of lab pyng, written by hand, to be changed in one place."""

from __future__ import annotations

import inspect
from dataclasses import replace

from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress, pad
from l2harness.grading.diagnosis import diagnose
from l2harness.grading.result import CheckResult, Verdict
from l2harness.labs.lab import find_lab
from l2harness.labs.misconceptions.loading import knowledge_of
from l2harness.labs.pyng.runs import (
    FIRST,
    OTHERS,
    SECOND,
    Elsewhere,
    Formats,
    Listening,
    Pair,
    Refusals,
)
from l2harness.labs.records import Answer, Burst, ProgramRecord, Sending
from l2harness.labs.rubric import rubric_of
from l2harness.network.timeline import Direction, FrameEvent
from l2harness.programs.exit import Exit, ExitReason
from l2harness.programs.recognise import FoundProgram
from l2harness.programs.submission import FoundPrograms

LAB = find_lab("pyng")
KNOWLEDGE = knowledge_of(LAB)
CHECKS = [spec.id for spec in rubric_of(LAB)]

OWN = {
    FIRST: MacAddress.parse("06:1c:2b:ea:64:da"),
    SECOND: MacAddress.parse("0e:71:33:52:3c:98"),
    OTHERS[0]: MacAddress.parse("06:b5:26:40:a6:7a"),
    OTHERS[1]: MacAddress.parse("0a:c0:1f:9b:77:21"),
}
SERVER = OWN[OTHERS[0]]
TARGET = MacAddress.parse("02:5d:76:a9:79:6f")

DONE = Exit(ExitReason.EXITED, 0, None, 0.1)
FAILED = Exit(ExitReason.EXITED, 1, None, 0.1)
STOPPED = Exit(ExitReason.STOPPED, None, 15, 0.1)
TOO_LONG = Exit(ExitReason.WALL_LIMIT, None, 9, 10.0)
SEGFAULT = Exit(ExitReason.SIGNALLED, None, 11, 0.1)
NOT_STARTED = Exit(ExitReason.NOT_STARTED, 126, None, 0.1)


def program(
    *argv: str, end: Exit | None = DONE, out: bytes = b"", err: bytes = b"", **more
) -> ProgramRecord:
    """An execution."""
    name = argv[0].removeprefix("./")
    return ProgramRecord("run", name, argv, "h1", end, out, err, **more)


def sent(
    data: bytes | None = None,
    *,
    interface: str = FIRST,
    target: MacAddress | None = SERVER,
    text: str | None = None,
    through: str | None = None,
    times: int = 1,
    **more,
) -> Sending:
    """The client sends ``data``, or the right frame, so often; it gets ``text`` as the target."""
    own = OWN[interface]
    if data is None and target is not None:
        data = bytes(Frame(target, own, EtherType.LAB, b"Hi"))
    said = text if text is not None else str(target)
    record = program("./pyng", said, interface.partition(".")[2], **({"out": b"Sent!\n"} | more))
    frames = [] if data is None else [data] * times
    out = tuple(FrameEvent(0.0, through or interface, Direction.OUT, it) for it in frames)
    arrived = tuple(
        FrameEvent(0.0, other, Direction.IN, pad(it)) for other in OTHERS for it in frames
    )
    return Sending(record, interface, own, target, out, arrived)


def silent(*argv: str, end: Exit = FAILED, err: bytes = b"pyng: no\n", **more) -> Sending:
    """An execution that sends nothing, and refuses as it should."""
    record = program(*argv, end=end, err=err, **more)
    return Sending(record, FIRST, OWN[FIRST], None, (), ())


def line(frame: bytes) -> str:
    """The line of a right server."""
    return (
        f"dst: {frame[:6].hex(':')}, src: {frame[6:12].hex(':')}, "
        f"type: 0x{frame[12:14].hex()}, payload: {frame[14:18]!r}...\n"
    )


def answer(frame: bytes, printed: str | None = None, **more) -> Answer:
    """What the server printed about a frame: the right line unless told otherwise."""
    known = {"provoked": True, "alive": True} | more
    return Answer(frame, line(frame) if printed is None else printed, **known)


def frame(number: int, *, to: MacAddress = SERVER, kind: int = 0x88B5, word: bytes = b"") -> bytes:
    """A frame with a sender and a word that belong to a number."""
    source = MacAddress(bytes([0x0E, 0x5F, 0xBE, 0x30, 0xC9, number]))
    letters = bytes(b"GHJKLMNPQRSTUVWXYZ"[(number + at * 5) % 18] for at in range(4))
    return bytes(Frame(to, source, kind, word or letters).padded())


def pair(unicast: Sending | None = None, broadcast: Sending | None = None, **more) -> Pair:
    """Client and servers together."""
    one = unicast or sent()
    every = broadcast or sent(target=BROADCAST)
    heard = [answer(pad(it.by_interface[0])) for it in (one, every) if it.by_interface]
    known = {
        "unicast_heard": heard[0] if one.by_interface else answer(b"", ""),
        "broadcast_heard": tuple(heard[-1:] * 2) if every.by_interface else (),
        "servers": tuple(
            replace(program("./pyngd", "eth0", end=STOPPED), host=host) for host in ("h2", "h3")
        ),
    }
    return Pair(one, every, **(known | more))


def second(**more) -> Sending:
    """The client told to use the second interface."""
    return sent(**({"interface": SECOND, "target": TARGET} | more))


def formats(*texts: str, **more) -> Formats:
    """The client with an address in these spellings; with one that is both by default."""
    spelled = texts or (str(TARGET).upper().replace(":", "-"),)
    return Formats(tuple(sent(target=TARGET, text=text, **more) for text in spelled))


def refusals(**more) -> Refusals:
    """The client with wrong arguments, all of them refused; ``malformed``, … to change one."""
    known = {
        "malformed": (silent("./pyng", "02:00:0g:aa:bb:cc", "eth0"),),
        "unknown_interface": silent("./pyng", str(TARGET), "eth55"),
        "no_arguments": silent("./pyng", end=replace(FAILED, code=2)),
    }
    return Refusals(**(known | more))


def server(**more) -> Listening:
    """The server, which reports everything; named arguments are its attributes."""
    frames = [frame(number) for number in range(100)]
    known = {
        "record": program("./pyngd", "eth0", end=STOPPED),
        "own": SERVER,
        "before": "",
        "idle": True,
        "unicast": (answer(frame(100)), answer(frame(101))),
        "broadcast": answer(frame(102, to=BROADCAST)),
        "other_types": (answer(frame(103, kind=0x0800)), answer(frame(104, kind=0xB5B9))),
        "binary": answer(frame(105, word=b"\xff\xfe\x80\x00")),
        "largest": answer(frame(106).ljust(1514, b"\0")),
        "burst": Burst(tuple(frames), "".join(map(line, frames)), alive=True),
        "after_burst": answer(frame(107)),
        "protocols": (3,),
    }
    return Listening(**(known | more))


def deaf(printed: str = "", *, alive: bool = True, listening: bool = True, **more) -> Listening:
    """The server when nothing that it prints is about its first frames."""
    unicast = tuple(
        answer(frame(number), printed, alive=alive, listening=listening) for number in (100, 101)
    )
    nothing = {
        name: None
        for name in ("broadcast", "binary", "largest", "burst", "after_burst", "swapped_type")
    }
    return server(**({"unicast": unicast, "other_types": ()} | nothing | more))


def elsewhere(other: str = "", named: str | None = None) -> Elsewhere:
    """The server told to listen on the second interface, and what it prints about each."""
    return Elsewhere(
        program("./pyngd", "eth1", end=STOPPED),
        answer(frame(110), other),
        answer(frame(111), named),
    )


def found(**problems: FoundProgram) -> FoundPrograms:
    """Both programs found; or as given."""
    from pathlib import Path

    every = [problems.get(name, FoundProgram(name)) for name in ("pyng", "pyngd")]
    return FoundPrograms(Path("/nowhere"), None, tuple(every))


def everything(**changes: object) -> dict[str, object]:
    """All that detectors of lab pyng may ask for, of a right submission but for the changes."""
    known: dict[str, object] = {
        "found": found(),
        "built": None,
        "pair": pair(),
        "second_interface": second(),
        "formats": formats(),
        "refusals": refusals(),
        "server": server(),
        "server_elsewhere": elsewhere(),
        "server_refusal": silent("./pyngd", "eth53"),
    }
    return known | changes


def signs(**changes):
    """Every sign in records that are right but for the changes, in the order of detection."""
    seen = everything(**changes)
    found_signs = []
    for detector in KNOWLEDGE.detectors:
        found_signs += detector(*(seen[name] for name in inspect.signature(detector).parameters))
    return found_signs


def named(*failed, **changes):
    """Misconceptions behind these failed checks, by check, and the sentences of the findings."""
    checks = [
        CheckResult(id, "It is so.", Verdict.FAIL if id in failed else Verdict.PASS, 0, 0)
        for id in CHECKS
    ]
    diagnosis = diagnose(checks, KNOWLEDGE, everything(**changes))
    assert diagnosis.faults == ()
    by_check = {it.id: it.misconception for it in diagnosis.checks if it.id in failed}
    return by_check, " ".join(it.sentence for it in diagnosis.findings)
