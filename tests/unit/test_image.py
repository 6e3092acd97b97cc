"""What a virtual machine without a view of this one begins with: collected, made once, kept."""

import io
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from l2harness.errors import KernelError
from l2harness.vm import cache, cpio, image, system
from l2harness.vm.kernels import Kernel
from l2harness.vm.tree import Tree, is_current


def written(tree) -> dict[str, bytes]:
    """Paths and contents of the archive that a tree is written as."""
    made = io.BytesIO()
    tree.write(made)
    made.seek(0)
    return {"/" + it.name.decode(): b"".join(content()) for it, content in cpio.read(made)}


class TestTree:
    """Files under their own paths."""

    @pytest.fixture
    def place(self, tmp_path):
        """A directory with links in it; its path is free of any."""
        place = tmp_path.resolve()
        (place / "real" / "inner").mkdir(parents=True)
        (place / "real" / "inner" / "file").write_text("content")
        (place / "short").symlink_to("real/inner")
        (place / "far").symlink_to(place / "short" / ".." / "inner" / "file")
        (place / "loop").symlink_to("loop")
        return place

    def test_what_it_takes_to_reach_a_file(self, place):
        """The directories above, and each link with what it leads to."""
        tree = Tree()
        tree.add(str(place / "far"))
        below = {path for path in tree if path.startswith(str(place) + "/")}
        names = ("far", "short", "real", "real/inner", "real/inner/file")
        assert below == {str(place / name) for name in names}
        assert str(place.parent) in set(tree)
        assert list(tree) == sorted(tree)

    @pytest.mark.parametrize("name", ["loop", "loop/file", "missing", "missing/file"])
    def test_leads_nowhere(self, place, name):
        """What leads nowhere adds nothing that is not there."""
        tree = Tree()
        tree.add(str(place / name))
        assert all(os.path.lexists(path) for path in tree)

    def test_a_directory(self, place):
        """All below it, but for what is left out."""
        tree = Tree()
        (place / "real" / "not").mkdir()
        (place / "real" / "not" / "this").touch()
        tree.add_all(str(place), unless=lambda path: path.endswith("/not"))
        assert str(place / "real" / "inner" / "file") in set(tree)
        assert not any("/not" in path for path in tree)
        assert tree.size() == len("content")

    def test_made(self, place):
        """A file that is made takes the place of one that is there, and gets its directories."""
        tree = Tree()
        tree.add(str(place / "real" / "inner" / "file"))
        tree.make(str(place / "real" / "inner" / "file"), b"other")
        tree.make("/new-here/a", b"1")
        found = written(tree)
        assert found[str(place / "real" / "inner" / "file")] == b"other"
        assert found["/new-here/a"] == b"1"
        assert found["/new-here"] == b""

    def test_changes_are_noticed(self, place):
        """Another content, a new file and a lost one make it another tree; Python's own do not."""
        tree = Tree()
        tree.add_all(str(place))
        manifest = tree.manifest()
        (place / "real" / "__pycache__").mkdir()
        assert is_current(manifest)
        (place / "real" / "new").touch()
        assert not is_current(manifest)
        (place / "real" / "new").unlink()
        assert is_current(manifest)
        (place / "real" / "inner" / "file").write_text("Content")
        assert not is_current(manifest)
        (place / "real" / "inner" / "file").unlink()
        assert not is_current(manifest)

    @pytest.mark.parametrize("manifest", [b"", b"{}", b"[]", b'{"state": 1, "paths": 3}'])
    def test_no_manifest(self, manifest):
        """What cannot be read is not up to date."""
        assert not is_current(manifest)


class TestCompiled:
    """Modules that need not be compiled in the machine."""

    def test_whatever_its_source_says(self, tmp_path):
        """It is run as it was when it was packed, whatever the time of its source."""
        path = tmp_path / "greeting.py"
        path.write_text("print('packed')")
        code = image._code(str(path))
        assert code is not None
        place = Path(image._place(str(path)))
        place.parent.mkdir()
        place.write_bytes(code)
        path.write_text("print('changed since')")
        command = [sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv[1]); "]
        command[-1] += "import greeting"
        done = subprocess.run([*command, tmp_path], capture_output=True, text=True, check=True)
        assert done.stdout == "packed\n"

    def test_what_python_has_kept(self, tmp_path):
        """It is taken if it is of this source, and only then."""
        path = tmp_path / "module.py"
        path.write_text("x = 1")
        command = [sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv[1]); "]
        command[-1] += "import module"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        subprocess.run([*command, tmp_path], check=True, env=environment)
        assert image._kept(str(path)) is not None
        path.write_text("x = 12")
        assert image._kept(str(path)) is None

    def test_no_python(self, tmp_path):
        """What does not compile is left to whoever imports it."""
        path = tmp_path / "module.py"
        path.write_text("print 'of Python 2'")
        assert image._code(str(path)) is None


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A cache of the test's own, and a second one where the first cannot be written."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    return tmp_path / "cache" / "l2harness"


class TestImage:
    """The archive."""

    @pytest.fixture
    def kernel(self, tmp_path, places, monkeypatch):
        """A kernel with a module, for a system of one directory."""
        (tmp_path / "vmlinuz").write_bytes(b"kernel")
        (tmp_path / "veth.ko").write_bytes(b"module")
        (tmp_path / "system").mkdir()
        (tmp_path / "system" / "program.py").write_text("x = 1")

        def small(sees_usr):
            tree = Tree()
            tree.add_all(str(tmp_path / "system"))
            return tree

        monkeypatch.setattr(image, "system", small)
        return Kernel("6.1", tmp_path / "vmlinuz", (("veth", tmp_path / "veth.ko"),))

    def read(self, path):
        """Its files with their contents."""
        with path.open("rb") as file:
            return {it.name.decode(): b"".join(content()) for it, content in cpio.read(file)}

    def test_what_is_in_it(self, kernel, tmp_path):
        """The system, its modules compiled, those of the kernel, and a first process."""
        found = self.read(image.image(kernel, False))
        program = str(tmp_path / "system" / "program.py").lstrip("/")
        assert found[program] == b"x = 1"
        assert found[image._place(program)].startswith(image.importlib.util.MAGIC_NUMBER)
        assert found["l2harness-modules/00-veth.ko"] == b"module"
        assert found["init"].startswith(b"#!/bin/sh\nexec ")

    def test_made_once(self, kernel, tmp_path):
        """It is found again until anything has changed; then it is made again."""
        first = image.image(kernel, False)
        before = first.stat().st_ino
        assert image.image(kernel, False) == first
        assert first.stat().st_ino == before
        (tmp_path / "system" / "more").write_text("of it")
        again = image.image(kernel, False)
        assert str(tmp_path / "system" / "more").lstrip("/") in self.read(again)

    def test_another_kernel(self, kernel):
        """Each kernel has an archive of its own, and few are kept."""
        made = set()
        for release in ("6.1", "6.2", "6.3"):
            made.add(image.image(Kernel(release, kernel.image, kernel.modules), False))
        assert len(made) == 3
        assert sum(path.exists() for path in made) == 2

    def test_no_room(self, kernel, monkeypatch):
        """A full disk is a fault of this machine, and leaves no part of an archive."""

        def full(self, file):
            file.write(b"some of it")
            raise OSError(28, os.strerror(28))

        monkeypatch.setattr(Tree, "write", full)
        with pytest.raises(KernelError, match="No space left on device"):
            image.image(kernel, False)
        assert [it for it in cache.directories().__next__().iterdir()] == []


class TestCache:
    """What is kept."""

    def test_the_second_place(self, places):
        """Where nothing can be written at home, it is kept elsewhere, and found there."""
        places.parent.write_text("no directory")
        path = cache.keep("a-", "a-1", lambda file: file.write(b"x"))
        assert path.parent != places
        assert cache.find("a-1") == path
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_nowhere(self, places, monkeypatch):
        """Where nothing can be kept at all that is said."""
        places.parent.write_text("no directory")
        shutil.rmtree(cache.tempfile.gettempdir())
        Path(cache.tempfile.gettempdir()).write_text("nor here")
        with pytest.raises(KernelError, match="find a directory to keep files in"):
            cache.keep("a-", "a-1", lambda file: file.write(b"x"))

    def test_the_longest_unused_goes(self, places):
        """Of each kind the last used stay."""
        for number, name in enumerate(("a-1", "a-2")):
            path = cache.keep("a-", name, lambda file: file.write(b"x"))
            os.utime(path, (number, number))
        cache.keep("b-", "b-1", lambda file: file.write(b"x"))
        assert cache.find("a-1") is not None
        cache.keep("a-", "a-3", lambda file: file.write(b"x"))
        assert sorted(it.name for it in places.iterdir()) == ["a-1", "a-3", "b-1"]


def test_the_system():
    """It has what gradings start, with their libraries; not what lies beside this package."""
    paths = set(system.system(sees_usr=False))
    programs = [shutil.which(name) for name in ("sh", "nsenter", "env", "cat")]
    libraries = [path for path in paths if "/libc.so." in path]
    assert {sys.executable, *filter(None, programs)} <= paths
    assert libraries
    assert image.__file__ in paths
    assert any(path.endswith("/segment.yaml") for path in paths)
    assert str(Path(pytest.__file__)) in paths
    top = str(Path(image.__file__).parents[2])
    assert f"{top}/tests" not in paths
    assert f"{top}/.git" not in paths
    assert not any(path.startswith(("/proc/", "/sys/", "/dev/", "/var/log")) for path in paths)
