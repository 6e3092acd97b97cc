"""Measure everything in one run: a table on the terminal, and JSON with ``--json FILE``.

Figures of one run can be compared with each other; those of different machines or days cannot.
``--short`` takes seconds and shows only that everything can still be measured.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import Size, as_json, table

#: What the short form measures, and what only the long one does.
_SHORT = ("topology", "frames", "grading", "doors", "start")
_LONG = (
    *("up", "wire", "page", "flood", "repeat"),
    *("kills", "class", "memory", "desk", "cluster", "machines", "emulated"),
)


def main() -> int:
    """Run the benchmarks that were asked for; exit 1 where a figure was not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the rows there, too")
    parser.add_argument("--short", action="store_true", help="a few seconds; judges nothing")
    parser.add_argument("only", nargs="*", help=", ".join((*_SHORT, *_LONG)))
    options = parser.parse_args()
    from l2harness.network import entry

    mode = entry.enter()
    from benchmarks import (
        classes,
        doors,
        frames,
        grading,
        kills,
        machines,
        repeat,
        reports,
        sandbox_start,
        standing,
        topology,
    )
    from benchmarks import wire as carrying

    size = Size(options.short)
    groups = {
        "topology": lambda: topology.networks(size),
        "up": standing.lecture,
        "frames": lambda: frames.frames(size),
        "wire": carrying.wire,
        "grading": lambda: grading.reference(1 if size.short else 9),
        "doors": lambda: doors.doors(size),
        "start": lambda: sandbox_start.sandbox_start(3 if size.short else 50),
        "page": reports.page,
        "flood": repeat.floods,
        "repeat": repeat.identical,
        "kills": kills.killed,
        "class": classes.throughput,
        "memory": classes.memory,
        "desk": classes.desk,
        "cluster": classes.cluster,
        "machines": machines.boots,
        "emulated": machines.emulated,
    }
    wanted = options.only or (_SHORT if size.short else [*_SHORT, *_LONG])
    if unknown := set(wanted) - groups.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(groups)}")
    rows = []
    print(f"mode: {mode}", flush=True)
    for name, measure in groups.items():
        if name in wanted:
            found = measure()
            rows += found
            print(table(found, judged=not size.short), flush=True)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(as_json(rows))
    return 0 if size.short or all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
