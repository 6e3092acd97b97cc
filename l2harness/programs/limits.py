"""What a stranger's program may use, and how the kernel is told."""

from __future__ import annotations

import math
import resource
from dataclasses import dataclass, replace
from typing import Final

from l2harness.network.loop import patience

#: A build's own: compilers need more room than the programs of a lab.
_BUILD_MEMORY_BYTES: Final = 2 << 30
_BUILD_PROCESSES: Final = 256
_BUILD_FILES: Final = 256
_BUILD_DISK_BYTES: Final = 128 << 20
_BUILD_DISK_FILES: Final = 8_000
#: Room for the sandboxes' own processes.
_MORE: Final = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Limits of one program. A lab sets them in its ``lab.toml``, under ``[limits]``.

    Attributes:
        start_s: How long a server may take until it listens, seconds.
        wall_s: How long a program that should end by itself may run, seconds.
        build_s: How long ``make`` may run, seconds.
        cpu_s: CPU time of each of its processes, seconds.
        memory_bytes: What it and all that it starts may keep in memory, together, files that it
            writes included; 0 sets no limit.
        processes: How many processes and threads it may have at a time; with more it is ended.
            Half as many where there are no control groups.
        files: How many descriptors each of its processes may have.
        file_bytes: The largest file it may write.
        output_bytes: What it may print, on each of stdout and stderr.
        disk_bytes: Room for what it writes, beyond the submission itself: in its directory, in
            /tmp, /root and /dev/shm, together.
        disk_files: Files and directories that it may make there.
        frames: Frames that it may send, on each interface.
        frame_bytes: Sum of their lengths.
    """

    start_s: float = 10.0
    wall_s: float = 10.0
    build_s: float = 60.0
    cpu_s: int = 20
    memory_bytes: int = 256 << 20
    processes: int = 128
    files: int = 128
    file_bytes: int = 16_000_000
    output_bytes: int = 1_000_000
    disk_bytes: int = 16_000_000
    disk_files: int = 2_000
    frames: int = 1_000
    frame_bytes: int = 1_000_000

    @property
    def cpu_here_s(self) -> int:
        """`cpu_s` as long as it is here: a slow machine counts more for the same work."""
        return math.ceil(patience(self.cpu_s))

    def for_building(self) -> Limits:
        """Return the limits of ``make``, in the same place: `build_s`, and room for a compiler."""
        return replace(
            self,
            wall_s=self.build_s,
            cpu_s=max(self.cpu_s, round(self.build_s)),
            memory_bytes=self.memory_bytes and max(self.memory_bytes, _BUILD_MEMORY_BYTES),
            processes=max(self.processes, _BUILD_PROCESSES),
            files=max(self.files, _BUILD_FILES),
            file_bytes=max(self.file_bytes, _BUILD_DISK_BYTES),
            disk_bytes=max(self.disk_bytes, _BUILD_DISK_BYTES),
            disk_files=max(self.disk_files, _BUILD_DISK_FILES),
        )


def impose(pid: int, limits: Limits) -> None:
    """
    Set a process's resource limits from outside; setrlimit(2), prlimit(2).

    What it starts later inherits them. None is on memory: an address space says little about it
    (Go, Java and the sanitizers reserve what they never touch); see `cgroup` and `guard`.
    Raises OSError where the process is gone.
    """
    for which, soft, hard in (
        # SIGXCPU first; who ignores that is killed a second later.
        (resource.RLIMIT_CPU, limits.cpu_here_s, limits.cpu_here_s + 1),
        # Counted for all programs of a network together, their sandboxes included; each one's own
        # number is seen to by its control group and by `guard`.
        (resource.RLIMIT_NPROC, limits.processes + _MORE, limits.processes + _MORE),
        (resource.RLIMIT_NOFILE, limits.files, limits.files),
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        # Not 0: a core_pattern that is a pipe (apport, systemd-coredump) minds only a limit of 1,
        # and would start a program of the machine's root for every crash; do_coredump() in Linux.
        (resource.RLIMIT_CORE, 1, 1),
        (resource.RLIMIT_MEMLOCK, 1 << 20, 1 << 20),
        (resource.RLIMIT_MSGQUEUE, 1 << 16, 1 << 16),
        (resource.RLIMIT_SIGPENDING, 4_096, 4_096),
        (resource.RLIMIT_NICE, 0, 0),
        (resource.RLIMIT_RTPRIO, 0, 0),
    ):
        _, most = resource.prlimit(pid, which)
        if most != resource.RLIM_INFINITY:
            # The machine's own limit may be lower; without root it cannot be raised.
            soft, hard = min(soft, most), min(hard, most)
        resource.prlimit(pid, which, (soft, hard))
