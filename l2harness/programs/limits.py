"""What a stranger's program may use, and how the kernel is told."""

from __future__ import annotations

import resource
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Limits of one program. A lab sets them in its ``lab.toml``, under ``[limits]``.

    Attributes:
        start_s: How long a server may take until it listens, seconds.
        wall_s: How long a program that should end by itself may run, seconds.
        cpu_s: CPU time of each of its processes, seconds.
        memory_bytes: Address space of each of its processes; 0 sets none.
        processes: How many processes and threads it may have at a time.
        files: How many descriptors each of its processes may have.
        file_bytes: The largest file it may write.
        output_bytes: What it may print, on each of stdout and stderr.
        disk_bytes: Room in its directory beyond the submission itself; the same again in /tmp.
        disk_files: Files and directories it may have there.
        frames: Frames that it may send, on each interface.
        frame_bytes: Sum of their lengths.
    """

    start_s: float = 10.0
    wall_s: float = 10.0
    cpu_s: int = 20
    memory_bytes: int = 0
    processes: int = 128
    files: int = 256
    file_bytes: int = 16_000_000
    output_bytes: int = 1_000_000
    disk_bytes: int = 16_000_000
    disk_files: int = 2_000
    frames: int = 2_000
    frame_bytes: int = 2_000_000


def impose(pid: int, limits: Limits) -> None:
    """
    Set a process's resource limits from outside; setrlimit(2), prlimit(2).

    What it starts later inherits them. Raises OSError where the process is gone.
    """
    cpu = (limits.cpu_s, limits.cpu_s + 1)
    for which, values in (
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_NPROC, (limits.processes, limits.processes)),
        (resource.RLIMIT_NOFILE, (limits.files, limits.files)),
        (resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes)),
        (resource.RLIMIT_CORE, (0, 0)),
        (resource.RLIMIT_MEMLOCK, (1 << 20, 1 << 20)),
        (resource.RLIMIT_MSGQUEUE, (1 << 16, 1 << 16)),
    ):
        resource.prlimit(pid, which, values)
    if limits.memory_bytes:
        resource.prlimit(pid, resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
