"""qemu seen from the harness, with a program in its place."""

import pickle
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from l2harness.errors import KernelError, UsageError
from l2harness.grading import enclosed
from l2harness.grading.equip import Order
from l2harness.labs.lab import find_lab
from l2harness.labs.mutants import reference_of
from l2harness.vm import choice, kernels, machine, qemu, uml
from l2harness.vm.kernels import Kernel
from l2harness.vm.machine import Command, MachineLost, run
from l2harness.vm.qemu import Qemu

#: A safety net, not an expectation, seconds.
SOON_S = 60.0
#: What every pretended qemu begins with: where its disks are, and its answer as an archive.
BEGIN = f"""#!{sys.executable}
import os, sys
sys.path.insert(0, {str(Path(qemu.__file__).parents[2])!r})
from l2harness.vm import cpio
from l2harness.vm.cpio import Entry, Writer
if "--version" in sys.argv:
    print("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)")
    sys.exit()
drives = [it.split(",")[0].removeprefix("file=") for it in sys.argv if it.startswith("file=")]
job, results = drives

def answer(**files):
    with open(results, "r+b") as file:
        writer = Writer(file)
        for name, content in files.items():
            writer.add(Entry(name.replace("_", ".").encode(), 0o100600, len(content)), content)
        writer.close()
"""
DONE = b'{"status": 7, "kernel": "6.1.0-1"}'


@pytest.fixture
def pretended(tmp_path, monkeypatch):
    """Make a qemu that is a Python program, for a kernel and an archive that are none."""
    kept = tmp_path / "machines"
    kept.mkdir()
    monkeypatch.setattr(machine, "place_for_machines", lambda: str(kept))
    (tmp_path / "archive").write_bytes(b"070701")
    monkeypatch.setattr(qemu, "image", lambda *_: tmp_path / "archive")
    monkeypatch.setattr(kernels, "bootable", lambda kernel: kernel.image)
    # What it imports is not for a real one to see.
    extra = [sys.prefix, sys.base_prefix, str(Path(qemu.__file__).parents[2])]
    monkeypatch.setattr(qemu, "_READS", (*qemu._READS, "/usr", str(tmp_path), *extra))

    def make(body=""):
        path = tmp_path / "qemu-system-x86_64"
        path.write_text(BEGIN + body)
        path.chmod(0o755)
        return Qemu(str(path), "7.2.22", Kernel("6.1.0-1", tmp_path / "vmlinuz"))

    yield make
    assert list(kept.iterdir()) == []


def run_pretended(pretended, *, wanted=None, reads=(), job=None):
    """Run it in the place of a machine."""
    command = Command(("/bin/true",), reads=reads, job=job or {})
    return run(pretended, command, limit_s=SOON_S, boot_s=SOON_S, wanted=wanted or {"said": 100})


class TestFinding:
    """What is missing."""

    @pytest.fixture
    def path(self, tmp_path, monkeypatch):
        """A PATH with nothing on it."""
        monkeypatch.setenv("PATH", str(tmp_path))
        return tmp_path

    def test_nothing(self, path):
        """Without the program there is none."""
        assert qemu.look_for() == (None, "there is no qemu-system-x86_64 on PATH")
        assert qemu.find() is None

    def test_something_else(self, path):
        """What does not answer with a version is something else of that name."""
        other = path / "qemu-system-x86_64"
        other.write_text("#!/bin/sh\necho hello\n")
        other.chmod(0o755)
        assert qemu.look_for()[1] == f"{other} does not tell its version"

    def test_no_kernel(self, path, pretended, monkeypatch):
        """Without a kernel there is none, either."""
        pretended()
        monkeypatch.setattr(kernels, "find", lambda names: (None, "no kernel"))
        assert qemu.look_for() == (None, "no kernel")

    @pytest.mark.parametrize("knows_9p", [True, False])
    def test_all_there(self, path, pretended, monkeypatch, knows_9p):
        """With both it is known by name, version and kernel; one that knows 9p is preferred."""
        kernel = pretended().kernel

        def find(names):
            return (kernel, "") if knows_9p or "9p" not in names else (None, "no module 9p")

        monkeypatch.setattr(kernels, "find", find)
        found = qemu.find()
        assert found == Qemu(str(path / "qemu-system-x86_64"), "7.2.22", kernel, knows_9p)
        assert (found.mode, found.version, found.sees_files) == ("vm:qemu", "6.1.0-1", False)

    def test_another_processor(self, monkeypatch):
        """Elsewhere than on x86-64 nothing is promised."""
        monkeypatch.setattr(qemu, "_NAMES", {})
        assert qemu.look_for()[1].startswith("virtual machines by qemu are not made for ")


class TestChoice:
    """It comes last, and only if the one before it does not run."""

    @pytest.fixture
    def both(self, pretended, monkeypatch):
        """Both are installed; whether the first boots is to be said."""
        emulated, linux = pretended(), uml.UserModeLinux("/opt/linux", "7.2.1")
        monkeypatch.setattr(uml, "find", lambda: linux)
        monkeypatch.setattr(qemu, "look_for", lambda: (emulated, ""))
        return linux, emulated

    def test_the_faster_one(self, both, monkeypatch):
        """User-mode Linux that boots is taken, but not where qemu was asked for."""
        monkeypatch.setattr(choice, "_boots", lambda linux: True)
        assert choice.choose("vm") == both[0]
        assert choice.choose("vm:uml") == both[0]
        assert choice.choose("vm:qemu") is both[1]

    def test_the_one_that_runs(self, both, monkeypatch):
        """One that does not boot is passed over, but not where it was asked for."""
        monkeypatch.setattr(choice, "_boots", lambda linux: False)
        assert choice.choose("vm") is both[1]
        assert choice.choose("vm:uml") == both[0]

    def test_tried_once(self, tmp_path, monkeypatch):
        """That it boots is found out by booting it; that it did is remembered."""
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        linux = uml.UserModeLinux("/opt/linux", "7.2.1")
        tried = []
        monkeypatch.setattr(
            "l2harness.vm.machine.run", lambda *arguments, **_: tried.append(arguments[0])
        )
        assert choice._boots(linux)
        assert choice._boots(linux)
        assert tried == [linux]

    def test_does_not_boot(self, tmp_path, monkeypatch):
        """One that comes to nothing is tried again the next time."""
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

        def lost(*_, **__):
            raise MachineLost("it did not boot")

        monkeypatch.setattr("l2harness.vm.machine.run", lost)
        assert not choice._boots(uml.UserModeLinux("/opt/linux", "7.2.1"))
        assert not list(tmp_path.rglob("boots-*"))


class TestDisks:
    """What goes in, and what comes out."""

    def test_there_and_back(self, pretended, tmp_path):
        """The job goes in with what it reads, under its own path; results come out."""
        (tmp_path / "python").mkdir()
        (tmp_path / "python" / "bin").write_text("an interpreter")
        body = (
            "files = {it.name.decode(): b''.join(c()) for it, c in cpio.read(open(job, 'rb'))}\n"
            "assert files['l2harness/job/order'] == b'an order'\n"
            "assert b'/bin/true' in files['l2harness/job/job.json']\n"
            f"read = files[{str(tmp_path / 'python' / 'bin').lstrip('/')!r}]\n"
            "assert os.stat(job).st_size % 512 == os.stat(results).st_size % 512 == 0\n"
            f"answer(status_json={DONE!r}, said=read)\n"
        )
        done = run_pretended(
            pretended(body), reads=[tmp_path / "python", Path("/usr")], job={"order": b"an order"}
        )
        assert (done.status, done.kernel) == (7, "6.1.0-1")
        assert done.files == {"said": b"an interpreter"}

    def test_too_much(self, pretended):
        """What is too large, or was not asked for, is not taken."""
        body = f"answer(status_json={DONE!r}, said=b'x' * 101, other=b'x')"
        assert run_pretended(pretended(body)).files == {}

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "open(results, 'wb').write(b'070701' + b'f' * 5000)",
            "os.unlink(results)",
            "os.unlink(results); os.symlink('/dev/zero', results)",
            "os.unlink(results); os.mkfifo(results)",
            f"answer(status_json={DONE!r}); os.truncate(results, 200)",
            f"answer(status_json={DONE!r}); os.truncate(results, 1 << 40)",
        ],
        ids=["nothing", "nonsense", "no disk", "a link", "a pipe", "half of it", "larger"],
    )
    def test_no_results(self, pretended, body):
        """A disk that holds no whole archive is a machine that came to nothing."""
        with pytest.raises(MachineLost, match="did not boot"):
            run_pretended(pretended(body + "\nprint('Kernel panic')"))

    def test_something_else_in_it(self, pretended):
        """Of links and devices nothing is taken."""
        body = (
            "writer = Writer(open(results, 'r+b'))\n"
            "writer.add(Entry(b'said', 0o120777, 11), b'/etc/passwd')\n"
            f"writer.add(Entry(b'status.json', 0o100600, {len(DONE)}), {DONE!r})\n"
            "writer.close(); writer._file.close()\n"
        )
        assert run_pretended(pretended(body)).files == {}

    def test_a_job_without_end(self, pretended, tmp_path, monkeypatch):
        """More than fits into the machine's memory is refused before it starts."""
        monkeypatch.setattr(qemu, "JOB_AT_MOST_BYTES", 1 << 20)
        (tmp_path / "large").write_bytes(bytes(2 << 20))
        with pytest.raises(KernelError, match="takes 2 MiB, and a virtual machine has room for 1"):
            run_pretended(pretended(), reads=[tmp_path / "large"])

    def test_it_sees_nothing_else(self, pretended, tmp_path, monkeypatch):
        """Of this machine's files it is given its own, and /usr if its kernel can see it."""
        monkeypatch.setattr(qemu, "_READS", ("/usr/lib",))
        for found in (pretended(), replace(pretended(), sees_usr=True)):
            reads = set(found.reads([tmp_path / "submission"]))
            assert str(tmp_path / "archive") in reads
            assert not {str(tmp_path / "submission"), "/", "/etc", "/home", "/proc"} & reads
            words = " ".join(found.command(tmp_path, tmp_path))
            assert ("/usr" in reads) == ("path=/usr,security_model=none,readonly=on" in words)
            assert ("/usr" in reads) == found.describe(tmp_path)["sees_usr"] == found.sees_usr

    def test_a_comma(self, pretended, tmp_path):
        """A path is one word of an option, whatever is in it."""
        words = pretended().command(tmp_path / "a,b", tmp_path)
        assert any(it.startswith(f"file={tmp_path}/a,,b/job.cpio,format=raw") for it in words)


class TestOrders:
    """A submission that travels into a machine."""

    @pytest.fixture
    def order(self):
        """To grade the reference."""
        lab = find_lab("pyng")
        return Order(lab, reference_of(lab), "ada", "7")

    def test_received(self, order, tmp_path, pretended):
        """The order is the same there, and its files lie there while it is carried out."""
        job = enclosed._job(order, frozenset({"client.sends"}), pretended())
        assert list(job) == [enclosed.PARCEL]
        (tmp_path / "job").mkdir()
        (tmp_path / "job" / enclosed.PARCEL).write_bytes(job[enclosed.PARCEL])
        with enclosed.received(tmp_path / "job") as (there, only):
            assert (there.name, there.seed, only) == ("ada", "7", {"client.sends"})
            assert there.lab.digest() == order.lab.digest()
            assert there.directory != order.directory
            names = {it.name for it in there.directory.iterdir()}
            assert {"pyng", "pyngd"} <= names
        assert not there.directory.exists()

    def test_of_another_version(self, order, tmp_path, pretended):
        """An archive that is not of this version is told, and nothing is graded."""
        job = enclosed._job(order, frozenset(), pretended())
        parcel, only = pickle.loads(job[enclosed.PARCEL])
        object.__setattr__(parcel, "harness", "0.0.1")
        (tmp_path / enclosed.PARCEL).write_bytes(pickle.dumps((parcel, only)))
        with pytest.raises(UsageError, match=r"0\.0\.1"), enclosed.received(tmp_path):
            raise AssertionError("it was unpacked")

    def test_where_files_are_seen(self, order, tmp_path):
        """A machine that sees our files gets the order as it is."""
        job = enclosed._job(order, frozenset(), uml.UserModeLinux("/l", "7.0"))
        (tmp_path / enclosed.ORDER).write_bytes(job[enclosed.ORDER])
        with enclosed.received(tmp_path) as (there, only):
            assert (there.directory, only) == (order.directory, frozenset())
