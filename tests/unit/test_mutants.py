"""Mutants of a lab: read, put together, and consistent with the lab's rubric."""

from pathlib import Path

import pytest

from l2harness.errors import SpecError
from l2harness.labs.lab import built_in_labs, find_lab, load_lab
from l2harness.labs.mutants import assemble, mutants_of, reference_of, references_of
from l2harness.labs.rubric import rubric_of

LABS = built_in_labs()


def tree(top: Path) -> dict[str, bytes]:
    """Files below a directory."""
    return {
        str(it.relative_to(top)): it.read_bytes()
        for it in top.rglob("*")
        if it.is_file() and "__pycache__" not in it.parts
    }


class TestOfTheLabs:
    """Those that ship."""

    @pytest.mark.parametrize("name", LABS)
    def test_there_is_one_for_every_check(self, name):
        """Each check is failed by some mutant, of the lab or of the one that it extends."""
        lab = find_lab(name)
        failed = {
            check
            for it in (lab, load_lab(lab.code))
            for one in mutants_of(it)
            for check in one.fails
        }
        assert failed == {spec.id for spec in rubric_of(lab)}

    @pytest.mark.parametrize("name", LABS)
    def test_they_name_checks_that_exist(self, name):
        """What they fail and block are ids of the rubric, never both at once."""
        lab = find_lab(name)
        known = {spec.id for spec in rubric_of(lab)}
        for mutant in mutants_of(lab):
            assert mutant.fails <= known, mutant.name
            assert mutant.blocked <= known, mutant.name
            assert not mutant.fails & mutant.blocked, mutant.name

    @pytest.mark.parametrize("name", LABS)
    def test_what_is_blocked_needs_what_fails(self, name):
        """A check is blocked by a mutant exactly when it needs one that does not pass."""
        lab = find_lab(name)
        rubric = rubric_of(lab)
        for mutant in mutants_of(lab):
            lost = set(mutant.fails)
            for spec in rubric:
                if not lost.isdisjoint(spec.needs):
                    lost.add(spec.id)
            assert mutant.blocked == lost - mutant.fails, mutant.name

    @pytest.mark.parametrize("name", LABS)
    def test_they_differ_from_the_reference(self, name, tmp_path):
        """Every one of them is the reference with other files or without some."""
        lab = find_lab(name)
        right = tree(reference_of(lab))
        for mutant in mutants_of(lab):
            made = tree(assemble(lab, mutant, tmp_path / mutant.name))
            assert made != right, mutant.name
            assert "mutant.toml" not in made
            assert not set(mutant.remove) & set(made)


@pytest.fixture
def lab(tmp_path):
    """A lab with a reference and a mutant, its ``mutant.toml`` as given."""

    def write(text):
        folder = tmp_path / "mylab"
        (folder / "mutants" / "wrong").mkdir(parents=True)
        (folder / "reference" / "lib").mkdir(parents=True)
        (folder / "lab.toml").write_text(
            'title = "x"\ntopology = "pair"\n[programs]\npyng = "./pyng"\n'
        )
        (folder / "reference" / "pyng").write_text("#!/bin/sh\n# right\n")
        (folder / "reference" / "pyng").chmod(0o755)
        (folder / "reference" / "lib" / "a.py").write_text("right")
        (folder / "reference" / "b.py").write_text("right")
        (folder / "mutants" / "wrong" / "mutant.toml").write_text(text)
        (folder / "mutants" / "wrong" / "lib").mkdir()
        (folder / "mutants" / "wrong" / "lib" / "a.py").write_text("wrong")
        return load_lab(folder)

    return write


RIGHT = 'title = "Wrong."\nmisconception = "payload-other"\nfails = ["a.b"]\n'


def test_assembling(lab, tmp_path):
    """Files of the mutant replace those of the reference, and some are taken away."""
    mine = lab(RIGHT + 'blocked = ["c.d"]\nremove = ["b.py"]\nwhy = "so"\n')
    (mutant,) = mutants_of(mine)
    assert (mutant.name, mutant.title, mutant.misconception) == (
        "wrong",
        "Wrong.",
        "payload-other",
    )
    assert (mutant.fails, mutant.blocked, mutant.remove) == ({"a.b"}, {"c.d"}, ("b.py",))
    made = assemble(mine, mutant, tmp_path / "made")
    assert tree(made) == {"pyng": b"#!/bin/sh\n# right\n", "lib/a.py": b"wrong"}
    assert (made / "pyng").stat().st_mode & 0o111


def test_what_python_has_compiled_stays_behind(lab, tmp_path):
    """Compiled files of the reference would be executed in place of the mutant's sources."""
    mine = lab(RIGHT)
    (mutant,) = mutants_of(mine)
    for place in (mine.folder / "reference" / "lib", mutant.folder):
        (place / "__pycache__").mkdir()
        (place / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"the reference, compiled")
    made = assemble(mine, mutant, tmp_path / "made")
    assert not list(made.rglob("*.pyc"))
    assert (made / "b.py").is_file()


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ('title = "x"\nfails = []\n', "misconception", "is missing"),
        (RIGHT + "passes = []\n", "passes", "is no key of a mutant"),
        ("title = ", "", "cannot be read"),
    ],
)
def test_what_is_refused(lab, text, key, problem):
    """The file and the key of a mistake are named."""
    mine = lab(text)
    with pytest.raises(SpecError) as refused:
        mutants_of(mine)
    assert refused.value.path.name == "mutant.toml"
    assert refused.value.key == key
    assert problem in refused.value.problem


def test_further_references(lab):
    """What lies in references/ is named by its folder, after the one of the mutants."""
    mine = lab(RIGHT)
    assert references_of(mine) == {"reference": mine.folder / "reference"}
    for name in ("rust", "c"):
        (mine.folder / "references" / name).mkdir(parents=True)
    assert list(references_of(mine)) == ["reference", "references/c", "references/rust"]


def test_a_lab_without_any(tmp_path):
    """A lab need not have mutants, nor a reference until somebody asks for it."""
    (tmp_path / "lab.toml").write_text(
        'title = "x"\ntopology = "pair"\n[programs]\npyng = "./pyng"\n'
    )
    mine = load_lab(tmp_path)
    assert mutants_of(mine) == []
    with pytest.raises(SpecError, match="has no reference/"):
        reference_of(mine)
