"""Lessons about forwarding: where a frame goes, what is learned from it, and what is forgotten."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "switch-hears-itself",
        title="It forwards what it has sent itself, for ever.",
        seen="One frame comes in, and frames leave without end.",
        why="A packet socket hears both ways: what arrives at its interface, and what leaves by "
        "it. Only the socket that sends a frame does not hear that one. With a second socket for "
        "sending, or one for all interfaces, each frame that is forwarded comes back as if it "
        "were new. recvfrom() tells them apart: their type is PACKET_OUTGOING, 4.",
        find_out="Look at the frames of one second; there should be one:",
        command="timeout 1 tshark -i eth1 -T fields -e eth.src -e eth.dst",
        question=Question.OWN,
    ),
    Misconception(
        "switch-sends-back",
        title="Frames leave by the interface by which they came in.",
        seen="What somebody says comes back to where it was said.",
        why="“To everybody” is written as a loop over all interfaces, and all includes that one. "
        "Whoever is there has the frame already and gets it twice; and a switch on that side "
        "learns that its sender is over here.",
        find_out="On the sender's side every frame should be seen once:",
        command="tshark -i eth0 -T fields -e frame.number -e eth.src -e eth.dst",
        question=Question.KINDS,
    ),
    Misconception(
        "switch-learns-nothing",
        title="It is a hub: everything goes everywhere, always.",
        seen="A frame to somebody who has spoken leaves by all interfaces.",
        why="Everything arrives, so nothing seems to be missing. But the source address of every "
        "frame says who is behind that interface, and the next frame to that address has to go "
        "nowhere else: neither the others' time nor their secrets are touched.",
        find_out="On a third interface a conversation of two others should not be seen:",
        command="tshark -i eth2 -f 'not ether broadcast'",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "switch-learns-destinations",
        title="It learns from the destination instead of the source.",
        seen="After a frame to a stranger, the next one to that stranger goes back where the "
        "first one came from.",
        why="The destination stands first in the frame, and the table is asked for destinations. "
        "It is filled with sources: that a frame came in by an interface says where its sender "
        "is, and nothing about its receiver.",
        find_out="Bytes 6 to 11 are the ones to learn; show both:",
        command="tshark -i eth0 -T fields -e eth.dst -e eth.src",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "switch-floods-the-neighbour",
        title="A frame between two on the same side goes to all other sides.",
        seen="Both stations are behind one interface, and their frames leave by the others.",
        why="“Known, and not back where it came from” leaves no interface, and the program then "
        "does what it does with strangers. There are three cases: unknown, known elsewhere, and "
        "known here; in the last one nothing is to be done, because the frame has arrived.",
        find_out="Nothing of a conversation on one side should be seen on another:",
        command="tshark -i eth1 -f 'not ether broadcast'",
        question=Question.KINDS,
    ),
    Misconception(
        "switch-drops-strangers",
        title="What is for somebody unknown is not forwarded.",
        seen="Frames to stations that have spoken get through, and the first one to a stranger "
        "does not.",
        why="A router that knows no way gives up. A switch must not: who has not spoken yet "
        "would never be reached, and so have no reason to speak. What is not known is sent to "
        "all, and the answer tells where it belongs.",
        find_out="Ask somebody who has been silent until now, without a broadcast before:",
        command="ip neigh replace 10.23.45.2 lladdr 02:00:00:00:00:02 dev eth0",
        question=Question.KINDS,
    ),
    Misconception(
        "switch-drops-groups",
        title="Frames to groups are not forwarded.",
        seen="Broadcasts get through, and frames to 01:00:5e:… or 33:33:… do not.",
        why="A group address is never a source, so it is in no table; and it is not the address "
        "of everybody, either. A switch that does not know who belongs to a group sends to all, "
        "as with any other address that is not known.",
        find_out="The lowest bit of the first byte makes a group:",
        filter="eth.dst.ig == 1 && eth.dst != ff:ff:ff:ff:ff:ff",
        question=Question.BROADCAST,
    ),
    Misconception(
        "switch-learns-groups",
        title="It learns group addresses.",
        seen="A frame comes whose source is a group, and then frames to that group go one way "
        "only.",
        why="A right frame never has a group for its source, so nobody thinks of it. Who sends a "
        "wrong one, by mistake or on purpose, then gets what is meant for all, and the others do "
        "not. Learn only where the lowest bit of byte 6 is 0.",
        find_out="Such frames can be found:",
        filter="eth.src.ig == 1",
        question=Question.BROADCAST,
    ),
    Misconception(
        "switch-keeps-the-first-place",
        title="Who has moved is looked for in the old place.",
        seen="A station speaks behind another interface, and what is for it still leaves by the "
        "first one.",
        why="An address that is in the table seems to be learned already. But machines are "
        "carried about and links fail over; only the last frame says where somebody is now. Write "
        "the entry with every frame.",
        find_out="Let a station speak on one side, then on the other, and look where the answer "
        "goes:",
        command="tshark -i eth3 -f 'not ether broadcast'",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "switch-table-too-small",
        title="The table has no room for the stations there are.",
        seen="With a few stations all is well; of a hundred only some are known.",
        why="An array of 16 entries is enough for one's own tests. What is beyond its end is "
        "forgotten, or overwrites what was there. Real switches hold thousands of addresses, and "
        "what has no room is sent to all: slow, but not wrong.",
        find_out="Count the addresses on a network:",
        command="tshark -a duration:10 -T fields -e eth.src | sort -u | wc -l",
        question=Question.MASSIVE,
    ),
    Misconception(
        "switch-puts-its-own-source",
        title="The source address becomes that of the switch.",
        seen="Bytes 6 to 11 of what leaves are the address of the interface by which it leaves.",
        why="Whoever sends a frame puts the own address in it, as pyng did. A router does so, "
        "too. A switch sends nothing of its own: it passes on the frame of somebody else, who "
        "should not even notice that there is a switch.",
        find_out="The same source should be seen on both sides:",
        command="tshark -i eth1 -T fields -e eth.src -e eth.dst",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "switch-pads",
        title="Short frames leave longer than they came in.",
        seen="14 or 15 bytes come in, and 60 leave, zeros at the end.",
        why="60 bytes is the least that a network card sends, and it fills up by itself. A "
        "program that has received a frame has all of it, and sends as much.",
        find_out="Compare the lengths on both sides:",
        command="tshark -i eth1 -T fields -e frame.len",
        question=Question.ZEROS,
    ),
    Misconception(
        "switch-cuts-off",
        title="Long frames lose their end.",
        seen="1514 bytes come in, and fewer leave.",
        why="1500 is the number that everybody knows, but it is the longest payload: the header "
        "makes the frame 14 bytes longer. What has no room in the buffer is thrown away by "
        "recv(), without a word.",
        find_out="1472 bytes of ping make a frame of exactly 1514:",
        command="ping -c 1 -s 1472 192.0.2.1",
        filter="frame.len == 1514",
        question=Question.BUFFER,
    ),
    Misconception(
        "switch-loses-tags",
        title="802.1Q tags get lost.",
        seen="A frame comes in with 81 00 from byte 12 on, and leaves 4 bytes shorter, without.",
        why="The kernel takes the tag out of a frame before a packet socket sees it, so that the "
        "frame looks like any other. What it took out it tells with PACKET_AUXDATA and recvmsg(), "
        "and whoever passes the frame on has to put it back.",
        find_out="What is tagged on one side should be so on the other:",
        command="tshark -i eth1 -Y vlan -T fields -e vlan.id -e eth.src",
        filter="vlan",
        question=Question.DATA,
    ),
    Misconception(
        "switch-forwards-reserved",
        title="What is for the neighbour alone is forwarded.",
        seen="A frame to 01:80:c2:00:00:00, or to one of the next 15 addresses, leaves.",
        why="It looks like any other group. These 16 addresses are for the machine at the other "
        "end of the cable: spanning tree, PAUSE, LLDP. Passed on, they tell machines that they "
        "are neighbours which are not.",
        find_out="Bridges should not pass these on:",
        filter="eth.dst >= 01:80:c2:00:00:00 && eth.dst <= 01:80:c2:00:00:0f",
        question=Question.KINDS,
    ),
    Misconception(
        "switch-changes-the-order",
        title="Frames overtake each other.",
        seen="Of frames that came in in a row, a later one leaves first.",
        why="All that waits is read, and then sent from the wrong end; or each frame gets a "
        "thread of its own, and the kernel decides which runs first. Between two stations the "
        "order is promised: protocols above rely on it, and become slow without.",
        find_out="Numbers of a ping should rise:",
        command="tshark -i eth1 -Y icmp -T fields -e icmp.seq",
        question=Question.MASSIVE,
    ),
    Misconception(
        "switch-never-forgets",
        title="It never forgets.",
        seen="Long after its time a station that is silent is still looked for in one place.",
        why="An entry is written and never looked at again. A machine that has moved and only "
        "listens would not be reached any more. So each entry has a time, and is taken for "
        "nothing once that is too long ago: when it is asked for, or by somebody who sweeps.",
        find_out="Say nothing for that long, and then look who gets a frame:",
        command="./switch --ageing 1 eth0 eth1 eth2 eth3",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "switch-keeps-who-is-spoken-to",
        title="Being spoken to counts as a sign of life.",
        seen="A silent station is remembered as long as others send to it.",
        why="The time of an entry is set where it is used. But that somebody is asked for says "
        "nothing about whether he is still there: exactly the station that has moved is asked for "
        "again and again. Only its own frames count.",
        find_out="Ping somebody who is gone; soon the frames should go everywhere:",
        command="./switch --ageing 1 eth0 eth1 eth2 eth3",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "switch-counts-from-the-first-frame",
        title="The time counts from the first frame of a station.",
        seen="Somebody who speaks all the time is forgotten, again and again.",
        why="The time is written where the entry is made, and an entry that is there is left "
        "alone. It has to be the time of the last frame.",
        find_out="While a station speaks, nothing that is for it should be seen elsewhere:",
        command="tshark -i eth2 -f 'not ether broadcast'",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "switch-forgets-too-early",
        title="It forgets before the time is over.",
        seen="A station has spoken a moment ago, and is not known.",
        why="A time in seconds is taken for one in milliseconds, or a fraction is cut off: 0.8 "
        "becomes 0. time() in C counts whole seconds; clock_gettime(CLOCK_MONOTONIC) does not, "
        "and nobody sets it.",
        find_out="What is the number that the program waits for?",
        command="./switch --ageing 0.8 eth0 eth1 eth2 eth3",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "switch-names-its-interfaces-itself",
        title="The names of the interfaces stand in the program.",
        seen="Called with other interfaces, it forwards between the usual ones.",
        why="On one's own machine they always have these names. The names on the command line are "
        "what the user wants, however many and in whatever order.",
        find_out="Call it with two interfaces, the last one first:",
        command="./switch eth4 eth2",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "switch-not-promiscuous",
        title="It hears only what a network card lets through.",
        seen="No interface is in promiscuous mode while it runs.",
        why="On virtual cables everything arrives, so it seems to be right. A network card drops "
        "what is neither for its own address nor for everybody, and all that a switch forwards is "
        "for others. A packet socket can ask for it without any further right: "
        "PACKET_ADD_MEMBERSHIP with PACKET_MR_PROMISC; it ends with the socket.",
        find_out="While the program runs, this should not be 0:",
        command="ip -d link show eth0 | grep -o 'promiscuity [0-9]*'",
        question=Question.LISTEN,
    ),
    Misconception(
        "switch-ignores-sigterm",
        title="It does not end when it is asked to.",
        seen="SIGTERM is sent, and it goes on.",
        why="A handler that only sets a flag does not wake up a loop that waits in recv(): Python "
        "waits on after it, and C does if SA_RESTART is set. Without any handler the kernel ends "
        "the program and closes its sockets.",
        find_out="This should print a word, and the program be gone:",
        command="kill %1; wait %1; jobs",
        question=Question.CLOSE,
    ),
)
