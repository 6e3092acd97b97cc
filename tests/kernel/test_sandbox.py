"""The sandbox from the inside: all that a program sees, may and is, and nothing else."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest
from bench import write_order

from l2harness.errors import PrivilegeError
from l2harness.grading.equip import equipped
from l2harness.labs.stage import Equipment, Stage
from l2harness.network.loop import Deadline
from l2harness.programs import sandbox as sandbox_module
from l2harness.programs.sandbox import ENVIRONMENT, Bubblewrap, NoSandbox

WITHIN_S = 30
CAP_NET_RAW = 1 << 13

#: Looks around, and prints what it has found as one line of JSON.
LOOK = """#!/usr/bin/python3
import errno, fcntl, json, os, socket, struct, sys
found = {}

def tried(name, action):
    try:
        found[name] = action() or "done"
    except OSError as error:
        found[name] = errno.errorcode[error.errno]

def text(path):
    with open(path) as file:
        return file.read()

status = dict(line.split(":", 1) for line in text("/proc/self/status").splitlines())
found["status"] = {key: value.split() for key, value in status.items()}
found["ids"] = [os.getresuid(), os.getresgid(), os.getgroups()]
found["uid_map"] = text("/proc/self/uid_map").split()
found["environment"] = dict(os.environ)
found["cwd"] = os.getcwd()
found["argv"] = sys.argv
found["fds"] = sorted(int(name) for name in os.listdir("/proc/self/fd"))
found["fd_targets"] = [os.readlink(f"/proc/self/fd/{fd}") for fd in (0, 1, 2)]
found["pids"] = sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())
found["interfaces"] = sorted(os.listdir("/sys/class/net"))
found["mac"] = text("/sys/class/net/eth0/address").strip()
found["by_ioctl"] = [name for _, name in socket.if_nameindex()]
found["hostname"] = socket.gethostname()
found["root"] = sorted(os.listdir("/"))
found["etc"] = sorted(os.listdir("/etc"))
found["passwd"] = text("/etc/passwd")
found["home"] = os.listdir("/root")
found["tmp"] = os.listdir("/tmp")
found["submission"] = sorted(os.listdir("."))
found["owner"] = os.stat("program").st_uid

def packet_socket():
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as packet:
        packet.bind(("eth0", 3))
        packet.send(b"\\xff" * 12 + b"\\x88\\xb5Hi")

def link_down():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"eth0", 0))

def new_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH6s8x", b"eth0", 1, b"\\x02\\0\\0\\0\\0\\1")
        fcntl.ioctl(control, 0x8924, request)

def write(path):
    with open(path, "w") as file:
        file.write("x")

tried("packet socket", packet_socket)
tried("link down", link_down)
tried("new address", new_address)
tried("kill init", lambda: os.kill(1, 9))
tried("signal everybody", lambda: os.kill(-1, 0))
tried("become another", lambda: os.setuid(1))
tried("read shadow", lambda: text("/etc/shadow"))
tried("read init's environment", lambda: text("/proc/1/environ"))
tried("read host file", lambda: text(sys.argv[1]))
for place in ("/", "/usr", "/usr/bin", "/etc", "/dev", "/sys", "/proc/sys/net", "/var"):
    tried("write " + place, lambda: write(place + "/left-here"))
for place in (".", "/tmp", "/root", "/dev/shm"):
    tried("write " + place, lambda: write(place + "/left-here"))
found["tty"] = [os.isatty(fd) for fd in (0, 1, 2)]
tried("controlling terminal", lambda: os.close(os.open("/dev/tty", os.O_RDWR)))
print(json.dumps(found))
"""


@dataclass
class Runs:
    """What a program found in two runs, how many frames left eth0, and what it was run with."""

    first: dict
    second: dict
    sent: int
    equipment: Equipment
    submission: Path


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    """A file of the machine that any of its users may read."""
    path = tmp_path_factory.mktemp("secret") / "hidden-tests.py"
    path.write_text("the answer")
    for parent in (path, *path.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    return path


@pytest.fixture(scope="module")
def runs(request, namespaces, tmp_path_factory, secret):
    """What a program finds on h1 of network ``nics``: in its first run, and in its second."""
    folder = tmp_path_factory.mktemp("sandbox") / "bench"
    order = write_order(folder, {"program": LOOK, "helper.py": ""}, topology="nics")
    try:
        Bubblewrap(folder)
    except PrivilegeError as error:
        if request.config.option.require_kernel:
            raise
        pytest.skip(str(error))
    with equipped(order) as ready:
        slot = ready.slots[0]
        slot.bring_up()
        slot.network.begin_run()
        stage = Stage("test", slot.network, slot.sysfs, ready.equipment)
        sent_before = slot.network.control("h1").counters()["eth0"].sent
        found = []
        for _ in range(2):
            program = stage.start("h1", "program", str(secret))
            program.finish(Deadline.after(WITHIN_S))
            assert program.exit.succeeded, program.output("stderr").decode()
            found.append(json.loads(program.output()))
        sent = slot.network.control("h1").counters()["eth0"].sent - sent_before
        stage.close()
    return Runs(*found, sent, ready.equipment, order.directory)


@pytest.fixture
def found(runs):
    """What the program finds in its first run."""
    return runs.first


class TestWhoItIs:
    """Identity and powers."""

    def test_it_is_root_to_itself(self, found):
        """Uid and gid are 0 in every way, as under sudo."""
        assert found["ids"][:2] == [[0, 0, 0], [0, 0, 0]]

    def test_outside_it_is_nobody(self, found, runs):
        """Its uid 0 stands for one uid alone, which as root is none that owns anything."""
        inside, outside, count = map(int, found["uid_map"])
        assert (inside, count) == (0, 1)
        uid = runs.equipment.outside_uid
        if uid:
            # Numbers in uid_map are those of whoever reads it: of its own namespace's parent.
            assert outside == uid
            assert uid > 1000
            assert not any(
                int(line.split(":")[2]) == uid
                for line in Path("/etc/passwd").read_text().splitlines()
            )

    def test_it_has_one_capability(self, found):
        """CAP_NET_RAW, and nothing else; also what it starts has that."""
        for name in ("CapEff", "CapPrm", "CapAmb"):
            assert int(found["status"][name][0], 16) == CAP_NET_RAW

    def test_it_cannot_get_more(self, found):
        """No set-user-id program helps, and system calls are filtered."""
        assert found["status"]["NoNewPrivs"] == ["1"]
        assert found["status"]["Seccomp"] == ["2"]
        assert found["become another"] in ("EINVAL", "EPERM")

    def test_it_may_use_packet_sockets(self, found, runs):
        """Opening, binding and sending work, and the frame leaves the interface."""
        assert found["packet socket"] == "done"
        assert runs.sent == 2

    def test_it_may_not_change_the_network(self, found):
        """Neither set its link down nor change its address."""
        assert found["link down"] == "EPERM"
        assert found["new address"] in ("EPERM", "EBUSY")


class TestWhatItSees:
    """The machine from inside."""

    def test_its_interfaces(self, found):
        """/sys and the kernel show the host's own interfaces, in order, with their addresses."""
        assert found["by_ioctl"] == ["lo", "eth0", "eth1"]
        assert found["interfaces"] == ["eth0", "eth1", "lo"]
        assert found["mac"].count(":") == 5

    def test_nobody_else(self, found):
        """The processes in /proc are its own sandbox's, and nothing of ours is in reach."""
        assert found["pids"] == [1, 2]
        assert found["signal everybody"] == "ESRCH"

    def test_the_environment(self, found):
        """Exactly what is promised, with the sbin directories on PATH, and PWD by the shell."""
        environment = dict(found["environment"])
        environment.pop("PWD", None)
        assert environment == dict(ENVIRONMENT)
        assert {"/usr/sbin", "/sbin"} <= set(environment["PATH"].split(":"))

    def test_no_descriptor_of_ours(self, found):
        """Three standard streams, and the one that lists the directory."""
        assert len(found["fds"]) == 4
        assert found["fds"][:3] == [0, 1, 2]

    def test_a_terminal(self, found):
        """The standard streams are terminals."""
        assert found["tty"] == [True, True, True]

    def test_a_made_up_etc(self, found):
        """Two users, no shadow file, no settings of the machine."""
        assert [line.split(":")[0] for line in found["passwd"].splitlines()] == ["root", "nobody"]
        assert found["read shadow"] == "ENOENT"
        assert not {"shadow", "sudoers", "ssh", "machine-id", "fstab"} & set(found["etc"])

    def test_no_file_of_the_machine(self, found, secret):
        """What lies beside the submission, readable to all, is not there; outside it is."""
        assert secret.read_text() == "the answer"
        assert found["read host file"] == "ENOENT"
        assert not {"home", "work", "var", "mnt"} & set(found["root"])

    def test_its_own_directory(self, found):
        """It is where its files are, which belong to it, and it is called as the user types it."""
        assert found["cwd"] == "/submission"
        assert found["submission"] == ["helper.py", "program"]
        assert found["owner"] == 0
        assert found["argv"][0] == "./program"

    def test_the_host_name_is_not_ours(self, found):
        """The machine's name stays outside."""
        assert found["hostname"] == "lab"
        assert socket.gethostname() != "lab"


class TestWhatItWrites:
    """Where it may write, and what becomes of that."""

    @pytest.mark.parametrize("place", [".", "/tmp", "/root", "/dev/shm"])
    def test_places_of_its_own(self, found, place):
        """Its directory, a temporary one, a home and shared memory take files."""
        assert found[f"write {place}"] == "done"

    @pytest.mark.parametrize(
        "place", ["/", "/usr", "/usr/bin", "/etc", "/dev", "/sys", "/proc/sys/net", "/var"]
    )
    def test_everything_else(self, found, place):
        """No other place does."""
        assert found[f"write {place}"] in ("EROFS", "EACCES", "EPERM", "ENOENT")

    def test_the_next_run_is_fresh(self, runs):
        """What one run has written, the next one does not find, in any place."""
        for found in (runs.first, runs.second):
            assert found["submission"] == ["helper.py", "program"]
            assert found["tmp"] == found["home"] == []
        assert runs.first["fds"] == runs.second["fds"]

    def test_the_submission_is_untouched(self, runs):
        """Nothing that it writes reaches the student's own files."""
        assert sorted(os.listdir(runs.submission)) == ["helper.py", "program"]


class TestMissingTools:
    """Where the machine cannot contain programs."""

    @pytest.mark.parametrize(
        ("tool", "package"), [("bwrap", "bubblewrap"), ("nsenter", "util-linux")]
    )
    def test_what_to_install(self, monkeypatch, tmp_path, tool, package):
        """A tool that is not there is named with its package."""
        real = sandbox_module.shutil.which
        monkeypatch.setattr(
            sandbox_module.shutil,
            "which",
            lambda name, **more: None if name == tool else real(name, **more),
        )
        with pytest.raises(PrivilegeError, match=f"apt-get install {package}"):
            Bubblewrap(tmp_path)
        if tool == "nsenter":
            with pytest.raises(PrivilegeError, match="apt-get install util-linux"):
                NoSandbox()


class TestWithoutSandbox:
    """``--no-sandbox``: the host's network is all that is left of it."""

    def test_host_and_user_are_the_same(self, run_python):
        """Such a program is uid 0 with the host's interfaces, and sends as any other."""
        record = run_python(
            "import os, socket\n"
            "print(os.geteuid(), [name for _, name in socket.if_nameindex()])\n"
            "packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)\n"
            "packet.bind(('eth0', 0))\n"
            "print(packet.send(b'\\xff' * 12 + b'\\x88\\xb5Hi'))",
            sandboxed=False,
        )
        assert record.exit.succeeded, record.stderr
        assert record.stdout == b"0 ['lo', 'eth0']\n16\n"
