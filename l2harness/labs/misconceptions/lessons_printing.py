"""Lessons about the line that tells of a frame: which bytes it shows, and how."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "first-six-bytes-are-not-the-source",
        title="The first six bytes are taken for the source; they are the destination.",
        seen="What the line calls the source is the address that the frame was sent to.",
        why="“From … to …” names the sender first, and a much-copied tutorial reads the source "
        "from packet[:6]. Ethernet begins with the destination, so that a network card can decide "
        "after six bytes whether a frame is for it. The source is packet[6:12].",
        find_out="An ARP request goes to ff:ff:ff:ff:ff:ff. If that seems to be its sender, it is "
        "this:",
        command="ping -c 1 -I eth0 192.0.2.1",
        filter="eth.dst == ff:ff:ff:ff:ff:ff",
        question=Question.PACK,
    ),
    Misconception(
        "socket-address-is-not-the-source",
        title="A part of the socket address is shown as the source.",
        seen="Where the source belongs stands the name of the own interface, such as eth0.",
        why="With UDP, recvfrom() returns who sent. With a packet socket it returns a description "
        "of the receiving end first: interface, protocol, kind of frame, kind of hardware, and "
        "only then the sender's address. The frame has it as well, in bytes 6–11.",
        find_out="Print all of what recvfrom() returns once, and compare it with packet(7):",
        command="man 7 packet",
        question=Question.SOCKETS,
    ),
    Misconception(
        "address-digits-not-padded",
        title="Bytes below 16 are shown with one digit.",
        seen="02:00:00:0a:0b:0c is printed as 2:0:0:a:b:c.",
        why="%x and hex() print a number without zeros in front, which is right for numbers. In "
        "an address every byte has two digits, or nobody can copy it and find it again: %02x, "
        ":02x, or data.hex(':').",
        find_out="Print an address that has small bytes:",
        command="python3 -c \"print(bytes([2, 0, 0, 10, 11, 12]).hex(':'))\"",
        question=Question.VERIFY,
    ),
    Misconception(
        "address-unformatted",
        title="Addresses are shown as raw bytes or as bare digits.",
        seen="The line has the right six bytes, as b'\\x02\\x00…' or as twelve digits in a row.",
        why="It is what print() makes of bytes. But everybody else, `ip link` and Wireshark, "
        "writes six pairs with a separator, and only so can an address be compared and searched "
        "for.",
        find_out="Search your output for the address exactly as `ip link` shows it:",
        command="ip -br link",
        question=Question.VERIFY,
    ),
    Misconception(
        "ethertype-in-decimal",
        title="The EtherType is shown as a decimal number.",
        seen="{ethertype} is printed as {ethertype:decimal}.",
        why="print() shows every number in decimal. EtherTypes are known by their hex digits: in "
        "lists, in Wireshark, in header files. With :04x or %04x the four digits are there.",
        find_out="The same number, both ways:",
        command="python3 -c 'print({ethertype}, hex({ethertype}))'",
        question=Question.MAGIC,
    ),
    Misconception(
        "field-not-shown",
        title="A part of the frame is left out of the line.",
        seen="One of destination, source, EtherType and the payload's beginning is nowhere in it.",
        why="The program knows it, and the author knows what was sent, so it is not missed. "
        "Somebody who reads the lines on a strange network has nothing else: who, to whom, what "
        "kind, and how it begins.",
        find_out="Compare a line of yours with what tshark says of the same frame:",
        command="tshark -i eth0 -T fields -e eth.dst -e eth.src -e eth.type -e data",
        question=Question.VERIFY,
    ),
)
