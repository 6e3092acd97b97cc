"""The checks of how it is called, runs and ends: 10 points."""

from __future__ import annotations

from l2harness.labs.api import check, expect
from l2harness.labs.judging import expect_refusal, how_it_ended
from l2harness.labs.learning_switch.judging import BASE, named, shown, told
from l2harness.labs.learning_switch.passing import PORTS
from l2harness.labs.learning_switch.runs import TWO, Elsewhere, Switching
from l2harness.labs.records import Sending
from l2harness.labs.responding import expect_asleep
from l2harness.programs.exit import OWN_DOING


@check("switch.interfaces", points=2, needs=BASE)
def test_switch_interfaces(elsewhere: Elsewhere) -> None:
    """It forwards between the interfaces that are named, and leaves all others alone."""
    between = f"Called for {named(TWO)}"
    stray = elsewhere.stray
    expect(
        not stray.sent,
        f"{between}: {told(stray, 'a frame')}, and left by {named(stray.ways)}.",
        help="A packet socket hears every interface until bind() binds it to one.",
        expected="none",
        actual=named(stray.ways),
        exhibits=shown(stray),
    )
    for it, wanted in ((elsewhere.there, TWO[1]), (elsewhere.back, TWO[0])):
        ways = [way for way in it.ways if way != it.came_in]
        ended = "" if it.alive and it.listening else f" {how_it_ended(elsewhere.record)}"
        expect(
            ways == [wanted],
            f"{between}: {told(it, 'a frame')}, and left by {named(ways)}.{ended}",
            help="The interfaces are arguments, any of them, in any order.",
            expected=named([wanted]),
            actual=named(ways),
            exhibits=shown(it),
        )


@check("switch.promiscuous", points=2, needs=BASE)
def test_switch_promiscuous(switching: Switching) -> None:
    """Its interfaces take in what is for others: they are in promiscuous mode."""
    missing = [it for it in PORTS if it not in switching.promiscuous]
    expect(
        not missing,
        f"While it ran, {named(missing)} had not been asked to take in what is for others.",
        help="These cables bring everything. A network card drops what is not for its own address "
        "until a socket asks for it: PACKET_ADD_MEMBERSHIP with PACKET_MR_PROMISC.",
        expected=named(PORTS),
        actual=named(switching.promiscuous),
    )


@check("switch.idle", points=2, needs=BASE)
def test_switch_idle(switching: Switching) -> None:
    """It uses no CPU while nothing comes."""
    expect_asleep(switching.idle, switching.record)


@check("switch.ends", points=2, needs=BASE)
def test_switch_ends(elsewhere: Elsewhere) -> None:
    """It runs until it is sent a SIGTERM, and ends then."""
    expect(
        elsewhere.asked_to_end,
        f"It was gone before. {how_it_ended(elsewhere.record)}",
        expected="still running",
        actual="ended",
    )
    ended = elsewhere.ended
    expect(
        ended is not None and ended.reason in OWN_DOING,
        "It was sent a SIGTERM, and went on.",
        help="A handler that only notes the signal does not end a recv() that waits; without a "
        "handler the kernel ends the program.",
        expected="ended",
        actual="still running",
    )


@check("switch.bad-arguments", points=2, needs=BASE)
def test_switch_bad_arguments(refusals: tuple[Sending, ...]) -> None:
    """An unknown interface, no interface, no time: a status that is not 0, and a word."""
    wrong = ("an interface that does not exist", "no interface", "a time that is none")
    for sending, what in zip(refusals, wrong, strict=True):
        expect_refusal(sending, what)
