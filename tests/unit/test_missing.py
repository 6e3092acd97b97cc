"""What a virtual machine lacks of /usr, and who asks for it."""

import os
import subprocess
import sys

import pytest

from l2harness.vm import missing
from l2harness.vm.tree import Tree


@pytest.fixture
def usr(tmp_path, monkeypatch):
    """A small /usr, of which a tree has a program, a library, a header and a package."""
    top = tmp_path.resolve()
    for name in (
        *("bin/sh", "bin/g++", "lib/libc.so", "lib/libpcap.so", "lib/libpcap.so.1", "lib/libz.a"),
        *("include/stdio.h", "include/pcap/pcap.h", "packages/scapy/__init__.py"),
        *("packages/one.py", "packages/sitecustomize.py", "packages/a-b.dist-info/RECORD"),
    ):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).touch()
    monkeypatch.setattr(missing, "_HEADERS", f"{top}/include")
    monkeypatch.setattr(missing, "_PACKAGES", (f"{top}/packages",))
    tree = Tree()
    for name in ("bin/sh", "lib/libc.so", "include/stdio.h", "packages/one.py"):
        tree.add(str(top / name))
    return top, tree


def links_of(top, tree) -> set[str]:
    """What leads to the one file, below the small /usr."""
    wanted = os.fsencode(missing.FILE)
    made = {path for path, (_, content) in tree._made.items() if content == wanted}
    return {os.path.relpath(path, top) for path in made}


class TestMarks:
    """What is a link to the one file."""

    def test_all_that_is_not_there(self, usr):
        """Programs, headers, libraries to link with and packages, but none that the tree has."""
        top, tree = usr
        missing.mark(tree, f"{top}/bin:/nowhere", f"{top}/lib")
        assert links_of(top, tree) == {
            *("bin/g++", "lib/libpcap.so", "lib/libz.a", "include/pcap/pcap.h"),
            "packages/scapy.py",
        }
        assert missing.FILE in tree._made

    def test_without_a_compiler(self, usr):
        """Where nothing is compiled, neither headers nor libraries are missed."""
        top, tree = usr
        missing.mark(tree, f"{top}/bin", None)
        assert links_of(top, tree) == {"bin/g++", "packages/scapy.py"}

    def test_packages_of_our_own(self, usr, monkeypatch):
        """Packages that we might ask for ourselves are not missed."""
        top, tree = usr
        monkeypatch.setattr(sys, "path", [f"{top}/packages"])
        missing.mark(tree, f"{top}/bin", None)
        assert links_of(top, tree) == {"bin/g++"}


class TestWatched:
    """Who asks."""

    @pytest.fixture
    def machine(self, tmp_path):
        """The one file, with links to it as program, module and header."""
        file = tmp_path / "l2harness-missing"
        file.write_bytes(missing._CONTENT)
        file.chmod(0o755)
        for name in ("g++", "scapy.py", "pcap.h"):
            (tmp_path / name).symlink_to(file)
        return tmp_path

    @pytest.mark.parametrize(
        ("command", "asks"),
        [
            (["./g++", "x.cc"], True),
            ([sys.executable, "-c", "import sys; sys.path.insert(0, '.'); import scapy"], True),
            (["/bin/cat", "pcap.h"], True),
            (["/bin/sh", "-c", "command -v ./g++; test -x g++; ls -lL ."], False),
            ([sys.executable, "-c", "import shutil; assert shutil.which('g++', path='.')"], False),
        ],
        ids=["starts", "imports", "reads", "looks", "looks in Python"],
    )
    def test_who_asks(self, machine, command, asks):
        """Whoever opens it is noticed, and whoever only looks whether it is there is not."""
        with missing.watched(str(machine / "l2harness-missing")) as asked_for:
            done = subprocess.run(command, cwd=machine, capture_output=True, check=False)
            assert asked_for() is asks
            assert not asked_for()
        assert (done.returncode != 0) is (asks and command[0] != "/bin/cat")

    def test_nothing_is_missing(self, tmp_path):
        """Where the file is not there nobody asks for it."""
        with missing.watched(str(tmp_path / "nothing")) as asked_for:
            assert not asked_for()
