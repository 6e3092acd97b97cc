"""What virtual machines are made of: choosing, mending an old one, knowing how fast it is."""

import os
import resource
import shutil
import subprocess
import sys

import pytest

from l2harness.errors import L2HarnessError, PrivilegeError, SpecError, SubmissionError, UsageError
from l2harness.grading import enclosed
from l2harness.network import privilege, slowness
from l2harness.network.entry import MACHINE_VARIABLE, reported_mode
from l2harness.network.loop import PACE_VARIABLE, Deadline, patience
from l2harness.programs.limits import Limits, impose
from l2harness.vm import cache, choice, guest, qemu, uml, xstate
from l2harness.vm.machine import Finished, MachineLost


class TestChoice:
    """Root, then a user namespace, then a virtual machine."""

    @pytest.fixture
    def found(self, monkeypatch):
        """Pretend that user-mode Linux is installed."""
        linux = uml.UserModeLinux("/opt/linux", "7.2.1")
        monkeypatch.setattr(uml, "find", lambda: linux)
        monkeypatch.setattr(qemu, "look_for", lambda: (None, "it is missing"))
        return linux

    @pytest.mark.parametrize("mode", ["root", "rootless"])
    def test_namespaces_come_first(self, monkeypatch, found, mode):
        """Where this machine gives namespaces, nothing is booted unless asked for."""
        monkeypatch.setattr(privilege, "mode", lambda: mode)
        assert choice.choose(None) is None
        assert choice.choose("vm") == found
        assert choice.choose("vm:uml") == found

    def test_else_a_machine(self, monkeypatch, found):
        """Where it gives none, a machine is booted; but not if namespaces were asked for."""
        monkeypatch.setattr(privilege, "mode", lambda: None)
        assert choice.choose(None) == found
        assert choice.choose("root") is None
        assert choice.choose("rootless") is None

    @pytest.mark.parametrize(
        ("backend", "own", "traced"),
        [
            (None, False, True),
            ("vm", False, True),
            ("vm:uml", False, True),
            ("vm:uml-fast", False, False),
            (None, True, False),
            ("vm", True, False),
            ("vm:uml", True, True),
        ],
    )
    def test_strangers_are_traced(self, monkeypatch, found, backend, own, traced):
        """Only one's own programs, or who asked for it, are not kept from the kernel's memory."""
        monkeypatch.setattr(privilege, "mode", lambda: None)
        chosen = choice.choose(backend, own=own)
        assert chosen.traced == traced
        assert chosen.mode == ("vm:uml" if traced else "vm:uml-fast")

    def test_nothing_at_all(self, monkeypatch):
        """Every way is named with what helps, the shortest first."""

        def refuse():
            raise PrivilegeError("this machine gives nothing", "Use `sudo`.")

        monkeypatch.setattr(uml, "find", lambda: None)
        monkeypatch.setattr(qemu, "look_for", lambda: (None, "it is missing"))
        monkeypatch.setattr(privilege, "mode", lambda: None)
        monkeypatch.setattr(privilege, "require_mode", refuse)
        with pytest.raises(PrivilegeError) as caught:
            choice.choose(None)
        assert caught.value.missing == (
            "this machine gives nothing, and there is no user-mode Linux; for qemu, it is missing"
        )
        said = caught.value.remedy
        parts = ("Use `sudo`.", "apt-get install user-mode-linux", "pip install l2harness-uml")
        parts += ("apt-get install --no-install-recommends qemu-system-x86",)
        assert [said.index(it) for it in parts] == sorted(said.index(it) for it in parts)


class TestUserModeLinux:
    """Finding one, and starting it."""

    @pytest.mark.parametrize(
        ("said", "version"),
        [
            ("6.1.176", "6.1.176"),
            ("7.2.1-um4", "7.2.1-um4"),
            ("hello", None),
            ("usage: linux 6.1", None),
            ("", None),
        ],
    )
    def test_its_version(self, tmp_path, said, version):
        """What does not answer with a version alone is something else of that name."""
        program = tmp_path / "linux"
        program.write_text(f"#!/bin/sh\necho {said}\n")
        program.chmod(0o755)
        assert uml._version(str(program)) == version

    def test_old_ones_are_mended(self, monkeypatch):
        """Before 6.13 a library is preloaded; where there is none, that is known."""
        monkeypatch.setattr(uml, "shim", lambda: "/cache/xstate.so")
        assert uml._preload("6.12.9") == "/cache/xstate.so"
        assert uml._preload("6.13") is None
        assert uml.UserModeLinux("/l", "6.1").lacks_shim
        assert not uml.UserModeLinux("/l", "7.0").lacks_shim

    def test_old_ones_always_trace(self, tmp_path):
        """A report does not call a kernel fast that knows no other way than tracing."""
        for version, mode in (("6.15.9", "vm:uml"), ("6.16", "vm:uml-fast")):
            linux = uml.UserModeLinux("/l", version, traced=False)
            assert linux.mode == mode
            assert "seccomp=auto" in linux.command(tmp_path, tmp_path / "init")
        assert "seccomp=off" in uml.UserModeLinux("/l", "7.2").command(tmp_path, tmp_path / "init")

    def test_one_that_is_named(self, tmp_path, monkeypatch):
        """The environment names the program to boot, and then no other is looked for."""
        program = tmp_path / "vmlinux"
        program.write_text("#!/bin/sh\necho 7.1.5\n")
        program.chmod(0o755)
        monkeypatch.setenv(uml.VARIABLE, str(program))
        found = uml.find()
        assert (found.program, found.version) == (str(program), "7.1.5")
        monkeypatch.setenv(uml.VARIABLE, str(tmp_path / "gone"))
        assert uml.find() is None

    def test_how_it_is_started(self, tmp_path):
        """Its files lie in its place, its first process is ours, its environment is made up."""
        linux = uml.UserModeLinux("/usr/bin/linux", "6.1", "/cache/xstate.so")
        words = linux.command(tmp_path / "machine", tmp_path / "job" / "init")
        assert words[0] == "/usr/bin/linux"
        assert f"init={tmp_path}/job/init" in words
        assert f"uml_dir={tmp_path}/machine/" in words
        assert linux.environment(tmp_path) == {
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "PATH": "/usr/bin:/bin",
            "LD_PRELOAD": "/cache/xstate.so",
        }
        own = {"/usr/bin/linux", os.path.realpath("/usr/bin/linux"), "/cache/xstate.so"}
        assert own <= set(linux.reads([]))


class TestGuest:
    """What the first process of a machine sets up."""

    def test_no_interfaces_of_the_kernels_own(self, tmp_path):
        """A lab host has the interfaces of its lab: no sit0; a kernel without tunnels will do."""
        setting = tmp_path / "fb_tunnels_only_for_init_net"
        guest._have_no_tunnels(str(setting))
        assert not setting.exists()
        setting.write_text("0")
        guest._have_no_tunnels(str(setting))
        assert setting.read_text() == "1"


class TestShim:
    """The library for old kernels."""

    @pytest.fixture
    def cache(self, tmp_path, monkeypatch):
        """A cache of the test's own, and no other place."""
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path / "no" / "place"))
        return tmp_path / "cache" / "l2harness"

    def test_compiled_once(self, cache):
        """It is compiled at first, then found; it is a library; nothing lies beside it."""
        assert shutil.which("cc"), "tests need a C compiler: scripts/setup test"
        first = xstate.shim()
        assert first is not None
        before = os.stat(first).st_mtime_ns
        assert xstate.shim() == first
        assert os.stat(first).st_mtime_ns == before
        assert [it.read_bytes()[:4] for it in cache.iterdir()] == [b"\x7fELF"]

    def test_no_compiler(self, cache, monkeypatch):
        """Without a compiler there is none, and that is no error."""
        monkeypatch.setenv("PATH", "/nowhere")
        (cache.parents[1] / "no").mkdir()
        assert xstate.shim() is None

    def test_a_directory_of_others(self, cache, tmp_path, monkeypatch):
        """Nothing is loaded from a directory to which somebody else can write."""
        cache.mkdir(parents=True)
        cache.chmod(0o777)
        (tmp_path / "no" / "place").mkdir(parents=True)
        made = xstate.shim()
        assert made is not None
        assert not made.startswith(str(cache))


class TestPace:
    """Waits take longer on a slow machine."""

    def test_limits_of_time(self, monkeypatch):
        """A program is not ended for time that a slow machine has counted more of."""
        monkeypatch.setenv(PACE_VARIABLE, "2.6")
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as program:
            impose(program.pid, Limits(cpu_s=2))
            assert resource.prlimit(program.pid, resource.RLIMIT_CPU) == (6, 7)
        monkeypatch.delenv(PACE_VARIABLE)
        assert Limits(cpu_s=2).cpu_here_s == 2

    def test_as_measured(self, monkeypatch):
        """A deadline is further away by the factor; nonsense and a fast machine change nothing."""
        for said, expected in (("3", 30.0), ("0.1", 10.0), ("fast", 10.0)):
            monkeypatch.setenv(PACE_VARIABLE, said)
            assert patience(10.0) == expected
        monkeypatch.setenv(PACE_VARIABLE, "100")
        assert Deadline.after(1.0).remaining_s > 60
        assert Deadline.after(1000.0).or_sooner(1.0).remaining_s > 60
        monkeypatch.delenv(PACE_VARIABLE)
        assert Deadline.after(1.0).remaining_s <= 1.0

    def test_measured_when_asked(self, monkeypatch):
        """It is measured only where the environment says so, and within bounds."""
        monkeypatch.setenv(PACE_VARIABLE, "2.5")
        slowness.set_pace()
        assert os.environ[PACE_VARIABLE] == "2.5"
        monkeypatch.setattr(slowness, "_start_s", lambda: 0.25)
        monkeypatch.setenv(PACE_VARIABLE, "measure")
        slowness.set_pace()
        assert os.environ[PACE_VARIABLE] == "10.00"
        monkeypatch.setattr(slowness, "_start_s", lambda: 1000.0)
        assert slowness.measured() == 60.0
        monkeypatch.setattr(slowness, "_start_s", lambda: 0.001)
        assert slowness.measured() == 1.0

    def test_a_start_is_timed(self):
        """What is measured is the start of this interpreter."""
        assert 0 < slowness._start_s() < 60
        assert sys.executable


def test_the_mode_of_a_machine(monkeypatch):
    """In a virtual machine a report says which, with its kernel's version."""
    monkeypatch.setenv(MACHINE_VARIABLE, "vm:uml")
    assert reported_mode() == f"vm:uml {os.uname().release}"


class TestRefusals:
    """Errors of a grading cross from a machine with their kind."""

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (SubmissionError("it is empty"), SubmissionError),
            (UsageError("no such check"), UsageError),
            (SpecError("lab.toml", 3, "a", "is wrong"), UsageError),
            (PrivilegeError("bubblewrap is missing", "Install it."), PrivilegeError),
            (L2HarnessError("what else"), L2HarnessError),
        ],
    )
    def test_kinds(self, error, kind):
        """What is said, and whose fault it is, are the same outside."""
        done = Finished(0, "6.1", "", {enclosed.REFUSAL: enclosed.refusal_of(error)})
        outside = enclosed._refusal(done)
        assert type(outside) is kind
        assert str(outside) == str(error)
        assert outside.exit_code == error.exit_code

    @pytest.mark.parametrize("data", [b"", b"[]", b'{"kind": "SystemExit", "parts": ["x"]}'])
    def test_nonsense(self, data):
        """What is no error of ours is a machine that came to nothing."""
        done = Finished(0, "6.1", "the end", {enclosed.REFUSAL: data})
        assert isinstance(enclosed._refusal(done), MachineLost)
