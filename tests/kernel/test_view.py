"""What programs see of the machine: a tree in which nothing can be written, and copies of it."""

import os
import random
import stat
from pathlib import Path

import pytest

from l2harness.errors import KernelError, SandboxError
from l2harness.network import linux
from l2harness.network.entry import WORKSPACE
from l2harness.programs import view
from l2harness.programs.workspace import Workspace


@pytest.fixture
def workspace():
    """An empty one, under a name with a space and a letter that the kernel writes in octal."""
    root = Path(WORKSPACE) / f"test-{random.getrandbits(32):x}" / "a b\\c"
    made = Workspace(root, 0)
    yield made
    made.close()
    for path in sorted(root.parent.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    root.parent.rmdir()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A directory with an interpreter, a lab, an archive, and a file system mounted in it."""
    # The tests' own directory lies in /tmp, which is the program's own.
    monkeypatch.setattr(view, "_ITS_OWN", ())
    home = tmp_path / "home of somebody"
    (home / "lab").mkdir(parents=True)
    (home / "lab" / "solution").write_text("42")
    (home / "uploads.zip").write_text("42")
    (home / "python3").write_text("#!/bin/sh\n")
    (home / "mounted").mkdir()
    linux.mount("tmpfs", str(home / "mounted"), "tmpfs")
    (home / "mounted" / "library").write_text("x")
    yield home
    linux.unmount(str(home / "mounted"))


def flags_below(place):
    """The flags of all mounts at a place and below, by where they are in it."""
    lines = Path("/proc/thread-self/mountinfo").read_text().splitlines(keepends=True)
    return {
        str(target.relative_to(place)): flags for target, flags in view._mounts_at(place, lines)
    }


def test_nothing_can_be_written(workspace, home):
    """All of it is read-only, whatever is mounted in what it shows; /dev has its devices alone."""
    tree = workspace.machine({home: home}, [])
    devices = {f"dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")}
    found = flags_below(tree)
    inside = str(home.relative_to("/"))
    assert {".", "usr", "etc", inside, f"{inside}/mounted"} | devices <= set(found)
    shut = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
    for name, flags in found.items():
        assert flags & shut == (linux.MS_NOSUID if name in devices else shut), name
    for place in (".", "usr", "etc", "dev", inside, f"{inside}/mounted"):
        with pytest.raises(OSError, match="Read-only"):
            (tree / place / "left-here").write_text("x")
    assert (home / "mounted" / "library").read_text() == "x"
    (home / "mounted" / "own").write_text("outside it is as it was")


def test_what_must_not_be_seen(workspace, home):
    """What is hidden in a directory that programs see is empty; what lies beside that is there."""
    tree = workspace.machine({home: home}, [home / "lab", home / "uploads.zip"])
    shown = tree / home.relative_to("/")
    assert os.listdir(shown / "lab") == []
    assert not stat.S_ISREG((shown / "uploads.zip").stat().st_mode)
    assert (shown / "python3").read_text() == "#!/bin/sh\n"
    assert os.listdir(shown.parent) == [home.name]
    assert (home / "lab" / "solution").read_text() == "42"


def test_everybody_may_pass(workspace, home):
    """Directories are open to the nobody that programs are, also where ours are made closed."""
    before = os.umask(0o077)
    try:
        tree = workspace.machine({home: home}, [])
    finally:
        os.umask(before)
    for name in ("dev", "dev/pts", "etc", *map(str, home.relative_to("/").parents)):
        assert stat.S_IMODE((tree / name).stat().st_mode) == 0o755, name


def test_a_copy_for_each_start(workspace, tmp_path):
    """A copy shows the same, with what the program may write to in it; the tree stays shut."""
    tree = workspace.machine({}, [])
    (tmp_path / "own").mkdir()
    place = tmp_path / "place"
    place.mkdir()
    view.copy(tree, place, {"tmp": tmp_path / "own"})
    (place / "tmp" / "left-here").write_text("x")
    assert os.listdir(tree / "tmp") == []
    below, shut = flags_below(place), flags_below(tree)
    linux.unmount(str(place))
    assert {name: below[name] for name in shut} == shut
    assert set(below) - set(shut) == {"tmp"}


def test_what_the_machine_refuses(workspace, home, tmp_path):
    """What cannot be mounted is named: of the tree the machine's fault, of a copy ours."""
    tree = workspace.machine({}, [])
    with pytest.raises(SandboxError, match="cannot mount what a program is to see"):
        view.copy(tree, tmp_path, {"nowhere": home})
    linux.unmount(str(tmp_path))
    with pytest.raises(KernelError, match="mount /nowhere on"):
        view.furnish(tmp_path / "new", Path("/nowhere"), {})
    for name in view._BESIDE_USR:
        if not os.path.islink(f"/{name}") and os.path.isdir(f"/{name}"):
            linux.unmount(str(tmp_path / "new" / name))
    linux.unmount(str(tmp_path / "new" / "usr"))
