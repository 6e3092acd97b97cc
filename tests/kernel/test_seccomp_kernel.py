"""The filter, installed for real in a child: what it refuses, and that programs live with it.

Each call is made with the filter and without: only the difference is the filter's doing.
"""

import ctypes
import dataclasses
import errno
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import tty

import pytest

from l2harness.network.trial import attempt
from l2harness.programs import seccomp, syscalls

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
CLONE_NEWUSER, SIGCHLD = 0x1000_0000, 17
NUMBERS = syscalls.numbers(syscalls.this_machine())
#: An error that no call gives by itself: who sees it was stopped by the filter.
MARK = errno.EL2HLT

libc = ctypes.CDLL(None, use_errno=True)


def install(program: bytes) -> None:
    """Put the calling process behind a filter, for good."""
    code = ctypes.create_string_buffer(program, len(program))
    descriptor = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, descriptor, 0, 0),
    ):
        if libc.prctl(*arguments) < 0:
            raise OSError(ctypes.get_errno(), "prctl")


def call(name: str, *arguments: int) -> int:
    """Make a system call and return its error number, 0 for success."""
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, *(0,) * 6)[:6]]
    result = libc.syscall(ctypes.c_long(NUMBERS[name]), *padded)
    return ctypes.get_errno() if result < 0 else 0


def behind(program: bytes | None, action) -> str:
    """Return what ``action`` returns in a child, behind a filter or without one."""

    def act(_steps):
        if program is not None:
            install(program)
        return str(action())

    outcome = attempt(act)
    assert outcome.works, str(outcome)
    return outcome.detail


def marked_filter() -> bytes:
    """The filter with an error of its own for every rule, to tell its refusals from others."""
    return seccomp.assemble(
        syscalls.this_machine(),
        tuple(dataclasses.replace(rule, error=MARK) for rule in seccomp.rules()),
    )


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for rule in seccomp.rules()
        for name in rule.calls
        if not rule.when and name in NUMBERS
    ),
)
def test_refused_calls(name):
    """Each call of an unconditional rule is stopped by the filter before the kernel sees it."""
    assert behind(marked_filter(), lambda: call(name)) == str(MARK)


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("clone", (CLONE_NEWUSER | SIGCHLD,), errno.EPERM),
        ("clone3", (), errno.ENOSYS),
        ("unshare", (CLONE_NEWUSER,), errno.EPERM),
        ("socket", (40, 1, 0), errno.EAFNOSUPPORT),
        ("socket", (38, 5, 0), errno.EAFNOSUPPORT),
        ("ioctl", (0, 0x5412), errno.EPERM),
        ("ioctl", (0, 0x5412 | 1 << 32), errno.EPERM),
        ("ioctl", (0, 0x541C), errno.EPERM),
        ("personality", (0x0008,), errno.EPERM),
        ("io_uring_setup", (1, 0), errno.EPERM),
        ("ptrace", (0, 0, 0, 0), errno.EPERM),
        ("process_vm_readv", (0,), errno.EPERM),
        ("keyctl", (0, -3 & (1 << 64) - 1, 0), errno.EPERM),
        ("bpf", (0, 0, 0), errno.EPERM),
    ],
)
def test_the_errors_that_programs_get(name, arguments, error):
    """The filter that strangers get answers with the errors of its table."""
    assert behind(seccomp.filter_bytes(), lambda: call(name, *arguments)) == str(error)


def test_a_call_from_the_future_does_not_exist():
    """A number that no kernel has yet, and one that only x32 has, are unknown."""

    def beyond():
        return [
            (libc.syscall(ctypes.c_long(number)), ctypes.get_errno())
            for number in (seccomp.NEWEST_CALL + 1, 0x4000_0000 + 39)
        ]

    assert behind(seccomp.filter_bytes(), beyond) == str([(-1, errno.ENOSYS)] * 2)


def in_own_network(action):
    """Run ``action`` where it has CAP_NET_RAW, with or without root, then behind the filter."""
    from l2harness.network.privilege import require_mode
    from l2harness.network.trial import isolated

    mode = require_mode()

    def run(program: bytes | None) -> str:
        def act(_steps):
            if program is not None:
                install(program)
            return str(action())

        outcome = attempt(isolated(mode, act))
        assert outcome.works, str(outcome)
        return outcome.detail

    return run


def packet_options() -> list[int]:
    """Set options of a packet socket: promiscuous mode, both rings, a fanout group."""
    errors = []
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as packet:
        packet.bind(("lo", 3))
        ring = struct.pack("=4I", 4096, 1, 2048, 2)
        for option, value in (
            (1, struct.pack("=iHH8s", 1, 1, 0, b"")),
            (5, ring),
            (13, ring),
            (18, struct.pack("=I", 7)),
        ):
            try:
                packet.setsockopt(263, option, value)
            except OSError as error:
                errors.append(error.errno)
            else:
                errors.append(0)
    return errors


def test_packet_rings():
    """Rings and fanout groups, which work without the filter, are refused; the rest is not."""
    run = in_own_network(packet_options)
    assert run(None) == str([0, 0, 0, 0])
    assert run(seccomp.filter_bytes()) == str([0, errno.EPERM, errno.EPERM, errno.EPERM])


def families() -> dict[str, bool]:
    """Open a socket of each family that a program may have."""
    found = {}
    for name, kind in (
        ("AF_UNIX", socket.SOCK_STREAM),
        ("AF_INET", socket.SOCK_DGRAM),
        ("AF_INET6", socket.SOCK_DGRAM),
        ("AF_NETLINK", socket.SOCK_RAW),
        ("AF_PACKET", socket.SOCK_RAW),
    ):
        try:
            socket.socket(getattr(socket, name), kind).close()
        except OSError:
            found[name] = False
        else:
            found[name] = True
    return found


def test_families():
    """A program has all five, a build has no packet sockets."""
    run = in_own_network(families)
    everything = dict.fromkeys(("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET"), True)
    assert run(seccomp.filter_bytes()) == str(everything)
    assert run(seccomp.filter_bytes(network=False)) == str({**everything, "AF_PACKET": False})


LIFE = """
import asyncio, multiprocessing, os, select, signal, subprocess, sys, tempfile, threading, time
ran = []
thread = threading.Thread(target=ran.append, args=("thread",)); thread.start(); thread.join()
ran.append(subprocess.run(["/bin/sh", "-c", "echo subprocess | cat"], capture_output=True,
                          text=True).stdout.strip())
async def task():
    await asyncio.sleep(0)
    process = await asyncio.create_subprocess_exec("/bin/echo", "asyncio", stdout=-1)
    return (await process.communicate())[0].decode().strip()
ran.append(asyncio.run(task()))
with multiprocessing.get_context("fork").Pool(1) as pool:
    ran += pool.map(str, ["pool"])
with tempfile.NamedTemporaryFile() as file:
    ran.append(os.path.basename(os.path.dirname(file.name)) and "file")
signal.signal(signal.SIGUSR1, lambda *_: ran.append("signal"))
os.kill(os.getpid(), signal.SIGUSR1)
print(*ran)
"""


def test_programs_live_with_it():
    """Threads, subprocesses, asyncio, process pools, files and signals work behind the filter."""

    def live():
        done = subprocess.run(
            [sys.executable, "-c", LIFE], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() or done.stderr

    expected = "thread subprocess asyncio pool file signal"
    assert behind(None, live) == expected
    assert behind(seccomp.filter_bytes(), live) == expected
    assert behind(seccomp.filter_bytes(network=False), live) == expected


def type_into_a_terminal() -> str:
    """Type a letter into a terminal of our own, and see whether it arrives."""
    _, theirs = os.openpty()
    tty.setraw(theirs)
    os.setsid()
    fcntl.ioctl(theirs, 0x540E, 0)  # TIOCSCTTY
    try:
        fcntl.ioctl(theirs, 0x5412, b"x")  # TIOCSTI
    except OSError as error:
        return errno.errorcode[error.errno]
    return "typed" if os.read(theirs, 1) == b"x" else "lost"


def test_nothing_is_typed_into_a_terminal():
    """With the filter TIOCSTI fails; the everyday calls to a terminal in the same test do not."""
    assert behind(None, type_into_a_terminal) in ("typed", "EIO")  # EIO: dev.tty.legacy_tiocsti=0
    assert behind(seccomp.filter_bytes(), type_into_a_terminal) == "EPERM"


@pytest.mark.parametrize("architecture", [0x4000_0003, 0])
def test_another_convention_ends_the_program(architecture):
    """A filter for a machine that this is not kills at the first call: so would foreign calls."""
    program = seccomp.filter_bytes()
    ours = struct.pack("<I", {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}[os.uname().machine])
    assert program.count(ours) == 1
    child = os.fork()
    if child == 0:
        install(program.replace(ours, struct.pack("<I", architecture)))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGSYS
