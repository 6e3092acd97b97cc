"""The optional wheel with user-mode Linux, built around a program that stands in its place."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "uml"
VERSION = tomllib.loads((RECIPE / "pyproject.toml").read_text())["project"]["version"]
#: Long enough for a machine that is busy; nothing here waits for it.
PATIENCE_S = 110
#: What an interpreter of a user's says of the kernel that it finds.
FINDS = """
import l2harness_uml
from l2harness.vm import uml
found = uml.find()
print(found.program == str(l2harness_uml.program()), found.version, found.preload)
"""


def run(*arguments, **options):
    """Run a program to its end."""
    defaults = {"capture_output": True, "text": True, "timeout": PATIENCE_S}
    return subprocess.run([*map(str, arguments)], **{**defaults, **options})


def build(products, out):
    """Build the wheel around what lies in ``products``."""
    return run(
        *(sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps"),
        *("--disable-pip-version-check", "--no-index", "-w", out, RECIPE),
        env={**os.environ, "L2HARNESS_UML_BUILD": str(products)},
    )


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    """What build.sh leaves, but that the program only answers for its version."""
    place = tmp_path_factory.mktemp("products")
    (place / "linux").write_text(f"#!/bin/sh\necho {VERSION}\n")
    (place / "linux").chmod(0o755)
    (place / "config").write_text("CONFIG_HOSTFS=y\n")
    (place / "SOURCE").write_text("linux-source\n")
    return place


@pytest.fixture(scope="module")
def wheel(products, tmp_path_factory):
    """The wheel around them."""
    out = tmp_path_factory.mktemp("wheel")
    done = build(products, out)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = out.glob("*.whl")
    return path


class TestTheWheel:
    """What is in it, and for whom."""

    def test_nothing_is_missing(self, wheel):
        """The program, its options, its sources, both licence texts, and nothing of a build."""
        with zipfile.ZipFile(wheel) as opened:
            inside = {it.filename: it for it in opened.infolist()}
        names = {it.rpartition("dist-info/")[2] for it in inside}
        assert names == {
            *(f"l2harness_uml/{it}" for it in ("__init__.py", "py.typed", "linux", "config")),
            *("l2harness_uml/SOURCE", "METADATA", "WHEEL", "RECORD"),
            *("licenses/LICENSE", "licenses/SOURCE-OFFER.md"),
        }
        assert (inside["l2harness_uml/linux"].external_attr >> 16) & 0o111 == 0o111

    def test_for_which_machines(self, wheel):
        """Its name says x86-64 and any C library, for the program is static."""
        name, version, *tags = wheel.stem.split("-")
        assert (name, version, tags[:2]) == ("l2harness_uml", VERSION, ["py3", "none"])
        assert {it.partition("_")[0] for it in tags[2].split(".")} >= {"manylinux", "musllinux"}
        assert all(it.endswith("_x86_64") for it in tags[2].split("."))

    def test_found(self, wheel, tmp_path):
        """Once it is installed the harness boots the program in it, before one on PATH."""
        site, on_path = tmp_path / "site", tmp_path / "bin" / "linux.uml"
        options = ("--no-deps", "--no-index", "--disable-pip-version-check", "--target", site)
        assert run(sys.executable, "-m", "pip", "install", "-q", *options, wheel).returncode == 0
        on_path.parent.mkdir()
        on_path.write_text("#!/bin/sh\necho 6.15.9\n")
        on_path.chmod(0o755)
        path = os.pathsep.join((str(on_path.parent), os.environ["PATH"]))
        environment = {
            **os.environ,
            "PATH": path,
            "PYTHONPATH": os.pathsep.join((str(site), str(ROOT))),
        }
        found = run(sys.executable, "-c", FINDS, env=environment)
        assert found.stdout.split() == ["True", VERSION, "None"], found.stderr


class TestRefused:
    """What is no wheel."""

    def test_nothing_was_built(self, tmp_path):
        """Without the program the recipe says what makes it."""
        done = build(tmp_path, tmp_path)
        assert done.returncode != 0
        assert "run uml/build.sh" in done.stdout + done.stderr
        assert list(tmp_path.iterdir()) == []

    def test_another_kernel(self, products, tmp_path):
        """A wheel is not called after a kernel that is not in it."""
        other = tmp_path / "products"
        shutil.copytree(products, other)
        (other / "linux").write_text("#!/bin/sh\necho 6.15.9\n")
        done = build(other, tmp_path / "out")
        assert done.returncode != 0
        assert "is 6.15.9, and pyproject.toml says otherwise" in done.stdout + done.stderr


class TestTheRecipe:
    """What says which kernel it is."""

    def test_one_version(self):
        """The pinned package of sources has the version that the wheel is called after."""
        digest, name = (RECIPE / "source").read_text().split()
        assert re.fullmatch(r"[0-9a-f]{64}", digest)
        assert re.fullmatch(rf"linux-source-[\d.]+_{re.escape(VERSION)}-\w+_all\.deb", name)

    @pytest.mark.parametrize(
        ("arguments", "status", "said"),
        [(("a", "b", "c"), 2, "uml/build.sh [OUT [PACKAGE]]"), (("out", __file__), 2, "not what")],
    )
    def test_how_to_call_it(self, tmp_path, arguments, status, said):
        """Too many words show the usage; a package that is not the pinned one is not built."""
        tools = tmp_path / "bin"
        tools.mkdir()
        for name in ("apt-get", "bc", "bison", "dpkg-deb", "flex", "gcc", "make", "xz"):
            (tools / name).symlink_to("/bin/true")
        done = run(
            *("sh", RECIPE / "build.sh", *arguments),
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{os.environ['PATH']}:{tools}", "TMPDIR": str(tmp_path)},
        )
        assert done.returncode == status
        assert said in done.stderr
        assert list(tmp_path.glob("l2harness-uml.*")) == []
