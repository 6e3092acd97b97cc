"""The escapes: whatever a stranger writes, it is shown and does nothing."""

from __future__ import annotations

import csv
import html as stdlib_html
import json
import re
import unicodedata
from html.parser import HTMLParser
from io import StringIO
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from l2harness.programs import text as programs_text
from l2harness.reports import escape

FRAGMENTS = [
    *("\x1b[31m", "\x9b", "\x00", "\x7f", "\r\n", "\n", "\t", "\u202e", "\u200b", "\ufeff"),
    *("\ud800", "\ufffe", "\u2028", "\U000e0041", "é", "😀", "漢", " ", "    ", "  \n"),
    *("`", "``", "```", "~~~", "*", "_", "[a](b)", "![i](j)", "[x]: y", "<b>", "</pre>", "&amp;"),
    *("|", "\\", "\\|", "$x$", "# ", "- ", "1. ", "1) ", "> ", "---", "===", "+ ", "<!--", "]]>"),
    *("http://evil.example", "www.evil.example", "a@evil.example", "@name", "#1", "GH-1", "!1"),
    *("=1+1", "+1", "-1", "@SUM(A1)", ";", ",", "'", '"', "::error::", "::", "##[group]", "%0A"),
    *("##vso[x]", ":smile:", "deadbeef", "0x88b5"),
]

anything = st.lists(st.sampled_from(FRAGMENTS) | st.characters(), max_size=12).map("".join)


def shapeless(text):
    """The characters of a text that nobody could see."""
    return [c for c in text if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029"]


def test_decode_is_the_same_for_all():
    """There is one way from bytes to text."""
    assert escape.decode is programs_text.decode


class TestClip:
    """`clip` bounds text."""

    def test_what_fits_is_kept(self):
        """Text of exactly the limit is unchanged."""
        assert escape.clip("abc", 3) == "abc"

    def test_what_does_not_fit_is_counted(self):
        """The reader is told how much there is more."""
        assert escape.clip("abcdef", 2) == "ab… (4 more)"


class TestTerminal:
    """`terminal` makes every character visible."""

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("plain", "plain"),
            ("\x1b]0;owned\x07", "␛]0;owned␇"),
            ("a\nb\tc\r", "a␊b␉c␍"),
            ("\0\x7f", "␀␡"),
            ("\x9b31m", r"\x9b31m"),
            ("\u202etxt.exe", r"\u202etxt.exe"),
            ("\u2028", r"\u2028"),
            ("\ud800", r"\ud800"),
            ("\U000e0041", r"\U000e0041"),
            ("é漢😀", "é漢😀"),
            ("[red]rich[/red] :smile:", "[red]rich[/red] :smile:"),
        ],
    )
    def test_examples(self, text, shown):
        """Controls become pictures, what has no shape its number; all else stays."""
        assert escape.terminal(text) == shown

    def test_lines_and_tabs_are_kept_when_asked_for(self):
        """Several lines stay several lines; a carriage return is no line."""
        assert escape.terminal("a\n\tb\r\n", multiline=True) == "a\n\tb␍\n"

    def test_ascii_only(self):
        """A terminal that knows only ASCII gets only ASCII, with our typography made plain."""
        shown = escape.terminal("12–13 … é 😀 \x1b \u202e", ascii_only=True)
        assert shown == r"12-13 ... \xe9 \U0001f600 \x1b \u202e"

    @given(anything)
    def test_nothing_shapeless_is_left(self, text):
        """Whatever comes in, nothing that a terminal obeys or hides goes out."""
        assert not shapeless(escape.terminal(text))
        assert set(shapeless(escape.terminal(text, multiline=True))) <= {"\n", "\t"}
        assert escape.terminal(text, ascii_only=True).isascii()

    @given(anything)
    def test_once_is_enough(self, text):
        """Harmless text is not changed again."""
        once = escape.terminal(text)
        assert escape.terminal(once) == once


class TestXml:
    """`xml` leaves only what XML 1.0 allows."""

    @given(anything)
    def test_a_parser_reads_what_was_written(self, text):
        """Text and attributes survive the way through a document."""
        fit = escape.xml(text)
        element = ElementTree.Element("e", a=fit)
        element.text = fit
        back = ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8"))
        assert back.get("a") == fit
        assert (back.text or "") == fit

    def test_without_it_a_parser_refuses(self):
        """The control: an escape character as it is makes a document that nobody can read."""
        element = ElementTree.Element("e")
        element.text = "\x1b"
        with pytest.raises(ElementTree.ParseError):
            ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8"))


class TestJson:
    """`json_document` shows everything that is in a document, and changes nothing of it."""

    @given(st.dictionaries(anything, anything | st.lists(anything), max_size=3))
    def test_it_says_the_same(self, value):
        """Whoever reads JSON reads the same; whoever looks at it sees all of it."""
        document = json.dumps(value, ensure_ascii=False, indent=1)
        shown = escape.json_document(document)
        assert json.loads(shown) == value
        assert set(shapeless(shown)) <= {"\n"}
        assert "##[" not in shown
        assert "##vso[" not in shown

    def test_what_it_looks_like(self):
        """What can be seen stays as it is."""
        document = json.dumps({"é": "漢\x9b\u202e\U000e0041\x1b"}, ensure_ascii=False)
        assert escape.json_document(document) == (r'{"é": "漢\u009b\u202e\udb40\udc41\u001b"}')


class _Tags(HTMLParser):
    """Collects everything in a document that is no text."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.seen = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, attrs))

    def handle_comment(self, data):
        self.seen.append(data)

    def handle_decl(self, decl):
        self.seen.append(decl)

    def handle_data(self, data):
        self.text += data


class TestHtml:
    """`html` is text between tags and inside quotes."""

    @given(anything)
    def test_no_tag_comes_out(self, text):
        """Inside an element and inside an attribute nothing but text is read."""
        shown = escape.html(text)
        parser = _Tags()
        parser.feed(f'<p title="{shown}">{shown}')
        parser.close()
        visible = stdlib_html.unescape(shown)
        assert parser.seen == [("p", [("title", visible)])]
        assert parser.text == visible


def rendered(source):
    """Tokens of a document with all that GitHub adds switched on, blocks and inline flattened."""
    reader = MarkdownIt("js-default").enable(["table", "strikethrough"])
    return [t for block in reader.parse(source) for t in [block, *(block.children or [])]]


class TestMarkdown:
    """`markdown` is one line of text, `markdown_block` a block of code."""

    ALLOWED = frozenset({"paragraph_open", "paragraph_close", "inline", "text", "code_inline"})

    @given(anything)
    def test_a_line_is_only_text_and_code(self, text):
        """No heading, list, link, image, HTML or table, and every character is still there."""
        tokens = rendered(escape.markdown(text))
        assert {token.type for token in tokens} <= self.ALLOWED | {"text_special"}
        pieces = ("text", "code_inline", "text_special")
        read = "".join(token.content for token in tokens if token.type in pieces)
        assert read.strip() == escape.terminal(text).strip()

    @given(anything)
    def test_a_cell_stays_one_cell(self, text):
        """In a table it makes no further column and no further row."""
        shown = escape.markdown(text)
        kinds = [t.type for t in rendered(f"| a | b |\n|---|---|\n| {shown} | end |\n")]
        assert kinds.count("td_open") == 2
        assert kinds.count("tr_open") == 2

    @given(anything)
    def test_magic_words_are_code(self, text):
        """What would become a link, a mention or a reference stands in code."""
        outside = "".join(
            token.content if token.type in ("text", "text_special") else " "
            for token in rendered(escape.markdown(text))
        )
        assert not re.search(r"[@#]|://|www\.|\bGH-1|\bdeadbeef\b", outside)

    def test_what_it_looks_like(self):
        """Ordinary sentences stay readable as they are."""
        assert escape.markdown("bytes 12–13: expected 88 b5") == "bytes 12–13: expected 88 b5"
        assert escape.markdown("ask @ada *now*") == r"ask `@ada` \*now\*"
        assert escape.markdown("1. a|b") == r"1\. a\|b"
        assert escape.markdown("<b> & `c`") == r"&lt;b&gt; &amp; \`c\`"
        assert escape.markdown("`a@b`") == "`` `a@b` ``"
        assert escape.markdown("|@a|") == r"\|`@a`\|"
        assert escape.markdown("") == ""

    def test_without_it_there_would_be_markup(self):
        """The control: the same reader finds markup in the raw text."""
        raw = "# [b](http://evil.example) ![i](x.png) *x*"
        found = {"heading_open", "link_open", "image", "em_open"}
        assert found <= {token.type for token in rendered(raw)}
        assert not found & {token.type for token in rendered(escape.markdown(raw))}

    @given(anything)
    def test_a_block_is_one_block(self, text):
        """Nothing inside closes the fence, and the text is what it was."""
        tokens = rendered(f"before\n\n{escape.markdown_block(text)}\nafter\n")
        fences = [token for token in tokens if token.type == "fence"]
        shown = escape.terminal(text, multiline=True)
        assert len(fences) == 1
        assert fences[0].content.removesuffix("\n") == shown.removesuffix("\n")
        assert [t.content for t in tokens if t.type == "text"] == ["before", "after"]


class TestCsvCell:
    """`csv_cell` makes no formula."""

    @pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋"])
    @pytest.mark.parametrize("before", ["", " ", "  \t"])
    def test_formulas_get_an_apostrophe(self, first, before):
        """Whatever a spreadsheet would take for a formula begins with an apostrophe."""
        assert escape.csv_cell(f"{before}{first}1+1").startswith("'")

    @pytest.mark.parametrize("text", ["ada", "a=1", " ada", "a-b", "", "o'neil", "\\", "3-1"])
    def test_all_else_is_itself(self, text):
        """Names are not changed without need."""
        assert escape.csv_cell(text) == text

    def test_after_the_separators_of_other_locales(self):
        """What another locale takes for the next cell is guarded as well."""
        assert escape.csv_cell("a;=1, -2") == "a;'=1,' -2"

    @given(anything)
    def test_through_a_csv_file(self, text):
        """A written cell comes back whole, and is no formula whatever separates cells."""
        out = StringIO()
        csv.writer(out).writerow([escape.csv_cell(text), 1])
        (row,) = csv.reader(StringIO(out.getvalue()))
        assert row == [escape.csv_cell(text), "1"]
        for cell in re.split("[;,\t]", row[0]):
            assert not re.match(r"\s*[=+\-@＝＋－＠]", cell)


class TestGithub:
    """`github` and its like give no commands to a runner."""

    @given(anything)
    def test_no_command_is_left_in_a_log(self, text):
        """No line begins with a command, and the older kind is nowhere."""
        for line in escape.github(text).split("\n"):
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
            assert "##vso[" not in line

    def test_what_it_looks_like(self):
        """A backslash breaks the command; other colons stay."""
        assert (
            escape.github("a::b\n  ::error::c\n##[group]") == "a::b\n  \\::error::c\n##\\[group]"
        )

    @given(anything)
    def test_a_message_is_one_line(self, text):
        """Decoding a message gives back the text; in between there is no end of line."""
        shown = escape.github_data(text)
        assert not set(shown) & {"\n", "\r"}
        decoded = shown.replace("%0A", "\n").replace("%25", "%")
        assert decoded == escape.terminal(text, multiline=True)

    @given(anything)
    def test_a_property_ends_nothing(self, text):
        """Neither the next property nor the message can begin inside one."""
        assert not set(escape.github_property(text)) & set("\n\r:,")

    def test_finished_output_keeps_its_colours(self):
        """What is drawn already is only kept from commanding."""
        assert (
            escape.break_commands("\x1b[1mx\x1b[0m\n ::debug::") == "\x1b[1mx\x1b[0m\n \\::debug::"
        )
