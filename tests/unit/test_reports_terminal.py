"""The terminal: calm where all is right, exact where it is not, and always harmless."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results import every, failing, hostile, passed, perfect, result, unjudged
from rich.cells import cell_len

from l2harness.grading.result import CheckResult, Verdict
from l2harness.reports.overview import overview_to_terminal
from l2harness.reports.screen import Screen
from l2harness.reports.terminal import to_terminal

SAMPLES = pytest.mark.parametrize(
    "sample", every(), ids=["perfect", "failing", "unjudged", "hostile"]
)
_STYLE = re.compile(r"\x1b\[[0-9;]*m")

FAILING_AT_80 = """
  Ping over raw Ethernet
  grace · lab pyng · seed 42 · rootless
  ! not protected: no-sandbox
  note: pyng has no run bit; it was run all the same.

  client ──────────────────────────────────────────────────────────── 14 of 20
  ✓ sends          At least one frame leaves the named interface.            5
  ✓ once           Exactly one frame leaves it.                              2
  ✗ ethertype      Bytes 12–13, the EtherType, are 88 b5.                  0/6
    │ Bytes 12–13: EtherType, expected 88 b5, got b5 88.
    │
    │ expected     0  ff ff ff ff ff ff 02 00 00 4a 1b 2c 88 b5 48 69
    │ actual       0  ff ff ff ff ff ff 02 00 00 4a 1b 2c b5 88 48 69
    │                                                     ^^ ^^
    │ The other 44 bytes are alike.
    │
    │ known mistake: ethertype-byte-order
    │ Numbers on the wire are big-endian, the most significant byte first.
    │ Most machines store them the other way round, so a number copied from
    │ memory arrives turned around. In Python: struct.pack("!H", 0x88b5); in
    │ C: htons(0x88b5).

  ✓ minimum-frame  At the far end the frame is exactly 60 bytes, and         5
                   all after the payload is zero.
  ✓ bad-mac        A malformed address is refused with a word.               2

  server ────────────────────────────────────────────────────────────── 0 of 9
  ✗ receives       For a frame sent to it, it prints at least one line.    0/5
    │ pyngd ended by itself, with status 1, before a frame was sent.
    │
    │ expected  a line for the frame
    │ actual    no line
    │
    │ ./pyngd eth0 on h2 exited with status 1. It wrote to stderr:
    │   Traceback (most recent call last):
    │     File "/submission/pyngd", line 12, in <module>
    │       sock.bind(interface)
    │   TypeError: bind(): AF_PACKET address must be a tuple, not str

  ⊘ source         not asked: it needs server.receives                     0/4

  pair ────────────────────────────────────────────────────────────── 0 of 5.5
  ⊘ unicast        not asked: it needs server.receives                   0/5.5

  what is behind it ──────────────────────────────────────────────────────────
  Bytes in the wrong order.
    │ ethertype-byte-order, behind client.ethertype
    │ Bytes 12–13 are b5 88: 88 b5 with the low byte first.
    │ Networks send the high byte of a number first.
    │
    │ The lecture's filter does not find it, and this one does:
    │ shell     tshark -i eth0 -x
    │ Wireshark eth.type == 0xb588
    │ Of the lecture: What does the magic number 0x88b5 mean?

  ────────────────────────────────────────────────────────────────────────────
  14 of 34.5 points   4 passed · 2 failed · 2 blocked
  Mend first: server.receives, worth 5 points; 2 more checks worth 9.5 points
  wait for it.
"""


def widest(drawn):
    """Columns of the widest line."""
    return max(cell_len(line) for line in _STYLE.sub("", drawn).split("\n"))


class TestOne:
    """The report on one submission."""

    def test_the_whole_of_it(self):
        """Passed checks take a line, failures their explanation, blocked ones what they need."""
        assert to_terminal(failing()) == FAILING_AT_80 + "\n"

    def test_all_is_well(self):
        """Nothing but lines and a full score."""
        drawn = to_terminal(perfect())
        assert "│" not in drawn
        assert "34.5 of 34.5 points   all 8 checks passed" in drawn
        assert "Mend first" not in drawn

    def test_no_grade(self):
        """What could not be judged is no failure, and the reader is told so."""
        drawn = to_terminal(unjudged())
        assert re.search(r"! exits .* \?/2", drawn)
        assert "No grade yet: 5.5 of 16 points so far" in drawn
        assert "What could not be judged is not the submission's fault." in drawn
        assert "The sandbox did not start" in drawn

    def test_an_explanation_is_given_once(self):
        """The second check with the same reason points to the first."""
        twice = tuple(
            CheckResult(
                f"client.{name}", "It is so.", Verdict.FAIL, 0, 1, rationale=name, help="Because."
            )
            for name in ("a", "b")
        )
        drawn = to_terminal(result(twice))
        assert drawn.count("Because.") == 1
        assert "The reason is that of client.a, above." in drawn

    def test_short_bytes_need_no_offset(self):
        """Two bytes stand under each other, and the marks under both."""
        swapped = CheckResult(
            "a.b", "It is so.", Verdict.FAIL, 0, 1, expected="88 b5", actual="88 b6"
        )
        drawn = to_terminal(result((swapped,)))
        assert "    │ expected  88 b5\n    │ actual    88 b6\n    │              ^^\n" in drawn
        assert "alike" not in drawn

    def test_many_different_rows_are_cut(self):
        """Of a frame that is wrong everywhere only the beginning is shown."""
        wrong = CheckResult(
            "a.b",
            "It is so.",
            Verdict.FAIL,
            0,
            1,
            expected=bytes(160).hex(" "),
            actual=(b"\1" * 160).hex(" "),
        )
        drawn = to_terminal(result((wrong,)))
        assert drawn.count("expected") == 4
        assert "… and 6 more rows that differ" in drawn

    def test_a_narrow_screen_has_shorter_rows(self):
        """Where sixteen bytes do not fit, there are eight in a row."""
        drawn = to_terminal(failing(), Screen(60))
        assert "expected     8  4a 1b 2c" not in drawn
        assert "expected     8  00 4a 1b 2c 88 b5 48 69" in drawn
        assert "The other 52 bytes are alike." in drawn

    def test_hidden_groups_do_not_exist(self):
        """Without checks there is a header and a score."""
        assert "0 of 0 points" in to_terminal(result(()))

    @SAMPLES
    @pytest.mark.parametrize("width", [40, 80, 120])
    @pytest.mark.parametrize("color", [False, True])
    def test_no_line_is_too_wide(self, sample, width, color):
        """Everything wraps inside the screen, colours or not."""
        for drawn in (
            to_terminal(sample, Screen(width, color=color)),
            overview_to_terminal([sample, perfect()], Screen(width, color=color)),
        ):
            # A broken workflow command is longer by the backslash that breaks it.
            assert widest(drawn.replace("\\::", "::").replace("##\\[", "##[")) <= width


class TestHarmless:
    """Whatever a student wrote is shown and does nothing."""

    @pytest.mark.parametrize("unicode", [True, False])
    def test_plain_means_plain(self, unicode):
        """Without colours no escape sequence comes out at all, nor any other control."""
        screen = Screen(unicode=unicode)
        for drawn in (to_terminal(hostile(), screen), overview_to_terminal([hostile()], screen)):
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", drawn)

    def test_only_our_own_colours(self):
        """With colours the only escape sequences are those of colours, none of the student's."""
        for drawn in (
            to_terminal(hostile(), Screen(color=True)),
            overview_to_terminal([hostile()], Screen(color=True)),
        ):
            assert "\x1b[" in drawn
            assert "\x1b" not in _STYLE.sub("", drawn)

    def test_markup_is_text(self):
        """What rich would take for a colour is printed."""
        odd = result((passed("a.b", "[red]It[/red] [/] :smile: is [link=x]so[/link].", 1),))
        assert "[red]It[/red] [/] :smile: is [link=x]so[/link]." in to_terminal(odd, Screen(120))

    def test_no_workflow_command(self):
        """In a job's log no line gives the runner a command, wherever it wraps."""
        for width in range(40, 100):
            for line in to_terminal(hostile("x ::error::y ##[group]"), Screen(width)).split("\n"):
                assert not line.strip().startswith("::")
                assert "##[" not in line

    def test_a_long_text_is_cut(self):
        """A novel does not scroll the verdicts away."""
        drawn = to_terminal(hostile("word " * 50_000))
        assert len(drawn) < 200_000
        assert "… (248000 more)" in " ".join(re.sub("[│\n]", " ", drawn).split())

    @settings(max_examples=15)
    @given(st.text(st.characters(), max_size=30), st.booleans(), st.booleans())
    def test_any_text(self, text, color, unicode):
        """No text makes it fail or print anything but lines."""
        drawn = to_terminal(hostile(text), Screen(color=color, unicode=unicode))
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", _STYLE.sub("", drawn))
        assert unicode or drawn.isascii()
        assert color or "\x1b" not in drawn


class TestOverview:
    """The table of many submissions."""

    def test_the_whole_of_it(self):
        """By name, with a column for the instructor and totals below."""
        drawn = overview_to_terminal([unjudged(), failing("Grace"), perfect()], Screen(100))
        rows = [re.split("  +", line.strip()) for line in drawn.strip().split("\n")]
        assert rows[0] == ["submission", "score", "failed", "needs the instructor"]
        assert rows[2:] == [
            ["ada", "34.5"],
            ["Grace", "14", "client.ethertype, server.receives"],
            ["linus", "-", "client.once", "client.exits, server.idle"],
            [""],
            ["3 submissions · 1 with full points · 1 without a grade"],
            ["mean 24.25 of 34.5 points"],
            ["failed most often: client.ethertype (1), server.receives (1), client.once (1)"],
        ]

    def test_nobody_needs_the_instructor(self):
        """Then there is no column for it."""
        assert "instructor" not in overview_to_terminal([perfect(), failing()])

    def test_many_failures_are_counted(self):
        """The first ones are named, the others counted."""
        checks = tuple(CheckResult(f"a.{n}", "It is so.", Verdict.FAIL, 0, 1) for n in range(1, 8))
        drawn = overview_to_terminal([result(checks)], Screen(100))
        assert "a.1, a.2, a.3, a.4 and 3 more" in drawn

    def test_nothing_to_show(self):
        """Of no results there is nothing."""
        assert overview_to_terminal([]) == ""


class _Stream(io.StringIO):
    """A stream that claims to be a terminal, or not."""

    def __init__(self, tty, encoding):
        super().__init__()
        self._tty = tty
        self._encoding = encoding

    def isatty(self):
        return self._tty

    @property
    def encoding(self):
        return self._encoding


class TestScreen:
    """`Screen.of` finds out where the report will be read."""

    @pytest.mark.parametrize(
        ("tty", "environ", "color"),
        [
            (True, {"TERM": "xterm"}, True),
            (True, {}, True),
            (True, {"TERM": "dumb"}, False),
            (True, {"NO_COLOR": "1"}, False),
            (True, {"NO_COLOR": ""}, True),
            (False, {"TERM": "xterm"}, False),
            (False, {"FORCE_COLOR": "1"}, True),
            (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ],
    )
    def test_color(self, tty, environ, color):
        """Colours on a terminal and where they are forced, never where they are unwanted."""
        assert Screen.of(_Stream(tty, "utf-8"), environ).color is color

    @pytest.mark.parametrize(
        ("encoding", "unicode"),
        [("utf-8", True), ("UTF8", True), ("ascii", False), ("iso-8859-1", False), (None, False)],
    )
    def test_unicode(self, encoding, unicode):
        """Only an encoding that has every character gets more than ASCII."""
        assert Screen.of(_Stream(True, encoding), {}).unicode is unicode

    @pytest.mark.parametrize(
        ("columns", "width"), [("100", 100), ("10", 40), ("500", 120), ("", 80), ("x", 80)]
    )
    def test_width(self, columns, width):
        """As wide as is told, but never unreadably narrow or wide; 80 when nobody knows."""
        assert Screen.of(_Stream(False, "utf-8"), {"COLUMNS": columns}).width == width

    def test_ascii_marks(self):
        """Without Unicode the marks and lines are of ASCII, and our sentences stay readable."""
        drawn = to_terminal(failing(), Screen(unicode=False))
        assert "  + sends" in drawn
        assert "  x ethertype      Bytes 12-13, the EtherType, are 88 b5." in drawn
        assert "  - source" in drawn
        assert "client ----" in drawn
        assert "grace - lab pyng - seed 42 - rootless" in drawn

    @SAMPLES
    def test_colors_move_nothing(self, sample):
        """With colours every character is where it is without them."""
        for draw in (to_terminal, lambda it, screen: overview_to_terminal([it], screen)):
            colored = _STYLE.sub("", draw(sample, Screen(color=True)))
            lines = [line.rstrip() for line in colored.split("\n")]
            assert "\n".join(lines) == draw(sample, Screen())

    def test_colors_are_the_terminals_own(self):
        """Only the sixteen colours that every reader has chosen for themselves are used."""
        drawn = to_terminal(failing(), Screen(color=True))
        codes = {code for style in _STYLE.findall(drawn) for code in style[2:-1].split(";")}
        assert codes <= {"0", "1", "2", "31", "32", "33", "35", "36"}
