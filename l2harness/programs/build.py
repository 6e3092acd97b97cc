"""Building a submission with its Makefile, in the sandbox, without network or privileges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from l2harness.network.loop import Deadline
from l2harness.network.network import Network
from l2harness.programs.exit import Exit
from l2harness.programs.limits import Limits
from l2harness.programs.process import Program
from l2harness.programs.sandbox import Launch, Sandbox


@dataclass(frozen=True, slots=True)
class Built:
    """
    What make did.

    Attributes:
        exit: How it ended.
        output: What it printed, stdout and stderr, bounded.
    """

    exit: Exit
    output: bytes


def build(
    network: Network,
    sandbox: Sandbox,
    directory: Path,
    scratch: Path,
    makefile: str,
    limits: Limits,
) -> Built:
    """
    Run ``make`` in a directory; what it makes stays there.

    Args:
        network: Gives the loop, and the user namespace to run in.
        sandbox: What contains it.
        directory: A throwaway copy of the submission.
        scratch: What else it may write to, see `Launch`.
        makefile: Its name.
        limits: As `Limits.for_building` gives them.

    Raises:
        SandboxError: The sandbox could not be set up.
    """
    argv = ["make", "-s", "-f", makefile]
    launch = Launch(
        argv,
        directory,
        network.namespaces.user,
        None,
        scratch,
        network=False,
        environment={"TERM": "dumb", "GCC_COLORS": ""},  # its output goes into reports
        outside_uid=network.namespaces.outside_uid,
    )
    program = Program(network, 0, None, argv, sandbox.command(launch), limits)
    ended = program.finish(Deadline.after(limits.wall_s))
    return Built(ended, program.output("stdout") + program.output("stderr"))
