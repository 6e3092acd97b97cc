"""The benchmarks, in their short form: everything can still be measured, and is shown as it is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.measure import (  # noqa: E402 - found by the line above
    Row,
    Spread,
    as_json,
    at_least,
    at_most,
    not_measured,
    table,
)


def bench(*arguments):
    """Run the script as `make bench` does."""
    return subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "run.py", *arguments],
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.mark.kernel
@pytest.mark.timeout(300)  # seconds are normal; a machine on which all else runs takes longer
def test_the_short_form_measures_everything(tmp_path):
    """Every row has figures, on the terminal and as JSON, and no judgement."""
    path = tmp_path / "bench.json"
    done = bench("--short", "--json", str(path))
    assert done.returncode == 0, done.stderr
    rows = json.loads(path.read_text())
    assert len(rows) >= 8
    for row in rows:
        assert row["value"] is not None, row["note"]
        assert 0 < row["value"]["low"] <= row["value"]["median"] <= row["value"]["high"]
        assert f"· {row['what']}" in done.stdout
    delivered = next(row for row in rows if "delivered" in row["what"])
    assert delivered["note"] == "all 5000 frames arrived, in order"


def test_what_there_is_not():
    """A group that does not exist is answered with those that do."""
    done = bench("topologie")
    assert done.returncode == 2
    assert "there is no topologie; there are topology, " in done.stderr


class TestRows:
    """Ratios are taken round by round; what was not measured says why."""

    def test_at_most(self):
        """The median of the rounds decides, not the ratio of the medians."""
        row = at_most("build", [2.0, 9.0, 30.0], [1.0, 3.0, 10.0], 3.0, "floor")
        assert row.value == Spread(2.0, 3.0, 3.0)
        assert row.reached
        assert row.note == "3 rounds; medians: ours 9.0ms, floor 3.0ms"
        assert not at_most("build", [3.1], [1.0], 3.0, "floor").reached

    def test_at_least(self):
        """Rates are shown whole, with their thousands apart."""
        row = at_least("sent", [1e6, 1e6], [2e6, 1e6], 0.9, "trafgen", "/s")
        assert (row.value, row.reached) == (Spread(0.5, 0.75, 1.0), False)
        assert row.note == "2 rounds; medians: ours 1,000,000/s, trafgen 1,500,000/s"

    def test_the_table(self):
        """One line a row, with a mark where figures are judged."""
        rows = [
            Row("good", Spread(1, 2, 3), "ms", "≤ 3 ms", True),
            Row("bad", Spread(4, 5, 6), "ms", "≤ 3 ms", False, "why"),
            not_measured("absent", "not installed (Debian: mininet)"),
        ]
        good, bad, why, absent = table(rows).splitlines()
        assert (good[0], bad[0], why.strip(), absent[0]) == ("✓", "✗", "why", "–")
        assert "2.00 ms (1.00–3.00)" in good
        assert "not installed (Debian: mininet)" in absent
        assert table(rows, judged=False).splitlines()[1][0] == "·"
        assert [row["value"] and row["value"]["median"] for row in json.loads(as_json(rows))] == [
            2,
            5,
            None,
        ]
