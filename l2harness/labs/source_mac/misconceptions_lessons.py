"""Lessons that a program which only listens gives occasion to."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "ignores-outgoing",
        title="Frames that its own host sends are left out.",
        seen="What other hosts send is reported; what another program on the same host sends "
        "through the interface is not.",
        why="“Received” sounds like what comes in. But a packet socket for ETH_P_ALL is also "
        "given a copy of every frame that goes out, and the lecture's experiment with curl lives "
        "on that. PACKET_IGNORE_OUTGOING, a socket for one EtherType, or a look at the frame's "
        "type switches it off.",
        find_out="While the sniffer runs, have the same host say something; an ARP request does:",
        command="ping -c 1 -I eth0 192.0.2.1",
        question=Question.OWN,
    ),
    Misconception(
        "only-frames-for-itself",
        title="Frames to others are left out, although they come by.",
        seen="A frame to the own address is reported; one to everybody, or to another host on the "
        "same segment, is not.",
        why="An ordinary program gets what is meant for it, and PACKET_HOST seems to say that it "
        "is. A sniffer is there for the others: on a hub every frame passes every interface, and "
        "a packet socket hears them all.",
        find_out="Compare with a program that leaves nothing out:",
        command="sudo tcpdump -e -n -i eth0",
        question=Question.LISTEN,
    ),
    Misconception(
        "crashes-on-short-frame",
        title="A frame without a payload is too much for it.",
        seen="A frame of 14 bytes, a header alone, ends the program or gives no line.",
        why="Behind a real network card every frame has at least 60 bytes, so reading 20 bytes of "
        "an IP header never failed. What a program on the same host sends has not yet been "
        "through a card, and may be shorter. Take apart what is there, and look at its length "
        "first.",
        find_out="A frame that goes out is as short as its sender made it:",
        filter="frame.len < 34",
        question=Question.ENDLESS,
    ),
    Misconception(
        "each-sender-once",
        title="A sender is reported only the first time.",
        seen="Many frames of a few senders come, and each of these has a single line.",
        why="A list of addresses without repetition looks tidier, and a set makes one. It answers "
        "another question: who is there? Asked for was every frame, and how often somebody "
        "speaks is what one looks at a network for.",
        find_out="Three requests of one host should give at least three lines:",
        command="ping -c 3 -I eth0 192.0.2.1",
        question=Question.ENDLESS,
    ),
)
