"""Checks as pytest items: ids, order, blocking, and what each thing that is raised means."""

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from l2harness.errors import KernelError, L2HarnessError, PrivilegeError, SpecError
from l2harness.grading.result import Verdict
from l2harness.grading.runner import CheckRunner, run_fixtures
from l2harness.labs.api import CheckSpec, check, check_of, expect
from l2harness.labs.lab import load_lab
from l2harness.labs.loading import runs_of
from l2harness.labs.rubric import expect_known_runs, rubric_of

PRELUDE = "from l2harness.labs.api import Failure, award, check, expect\n\n"


class FakeSchedule:
    """Records that are there already; faults where there are none."""

    def __init__(self, records):
        self.made = []
        self.observed = {
            name: SimpleNamespace(
                record=None if isinstance(it, Exception) else it,
                fault=it if isinstance(it, Exception) else None,
            )
            for name, it in records.items()
        }

    def make(self, names):
        """See `Schedule.make`."""
        self.made.append(list(names))


@pytest.fixture
def grade(pytester, monkeypatch):
    """Run checks, written as text, on records; return runner, schedule and pytest's own view."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they are slow to load

    def run(text, *arguments, only=(), rubric=None, lab_options=None, **records):
        schedule = FakeSchedule(records)
        schedule.equipment = SimpleNamespace(options=lab_options or {})
        runner = CheckRunner(tuple(records), frozenset(only), rubric or {})
        runner.schedule = schedule
        pytester.makepyfile(PRELUDE + text)
        seen = pytester.inline_run(
            *("-q", "-p", "no:cacheprovider", "-p", "pytest_timeout"),
            *arguments,
            plugins=[runner, run_fixtures(runner)],
        )
        return SimpleNamespace(
            runner=runner,
            schedule=schedule,
            seen=seen,
            checks={it.id: it for it in runner.checks()},
        )

    return run


def verdicts(graded):
    """Verdict of each check, in the order of the rubric."""
    return {id: it.verdict for id, it in graded.checks.items()}


ALL_WAYS = '''
@check("a.passes", points=3)
def test_passes(record):
    """It passes."""
    expect(record == 1, "it is not 1")

@check("a.fails", points=2)
def test_fails(record):
    """It fails."""
    expect(record == 2, "it is not 2", help="Add one.", expected="2", actual=str(record))

@check("a.bare", points=1)
def test_bare(record):
    """It fails without details."""
    assert record == 2, "bare"

@check("a.breaks", points=1)
def test_breaks(record):
    """It is broken itself."""
    record.nothing

@check("a.blocked", points=1, needs=["a.passes", "a.fails"])
def test_blocked(record):
    """It needs one that fails."""

@check("a.blocked-too", points=1, needs=["a.blocked"])
def test_blocked_too(record):
    """It needs one that is blocked."""
'''


class TestVerdicts:
    """What is raised, and what it means."""

    def test_all_ways(self, grade):
        """Nothing is a pass; failures and assertions are the student's; all else is ours."""
        graded = grade(ALL_WAYS, record=1)
        assert verdicts(graded) == {
            "a.passes": Verdict.PASS,
            "a.fails": Verdict.FAIL,
            "a.bare": Verdict.FAIL,
            "a.breaks": Verdict.ERROR,
            "a.blocked": Verdict.BLOCKED,
            "a.blocked-too": Verdict.BLOCKED,
        }

    def test_points_and_words(self, grade):
        """Points only for a pass; the failure's own words; the sentence from the docstring."""
        checks = grade(ALL_WAYS, record=1).checks
        assert [(it.points, it.max_points) for it in checks.values()] == [
            (3, 3),
            (0, 2),
            (0, 1),
            (0, 1),
            (0, 1),
            (0, 1),
        ]
        failed = checks["a.fails"]
        assert (failed.title, failed.rationale, failed.help) == (
            "It fails.",
            "it is not 2",
            "Add one.",
        )
        assert (failed.expected, failed.actual) == ("2", "1")
        assert "bare" in checks["a.bare"].rationale
        assert checks["a.breaks"].rationale.startswith("AttributeError: ")
        assert checks["a.blocked"].blocked_by == "a.fails"
        assert checks["a.blocked-too"].blocked_by == "a.blocked"
        assert [it.run for it in failed.evidence] == ["record"]

    def test_what_pytest_shows(self, grade):
        """Failures are sentences without a traceback, blocked checks are skipped with a reason."""
        seen = grade(ALL_WAYS, record=1).seen
        passed, skipped, failed = seen.listoutcomes()
        assert [it.nodeid.partition("::")[2] for it in passed] == ["a.passes"]
        assert [it.longrepr[2] for it in skipped] == [
            "Skipped: blocked: needs a.fails",
            "Skipped: blocked: needs a.blocked",
        ]
        text = next(it.longreprtext for it in failed if it.nodeid.endswith("a.fails"))
        assert text.splitlines() == [
            "it is not 2 (2 points)",
            "  expected: 2",
            "  actual:   1",
            "Add one.",
        ]

    @pytest.mark.parametrize(
        ("fault", "verdict", "words"),
        [
            (RuntimeError("a bug"), Verdict.ERROR, "RuntimeError: a bug"),
            (AssertionError("in the run"), Verdict.ERROR, "AssertionError: in the run"),
            (KernelError("send on", "h1.eth0", 19), Verdict.ERROR, "KernelError: send on h1.eth0"),
            (PrivilegeError("no CAP_X", "Use sudo"), Verdict.UNAVAILABLE, "no CAP_X. Use sudo"),
        ],
    )
    def test_a_run_that_could_not_be_made(self, grade, fault, verdict, words):
        """It is never the student's fault, whatever it raised."""
        text = '@check("a.b", points=1)\ndef test_it(record):\n    """It is so."""\n'
        checks = grade(text, record=fault).checks
        assert checks["a.b"].verdict is verdict
        assert words in checks["a.b"].rationale

    def test_a_run_that_needed_another(self, grade):
        """A missing privilege further back makes it unavailable, too."""
        fault = L2HarnessError("run pair failed")
        fault.__cause__ = PrivilegeError("no CAP_X", "Use sudo")
        text = '@check("a.b", points=1)\ndef test_it(record):\n    """It is so."""\n'
        assert grade(text, record=fault).checks["a.b"].verdict is Verdict.UNAVAILABLE

    def test_an_unknown_argument(self, grade):
        """A check that asks for a run which does not exist is an error of the lab's."""
        text = '@check("a.b", points=1)\ndef test_it(nothing):\n    """It is so."""\n'
        checks = grade(text, record=1).checks
        assert checks["a.b"].verdict is Verdict.ERROR
        assert checks["a.b"].points == 0

    def test_a_check_that_skips_itself(self, grade):
        """pytest.skip in a check is no pass: nothing was found out."""
        text = (
            "import pytest\n"
            '@check("a.b", points=1)\ndef test_it(record):\n    """It is so."""\n'
            '    pytest.skip("not today")\n'
        )
        assert grade(text, record=1).checks["a.b"].verdict in (Verdict.ERROR, Verdict.UNAVAILABLE)

    def test_exhibits_are_kept(self, grade):
        """Frames that a failure shows are kept beside its verdict."""
        text = (
            "from l2harness.labs.api import Exhibit\n"
            '@check("a.b", points=1)\ndef test_it(record):\n    """It is so."""\n'
            '    raise Failure("no", exhibits=[Exhibit("h1.eth0", b"frame")])\n'
        )
        graded = grade(text, record=1)
        assert [it.data for it in graded.runner.exhibits["a.b"]] == [b"frame"]


OUT_OF_ORDER = '''
@check("gamma", points=1, needs=["beta"])
def test_gamma(last):
    """C."""

@check("beta", points=1, needs=["alpha"])
def test_beta(middle):
    """B."""

@check("alpha", points=1)
def test_alpha(first):
    """A."""

@check("zeta", points=1)
def test_zeta(first):
    """Z."""
'''


class TestOrderAndSelection:
    """Which checks run, and when."""

    def ran(self, graded):
        """Ids in the order in which they ran."""
        return [it.nodeid.partition("::")[2] for it in graded.seen.listoutcomes()[0]]

    def test_needed_ones_come_first(self, grade):
        """Checks run after those that they need; the rubric keeps the order of the file."""
        graded = grade(OUT_OF_ORDER, first=1, middle=2, last=3)
        assert self.ran(graded) == ["alpha", "beta", "gamma", "zeta"]
        assert list(graded.checks) == ["gamma", "beta", "alpha", "zeta"]

    def test_a_selection_brings_what_it_needs(self, grade):
        """With ``-k`` what is needed runs as well; what was not run is unavailable."""
        graded = grade(OUT_OF_ORDER, "-k", "beta", first=1, middle=2, last=3)
        assert self.ran(graded) == ["alpha", "beta"]
        found = verdicts(graded)
        assert (found["alpha"], found["beta"]) == (Verdict.PASS, Verdict.PASS)
        assert (found["gamma"], found["zeta"]) == (Verdict.UNAVAILABLE, Verdict.UNAVAILABLE)
        assert graded.checks["zeta"].max_points == 1

    def test_only_some(self, grade):
        """The same can be asked for by ids."""
        graded = grade(OUT_OF_ORDER, only=["zeta"], first=1, middle=2, last=3)
        assert self.ran(graded) == ["zeta"]

    def test_only_needed_runs_are_made(self, grade):
        """Runs that no selected check looks at are not asked for."""
        graded = grade(OUT_OF_ORDER, "-k", "beta", first=1, middle=2, last=3)
        assert {name for names in graded.schedule.made for name in names} == {"first", "middle"}

    def test_the_first_failure(self, grade):
        """With ``-x`` the rest is unavailable, which is not failed."""
        graded = grade(ALL_WAYS, "-x", record=1)
        assert verdicts(graded)["a.bare"] is Verdict.UNAVAILABLE

    def test_ordinary_tests_beside(self, grade):
        """A function without a check is a test like any other, and no part of the rubric."""
        text = OUT_OF_ORDER + "\ndef test_plain(first):\n    assert first == 1\n"
        graded = grade(text, first=1, middle=2, last=3)
        assert "test_plain" in self.ran(graded)
        assert list(graded.checks) == ["gamma", "beta", "alpha", "zeta"]

    def test_options_are_a_fixture(self, grade):
        """A check gets the lab's options by their name, and they are no run."""
        text = (
            '@check("a.b", points=1)\ndef test_it(record, options):\n    """It is so."""\n'
            "    expect(options == {'much': record}, 'Other options.')\n"
        )
        graded = grade(text, record=7, lab_options={"much": 7})
        assert verdicts(graded) == {"a.b": Verdict.PASS}

    def test_collecting_needs_no_schedule(self, pytester):
        """Items can be listed before anything is ready."""
        runner = CheckRunner(("first", "middle", "last"))
        pytester.makepyfile(PRELUDE + OUT_OF_ORDER)
        plugins = [runner, run_fixtures(runner)]
        seen = pytester.inline_run("--collect-only", "-q", plugins=plugins)
        assert seen.ret == 0
        assert list(runner.specs) == ["gamma", "beta", "alpha", "zeta"]
        assert runner.results == {}


class TestDeclaring:
    """The decorator."""

    def test_what_it_keeps(self):
        """Id, points, needs and the docstring in one line; the function stays what it was."""

        @check("a.b", points=2.5, needs=["c"], visibility="hidden")
        def test_it(record):
            """It is
            so."""
            return record

        spec = check_of(test_it)
        assert (spec.id, spec.points, spec.needs, spec.visibility, spec.title) == (
            "a.b",
            2.5,
            ("c",),
            "hidden",
            "It is so.",
        )
        assert test_it(7) == 7
        assert check_of(expect) is None

    def test_without_a_sentence_or_points(self):
        """A check needs a docstring and points."""

        def test_it():
            pass

        with pytest.raises(SpecError, match=r"a\.b: has no docstring") as refused:
            check("a.b", points=1)(test_it)
        assert (refused.value.path, refused.value.key) == (Path(__file__), "a.b")
        assert refused.value.line == test_it.__code__.co_firstlineno
        test_it.__doc__ = "It is so."
        for points in (0, -1, 0.001, float("nan")):
            with pytest.raises(SpecError, match=rf"a\.b: is worth {points} points"):
                check("a.b", points=points)(test_it)
        with pytest.raises(SpecError, match=r"a\.b: is worth 0 points"):
            check("a.b")(test_it)
        with pytest.raises(SpecError, match=r"the visibility 'secret'; there are visible, after"):
            check("a.b", points=1, visibility="secret")(test_it)


PARTLY = """
@check("a.most", points=4)
def test_most(record):
    \"\"\"Ten of ten come through.\"\"\"
    if record < 10:
        award(4 * record / 10, f"{record} of 10.", expected="10", actual=str(record))

@check("a.next", points=1, needs=["a.most"])
def test_next(record):
    \"\"\"More.\"\"\"
"""


class TestPartialPoints:
    """A failure may be worth something."""

    def test_some_of_them(self, grade):
        """It has failed, blocks what needs it, and has the points that it was given."""
        graded = grade(PARTLY, record=5)
        most, after = graded.checks["a.most"], graded.checks["a.next"]
        assert (most.verdict, most.points, most.max_points) == (Verdict.FAIL, 2, 4)
        assert (most.rationale, most.expected, most.actual) == ("5 of 10.", "10", "5")
        assert (after.verdict, after.points) == (Verdict.BLOCKED, 0)
        assert Verdict.PASS is grade(PARTLY, record=10).checks["a.most"].verdict

    def test_what_pytest_says(self, grade):
        """The line above the failure says what was given, of how much."""
        [report] = [it for it in grade(PARTLY, record=5).seen.getreports() if it.failed]
        assert str(report.longrepr).startswith("5 of 10. (2 of 4 points)")

    def test_in_proportion(self, grade):
        """Where a course gives the check other points, the part stays the same part."""
        spec = CheckSpec("a.most", 9, (), "hidden", "T.", declared_points=4)
        check = grade(PARTLY, rubric={"a.most": spec}, record=5).checks["a.most"]
        assert (check.points, check.max_points, check.visibility) == (4.5, 9, "hidden")
        assert check.title == "T."

    @pytest.mark.parametrize("points", [4, 5, -1, "float('nan')"])
    def test_too_many_or_too_few(self, grade, points):
        """All of them, more or less than none: the lab's fault, which costs nobody anything."""
        text = PARTLY.replace("4 * record / 10", str(points))
        graded = grade(text, record=5)
        assert verdicts(graded)["a.most"] is Verdict.ERROR
        assert "points for a failure; it must be" in graded.checks["a.most"].rationale

    def test_by_expect(self, grade):
        """`expect` and `Failure` take points as `award` does."""
        text = (
            '@check("a.b", points=3)\ndef test_it(record):\n    """It is so."""\n'
            "    expect(record, 'No.', points=1)\n"
        )
        assert grade(text, record=0).checks["a.b"].points == 1


RUNS = "from l2harness.labs.api import run\n\n@run\ndef hello(stage):\n    return 1\n\n"
RUNS_OF = "@run\ndef {}({}):\n    return 1\n"
OFFERS = "[options]\nethertype = 0x1234\n[offers.ethertype]\nkind = 'ethertype'\n"


class TestRubric:
    """The checks of a lab before anything is run."""

    @pytest.fixture
    def lab(self, tmp_path):
        """A lab with these checks."""

        def write(**files):
            (tmp_path / "lab.toml").write_text(
                'title = "x"\ntopology = "pair"\n[programs]\npyng = "./pyng"\n'
            )
            for name, text in files.items():
                (tmp_path / f"{name}.py").write_text(PRELUDE + text)
            return load_lab(tmp_path)

        return write

    def test_in_the_order_of_the_files(self, lab):
        """Files by name, checks as they stand there."""
        other = '@check("y", points=1, needs=["alpha"])\ndef test_y(first):\n    """Y."""\n'
        rubric = rubric_of(lab(test_2=other, test_1=OUT_OF_ORDER))
        assert [spec.id for spec in rubric] == ["gamma", "beta", "alpha", "zeta", "y"]

    @pytest.mark.parametrize(
        ("text", "key", "problem"),
        [
            ("", "", "holds no check"),
            ("import nothing_of_the_kind", "", "cannot be imported"),
            ("def broken(:", "", "is not Python: invalid syntax"),
            (
                '@check("a", points=1, needs=["b"])\ndef test_a(r):\n    """A."""\n',
                "a",
                "needs 'b'; there is no such check",
            ),
            (
                '@check("a", points=1, needs=["b"])\ndef test_a(r):\n    """A."""\n'
                '@check("b", points=1, needs=["a"])\ndef test_b(r):\n    """B."""\n',
                "a",
                "needs itself, by way of a, b",
            ),
            (
                '@check("a", points=1)\ndef test_a(r):\n    """A."""\n'
                '@check("a", points=1)\ndef test_b(r):\n    """B."""\n',
                "a",
                "is the id of two checks",
            ),
        ],
    )
    def test_what_is_refused(self, lab, text, key, problem):
        """A lab whose checks cannot be told apart, or wait for each other, is the author's."""
        with pytest.raises(SpecError) as refused:
            rubric_of(lab(test_mine=text))
        assert refused.value.key == key
        assert problem in refused.value.problem

    @pytest.mark.parametrize(
        ("text", "line", "problem"),
        [
            ('@check("a")\ndef test_a(r):\n    """A."""\n', 3, "is worth 0 points"),
            ('@check("a", points=1)\ndef test_a(r):\n    pass\n', 3, "has no docstring"),
            (
                '@check("b", points=1)\ndef test_b(r):\n    """B."""\n'
                '@check("a", points=1, needs=["bee"])\ndef test_a(r):\n    """A."""\n',
                6,
                "needs 'bee'; there is no such check",
            ),
            (
                '@check("a", points=1)\ndef test_a(r):\n    """A."""\n'
                '@check("a", points=1)\ndef test_b(r):\n    """B."""\n',
                6,
                "is the id of two checks; the other one is in test_mine.py, line 3",
            ),
            (
                '@check("a", points=1)\ndef test_a(r):\n    """Bytes {ethertyp}."""\n',
                3,
                "says {ethertyp}; there is no option ethertyp; did you mean ethertype?",
            ),
            (
                '@check("a", points=1)\ndef test_a(r):\n    """Bytes {ethertype:octal}."""\n',
                3,
                "the option ethertype is written {ethertype}, {ethertype:bytes}",
            ),
            (
                '@check("a", points=1)\ndef test_a(hallo):\n    """A."""\n',
                3,
                "looks at a run 'hallo'; did you mean hello?",
            ),
            (
                '@check("a", points=1)\ndef test_a(hello):\n    """A."""\n'
                '@check("b", points=1)\ndef test_a(hello):\n    """B."""\n',
                7,
                "is defined a second time, first on line 4",
            ),
            (
                '@check("b", points=1, needs=["a"])\ndef test_b(hello):\n    """B."""\n'
                '@check("a", points=1, needs=["b"])\ndef test_a(hello):\n    """A."""\n',
                3,
                "needs itself, by way of b, a",
            ),
            ("x = 1\nraise ValueError(x)\n", 4, "cannot be imported: ValueError: 1"),
        ],
    )
    def test_where_it_stands(self, lab, text, line, problem):
        """File and line of what is wrong with a check are named, and the nearest right word."""
        mine = lab(test_mine=text, runs=RUNS)
        with (mine.folder / "lab.toml").open("a") as file:
            file.write(OFFERS)
        mine = load_lab(mine.folder)
        with pytest.raises(SpecError) as refused:
            expect_known_runs(mine, rubric_of(mine))
        assert (refused.value.path.name, refused.value.line) == ("test_mine.py", line)
        assert problem in refused.value.problem

    @pytest.mark.parametrize(
        ("runs", "line", "problem"),
        [
            ("@run\ndef hello(stage:\n", 5, "is not Python: '(' was never closed"),
            (RUNS_OF.format("hello", "stage, helo"), 4, "needs a run 'helo'; there is none"),
            (RUNS_OF.format("options", "stage"), 4, "cannot be the name of a run"),
            ("import nowhere\n", 4, "cannot be imported: ModuleNotFoundError"),
            ("", None, "holds no run; mark one with @run"),
        ],
    )
    def test_broken_runs(self, lab, runs, line, problem):
        """So are those of what is wrong with runs."""
        mine = lab(test_mine='@check("a", points=1)\ndef test_a(hello):\n    """A."""\n')
        (mine.folder / "runs.py").write_text("from l2harness.lab import run\n\n\n" + runs)
        with pytest.raises(SpecError) as refused:
            expect_known_runs(mine, rubric_of(mine))
        assert (refused.value.path.name, refused.value.line) == ("runs.py", line)
        assert problem in refused.value.problem

    def test_what_a_course_says(self, lab):
        """Points and visibility are those of ``lab.toml``, and titles have the options in them."""
        mine = lab(
            test_mine='@check("a.b", points=1)\ndef test_a(r):\n'
            '    """Bytes {ethertype:bytes} of {ethertype}, {…} {0}."""\n'
            '@check("c", points=2, visibility="hidden")\ndef test_c(r):\n    """C."""\n'
        )
        with (mine.folder / "lab.toml").open("a") as file:
            file.write(OFFERS + '[checks."a.b"]\npoints = 2.5\nvisibility = "after_due"\n')
            file.write("[checks.c]\npoints = 3\n")
        one, two = rubric_of(load_lab(mine.folder))
        assert (one.points, one.declared_points, one.visibility) == (2.5, 1, "after_due")
        assert one.title == "Bytes 12 34 of 0x1234, {…} {0}."
        assert (two.points, two.visibility) == (3, "hidden")

    def test_a_course_speaks_of_no_check(self, lab):
        """A setting for a check that there is not is refused where it stands."""
        mine = lab(test_mine='@check("a.b", points=1)\ndef test_a(r):\n    """A."""\n')
        with (mine.folder / "lab.toml").open("a") as file:
            file.write('[checks."a.c"]\npoints = 2\n')
        with pytest.raises(SpecError, match=r'lab\.toml:5: checks\."a\.c": .* did you mean a\.b'):
            rubric_of(load_lab(mine.folder))

    def test_executed_once(self, lab):
        """A file of checks is executed once, and again when it has changed."""
        text = (
            "from pathlib import Path\n\n"
            "with Path(__file__).with_name('times').open('a') as times:\n    times.write('x')\n\n"
            '@check("a", points=1)\ndef test_a(hello):\n    """A."""\n'
        )
        mine = lab(test_mine=text)
        assert [rubric_of(mine)[0].points for _ in range(3)] == [1, 1, 1]
        assert (mine.folder / "times").read_text() == "x"
        lab(test_mine=text.replace("points=1", "points=1.5"))
        assert [rubric_of(mine)[0].points for _ in range(3)] == [1.5, 1.5, 1.5]
        assert (mine.folder / "times").read_text() == "xx"

    def test_modules_beside(self, lab):
        """Checks import what lies beside them by its name, and not another lab's of that name."""
        text = (
            'from runs import NAME\n\n@check("a", points=1)\ndef test_a(hello):\n'
            '    """A."""\n\ntest_a.__doc__ = NAME\nTITLE = NAME\n'
        )
        mine = lab(test_mine=text, runs=RUNS + "NAME = 'one'\n")
        other = mine.folder / "other"
        shutil.copytree(mine.folder, other, ignore=shutil.ignore_patterns("other"))
        (other / "runs.py").write_text((other / "runs.py").read_text().replace("one", "two"))
        for found, name in ((mine, "one"), (load_lab(other), "two"), (mine, "one")):
            assert [spec.id for spec in rubric_of(found)] == ["a"]
            assert name == sys.modules["runs"].NAME
            assert next(iter(runs_of(found).values())).__module__ == "runs"
        assert str(mine.folder) not in sys.path
