"""What the machine allows: found by doing, explained when it does not, and nothing left behind."""

import contextlib
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from l2harness.errors import PrivilegeError
from l2harness.network import cgroups, entry, linux, namespaces, privilege, probes, trial
from l2harness.network.privilege import Circumstances, explain, mode, probe, require_mode
from l2harness.network.trial import Outcome, Refused, attempt, isolated, run
from l2harness.network.uids import outside_uid

NAMES = (
    "root",
    "user namespaces",
    "packet sockets",
    "bounded tmpfs",
    "sysfs",
    "nested user namespaces",
    "wait states",
    "pseudo-terminals",
    "seccomp",
    "cgroups",
    "bubblewrap",
    "util-linux",
    "sandbox",
)
#: What this project's own machines must have, whoever runs the tests.
NEEDED = tuple(name for name in NAMES if name not in ("root", "user namespaces", "cgroups"))


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch):
    """Every test ends with the namespaces, mounts, descriptors and children it began with."""
    # The machine is asked, wherever these tests run: what others have entered does not count.
    monkeypatch.delenv("L2HARNESS_INSIDE", raising=False)

    def state():
        spaces = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("net", "mnt", "pid", "user")]
        mounts = Path("/proc/self/mountinfo").read_text()
        return spaces, mounts, sorted(os.listdir("/proc/self/fd"))

    before = state()
    yield
    assert state() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


class TestMode:
    """Whether labs can be run at all."""

    def test_it_is_what_we_are(self):
        """Root runs as root, anybody else in a user namespace."""
        expected = "root" if os.geteuid() == 0 else "rootless"
        assert mode() == expected
        assert require_mode() == expected

    def test_root_that_may_nothing_is_as_everybody(self):
        """Without CAP_SYS_ADMIN uid 0 falls back to a user namespace, or to nothing."""
        drop = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin", "--"]
        if os.geteuid() != 0:
            drop = []
        code = "from l2harness.network.privilege import mode; print(mode())"
        done = subprocess.run(
            [*drop, sys.executable, "-B", "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout == "rootless\n"

    def test_inside_it_is_how_we_came(self, monkeypatch):
        """After entering, nothing is tried any more."""
        monkeypatch.setattr(privilege, "current_mode", lambda: "rootless")
        monkeypatch.setattr(privilege, "essentials", None)
        assert mode() == "rootless"
        assert require_mode() == "rootless"

    def test_neither(self, no_namespaces):
        """Where namespaces are forbidden there is no mode, and the error says what would help."""
        assert no_namespaces("print(mode())").stdout == "None\n"
        told = no_namespaces(
            "try: require_mode()\nexcept PrivilegeError as error: print(error.missing)"
        )
        assert told.stdout == (
            "this machine gives neither root nor a user namespace "
            "(unshare: Operation not permitted)\n"
        )

    def test_it_is_quick_to_import(self):
        """The module pulls in neither pyroute2, nor pytest, nor anything else that is slow."""
        code = (
            "import sys; import l2harness.network.privilege;"
            "print({'pyroute2', 'pytest', 'asyncio', 'subprocess', 'click'} & set(sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-B", "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout == "set()\n"


@pytest.fixture
def no_namespaces(tmp_path):
    """Run Python where a filter forbids namespaces, as in a container."""
    prelude = (
        "import ctypes, struct\n"
        "from l2harness.errors import PrivilegeError\n"
        "from l2harness.network.privilege import mode, probe, require_mode\n"
        "from l2harness.programs.seccomp import Rule, assemble\n"
        "code = assemble(__import__('os').uname().machine, (Rule(('unshare',), 'test'),))\n"
        "buffer = ctypes.create_string_buffer(code, len(code))\n"
        "libc = ctypes.CDLL(None)\n"
        "assert libc.prctl(38, 1, 0, 0, 0) == 0\n"
        "program = struct.pack('@HP', len(code) // 8, ctypes.addressof(buffer))\n"
        "assert libc.prctl(22, 2, program, 0, 0) == 0\n"
    )

    def in_there(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-B", "-c", prelude + code],
            capture_output=True,
            text=True,
            check=True,
        )

    return in_there


class TestProbe:
    """Everything that doctor asks."""

    def test_all_that_is_needed_works_here(self):
        """Every probe is there, has something to say, and what labs need works."""
        found = probe()
        assert tuple(each.name for each in found.probes) == NAMES
        assert found.mode == mode()
        for name in NEEDED:
            assert found[name].works, f"{name}: {found[name].detail}"
            assert found[name].remedies == ()
            assert found[name].errno == 0
        for each in found.probes:
            assert each.detail
            assert each.without
            assert each.works or each.remedies
        assert found["root"].works == (os.geteuid() == 0)
        with pytest.raises(KeyError):
            found["gravity"]

    def test_where_namespaces_are_forbidden(self, no_namespaces):
        """The first two fail with step, number and remedies; what builds on them is not tried."""
        code = (
            "for each in probe().probes: print(each.name, each.works, each.errno,"
            " bool(each.remedies), each.detail, sep='|')"
        )
        rows = [line.split("|") for line in no_namespaces(code).stdout.splitlines()]
        found = {name: rest for name, *rest in rows}
        refused = ["False", "1", "True", "unshare: Operation not permitted"]
        assert found["user namespaces"] == refused
        not_tried = ["False", "0", "False", "not tried: it needs root or a user namespace"]
        for name in ("packet sockets", "sysfs", "nested user namespaces", "sandbox"):
            assert found[name] == not_tried
        for name in ("seccomp", "pseudo-terminals", "bubblewrap", "util-linux"):
            assert found[name][0] == "True"

    def test_what_is_not_installed(self, monkeypatch):
        """A missing tool is named with its packages, and the sandbox fails with it."""
        monkeypatch.setattr(shutil, "which", lambda *_args, **_kwargs: None)
        found = probe()
        for name, package in (("bubblewrap", "bubblewrap"), ("util-linux", "util-linux")):
            assert not found[name].works
            assert f"sudo apt-get install {package}" in found[name].remedies[0]
        assert found["sandbox"].detail == "find bwrap and nsenter: not on PATH"

    def test_a_tool_that_cannot_be_executed(self, monkeypatch, tmp_path):
        """A file that is no program, and one that fails, do not count as installed."""
        tool = tmp_path / "bwrap"
        monkeypatch.setattr(shutil, "which", lambda *_args, **_kwargs: str(tool))
        for content in ("", "#!/bin/sh\nexit 3\n"):
            tool.write_text(content)
            tool.chmod(0o755)
            assert not probes._bubblewrap().works
        tool.write_text("#!/bin/sh\necho bubblewrap 0.8.0\n")
        assert probes._bubblewrap().detail == f"bubblewrap 0.8.0, {tool}"

    def test_no_user_namespace_left(self):
        """ENOSPC, as where user.max_user_namespaces is 0, is explained by that."""

        def use_them_up(steps):
            # Inside a user namespace of our own, so the machine's limit stays as it is.
            Path("/proc/sys/user/max_user_namespaces").write_text("0")
            outcome = privilege.essentials("rootless")
            assert (outcome.step, outcome.errno) == ("unshare", errno.ENOSPC)
            return " ".join(
                privilege.user_namespace_remedies(
                    outcome.step, outcome.errno, Circumstances.here()
                )
            )

        outcome = attempt(isolated("rootless", use_them_up))
        assert outcome.works, str(outcome)
        assert "sudo sysctl -w user.max_user_namespaces=15000" in outcome.detail

    def test_cgroups_by_root(self):
        """What cgroups are said to limit, they have files for, and no group is left."""
        found = cgroups.available()
        assert found.keys() <= {"memory", "pids", "cpu"}
        assert not list(Path("/sys/fs/cgroup").rglob("l2harness-trial-*"))


class TestExplain:
    """What `entry.enter` raises."""

    def test_with_the_step(self):
        """A file that could not be written is the step; sudo helps all but root."""
        refused = PermissionError(errno.EPERM, "Operation not permitted", "/proc/self/uid_map")
        error = explain(refused)
        assert isinstance(error, PrivilegeError)
        assert "(write uid_map: Operation not permitted)" in error.missing
        assert error.remedy.startswith("Run it with `sudo`") == (os.geteuid() != 0)

    def test_without_a_file(self):
        """Else it was unshare."""
        assert (
            "(unshare: Invalid argument)"
            in explain(OSError(errno.EINVAL, "Invalid argument")).missing
        )


class TestTrial:
    """Trying things in a child."""

    def test_what_is_returned(self):
        """The action's words come back."""
        assert attempt(lambda _: "größer") == Outcome(True, "größer")

    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (OSError(errno.ENOENT, "No such file"), Outcome(False, "No such file", "look", 2)),
            (PrivilegeError("a", "b"), Outcome(False, "a. b", "look")),
            (ValueError("odd"), Outcome(False, "ValueError: odd", "look")),
            (KeyboardInterrupt(), Outcome(False, "KeyboardInterrupt: ", "look")),
            (Refused(Outcome(False, "no", "other", 5)), Outcome(False, "no", "other", 5)),
        ],
    )
    def test_what_is_raised(self, error, outcome):
        """Whatever it is, it comes back as an outcome with the step, and nothing escapes."""

        def fail(steps):
            steps("look")
            raise error

        assert attempt(fail) == outcome
        assert str(attempt(fail)).startswith(f"{outcome.step}: ")

    def test_a_long_message_is_cut(self):
        """A message is one write to a pipe, however much there is to say."""
        assert len(attempt(lambda _: "x" * 100_000).detail) == 256

    def test_a_child_that_dies(self):
        """No word is a failure, not a success."""
        assert attempt(lambda _: os._exit(0)) == Outcome(
            False, "ended without a word", "wait for the trial"
        )

    def test_a_child_that_hangs(self, monkeypatch):
        """It is killed at the limit, with what it has started."""
        monkeypatch.setattr(trial, "_WITHIN_S", 0.05)
        ours, theirs = os.pipe()

        def hang(_steps):
            if os.fork() == 0:
                linux.die_with_parent(9)
            os.set_inheritable(theirs, True)
            os.read(ours, 1)
            return ""

        outcome = attempt(hang)
        os.close(theirs)
        # End of file: nobody holds the other end any more.
        assert os.read(ours, 1) == b""
        os.close(ours)
        with contextlib.suppress(ChildProcessError):
            os.wait()  # inside namespaces of ours orphans are ours, too
        assert (outcome.works, outcome.step) == (False, "wait for the trial")

    def test_isolation(self):
        """Inside we are alone: PID 1, our own /proc, network and mounts, capable of all."""
        here = os.readlink("/proc/self/ns/net")

        def look(steps):
            assert os.getpid() == 1
            assert [name for name in os.listdir("/proc") if name.isdigit()] == ["1"]
            assert os.readlink("/proc/self/ns/net") != here
            assert os.geteuid() == 0
            linux.mount("tmpfs", entry.WORKSPACE, "tmpfs")
            assert os.listdir(entry.WORKSPACE) == []
            return "alone"

        assert attempt(isolated(require_mode(), look)) == Outcome(True, "alone")

    def test_a_failure_inside_keeps_its_step(self):
        """The step inside the namespaces is reported, not the way there."""

        def fail(steps):
            steps("leave the planet")
            raise OSError(errno.EPERM, "Operation not permitted")

        outcome = attempt(isolated(require_mode(), fail))
        assert outcome == Outcome(False, "Operation not permitted", "leave the planet", 1)

    def test_run(self):
        """Status and output of a program, which gets no input and no environment of ours."""
        assert run(["/bin/sh", "-c", "cat; echo out; echo err >&2; exit 3"]) == (3, "out\nerr")
        assert run(["/bin/sh", "-c", "kill -9 $$"]) == (-9, "")
        assert "HOME" not in run(["/usr/bin/env"])[1]
        with pytest.raises(FileNotFoundError):
            run(["/no/such/program"])

    def test_run_passes_descriptors(self):
        """Only those that are named."""
        passed, kept = os.open("/dev/null", os.O_RDONLY), os.open("/dev/null", os.O_RDONLY)
        status, printed = run(["/bin/ls", "/proc/self/fd"], (passed,))
        os.close(passed)
        os.close(kept)
        assert status == 0
        assert str(passed) in printed.split()
        assert str(kept) not in printed.split()

    def test_a_flood_of_output_is_bounded(self):
        """A program that prints for ever is not read for ever."""
        status, printed = run(["/bin/sh", "-c", "exec cat /dev/zero"])
        assert len(printed) <= 4_096
        assert status != 0


def test_a_stranger_is_nobody_outside():
    """A guarded program's uid 0 is an unprivileged uid to a harness that is root."""

    def look(_steps):
        spaces = namespaces.guarded(1, outside_uid(mode))
        child = os.fork()
        if child == 0:
            linux.setns(spaces.user, linux.CLONE_NEWUSER)
            os._exit(0 if os.getuid() in (0, 65_534) else 1)
        return str(os.waitpid(child, 0)[1])

    mode = require_mode()
    assert attempt(isolated(mode, look)) == Outcome(True, "0")
