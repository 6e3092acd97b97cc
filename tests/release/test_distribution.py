"""What is published: the sdist, the wheel built from it, and what ``pip install`` leaves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement

from l2harness import __version__

ROOT = Path(__file__).resolve().parents[2]
#: Long enough for a machine that is busy; nothing here waits for it.
PATIENCE_S = 110
#: What a surrounding harness or user would bring into an empty environment.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "L2HARNESS_INSIDE", "FORCE_COLOR")


def run(*arguments, **options):
    """Run a program to its end, in an environment without Python's variables."""
    env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return subprocess.run(
        [*map(str, arguments)],
        **{
            "capture_output": True,
            "text": True,
            "timeout": PATIENCE_S,
            "env": {**env, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            **options,
        },
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A directory with the sdist, and the wheel that was built from it and not from here."""
    out = tmp_path_factory.mktemp("dist")
    done = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def wheel(built) -> zipfile.ZipFile:
    """The wheel, opened."""
    [path] = built.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def metadata(wheel) -> Metadata:
    """What an index shows of it, read as strictly as an index does."""
    name = f"l2harness-{__version__}.dist-info/METADATA"
    return Metadata.from_email(wheel.read(name), validate=True)


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory) -> Path:
    """
    The ``bin`` of an environment with nothing but the wheel.

    What it depends on is looked up where these tests have it, which asks no network.
    """
    [wheel] = built.glob("*.whl")
    place = tmp_path_factory.mktemp("fresh") / "venv"
    done = run(sys.executable, "-m", "venv", "--without-pip", place)
    assert done.returncode == 0, done.stderr
    python = place / "bin" / "python"
    options = ("--python", python, "install", "--no-deps", "--no-index", wheel)
    done = run(sys.executable, "-m", "pip", *options)
    assert done.returncode == 0, done.stderr
    [packages] = (place / "lib").glob("python*/site-packages")
    others = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    (packages / "others.pth").write_text("\n".join(sorted(others)) + "\n")
    return python.parent


def shipped(top: str) -> set[str]:
    """Every file below a directory of the source tree, but what Python leaves there."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


class TestContents:
    """What is in the archives."""

    def test_the_wheel_is_whole(self, wheel):
        """It holds the package to the last lab, mutant, hostile program, template and schema."""
        inside = {it for it in wheel.namelist() if ".dist-info/" not in it}
        topologies = {
            f"l2harness/topology/shipped/{Path(it).name}" for it in shipped("topologies")
        }
        assert inside == shipped("l2harness") | topologies
        for part in ("labs/pyng/lab.toml", "labs/hostile/fork-bomb.py", "py.typed"):
            assert f"l2harness/{part}" in inside
        assert "l2harness/reports/schema/report-1.json" in inside

    def test_programs_stay_programs(self, wheel):
        """What may be executed in the source tree may be executed once it is unpacked."""
        for info in wheel.infolist():
            source = ROOT / info.filename
            if source.is_file():
                runs = bool((info.external_attr >> 16) & 0o111)
                assert runs == os.access(source, os.X_OK), info.filename

    def test_the_sdist_is_whole(self, built):
        """It holds what builds, tests and documents; and nothing of whoever built it."""
        [path] = built.glob("*.tar.gz")
        with tarfile.open(path) as opened:
            inside = {name.partition("/")[2] for name in opened.getnames()}
        for top in ("l2harness", "topologies", "examples", "tests", "docs", "scripts"):
            assert shipped(top) <= inside
        assert {"README.md", "LICENSE", "CHANGELOG.md", "Makefile", "pyproject.toml"} <= inside
        foreign = re.compile(r"(\.venv|\.ci|\.git|results|site)(/|$)")
        assert not {it for it in inside if foreign.match(it)}


class TestMetadata:
    """What an index and an installer read."""

    def test_one_source_of_the_version(self, metadata):
        """The version is what the package says, which is the only place that says it."""
        assert str(metadata.version) == __version__
        for name in ("pyproject.toml", "README.md"):
            assert __version__ not in (ROOT / name).read_text(encoding="utf-8")

    def test_it_reads_well(self, metadata):
        """A summary on one line, the README, the licence by its SPDX name, and who may use it."""
        assert metadata.summary
        assert "\n" not in metadata.summary
        assert metadata.description == (ROOT / "README.md").read_text(encoding="utf-8")
        assert metadata.description_content_type == "text/markdown"
        assert metadata.license_expression == "MIT"
        assert metadata.license_files == ["LICENSE"]
        assert str(metadata.requires_python) == ">=3.11"
        assert "Typing :: Typed" in metadata.classifiers

    def test_extras(self, metadata):
        """What only some need is an extra, and no heavy thing comes with the plain package."""
        assert metadata.provides_extra == ["cluster", "dev", "docs"]
        plain = {it.name for it in metadata.requires_dist if it.marker is None}
        assert {"click", "pytest", "pyroute2"} <= plain
        assert not plain & {"dask", "distributed", "mkdocs-material", "hypothesis"}

    def test_every_dependency_has_a_lower_bound(self, metadata):
        """Each says from which version on it is known to work; only types come without."""
        for it in metadata.requires_dist:
            known = any(each.operator == ">=" for each in it.specifier)
            assert known or it.name.startswith(("types-", "l2harness")), Requirement(str(it))


class TestInstalled:
    """What somebody has who installed it, away from the source tree."""

    def test_it_is_the_wheel(self, installed, tmp_path):
        """The module is the new environment's; with the source tree in the way it is not."""
        where = "import l2harness; print(l2harness.__file__)"
        from_wheel = run(installed / "python", "-c", where, cwd=tmp_path).stdout
        assert from_wheel.startswith(str(installed.parent))
        assert run(installed / "python", "-c", where, cwd=ROOT).stdout.startswith(str(ROOT))

    @pytest.mark.kernel
    def test_a_grade(self, installed, tmp_path):
        """A shipped example gets its grade, and the report lies where it was asked for."""
        example = ROOT / "examples" / "forgot-htons"
        options = ("grade", example, "--out", "results", "--seed", "1")
        done = run(installed / "l2harness", *options, cwd=tmp_path)
        assert done.returncode == 1, done.stdout + done.stderr
        gradebook = (tmp_path / "results" / "gradebook.csv").read_text()
        assert re.search(r"^forgot-htons,.*\b93\b", gradebook, re.MULTILINE)
        page = (tmp_path / "results" / "forgot-htons" / "report.html").read_text()
        assert "ethertype-byte-order" in page

    def test_the_rest_is_found(self, installed, tmp_path):
        """Labs and topologies are there, and the plugin is known to pytest by its entry point."""
        labs = run(installed / "l2harness", "labs", cwd=tmp_path)
        assert "pyng-strict" in labs.stdout
        drawn = run(installed / "l2harness", "draw", "lecture", cwd=tmp_path)
        assert (drawn.returncode, drawn.stderr) == (0, "")
        options = ("-m", "pytest", "--lab", "pyng", "--collect-only", "-q", "--submission", ".")
        asked = run(installed / "python", *options, cwd=tmp_path)
        assert "client.ethertype" in asked.stdout, asked.stdout + asked.stderr

    def test_it_is_typed(self, installed, tmp_path):
        """A type checker sees our types from outside, and so finds a mistake."""
        program = tmp_path / "uses.py"
        program.write_text("from l2harness.frames import MacAddress\nMacAddress(7.5)\n")
        options = ("--python-executable", installed / "python", "--follow-imports", "silent")
        done = run(sys.executable, "-m", "mypy", *options, program, cwd=tmp_path)
        assert "[arg-type]" in done.stdout, done.stdout + done.stderr
        assert "import-untyped" not in done.stdout
