"""Commands that run in a virtual machine, whose init starts them: ``grade-enclosed`` grades."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

#: Said where a verdict would be one on the machine.
_MISSING: Final = (
    "the submission asks for a program, header, library or Python package that the grading "
    "machine has in /usr, and the virtual one has not. Grade it with a kernel that knows 9p, such "
    "as that of `linux-image-amd64` (Debian), or with another backend"
)


@click.command("grade-enclosed", hidden=True, short_help="Grade an order in a virtual machine.")
def grade_enclosed() -> int:
    """
    Grade the order that lies in the job of this virtual machine.

    The harness starts this by itself, where it has no other way; there is nothing to type here.
    """
    from l2harness.grading.enclosed import CAPTURE, REFUSAL, REPORT, received, refusal_of
    from l2harness.vm.machine import JOB, RESULTS

    if not Path(JOB).is_dir():
        raise click.UsageError("this is no virtual machine of l2harness's, or it has no order")

    from l2harness.errors import L2HarnessError
    from l2harness.network import entry, slowness
    from l2harness.vm import missing

    results = Path(RESULTS)
    try:
        slowness.set_pace()
        entry.enter("root")
        with received() as (order, only), missing.watched() as asked_for:
            from l2harness.grading.session import Grading

            grading = Grading(order, only=only)
            result = grading.run()
            if asked_for():
                raise L2HarnessError(_MISSING)
    except L2HarnessError as error:
        (results / REFUSAL).write_bytes(refusal_of(error))
        return 0

    from l2harness.reports.audience import Audience
    from l2harness.reports.evidence import to_pcapng
    from l2harness.reports.json import to_json
    from l2harness.reports.view import shown_to

    shown = shown_to(result, Audience.STUDENT)
    (results / CAPTURE).write_bytes(to_pcapng(shown, grading.recording()))
    (results / REPORT).write_bytes(to_json(result))
    return 0


@click.command("attack-enclosed", hidden=True, short_help="Audit in a virtual machine.")
def attack_enclosed() -> int:
    """
    Grade the hostile submission that lies in the job of this virtual machine.

    The harness starts this by itself, where it has no other way; there is nothing to type here.
    """
    from l2harness.grading.assault_enclosed import TASK, answer
    from l2harness.vm.machine import JOB

    if not Path(JOB, TASK).is_file():
        raise click.UsageError("this is no virtual machine of l2harness's, or it has no task")

    from l2harness.network import entry, slowness

    slowness.set_pace()
    entry.enter("root")
    answer()
    return 0
