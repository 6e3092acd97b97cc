"""Where labs are found: in directories, checkouts, installed packages; and whose name counts."""

import sys

import pytest

from l2harness.errors import UsageError
from l2harness.labs.lab import find_lab
from l2harness.labs.places import VARIABLE, labs_below, places

LAB = 'title = "{}"\ntopology = "pair"\n[programs]\na = "b"\n'


@pytest.fixture
def lab(tmp_path):
    """Make a lab in a directory: ``lab("course/labs/mine")``."""

    def make(path):
        folder = tmp_path / path
        folder.mkdir(parents=True)
        (folder / "lab.toml").write_text(LAB.format(path))
        return folder

    return make


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a package that has an entry point for its labs."""

    def install(package, value):
        info = tmp_path / "site" / f"{package}-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[l2harness.labs]\n{package} = {value}\n")
        monkeypatch.syspath_prepend(str(tmp_path / "site"))

    yield install
    for name in [it for it in sys.modules if it.startswith("of_course")]:
        del sys.modules[name]


def test_in_directories(lab, tmp_path, monkeypatch):
    """A directory holds labs as folders, itself or in a folder labs; it may be one itself."""
    mine, other, third = lab("one/mine"), lab("two/labs/other"), lab("three")
    (tmp_path / "one" / "empty").mkdir()
    assert labs_below(tmp_path / "two") == [other]
    assert labs_below(third) == [third]
    assert labs_below(tmp_path / "nowhere") == []
    paths = [tmp_path / "one", tmp_path / "two", third, tmp_path / "nowhere"]
    monkeypatch.setenv(VARIABLE, ":".join(map(str, paths)) + "::")
    found = {name: [(it.folder, it.origin) for it in some] for name, some in places().items()}
    assert found["mine"] == [(mine, str(tmp_path / "one"))]
    assert found["other"] == [(other, str(tmp_path / "two"))]
    assert found["three"] == [(third, str(third))]
    assert find_lab("other").folder == other
    with pytest.raises(UsageError, match="no lab 'othr'; did you mean other"):
        find_lab("othr")


def test_in_a_package(lab, installed):
    """An installed package names the package that holds its labs, which is not imported."""
    folder = lab("site/of_course/labs/install-me")
    (folder.parents[1] / "__init__.py").write_text("")
    (folder.parent / "__init__.py").write_text("raise ImportError('nobody has to import it')")
    installed("of-course", "of_course.labs")
    [place] = places()["install-me"]
    assert (place.folder, place.origin) == (folder, "package of-course")
    assert find_lab("install-me").folder == folder


def test_a_package_that_is_broken(installed):
    """One whose modules are gone costs the others nothing."""
    installed("of-nowhere", "of_nowhere.labs")
    assert "pyng" in places()


def test_two_of_a_name(lab, tmp_path, monkeypatch):
    """Neither is taken by chance; a built-in one cannot be replaced."""
    one, two = lab("one/mine"), lab("two/mine")
    lab("one/pyng")
    monkeypatch.setenv(VARIABLE, f"{tmp_path / 'one'}:{tmp_path / 'two'}")
    with pytest.raises(UsageError, match=f"2 labs are called mine: {one} and {two}. Give a path"):
        find_lab("mine")
    assert find_lab(str(two)).folder == two
    assert find_lab("pyng").title != "one/pyng"
    assert [it.built_in for it in places()["pyng"]] == [True, False]


def test_the_same_twice(lab, tmp_path, monkeypatch):
    """A folder that is found on two ways is one lab."""
    mine = lab("one/mine")
    monkeypatch.setenv(VARIABLE, f"{tmp_path / 'one'}:{mine}")
    assert len(places()["mine"]) == 1
