"""What an audit says of results, the corpus that it reads, and what it asks of lines."""

from dataclasses import replace

import pytest

from l2harness.errors import SpecError, UsageError
from l2harness.grading.assault import MORE_S, PEAK_BYTES, Assault, judge
from l2harness.grading.audit import Kill, KillTable, marks_of, unlike
from l2harness.grading.result import CheckResult, ExitResult, ProgramResult, Verdict
from l2harness.labs.decoys import lists_ethertypes, lists_payloads
from l2harness.labs.hostiles import expect_fitting, hand_in, hostile_corpus, load_hostile
from l2harness.labs.lab import find_lab
from l2harness.labs.rubric import rubric_of
from l2harness.programs.exit import Exit, ExitReason

SECRET = "5ec2e7" * 4
CORPUS = hostile_corpus()


def write(tmp_path, *settings, title="# Tries something.", name="attack.py"):
    """Write one file of a corpus."""
    path = tmp_path / name
    path.write_text("\n".join(["#!/usr/bin/env python3", title, *settings, "print('tried')"]))
    return path


@pytest.fixture
def hostile(tmp_path):
    """A hostile client that may send, and has to say that it tried."""
    path = write(
        tmp_path,
        '#: as = ["pyng"]',
        '#: earns = ["client.sends"]',
        '#: ends = ["exited"]',
        '#: says = "tried"',
    )
    return load_hostile(path)


def check(id_, verdict=Verdict.PASS, points=5.0):
    """A check with this verdict."""
    return CheckResult(
        id_,
        "A sentence.",
        verdict,
        points if verdict is Verdict.PASS else 0,
        points,
        blocked_by="client.sends" if verdict is Verdict.BLOCKED else None,
    )


def program(stdout="tried\n", reason="exited", argv=("./pyng", "eth0"), stderr=""):
    """A program that ended so, having printed that."""
    return ProgramResult("pair", argv, "h1", ExitResult(reason), stdout, stderr)


class Graded:
    """As much of a `Result` as an audit looks at."""

    def __init__(self, checks, programs, notes=()):
        self.checks, self.programs = tuple(checks), tuple(programs)
        self.submission = type("Submission", (), {"notes": notes})
        self.needs_instructor = tuple(it for it in self.checks if not it.verdict.judged)

    def with_verdict(self, *verdicts):
        """The checks with one of these verdicts."""
        return tuple(it for it in self.checks if it.verdict in verdicts)


SERVER_HALF = (check("server.receives"), check("server.idle"))
HARMLESS = Graded(
    [check("client.sends"), check("client.once", Verdict.FAIL), *SERVER_HALF], [program()]
)


class TestJudging:
    """What a hostile submission achieved, by its result."""

    def test_one_that_achieved_nothing(self, hostile):
        """Checks that it may pass, a permitted end, its word, the other half whole: contained."""
        outcome = judge(hostile, HARMLESS, SECRET)
        assert outcome.complaints == []
        assert outcome.contained
        assert outcome.points == 0

    @pytest.mark.parametrize("place", ["stdout", "stderr"])
    def test_what_it_says_of_an_escape_is_believed(self, hostile, place):
        """A line that claims an escape is one, on whichever stream."""
        words = {"stdout": "tried\n", place: "tried\nESCAPED: read /etc/shadow\n"}
        outcome = judge(hostile, Graded(SERVER_HALF, [program(**words)]), SECRET)
        assert outcome.escapes == ("ESCAPED: read /etc/shadow",)

    def test_a_neighbours_secret_in_its_output(self, hostile):
        """Whoever can print what stands in another submission has read it."""
        outcome = judge(hostile, Graded(SERVER_HALF, [program(f"tried {SECRET}")]), SECRET)
        assert outcome.escapes == ("read a neighbour's file",)

    def test_a_check_that_it_should_not_pass(self, hostile):
        """Points for anything but what it may earn are forged."""
        result = Graded([*HARMLESS.checks, check("client.payload", points=4)], [program()])
        outcome = judge(hostile, result, SECRET)
        assert (outcome.forged, outcome.points) == (("client.payload",), 4)

    @pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.BLOCKED])
    def test_the_untouched_half(self, hostile, verdict):
        """What it leaves untouched has to be passed as if it were not there."""
        result = Graded([check("server.receives"), check("server.idle", verdict)], [program()])
        assert judge(hostile, result, SECRET).lost == ("server.idle",)

    @pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.UNAVAILABLE])
    def test_a_check_without_a_verdict(self, hostile, verdict):
        """Who prevents a verdict has hurt the grader."""
        result = Graded([*SERVER_HALF, check("client.once", verdict)], [program()])
        assert judge(hostile, result, SECRET).surprises == (f"client.once: {verdict.value}: ",)

    def test_an_end_that_was_not_expected(self, hostile):
        """Each program has to end in one of the ways that the corpus names."""
        result = Graded(SERVER_HALF, [program(), program(reason="sandbox error")])
        assert judge(hostile, result, SECRET).surprises == ("a program ended so: sandbox error",)

    def test_ends_of_the_other_half_do_not_count(self, hostile):
        """The reference's server is stopped, as always; only its own programs are looked at."""
        server = program(reason="stopped", argv=("./pyngd", "eth0"))
        assert judge(hostile, Graded(SERVER_HALF, [program(), server]), SECRET).contained

    def test_one_that_has_not_tried(self, hostile):
        """An attack that dies of a misspelling proves nothing."""
        outcome = judge(hostile, Graded(SERVER_HALF, [program("SyntaxError")]), SECRET)
        assert not outcome.contained


class TestFigures:
    """What an audit measures."""

    CONTAINED = Assault("x", "Tries.", wall_s=3.0, allowed_s=3.0, peak_bytes=PEAK_BYTES)

    def test_at_the_limits(self):
        """Exactly as long and as large as allowed is allowed."""
        assert self.CONTAINED.contained
        assert MORE_S == 2.0

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"wall_s": 3.1}, "took 3.1 s of 3.0 s"),
            ({"peak_bytes": 300 << 20}, "made the harness keep 300 MiB more"),
            ({"left": ("process 7",)}, "left behind: process 7"),
            ({"lost": ("server.idle",)}, "lost server.idle"),
            ({"forged": ("client.once",)}, "passed client.once"),
        ],
    )
    def test_beyond_the_limits(self, change, complaint):
        """Anything beyond is named."""
        assert replace(self.CONTAINED, **change).complaints == [complaint]


class TestKillTable:
    """What a lab made of its mutants."""

    KILLS = (
        Kill("swapped", "Swaps.", ("a", "b"), ()),
        Kill("silent", "Says nothing.", ("b",), ()),
    )

    def test_who_fails_what(self):
        """A check is failed by the mutants that fail it."""
        table = KillTable(("a", "b"), (), self.KILLS)
        assert table.killers("b") == ["swapped", "silent"]
        assert table.survivors == []
        assert table.right

    def test_a_check_that_no_mutant_fails(self):
        """Such a check is named, and the table is not right."""
        table = KillTable(("a", "b", "c"), (), self.KILLS)
        assert table.survivors == ["c"]
        assert not table.right

    def test_checks_that_are_proven_elsewhere(self):
        """A lab that has its checks from another one need not prove them again."""
        table = KillTable(("a", "b", "c"), (), self.KILLS, {"c": ["pyng/late"]})
        assert table.killers("c") == ["pyng/late"]
        assert table.right

    def test_a_mutant_that_surprises(self):
        """One mutant that fails something else spoils the table, and so does the reference."""
        wrong = Kill("late", "Is late.", ("a", "b"), ("b: fail",))
        assert not KillTable(("a", "b"), (), (*self.KILLS, wrong)).right
        assert not KillTable(("a", "b"), ("the reference: a fail",), self.KILLS).right


class TestRounds:
    """Whether several rounds of an audit were alike."""

    RIGHT = {"reference": {"a": "pass", "misconceptions": "none"}}  # noqa: RUF012
    WRONG = {"reference": {"a": "fail", "misconceptions": "crashed"}}  # noqa: RUF012

    def test_alike(self):
        """Rounds that gave everybody the same leave nothing to say."""
        assert unlike([self.RIGHT] * 20) == []

    def test_one_that_is_not(self):
        """What differed is named with what it was each time, and the round that stands alone."""
        assert unlike([*[self.RIGHT] * 6, self.WRONG]) == [
            "reference, a: pass in 6 rounds; fail in round 7",
            "reference, misconceptions: none in 6 rounds; crashed in round 7",
        ]

    def test_one_that_is_missing(self):
        """A submission or a check that only some rounds know is a difference."""
        assert unlike([self.RIGHT, {}]) == [
            "reference, a: pass in round 1; not there in round 2",
            "reference, misconceptions: none in round 1; not there in round 2",
        ]

    def test_what_counts(self):
        """Verdicts, parts of points and known mistakes do; what was seen, and where, does not."""
        half = replace(check("b", Verdict.FAIL), points=2.5, rationale="It was at 02:…")
        result = Graded([check("a"), half], ())
        result.misconceptions = ("crashed",)
        assert marks_of(result) == {
            "a": "pass",
            "b": "fail, 2.5 points",
            "misconceptions": "crashed",
        }


class TestCorpus:
    """The shipped corpus."""

    CHECKS = tuple(spec.id for spec in rubric_of(find_lab("pyng")))

    def test_it_is_large_enough(self):
        """There are at least 40 hostile submissions, each with a name of its own."""
        assert len({it.name for it in CORPUS}) == len(CORPUS) >= 40

    @pytest.mark.parametrize("attack", CORPUS, ids=lambda it: it.name)
    def test_each_says_what_it_tries(self, attack):
        """A sentence for the table, ends that reports know, and checks that exist."""
        assert attack.title.endswith(".")
        assert attack.ends <= {reason.value for reason in ExitReason} - {"sandbox error"}
        for pattern in (*attack.keeps, *attack.earns):
            other = replace(attack, keeps=(), earns=(pattern,))
            assert any(map(other.may_pass, self.CHECKS)), pattern

    @pytest.mark.parametrize("attack", CORPUS, ids=lambda it: it.name)
    def test_each_can_be_handed_in(self, attack, tmp_path):
        """Its files come to lie where it says, beside what is left of the reference."""
        folder = hand_in(find_lab("pyng"), attack, tmp_path / "submission")
        for name in attack.places:
            assert (folder / name).read_bytes() == attack.file.read_bytes()
        assert all((folder / name).is_fifo() for name in attack.fifos)
        assert all((folder / name).is_symlink() for name in attack.links)
        assert all((folder / name).is_file() for name in (*attack.beside, *attack.files))

    def test_untouched_halves(self, tmp_path):
        """Who replaces one program has to leave the other's checks passed."""
        client = load_hostile(write(tmp_path, '#: as = ["pyng"]'))
        both = load_hostile(write(tmp_path, '#: as = ["pyng", "pyngd"]'))
        assert client.must_pass("server.idle")
        assert not client.may_pass("client.sends")
        assert not both.may_pass("server.idle")

    @pytest.mark.parametrize(
        ("settings", "title", "problem"),
        [
            ((), "# Tries.", "as: is missing"),
            (('#: as = "',), "# Tries.", "settings that cannot be"),
            (('#: as = ["x"]', "#: earnt = []"), "# Tries.", "earnt"),
            (('#: as = ["x"]',), "", "does not say what it tries"),
        ],
    )
    def test_settings_that_cannot_be(self, tmp_path, settings, title, problem):
        """A mistake in a file of the corpus is named, with the file."""
        with pytest.raises(SpecError, match=problem) as caught:
            load_hostile(write(tmp_path, *settings, title=title))
        assert caught.value.path.name == "attack.py"

    def test_a_lab_with_other_programs(self):
        """The corpus attacks by the programs of lab pyng, and says so for any other lab."""
        lab = find_lab("pyng")
        expect_fitting(lab)
        with pytest.raises(UsageError, match="asks for no pyngd"):
            expect_fitting(replace(lab, programs={"pyng": "./pyng"}))

    def test_a_lab_with_other_values(self):
        """Nor does it fit a course that asks for other values, perhaps of each student."""
        lab = find_lab("pyng")
        expect_fitting(find_lab("pyng-strict"))
        for other in (
            replace(lab, options={**lab.options, "payload": "Ahoy"}),
            replace(lab, variants={"ethertype": (0x88B5, 0x88B6)}),
        ):
            with pytest.raises(UsageError, match="not about a course, so audit that lab"):
                expect_fitting(other)


FRAME = bytes.fromhex("02000000000106a1b2c3d4e59abc") + b"KRTZ" + bytes(42)


class TestDecoys:
    """Lines that say everything there could be to say."""

    @pytest.mark.parametrize(
        "line",
        [
            "dst: 02:00:00:00:00:01, src: 06:a1:b2:c3:d4:e5, type: 0x9abc, payload: b'KRTZ'",
            "12:47:48.505152 " + FRAME.hex(" "),
            FRAME.hex(),
            "received " + repr(FRAME),
        ],
    )
    def test_an_honest_line(self, line):
        """Fields, dumps and times name no value that was not sent."""
        assert not lists_ethertypes([line], FRAME)
        assert not lists_payloads([line], FRAME)

    def test_every_ethertype(self):
        """A line with all EtherTypes is known by those that nobody sent."""
        line = " ".join(f"0x{number:04x}" for number in range(0x8900, 0xF000))
        assert lists_ethertypes([line], FRAME)

    def test_every_payload(self):
        """A line with all pairs of letters is known by those that nobody sent."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        assert lists_payloads(["".join(a + b for a in letters for b in letters)], FRAME)

    def test_decoys_are_of_the_frame(self):
        """Another frame has other decoys: nobody can leave them out beforehand."""
        other = FRAME[:6] + b"\x06\x01\x02\x03\x04\x05" + FRAME[12:]
        half = " ".join(f"0x{number:04x}" for number in range(0x8900, 0xF000, 2))
        assert [lists_ethertypes([half], it) for it in (FRAME, other)] == [True, True]


class TestEnds:
    """How a program ended that nobody stopped."""

    @pytest.mark.parametrize(
        ("status", "cpu_s", "reason", "code", "signal"),
        [
            (0, 0.1, ExitReason.EXITED, 0, None),
            (124, 0.1, ExitReason.EXITED, 124, None),
            (128, 0.1, ExitReason.EXITED, 128, None),
            (255, 0.1, ExitReason.EXITED, 255, None),
            (139, 0.1, ExitReason.SIGNALLED, None, 11),
            (137, 0.1, ExitReason.SIGNALLED, None, 9),
            (137, 2.0, ExitReason.CPU_LIMIT, None, 9),
            (152, 0.0, ExitReason.SIGNALLED, None, 24),
            (152, 1.9, ExitReason.CPU_LIMIT, None, 24),
            (152, None, ExitReason.SIGNALLED, None, 24),
            (-9, None, ExitReason.SIGNALLED, None, 9),
        ],
    )
    def test_of_status(self, status, cpu_s, reason, code, signal):
        """Nobody has exceeded the CPU limit who has not used the CPU, whatever the status says."""
        end = Exit.of_status(status, 1.0, cpu_s, cpu_limit_s=2)
        assert (end.reason, end.code, end.signal) == (reason, code, signal)
        assert end.cpu_s == cpu_s
