"""The evidence of a real grading, as Wireshark's own reader and a page show it."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from l2harness.grading.equip import Order
from l2harness.grading.session import Grading, default_jobs
from l2harness.labs.lab import find_lab
from l2harness.labs.mutants import assemble, mutants_of, reference_of
from l2harness.network.timeline import Direction
from l2harness.reports.evidence import to_pcapng
from l2harness.reports.html import to_html
from l2harness.reports.json import stable, to_json

pytestmark = pytest.mark.usefixtures("bubblewrap")

LAB = find_lab("pyng")
LECTURES_FILTER = "eth.type == 0x88b5"
SWAPPED = "eth.type == 0xb588"


@pytest.fixture
def tshark(request, tmp_path):
    """Read a capture: ``tshark(data, "frame.number", where="eth.type == 0x88b5")``."""
    if shutil.which("tshark") is None:
        problem = "tshark is missing: apt-get install tshark"
        (pytest.fail if request.config.option.require_kernel else pytest.skip)(problem)
    path = tmp_path / "evidence.pcapng"

    def read(data, *fields, where=""):
        path.write_bytes(data)
        columns = [argument for field in fields for argument in ("-e", field)]
        chosen = ["-Y", where] if where else []
        done = subprocess.run(
            ["tshark", "-n", "-r", path, *chosen, "-T", "fields", "-E", "separator=|", *columns],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return [tuple(line.split("|")) for line in done.stdout.splitlines()]

    return read


def graded(directory, seed="7", **more):
    """Grade a directory; the grading, and its result."""
    grading = Grading(Order(LAB, directory, directory.name, seed, jobs=default_jobs()), **more)
    return grading, grading.run()


@pytest.fixture
def swapped(tmp_path):
    """A submission that forgot htons()."""
    (mutant,) = [it for it in mutants_of(LAB) if it.name == "ethertype-without-htons"]
    return assemble(LAB, mutant, tmp_path / mutant.name)


class TestCapture:
    """``evidence.pcapng`` of the reference and of a wrong submission."""

    def test_every_frame_is_in_it(self, tshark):
        """As many as were recorded, with the interfaces and directions that they had."""
        grading, result = graded(reference_of(LAB))
        recording = grading.recording()
        frames = [frame for run in recording.runs for frame in run.frames]
        assert len(frames) > 300
        rows = tshark(
            to_pcapng(result, recording),
            "frame.interface_name",
            "frame.packet_flags_direction",
            "frame.len",
        )
        flags = {Direction.IN: "0x00000001", Direction.OUT: "0x00000002"}
        assert sorted(rows) == sorted(
            (it.interface, flags[it.direction], str(len(it.data))) for it in frames
        )

    def test_the_filter_of_the_lecture(self, tshark, swapped):
        """It finds the client's frames, exactly if their EtherType is right."""
        counts = {}
        for directory in (reference_of(LAB), swapped):
            grading, result = graded(directory)
            data = to_pcapng(result, grading.recording())
            counts[directory.name] = [
                len(tshark(data, "frame.number", where=f'{it} && frame.comment contains "pair"'))
                for it in (LECTURES_FILTER, SWAPPED)
            ]
        right, wrong = counts["reference"], counts["ethertype-without-htons"]
        assert right[0] == wrong[1] >= 6
        assert right[1] == wrong[0] == 0

    def test_what_a_check_says_of_a_frame(self, tshark, swapped):
        """The frame that the check speaks of carries its words, and it alone."""
        grading, result = graded(swapped)
        rows = tshark(
            to_pcapng(result, grading.recording()),
            "frame.interface_name",
            "eth.type",
            where='frame.comment contains "client.ethertype failed: "',
        )
        assert rows == [("h1.eth0", "0xb588")]

    def test_times_run_forward(self, tshark):
        """Across all runs, to the nanosecond, on the day of the grading."""
        grading, result = graded(reference_of(LAB))
        rows = tshark(to_pcapng(result, grading.recording()), "frame.time_epoch")
        times = [float(row[0]) for row in rows]
        assert all(before <= after for before, after in pairwise(times))
        assert abs(times[0] - time.time()) < 600
        assert any(len(row[0].rstrip("0").partition(".")[2]) > 6 for row in rows)


class TestReport:
    """What of a grading stands in the report."""

    def test_it_is_the_same_every_time(self, swapped):
        """Byte for byte, times aside, however the runs were scheduled."""
        reports = {to_json(stable(graded(swapped)[1])) for _ in range(3)}
        assert len(reports) == 1

    def test_the_page_of_an_ordinary_run_is_small(self, swapped):
        """At most 300 kB, with everything in it."""
        _, result = graded(swapped)
        page = to_html(result)
        assert len(page.encode()) <= 300_000
        assert "bytes 12–13: EtherType, expected 88 b5, got b5 88" in page
        assert "A frame left h1.eth0 and reached h2.eth0 and h3.eth0." in page

    def test_only_one_check(self, swapped):
        """Asked alone, it gets the same frames and verdict, and no other run is made.

        Which mistake is behind it needs other runs, too.
        """
        _, whole = graded(swapped)
        _, alone = graded(swapped, only=["client.ethertype"])
        checks = [
            next(it for it in result.checks if it.id == "client.ethertype")
            for result in (whole, alone)
        ]
        assert replace(checks[0], misconception=None) == checks[1]
        assert [run.name for run in alone.runs] == ["pair"]
        assert alone.runs[0] == next(run for run in whole.runs if run.name == "pair")
        assert not alone.complete
