"""Labs read from their folders: what is said, what is taken over, and what is refused where."""

import shutil
from pathlib import Path

import pytest

from l2harness.errors import SpecError, UsageError
from l2harness.labs.lab import built_in_labs, find_lab, load_lab
from l2harness.programs.limits import Limits
from l2harness.topology import Driver

SMALLEST = 'title = "Mine"\ntopology = "pair"\n[programs]\npyng = "./pyng sends"\n'


@pytest.fixture
def lab(tmp_path):
    """Write a lab.toml into a folder of its own, and load it."""

    def write(text, name="mylab"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "lab.toml").write_text(text)
        return load_lab(folder)

    return write


class TestBuiltIn:
    """The labs that ship."""

    def test_they_load(self):
        """Each is found by its name, with title, programs, runs and checks."""
        assert {"hello-frame", "pyng", "pyng-strict"} <= set(built_in_labs())
        for name in built_in_labs():
            found = find_lab(name)
            assert found.name == name
            assert found.title
            assert len(found.programs) > 0
            assert (found.code / "runs.py").is_file()
            assert found.check_files

    def test_strict_differs_in_one_thing(self):
        """The strict lab is the other one on a network that does not pad."""
        usual, strict = find_lab("pyng"), find_lab("pyng-strict")
        assert {it.min_frame for it in usual.topology.segments} == {60}
        assert {it.min_frame for it in strict.topology.segments} == {0}
        assert {it.driver for it in strict.topology.segments} == {Driver.WIRE}
        assert strict.code == usual.code
        assert strict.limits == usual.limits

    def test_the_nearest_name(self):
        """A name that is none is answered with one that is."""
        with pytest.raises(UsageError, match=r"no lab 'ping'; did you mean pyng\?"):
            find_lab("ping")
        with pytest.raises(UsageError, match=r"no lab 'quantum'; there are .*pyng, pyng-s"):
            find_lab("quantum")

    def test_a_folder_here_does_not_replace_it(self, lab, tmp_path, monkeypatch):
        """A folder of the same name, such as a submission may hold, is not taken for the lab."""
        lab(SMALLEST, "pyng")
        monkeypatch.chdir(tmp_path)
        assert find_lab("pyng").title != "Mine"
        assert find_lab("./pyng").title == "Mine"


class TestFolders:
    """Labs of one's own."""

    def test_by_path(self, lab, tmp_path, monkeypatch):
        """A path names the folder, from anywhere, absolute or not."""
        lab(SMALLEST)
        monkeypatch.chdir(tmp_path)
        for name in (str(tmp_path / "mylab"), "./mylab", "mylab"):
            assert find_lab(name).folder == tmp_path / "mylab"

    def test_no_lab_there(self, tmp_path):
        """A folder without lab.toml is none."""
        with pytest.raises(UsageError, match=r"it has no lab\.toml"):
            find_lab(str(tmp_path))

    def test_the_smallest(self, lab):
        """Title, topology and a program are enough; the rest has its defaults."""
        mine = lab(SMALLEST)
        assert (mine.name, mine.title, dict(mine.programs)) == (
            "mylab",
            "Mine",
            {"pyng": "./pyng sends"},
        )
        assert mine.limits == Limits()
        assert mine.options == mine.interpreters == {}
        assert mine.topology.name == "pair"

    def test_a_topology_beside(self, lab, tmp_path):
        """A file beside lab.toml goes before a topology that ships."""
        (tmp_path / "mylab").mkdir()
        (tmp_path / "mylab" / "net.yaml").write_text(
            "hosts: {a: {x: lan}, b: {y: lan}}\nsegments: {lan: {kind: cable}}\n"
        )
        mine = lab(SMALLEST.replace('"pair"', '"net.yaml"'))
        assert [host.name for host in mine.topology.hosts] == ["a", "b"]

    def test_everything(self, lab):
        """Limits, options and interpreters are taken as they are said."""
        mine = lab(
            SMALLEST
            + "[limits]\nwall_s = 2.5\nframes = 7\n"
            + "[options]\nhard = true\n"
            + '[interpreters]\npython3 = "/opt/venv/bin/python3"\n'
        )
        assert (mine.limits.wall_s, mine.limits.frames) == (2.5, 7)
        assert mine.limits.cpu_s == Limits().cpu_s
        assert mine.options == {"hard": True}
        assert mine.interpreters == {"python3": "/opt/venv/bin/python3"}


class TestExtending:
    """A lab that is another one with changes."""

    def test_a_built_in_one(self, lab):
        """What is not said is taken over, what is said is changed."""
        mine = lab('title = "Harder"\nextends = "pyng"\n[limits]\nwall_s = 1\n')
        pyng = find_lab("pyng")
        assert mine.title == "Harder"
        assert mine.programs == pyng.programs
        assert (mine.limits.wall_s, mine.limits.frames) == (1, pyng.limits.frames)
        assert mine.code == pyng.code
        assert mine.topology == pyng.topology

    def test_a_sibling(self, lab):
        """A folder beside it is another one's base, options and limits add up."""
        lab(SMALLEST + "[options]\na = 1\nb = 1\n[limits]\nframes = 5\n", "base")
        mine = lab('title = "Top"\nextends = "base"\n[options]\nb = 2\n', "top")
        assert mine.options == {"a": 1, "b": 2}
        assert mine.limits.frames == 5

    def test_runs_of_its_own(self, lab, tmp_path):
        """With a runs.py beside it the code is its own, too."""
        (tmp_path / "mylab").mkdir()
        (tmp_path / "mylab" / "runs.py").write_text("")
        mine = lab('extends = "pyng"\n')
        assert mine.code == mine.folder

    def test_in_a_circle(self, lab, tmp_path):
        """Neither itself, nor each other."""
        with pytest.raises(SpecError, match="cannot extend itself"):
            lab('title = "x"\nextends = "mylab"\n')
        (tmp_path / "one").mkdir()
        (tmp_path / "one" / "lab.toml").write_text('extends = "other"\n')
        with pytest.raises(SpecError, match="extend each other in a circle"):
            lab('extends = "one"\n', "other")


MISTAKES = {
    "": ("title|programs", "names no program"),
    "title = 7\n" + SMALLEST.partition("\n")[2]: ("title", "must be a text"),
    SMALLEST.partition("\n")[2]: ("title", "is missing"),
    'title = "x"\n[programs]\na = "b"\n': ("topology", "is missing"),
    SMALLEST.replace("pair", "pear"): ("topology", "pair"),
    SMALLEST.replace('pyng = "./pyng sends"', "pyng = 1"): ("programs.pyng", "must be str"),
    'titel = "x"\n' + SMALLEST: ("titel", "did you mean title?"),
    "quantum = 1\n" + SMALLEST: ("quantum", "known are api, checks, extends"),
    "limits = 3\n" + SMALLEST: ("limits", "must be a table"),
    SMALLEST + "[limits]\nwal_s = 1\n": ("limits.wal_s", "did you mean wall_s?"),
    SMALLEST + "[limits]\nwall_s = -1\n": ("limits.wall_s", "a number from 0 on"),
    SMALLEST + "[limits]\nwall_s = nan\n": ("limits.wall_s", "a number from 0 on"),
    SMALLEST + "[limits]\nwall_s = inf\n": ("limits.wall_s", "a number from 0 on"),
    SMALLEST + "[limits]\nwall_s = true\n": ("limits.wall_s", "a number from 0 on"),
    SMALLEST + "[limits]\nframes = 1.5\n": ("limits.frames", "must be a whole number"),
    SMALLEST + "[limits]\nframes = true\n": ("limits.frames", "must be a whole number"),
    SMALLEST + '[limits]\nwall_s = "long"\n': ("limits.wall_s", "must be int or float"),
    SMALLEST + '[options]\nmin_frame = "lots"\n': ("options.min_frame", "lots"),
    SMALLEST + "[options]\nmin_frame = 60\n": ("options.min_frame", "cannot be changed so"),
    'title = "x"\nextends = "pong"\n': ("extends", "there is no lab 'pong'"),
}


@pytest.mark.parametrize("text", MISTAKES, ids=[key for key, _ in MISTAKES.values()])
def test_what_is_refused(lab, text):
    """File, line and key of the mistake are named, and what is wrong with it."""
    keys, problem = MISTAKES[text]
    with pytest.raises(SpecError) as refused:
        lab(text)
    assert refused.value.key in keys.split("|")
    assert problem in refused.value.problem
    assert refused.value.path.name == "lab.toml"
    last = refused.value.key.rpartition(".")[2]
    lines = [
        n for n, line in enumerate(text.splitlines(), 1) if line.startswith((last, f"[{last}"))
    ]
    assert refused.value.line == (lines[0] if lines else None)


@pytest.mark.parametrize("content", [b"title = ", b"\xff\xfe", b"[programs\n", None])
def test_what_cannot_be_read(tmp_path, content):
    """Neither TOML nor text, or not there at all: each is said of the file."""
    (tmp_path / "lab").mkdir()
    if content is not None:
        (tmp_path / "lab" / "lab.toml").write_bytes(content)
    with pytest.raises(SpecError, match=r"cannot be read|is not TOML"):
        load_lab(tmp_path / "lab")


class TestDigest:
    """What decides a grade has a name."""

    @pytest.fixture
    def mine(self, lab, tmp_path):
        """A lab of its own with runs and a check."""
        lab(SMALLEST)
        (tmp_path / "mylab" / "runs.py").write_text("# runs\n")
        (tmp_path / "mylab" / "test_mine.py").write_text("# checks\n")
        return tmp_path / "mylab"

    @pytest.mark.parametrize("name", ["lab.toml", "runs.py", "test_mine.py"])
    def test_every_file_counts(self, mine, name):
        """A change in any of them is another digest; the same content is the same."""
        before = load_lab(mine).digest()
        assert before.startswith("sha256:")
        assert load_lab(mine).digest() == before
        with (mine / name).open("a") as file:
            file.write("# changed\n")
        assert load_lab(mine).digest() != before

    def test_the_topology_counts(self, mine):
        """So is another network."""
        before = load_lab(mine).digest()
        (mine / "net.yaml").write_text(
            "hosts: {a: {x: lan}, b: {y: lan}}\nsegments: {lan: {kind: cable}}\n"
        )
        (mine / "lab.toml").write_text(SMALLEST.replace('"pair"', '"net.yaml"'))
        changed = load_lab(mine).digest()
        assert changed != before
        (mine / "net.yaml").write_text(
            "hosts: {a: {x: lan}, b: {z: lan}}\nsegments: {lan: {kind: cable}}\n"
        )
        assert load_lab(mine).digest() != changed

    def test_where_it_lies_does_not_count(self, mine, tmp_path):
        """A copy in another place, under the same name, is the same lab."""
        copy = shutil.copytree(mine, tmp_path / "elsewhere" / "mylab")
        assert load_lab(copy).digest() == load_lab(mine).digest()
        assert isinstance(copy, Path)
