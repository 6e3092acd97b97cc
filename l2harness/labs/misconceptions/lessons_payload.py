"""Lessons about what comes after the header: payload, padding, and the length of it all."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "payload-other",
        title="The payload is not the text that was asked for.",
        seen="From byte 14 on there is something other than {payload:bytes}, or more than "
        "these {payload:length} bytes.",
        why="To a person “{payload:lower}”, “{payload}!” and “{payload}” say the same. To a "
        "program they are different bytes, and a text encoded as UTF-16 has a zero beside every "
        "letter. A protocol is what both ends agreed on, byte by byte.",
        find_out="Look at the bytes, not at the text:",
        command="printf '{payload}' | xxd",
        filter="eth.type == {ethertype} && !(frame[14:{payload:length}] == {payload:colons})",
        question=Question.DATA,
        follows_from=("header-built-as-text", "header-field-too-wide"),
    ),
    Misconception(
        "payload-with-line-end",
        title="A line end is sent along with the payload.",
        seen="After {payload:bytes} comes 0a, or 0d 0a: the line end that one does not see.",
        why="echo and most ways to read a line add it, and on a terminal it looks right. In a "
        "frame it is a byte like any other, and it stands where the padding must be zero.",
        find_out="Count the bytes that your text really has:",
        command="printf '{payload}' | wc -c; echo '{payload}' | wc -c",
        filter="frame[{payload:end}] == 0a || frame[{payload:end}] == 0d",
        question=Question.DATA,
    ),
    Misconception(
        "payload-shifted",
        title="The payload is taken to begin at the wrong byte.",
        seen="The right bytes are there, some places later or earlier than at byte 14.",
        why="Counting starts at 0 and the header has 14 bytes, so the payload is frame[14:]. "
        "Nothing comes between: a length in front of the text is a habit of other protocols, and "
        "Ethernet has no such field.",
        find_out="In the hex view, count to byte 14 (the first one is byte 0), and read on from "
        "there:",
        command="tshark -i eth0 -Y 'eth.type == {ethertype}' -x",
        question=Question.PACK,
        follows_from=("vlan-tagged", "header-built-as-text", "header-field-too-wide"),
    ),
    Misconception(
        "padding-not-zero",
        title="What fills the frame up is not zero.",
        seen="Between the payload and byte 59 there are spaces, or whatever was in memory.",
        why="bytes.ljust() and strings fill with spaces unless told otherwise, and memory in C "
        "holds what was there before: frames have given away passwords that way. What fills a "
        "frame has no meaning, and is zero so that it tells nothing.",
        find_out="Everything after the payload should read 00:",
        filter="eth.type == {ethertype} && frame[{payload:end}:4] != 00:00:00:00",
        question=Question.ZEROS,
    ),
    Misconception(
        "not-padded",
        title="The frame is shorter than Ethernet's minimum of 60 bytes.",
        seen="Fewer than 60 bytes arrive, although 60 is the least that a frame may have.",
        why="A network card fills a short frame up with zeros, so nobody notices; a virtual cable "
        "does not. And 46 is the least for the payload: with the 14 bytes of the header in front "
        "the frame has 60.",
        find_out="On a virtual cable a short frame stays short:",
        filter="frame.len < 60",
        question=Question.ZEROS,
    ),
    Misconception(
        "frame-too-long",
        title="The frame is longer than what it carries.",
        seen="More bytes arrive than header, payload and padding have together.",
        why="send() takes the length of what is to be sent, and sizeof(buffer) is the length of "
        "the buffer. Others pad the payload to 60, or the frame to 64: but 60 is the whole frame, "
        "header included, and the four bytes up to 64 are the checksum that the card adds.",
        find_out="A frame that carries {payload:length} bytes has 60, not one more:",
        filter="eth.type == {ethertype} && frame.len > 60",
        question=Question.ZEROS,
        follows_from=("fcs-appended", "vlan-tagged"),
    ),
    Misconception(
        "fcs-appended",
        title="The program appends the checksum, which is the network card's work.",
        seen="Four bytes at the end are the CRC-32 of all the others.",
        why="Every drawing of an Ethernet frame ends with the FCS, so it seems to be part of what "
        "one sends. The card calculates and appends it on the way out, and checks and removes it "
        "on the way in; no program ever sees it.",
        find_out="A capture of somebody else's frames has no checksum at the end either. Yours "
        "has bytes there that change with every address:",
        filter="eth.type == {ethertype} && "
        "(frame.len == 64 || frame[{payload:end}:4] != 00:00:00:00)",
        question=Question.ZEROS,
    ),
)
