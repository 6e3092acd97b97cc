"""Lessons about the 14 bytes in front of every frame: destination, source, EtherType."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "header-built-as-text",
        title="The header is written as text, two characters where one byte belongs.",
        seen="Where the byte 88 belongs stand the two characters “8” and “8”, which are the bytes "
        "38 38. The header takes 28 bytes instead of 14, and every field after it comes too late.",
        why="A MAC address is known to people as text, and it is natural to send what one sees. "
        "On the wire it is six numbers: bytes.fromhex() or sscanf(%hhx) turns the text into them.",
        find_out="In Wireshark's bytes, a header is unreadable on the right-hand side. Readable "
        "digits there are text:",
        filter='frame[0:12] matches "^[0-9a-f]{12}"',
        question=Question.PACK,
    ),
    Misconception(
        "address-as-text",
        title="An address is copied as characters, not as six bytes.",
        seen="The six bytes of the field are the first six characters of the text: 02:00: is "
        "30 32 3a 30 30 3a.",
        why="The command line hands over text of 17 characters. A field of six bytes takes the "
        "first six of them without complaint, in struct.pack('6s') and in memcpy(…, 6) alike. "
        "The address is the number that each pair of digits stands for.",
        find_out="3a is the colon. No address that was really converted has it in every third "
        "place:",
        filter="eth.dst[2] == 3a || eth.src[2] == 3a",
        question=Question.PACK,
    ),
    Misconception(
        "address-byte-order",
        title="The bytes of an address are in another order than written.",
        seen="The six bytes are the right ones, in the wrong places: 02:00:00:aa:bb:cc has become "
        "cc:bb:aa:00:00:02, or its halves are turned round.",
        why="Read into an integer, an address gets the byte order of the processor, lowest byte "
        "first. An address is no number but six bytes, sent as they are written, left to right.",
        find_out="Read the destination in the capture aloud, and the command line beside it. Who "
        "is addressed is in the column eth.dst:",
        command="tshark -i eth0 -Y 'eth.type == {ethertype}' -T fields -e eth.dst -e eth.src",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "addresses-swapped",
        title="Destination and source have changed places.",
        seen="Bytes 0–5 are the sender's address and bytes 6–11 the receiver's.",
        why="Letters and e-mails name the sender first, and so does “from A to B”. Ethernet names "
        "the receiver first, so that a network card can drop a frame after six bytes.",
        find_out="Your own address as the destination of a frame that you send is a sign of it. "
        "With the address of your interface in place of this one:",
        filter="eth.dst == 02:00:00:00:00:01",
        question=Question.VERIFY,
    ),
    Misconception(
        "destination-ignored",
        title="The frame goes to the same address, whatever the command line says.",
        seen="Bytes 0–5 do not change when TARGET_MAC does.",
        why="While trying things out one writes an address into the program, often that of "
        "everybody, because then a frame surely arrives. It stays there after the test. The "
        "receiver is an argument.",
        find_out="Call it twice with two targets, and compare bytes 0–5:",
        command="tshark -i eth0 -c 2 -T fields -e eth.dst",
        question=Question.DATA,
    ),
    Misconception(
        "broadcast-rewritten",
        title="The broadcast address is changed on its way into the frame.",
        seen="The command line says ff:ff:ff:ff:ff:ff and the frame something near it, such as "
        "fe:ff:ff:ff:ff:ff, which nobody has.",
        why="The lowest bit of the first byte says that a group is meant, and random addresses "
        "have it cleared so as not to be one. Here a group IS meant: ff:ff:ff:ff:ff:ff is all 48 "
        "bits set, and every host takes it.",
        find_out="After a call with ff:ff:ff:ff:ff:ff this shows the frame; if it does not, look "
        "at bytes 0–5:",
        filter="eth.dst == ff:ff:ff:ff:ff:ff",
        question=Question.BROADCAST,
    ),
    Misconception(
        "source-zero",
        title="The source address is left zero.",
        seen="Bytes 6–11 are 00 00 00 00 00 00.",
        why="With UDP and TCP the kernel fills in who sends. With a raw socket nobody does: the "
        "bytes go out exactly as they were handed over. Ask for the address of the interface, "
        "with getsockname() after bind() or in /sys/class/net/NAME/address.",
        find_out="No network card has the address zero:",
        filter="eth.src == 00:00:00:00:00:00",
        question=Question.SOCKETS,
    ),
    Misconception(
        "source-copied-from-destination",
        title="The receiver's address stands in both places.",
        seen="Bytes 6–11 repeat bytes 0–5.",
        why="The command line has one address, and it is easily used twice. It is the receiver's; "
        "the sender's is nowhere on the command line, it belongs to the interface that is named "
        "there and has to be asked for. A switch that sees such a frame believes that the "
        "receiver has moved to where you are.",
        find_out="Compare bytes 0–5 and 6–11; in a right frame they differ:",
        command="tshark -i eth0 -c 1 -T fields -e eth.dst -e eth.src",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "source-hard-coded",
        title="The source address is that of another machine, written into the program.",
        seen="Bytes 6–11 are the same on every machine and every interface, and belong to none of "
        "them.",
        why="The lecture's example has its addresses in the source code, and copied code takes "
        "them along. Every interface has an address of its own, to be asked for when the program "
        "runs.",
        find_out="Compare bytes 6–11 with what the machine says of the interface:",
        command="ip -br link show eth0",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "source-of-other-interface",
        title="The source address is that of another interface of the same machine.",
        seen="Bytes 6–11 belong to the machine, but not to the interface that the frame left by.",
        why="“The” MAC address of a machine does not exist: each interface has one. Functions "
        "such as uuid.getnode(), or the first entry of a list, give that of any interface. Ask by "
        "the name from the command line.",
        find_out="Send from the second interface, and look for the address of its neighbour in "
        "the list:",
        command="ip -br link",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "ethertype-byte-order",
        title="The two bytes of the EtherType are the wrong way round.",
        seen="{ethertype} is written or read as {ethertype:swapped}, which is the number "
        "{ethertype:turned}.",
        why="Networks send the high byte of a number first; most processors store the low byte "
        "first. A number that is copied from memory arrives turned round, and two programs with "
        "the same mistake understand each other, which hides it. htons() in C or '!H' in "
        "Python's struct puts it right, once when sending and once when receiving.",
        find_out="The lecture's filter does not find the frame, and this one does:",
        filter="eth.type == {ethertype:turned}",
        question=Question.MAGIC,
    ),
    Misconception(
        "ethertype-other",
        title="The frame carries the EtherType of another protocol.",
        seen="Bytes 12–13 are not {ethertype:bytes} but a number that means something else.",
        why="0x0800 (IPv4) is the number that most examples have. The EtherType says who is to "
        "read the payload: a host that gets 0x0800 looks for an IP header in it. IEEE 802 "
        "has set 0x88b5 aside for experiments, so that nobody else reads them. What is asked for "
        "here is {ethertype}.",
        find_out="See which number goes out, and what Wireshark takes the payload for:",
        command="tshark -i eth0 -T fields -e eth.type -e _ws.col.Protocol",
        question=Question.MAGIC,
    ),
    Misconception(
        "length-in-type-field",
        title="A length stands where the EtherType belongs.",
        seen="Bytes 12–13 are a number of at most 1500, such as 00 02.",
        why="There are two formats. In IEEE 802.3 with LLC this field is the payload's length; in "
        "Ethernet II, which is what almost everything uses, it says what the payload is. "
        "Receivers tell them apart by the value: up to 1500 it is a length.",
        find_out="Wireshark calls such a frame “IEEE 802.3 Ethernet” and shows a length:",
        filter="eth.len",
        question=Question.MAGIC,
    ),
    Misconception(
        "header-field-too-wide",
        title="The EtherType takes four bytes instead of two.",
        seen="Two zero bytes stand before or behind {ethertype}, the header has 16 bytes, and the "
        "payload begins two bytes late.",
        why="An int in C, or 'I' in Python's struct, has four bytes. Fields of a header have the "
        "width that the standard says and not that of a convenient type: 6, 6 and 2 bytes. Use "
        "uint16_t or 'H'.",
        find_out="What the format takes should be 14. Try your own in place of this one:",
        command="python3 -c 'import struct; print(struct.calcsize(\"!6s6sH\"))'",
        question=Question.PACK,
    ),
    Misconception(
        "vlan-tagged",
        title="An 802.1Q tag stands in front of the EtherType.",
        seen="Bytes 12–13 are 81 00; the EtherType comes four bytes later, and the payload with "
        "it.",
        why="The tag belongs to networks that are divided into VLANs, where switches add and "
        "remove it. Code found on the web often has it. Nobody asked for one here, and a receiver "
        "that expects the EtherType at byte 12 finds 0x8100.",
        find_out="Wireshark shows a line “802.1Q Virtual LAN”:",
        filter="vlan",
        question=Question.VERIFY,
    ),
)
