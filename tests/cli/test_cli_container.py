"""In a container as Docker starts it by default: every command says what is missing, and how."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

#: Docker's default filter, as far as it stands in our way; and its capabilities.
#: Source: moby, profiles/seccomp/default.json and oci/caps/defaults.go.
LOCKED = """
import ctypes, errno, os, struct, sys
from l2harness.programs.seccomp import Rule, When, assemble
rules = (
    Rule(("unshare", "setns", "mount", "umount2", "pivot_root"), "namespaces"),
    Rule(("clone",), "namespaces", when=(When(0, "has", (0x7E02_0000,)),)),
    Rule(("clone3",), "its flags cannot be seen", error=errno.ENOSYS),
    Rule(("bpf", "keyctl", "perf_event_open", "open_by_handle_at", "fsopen", "fsmount"), "more"),
)
code = assemble(os.uname().machine, rules)
buffer = ctypes.create_string_buffer(code, len(code))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
program = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
assert libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
_CAPABILITIES = (
    *("chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap"),
    *("net_bind_service", "net_raw", "sys_chroot", "mknod", "audit_write", "setfcap"),
)


@pytest.fixture
def docker(environment, tmp_path):
    """Run a module of Python where a container's defaults are in force."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bwrap", "nsenter", "sh", "env", "make"):
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    before = []
    if os.geteuid() == 0:
        kept = ",".join(f"+{name}" for name in _CAPABILITIES)
        before = [
            shutil.which("setpriv"),
            f"--bounding-set=-all,{kept}",
            f"--inh-caps=-all,{kept}",
            "--",
        ]

    def run(*arguments):
        return subprocess.run(
            [*before, sys.executable, "-c", LOCKED, "-m", *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**environment, "PATH": str(programs)},
            cwd=tmp_path,
            timeout=90,
            check=False,
        )

    return run


def test_it_is_locked(docker):
    """The imitation forbids what Docker forbids: a network namespace cannot be had."""
    script = "import ctypes; print(ctypes.CDLL(None).unshare(0x40000000))"
    done = docker("timeit", "-n", "1", "-r", "1", script)
    assert done.stdout.splitlines()[0] == "-1", done.stderr


def test_doctor(docker):
    """It marks both ways, shows the flags that help, and ends with status 3."""
    done = docker("l2harness", "doctor")
    assert (done.returncode, done.stderr) == (3, "")
    assert "✗  user namespaces" in done.stdout
    assert "Labs cannot be run here" in done.stdout
    for flag in ("--privileged", "--cap-add SYS_ADMIN", "seccomp=unconfined"):
        assert flag in done.stdout


def test_doctor_for_a_program(docker):
    """With --json it says the same, and the exit status with it."""
    done = docker("l2harness", "doctor", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["ready"], document["mode"]) == (3, False, None)
    [ways] = [it for it in document["probes"] if it["name"] == "user namespaces"]
    assert any("--privileged" in remedy for remedy in ways["remedies"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "lazy"),
        ("grade", "lazy", "--out", "results"),
        ("audit", "pyng"),
        ("audit", "--hostile", "--only", "cpu"),
    ],
    ids=" ".join,
)
def test_whatever_needs_a_kernel(docker, make_submission, tmp_path, arguments):
    """It says what is missing and what helps, without a traceback or a grade; status 3."""
    make_submission("lazy", "exit 0")
    done = docker("l2harness", *arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert "neither root nor a user namespace" in done.stderr
    assert "--privileged" in done.stderr
    assert "`l2harness doctor` tells more." in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("results/*/report.json"))


@pytest.mark.parametrize("arguments", [("labs", "pyng"), ("draw", "lecture"), ("explain",)])
def test_whatever_needs_none(docker, arguments):
    """It works there as anywhere."""
    done = docker("l2harness", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_pytest(docker, make_submission):
    """So does pytest: it ends before the first item, with the remedy, and nothing has failed."""
    make_submission("lazy", "exit 0")
    done = docker("pytest", "-p", "no:cacheprovider", "--lab", "pyng", "--submission", "lazy")
    told = done.stdout + done.stderr
    assert done.returncode not in (0, 1)
    assert "--privileged" in told
    assert "Traceback" not in told
    assert " failed" not in told
