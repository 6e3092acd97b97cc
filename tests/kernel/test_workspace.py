"""Where submissions lie: staged once, copied for every start, bounded, and gone afterwards."""

import errno
import os
import random
from pathlib import Path

import pytest
from bench import write_files

from l2harness.errors import KernelError
from l2harness.network import linux
from l2harness.network.entry import WORKSPACE, current_mode
from l2harness.network.uids import outside_uid
from l2harness.programs.limits import Limits
from l2harness.programs.stage import StageLimits
from l2harness.programs.workspace import Workspace, scratch_of


@pytest.fixture
def uid():
    """Who programs are outside."""
    return outside_uid(current_mode())


@pytest.fixture
def workspace(tmp_path, uid):
    """A workspace with a small submission in it."""
    files = {"pyng": "#!/bin/sh\n", "lib/ethernet.py": "x" * 5_000}
    made = Workspace(Path(WORKSPACE) / f"test-{random.getrandbits(32):x}" / "one", uid)
    made.take_in(write_files(tmp_path / "upload", files), StageLimits())
    yield made
    made.close()
    root = made.etc.parent
    for path in sorted(root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    root.rmdir()


def fill(path):
    """Write to a file for ever."""
    with open(path, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def content(top):
    """Files below a directory, by relative path."""
    return {str(it.relative_to(top)): it.read_text() for it in top.rglob("*") if it.is_file()}


class TestCopies:
    """What a program gets to write to."""

    def test_each_is_whole_and_its_own(self, workspace):
        """Two copies hold the submission; what is written to one is in no other."""
        one, other = (workspace.throwaway_copy(Limits()) for _ in range(2))
        expected = content(workspace.staged)
        assert set(expected) == {"pyng", "lib/ethernet.py"}
        (one / "pyng").write_text("changed")
        (one / "log").write_text("new")
        assert content(other) == content(workspace.staged) == expected
        assert content(workspace.throwaway_copy(Limits())) == expected

    def test_it_belongs_to_the_program(self, workspace, uid):
        """Everything in it belongs to whom the program is outside, run bits and times are kept."""
        copy = workspace.throwaway_copy(Limits())
        for path in (copy, copy / "pyng", copy / "lib", copy / "lib" / "ethernet.py"):
            assert (path.stat().st_uid, path.stat().st_gid) == (uid, uid)
        assert os.access(copy / "pyng", os.X_OK)
        assert (copy / "pyng").stat().st_mtime_ns == (workspace.staged / "pyng").stat().st_mtime_ns

    @pytest.mark.parametrize("place", ["submission", "tmp", "shm", "root"])
    def test_it_has_so_much_room(self, workspace, place):
        """Beyond the submission there is what the limits say, and then no more."""
        copy = workspace.throwaway_copy(Limits(disk_bytes=1_000_000))
        target = (copy if place == "submission" else scratch_of(copy) / place) / "big"
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            fill(target)
        assert 900_000 < target.stat().st_size < 1_100_000

    def test_a_file_system_for_each(self, workspace):
        """A copy that is full takes no room from another one."""
        full = workspace.throwaway_copy(Limits(disk_bytes=100_000))
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            (full / "big").write_bytes(bytes(1_000_000))
        other = workspace.throwaway_copy(Limits(disk_bytes=100_000))
        (other / "note").write_text("x" * 50_000)
        assert os.stat(full).st_dev != os.stat(other).st_dev

    def test_devices_and_set_user_id_mean_nothing(self, workspace):
        """The file system it lies on knows neither."""
        copy = workspace.throwaway_copy(Limits())
        flags = os.statvfs(copy).f_flag
        assert flags & os.ST_NODEV
        assert flags & os.ST_NOSUID

    def test_it_can_be_taken_away(self, workspace):
        """A copy that is forgotten is unmounted at once, even with a file open in it."""
        copy = workspace.throwaway_copy(Limits())
        with open(copy / "pyng") as still_open:
            workspace.forget_copy(copy)
            assert not copy.exists()
            assert still_open.read() == "#!/bin/sh\n"
        assert str(copy.parent) not in Path("/proc/self/mountinfo").read_text()

    def test_what_was_built_can_be_kept(self, workspace):
        """A copy can become what is staged: its new files are in every later copy."""
        copy = workspace.throwaway_copy(Limits())
        (copy / "pyng.o").write_text("compiled")
        workspace.keep(copy, StageLimits())
        assert content(workspace.throwaway_copy(Limits()))["pyng.o"] == "compiled"

    def test_a_mount_that_is_refused(self, workspace, monkeypatch):
        """The machine's refusal is named with the place."""

        def refuse(*_):
            raise OSError(errno.ENOSPC, "")

        monkeypatch.setattr(linux, "mount", refuse)
        with pytest.raises(KernelError, match="mount tmpfs on") as refused:
            workspace.throwaway_copy(Limits())
        assert refused.value.errno == errno.ENOSPC


class TestSurroundings:
    """/etc and /sys as programs see them."""

    def test_etc_has_no_secret(self, workspace):
        """Two users, the machine's tables of numbers, and nothing else."""
        names = set(os.listdir(workspace.etc))
        assert {"passwd", "group", "hosts", "hostname", "nsswitch.conf"} <= names
        assert not names & {"shadow", "gshadow", "sudoers", "ssh", "fstab", "machine-id"}
        assert len((workspace.etc / "passwd").read_text().splitlines()) == 2

    def test_sysfs_is_the_hosts_own(self, workspace, make_network):
        """It shows the host's interfaces, not those of the fabric nor of another host."""
        network = make_network("nics")
        shown = {
            host: sorted(os.listdir(workspace.sysfs(host, network.namespace(host)) / "class/net"))
            for host in ("h1", "h2")
        }
        assert shown == {"h1": ["eth0", "eth1", "lo"], "h2": ["eth0", "lo"]}

    def test_sysfs_cannot_be_written(self, workspace, make_network):
        """It is read-only even for us."""
        network = make_network("pair")
        place = workspace.sysfs("h1", network.namespace("h1"))
        with pytest.raises(OSError, match=os.strerror(errno.EROFS)):
            (place / "class/net/eth0/mtu").write_text("1000")


def test_closing_takes_everything_away(tmp_path, uid, make_network):
    """After closing no mount and no file of it is left, whatever was open."""
    root = Path(WORKSPACE) / f"test-{random.getrandbits(32):x}"
    mounts = Path("/proc/self/mountinfo").read_text()
    workspace = Workspace(root, uid)
    workspace.take_in(write_files(tmp_path / "upload", {"pyng": "#!/bin/sh\n"}), StageLimits())
    copies = [workspace.throwaway_copy(Limits()) for _ in range(3)]
    workspace.sysfs("h1", make_network("pair").namespace("h1"))
    workspace.forget_copy(copies[1])
    with open(copies[0] / "log", "w") as log:
        workspace.close()
        log.write("still possible")
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert not root.exists()
