"""The page of a class: it stands alone, tells what matters, and links to everybody."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from urllib.parse import unquote

import pytest
from class_samples import a_class, every_class, named
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import parsed
from results import hostile, passed, perfect, result, unjudged

from l2harness.reports.class_page import to_class_page
from l2harness.reports.class_page.chart import parts, percent, rows
from l2harness.reports.class_summary import Bar, CheckCount
from l2harness.reports.class_sums import sum_up

CLASSES = every_class()

#: Everything that the template writes; nothing else may come out.
ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body header nav main section footer h1 h2 h3 p div span "
        "strong i a code ul ol li dl dt dd details summary table caption thead tbody tr th td svg "
        "rect",
    )
)


@cache
def page(name):
    """The page of one of the classes, as a tree."""
    return parsed(to_class_page(sum_up(CLASSES[name], absent=["Absent <b>"])))


def section(tree, name):
    """The part of a page under a heading; None if it is not there."""
    found = [it for it in tree.all("section") if it.attributes["aria-labelledby"] == name]
    return found[0] if found else None


def table_rows(element):
    """The cells' words of each row of a table's body."""
    (body,) = element.all("tbody")
    return [[cell.words for cell in row.children] for row in body.children]


@pytest.mark.parametrize("name", CLASSES)
class TestDocument:
    """What is true of every page."""

    def test_only_known_elements(self, name):
        """It is well formed, and there is no script, no handler, no picture from elsewhere."""
        elements = list(page(name).all())
        assert {it.tag for it in elements} <= ELEMENTS
        keys = {key for it in elements for key in it.attributes}
        assert not {key for key in keys if key.startswith("on")} | (keys & {"style", "src"})

    def test_the_policy_allows_this_style_sheet_alone(self, name):
        """The hash in the policy is that of the sheet; everything else is forbidden."""
        (policy,) = page(name).all("meta", **{"http-equiv": "Content-Security-Policy"})
        (style,) = page(name).all("style")
        digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
        assert policy.attributes["content"].startswith(
            f"default-src 'none'; style-src 'sha256-{digest}'; "
        )
        assert not re.search(r"url\(|@import|expression", style.text)

    def test_links_stay_here(self, name):
        """Links lead into the page, to a place that there is, or to a submission's page."""
        anchors = {it.attributes.get("id") for it in page(name).all()}
        names = {it.submission.name for it in CLASSES[name]}
        for link in page(name).all("a"):
            target = link.attributes["href"]
            if target.startswith("#"):
                assert target[1:] in anchors
            else:
                directory, slash, file = target.partition("/")
                assert (slash, file) == ("/", "report.html")
                assert re.fullmatch(r"[\w.~%-]+", directory, re.ASCII)
                assert unquote(directory) in names

    def test_ids_are_their_own(self, name):
        """No two elements have the same id."""
        ids = [it.attributes["id"] for it in page(name).all() if "id" in it.attributes]
        assert len(ids) == len(set(ids))

    def test_everybody_is_in_the_map(self, name):
        """A row for each submission, a cell for each check."""
        everybody = section(page(name), "everybody")
        if not CLASSES[name]:
            assert everybody is None
            return
        found = table_rows(everybody)
        summary = sum_up(CLASSES[name])
        assert len(found) == len(CLASSES[name])
        assert {len(cells) for cells in found} == {2 + len(summary.checks)}


class TestContent:
    """What is told of a class."""

    def test_the_head(self):
        """The lab, a sentence, and the numbers."""
        (header,) = page("a class").all("header")
        assert header.words == (
            "Lab pyng Ping over raw Ethernet 6 of 7 submissions have a grade; the mean is 23.83 "
            "of 34.5. While some of this was graded, the machine was not protected: no-sandbox. "
            "submissions 7 mean 23.83 median 23 full marks 2 needs the instructor 1 "
            "handed in nothing 1"
        )

    def test_what_waits(self):
        """Those with the same open checks for the same reason are told together."""
        tree = parsed(to_class_page(sum_up([unjudged("b"), unjudged("a"), perfect()])))
        (waiting,) = section(tree, "waiting").with_class("open")
        assert waiting.words == (
            "a b client.exits, server.idle The sandbox did not start: bwrap: No such file or "
            "directory. This kernel does not tell how much CPU time a program has used."
        )
        assert section(parsed(to_class_page(sum_up([perfect()]))), "waiting") is None

    def test_the_distribution(self):
        """The best first; every grade is in it."""
        found = table_rows(section(page("a class"), "distribution"))
        assert [cells[0] for cells in found[:3]] == ["100", "90–99", "80–89"]
        assert {cells[0]: cells[1] for cells in found if cells[1]} == {
            "100": "2", "90–99": "1", "40–49": "3",
        }  # fmt: skip

    def test_mistakes(self):
        """How many of how many, what is wrong, why, and who."""
        first, *_ = section(page("a class"), "mistakes").all("li")
        assert first.words.startswith(
            "4 of 6 Bytes in the wrong order. Why, and who? ethertype-byte-order "
            "Networks send the high byte of a number first. bob dan Eve grace"
        )
        assert "In 1 of these it follows from another mistake." in page("a class").words

    def test_rare_mistakes_are_folded(self):
        """Of very many mistakes the most frequent are seen at once."""
        many = [
            result((passed("a", "A.", 1),), f"s{n}", misconceptions=[f"m{k}" for k in range(n)])
            for n in range(20)
        ]
        mistakes = section(parsed(to_class_page(sum_up(many))), "mistakes")
        (rarer,) = mistakes.with_class("rarer")
        assert rarer.words.startswith("7 more mistakes, made by fewer 7 of 20 m12 Who? m12")

    def test_checks(self):
        """The hardest first, with the share of those asked; the others in one sentence."""
        checks = section(page("a class"), "checks")
        assert [cells[2:] for cells in table_rows(checks)] == [
            ["3 of 6 (50 %)", ""],
            ["3 of 6 (50 %)", ""],
            ["1 of 6 (17 %)", ""],
        ]
        assert checks.words.endswith(
            "Nobody failed client.sends , client.once , client.bad-mac , server.source , "
            "pair.unicast ."
        )

    def test_the_map(self):
        """The best first, those without a grade last; each cell has a mark, not only a colour."""
        found = table_rows(section(page("a class"), "everybody"))
        assert [cells[:2] for cells in found] == [
            ["ada Ada Lovelace", "34.5"],
            ["Zoë", "34.5"],
            ["dan", "32"],
            ["bob", "14"],
            ["Eve", "14"],
            ["grace", "14"],
            ["linus", "?"],
        ]
        assert found[0][2:] == ["✓"] * 8
        assert found[3][2:] == ["✓", "✓", "✗", "✓", "✓", "✗", "⊘", "⊘"]
        assert found[-1][2:] == ["!"] * 8

    def test_headings_of_the_map(self):
        """Groups over their checks, and how many failed each."""
        (head,) = section(page("a class"), "everybody").all("thead")
        groups, ids, failed = head.children
        assert [it.words for it in groups.children] == ["", "client", "server", "pair"]
        assert [it.attributes["colspan"] for it in groups.children] == ["2", "5", "2", "1"]
        assert [it.words for it in ids.children[2:4]] == ["sends", "once"]
        assert ids.children[4].attributes["title"].startswith("client.ethertype: Bytes 12–13")
        assert [it.words for it in failed.children] == [
            "failed", "", "", "3", "1", "", "3", "", "",
        ]  # fmt: skip

    def test_identical_uploads(self):
        """They are named together, and nobody is accused."""
        alike = section(page("a class"), "alike")
        assert [it.words for it in alike.all("ul")] == ["bob Eve grace"]
        assert section(page("one"), "alike") is None

    def test_who_is_absent(self):
        """Those who handed in nothing are named, harmlessly."""
        assert section(page("one"), "absent").words == "Handed in nothing Absent <b>"

    def test_versions_do_not_compare(self):
        """Results of two versions of a lab are shown with a warning."""
        notices = [it.words for it in page("two versions").with_class("notice")]
        assert notices == []
        mixed = [perfect(), result(perfect().checks, "old", lab_digest="sha256:0", harness="0.0")]
        tree = parsed(to_class_page(sum_up(mixed)))
        assert [it.words for it in tree.with_class("notice")] == [
            "These results were made with 2 versions of the lab, so they do not compare. "
            "Grade the class again.",
            "These results were made with different versions of l2harness: 0.0, 0.1.0.",
        ]

    def test_many_checks_can_be_scrolled(self):
        """A map that is wider than a screen has a box of its own."""
        many = result(tuple(passed(f"a.{n}", "A.", 1) for n in range(50)))
        assert list(parsed(to_class_page(sum_up([many]))).with_class("box"))
        assert not list(page("a class").with_class("box"))

    def test_of_nothing(self):
        """Before anything has been graded it says so."""
        assert "Nothing has been graded yet." in page("none").words


@pytest.mark.parametrize(
    ("name", "href"),
    [
        ("a b", "a%20b/report.html"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29/report.html"),
        ("//evil.example", "%2F%2Fevil.example/report.html"),
        ("../up", "..%2Fup/report.html"),
        ("Zoë?#%41", "Zo%C3%AB%3F%23%2541/report.html"),
        ("\udce9", "%E9/report.html"),
        ("\ud800", "%5Cud800/report.html"),
    ],
)
def test_where_links_lead(name, href):
    """A name is one part of a path, with whatever bytes; it leads nowhere else."""
    tree = parsed(to_class_page(sum_up([named(perfect(), name)])))
    assert href in {link.attributes["href"] for link in tree.all("a")}


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(), min_size=1, max_size=20))
def test_any_text(text):
    """Whatever a student wrote, the page has the same elements."""
    shape = [it.tag for it in parsed(to_class_page(sum_up([hostile("x"), *a_class()]))).all()]
    found = parsed(to_class_page(sum_up([hostile(text), *a_class()])))
    assert sorted(it.tag for it in found.all() if it.tag not in ("code", "th")) == sorted(
        tag for tag in shape if tag not in ("code", "th")
    )


def test_it_is_reproducible():
    """The same class is the same page."""
    assert to_class_page(sum_up(a_class())) == to_class_page(sum_up(a_class()))


class TestChart:
    """Lengths are right."""

    def test_rows(self):
        """The longest bar takes all the room, and one submission is seen beside a thousand."""
        bars = [Bar(0, 10, 1), Bar(10, 20, 0), Bar(20, 30, 1000), Bar(100, 100, 500)]
        assert [(it.label, it.length, it.full) for it in rows(bars)] == [
            ("100", 50, True),
            ("20–29", 100, False),
            ("10–19", 0, False),
            ("0–9", 1, False),
        ]
        assert rows([]) == []

    def test_parts(self):
        """The parts of a bar stand one behind the other and fill it."""
        found = parts(CheckCount("a", "A.", 1, passed=3, failed=1, blocked=0, unjudged=2))
        assert [(it.kind, it.start, it.width) for it in found] == [
            ("fail", 0, 16.67),
            ("pass", 16.67, 50),
            ("error", 66.67, 33.33),
        ]

    @pytest.mark.parametrize(
        ("part", "whole", "shown"),
        [(0, 0, 0), (0, 9, 0), (1, 1000, 1), (999, 1000, 99), (5, 5, 100), (41, 118, 35)],
    )
    def test_percent(self, part, whole, shown):
        """Almost none is not none, and almost all is not all."""
        assert percent(part, whole) == shown
