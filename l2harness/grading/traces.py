"""What a grading could leave behind, looked for in the harness's own namespaces and groups."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from l2harness.network.entry import WORKSPACE
from l2harness.programs import cgroup


@dataclass(frozen=True, slots=True)
class Traces:
    """
    Everything there is at one moment.

    Attributes:
        things: Words for each: processes, mounts, files in memory, control groups without an
            owner, descriptors and threads of this process, objects of System V.
    """

    things: frozenset[str]

    @classmethod
    def now(cls) -> Self:
        """Look around."""
        return cls(frozenset(_everything()))

    def beyond(self, before: Traces) -> list[str]:
        """Return what is here now and was not before, sorted."""
        return sorted(self.things - before.things)


def _everything() -> Iterator[str]:
    me = os.getpid()
    for name in os.listdir("/proc"):
        if name.isdecimal() and int(name) != me:
            yield f"process {name}"
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        yield f"mount on {line.split()[4]}"
    for name in os.listdir(WORKSPACE):
        yield f"file {WORKSPACE}/{name}"
    for path in cgroup.stale():
        yield f"control group {path}"
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # that of the listing itself
            yield f"descriptor {name} of {os.readlink(f'/proc/self/fd/{name}')}"
    for thread in threading.enumerate():
        yield f"thread {thread.name}"
    for kind in ("shm", "msg", "sem"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]:
                yield f"{kind} {line.split()[1]}"
