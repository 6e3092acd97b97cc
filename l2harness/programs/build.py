"""Building a submission with its Makefile, in the sandbox, without network or privileges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from l2harness.network.loop import Deadline
from l2harness.network.network import Network
from l2harness.programs.exit import Exit
from l2harness.programs.limits import Limits
from l2harness.programs.process import Program
from l2harness.programs.sandbox import Launch, Sandbox

_BUILD_WITHIN_S: Final = 60.0


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
    network: Network, sandbox: Sandbox, directory: Path, makefile: str, limits: Limits
) -> Built:
    """
    Run ``make`` in a directory; what it makes stays there.

    Args:
        network: Gives the loop, and the user namespace to run in.
        sandbox: What contains it.
        directory: A throwaway copy of the submission.
        makefile: Its name.
        limits: Of the lab's programs; those that a compiler needs larger are enlarged.

    Raises:
        SandboxError: The sandbox could not be set up.
    """
    argv = ["make", "-s", "-f", makefile]
    # A compiler opens more files, starts more processes and takes longer than a lab's program.
    enlarged = replace(limits, files=1024, processes=256, cpu_s=60, wall_s=_BUILD_WITHIN_S)
    launch = Launch(
        argv,
        directory,
        network.namespaces.user,
        None,
        max(limits.disk_bytes, 64_000_000),
        network=False,
        environment={"TERM": "dumb", "GCC_COLORS": ""},  # its output goes into reports
        as_root_outside=network.namespaces.outside_uid != 0,
    )
    program = Program(network, 0, None, argv, sandbox.command(launch), enlarged)
    ended = program.finish(Deadline.after(enlarged.wall_s))
    return Built(ended, program.output("stdout") + program.output("stderr"))
