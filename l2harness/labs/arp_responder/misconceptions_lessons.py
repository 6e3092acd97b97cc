"""Lessons about answering the question who has an address."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "arp-operation-left",
        title="The reply is still a request: its operation is 1.",
        seen="Bytes 20–21 are 00 01 in what should be a reply.",
        why="The reply is made by exchanging the two sides of the request, and the rest stays as "
        "it was. But then it asks instead of telling, and the asker waits on. Operation 1 is a "
        "request, 2 a reply.",
        find_out="A reply is found by its operation:",
        filter="arp.opcode == 2",
        question=Question.VERIFY,
    ),
    Misconception(
        "arp-fields-in-host-order",
        title="Numbers of the ARP packet have their bytes the wrong way round.",
        seen="Hardware, protocol or operation read 01 00, 00 08, 02 00.",
        why="struct.pack('HHBBH', …) and an assignment in C write numbers as the processor stores "
        "them. On the wire the high byte comes first: '!' in the format, or htons() around each.",
        find_out="Wireshark reads such a packet as one of unknown hardware:",
        filter="arp && !(arp.hw.type == 1)",
        question=Question.PACK,
    ),
    Misconception(
        "arp-sides-not-exchanged",
        title="Sender and target stand in the reply as they stood in the request.",
        seen="Bytes 22–31 are the asker's addresses in the reply, too.",
        why="The answer seems to belong into the empty field of the question. But a reply is a "
        "message of its own: whoever sends it is its sender, with the address that was asked "
        "for, and the asker is its target.",
        find_out="Sender of the packet and source of the frame should be the same:",
        command="tshark -i eth0 -Y arp -T fields -e eth.src -e arp.src.hw_mac -e arp.opcode",
        question=Question.DATA,
    ),
    Misconception(
        "arp-target-not-filled",
        title="The reply does not name its target.",
        seen="The target's MAC in the reply, bytes 32–37, is zero, as in the request.",
        why="In a request the field is empty, because that is what is asked. In the reply the "
        "target is the asker, whose two addresses stand in the request as its sender.",
        find_out="Only requests have an empty target:",
        filter="arp.opcode == 2 && arp.dst.hw_mac == 00:00:00:00:00:00",
        question=Question.DATA,
    ),
    Misconception(
        "arp-reply-to-everybody",
        title="The reply goes to everybody.",
        seen="Bytes 0–5 of the reply are ff ff ff ff ff ff, as in the request.",
        why="The request has to go to everybody, since nobody knows who has the address. By then "
        "the asker is known: its MAC stands in the request. A reply to all wakes up every host on "
        "the segment for nothing.",
        find_out="A reply should have one receiver:",
        filter="arp.opcode == 2 && eth.dst == ff:ff:ff:ff:ff:ff",
        question=Question.BROADCAST,
    ),
    Misconception(
        "arp-answers-for-others",
        title="Requests for addresses of others are answered.",
        seen="Whoever is asked for, this program says: that is me.",
        why="While one tries it out, every request that one makes is for the own address. On a "
        "network most are for others, and who answers those takes their traffic away: that is "
        "the attack called ARP spoofing. Compare all four bytes of the target's address.",
        find_out="Ask for an address that nobody has; nobody may answer:",
        command="sudo arping -c 1 -I eth0 192.0.2.77",
        question=Question.KINDS,
    ),
    Misconception(
        "arp-answers-replies",
        title="Replies are answered as if they were requests.",
        seen="A packet with operation 2 makes it send a reply of its own.",
        why="Each of its own requests was a request, so the field was never looked at. Two "
        "programs that answer each other's replies go on for ever. Operation 1 alone asks.",
        find_out="After one request there should be one reply, and silence:",
        filter="arp.opcode == 2",
        question=Question.KINDS,
    ),
    Misconception(
        "arp-kind-not-checked",
        title="What is no ARP for IPv4 over Ethernet is answered, too.",
        seen="A packet with other hardware, another protocol or other lengths gets a reply.",
        why="On Ethernet with IPv4 these four numbers never change, so nobody looks at them. With "
        "others, the addresses that follow have other lengths and stand elsewhere: what is read "
        "there is nonsense. RFC 826 begins with these questions.",
        find_out="Look at the numbers before the addresses:",
        command="tshark -i eth0 -Y arp -T fields -e arp.hw.type -e arp.proto.type -e arp.hw.size",
        question=Question.PACK,
    ),
    Misconception(
        "arp-trailer-copied",
        title="What stood behind the request is sent back behind the reply.",
        seen="After the 42 bytes of the reply come the bytes that came after the request.",
        why="Changing the request in place and sending it back is a quick way to a reply, and its "
        "length comes along. What stands behind the 28 bytes of ARP is padding; who sends it on "
        "spreads what was in somebody's memory.",
        find_out="After the packet there is nothing but zeros:",
        filter="arp && eth.padding && !(eth.padding[0:2] == 00:00)",
        question=Question.ZEROS,
    ),
    Misconception(
        "arp-probe-ignored",
        title="A probe from 0.0.0.0 is not answered.",
        seen="Requests of hosts with an address are answered; one whose sender has none is not.",
        why="0.0.0.0 looks like a mistake. It is how a host asks before it takes an address: does "
        "anybody have this one? Silence means that it is free, and then two hosts have it. "
        "RFC 5227 calls this a probe.",
        find_out="Ask as a host does that has no address yet:",
        command="sudo arping -D -c 1 -I eth0 192.0.2.1; echo status $?",
        question=Question.KINDS,
    ),
    Misconception(
        "arp-unicast-ignored",
        title="A request that was sent to this host alone is not answered.",
        seen="Requests to ff:ff:ff:ff:ff:ff are answered, one to the own address is not.",
        why="Requests go to everybody, as every drawing shows. But a host that knows an address "
        "already asks it directly, from time to time, whether it is still there (RFC 1122, "
        "section 2.3.2.1). The destination says who is to read a frame, not what it is.",
        find_out="Linux does so a while after it has used an address:",
        filter="arp.opcode == 1 && !(eth.dst == ff:ff:ff:ff:ff:ff)",
        question=Question.BROADCAST,
    ),
)
