"""What is said where the machine refuses, and how its control groups are found."""

import errno
from pathlib import Path

import pytest

from l2harness.network.cgroups import Hierarchy, hierarchies, limits_of
from l2harness.network.privilege import (
    CONTAINER_REMEDY,
    Circumstances,
    user_namespace_remedies,
)

SUDO = "Run it with `sudo`, which needs no user namespace."
APPARMOR = {"kernel.apparmor_restrict_unprivileged_userns": "1"}
DEBIAN = {"kernel.unprivileged_userns_clone": "0"}
NONE_AT_ALL = {"user.max_user_namespaces": "0"}


def remedies(step="unshare", number=errno.EPERM, *, uid=1000, in_container=False, **sysctls):
    circumstances = Circumstances(uid, in_container, sysctls, "/opt/py thon/bin/python3.12")
    return user_namespace_remedies(step, number, circumstances)


class TestRemedies:
    """The table of symptoms, causes and remedies."""

    def test_ubuntu(self):
        """AppArmor's rule: a profile for this very interpreter, or the sysctl."""
        for step, number in (("write uid_map", errno.EPERM), ("mount /proc", errno.EACCES)):
            first, second = remedies(step, number, **APPARMOR)
            assert first == SUDO
            assert "'/opt/py thon/bin/python3.12' | sudo tee /etc/apparmor.d/l2harness" in second
            assert "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" in second

    def test_debian(self):
        """The sysctl of older Debian kernels."""
        first, second = remedies(**DEBIAN)
        assert first == SUDO
        assert "sudo sysctl -w kernel.unprivileged_userns_clone=1" in second

    def test_none_allowed(self):
        """No namespaces at all, for root neither."""
        for uid in (0, 1000):
            told = remedies(number=errno.ENOSPC, uid=uid, **NONE_AT_ALL)
            assert "sudo sysctl -w user.max_user_namespaces=15000" in told[-1]
            assert (SUDO in told) == (uid != 0)

    def test_too_many(self):
        """ENOSPC otherwise: the number, or the depth."""
        assert "nested more than 32 deep" in remedies(number=errno.ENOSPC)[-1]

    def test_container(self):
        """What the container must be started with; no sudo for who is root in it."""
        assert remedies(in_container=True) == (SUDO, CONTAINER_REMEDY)
        assert remedies(in_container=True, uid=0) == (CONTAINER_REMEDY,)
        for option in (
            "SYS_ADMIN",
            "NET_ADMIN",
            "SYS_PTRACE",
            "seccomp=unconfined",
            "--privileged",
        ):
            assert option in CONTAINER_REMEDY

    def test_kernel_without(self):
        """EINVAL of unshare: not configured. Elsewhere it means something else."""
        assert "CONFIG_USER_NS" in remedies(number=errno.EINVAL)[-1]
        assert remedies("mount /proc", errno.EINVAL) == (SUDO,)

    def test_no_visible_cause(self):
        """A refusal that no sysctl explains."""
        told = remedies(**{"kernel.apparmor_restrict_unprivileged_userns": "0"})
        assert told[0] == SUDO
        assert "a chroot or a security module forbids it" in told[1]

    def test_sysctls_of_others_do_not_concern_root(self):
        """Rules against unprivileged users are no reason for root's failure."""
        told = " ".join(remedies(uid=0, **APPARMOR, **DEBIAN))
        assert "sysctl" not in told

    def test_here(self):
        """The circumstances of this process can be read."""
        here = Circumstances.here()
        assert Path(here.interpreter).exists()
        assert not Path(here.interpreter).is_symlink()


MOUNTS = """\
24 1 0:22 / / rw,relatime - ext4 /dev/vda rw
30 24 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct
32 30 0:28 /docker/abc /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
33 30 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
"""
GROUPS = """\
12:cpu,cpuacct:/user.slice
11:memory:/docker/abc/inner
1:name=systemd:/user.slice
0::/user.slice/a:b.scope
"""


class TestControlGroups:
    """Where groups could be made."""

    def test_hierarchies(self):
        """Version 1 by controller, and version 2; the own group first, then the top."""
        root = Path("/sys/fs/cgroup")
        assert hierarchies(MOUNTS, GROUPS) == [
            Hierarchy(1, frozenset({"cpu"}), (root / "cpu" / "user.slice", root / "cpu")),
            Hierarchy(1, frozenset({"memory"}), (root / "memory" / "inner", root / "memory")),
            Hierarchy(
                2,
                frozenset(),
                (root / "unified" / "user.slice" / "a:b.scope", root / "unified"),
            ),
        ]

    def test_a_group_out_of_sight(self):
        """A container that sees only a part of the tree has its top alone."""
        (memory,) = (
            each
            for each in hierarchies(MOUNTS, "11:memory:/elsewhere\n")
            if "memory" in each.controllers
        )
        assert memory.places == (Path("/sys/fs/cgroup/memory"),)

    @pytest.mark.parametrize(("mounts", "groups"), [("", ""), (MOUNTS, ""), ("", GROUPS)])
    def test_nothing_mounted(self, mounts, groups):
        """Without a mount there is no tree; without a group only tops."""
        assert all(len(each.places) == 1 for each in hierarchies(mounts, groups))
        assert bool(hierarchies(mounts, groups)) == bool(mounts)

    @pytest.mark.parametrize(
        ("version", "files", "limits"),
        [
            (1, ["memory.limit_in_bytes", "tasks"], {"memory"}),
            (2, ["memory.max", "pids.max", "cpu.max"], {"memory", "pids", "cpu"}),
            (2, ["cgroup.procs"], set()),
            (2, ["memory.limit_in_bytes"], set()),
        ],
    )
    def test_limits(self, tmp_path, monkeypatch, version, files, limits):
        """What a new group has files for, it can limit; the group is taken away again."""
        monkeypatch.setattr("os.listdir", lambda _: files)
        hierarchy = Hierarchy(version, frozenset(), (tmp_path / "gone", tmp_path))
        assert limits_of(hierarchy) == limits
        monkeypatch.undo()
        assert list(tmp_path.iterdir()) == []

    def test_no_place(self, tmp_path):
        """Where no group can be made nothing can be limited."""
        assert limits_of(Hierarchy(2, frozenset(), (tmp_path / "gone",))) == frozenset()
