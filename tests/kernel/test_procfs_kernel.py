"""Packet sockets and waiting programs as /proc shows them, in a network namespace of our own."""

import fcntl
import os
import socket
import struct
import subprocess
import sys

import pytest

from l2harness.network import linux
from l2harness.network.privilege import require_mode
from l2harness.network.trial import attempt, isolated
from l2harness.programs.procfs import Activity, PacketTable, children, socket_inodes
from l2harness.programs.syscalls import Wait

ETH_P_ALL = 3
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def inside(action):
    """Run ``action`` in namespaces of our own, with lo up, and fail as it fails."""

    def act(_steps):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
        return str(action())

    outcome = attempt(isolated(require_mode(), act))
    assert outcome.works, str(outcome)
    return outcome.detail


def test_packet_sockets_are_seen():
    """Opening, binding, a frame in the queue, and closing show in the table that was kept open."""

    def look():
        with PacketTable.of_this_thread() as table:
            assert table.rows() == []
            silent = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            (row,) = table.rows()
            assert (row.type, row.protocol, row.ifindex, row.running) == (3, 0, 0, False)
            assert row.inode == os.fstat(silent.fileno()).st_ino
            assert row.inode in socket_inodes(os.getpid())
            assert row.uid == 0
            silent.bind(("lo", ETH_P_ALL))
            (row,) = table.rows()
            assert (row.protocol, row.ifindex, row.running) == (ETH_P_ALL, 1, True)
            assert row.rmem_bytes == 0
            silent.send(b"\xff" * 12 + b"\x88\xb5Hi")
            (row,) = table.rows()
            assert row.rmem_bytes > 0
            silent.close()
            return table.rows()

    assert inside(look) == "[]"


def test_a_table_stays_with_its_namespace():
    """A table that is kept open shows the namespace it was opened in, wherever its reader goes."""

    def look():
        packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        with PacketTable.of_this_thread() as table, packet:
            linux.unshare(linux.CLONE_NEWNET)
            with PacketTable.of_this_thread() as elsewhere:
                assert elsewhere.rows() == []
            return len(table.rows())

    assert inside(look) == "1"


def test_more_sockets_than_fit_a_page():
    """A table of many pages is read whole."""

    def look():
        sockets = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) for _ in range(100)]
        with PacketTable.of_this_thread() as table:
            inodes = {row.inode for row in table.rows()}
        assert inodes == {os.fstat(each.fileno()).st_ino for each in sockets}
        return len(inodes)

    assert inside(look) == "100"


PRELUDE = """
import asyncio, os, select, selectors, signal, socket, threading, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0); s.bind(("lo", 3))
print("here", flush=True)
"""


@pytest.mark.parametrize(
    ("code", "wait"),
    [
        pytest.param("s.recv(2000)", Wait.FOREVER, id="recv"),
        pytest.param("s.recvfrom(2000)", Wait.FOREVER, id="recvfrom"),
        pytest.param("s.recvmsg(2000)", Wait.FOREVER, id="recvmsg"),
        pytest.param("os.read(s.fileno(), 2000)", Wait.FOREVER, id="read"),
        pytest.param("select.select([s], [], [])", Wait.FOREVER, id="select"),
        pytest.param("p = select.poll(); p.register(s, 1); p.poll()", Wait.FOREVER, id="poll"),
        pytest.param("p = select.epoll(); p.register(s, 1); p.poll()", Wait.FOREVER, id="epoll"),
        pytest.param(
            "p = selectors.DefaultSelector(); p.register(s, 1); p.select()",
            Wait.FOREVER,
            id="selectors",
        ),
        pytest.param("s.setblocking(False); asyncio.run(main())", Wait.FOREVER, id="asyncio"),
        pytest.param("signal.pause()", Wait.FOREVER, id="pause"),
        pytest.param("lock.acquire()", Wait.FOREVER, id="lock"),
        pytest.param("s.settimeout(600); s.recv(2000)", Wait.TIMED, id="a time limit"),
        pytest.param("select.select([s], [], [], 600)", Wait.TIMED, id="select for a time"),
        pytest.param("time.sleep(600)", Wait.TIMED, id="sleep"),
    ],
)
def test_how_programs_wait(code, wait):
    """Whichever way a program waits, it is seen to be blocked, and whether for ever."""
    definitions = (
        "lock = threading.Lock(); lock.acquire()\n"
        "async def main(): await asyncio.get_running_loop().sock_recv(s, 2000)\n"
    )

    def look():
        process = subprocess.Popen(
            [sys.executable, "-B", "-c", PRELUDE + definitions + code], stdout=subprocess.PIPE
        )
        try:
            assert process.stdout.readline() == b"here\n"
            while True:  # the test's own time limit ends it
                activity = Activity.sample([process.pid])
                assert not activity.gone
                later = Activity.sample([process.pid])
                if activity.all_blocked and later.unmoved_since(activity):
                    break
            assert activity.precise
            assert activity.blocked_forever == (wait is Wait.FOREVER)
            return [thread.wait.name for thread in activity.threads]
        finally:
            process.kill()
            process.communicate()

    assert inside(look) == str([wait.name])


def test_a_thread_that_runs_is_enough():
    """One busy thread beside one that waits: not blocked, and the CPU time grows."""
    code = (
        "import threading, signal\n"
        "def spin():\n"
        "    while True: pass\n"
        "threading.Thread(target=spin, daemon=True).start()\n"
        "print('here', flush=True); signal.pause()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"here\n"
        before = Activity.sample([process.pid])
        assert len(before.threads) == 2
        assert not before.all_blocked
        while Activity.sample([process.pid]).cpu_s < before.cpu_s + 0.02:
            assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


def test_a_stopped_program_is_not_blocked():
    """A program that has stopped itself waits for nobody's frame."""
    code = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        (thread,) = Activity.sample([process.pid]).threads
        assert thread.state == "T"
        assert not Activity.sample([process.pid]).all_blocked
    finally:
        process.kill()
        process.wait()


def test_a_zombie_is_gone():
    """A program that has ended but was not waited for is gone, and still a child."""
    process = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert Activity.sample([process.pid]).gone
    assert process.pid in children(os.getpid())
    process.wait()
    assert process.pid not in children(os.getpid())
