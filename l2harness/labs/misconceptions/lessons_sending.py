"""Lessons about a program that sends: how often, through which interface, and what it refuses."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "sent-nothing",
        title="The program runs, but no frame leaves the machine.",
        seen="It ended without an error, or still ran, and not one frame had gone out of any "
        "interface.",
        why="A frame that was built has not been sent, and a program can print “Sent!” all the "
        "same. Only send(), on a packet socket that is bound to an interface, puts bytes on the "
        "wire.",
        find_out="See whether the program ever calls send():",
        command="sudo strace -f -e trace=network ./{client} ff:ff:ff:ff:ff:ff eth0",
        filter="eth.type == {ethertype}",
        question=Question.SOCKETS,
    ),
    Misconception(
        "sent-more-than-once",
        title="One call sends more than one frame.",
        seen="The same run puts two or more frames on the wire.",
        why="Sending again “to be on the safe side” is the work of a protocol that knows what was "
        "lost. Here every copy is a new frame to the receiver. Calling both send() and sendall() "
        "does it, too.",
        find_out="Count the frames of one call:",
        command="sudo tcpdump -i eth0 -c 5 ether proto {ethertype}",
        filter="eth.type == {ethertype}",
        question=Question.SOCKETS,
    ),
    Misconception(
        "sent-on-other-interface",
        title="Frames leave through an interface that nobody named.",
        seen="The command line names one interface, and another one carries the frame.",
        why="On the author's machine there was only one to choose, or number 2 was the right one. "
        "A packet socket sends through the interface that it is bound to: bind it to the name of "
        "the command line, and to that one only.",
        find_out="Capture on all interfaces at once, and look at the name of each frame's:",
        command="sudo tcpdump -i any -e ether proto {ethertype}",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "never-exits",
        title="The program does not end by itself.",
        seen="After its frame was out it went on running until it was stopped.",
        why="Ping waits for an answer, so this one seems to have to as well. But nothing answers: "
        "recv() then waits for ever. A loop without a way out does the same.",
        find_out="This should print a status at once, not after five seconds:",
        command="timeout 5 ./{client} ff:ff:ff:ff:ff:ff eth0; echo status $?",
        question=Question.RECV,
    ),
    Misconception(
        "success-status-not-zero",
        title="It succeeded, and ended with a status that says it failed.",
        seen="The frame is out, and the exit status is not 0.",
        why="In C and the shell a status of 0 means success, and every other number names a kind "
        "of failure. A status that is the number of bytes, or True, turns that round. Whoever "
        "calls the program, a script or a shell's &&, believes the status.",
        find_out="Ask the shell directly after the call:",
        command="./{client} ff:ff:ff:ff:ff:ff eth0; echo status $?",
        question=Question.RUN,
    ),
    Misconception(
        "no-confirmation",
        title="It does not say that it has sent something.",
        seen="The frame is out, and “Sent!” is not on standard output.",
        why="On the wire all is well, so nothing seems to be missing. The person before the "
        "terminal sees no wire: one word tells them, and it is the word of the task, spelled as "
        "there.",
        find_out="See what is left of the output when standard error is thrown away:",
        command="./{client} ff:ff:ff:ff:ff:ff eth0 2>/dev/null",
        question=Question.RUN,
        follows_from=("crashed", "never-exits", "output-not-flushed"),
    ),
    Misconception(
        "refuses-broadcast",
        title="The broadcast address is refused as a target.",
        seen="To one host it sends; with ff:ff:ff:ff:ff:ff nothing leaves the machine.",
        why="It seems to be a special address that must be wrong, or one for which a socket needs "
        "an option, as with UDP's SO_BROADCAST. On layer 2 it is a destination like any other: "
        "six bytes, all ones, and every host on the segment takes the frame.",
        find_out="Send to everybody, and look for it:",
        command="./{client} ff:ff:ff:ff:ff:ff eth0; echo status $?",
        filter="eth.dst == ff:ff:ff:ff:ff:ff",
        question=Question.BROADCAST,
    ),
    Misconception(
        "one-address-format-only",
        title="Addresses are understood in one spelling only.",
        seen="The same address works in one spelling, and not in upper case or with “-”.",
        why="`ip link` prints lower case and colons, so that is what one tries. IEEE 802 writes "
        "dashes and upper case, Windows and switches do, and people paste from anywhere. It is "
        "the same six bytes each time.",
        find_out="Try one address in three spellings:",
        command="for a in 02:00:00:aa:bb:cc 02:00:00:AA:BB:CC 02-00-00-aa-bb-cc; "
        "do ./{client} $a eth0; echo $a status $?; done",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "accepts-malformed-address",
        title="A target that is no address is accepted, and a frame goes out.",
        seen="With an address of five or seven bytes, or with a wrong letter in it, something is "
        "sent all the same.",
        why="bytes.fromhex(), sscanf() and strtol() take what they can and do not count. The "
        "frame then goes to somebody nobody named. An address is exactly six groups of two hex "
        "digits: check that before anything is sent.",
        find_out="Each of these must print a message and a status that is not 0:",
        command="for a in 02:00:0g:aa:bb:cc 02:00:00:aa:bb 02:00:00:aa:bb:cc:00 ''; "
        'do ./{client} "$a" eth0; echo status $?; done',
        question=Question.ADDRESSES,
    ),
    Misconception(
        "unknown-interface-replaced",
        title="When the named interface does not exist, another one is taken.",
        seen="Called with a name that no interface has, the program carries on with a different "
        "one, or with all of them.",
        why="It is meant kindly. But somebody who mistypes a name does not want their frame on "
        "another network, and never learns of the mistake. Say that there is no such interface, "
        "and stop.",
        find_out="This must print a message and a status that is not 0, and nothing may go out:",
        command="timeout 5 ./{client} ff:ff:ff:ff:ff:ff nosuch0; echo status $?",
        question=Question.ADDRESSES,
    ),
    Misconception(
        "error-exit-status-zero",
        title="It explains what is wrong, and ends with the status of success.",
        seen="After an error the exit status is 0.",
        why="A message is for people, and it seems to be enough. Scripts read the status: with 0 "
        "they go on as if all were well. sys.exit('message') prints and ends with 1; `return` "
        "from main, or a shell script whose last command succeeds, ends with 0.",
        find_out="Make a mistake on purpose, and ask the shell:",
        command="./{client} not-an-address eth0; echo status $?",
        question=Question.RUN,
    ),
    Misconception(
        "error-without-message",
        title="It ends because of an error, and does not say which.",
        seen="The exit status is not 0, and nothing is printed.",
        why="The status seems to say it. But a person before the terminal sees nothing at all, "
        "and cannot know whether it worked, let alone what to change. One line on standard error, "
        "with the wrong value in it, is enough.",
        find_out="Make a mistake on purpose. Would somebody else know what to mend?",
        command="./{client} ff:ff:ff:ff:ff:ff nosuch0; echo status $?",
        question=Question.RUN,
    ),
)
