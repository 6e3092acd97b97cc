"""For people who test labs, or build on this package: fakes and builders that need no privilege.

Two things can be had here. The three seams without a kernel behind them: `FakeKernel` for the
verbs that a network is built with, `FakePort` for a place on a network, `FakeSandbox` for what
contains a program. And builders for what a run leaves behind, so that a check is tested on a
record that somebody wrote by hand::

    def test_the_wrong_byte_order_is_found():
        frame = Frame(TARGET, OWN, 0xB588, b"Hi")
        failure = failure_of(test_client_ethertype, sending("h1.eth0", OWN, frame))
        assert failure.expected == "88 b5"

The fakes refuse what the real ones refuse, with the same errors. Nothing here waits.
"""

from l2harness.testing.fakes import (
    BridgeMade,
    FakeKernel,
    FakePort,
    FakeSandbox,
    Joined,
    LinkMade,
    connect,
)
from l2harness.testing.records import (
    Ending,
    TimelineBuilder,
    answer,
    ended,
    failure_of,
    program,
    sending,
)

__all__ = [
    "BridgeMade",
    "Ending",
    "FakeKernel",
    "FakePort",
    "FakeSandbox",
    "Joined",
    "LinkMade",
    "TimelineBuilder",
    "answer",
    "connect",
    "ended",
    "failure_of",
    "program",
    "sending",
]
