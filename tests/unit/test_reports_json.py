"""`report.json`: canonical, described by its schema, and read back or refused with a sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from results import every, failing, hostile, passed, perfect, result, unjudged

from l2harness.errors import UsageError
from l2harness.grading.result import CheckResult, Result, Submission, Timing, Verdict
from l2harness.reports import json as report
from l2harness.reports.json import from_json, schema, stable, to_json

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))

texts = st.text(max_size=10)


@st.composite
def checks(draw, id):
    """A check with this id and any verdict."""
    verdict = draw(st.sampled_from(Verdict))
    whole = draw(st.integers(0, 1000)) / 100
    points = 0.0
    if verdict is Verdict.PASS:
        points = whole
    elif verdict is Verdict.FAIL:
        points = draw(st.integers(0, round(whole * 100))) / 100
    maybe = st.none() | texts
    return CheckResult(
        id,
        draw(texts),
        verdict,
        points,
        whole,
        tuple(draw(st.lists(texts, max_size=2))),
        blocked_by=draw(texts) if verdict is Verdict.BLOCKED else None,
        visibility=draw(st.sampled_from(["visible", "after_due", "hidden"])),
        rationale=draw(texts),
        help=draw(maybe),
        expected=draw(maybe),
        actual=draw(maybe),
        misconception=draw(maybe),
    )


@st.composite
def results(draw):
    """Any result."""
    ids = draw(st.lists(texts, max_size=4, unique=True))
    seconds = st.floats(0, 1e6).map(lambda s: round(s, 6))
    return result(
        tuple(draw(checks(id)) for id in ids),
        draw(texts),
        timing=Timing(draw(seconds)),
    )


class TestWriting:
    """`to_json` is canonical."""

    def test_the_keys_are_those_of_the_schema(self):
        """They come in the order in which they are declared and described."""
        document = json.loads(to_json(failing()))
        described = json.loads(schema())
        assert list(document) == list(described["properties"]) == described["required"]
        parts = (
            ("check", document["checks"][0]),
            ("evidence", document["checks"][2]["evidence"][0]),
            ("finding", document["findings"][0]),
            ("program", document["programs"][0]),
            ("run", document["runs"][0]),
            ("topology", document["topology"]),
            ("run_timing", json.loads(to_json(perfect()))["timing"]["runs"][0]),
        )
        for name, part in parts:
            part_schema = described["$defs"][name]
            assert list(part) == list(part_schema["properties"]) == part_schema["required"]

    def test_what_it_looks_like(self):
        """Indented by two, whole points without a point, text as it is, one newline at the end."""
        text = to_json(
            result((passed("client.sends", "Frames – at least one.", 5),), "é")
        ).decode()
        assert '\n  "score": 5,\n' in text
        assert '"name": "é"' in text
        assert "Frames – at least one." in text
        assert text.endswith("}\n")
        assert not text.endswith("\n\n")

    def test_times_are_short(self):
        """Times are written to the microsecond, and stand at the end."""
        text = to_json(result(timing=Timing(1 / 3))).decode()
        assert text.endswith('  "timing": {\n    "total_s": 0.333333,\n    "runs": []\n  }\n}\n')

    @pytest.mark.parametrize("time", [float("nan"), float("inf")])
    def test_what_is_no_number_is_refused(self, time):
        """NaN is no JSON, and a report with one would be read by nobody."""
        with pytest.raises(ValueError, match="JSON"):
            to_json(result(timing=Timing(time)))

    def test_lone_surrogates_are_spelled_out(self):
        """A file name that is no UTF-8 does not make the report unreadable."""
        odd = replace(perfect(), submission=Submission("ad\udcff", "sha256:00"))
        assert from_json(to_json(odd)).submission.name == r"ad\udcff"

    def test_only_results_are_written(self):
        """A value that no result has is a mistake of ours."""
        with pytest.raises(TypeError, match="set"):
            to_json(replace(perfect(), misconceptions=set()))


class TestStable:
    """`stable` is what must not differ."""

    def test_only_times_are_dropped(self):
        """Two gradings of the same submission are equal, byte for byte, times aside."""
        once, again = perfect(), replace(perfect(), timing=Timing(99.0))
        assert to_json(once) != to_json(again)
        assert to_json(stable(once)) == to_json(stable(again))
        assert to_json(stable(once)) != to_json(stable(failing()))


class TestSchema:
    """The JSON Schema says the same as the dataclasses."""

    def test_it_is_a_schema(self):
        """It is valid itself, and describes every key in words."""
        described = json.loads(schema())
        jsonschema.Draft202012Validator.check_schema(described)
        objects = [described, *described["$defs"].values()]
        keys = [key for part in objects for key in part.get("properties", {}).items()]
        assert [name for name, key in keys if not key.get("description") and name != "exit"] == []

    @pytest.mark.parametrize("sample", every(), ids=["perfect", "failing", "unjudged", "hostile"])
    def test_it_accepts_the_samples(self, sample):
        """What we write is what it describes."""
        VALIDATOR.validate(json.loads(to_json(sample)))

    @given(results())
    def test_it_accepts_any_result(self, sample):
        """Whatever can be a result is valid, and reads back as it was."""
        data = to_json(sample)
        VALIDATOR.validate(json.loads(data))
        assert from_json(data) == sample
        assert to_json(from_json(data)) == data

    @pytest.mark.parametrize(
        "change",
        [
            {"schema": 2},
            {"score": "5"},
            {"mode": "wheel"},
            {"colour": "red"},
            {"checks": [{}]},
            {"misconceptions": ["a", "a"]},
            {"timing": {"total_s": "1", "runs": []}},
            {"topology": {"name": "x"}},
        ],
    )
    def test_it_refuses_other_documents(self, change):
        """The control: it does not accept everything."""
        assert not VALIDATOR.is_valid(json.loads(to_json(perfect())) | change)


def edited(old, new, sample=None):
    """A report with one thing in it changed."""
    data = to_json(sample or perfect())
    assert old in data
    return data.replace(old, new, 1)


class TestReading:
    """`from_json` gives the same result, or says what is wrong."""

    @pytest.mark.parametrize("sample", every(), ids=["perfect", "failing", "unjudged", "hostile"])
    def test_the_samples_come_back(self, sample):
        """Nothing is lost on the way, whatever the text."""
        assert from_json(to_json(sample)) == sample

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"", "truncated"),
            (to_json(perfect())[:300], "truncated"),
            (to_json(perfect()) + b"{}", "trailing"),
            (b"[]", "no schema"),
            (b"{}", "no schema"),
            (b"[" * 100_000, "recursion"),
            (edited(b'"schema": 1', b'"schema": 2'), "its schema is 2, and this version reads 1"),
            (edited(b'"schema": 1', b'"schema": true'), "its schema is true"),
            (edited(b'"schema": 1', b'"schema": 1.0'), r"its schema is 1\.0"),
            (edited(b'"score": 34.5', b'"score": 100'), "but the checks say 34.5"),
            (edited(b'"score": 34.5', b'"score": NaN'), "malformed"),
            (edited(b'"score": 34.5', b'"score": 1e999'), "out of range"),
            (edited(b'"score": 34.5', b'"score": "34.5"'), r"got `str` - at `\$\.score`"),
            (edited(b'"complete": true', b'"complete": false'), "but the checks say"),
            (edited(b'"needs"', b'"neads"'), r"`checks\[0\]\.neads` is no part of schema 1"),
            (edited(b'"harness"', b'"extra": 1, "harness"'), "`extra` is no part of schema 1"),
            (
                edited(b'"truncated": false', b'"x": 0'),
                r"`runs\[0\]\.frames\[0\]\.truncated` is m",
            ),
            (edited(b'"protections": [],', b""), "`protections`"),
            (edited(b'"client.once"', b'"client.sends"'), "twice"),
            (edited(b'"verdict": "pass"', b'"verdict": "won"'), "Invalid enum value 'won'"),
            (edited(b'"mac": "02:00:00:4a:1b:2c"', b'"mac": "02"'), "topology: .*02"),
            (edited(b'"segment": "side"', b'"segment": "moon"'), "no segment 'moon'"),
            (edited(b'"frames_s": [', b'"frames_s": [0,'), "the times of run client-broadcast"),
            (edited(b'"42"', b'"\xff"'), "utf-8"),
            (edited(b'"42"', b'"\\ud800"'), "surrogate"),
        ],
    )
    def test_all_else_is_refused(self, data, sentence):
        """What is truncated, of another schema or contradicts itself is refused by name."""
        with pytest.raises(UsageError, match=sentence) as caught:
            from_json(data, source="results/ada/report.json")
        assert str(caught.value).startswith("results/ada/report.json is no report: ")

    def test_the_sentence_is_harmless(self):
        """A hostile file does not reach the terminal through its own error."""
        with pytest.raises(UsageError) as caught:
            from_json(edited(b'"verdict": "pass"', b'"verdict": "\\u001b[2J\\u202e"'))
        assert not set(str(caught.value)) & {"\x1b", "\u202e"}
        assert r"\u202e" in str(caught.value)

    def test_a_sentence_is_short(self):
        """A hostile file does not fill the screen through its own error."""
        with pytest.raises(UsageError) as caught:
            from_json(edited(b'"verdict": "pass"', b'"verdict": "' + b"x" * 100_000 + b'"'))
        assert len(str(caught.value)) < 500

    def test_too_much_is_not_even_read(self, monkeypatch):
        """There is a largest report."""
        monkeypatch.setattr(report, "MAXIMUM_BYTES", 100)
        with pytest.raises(UsageError, match="more than 100"):
            from_json(to_json(perfect()))

    @given(st.binary(max_size=60), st.integers(0), st.integers(0, 60))
    def test_a_result_or_a_sentence(self, noise, place, length):
        """However a report is damaged, it is read or refused: nothing else happens."""
        data = to_json(unjudged())
        place %= len(data)
        try:
            got = from_json(data[:place] + noise + data[place + length :])
        except UsageError:
            return
        assert isinstance(got, Result)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | texts,
            lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
            max_leaves=5,
        )
    )
    def test_any_value_in_any_place(self, value):
        """The same for well-formed documents with the wrong thing in them."""
        for key in json.loads(to_json(hostile())):
            document = json.loads(to_json(hostile())) | {key: value}
            try:
                from_json(json.dumps(document).encode())
            except UsageError:
                continue


def test_only_what_a_result_is_made_of():
    """Anything else would be written in a form that nobody has said."""
    with pytest.raises(TypeError, match="set is no part of a result"):
        report.plain((1, {2}))
