"""A program that is taken for user-mode Linux, and a way to run without any privilege."""

import contextlib
import os
import sys
from pathlib import Path

#: What every fake begins with: it answers for its version, and knows where its files lie.
_BEGIN = """#!{python}
import json, os, pickle, signal, sys
if "--version" in sys.argv:
    print("6.15.9")
    sys.exit()
init = next(word for word in sys.argv if word.startswith("init="))
place = init.removeprefix("init=").removesuffix("/job/init")
results = place + "/results"

def end(status=0):
    with open(results + "/status.json", "w") as file:
        json.dump({"status": status, "kernel": "6.15.9"}, file)
    sys.exit()

with open(place + "/job/job.json") as file:
    if json.load(file)["command"] == ["/bin/true"]:  # nothing but whether it boots
        print("l2harness: started", flush=True)
        end()

def report(**changes):
    from dataclasses import replace
    from pathlib import Path
    from l2harness.grading.enclosed import open_order
    from l2harness.grading.result import Result, Verdict
    from l2harness.grading.ungraded import ungraded
    from l2harness.reports.json import to_json
    order, only = open_order(Path(place, "job"))
    first, *others = ungraded(replace(order, **changes), "").checks
    told = [replace(it, verdict=Verdict.PASS, points=it.max_points, rationale="") for it in others]
    failed = replace(first, verdict=Verdict.FAIL, rationale="It was silent.", expected="a frame")
    result = Result.of(
        [failed, *told],
        harness="test", lab=order.lab.name, lab_title="t", lab_digest=order.lab.digest(),
        seed=changes.get("seed", order.seed), mode="vm:uml 6.15.9",
        submission=ungraded(order, "").submission,
    )
    with open(results + "/report.json", "wb") as file:
        file.write(to_json(result))
    with open(results + "/evidence.pcapng", "wb") as file:
        file.write(b"frames")
"""

#: Installs a filter that refuses what a container's does, drops every privilege, and executes
#: the arguments: the user, and a command line.
LOCKED = """
import ctypes, errno, os, struct, sys
from l2harness.programs.seccomp import RULES, Rule, assemble
refused = {"unshare", "setns", "chroot", "mount", "clone", "clone3", "bpf", "keyctl"}
rules = [it for it in RULES if refused & set(it.calls)]
code = assemble(os.uname().machine, tuple(rules))
libc = ctypes.CDLL(None, use_errno=True)
for capability in range(64):
    libc.prctl(24, capability, 0, 0, 0)
uid = int(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
# struct __user_cap_header_struct and twice __user_cap_data_struct, all empty.
assert libc.capset(struct.pack("=Ii", 0x20080522, 0), bytes(24)) == 0
assert libc.prctl(38, 1, 0, 0, 0) == 0
buffer = ctypes.create_string_buffer(code, len(code))
program = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
assert libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""
_NOBODY = 65534

#: Runs the arguments with half a processor and 768 MB, as much as a small container has.
SMALL = """
import contextlib, os, subprocess, sys
from pathlib import Path
top = Path("/sys/fs/cgroup")
if (top / "cgroup.controllers").is_file():
    (top / "cgroup.subtree_control").write_text("+cpu +memory")
    limits = {top: {"cpu.max": "50000 100000", "memory.max": str(768 << 20)}}
else:
    limits = {
        top / "cpu": {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000"},
        top / "memory": {"memory.limit_in_bytes": str(768 << 20)},
    }
made = []
try:
    for hierarchy, values in limits.items():
        group = hierarchy / f"l2harness-small-{os.getpid()}"
        group.mkdir()
        made.append(group)
        for name, value in values.items():
            (group / name).write_text(value)
    enter = lambda: [(group / "cgroup.procs").write_text("0") for group in made]
    status = subprocess.run(sys.argv[1:], preexec_fn=enter).returncode
finally:
    for group in made:
        group.rmdir()
sys.exit(status if status >= 0 else 128 - status)
"""


def fake_linux(directory: Path, body: str) -> Path:
    """Write a program of that name which does what ``body`` says once it is booted; its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "linux.uml"
    path.write_text(_BEGIN.replace("{python}", sys.executable) + body)
    path.chmod(0o755)
    return path


def small_command() -> list[str]:
    """
    Return the beginning of a command line that is run with half a processor and 768 MB.

    Empty for who is not root, or where control groups cannot be made.
    """
    top = Path("/sys/fs/cgroup")
    places = [top] if (top / "cgroup.controllers").is_file() else [top / "cpu", top / "memory"]
    able = os.geteuid() == 0 and all(os.access(it, os.W_OK) for it in places)
    return [sys.executable, "-c", SMALL] if able else []


def places_of_nobody() -> list[str]:
    """Return where machines of `locked_command`'s user keep their files; others' do not matter."""
    uid, found = int(locked_command()[3]), []
    for path in Path("/dev/shm").glob("l2harness-vm-*"):
        with contextlib.suppress(FileNotFoundError):  # another user's is just going
            if path.stat().st_uid == uid:
                found.append(str(path))
    return found


def locked_command() -> list[str]:
    """
    Return the beginning of a command line that is run without any privilege.

    As nobody, where nobody can read this tree; else, as in a home directory, as the same user.
    """
    tree = Path(__file__).resolve()
    readable = all(it.stat().st_mode & 0o005 for it in (tree, *tree.parents, Path(sys.executable)))
    uid = _NOBODY if os.geteuid() == 0 and readable else os.geteuid()
    return [sys.executable, "-c", LOCKED, str(uid)]
