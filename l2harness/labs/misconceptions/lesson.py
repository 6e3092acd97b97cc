"""One lesson of the catalogue: a wrong idea, told so that a student sees it alone the next time.

Laws:
- A lesson is about the idea, never about the person. It has three parts in plain sentences: what
  is seen, why people do it (and what is true instead), and how to find out yourself.
- What to type in order to see it stands in ``command`` or ``filter``, in no sentence: tests read
  both with the programs that they are for.
- Nothing here says what one submission did. That is the sentence of a `Sign`.
- What a lab may ask for in another way stands in braces: the names of its options, see
  `l2harness.labs.options`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from l2harness.labs.options import Forms, fill_in


class Question(StrEnum):
    """
    What the lecture asks, or has the student do, in its own words.

    Source: the hands-on session “Layer 2 Raw Socket Programming” that labs pyng and hello-frame go
    with; and, translated, the lecture on socket APIs that lab source-mac goes with.
    """

    ADDRESSES = "Please remember interface names and corresponding MAC addresses."
    RUN = "Open another terminal, and run the client script to send the frame to the server."
    APPEARS = "Make sure that the data client script sent is appeared in the server side terminal."
    VERIFY = "Verify the Ethernet header and the payload."
    DATA = "What data is sent?"
    ZEROS = "Why does the payload contain many zero?"
    SOCKETS = "How do we send/receive data in the sample code?"
    PACK = "What is struct.pack('!6s6sH', ...) in the server side script?"
    MAGIC = "What does the magic number 0x88b5 mean?"
    KINDS = "What kinds of packets are displayed in Wireshark?"
    BROADCAST = "What does the MAC address ff:ff:ff:ff:ff:ff mean?"
    SELECT = "What is select in the server side sample code?"
    RECV = "Why do not use recv() directly?"
    MASSIVE = "How can we handle massive requests?"
    CLOSE = "Please be careful to close() after using the socket."
    BUFFER = "Specify the buffer size in first argument of recv()."
    RETURNED = "The return value of recv() is the received byte sequence."
    LISTEN = "We want to listen to all packets, so the protocol is 0x0003."
    ENDLESS = "It takes an endless loop; while there is no new packet it is blocked in recvfrom."
    OWN = "In another terminal you can see your own MAC address being printed."


@dataclass(frozen=True, slots=True)
class Misconception:
    """
    A known wrong idea.

    Attributes:
        id: As in ``ethertype-byte-order``; it stands in reports and never changes.
        title: What is wrong, in one line that ends with a full stop.
        seen: What shows it.
        why: Why people do it, and what is true instead.
        find_out: How to see it for yourself; ends with a colon where a command or filter follows.
        question: What in the lecture is answered by it.
        command: A line for a shell; None where none helps.
        filter: A display filter for Wireshark; None where the wire shows nothing.
        follows_from: Ids of the ideas that bring this one about; where one of them is met, this
            one needs no mending of its own.
    """

    id: str
    title: str
    seen: str
    why: str
    find_out: str
    question: Question
    command: str | None = None
    filter: str | None = None
    follows_from: tuple[str, ...] = ()

    def told(self, words: Mapping[str, Forms]) -> Misconception:
        """Return the lesson with the values of options in it; other braces stay as they are."""
        changed: dict[str, Any] = {
            it.name: fill_in(text, words, strict=False)
            for it in fields(self)
            if type(text := getattr(self, it.name)) is str
        }
        return replace(self, **changed)
