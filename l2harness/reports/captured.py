"""A captured frame on the terminal: offset, bytes and the name of every field, in colour.

What a capture shows beside Wireshark: who had sent the frame, and which of its bytes are padding,
because the wire knows how long the frame was before the network card filled it up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from l2harness.frames.ethernet import TAG_BYTES, TAGS_OFFSET, Frame, count
from l2harness.frames.ethertype import ethertype_name
from l2harness.live.taps import Captured, Way

if TYPE_CHECKING:
    from rich.console import Console

    from l2harness.errors import FrameError
    from l2harness.reports.screen import Screen

_LINE_BYTES: Final = 8
#: Of one payload; the rest is told by its length.
_SHOWN_BYTES: Final = 128
_SECOND_NS: Final = 1_000_000_000
_STYLES: Final = {
    "destination": "green",
    "source": "cyan",
    "tag": "magenta",
    "EtherType": "yellow",
    "payload": "bold",
    "padding": "dim",
}
_WAYS: Final = {Way.ACROSS: "", Way.IN: " in", Way.OUT: " out"}


@dataclass(frozen=True, slots=True)
class _Line:
    """
    One line of a frame.

    Attributes:
        offset: Of its first byte.
        shown: The bytes, in hex.
        field: Name of the field; empty where it goes on.
        meaning: In words.
        style: Of bytes and name.
    """

    offset: int
    shown: str
    field: str
    meaning: str
    style: str


def draw_captured(
    captured: Captured,
    number: int,
    places: Sequence[str],
    interfaces: Sequence[str],
    screen: Screen,
) -> str:
    """
    Draw one frame, with an empty line after it.

    Args:
        captured: The frame.
        number: Its place in the capture, from 1.
        places: Where is captured; the frame has a number among them.
        interfaces: Every interface of the network; the sender has a number among them.
        screen: Where it is read.
    """

    def paint(console: Console) -> None:
        heading = screen.text(_heading(captured, number, places, interfaces), "bold")
        console.print(heading, soft_wrap=True)
        for line in _lines(captured):
            text = screen.text(f"  {line.offset:04x}  ", "dim")
            text.append_text(screen.text(f"{line.shown:<{3 * _LINE_BYTES}} ", line.style))
            text.append_text(screen.text(f"{line.field:<12}", line.style))
            text.append_text(screen.text(line.meaning))
            console.print(text, soft_wrap=True)
        console.print()

    return screen.draw(paint)


def _heading(
    captured: Captured, number: int, places: Sequence[str], interfaces: Sequence[str]
) -> str:
    seconds, nanoseconds = divmod(captured.time_ns, _SECOND_NS)
    clock = time.strftime("%H:%M:%S", time.localtime(seconds))
    words = f"#{number}  {clock}.{nanoseconds // 1000:06d}  {places[captured.place]}"
    words += _WAYS[captured.way]
    if captured.sender is not None and captured.way is not Way.OUT:
        words += f"  from {interfaces[captured.sender]}"
    return f"{words}  {count(len(captured.data), 'byte')}"


def _lines(captured: Captured) -> Iterator[_Line]:
    from l2harness.errors import FrameError

    try:
        frame = Frame.from_bytes(captured.data)
    except FrameError as error:
        yield from _no_frame(captured.data, error)
        return
    data = captured.data
    yield _field(0, data[:6], "destination", str(frame.destination))
    yield _field(6, data[6:12], "source", str(frame.source))
    offset = TAGS_OFFSET
    for tag in frame.tags:
        yield _field(offset, bytes(tag), "tag", str(tag))
        offset += TAG_BYTES
    yield _field(offset, data[offset : offset + 2], "EtherType", ethertype_name(frame.ethertype))
    begin = offset + 2
    end = max(begin, min(captured.sent_bytes, len(data)))
    yield from _payload(begin, data[begin:end])
    if padding := data[end:]:
        words = f"{count(len(padding), 'zero byte')} of the network card"
        shown = padding[: _LINE_BYTES - 1].hex(" ") + (" …" if len(padding) >= _LINE_BYTES else "")
        yield _Line(end, shown, "padding", words, _STYLES["padding"])


def _field(offset: int, data: bytes, name: str, meaning: str) -> _Line:
    return _Line(offset, data.hex(" "), name, meaning, _STYLES[name])


def _payload(begin: int, payload: bytes) -> Iterator[_Line]:
    shown = payload[:_SHOWN_BYTES]
    for at in range(0, len(shown), _LINE_BYTES):
        chunk = shown[at : at + _LINE_BYTES]
        text = "".join(chr(byte) if 0x20 <= byte <= 0x7E else "." for byte in chunk)
        yield _Line(
            begin + at, chunk.hex(" "), "" if at else "payload", f"|{text}|", _STYLES["payload"]
        )
    if more := len(payload) - len(shown):
        yield _Line(begin + len(shown), "…", "", f"{count(more, 'byte')} more", "dim")


def _no_frame(data: bytes, error: FrameError) -> Iterator[_Line]:
    for at in range(0, min(len(data), _SHOWN_BYTES), _LINE_BYTES):
        chunk = data[at : at + _LINE_BYTES]
        yield _Line(at, chunk.hex(" "), "", "" if at else error.problem, "red")
