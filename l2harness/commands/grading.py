"""What a command does with one submission once it stands in namespaces of its own.

Importing this module imports everything that grading takes, so import it there and not before.
"""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from l2harness.commands.output import Interrupted
from l2harness.commands.progress import progress
from l2harness.grading.equip import Closing, Order
from l2harness.grading.recording import Recording
from l2harness.grading.result import Result
from l2harness.grading.session import Grading, default_jobs
from l2harness.labs.lab import Lab
from l2harness.programs.upload import Upload

if TYPE_CHECKING:
    from l2harness.vm.machine import Hypervisor


def order_for(lab: Lab, upload: Upload, seed: str, *, sandboxed: bool) -> Order:
    """Return the order to grade a submission with all cores of this machine."""
    return Order(
        lab,
        upload.path,
        upload.name,
        seed,
        sandboxed=sandboxed,
        jobs=default_jobs(),
        upload=upload,
    )


@dataclass(frozen=True, slots=True)
class Graded:
    """
    What came of one submission.

    Attributes:
        result: What was found out; where a virtual machine came to nothing, one that says so.
        recording: Every frame; None where it came from a virtual machine.
        capture: … then that is a file: every frame, as pcapng.
        problem: What became of a virtual machine that came to nothing.
    """

    result: Result
    recording: Recording | None = None
    capture: bytes | None = None
    problem: str | None = None


def grade_one(order: Order, hypervisor: Hypervisor | None = None) -> Graded:
    """
    Grade one submission, and show how far it is.

    Args:
        order: What to grade.
        hypervisor: Boots a virtual machine to grade it in; None grades it in this process, which
            has entered namespaces of its own.

    Raises:
        Interrupted: By the user.
        L2HarnessError: As `l2harness.grading.session.grade`.
    """
    try:
        with progress(1) as line:
            line.begin(order.name)
            if hypervisor is not None:
                return _in_machine(order, hypervisor)
            grading = Grading(order, watch=line.runs)
            return Graded(interruptible(grading), grading.recording())
    except KeyboardInterrupt as interrupt:
        raise Interrupted("interrupted; nothing was kept") from interrupt


def _in_machine(order: Order, hypervisor: Hypervisor) -> Graded:
    from l2harness.commands.machines import grade_in_machine

    outcome = grade_in_machine(order, hypervisor)
    return Graded(outcome.result, capture=outcome.capture, problem=outcome.problem)


def interruptible(grading: Grading, closing: Closing | None = None) -> Result:
    """
    Run a grading that Ctrl-C ends in good order: nothing is torn out of what is being done.

    Python's own handler raises wherever the program happens to be, also where an exception is
    swallowed with a complaint, as in what runs after a fork. The grading remembers it even so.
    """
    before = signal.signal(signal.SIGINT, lambda _number, _frame: grading.interrupt())
    sys.unraisablehook = _complain_of_others
    try:
        return grading.run(closing)
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = sys.__unraisablehook__


def _complain_of_others(swallowed: sys.UnraisableHookArgs) -> None:
    if not issubclass(swallowed.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(swallowed)
