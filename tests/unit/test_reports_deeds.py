"""What the network did to frames: said with the frame, with a failed check, and in the capture."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from results import RIGHT_FRAME, TOPOLOGY, failing, perfect, result
from test_reports_evidence import FRAME, Capture, came, graded, out, recording

from l2harness.errors import UsageError
from l2harness.grading.network_record import ImpairmentRecord, TopologyRecord, VlansRecord
from l2harness.grading.recording import recorded
from l2harness.grading.records import DeedRecord
from l2harness.grading.result import FrameRecord, RunResult
from l2harness.grading.schedule import Observed
from l2harness.network.timeline import (
    Deed,
    DeedEvent,
    DeedKind,
    Direction,
    FrameEvent,
    Timeline,
)
from l2harness.reports.deeds import of_check, told
from l2harness.reports.html.ladder import ladder
from l2harness.reports.html.page import to_html
from l2harness.reports.html.travel import Trip, trips
from l2harness.reports.json import from_json, schema, to_json
from l2harness.reports.terminal import to_terminal
from l2harness.topology import find_topology, resolve

LOST = DeedRecord("lost", "h2.eth0", "in")
LOST_AT_ONCE = DeedRecord("lost", "h1.eth0", "out")
TWICE = DeedRecord("duplicated", "h2.eth0", "in")
WRONG = DeedRecord("corrupted", "h2.eth0", "in", byte=20, bit=3)
LATE_OUT = DeedRecord("delayed", "h1.eth0", "out", delay_s=0.001)
LATE_IN = DeedRecord("delayed", "h2.eth0", "in", delay_s=0.0025)
BEHIND = DeedRecord("reordered", "h1.eth0", "out")


def left(*deeds, data=RIGHT_FRAME):
    """A frame that left h1."""
    return FrameRecord("h1.eth0", "out", "program", data, deeds=deeds)


def got(*deeds, data=RIGHT_FRAME):
    """A frame that reached h2."""
    return FrameRecord("h2.eth0", "in", "program", data, deeds=deeds)


def run(*frames):
    """A run with these frames."""
    return RunResult("run", "A run.", frames)


def flipped(data=RIGHT_FRAME, byte=20, bit=3):
    """A frame with a wrong bit."""
    changed = bytearray.fromhex(data)
    changed[byte] ^= 1 << bit
    return changed.hex()


class TestWords:
    """Half a sentence for each thing that was done."""

    @pytest.mark.parametrize(
        ("deeds", "phrases"),
        [
            ((), []),
            ((LOST,), ["lost on its way to h2.eth0"]),
            ((LOST_AT_ONCE,), ["lost on its way from h1.eth0"]),
            ((WRONG,), ["corrupted on its way to h2.eth0 (byte 20, bit 3)"]),
            ((BEHIND,), ["held back until the next one had gone on its way from h1.eth0"]),
            (
                (LATE_OUT, LATE_IN),
                ["delayed on its way from h1.eth0 (1 ms) and to h2.eth0 (2.5 ms)"],
            ),
            (
                (LATE_OUT, TWICE, TWICE),
                ["delayed on its way from h1.eth0 (1 ms)", "duplicated on its way to h2.eth0"],
            ),
        ],
    )
    def test_phrases(self, deeds, phrases):
        """What, where, and how much of it; the same thing is said once."""
        assert told(deeds) == phrases


def affected(*deeds, evidence=0):
    """The failing sample, where something was done to the frame of its first failed check."""
    sample = failing()
    first, *others = sample.runs
    frames = (replace(first.frames[0], deeds=deeds), *first.frames[1:])
    changed = replace(sample, runs=(replace(first, frames=frames), *others))
    check = next(it for it in changed.checks if it.id == "client.ethertype")
    shown = replace(check.evidence[0], frame=evidence)
    return changed, replace(check, evidence=(shown,))


class TestOfAFailedCheck:
    """The student reads it where the points were lost."""

    def test_the_very_frame(self):
        """What was done to the frame that a check shows is said with it."""
        changed, check = affected(LOST)
        sentence = (
            "The network is made to misbehave: the frame that left h1.eth0 was lost on its way to "
            "h2.eth0."
        )
        assert of_check(changed, check) == [sentence]
        assert "was lost" in to_terminal(changed)
        assert f'<p class="deed">{sentence}</p>' in to_html(changed)
        assert '<p class="deed">' not in to_html(failing())
        assert "was lost" not in to_terminal(failing())

    def test_the_run(self):
        """Where a check shows no frame, it is said how many of its run were affected."""
        changed, check = affected(LOST, TWICE, evidence=None)
        sentence = (
            "The network is made to misbehave: of the frames that were sent, 1 was lost, 1 was "
            "duplicated."
        )
        assert of_check(changed, check) == [sentence]

    def test_nothing(self):
        """A network that did nothing is not spoken of."""
        changed, check = affected()
        assert of_check(changed, check) == []
        assert of_check(changed, replace(check, evidence=())) == []


class TestOnThePage:
    """Which frame arrived where, although it looks different there."""

    @pytest.mark.parametrize(
        ("frames", "expected"),
        [
            # Sent again with the same bytes after the first was lost.
            ([left(LOST), left(), got()], [Trip(0, (), None), Trip(1, (2,), None)]),
            ([left(LOST_AT_ONCE), left(), got()], [Trip(0, (), None), Trip(1, (2,), None)]),
            ([left(TWICE), left(), got(TWICE), got(TWICE), got()], [(0, (2, 3)), (1, (4,))]),
            ([left(WRONG), got(WRONG, data=flipped())], [Trip(0, (1,), None)]),
            ([left(TWICE, LOST), got(TWICE)], [Trip(0, (1,), None)]),
        ],
        ids=["lost", "lost at once", "twice", "corrupted", "one of two lost"],
    )
    def test_ways(self, frames, expected):
        """A frame is followed through all that was done to it."""
        wanted = [it if isinstance(it, Trip) else Trip(*it, None) for it in expected]
        assert trips(run(*frames), TOPOLOGY) == wanted

    def test_corrupted_on_its_way_out(self):
        """A bit that was wrong from the first link on is known at the receiver."""
        wrong = replace(WRONG, interface="h1.eth0", direction="out")
        made = trips(run(left(wrong), got(wrong, data=flipped())), TOPOLOGY)
        assert made == [Trip(0, (1,), None)]

    def test_through_a_trunk(self):
        """Where there are VLANs, a tag more or less is the same frame."""
        topology = TopologyRecord.of(resolve(find_topology("vlan"), 1))
        tagged = RIGHT_FRAME[:24] + "8100000a" + RIGHT_FRAME[24:]
        sent = FrameRecord("h1.eth0", "out", "program", RIGHT_FRAME)
        frames = (sent, FrameRecord("r.eth0", "in", "program", tagged))
        assert trips(run(*frames), topology) == [Trip(0, (1,), None)]

    def test_the_ladder(self):
        """The rung of a frame says what was done to it, once, and so does the page."""
        whole = result(
            topology=TOPOLOGY, runs=[run(left(LATE_OUT, LATE_IN), got(LATE_OUT, LATE_IN))]
        )
        (rung,) = ladder(whole, whole.runs[0]).rungs
        assert rung.deeds == ("delayed on its way from h1.eth0 (1 ms) and to h2.eth0 (2.5 ms)",)
        assert "delayed on its way from h1.eth0 (1 ms)" in to_html(whole)

    def test_the_page_escapes_names(self):
        """Names in a stranger's report are text, here as everywhere."""
        hostile = replace(LOST, interface="<script>alert(1)</script>")
        page = to_html(result(topology=TOPOLOGY, runs=[run(left(hostile))]))
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestInTheCapture:
    """A comment on the packet."""

    def test_comments(self):
        """Each thing that was done is a comment on the frame, and on no other."""
        made = recording(("one", 0.0, [out(0.0), came(0.1), out(0.2)]))
        made = replace(made, runs=(replace(made.runs[0], deeds={0: (TWICE, LATE_IN)}),))
        comments = Capture(graded("one"), made).comments
        assert "the network: duplicated on its way to h2.eth0" in comments[0]
        assert "the network: delayed on its way to h2.eth0 (2.5 ms)" in comments[0]
        assert not any("the network" in it for some in comments[1:] for it in some)


class TestRecording:
    """From the timeline to the records."""

    def test_by_their_numbers(self):
        """What left has all that became of it, in the topology's order; what came has its own."""
        twice, late = (
            Deed(DeedKind.DUPLICATED, "h3.eth0", Direction.IN),
            Deed(DeedKind.DELAYED, "h2.eth0", Direction.IN, delay_s=0.0012345678),
        )
        lost = Deed(DeedKind.LOST, "h1.eth0", Direction.OUT)
        timeline = Timeline(
            [
                FrameEvent(0.0, "h1.eth0", Direction.OUT, FRAME, number=1),
                DeedEvent(0.1, 1, twice),
                DeedEvent(0.1, 1, late),
                FrameEvent(0.2, "h3.eth0", Direction.IN, FRAME, number=1, deeds=(twice,)),
                FrameEvent(0.3, "h1.eth0", Direction.OUT, FRAME, number=2),
                DeedEvent(0.3, 2, lost),
            ]
        )
        topology = resolve(find_topology("segment"), 1)
        made = recorded(Observed("run", "A run.", None, None, timeline, (), 1.0), topology)
        first, second, came_in = made.result.frames
        assert first.deeds == (
            DeedRecord("delayed", "h2.eth0", "in", delay_s=0.001235),
            DeedRecord("duplicated", "h3.eth0", "in"),
        )
        assert second.deeds == (LOST_AT_ONCE,)
        assert came_in.deeds == (DeedRecord("duplicated", "h3.eth0", "in"),)
        assert sorted(made.recording.deeds) == [0, 1, 2]


IMPAIRED = ImpairmentRecord(0.1, 0.0, 0.0, 0.0, 0.02, 0.0, 64_000)


def misbehaving():
    """A result with one of everything that only networks have that misbehave."""
    first, *others = TOPOLOGY.hosts
    one, *rest = first.interfaces
    bad = replace(one, impaired_out=IMPAIRED, impaired_in=IMPAIRED)
    switched = replace(rest[0], vlans=VlansRecord(1, (10, 20), everything=False))
    side = replace(TOPOLOGY.segments[1], kind="switch")
    topology = replace(
        TOPOLOGY,
        hosts=(replace(first, interfaces=(bad, switched)), *others),
        segments=(TOPOLOGY.segments[0], side),
    )
    return result(topology=topology, runs=[run(left(LOST), got(WRONG), got(LATE_IN))])


class TestReportFile:
    """`report.json`, schema 1, also from before there was anything of this."""

    def test_there_and_back(self):
        """All of it is kept, and the schema knows it."""
        data = to_json(misbehaving())
        assert from_json(data) == misbehaving()
        jsonschema.Draft202012Validator(json.loads(schema())).validate(json.loads(data))

    def test_the_keys_are_those_of_the_schema(self):
        """They come in the order in which they are described, and all are written."""
        described = json.loads(schema())["$defs"]
        document = json.loads(to_json(misbehaving()))
        interface = document["topology"]["hosts"][0]["interfaces"][0]
        for name, part in (
            ("deed", document["runs"][0]["frames"][0]["deeds"][0]),
            ("impairment", interface["impaired_out"]),
        ):
            assert list(part) == list(described[name]["properties"]) == described[name]["required"]

    def test_a_network_that_behaves_needs_no_word(self):
        """Where nothing was done the report is what it always was."""
        text = to_json(perfect()).decode()
        for key in ("deeds", "impaired_out", "impaired_in", "vlans"):
            assert f'"{key}"' not in text
        assert from_json(text.encode()) == perfect()

    @pytest.mark.parametrize(
        ("old", "new", "sentence"),
        [
            (b'"kind": "lost"', b'"kind": "eaten"', "eaten"),
            (b'"bit": 3', b'"bit": 8', "no bit of a frame"),
            (b'"byte": 20', b'"byte": -1', "no bit of a frame"),
            (b'"loss": 0.1', b'"loss": 7', "a loss of 700% is not in"),
            (b'"untagged": 1', b'"untagged": 0', "VLAN 0 is not in"),
            (b'"everything": false', b'"anything": false', "everything"),
        ],
    )
    def test_what_cannot_be_is_refused(self, old, new, sentence):
        """A stranger's report is held against the same rules."""
        data = to_json(misbehaving())
        assert old in data
        with pytest.raises(UsageError, match=sentence):
            from_json(data.replace(old, new))
