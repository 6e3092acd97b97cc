"""Namespaces of a network: fresh, anonymous, held by descriptors, and owned by the right one."""

import errno
import os
import socket
from pathlib import Path

import pytest

from l2harness.errors import KernelError, SandboxError
from l2harness.network import linux, namespaces
from l2harness.network.interfaces import Counters, HostControl

NS_GET_USERNS = 0xB701


def identity(fd):
    """What tells one namespace from all others."""
    return os.fstat(fd).st_ino


def owner(fd):
    """The user namespace that a network namespace belongs to; ioctl_ns(2)."""
    import fcntl

    user = fcntl.ioctl(fd, NS_GET_USERNS)
    try:
        return identity(user)
    finally:
        os.close(user)


def interfaces_of(fd):
    """Names of the interfaces in a network namespace."""
    with linux.entered(fd):
        return [name for _, name in socket.if_nameindex()]


@pytest.fixture
def held():
    """Make namespaces that are let go of at the end."""
    made = []

    def keep(those):
        made.append(those)
        return those

    yield keep
    for those in made:
        those.close()


@pytest.mark.parametrize("make", [namespaces.plain, lambda n: namespaces.guarded(n, 0)])
class TestBoth:
    """What plain and guarded namespaces have in common."""

    def test_every_one_is_new_and_empty(self, held, make):
        """A fabric and the hosts, all different, none of them ours, with lo and nothing else."""
        made = held(make(3))
        spaces = [made.fabric, *made.hosts]
        assert len({identity(fd) for fd in spaces} | {os.stat("/proc/self/ns/net").st_ino}) == 5
        assert [interfaces_of(fd) for fd in spaces] == [["lo"]] * 4

    def test_descriptors_are_not_inherited(self, held, make):
        """A program that we start does not get them."""
        made = held(make(2))
        assert not any(os.get_inheritable(fd) for fd in (made.fabric, *made.hosts))

    def test_we_stay_where_we_are(self, held, make):
        """Making namespaces moves neither the thread nor the process."""
        kinds = ("net", "user", "mnt", "pid")
        before = [os.readlink(f"/proc/thread-self/ns/{kind}") for kind in kinds]
        held(make(2))
        assert [os.readlink(f"/proc/thread-self/ns/{kind}") for kind in kinds] == before

    def test_more_than_one_message_holds(self, held, make):
        """Also more hosts than descriptors fit one message (253) come back, in order."""
        made = held(make(254))
        assert len({identity(fd) for fd in made.hosts}) == 254

    def test_closing_twice(self, make):
        """The second time there is nothing left to close."""
        made = make(1)
        made.close()
        made.close()


class TestGuarded:
    """Namespaces for strangers' programs."""

    def test_they_belong_to_a_user_namespace_of_their_own(self, held):
        """The hosts do, the fabric does not."""
        made = held(namespaces.guarded(2, 0))
        ours = os.stat("/proc/self/ns/user").st_ino
        assert identity(made.user) != ours
        assert {owner(fd) for fd in made.hosts} == {identity(made.user)}
        assert owner(made.fabric) == ours

    def test_plain_ones_belong_to_us(self, held):
        """The control: hosts for our own tests are ours."""
        made = held(namespaces.plain(2))
        ours = os.stat("/proc/self/ns/user").st_ino
        assert {owner(fd) for fd in (made.fabric, *made.hosts)} == {ours}
        assert made.user is None

    def test_who_root_is_outside(self, held):
        """Uid 0 inside is the uid that was asked for, and nobody else exists."""
        last = max(
            int(first) + int(count) - 1
            for first, _, count in map(
                str.split, Path("/proc/self/uid_map").read_text().splitlines()
            )
        )
        uid = min(last, 1_234_567)
        made = held(namespaces.guarded(1, uid))
        child = os.fork()
        if child == 0:
            try:
                linux.setns(made.user, linux.CLONE_NEWUSER)
                words = Path("/proc/self/uid_map").read_text().split()
                os._exit(0 if words == ["0", str(uid), "1"] else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert made.outside_uid == uid

    def test_a_map_that_the_kernel_refuses(self):
        """An outside uid that does not exist here is our fault, not the student's."""
        with pytest.raises(SandboxError, match="cannot map a user namespace"):
            namespaces.guarded(1, 2**32 - 1)

    @pytest.mark.parametrize("refused", [linux.CLONE_NEWUSER, linux.CLONE_NEWNET])
    def test_what_the_kernel_refuses_inside(self, monkeypatch, refused):
        """The helper's own failure comes back with the kernel's reason."""
        real, home = linux.unshare, os.getpid()

        def unshare(flags):
            if flags == refused and os.getpid() != home:
                raise OSError(errno.ENOSPC, "")
            real(flags)

        monkeypatch.setattr(linux, "unshare", unshare)
        with pytest.raises(SandboxError, match=os.strerror(errno.ENOSPC)):
            namespaces.guarded(1, 0)


def test_a_refusal_in_the_middle_leaves_nothing(monkeypatch):
    """When the third namespace is refused the first two are gone, and we are at home."""
    real = linux.unshare
    calls = []

    def unshare(flags):
        calls.append(flags)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "")
        real(flags)

    monkeypatch.setattr(linux, "unshare", unshare)
    before = os.readlink("/proc/thread-self/ns/net")
    with pytest.raises(KernelError, match="make a network namespace") as refused:
        namespaces.plain(5)
    assert refused.value.errno == errno.ENOSPC
    assert os.readlink("/proc/thread-self/ns/net") == before


class TestHostControl:
    """Reading and setting a host's interfaces from outside."""

    def test_bring_up_and_count(self, held):
        """Loopback comes up, and every interface is counted, from where we are."""
        made = held(namespaces.plain(1))
        control = HostControl(made.hosts[0])
        try:
            control.bring_up("lo")
            assert control.counters() == {"lo": Counters(0, 0)}
        finally:
            control.close()

    def test_no_such_interface(self, held):
        """The name and the kernel's reason are said."""
        made = held(namespaces.plain(1))
        control = HostControl(made.hosts[0])
        try:
            with pytest.raises(KernelError, match="bring up eth9") as refused:
                control.bring_up("eth9")
            assert refused.value.errno == errno.ENODEV
        finally:
            control.close()

    def test_entering_ends_when_the_block_ends(self, held):
        """After an error inside we are at home again; a bad descriptor is an error."""
        made = held(namespaces.plain(1))
        home = os.readlink("/proc/thread-self/ns/net")
        with linux.entered(made.hosts[0]):
            assert os.readlink("/proc/thread-self/ns/net") != home
        with pytest.raises(ZeroDivisionError), linux.entered(made.hosts[0]):
            raise ZeroDivisionError
        assert os.readlink("/proc/thread-self/ns/net") == home
        null = os.open("/dev/null", os.O_RDONLY)
        with pytest.raises(OSError, match=os.strerror(errno.EINVAL)), linux.entered(null):
            pass
        os.close(null)
