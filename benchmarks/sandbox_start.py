"""What the sandbox adds to a start: a program that ends at once, with it and without.

With it: a throwaway copy of its files, the sandbox, its limits and control group, its end and all
that follows from that. Without: the same file executed in the same network namespace. In turn, so
that both see the same machine.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from benchmarks.measure import Row, Spread, timed_ms

REACH_MS = 8.0


def sandbox_start(times: int = 50) -> list[Row]:
    """Measure sandboxed and bare starts in turn."""
    from l2harness.grading.equip import Order, equipped
    from l2harness.labs.lab import load_lab
    from l2harness.labs.stage import Stage
    from l2harness.network import linux
    from l2harness.network.loop import Deadline
    from l2harness.programs.sandbox import ENVIRONMENT

    sandboxed, bare = [], []
    with tempfile.TemporaryDirectory() as place:
        lab, submission = _lab_with_nothing_to_do(Path(place))
        with equipped(Order(load_lab(lab), submission, "nothing", "1")) as ready:
            slot = ready.slots[0]
            slot.bring_up()
            slot.network.begin_run()
            stage = Stage("start", slot.network, slot.sysfs, ready.equipment)

            def inside() -> None:
                stage.start("h1", "nothing").finish(Deadline.after(10))

            def outside() -> None:
                with linux.entered(slot.network.namespace("h1")):
                    process = subprocess.Popen([submission / "nothing"], env=dict(ENVIRONMENT))
                process.wait()

            inside()
            outside()
            for _ in range(times):
                sandboxed.append(timed_ms(inside))
                bare.append(timed_ms(outside))
            stage.close()
    added = Spread.of([a - b for a, b in zip(sandboxed, bare, strict=True)])
    return [
        Row(
            "start of a program, beyond a bare start",
            added,
            "ms",
            f"≤ {REACH_MS:.0f} ms",
            added.median <= REACH_MS,
            f"{times} times in turn: sandboxed {Spread.of(sandboxed).median:.1f} ms, "
            f"bare {Spread.of(bare).median:.1f} ms",
        )
    ]


def _lab_with_nothing_to_do(place: Path) -> tuple[Path, Path]:
    """Write a lab of one program, and a submission whose program does nothing."""
    lab, submission = place / "lab", place / "submission"
    lab.mkdir()
    submission.mkdir()
    (lab / "lab.toml").write_text(
        'title = "Nothing to do"\ntopology = "pair"\n[programs]\nnothing = "./nothing"\n'
    )
    program = submission / "nothing"
    program.write_bytes(Path("/bin/true").read_bytes())
    program.chmod(0o755)
    return lab, submission
