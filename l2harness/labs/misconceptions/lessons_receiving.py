"""Lessons about a program that receives: what it hears, what it survives, and for how long."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "protocol-byte-order",
        title="The socket asks for its protocol in the wrong byte order, and hears nothing.",
        seen="The kernel lists the socket with protocol 0300 where 0003, all frames, was meant.",
        why="socket() and bind() in C take the protocol in network byte order: htons(ETH_P_ALL). "
        "Python's socket() does so as well, while its bind() turns the number round by itself. "
        "0x0300 is a protocol that nobody uses, so it stays silent, without any error.",
        find_out="While the server runs, look at the column Proto; 0003 is right:",
        command="cat /proc/net/packet",
        question=Question.SOCKETS,
    ),
    Misconception(
        "no-protocol",
        title="The socket asks for no protocol at all, and so can only send.",
        seen="The program waits, and the kernel lists no socket of it that is given frames.",
        why="socket(AF_PACKET, SOCK_RAW) looks complete, and it sends. Its third argument says "
        "which frames to receive: without it that is 0, none. To hear every frame ask for "
        "htons(ETH_P_ALL).",
        find_out="While the server runs, look at the columns Proto and R; 0003 and 1 are right:",
        command="cat /proc/net/packet",
        question=Question.SOCKETS,
    ),
    Misconception(
        "filters-ethertype",
        title="Only frames of one EtherType are reported.",
        seen="A frame of the expected EtherType gives a line, one of another does not.",
        why="Who looks for {ethertype} asks the socket for it, or compares before printing. The "
        "task is to show what arrives, whatever it is: ask for ETH_P_ALL, and leave the choice to "
        "whoever reads the lines.",
        find_out="While the server runs on this interface's segment, send it something else, such "
        "as the ARP request of a ping to an address that nobody has:",
        command="ping -c 1 192.0.2.1",
        filter="!(eth.type == {ethertype})",
        question=Question.KINDS,
    ),
    Misconception(
        "drops-broadcast",
        title="Frames to everybody are not reported.",
        seen="A frame to the host itself gives a line, one to ff:ff:ff:ff:ff:ff does not.",
        why="Comparing the destination with the own address seems to be right: the rest is for "
        "others. But ff:ff:ff:ff:ff:ff is everybody, so it is for this host as well.",
        find_out="With the server running on another host of the segment:",
        command="./{client} ff:ff:ff:ff:ff:ff eth0",
        filter="eth.dst == ff:ff:ff:ff:ff:ff",
        question=Question.BROADCAST,
    ),
    Misconception(
        "not-bound-to-interface",
        title="The socket listens on every interface, not on the named one.",
        seen="A frame that came to another interface is reported.",
        why="A new packet socket hears all interfaces at once, and on a machine with only one "
        "that looks right. bind() limits it to the interface of the command line.",
        find_out="While the server runs, look at the column Iface: 0 means all of them.",
        command="cat /proc/net/packet; ip -br link",
        question=Question.SOCKETS,
    ),
    Misconception(
        "listens-on-other-interface",
        title="The server listens on another interface than the named one.",
        seen="A frame that came to the named interface is not reported, one on another one is.",
        why="While trying things out one writes “eth0” into the program, and where there is only "
        "eth0 nobody notices. The interface is an argument, to be given to bind() as it is.",
        find_out="While the server runs, compare the number in the column Iface with that of the "
        "interface:",
        command="cat /proc/net/packet; ip -o link",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "output-not-flushed",
        title="The lines stay in a buffer of the program.",
        seen="The program takes the frames from its socket, and the terminal shows nothing while "
        "it runs.",
        why="Output that does not go straight to a terminal is collected, 4 to 8 KiB of it, "
        "before it is written: through a pipe, into a file, or with a buffer of one's own. When "
        "the program is stopped, what was in there is lost. print(…, flush=True), setvbuf(), "
        "`python3 -u` or `stdbuf -oL` write at once.",
        find_out="Watch it write, or not, while a frame arrives:",
        command="sudo strace -f -e trace=recvfrom,write ./{server} eth0",
        question=Question.APPEARS,
    ),
    Misconception(
        "output-on-stderr",
        title="The output goes to standard error.",
        seen="The right words come, on standard error; standard output is empty.",
        why="On a terminal both look the same, and logging writes to standard error unless told "
        "otherwise. Results belong on standard output, so that they can be piped on and saved; "
        "what went wrong belongs on standard error.",
        find_out="See what is left when standard error is thrown away:",
        command="./{server} eth0 2>/dev/null",
        question=Question.APPEARS,
    ),
    Misconception(
        "exits-after-one-frame",
        title="The server ends after its first frame.",
        seen="One frame is reported, and then the program is gone.",
        why="recv() returns one frame, and without a loop around it that was all. A server serves "
        "until it is stopped: `while True`.",
        find_out="Send it two frames, and see whether it still runs:",
        command="pgrep -a {server}",
        question=Question.MASSIVE,
    ),
    Misconception(
        "busy-waiting",
        title="It asks for frames again and again instead of waiting for one.",
        seen="A CPU is busy all the time, although nothing arrives.",
        why="A socket that does not block answers “nothing yet” at once, and a loop then asks a "
        "million times a second. recv() on an ordinary socket, or select() with nothing else to "
        "do, sleeps until the kernel has a frame.",
        find_out="Its share of the CPU should be 0.0 while nothing arrives:",
        command="top -b -n 1 -p $(pgrep -d, {server})",
        question=Question.SELECT,
    ),
    Misconception(
        "loses-frames",
        title="Frames that come in quick succession are lost.",
        seen="A hundred frames arrive one after the other, and fewer are reported.",
        why="One frame at a time it works. But frames that come while the program is busy wait in "
        "the socket, and only as many as fit. A small SO_RCVBUF, a pause in the loop, or a new "
        "socket for every frame throws away what came in between.",
        find_out="Send a hundred and count the lines. The drops of its socket are the d of skmem:",
        command="ss -0 -m -p | grep -A1 {server}",
        question=Question.MASSIVE,
        follows_from=("busy-waiting", "exits-after-one-frame"),
    ),
    Misconception(
        "reports-twice",
        title="One frame gives two lines.",
        seen="Some frames are reported more than once.",
        why="Two sockets, one for everything and one for a certain EtherType, both get a copy of "
        "a frame that fits both; so does a loop that prints before and after. One socket with "
        "ETH_P_ALL hears everything, once.",
        find_out="While the server runs, count its rows; there should be one:",
        command="cat /proc/net/packet",
        question=Question.SOCKETS,
    ),
    Misconception(
        "stale-state",
        title="What is shown belongs to an earlier frame.",
        seen="The line for one frame carries bytes of a frame that came before.",
        why="A buffer or a list that lives outside the loop keeps what the last round left in it, "
        "and with a single frame that is right. What belongs to one frame is made anew for each.",
        find_out="Send two different frames, and compare the second line with the second frame:",
        command="tshark -i eth0 -Y 'eth.type == {ethertype}' -x",
        question=Question.MASSIVE,
    ),
    Misconception(
        "crashes-on-binary-payload",
        title="A payload that is no text is too much for it.",
        seen="A payload such as ff fe 80 00 ends the program, or gives no line.",
        why="In one's own tests the payload is “{payload}”, so decoding it as text works. What "
        "arrives on a network is bytes, from anybody, in any order: show them as they are, with "
        "repr() or .hex(), or decode(errors='replace').",
        find_out="Not every sequence of bytes is text:",
        command=r"""python3 -c "b'\xff\xfe\x80'.decode()" """.strip(),
        question=Question.KINDS,
    ),
    Misconception(
        "crashes-on-large-frame",
        title="The longest frame is too much for it.",
        seen="A frame of 1514 bytes ends the program, or gives no line.",
        why="1500 is the number that everybody knows, but it is the longest payload: the header "
        "makes the frame 14 bytes longer. In C a buffer that is too short is overwritten beyond "
        "its end; recv(fd, buffer, sizeof buffer, 0) never writes beyond.",
        find_out="1472 bytes of ping make a frame of exactly 1514. On the server's segment:",
        command="ping -c 1 -s 1472 192.0.2.1",
        filter="frame.len == 1514",
        question=Question.RECV,
    ),
    Misconception(
        "ignores-frames-from-its-own-client",
        title="The server leaves out the very frame that its own client sends.",
        seen="Frames of others are reported. That of the client, which is right, is not.",
        why="A rule that drops “noise” (short payloads, greetings, frames to everybody) was tried "
        "with other frames than the one that matters. Each half works alone; the pair is a test "
        "of its own.",
        find_out="Run both on two hosts of one segment, and compare capture and terminal:",
        command="./{client} ff:ff:ff:ff:ff:ff eth0",
        filter="eth.type == {ethertype}",
        question=Question.APPEARS,
    ),
)
