"""From the first bytes of a file to how it is started, or to why it cannot be.

Strategy: pure. What Linux does with a file is decided by its first bytes: machine code, or a
``#!`` line. Where a student's file is neither, its extension may tell, which is a note; and where
nothing does, the reason names what is to be changed.

Source: execve(2), elf(5), <elf.h>.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from l2harness.programs.tree import shown

#: What runs a program that has an extension but no ``#!`` line. The order is that of preference.
INTERPRETERS: Final[Mapping[str, str]] = {
    ".py": "python3",
    ".sh": "bash",
    ".bash": "bash",
    ".pl": "perl",
    ".rb": "ruby",
    ".js": "node",
    ".lua": "lua",
    ".php": "php",
    ".tcl": "tclsh",
}
#: As much of a file as is looked at.
HEAD_BYTES: Final = 4_096

# Ids of the catalogue of misconceptions.
MISSING: Final = "missing-program"
NOT_EXECUTABLE: Final = "not-executable"
WINDOWS_LINE_ENDINGS: Final = "windows-line-endings"


@dataclass(frozen=True, slots=True)
class FoundProgram:
    """
    One program that the lab asks for, as far as reading the files tells.

    Attributes:
        name: What the lab calls it.
        path: The file below `FoundPrograms.root`; None if there is none.
        launcher: What to start with the path as its argument, as in ``("python3",)``; empty when
            the file is started itself.
        interpreter: Name of what runs it, from the launcher or the ``#!`` line, as in ``python3``;
            empty for machine code and when nothing is known.
        shebang: Words of the ``#!`` line, as in ``("/usr/bin/env", "python3")``.
        needs_run_bit: Whether the file must be given a run bit first, in the copy that is run.
        to_be_built: Whether make is expected to make it.
        notes: What was tolerated, in sentences.
        problem: Why it cannot be started, in a sentence; None if it can, or may once it is built.
        misconceptions: Ids of the catalogue that these findings stand for.
    """

    name: str
    path: PurePosixPath | None = None
    launcher: tuple[str, ...] = ()
    interpreter: str = ""
    shebang: tuple[str, ...] = ()
    needs_run_bit: bool = False
    to_be_built: bool = False
    notes: tuple[str, ...] = ()
    problem: str | None = None
    misconceptions: tuple[str, ...] = ()


def recognise(
    name: str, path: PurePosixPath, head: bytes, *, has_run_bit: bool, machine: str
) -> FoundProgram:
    """
    Tell from a file's first bytes how it is started, or why it cannot be.

    Args:
        name: What the lab calls the program.
        path: The file; its extension counts where its content does not say enough.
        head: The first `HEAD_BYTES`, or all there are.
        has_run_bit: Whether the file may be executed.
        machine: The machine to run it on, as `os.uname` names it.
    """
    label = shown(path)
    program = FoundProgram(name, path)
    if not head:
        return _cannot_start(program, f"{label} is empty")
    if head.startswith(b"\x7fELF"):
        if problem := _problem_of_elf(head, machine):
            return _cannot_start(program, f"{label} {problem}")
        return _started_itself(program, label, has_run_bit=has_run_bit)
    by_extension = INTERPRETERS.get(path.suffix)
    if not head.startswith(b"#!"):
        if by_extension:
            return _launched(program, by_extension, f"{label} has no #! line")
        return _cannot_start(program, f"{label} {_problem_without_interpreter(head)}")
    line = head[2:].partition(b"\n")[0]
    shebang = tuple(line.decode("utf-8", "backslashreplace").split())
    program = replace(program, shebang=shebang, interpreter=_interpreter(shebang))
    if b"\r" in line:
        program = replace(program, misconceptions=(WINDOWS_LINE_ENDINGS,))
        if by_extension:
            return _launched(program, by_extension, f"{label} has Windows line endings (CR LF)")
        return replace(program, problem=_problem_of_windows_lines(label, program.interpreter))
    if not shebang:
        return _cannot_start(program, f"{label} has a #! line that names no interpreter")
    return _started_itself(program, label, has_run_bit=has_run_bit)


def _started_itself(program: FoundProgram, label: str, *, has_run_bit: bool) -> FoundProgram:
    if has_run_bit:
        return program
    return replace(
        program,
        needs_run_bit=True,
        notes=(f"{label} has no run bit; it was run all the same",),
        misconceptions=(NOT_EXECUTABLE,),
    )


def _launched(program: FoundProgram, interpreter: str, because: str) -> FoundProgram:
    return replace(
        program,
        launcher=(interpreter,),
        interpreter=interpreter,
        notes=(f"{because}; it was run with {interpreter}",),
    )


def _problem_of_windows_lines(label: str, interpreter: str) -> str:
    return (
        f"{label} does not start: it has Windows line endings (CR LF), so Linux looks for an "
        f"interpreter named “{shown(interpreter)}\\r”. Save it with Unix line endings (LF)"
    )


def _cannot_start(program: FoundProgram, problem: str) -> FoundProgram:
    return replace(program, problem=problem, misconceptions=(NOT_EXECUTABLE,))


def _interpreter(words: Sequence[str]) -> str:
    """Return the name of what a ``#!`` line starts, looking through env(1) and its options."""
    if not words:
        return ""
    name = PurePosixPath(words[0]).name
    if name != "env":
        return name
    behind = (word for word in words[1:] if not word.startswith("-") and "=" not in word)
    return PurePosixPath(next(behind, "")).name


# <elf.h>: what is read of the header, and the machines that are likely to turn up.
_ELF_KIND: Final = slice(16, 18)
_ELF_MACHINE: Final = slice(18, 20)
_ELF_RUNNABLE: Final = (2, 3)  # ET_EXEC, ET_DYN
_ELF_MACHINES: Final[Mapping[int, str]] = {
    3: "i386",
    40: "arm",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
}


def _problem_of_elf(head: bytes, machine: str) -> str | None:
    order: Final = "big" if head[5:6] == b"\x02" else "little"
    if len(head) < _ELF_MACHINE.stop:
        return "is cut off: it ends within the first 20 bytes of a program"
    if int.from_bytes(head[_ELF_KIND], order) not in _ELF_RUNNABLE:
        return "is an object file that has not been linked into a program"
    made_for = _ELF_MACHINES.get(int.from_bytes(head[_ELF_MACHINE], order))
    if made_for is None or made_for == machine:
        return None
    return (
        f"was built for {made_for}, but this machine is {machine}: "
        "hand in the source and a Makefile that builds it"
    )


def _problem_without_interpreter(head: bytes) -> str:
    if head.startswith(b"\xef\xbb\xbf#!"):
        return "begins with a byte order mark, which hides its #! line: save it as UTF-8 without"
    if head.startswith((b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")):
        return "is a program for macOS: hand in the source and a Makefile that builds it"
    if head.startswith(b"MZ"):
        return "is a program for Windows: hand in the source and a Makefile that builds it"
    if b"\0" in head:
        return "is neither a script nor a program for Linux"
    return (
        "has no #! line, so nothing says what is to run it: "
        "begin it with one such as #!/usr/bin/env python3"
    )
