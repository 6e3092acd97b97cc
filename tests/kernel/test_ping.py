"""Labs against the kernel: its own ping is satisfied with what they call right."""

import shutil
import subprocess
import threading

import pytest

from l2harness.frames import EtherType
from l2harness.labs.lab import find_lab
from l2harness.labs.listening import Listener
from l2harness.labs.mutants import reference_of
from l2harness.network import linux
from l2harness.network.loop import Deadline

ASKER, IP, OTHER = "10.23.45.1", "10.23.45.67", "10.23.45.77"
PROGRAM = reference_of(find_lab("icmp-echo")) / "icmp-echo"

pytestmark = [
    pytest.mark.skipif(shutil.which("ping") is None, reason="ping: apt-get install iputils-ping"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="ip: apt-get install iproute2"),
]


def on(stage, host, *argv):
    """Execute a program of the machine on a host; its status and what it printed."""
    with linux.entered(stage.network.namespace(host)):
        started = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    printed, _ = started.communicate(timeout=60)
    return started.returncode, printed.decode()


@pytest.fixture
def ping(make_stage):
    """Ping an address for which the reference of lab icmp-echo answers, on the other host."""
    stage = make_stage({"icmp-echo": PROGRAM.read_text()})
    listener = Listener(stage, "h2.eth0", "icmp-echo", ("eth0", IP))
    listener.start()
    assert listener.wait_ready()
    mac = str(stage.network.mac("h2.eth0"))
    assert on(stage, "h1", "ip", "addr", "add", f"{ASKER}/24", "dev", "eth0") == (0, "")
    for address in (IP, OTHER):
        neighbour = ("ip", "neigh", "replace", address, "lladdr", mac, "dev", "eth0")
        assert on(stage, "h1", *neighbour) == (0, "")

    def run(*argv):
        return on(stage, "h1", "ping", "-n", "-c", "1", *argv)

    run.replies = lambda: replies_counted(on(stage, "h1", "cat", "/proc/self/net/snmp")[1])
    return run


def replies_counted(snmp):
    """How many echo replies a kernel has received."""
    names, values = [line.split() for line in snmp.splitlines() if line.startswith("Icmp:")]
    return int(values[names.index("InEchoReps")])


def test_it_is_answered(ping):
    """Data of any length comes back whole, also where sums carry, and past options."""
    for length in (0, 1, 33, 56, 1472):
        status, printed = ping("-W", "20", "-p", "ff", "-s", str(length), IP)
        assert (status, f"{length + 8} bytes from {IP}" in printed) == (0, True), printed
        assert "wrong data byte" not in printed
    status, printed = ping("-W", "20", "-R", IP)
    assert status == 0, printed


def test_what_is_not_answered(ping):
    """Neither fragments nor another address: one that is answered after them is the first."""
    for argv in (("-s", "3000", IP), (OTHER,)):
        assert ping("-W", "0.1", *argv)[0] == 1
    assert ping("-W", "20", IP)[0] == 0
    assert ping.replies() == 1


def test_across_the_switch(make_stage):
    """Through the reference of lab learning-switch it finds its way, and nobody else hears it."""
    program = reference_of(find_lab("learning-switch")) / "switch"
    stage = make_stage({"switch": program.read_text()}, topology="stations")
    ports = [f"sw.eth{number}" for number in range(4)]
    names = [it.partition(".")[2] for it in ports]
    listener = Listener(stage, ports[0], "switch", names, others=ports[1:])
    listener.start()
    assert listener.wait_ready()
    for number in (1, 2):
        address = f"10.23.45.{number}/24"
        assert on(stage, f"h{number}", "ip", "addr", "add", address, "dev", "eth0") == (0, "")
    beside = stage.network.port("h3.eth0")
    ping = ("ping", "-n", "-c", "3", "-i", "0.01", "-W", "20", "10.23.45.2")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(on(stage, "h1", *ping)))
    thread.start()
    # The wire carries frames while somebody waits.
    assert stage.network.loop.wait(lambda: answers, Deadline.after(60), poll=True)
    thread.join()
    assert (answers[0][0], "3 received" in answers[0][1]) == (0, True), answers
    heard = beside.expect_nothing()
    assert heard
    assert {frame.ethertype for frame in heard} == {EtherType.ARP}
