"""Making a crowd of processes give way to everybody else, where no control group does that.

The kernel shares the CPUs out among threads, or, where it groups them by session (sched(7),
"autogroup"), among sessions. Lowering the priority of either can be done without any privilege,
and changes nothing for a program that has the machine to itself.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import Final

_LOWEST: Final = 19


def give_way(pids: Iterable[int]) -> None:
    """Give all threads of these processes, and their sessions, the lowest priority."""
    for pid in pids:
        with contextlib.suppress(OSError):
            if os.getpriority(os.PRIO_PROCESS, pid) == _LOWEST:
                continue  # it was born so, or has been told
            for thread in os.listdir(f"/proc/{pid}/task"):
                os.setpriority(os.PRIO_PROCESS, int(thread), _LOWEST)
            with open(f"/proc/{pid}/autogroup", "w") as session:
                session.write(str(_LOWEST))
