"""Lessons that the programs of this lab alone give occasion to."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "broadcast-for-one",
        title="The frame is sent to everybody, although it is meant for one.",
        seen="Bytes 0–5 are ff ff ff ff ff ff where the address of enp0s3 belongs.",
        why="A broadcast surely arrives, so it is a good first try. But every host on the segment "
        "takes such a frame and interrupts its work to read it. The receiver is known here: "
        "six bytes, as `ip link` shows them.",
        find_out="Every interface on the segment gets it addressed to itself:",
        filter="eth.dst == ff:ff:ff:ff:ff:ff && eth.type == 0x88b5",
        question=Question.BROADCAST,
    ),
    Misconception(
        "frame-cut-off",
        title="The buffer is shorter than the frame, and the rest of the frame is lost.",
        seen="Of a long frame as many bytes are printed as recv() was asked for.",
        why="With a stream, the next recv() returns what did not fit. A packet socket returns one "
        "frame a call, and drops what the buffer cannot hold, without a word. The longest frame "
        "has 1514 bytes: 14 of header and 1500 of payload, ETH_FRAME_LEN.",
        find_out="Send yourself a frame of 1514 bytes, and count what arrives:",
        command="ping -c 1 -s 1472 192.0.2.1",
        filter="frame.len == 1514",
        question=Question.BUFFER,
    ),
    Misconception(
        "bytes-printed-as-text",
        title="The payload is printed as if it were text, and what is none is lost.",
        seen="Bytes from 80 on are missing from what is printed, or stand there as “�”.",
        why="“Hi” is text, so printing it as text looks right. A frame carries bytes, and most "
        "are no characters at all. recv() returns a byte string, and that is what print() "
        "should get: it shows every byte, readable or not.",
        find_out="One of these two lines can be turned back into bytes:",
        command="python3 -c \"d = b'Hi\\xff'; print(d); print(d.decode('ascii', 'replace'))\"",
        question=Question.RETURNED,
    ),
    Misconception(
        "listens-on-after-its-frame",
        title="The server goes on listening after its frame.",
        seen="The frame is printed, and the server still runs, with its socket open.",
        why="Most servers have a loop, so one writes it without thinking. This one has to receive "
        "a single frame: recv() once, print, close(). As long as a socket is open, the kernel "
        "copies every frame into it, also when nobody will ever read them.",
        find_out="After its frame there should be no row left of it:",
        command="cat /proc/net/packet",
        question=Question.CLOSE,
    ),
)
