"""Lessons about many frames at once: where they wait, and what makes a receiver late for them."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "massive-usual-buffer",
        title="The receive buffer is as large as the kernel makes it unless it is asked.",
        seen="Of a burst that comes while the program cannot run, the first few hundred frames "
        "are there, and the rest is lost.",
        why="Frames that nobody has read yet wait in the socket. Its buffer has 212,992 bytes on "
        "most machines, and a frame of 60 bytes takes more than 700 of them. What does not fit is "
        "dropped, without an error. setsockopt() with SO_RCVBUF makes it larger, up to "
        "net.core.rmem_max.",
        find_out="The rb of skmem is the buffer, the d what it has dropped:",
        command="ss -0 -m -p; sysctl net.core.rmem_default net.core.rmem_max",
        question=Question.MASSIVE,
    ),
    Misconception(
        "massive-prints-while-receiving",
        title="Each frame is printed before the next one is received.",
        seen="While nobody reads the terminal, or a pipe, frames are lost.",
        why="print() and write() wait as soon as the other side is full: a terminal after Ctrl-S, "
        "a pipe into a program that is slow. Meanwhile nothing is received, and the socket "
        "overflows. Read all that is there first; print afterwards, or in another thread.",
        find_out="Print into a program that reads nothing, send a few thousand frames, and look "
        "at the d of skmem:",
        command="./massive eth0 | sleep 60 & sleep 30; ss -0 -m",
        question=Question.MASSIVE,
    ),
    Misconception(
        "massive-never-stops",
        title="The frame that says stop does not stop it.",
        seen="It is told to stop, and goes on waiting for frames.",
        why="The four bytes of “stop” are a number as well, 1937010544, and it is taken for one. "
        "Or they are compared with the whole payload, which the network has filled up with zeros. "
        "Compare the first four bytes with those of the word, before anything else.",
        find_out="Send it the word, and see whether it still runs:",
        command="pgrep -a massive",
        question=Question.ENDLESS,
    ),
    Misconception(
        "massive-total-other",
        title="The total is not the number of frames that were received.",
        seen="There are 183 lines, and the total is 184.",
        why="The frame that says stop is counted, or a counter begins with 1. It is easily seen "
        "with one frame, and hardly with thousands. The length of the list of frames cannot be "
        "wrong.",
        find_out="Count the lines with an address, and compare:",
        command="./massive eth0 | tee lines; grep -c : lines; tail -1 lines",
        question=Question.MASSIVE,
    ),
    Misconception(
        "massive-number-byte-order",
        title="The number is read with its bytes the wrong way round.",
        seen="Frame 100001 is told of as 2710962432.",
        why="Copied into an integer of the processor, the first byte becomes the lowest one. On "
        "the network the highest comes first: '!I' in struct, int.from_bytes(…, 'big'), ntohl() "
        "in C.",
        find_out="Compare with the bytes of the frame:",
        command="tshark -i eth0 -c 1 -Y 'eth.type == 0x88b5' -x",
        question=Question.PACK,
    ),
    Misconception(
        "massive-newest-first",
        title="The frames of a sender are told of in another order than they came.",
        seen="Of one sender a later number stands before an earlier one.",
        why="What is put on a stack comes off it the other way round: the newest is at hand, and "
        "the oldest waits longest. Several threads that take frames from one socket overtake each "
        "other, too. A queue, one reader, and the order stays.",
        find_out="The numbers of each sender should only grow:",
        command="./massive eth0 | sort -s -k1,1 | sort -c -k1,1 -k2,2n",
        question=Question.MASSIVE,
    ),
    Misconception(
        "massive-other-types-counted",
        title="Frames that belong to somebody else are counted.",
        seen="Frames of the types 08 00, 08 06 or 88 b6 are told of as well.",
        why="ETH_P_ALL is every frame on the interface: on a real machine most of them are IP. "
        "Ask the kernel for 0x88b5 only, in bind(), and the rest does not even take room in the "
        "buffer.",
        find_out="Look at the column Proto; 88b5 is what is wanted:",
        command="cat /proc/net/packet",
        question=Question.KINDS,
    ),
)
