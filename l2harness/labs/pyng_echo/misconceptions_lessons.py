"""Lessons about asking and answering: whose answer it is, how long it took, when to give up."""

from __future__ import annotations

from typing import Final

from l2harness.labs.misconceptions.lesson import Misconception, Question

LESSONS: Final = (
    Misconception(
        "echo-requests-alike",
        title="All requests carry the same payload.",
        seen="Request after request is the same, byte for byte, and so are the answers.",
        why="With one request at a time there seems to be nothing to tell apart. But an answer "
        "may come late, or twice, and then the client waits for that to the next request. A "
        "number in the payload, another one each time, says which request is answered.",
        find_out="Look at the payloads; no two should be equal:",
        command="tshark -i eth0 -c 8 -Y 'eth.type == 0x88b5' -T fields -e data",
        question=Question.DATA,
    ),
    Misconception(
        "echo-one-request-more",
        title="One request more is sent than was asked for.",
        seen="Called with COUNT 4, the program sends five requests.",
        why="A loop that begins at 0 and ends when the number is larger than COUNT runs once too "
        "often. Numbers from 1 to COUNT, or from 0 to COUNT − 1, are as many as it says.",
        find_out="Count the requests of a call with 1:",
        command="sudo tcpdump -i eth0 -c 2 ether proto 0x88b5",
        question=Question.DATA,
    ),
    Misconception(
        "echo-sent-in-one-go",
        title="The requests are sent all at once, and the answers collected afterwards.",
        seen="The second request leaves while the first one has had no answer yet.",
        why="It is quicker, and all answers come. But each then waits behind the others, in the "
        "server and in the own socket, and that time is measured, too. To measure one way there "
        "and back, only one frame may be on it.",
        find_out="Look at the times; each request should come after an answer:",
        command="sudo tcpdump -i eth0 -e -ttt ether proto 0x88b5",
        question=Question.MASSIVE,
    ),
    Misconception(
        "echo-any-frame-taken",
        title="Any frame that comes is taken for the answer.",
        seen="A frame from another host, to another one, or with other contents ends the wait.",
        why="Between two hosts that are alone the next frame is the answer. A socket hears "
        "whatever comes: frames of others, frames for others, and answers to somebody else's "
        "request. Who sent it, to whom, of what type and with which payload: all four say so.",
        find_out="Send it a frame that is no answer while it waits, and see what it prints:",
        command="./pyng 02:00:00:00:00:0b eth0 1 5000",
        filter="eth.type == 0x88b5",
        question=Question.KINDS,
    ),
    Misconception(
        "echo-answer-to-earlier-request",
        title="The answer to an earlier request is taken for that to the present one.",
        seen="An answer comes twice, or after its time was up, and counts for the next request.",
        why="The frame is from the right host and answers a request of this program, only not the "
        "one that waits. What is left in the socket from before has to be read and passed over, "
        "until the payload is that of the last request.",
        find_out="On a line that doubles frames, a time that is nearly 0 follows a real one:",
        command="l2harness up lossy --seed 4",
        question=Question.RECV,
        follows_from=("echo-requests-alike", "echo-any-frame-taken"),
    ),
    Misconception(
        "echo-answer-not-recognised",
        title="The answer comes, and the client waits on for it.",
        seen="The right answer is there, and the client goes on as if it were not.",
        why="The answer is at least 60 bytes long: the network has filled the frame up with "
        "zeros, and the server sends all of it back. Whoever compares the whole payload with the "
        "12 bytes of the request finds them different. Compare as many bytes as were sent.",
        find_out="Compare the lengths of a request as it is sent, and of its answer:",
        command="sudo tcpdump -i eth0 -e -X ether proto 0x88b5",
        question=Question.ZEROS,
    ),
    Misconception(
        "echo-no-line-each",
        title="There is no line for each request.",
        seen="The answers come, and no line begins with the number of a request.",
        why="An average over all requests looks like the result. But it hides which of them was "
        "late or lost, and that is what the program is called for.",
        find_out="Three requests should give three lines:",
        command="./pyng 02:00:00:00:00:0b eth0 3 1000 | wc -l",
        question=Question.APPEARS,
    ),
    Misconception(
        "echo-wrong-unit",
        title="The number is right, and its unit is another one.",
        seen="An answer that took 50 ms is printed as 0.050 ms, or as 50000 ms.",
        why="time.monotonic() and clock_gettime() count in seconds, poll() in milliseconds, "
        "gettimeofday() in microseconds. On a fast network every one of these numbers looks "
        "possible.",
        find_out="Between two hosts of one machine a round trip takes some tenths of a ms; ask "
        "another program:",
        command="ping -c 3 10.0.0.2",
        question=Question.VERIFY,
    ),
    Misconception(
        "echo-clock-not-reset",
        title="Every time is counted from the start of the program.",
        seen="The printed times grow from request to request.",
        why="The clock is looked at once, before the loop. The first time is right, so it looks "
        "right. Each request has a beginning of its own: look at the clock before each send().",
        find_out="Ask five times; the last time should be about the first one:",
        command="./pyng 02:00:00:00:00:0b eth0 5 1000",
        question=Question.VERIFY,
    ),
    Misconception(
        "echo-waits-for-ever",
        title="Without an answer it waits for ever.",
        seen="A request is lost, and the program never comes back from recv().",
        why="recv() waits until something comes, and nothing will. That is what select() is for: "
        "it waits for a frame or for the time that is left, whichever is first; settimeout() and "
        "SO_RCVTIMEO do so, too.",
        find_out="Ask an address that nobody has; this should end after a second:",
        command="timeout 5 ./pyng 02:00:00:00:00:99 eth0 1 1000; echo status $?",
        question=Question.SELECT,
    ),
    Misconception(
        "echo-gives-up",
        title="After some answers that do not come it gives up altogether.",
        seen="Requests time out, and the ones that were to follow are not sent.",
        why="No answer looks like the end of the story, and an exception that nobody catches "
        "makes it one. But a network loses frames now and then: the next request may well be "
        "answered, and COUNT says how many there are to be.",
        find_out="Ask an address that nobody has; this should print five lines:",
        command="./pyng 02:00:00:00:00:99 eth0 5 100 | wc -l",
        question=Question.MASSIVE,
    ),
    Misconception(
        "echo-timeout-of-its-own",
        title="It waits as long as it likes, not as long as it was told.",
        seen="Told to wait 150 milliseconds, it waits a second, or 150 of them.",
        why="The argument is read and left aside, or given as it is to a function that counts in "
        "seconds. Also: a limit that begins anew with every frame that comes never passes on a "
        "busy network. What counts is the time since the request.",
        find_out="This should take half a second:",
        command="time ./pyng 02:00:00:00:00:99 eth0 1 500",
        question=Question.SELECT,
    ),
    Misconception(
        "echo-payload-changed",
        title="The payload does not come back as it was sent.",
        seen="The answer is shorter than the request, or other bytes stand in it.",
        why="A buffer of 64 bytes is enough for one's own requests, and a payload that is decoded "
        "as text and encoded again is the same only if it was text. An echo returns what it has "
        "got: 1500 bytes at most, any of them.",
        find_out="Compare the lengths of a long request and of its answer:",
        command="tshark -i eth0 -Y 'eth.type == 0x88b5' -T fields -e eth.src -e frame.len",
        question=Question.BUFFER,
    ),
    Misconception(
        "echo-answers-for-others",
        title="Frames that are for others, or no requests, are answered.",
        seen="A frame to another host, to everybody or of another type gets an answer.",
        why="The socket gives what crosses the interface, and on a shared segment that is meant "
        "for others, too. Two servers that answer frames to everybody answer each other, without "
        "end, as soon as one answer is sent to everybody.",
        find_out="Ask an address that the server does not have; there should be no answer:",
        command="./pyng 02:00:00:00:00:99 eth0 1 1000",
        question=Question.BROADCAST,
    ),
    Misconception(
        "echo-halves-disagree",
        title="The server marks its answers in a way that its own client does not know.",
        seen="Both halves are right with others; the client finds no answer of its own server.",
        why="A byte that says “this is an answer” is a good idea, and ICMP has one. But here the "
        "client compares the payload as it was sent, so it has to come back so. A protocol is "
        "what both sides agree on, to the byte.",
        find_out="Compare the payload of a request with that of its answer:",
        command="tshark -i eth0 -c 2 -Y 'eth.type == 0x88b5' -T fields -e eth.src -e data",
        question=Question.APPEARS,
    ),
)
