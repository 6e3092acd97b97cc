"""Virtual machines: until the first frame has crossed a link, and gradings beside those of here.

The figures are those of a kernel that needs no tracing, 6.16 and newer; of an older one, such as
that of Debian 12, what is measured is told, and nothing is to be reached.
"""

from __future__ import annotations

import re
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import Row, Spread, timed_ms

#: Enters namespaces and brings up two hosts on a link, over which probes go both ways.
_FIRST_FRAME = """
from l2harness.network import entry
entry.enter("root")
from l2harness.network.network import Network
from l2harness.topology import find_topology, resolve
Network.build(resolve(find_topology("pair"), 0)).close()
"""
_UNTRACED = (6, 16)
#: From the boot to the report.
_EMULATED_MS = 40_000


def boots(times: int = 3) -> list[Row]:
    """Measure boots and gradings in turn with gradings here; none where nothing can be booted."""
    from l2harness.commands.machines import grade_in_machine
    from l2harness.errors import L2HarnessError
    from l2harness.grading.session import Order, grade
    from l2harness.labs.lab import find_lab
    from l2harness.labs.mutants import reference_of
    from l2harness.vm import uml
    from l2harness.vm.machine import Command, run

    traced = uml.find()
    if traced is None:
        print("machines: no user-mode Linux here", flush=True)
        return []
    linux = replace(traced, traced=False)
    lab = find_lab("pyng")
    order = Order(lab, reference_of(lab), "reference", "1")
    top = str(Path(__file__).resolve().parents[1])
    command = Command(
        (sys.executable, "-c", _FIRST_FRAME),
        environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": top},
    )
    grade(order)
    frames, inside, strict, here = [], [], [], []
    for _ in range(times):
        begun_s = time.perf_counter()
        done = run(linux, command, limit_s=600, wanted={})
        frames.append((time.perf_counter() - begun_s) * 1e3)
        if done.status != 0:
            raise L2HarnessError(f"no frame crossed a link: {done.console}")
        inside.append(timed_ms(lambda: grade_in_machine(order, linux)))
        strict.append(timed_ms(lambda: grade_in_machine(order, traced)))
        here.append(timed_ms(lambda: grade(order)))
    tracing = Spread.of([a / b for a, b in zip(strict, here, strict=True)])
    ratio = Spread.of([a / b for a, b in zip(inside, here, strict=True)])
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    untraced = tuple(map(int, re.findall(r"\d+", linux.version)[:2])) >= _UNTRACED
    reach = "" if untraced else " by 6.16 and newer"
    first = Spread.of(frames)
    by = f"{linux.mode}, Linux {linux.version}"
    seconds = f"{Spread.of(inside).median / 1e3:.1f} s, here {Spread.of(here).median / 1e3:.1f} s"
    return [
        Row(
            "boot until frames cross a link",
            first,
            "ms",
            f"≤ 600 ms{reach}",
            first.median <= 600 or not untraced,
            by,
        ),
        Row(
            "grading in a machine, over one here",
            ratio,
            "x",
            f"≤ 2 x{reach}",
            ratio.median <= 2 or not untraced,
            f"{by}: {seconds}",
        ),
        Row(
            "… in one that traces, over one here",
            tracing,
            "x",
            "",
            True,
            f"{traced.mode}: {Spread.of(strict).median / 1e3:.1f} s",
        ),
        Row(
            "memory of a machine",
            Spread.of([memory]),
            "MB",
            f"≤ 150 MB{reach}",
            memory <= 150 or not untraced,
            "resident at most, in any of the above",
        ),
    ]


def emulated(times: int = 3) -> list[Row]:
    """Measure gradings in a computer that qemu emulates; none where it or a kernel is missing."""
    from l2harness.commands.machines import grade_in_machine
    from l2harness.errors import L2HarnessError
    from l2harness.grading.session import Order
    from l2harness.labs.lab import find_lab
    from l2harness.labs.mutants import reference_of
    from l2harness.vm import qemu
    from l2harness.vm.image import image

    found, problem = qemu.look_for()
    if found is None:
        print(f"emulated: {problem}", flush=True)
        return []
    lab = find_lab("pyng")
    order = Order(lab, reference_of(lab), "reference", "1")
    image(found.kernel, found.sees_usr)
    took, burnt = [], []
    for _ in range(times):
        before_s = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun_s = time.perf_counter()
        outcome = grade_in_machine(order, found)
        took.append((time.perf_counter() - begun_s) * 1e3)
        after_s = resource.getrusage(resource.RUSAGE_CHILDREN)
        burnt.append((after_s.ru_utime - before_s.ru_utime) * 1e3)
        if outcome.result.score != outcome.result.max_score:
            raise L2HarnessError(f"the reference has not got full marks: {outcome.problem}")
    sees = "sees /usr" if found.sees_usr else "sees no file of this machine's"
    by = f"Linux {found.version} by qemu {found.release}, {sees}"
    grading, processor = Spread.of(took), Spread.of(burnt)
    quick = grading.median <= _EMULATED_MS
    reach = f"≤ {_EMULATED_MS} ms"
    return [
        Row("grading in an emulated computer", grading, "ms", reach, quick, by),
        Row("… processor time of that", processor, "ms", "is told", True, "of this machine"),
    ]
