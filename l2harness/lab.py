"""
What a lab is written with: the public interface for labs outside of this package.

A lab imports from here and from nowhere else of l2harness, beside `l2harness.testing` in its
tests. What stands in ``__all__`` keeps its name, its arguments and its meaning as long as
`API_VERSION` stays what it is; a ``lab.toml`` that says ``api = 1`` is refused by another one.

    from l2harness.lab import Sending, Stage, check, expect, run

``docs/labs.md`` leads from nothing to a proven lab.
"""

from l2harness.frames import (
    BROADCAST,
    HEADER_BYTES,
    MAXIMUM_FRAME,
    MINIMUM_FRAME,
    EtherType,
    Frame,
    MacAddress,
    VlanTag,
    difference,
    ethertype_name,
    pad,
)
from l2harness.labs.api import (
    API_VERSION,
    Exhibit,
    Failure,
    Visibility,
    award,
    check,
    expect,
    run,
)
from l2harness.labs.decoys import lists_ethertypes, lists_payloads
from l2harness.labs.judging import (
    colons,
    command_line,
    exhibit,
    exhibits,
    expect_refusal,
    fail_as_not_sent,
    first_wrong,
    how_it_ended,
    is_report,
    judged_frames,
    quoted,
    spaced,
)
from l2harness.labs.listening import Listener, Waiting
from l2harness.labs.misconceptions import (
    Misconception,
    Mistake,
    Question,
    Sign,
    detector,
    mistakes,
)
from l2harness.labs.misconceptions.starts import cannot_start, died, ran_on
from l2harness.labs.options import Option
from l2harness.labs.reading import (
    Role,
    addresses,
    mentions_address,
    names_address,
    names_ethertype,
    shown_addresses,
    shows_payload,
)
from l2harness.labs.records import Answer, Burst, ProgramRecord, Sending
from l2harness.labs.stage import Stage
from l2harness.network.timeline import Direction, FrameEvent, Origin
from l2harness.programs.build import Built
from l2harness.programs.exit import Exit, ExitReason
from l2harness.programs.submission import FoundPrograms

__all__ = [
    "API_VERSION",
    "BROADCAST",
    "HEADER_BYTES",
    "MAXIMUM_FRAME",
    "MINIMUM_FRAME",
    "Answer",
    "Built",
    "Burst",
    "Direction",
    "EtherType",
    "Exhibit",
    "Exit",
    "ExitReason",
    "Failure",
    "FoundPrograms",
    "Frame",
    "FrameEvent",
    "Listener",
    "MacAddress",
    "Misconception",
    "Mistake",
    "Option",
    "Origin",
    "ProgramRecord",
    "Question",
    "Role",
    "Sending",
    "Sign",
    "Stage",
    "Visibility",
    "VlanTag",
    "Waiting",
    "addresses",
    "award",
    "cannot_start",
    "check",
    "colons",
    "command_line",
    "detector",
    "died",
    "difference",
    "ethertype_name",
    "exhibit",
    "exhibits",
    "expect",
    "expect_refusal",
    "fail_as_not_sent",
    "first_wrong",
    "how_it_ended",
    "is_report",
    "judged_frames",
    "lists_ethertypes",
    "lists_payloads",
    "mentions_address",
    "mistakes",
    "names_address",
    "names_ethertype",
    "pad",
    "quoted",
    "ran_on",
    "run",
    "shown_addresses",
    "shows_payload",
    "spaced",
]
