"""The student's page: it stands alone, says what is wrong, and makes nothing of hostile words."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import flooded, parsed, swapped
from results import HOSTILE, every, failing, hostile, passed, perfect, result, unjudged

from l2harness.grading.result import Evidence, RunResult
from l2harness.reports.audience import Audience
from l2harness.reports.html import to_html
from l2harness.reports.json import stable
from l2harness.reports.view import shown_to

NAMES = ["perfect", "failing", "unjudged", "hostile", "swapped", "flooded"]
PAGES = [*every(), swapped(), flooded()]

#: Everything that the templates write; nothing else may come out.
ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body header nav main section article footer h1 h2 h3 h4 p div "
        "span strong b i a code pre ul ol li dl dt dd details summary figure figcaption table "
        "caption thead tbody tr th td svg rect path polygon circle text",
    )
)
ATTRIBUTES = frozenset(
    re.findall(
        r"[\w-]+",
        "lang charset http-equiv content name class id href open scope aria-hidden aria-label "
        "aria-labelledby focusable viewbox preserveaspectratio x y width height rx d points cx cy "
        "r",
    )
)


def sample(name):
    """One of the results that pages are made of here."""
    return PAGES[NAMES.index(name)]


@pytest.mark.parametrize("name", NAMES)
class TestDocument:
    """What is true of every page."""

    def test_every_element_is_closed(self, name):
        """It is well formed: no text can have broken out of its place."""
        tree = parsed(to_html(sample(name)))
        assert [child.tag for child in tree.children] == ["html"]

    def test_only_known_elements(self, name):
        """There is no script, no frame, no form, no picture from elsewhere, no handler."""
        elements = list(parsed(to_html(sample(name))).all())
        assert {it.tag for it in elements} <= ELEMENTS
        assert {key for it in elements for key in it.attributes} <= ATTRIBUTES

    def test_nothing_is_loaded(self, name):
        """Links stay in the page, and the style sheet fetches nothing."""
        tree = parsed(to_html(sample(name)))
        assert all(it.attributes["href"].startswith("#") for it in tree.all("a"))
        (style,) = tree.all("style")
        assert not re.search(r"url\(|@import|expression", style.text)

    def test_the_policy_allows_this_style_sheet_alone(self, name):
        """The hash in the policy is that of the sheet; everything else is forbidden."""
        tree = parsed(to_html(sample(name)))
        (policy,) = tree.all("meta", **{"http-equiv": "Content-Security-Policy"})
        (style,) = tree.all("style")
        digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
        allowed = dict(it.split(" ", 1) for it in policy.attributes["content"].split("; "))
        assert allowed["default-src"] == "'none'"
        assert allowed["style-src"] == f"'sha256-{digest}'"
        assert "script-src" not in allowed

    def test_links_lead_somewhere(self, name):
        """Every id is there once, and every link has a target."""
        tree = parsed(to_html(sample(name)))
        ids = Counter(it.attributes["id"] for it in tree.all() if "id" in it.attributes)
        assert [id for id, times in ids.items() if times > 1] == []
        assert {it.attributes["href"][1:] for it in tree.all("a")} <= set(ids)

    def test_it_can_be_heard(self, name):
        """Landmarks, one main heading, no level left out, labelled parts, headed tables."""
        tree = parsed(to_html(sample(name)))
        tags = [it.tag for it in tree.all()]
        assert [tags.count(it) for it in ("header", "nav", "main", "footer", "h1")] == [1] * 5
        levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels))
        ids = {it.attributes.get("id") for it in tree.all()}
        for section in tree.all("section"):
            assert section.attributes["aria-labelledby"] in ids
        for table in tree.all("table"):
            assert all(it.attributes["scope"] in ("col", "row") for it in table.all("th"))
            assert list(table.all("th"))
        for picture in tree.all("svg"):
            assert picture.attributes["aria-hidden"] == "true"

    def test_it_is_the_same_every_time(self, name):
        """The same result gives the same page."""
        assert to_html(sample(name)) == to_html(sample(name))

    def test_it_is_small(self, name):
        """No page of an ordinary run is larger than a photograph."""
        assert len(to_html(sample(name)).encode()) <= 300_000


class TestWords:
    """What the page says."""

    def test_a_perfect_one(self):
        """Full points, and a sentence that says so."""
        tree = parsed(to_html(perfect()))
        (score,) = tree.with_class("score")
        assert score.words == "34.5 of 34.5 points Everything that was asked of it is right."
        assert "Mend first" not in tree.text

    def test_a_failing_one(self):
        """How many passed, what is behind the rest, and what it costs."""
        tree = parsed(to_html(swapped()))
        (sentence,) = tree.with_class("sentence")
        assert sentence.text == (
            "4 of 8 checks passed. Behind the rest: bytes in the wrong order."
        )
        (finding,) = tree.all("article")
        assert "Networks send the high byte of a number first." in finding.text
        assert "explains 1 check, worth 6 points" in finding.text

    def test_without_a_known_mistake(self):
        """Then the advice is what to mend first."""
        tree = parsed(to_html(replace(swapped(), findings=())))
        (advice,) = tree.with_class("advice")
        start = "Mend first: server.receives , worth 5 points; 2 more checks"
        assert advice.words.startswith(start)

    def test_what_could_not_be_judged(self):
        """There is no grade, and it is nobody's fault but ours."""
        tree = parsed(to_html(unjudged()))
        (score,) = tree.with_class("score")
        assert score.text.split()[0] == "?"
        assert "2 checks could not be judged, which is not the submission's fault" in score.text

    def test_a_check_that_failed(self):
        """Its sentence, verdict, points and reason; the bytes; the way; the mistake; the run."""
        tree = parsed(to_html(swapped()))
        (check,) = tree.all("details", id="check-client.ethertype")
        assert "open" in check.attributes
        (summary,) = check.all("summary")
        assert summary.words == (
            "✗ client.ethertype Bytes 12–13, the EtherType, are 88 b5. failed 0/6"
        )
        assert "Bytes 12–13: EtherType, expected 88 b5, got b5 88." in check.text
        (sentence,) = check.with_class("sentences")
        assert sentence.text.strip() == "bytes 12–13: EtherType, expected 88 b5, got b5 88"
        (picture,) = check.with_class("picture")
        assert picture.text.strip().endswith("A frame left h1.eth0 and reached h2.eth0.")
        assert "Behind it: Bytes in the wrong order." in check.text
        assert "Seen in" in check.text

    def test_the_right_bytes_are_marked(self):
        """The two bytes of the EtherType, and no other, in both rows."""
        tree = parsed(to_html(swapped()))
        (check,) = tree.all("details", id="check-client.ethertype")
        (dump,) = check.with_class("dump")
        assert [it.text for it in dump.with_class("x")] == ["88 b5", "b5 88"]
        assert [it.attributes["class"] for it in dump.with_class("x")] == ["f-ethertype x"] * 2
        wrong = [it.words for it in check.all("tr", **{"class": "wrong"})]
        assert wrong == [
            "12–13 EtherType expected 88 b5 = 0x88b5 (local experimental 1) got b5 88 = 0xb588"
        ]

    def test_a_blocked_check(self):
        """It says what it waits for, and shows nothing else."""
        tree = parsed(to_html(failing()))
        (check,) = tree.all("details", id="check-server.source")
        assert "open" not in check.attributes
        assert "not asked" in check.text
        assert next(it.text for it in check.all("a")) == "server.receives"

    def test_a_frame_is_shown_once(self):
        """A second check with the same frame points to the first."""
        before = swapped()
        first = next(check for check in before.checks if check.id == "client.ethertype")
        second = replace(first, id="client.payload", max_points=0)
        tree = parsed(to_html(replace(before, checks=(*before.checks, second), max_score=34.5)))
        (check,) = tree.all("details", id="check-client.payload")
        assert list(check.with_class("dump")) == []
        assert "It is the frame that is shown with client.ethertype." in check.text
        assert list(check.with_class("picture")) == []

    def test_what_a_program_did(self):
        """What it was run with, printed, and ended with."""
        tree = parsed(to_html(swapped()))
        assert [it.words for it in tree.with_class("ran")] == [
            "h1 # ./pyng ff:ff:ff:ff:ff:ff eth0 stdout Sent! exited with status 0",
            "h2 # ./pyngd eth0 stdout dst: … src: … was stopped by the harness",
        ]

    def test_the_network(self):
        """A picture, and a table of the addresses that were drawn."""
        tree = parsed(to_html(perfect()))
        (table,) = tree.with_class("addresses")
        assert "h1.eth0 02:00:00:4a:1b:2c lan" in table.words

    def test_notes_and_missing_protections(self):
        """What the student and the instructor should know stands at the top."""
        notices = [it.text for it in parsed(to_html(failing())).with_class("notice")]
        assert len(notices) == 2
        assert "no-sandbox" in notices[0]
        assert "pyng has no run bit" in notices[1]

    def test_text_between_backticks_is_code(self):
        """In sentences of ours what is to be typed looks so; a lone backtick stays what it is."""
        check = replace(
            failing().checks[2], rationale="Try `./pyng; echo $?` and `<b>` and ` alone."
        )
        tree = parsed(to_html(result((check,))))
        (rationale,) = tree.with_class("rationale")
        assert [it.text for it in rationale.all("code")] == ["./pyng; echo $?", "<b>"]
        assert rationale.text.endswith("and ` alone.")


class TestAudience:
    """What a reader may not see is taken out before the page is made."""

    def test_hidden_checks_leave_nothing_behind(self):
        """Neither they nor their runs are on the page; that there are some is."""
        secret = replace(
            passed("client.secret", "Nobody guesses this sentence.", 3),
            visibility="hidden",
            evidence=(Evidence("secret-run"),),
        )
        whole = result(
            (passed("client.sends", "It sends.", 5), secret),
            runs=[RunResult("secret-run", "What nobody knows.")],
        )
        text = parsed(to_html(shown_to(whole, Audience.STUDENT))).text
        assert "1 more check, worth 3 points, is not shown." in text
        for words in ("client.secret", "guesses", "secret-run", "nobody knows"):
            assert words not in text
        every = parsed(to_html(shown_to(whole, Audience.INSTRUCTOR))).text
        assert "guesses" in every
        assert "nobody knows" in every


class TestHostileWords:
    """A stranger's words are text, whatever they are."""

    def test_they_are_all_there_to_read(self):
        """What could do something is spelled, and nothing is dropped."""
        tree = parsed(to_html(hostile()))
        assert "<script>alert(1)</script>" in tree.text
        assert "␛]0;owned␇" in tree.text
        assert r"\u202e" in tree.text

    def test_no_control_character_is_left(self):
        """Not even one that turns the line around."""
        document = to_html(hostile())
        assert {"\x1b", "\x00", "\u202e", "\u2028", "\x9b"}.isdisjoint(document)

    @given(st.text(max_size=40))
    def test_any_text_in_every_place(self, text):
        """Any text leaves the elements of a page as they are with a harmless one."""
        tree = parsed(to_html(hostile(text)))
        assert {it.tag for it in tree.all()} <= ELEMENTS
        assert {key for it in tree.all() for key in it.attributes} <= ATTRIBUTES

    def test_a_long_text_is_cut(self):
        """A flood of words does not drown the page."""
        check = replace(failing().checks[2], rationale="x" * 1_000_000, help=HOSTILE * 1000)
        assert len(to_html(result((check,)))) < 100_000


class TestFlood:
    """A run with 100,000 frames."""

    def test_first_and_last_and_how_many_between(self):
        """The page shows some from both ends, and says how many lie between."""
        tree = parsed(to_html(flooded()))
        (ladder,) = tree.with_class("ladder")
        (gap,) = [it for it in ladder.all("li") if "gap" in it.attributes["class"].split()]
        assert "210 frames between" in gap.words
        assert "99,750 more frames at h1.eth0, which the report does not keep" in gap.words
        rungs = [it for it in ladder.all("li") if "frame" in it.attributes["class"].split()]
        assert len(rungs) == 40

    def test_without_times(self):
        """A report whose times were taken away can still be drawn."""
        tree = parsed(to_html(stable(flooded())))
        assert len(list(tree.with_class("ladder"))) == 1
