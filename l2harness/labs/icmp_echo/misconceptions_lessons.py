"""Lessons about answering a ping: headers within headers, and checksums."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "ip-length-byte-order",
        title="The total length in the IP header has its bytes the wrong way round.",
        seen="Bytes 16–17 of the reply read 54 00 where 00 54 belongs.",
        why="A number that is copied from memory has the byte order of the processor. All "
        "numbers in IP are sent with the high byte first, hence the name network byte order: '!' "
        "in struct, htons() in C.",
        find_out="Wireshark says that the packet is longer than the frame:",
        filter="ip.len > frame.len",
        question=Question.PACK,
    ),
    Misconception(
        "ip-addresses-not-exchanged",
        title="Source and destination in the IP header stand as in the request.",
        seen="The reply goes to the right MAC, and says in IP that it is from the asker.",
        why="Two pairs of addresses have to be turned round, one in the Ethernet header and one "
        "in the IP header, and the second is easily forgotten: the frame arrives all the same. "
        "But the asker looks at IP, and finds nothing that is meant for it.",
        find_out="The two columns of a request and of its reply should be crossed:",
        command="tshark -i eth0 -Y icmp -T fields -e icmp.type -e ip.src -e ip.dst",
        question=Question.VERIFY,
    ),
    Misconception(
        "checksum-left-out",
        title="A checksum is left 0.",
        seen="The field of a checksum is 00 00.",
        why="With an ordinary socket the kernel fills it in. With a raw socket of this kind it "
        "touches nothing, and a receiver drops without a word what does not add up. The field "
        "is 0 only while the sum is made.",
        find_out="Let Wireshark check it, which it does not do by itself:",
        command="tshark -i eth0 -o ip.check_checksum:TRUE -Y 'ip.checksum.status == 0'",
        question=Question.DATA,
    ),
    Misconception(
        "checksum-byte-order",
        title="The bytes of a checksum are the wrong way round.",
        seen="The two bytes of the checksum are the right ones, exchanged.",
        why="Whoever adds words high byte first has to write the sum so, too. Whoever adds them "
        "as the processor reads them writes it so, and needs no htons(): RFC 1071 shows that "
        "either way is right, and that mixing the two is not.",
        find_out="Compare with what Wireshark would have expected:",
        command="tshark -i eth0 -Y icmp -V",
        question=Question.PACK,
    ),
    Misconception(
        "checksum-not-made-anew",
        title="The message was changed, and its checksum was not.",
        seen="The reply carries the checksum of the request.",
        why="Type 8 becomes 0, and everything else stays, so the checksum seems to as well. But "
        "the type is part of the first word: with 0800 less in the sum, the checksum is larger "
        "by as much.",
        find_out="Two different messages cannot well have the same checksum:",
        command="tshark -i eth0 -Y icmp -T fields -e icmp.type -e icmp.checksum",
        question=Question.DATA,
    ),
    Misconception(
        "checksum-of-odd-length",
        title="Over an odd number of bytes the checksum is wrong.",
        seen="With 56 bytes of data the reply is right, with 33 it is not.",
        why="The sum is made of words of two bytes. A last byte that is alone counts as the high "
        "byte of a word whose low byte is 0; it is easily left out, or taken for the low one. "
        "ping sends 56 bytes unless told otherwise, so this does not show.",
        find_out="Ask with an odd number of bytes:",
        command="ping -c 1 -s 33 10.23.45.67",
        question=Question.DATA,
    ),
    Misconception(
        "checksum-carry-lost",
        title="A carry is lost while the checksum is made.",
        seen="For most data the checksum is right; for some it is too small by 1.",
        why="What is carried out of 16 bits comes back in at the low end. Adding it can carry "
        "again, so once is not enough; and a sum that is changed by a number has its carry as "
        "well. With random data this goes wrong once in a hundred times, or in ten thousand.",
        find_out="Data of nothing but ff makes it show:",
        command="for n in $(seq 0 99); do ping -q -c 1 -W 1 -p ff -s 1472 10.23.45.67; done",
        question=Question.MASSIVE,
    ),
    Misconception(
        "ttl-copied",
        title="The reply gets the hops that the request had left.",
        seen="A request with TTL 1 is answered with TTL 1.",
        why="Copying the header and exchanging the addresses is quick, and on one segment every "
        "TTL will do. But what was left to the request says nothing about the way back: with 1 "
        "the first router drops the reply. A host begins with its own number, 64 today.",
        find_out="Ask with one hop, and look at what comes back:",
        command="ping -c 1 -t 1 10.23.45.67",
        filter="icmp.type == 0 && ip.ttl < 30",
        question=Question.VERIFY,
    ),
    Misconception(
        "icmp-type-left",
        title="The reply is still a request: its type is 8.",
        seen="What comes back is an echo request, addressed to the asker.",
        why="“Echo” sounds as if the message came back as it is. Its data does. But its type says "
        "which of the two it is: 8 asks, 0 answers; and a host that gets an 8 answers it.",
        find_out="After a request there should be one message of type 0:",
        filter="icmp.type == 0",
        question=Question.VERIFY,
    ),
    Misconception(
        "echo-identity-changed",
        title="Identifier or sequence number are not those of the request.",
        seen="Bytes 4–7 of the message differ from those of the request.",
        why="They look like numbers that every sender makes up for itself. The asker does; who "
        "answers gives them back, because by them one ping knows its answers from another's, "
        "and the first answer from the second.",
        find_out="Both messages should show the same numbers:",
        command="tshark -i eth0 -Y icmp -T fields -e icmp.type -e icmp.ident -e icmp.seq",
        question=Question.DATA,
    ),
    Misconception(
        "padding-taken-for-data",
        title="The padding of a short frame is taken for data.",
        seen="One byte was sent, and eighteen came back, zeros behind the first.",
        why="recv() returns the whole frame, and a frame of less than 60 bytes has been filled up "
        "on its way. Where the packet ends, its own header says: total length, bytes 16–17.",
        find_out="Ask with a single byte, and count what comes back:",
        command="ping -c 1 -s 1 10.23.45.67",
        filter="icmp.type == 0 && ip.len < 46",
        question=Question.ZEROS,
    ),
    Misconception(
        "ip-header-of-20-bytes",
        title="The IP header is taken to have 20 bytes always.",
        seen="A request with options in its header is not answered, or with the wrong bytes.",
        why="Almost every packet has a header of 20 bytes. The low half of its first byte says "
        "how many words it really has: 5 without options, 15 at most. The message begins "
        "behind them.",
        find_out="ping can send options; -R records the route:",
        command="ping -c 1 -R 10.23.45.67",
        filter="ip.hdr_len > 20",
        question=Question.PACK,
    ),
    Misconception(
        "ip-answers-for-others",
        title="Requests to other addresses are answered.",
        seen="Whatever address is pinged, this program answers.",
        why="A packet socket hears what is meant for others as well: it is below IP, and nobody "
        "has sorted. Whether the destination is the own address is the program's question to ask.",
        find_out="Ask for an address that nobody has; nobody may answer:",
        command="ping -c 1 -W 1 10.23.45.77",
        question=Question.KINDS,
    ),
    Misconception(
        "icmp-type-not-checked",
        title="What is no echo request is answered, too.",
        seen="An echo reply, another ICMP message, or another protocol gets a reply.",
        why="In one's own tests nothing but requests arrives. Two programs that answer each "
        "other's answers go on for ever. Protocol, type and code are three bytes: look at all.",
        find_out="After one request there should be one reply, and silence:",
        filter="icmp.type == 0",
        question=Question.KINDS,
    ),
    Misconception(
        "checksum-not-verified",
        title="Nobody looks whether what came is whole.",
        seen="A request with a wrong checksum is answered as if it were right.",
        why="The checksum is made for the reply, so it seems to be done. It is there for the "
        "receiver: a message that was damaged on its way must not be acted upon. The test is "
        "short: over bytes that hold their own checksum, the result is 0.",
        find_out="Count what the kernel has thrown away for that reason; a ping does the same:",
        command="nstat -az IcmpInCsumErrors",
        question=Question.VERIFY,
    ),
    Misconception(
        "fragments-answered",
        title="A part of a packet is answered as if it were all.",
        seen="A packet with the flag “more fragments”, or with an offset, gets a reply.",
        why="Flags and offset are 0 in almost every packet, so nobody looks. A packet that was "
        "too long for some network comes in parts: only the first has the header of ICMP, and "
        "none has all the data. Who does not put them together has to leave them alone.",
        find_out="A ping that is too long for one frame comes in fragments:",
        command="ping -c 1 -s 3000 10.23.45.67",
        filter="ip.flags.mf == 1 || ip.frag_offset > 0",
        question=Question.KINDS,
    ),
)
