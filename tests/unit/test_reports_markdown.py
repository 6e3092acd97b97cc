"""Markdown: a table and explanations, and no markup but ours."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt
from results import HOSTILE, every, failing, hostile, perfect, result, unjudged

from l2harness.grading.result import CheckResult, Verdict
from l2harness.reports.markdown import overview_to_markdown, to_markdown


def tokens(source):
    """Everything a reader of GitHub's dialect finds in a document."""
    reader = MarkdownIt("js-default", {"html": True}).enable(["table", "strikethrough"])
    return [t for block in reader.parse(source) for t in [block, *(block.children or [])]]


def kinds(source):
    """The kinds of what a reader finds."""
    return {token.type for token in tokens(source)}


#: What our own documents consist of; links, images and HTML are not among it.
OURS = {
    f"{name}_{end}"
    for name in ("heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "strong")
    for end in ("open", "close")
} | {
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
    *("inline", "text", "text_special", "code_inline", "fence"),
}


def test_a_failure_is_explained():
    """What was seen, the bytes side by side, the reason and the program's own words are there."""
    text = to_markdown(failing())
    assert text.startswith("## Ping over raw Ethernet\n\ngrace · lab pyng · seed 42 · rootless\n")
    assert "**14 of 34.5 points** · 4 passed · 2 failed · 2 blocked" in text
    assert "| ✗ | client.ethertype | Bytes 12–13, the EtherType, are 88 b5. | 0/6 |" in text
    assert "| ⊘ | server.source | not asked: it needs server.receives | 0/4 |" in text
    assert "| ✓ | client.sends | At least one frame leaves the named interface. | 5 |" in text
    assert "\nKnown mistake: ethertype-byte-order\n" in text
    assert (
        "```text\n"
        "expected     0  ff ff ff ff ff ff 02 00 00 4a 1b 2c 88 b5 48 69\n"
        "actual       0  ff ff ff ff ff ff 02 00 00 4a 1b 2c b5 88 48 69\n"
        "                                                    ^^ ^^\n"
        "```\n"
    ) in text
    assert "TypeError: bind(): AF_PACKET address must be a tuple, not str" in text
    lesson = text[text.index("### Bytes in the wrong order.\n") :]
    assert "ethertype-byte-order, behind client.ethertype\n" in lesson
    assert "Bytes 12–13 are b5 88: 88 b5 with the low byte first.\n" in lesson
    assert "```text\neth.type == 0xb588\n```\n" in lesson
    assert lesson.endswith("Of the lecture: What does the magic number 0x88b5 mean?\n")
    assert "- Not protected: no-sandbox\n- pyng has no run bit" in text


def test_a_perfect_result_is_a_table():
    """Nothing follows the table when there is nothing to explain."""
    text = to_markdown(perfect())
    assert "**34.5 of 34.5 points** · all 8 checks passed" in text
    assert "###" not in text
    assert "Mend first" not in text


def test_no_grade():
    """What could not be judged has no points, not zero."""
    text = to_markdown(unjudged())
    assert "**No grade yet: 5.5 of 16 points so far**" in text
    assert "| ! | client.exits | It ends by itself, with status 0. | ?/2 |" in text
    assert "### ! client.exits" in text


def test_paragraphs_of_help():
    """Lines of a paragraph flow together; indented ones are code."""
    text = "First line\nsecond line.\n\n    struct.pack(\n        '!H')\n\nEnd."
    helped = CheckResult("a.b", "It is so.", Verdict.FAIL, 0, 1, help=text)
    assert (
        "First line second line.\n\n```text\nstruct.pack(\n    '!H')\n```\n\nEnd.\n"
        in to_markdown(result((helped,)))
    )


@pytest.mark.parametrize("sample", every(), ids=["perfect", "failing", "unjudged", "hostile"])
def test_only_our_own_markup(sample):
    """A reader finds what we put there: no link, no image, no HTML, no list of a student's."""
    for text in (to_markdown(sample), overview_to_markdown([sample, perfect()])):
        assert kinds(text) <= OURS
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_the_reader_would_find_more():
    """The control: the same reader finds HTML and images in what the student wrote."""
    assert {"html_inline", "image"} <= kinds(HOSTILE.split("```")[1].replace("\n", " "))


def test_every_row_has_its_cells():
    """Bars in names make no columns: each table has the same number of cells in each row."""
    found = [t.type for t in tokens(to_markdown(hostile()))]
    assert found.count("td_open") == 4 * (found.count("tr_open") - 1)
    found = [t.type for t in tokens(overview_to_markdown([hostile(), perfect()]))]
    assert found.count("td_open") == 4 * (found.count("tr_open") - 1) == 8


def test_it_fits_into_a_summary():
    """However much a program printed, GitHub shows the summary: it ends at 1 MiB."""
    assert len(to_markdown(hostile("<b>@x` " * 100_000)).encode()) < 900_000


def test_the_overview():
    """By name, with scores only where there is a grade."""
    text = overview_to_markdown([unjudged(), failing(), perfect()])
    assert text == (
        "| submission | score | failed | needs the instructor |\n"
        "|---|---:|---|---|\n"
        "| ada | 34.5 / 34.5 |  |  |\n"
        "| grace | 14 / 34.5 | client.ethertype, server.receives |  |\n"
        "| linus | - | client.once | client.exits, server.idle |\n"
        "\n"
        "- 3 submissions · 1 with full points · 1 without a grade\n"
        "- mean 24.25 of 34.5 points\n"
        "- failed most often: client.ethertype (1), server.receives (1), client.once (1)\n"
    )


def test_nothing_to_show():
    """Of no results there is nothing."""
    assert overview_to_markdown([]) == ""
