"""Pages for tests: results with runs in them, and HTML read back as a tree."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from results import RIGHT_FRAME, TOPOLOGY, WRONG_FRAME, failing, finding, result

from l2harness.grading.records import Gap
from l2harness.grading.result import (
    CheckResult,
    Evidence,
    ExitResult,
    FrameRecord,
    ProgramResult,
    Result,
    RunResult,
    Timing,
    Verdict,
)
from l2harness.grading.timing import ProgramTiming, RunTiming

#: Elements that have no end.
_VOID = frozenset({"meta", "br", "hr", "img", "input", "link"})


def swapped() -> Result:
    """A client whose EtherType is the wrong way round, with everything a page can show of it."""
    before = failing()
    frames = (
        FrameRecord("h1.eth0", "out", "program", WRONG_FRAME[:32]),
        FrameRecord("h2.eth0", "in", "program", WRONG_FRAME),
    )
    checks = tuple(
        replace(
            check,
            expected="88 b5",
            actual="b5 88",
            evidence=(Evidence("client", "h1.eth0", 0, WRONG_FRAME[:32], "", RIGHT_FRAME[:32]),),
        )
        if check.id == "client.ethertype"
        else replace(check, evidence=(Evidence("client"),))
        for check in before.checks
    )
    return replace(
        before,
        checks=checks,
        misconceptions=("ethertype-byte-order", "not-executable"),
        findings=(finding("ethertype-byte-order", "Bytes 12–13 are b5 88.", "client.ethertype"),),
        programs=(
            ProgramResult(
                "client",
                ("./pyng", "ff:ff:ff:ff:ff:ff", "eth0"),
                "h1",
                ExitResult("exited", 0),
                "Sent!\n",
            ),
            ProgramResult(
                "client", ("./pyngd", "eth0"), "h2", ExitResult("stopped"), "dst: …\nsrc: …\n"
            ),
        ),
        runs=(RunResult("client", "The client on h1, a server on h2.", frames),),
        timing=Timing(
            1.0,
            (
                RunTiming(
                    "client",
                    0.2,
                    (0.05, 0.0502),
                    (
                        ProgramTiming(0.01, 0.06, (0.051,)),
                        ProgramTiming(0.0, 0.1, (0.0503, 0.0504)),
                    ),
                ),
            ),
        ),
    )


def flooded(frames: int = 100_000, kept: int = 250) -> Result:
    """A client that sent very many frames, of which a report keeps some."""
    streams = [("h1.eth0", "out"), ("h2.eth0", "in")]
    records = tuple(
        FrameRecord(label, direction, "program", f"{RIGHT_FRAME[:28]}4869{number:08x}")
        for label, direction in streams
        for number in range(kept)
    )
    gaps = tuple(Gap(kept * place + 200, frames - kept) for place in range(len(streams)))
    times = tuple(0.001 * (number % kept) for number in range(len(records)))
    check = CheckResult(
        "client.once", "Exactly one frame.", Verdict.FAIL, 0, 2, evidence=(Evidence("client"),)
    )
    return result(
        (check,),
        topology=TOPOLOGY,
        runs=[RunResult("client", "The client on h1.", records, gaps)],
        timing=Timing(1.0, (RunTiming("client", 1.0, times),)),
    )


@dataclass(slots=True)
class Element:
    """
    An element of a page.

    Attributes:
        tag: Its name.
        attributes: By name.
        children: Elements in it.
        own_text: Text that stands in it directly.
    """

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    own_text: str = ""
    _pieces: list[object] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, as a reader would meet it."""
        return "".join(piece if isinstance(piece, str) else piece.text for piece in self._pieces)

    @property
    def words(self) -> str:
        """All text in it, with single spaces, also between elements."""
        pieces = (it if isinstance(it, str) else it.words for it in self._pieces)
        return " ".join(" ".join(pieces).split())

    def all(self, tag: str = "", **wanted: str):
        """Yield the elements in it, at any depth, that have this name and these attributes."""
        for child in self.children:
            has = all(child.attributes.get(name) == value for name, value in wanted.items())
            if has and (not tag or child.tag == tag):
                yield child
            yield from child.all(tag, **wanted)

    def with_class(self, name: str):
        """Yield the elements in it that have a class."""
        return (it for it in self.all() if name in it.attributes.get("class", "").split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        self.open[-1]._pieces.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> ends <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].own_text += data
        self.open[-1]._pieces.append(data)


def parsed(document: str) -> Element:
    """Read a page as a tree; fails where an element is not closed or closed twice."""
    reader = _Reader()
    reader.feed(document)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is not closed"
    return reader.root
