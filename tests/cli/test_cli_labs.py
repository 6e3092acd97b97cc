"""``l2harness labs``: the labs, and the rubric as it is declared in the checks."""

import pytest

from l2harness.cli import run
from l2harness.errors import SpecError
from l2harness.labs.lab import built_in_labs, find_lab
from l2harness.labs.rubric import rubric_of

#: Number of checks, and points by group, as each lab promises them.
PYNG = (29, {"client": 50, "server": 40, "pair": 10})
PROMISED = {
    "pyng": PYNG,
    "pyng-strict": PYNG,
    "pyng-echo": (24, {"client": 60, "server": 30, "pair": 10}),
    "massive": (12, {"massive": 100}),
    "icmp-echo": (19, {"icmp": 100}),
    "learning-switch": (23, {"switch": 100}),
    "arp-responder": (17, {"arp": 100}),
    "source-mac": (11, {"sniffer": 100}),
    "hello-frame": (17, {"client": 50, "server": 40, "pair": 10}),
}

LAB = """
title = "mine: one question"
topology = "pair"
[programs]
mine = "./mine asks"
"""
CHECK = '''
from l2harness.labs.api import check

@check("one.two", points={points})
def test_{name}(it):
    """It is so."""
'''

RUNS = """
from l2harness.lab import run

@run
def it(stage):
    return 1
"""


@pytest.fixture
def lab(tmp_path):
    """A lab of somebody else's, with the checks that are given as text."""

    def make(text):
        folder = tmp_path / "my-lab"
        folder.mkdir()
        (folder / "lab.toml").write_text(LAB)
        (folder / "test_mine.py").write_text(text)
        (folder / "runs.py").write_text(RUNS)
        return folder

    return make


class TestRubric:
    """`rubric_of` reads what the checks declare."""

    @pytest.mark.parametrize("name", built_in_labs())
    def test_the_points(self, name):
        """As many as promised, divided so, each check needing only what stands before it."""
        rubric = rubric_of(find_lab(name))
        points = {}
        known = set()
        for spec in rubric:
            group = spec.id.partition(".")[0]
            points[group] = points.get(group, 0) + spec.points
            assert known.issuperset(spec.needs)
            known.add(spec.id)
        assert (len(rubric), points) == PROMISED[name]
        assert sum(points.values()) == 100

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", "holds no check"),
            (
                "import nowhere_to_be_found",
                "cannot be imported: ModuleNotFoundError: No module named",
            ),
            (
                CHECK.format(name="a", points=1) + CHECK.format(name="b", points=2),
                r"test_mine\.py:\d+: one\.two: is the id of two checks",
            ),
        ],
    )
    def test_a_broken_lab(self, lab, text, problem):
        """What is wrong with the checks is the lab author's, with the file."""
        folder = lab(text)
        with pytest.raises(SpecError, match=problem):
            rubric_of(find_lab(str(folder)))

    def test_somebody_elses(self, lab):
        """A folder anywhere is a lab, and its checks may define dataclasses."""
        text = (
            "from __future__ import annotations\nfrom dataclasses import dataclass\n"
            "@dataclass\nclass Seen:\n    it: int\n" + CHECK.format(name="a", points=2.5)
        )
        (spec,) = rubric_of(find_lab(str(lab(text))))
        assert (spec.id, spec.points, spec.title) == ("one.two", 2.5, "It is so.")


class TestCommand:
    """What is printed."""

    def test_the_list(self, capsys):
        """Every lab that comes with the package: points, number of checks, programs, title."""
        assert run(["labs"]) == 0
        printed = capsys.readouterr().out
        rows = [line.split() for line in printed.splitlines()]
        for name in built_in_labs():
            row = next(row for row in rows if row[:1] == [name])
            assert row[1:3] == ["100", str(PROMISED[name][0])]
            assert row[3].rstrip(",") == next(iter(find_lab(name).programs))

    def test_one(self, capsys):
        """How its programs are called, its network, and every check with points and sentence."""
        assert run(["labs", "pyng"]) == 0
        printed = capsys.readouterr().out
        words = " ".join(printed.split())
        lab = find_lab("pyng")
        for line in lab.programs.values():
            assert line in words
        assert "┌─ h3 ─┐" in printed
        for spec in rubric_of(lab):
            assert f" {spec.id} {spec.points} {spec.title} ".replace("  ", " ") in f"{words} "
        assert "the others need client.sends" in words
        assert "they need client.sends and server.receives" in words
        assert max(map(len, printed.splitlines())) <= 80

    def test_somebody_elses(self, lab, capsys):
        """The path of a folder shows that lab."""
        assert run(["labs", str(lab(CHECK.format(name="a", points=2.5)))]) == 0
        printed = capsys.readouterr().out
        assert "mine: one question" in printed
        assert "2.5 points · 1 check\n" in printed
