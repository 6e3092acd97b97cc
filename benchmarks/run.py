"""Measure everything in one run: a table on the terminal, and JSON with ``--json FILE``.

Figures of one run can be compared with each other; those of different machines or days cannot.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import as_json, table


def main() -> int:
    """Run the benchmarks that were asked for; exit 1 where a figure was not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the rows there, too")
    only = "topology, wire, grading, flood, repeat, page, kills, machines"
    parser.add_argument("only", nargs="*", help=only)
    options = parser.parse_args()
    from l2harness.network import entry

    mode = entry.enter()
    from benchmarks import grading, kills, machines, repeat, reports, topology, wire

    groups = {
        "topology": topology.two_hosts,
        "wire": wire.wire,
        "grading": grading.reference,
        "flood": repeat.floods,
        "repeat": repeat.identical,
        "page": reports.page,
        "kills": kills.killed,
        "machines": machines.boots,
    }
    rows = []
    print(f"mode: {mode}", flush=True)
    for name, measure in groups.items():
        if not options.only or name in options.only:
            found = measure()
            rows += found
            print(table(found), flush=True)
    if options.json:
        options.json.write_text(as_json(rows))
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
