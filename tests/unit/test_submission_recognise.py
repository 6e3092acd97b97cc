"""What Linux would do with a file, told from its first bytes."""

import struct
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.programs.recognise import FoundProgram, recognise


def elf(*, machine: int = 62, kind: int = 2, order: str = "<") -> bytes:
    """The first bytes of an ELF file."""
    ident = b"\x7fELF\x02" + (b"\x01" if order == "<" else b"\x02") + bytes(10)
    return ident + struct.pack(order + "HH", kind, machine) + bytes(44)


def look(head: bytes, *, path: str = "pyng", has_run_bit: bool = True) -> FoundProgram:
    return recognise("pyng", PurePosixPath(path), head, has_run_bit=has_run_bit, machine="x86_64")


@pytest.mark.parametrize("kind", [2, 3])
def test_machine_code_of_this_machine(kind):
    """An ELF program or position-independent one is started itself."""
    assert look(elf(kind=kind)) == FoundProgram("pyng", PurePosixPath("pyng"))


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (elf(machine=183), "was built for aarch64, but this machine is x86_64"),
        (elf(machine=3), "was built for i386, but this machine is x86_64"),
        (elf(kind=1), "is an object file that has not been linked"),
        (elf()[:19], "is cut off"),
        (b"\x7fELF", "is cut off"),
        (b"\xcf\xfa\xed\xfe\x0c", "is a program for macOS"),
        (b"\xca\xfe\xba\xbe\0\0", "is a program for macOS"),
        (b"MZ\x90\0", "is a program for Windows"),
        (b"\0\1\2\3", "is neither a script nor a program for Linux"),
        (b"\xef\xbb\xbf#!/bin/sh\n", "begins with a byte order mark"),
        (b"import socket\n", "has no #! line"),
        (b"#!\n", "has a #! line that names no interpreter"),
        (b"#! \t\n", "has a #! line that names no interpreter"),
        (b"", "is empty"),
    ],
)
def test_what_cannot_be_started(head, problem):
    """The reason names what is wrong with the file, and stands for a misconception."""
    program = look(head)
    assert program.problem.startswith(f"pyng {problem}")
    assert program.misconceptions == ("not-executable",)


def test_big_endian_machine_code_is_read_in_its_own_order():
    """The order of the bytes is the file's, not ours."""
    assert look(elf(order=">")).problem is None
    assert "aarch64" in look(elf(order=">", machine=183)).problem


def test_an_unheard_of_machine_is_left_to_the_kernel():
    """Only machines that are known to be others are refused."""
    assert look(elf(machine=12_345)).problem is None


@pytest.mark.parametrize(
    ("line", "shebang", "interpreter"),
    [
        (b"#!/usr/bin/python3", ("/usr/bin/python3",), "python3"),
        (b"#! /bin/sh -e", ("/bin/sh", "-e"), "sh"),
        (b"#!/usr/bin/env python3.11", ("/usr/bin/env", "python3.11"), "python3.11"),
        (b"#!/usr/bin/env -S python3 -u", ("/usr/bin/env", "-S", "python3", "-u"), "python3"),
        (b"#!/usr/bin/env -i A=1 perl", ("/usr/bin/env", "-i", "A=1", "perl"), "perl"),
        (b"#!/usr/bin/env", ("/usr/bin/env",), ""),
        (b"#!/opt/\xff", ("/opt/\\xff",), "\\xff"),
    ],
)
def test_shebang_lines(line, shebang, interpreter):
    """The interpreter is named, through env(1) where that is used."""
    program = look(line + b"\nrest\r\n")
    assert (program.shebang, program.interpreter) == (shebang, interpreter)
    assert program.problem is None


@pytest.mark.parametrize("head", [b"#!/bin/sh\n", elf()])
def test_a_missing_run_bit_costs_nothing(head):
    """It is noted, it is a misconception, and the program can be started."""
    program = look(head, has_run_bit=False)
    assert program.needs_run_bit
    assert program.notes == ("pyng has no run bit; it was run all the same",)
    assert program.misconceptions == ("not-executable",)
    assert program.problem is None
    assert not look(head, has_run_bit=True).needs_run_bit


@pytest.mark.parametrize("head", [b"#!/usr/bin/env python3\r\nimport os\r\n", b"#!/bin/sh\r"])
@pytest.mark.parametrize("has_run_bit", [True, False])
def test_windows_line_endings_are_the_reason(head, has_run_bit):
    """A script saved on Windows does not start, and the interpreter that Linux misses is named."""
    program = look(head, has_run_bit=has_run_bit)
    assert program.interpreter in ("python3", "sh")
    assert f"an interpreter named “{program.interpreter}\\r”" in program.problem
    assert program.misconceptions == ("windows-line-endings",)


def test_windows_line_endings_behind_an_extension():
    """Where the extension says what runs it, it is run, and the mistake is noted."""
    program = look(b"#!/usr/bin/env python3\r\n", path="pyng.py")
    assert program.launcher == ("python3",)
    assert program.problem is None
    assert program.notes == ("pyng.py has Windows line endings (CR LF); it was run with python3",)
    assert program.misconceptions == ("windows-line-endings",)


def test_line_endings_further_down_do_not_matter():
    """Linux reads only the first line."""
    assert look(b"#!/bin/sh\necho\r\n").problem is None


def test_a_name_with_control_characters_is_spelled():
    """The file's name goes into sentences as data."""
    assert look(b"text", path="\x1b[2J").problem.startswith(r"\x1b[2J has no #! line")


@given(
    st.binary(max_size=80) | st.binary(max_size=40).map(b"#!".__add__),
    st.sampled_from(["pyng", "pyng.py"]),
    st.booleans(),
)
def test_any_bytes(head, path, has_run_bit):
    """Whatever a file begins with, there is a way to start it or a printable reason."""
    program = look(head, path=path, has_run_bit=has_run_bit)
    sentences = [*program.notes, *([program.problem] if program.problem else [])]
    assert all(sentence.isprintable() for sentence in sentences)
    assert not (program.problem and program.launcher)
