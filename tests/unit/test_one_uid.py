"""The filter by which a program may believe that it has become another user."""

import struct

import pytest

from l2harness.live.joining import path_of_an_administrator
from l2harness.live.one_uid import filter_bytes

_ALLOWED, _SUCCEEDS = 0x7FFF_0000, 0x0005_0000
X86_64, AARCH64, I386 = 0xC000_003E, 0xC000_00B7, 0x4000_0003


def verdict(code, architecture, number):
    """What the kernel would do: a few of classic BPF's instructions, executed."""
    lines = list(struct.iter_unpack("=HBBI", code))
    at, loaded = 0, 0
    while True:
        kind, true, false, value = lines[at]
        at += 1
        if kind == 0x20:
            loaded = {0: number, 4: architecture}[value]
        elif kind == 0x15:
            at += true if loaded == value else false
        else:
            assert kind == 0x06
            return value


@pytest.mark.parametrize(
    ("machine", "architecture", "calls"),
    [
        ("x86_64", X86_64, {105, 106, 113, 114, 116, 117, 119}),
        ("aarch64", AARCH64, {143, 144, 145, 146, 147, 149, 159}),
    ],
)
def test_only_these_calls_succeed_unmade(machine, architecture, calls):
    """Seven calls are answered with 0; all others, and another architecture's, are made."""
    code = filter_bytes(machine)
    answered = {it for it in range(500) if verdict(code, architecture, it) == _SUCCEEDS}
    assert answered == calls
    assert {verdict(code, I386, it) for it in range(500)} == {_ALLOWED}


def test_a_machine_that_is_not_known():
    """It gets no filter rather than a wrong one."""
    assert filter_bytes("riscv64") == b""


@pytest.mark.parametrize(
    ("path", "looked"),
    [
        ("/usr/bin:/bin", "/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"),
        ("/sbin:/usr/sbin", "/sbin:/usr/sbin:/usr/local/sbin"),
        ("", "/usr/local/sbin:/usr/sbin:/sbin"),
    ],
)
def test_an_administrators_path(path, looked):
    """Whatever is missing comes last; the user's own order stays."""
    assert path_of_an_administrator(path) == looked
