"""What kernel tests need besides fixtures: submissions to write, and a look at what is left."""

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from l2harness.grading.equip import Order
from l2harness.labs.lab import load_lab
from l2harness.network.entry import WORKSPACE

Files = dict[str, str | bytes]

#: What the first submission makes in the workspace for all that follow.
_MADE_ONCE = frozenset({"etc"})


def write_order(
    folder: Path,
    files: Files,
    topology: str = "pair",
    seed: str = "1",
    limits: dict[str, float] | None = None,
    programs: Iterable[str] | None = None,
) -> Order:
    """Write a lab that asks for programs, by default those in files, and a submission of files."""
    folder.mkdir()
    if programs is None:
        programs = [name for name, text in files.items() if can_be_run(text)]
    lines = ['title = "A bench"', f'topology = "{topology}"', "[programs]"]
    lines += [f'"{name}" = "./{name}"' for name in programs]
    lines += ["[limits]", *(f"{name} = {value}" for name, value in (limits or {}).items())]
    (folder / "lab").mkdir()
    (folder / "lab" / "lab.toml").write_text("\n".join(lines) + "\n")
    submission = write_files(folder / "submission", files)
    return Order(load_lab(folder / "lab"), submission, "test", seed)


def can_be_run(text: str | bytes) -> bool:
    """Whether it begins as a program does."""
    return text.startswith("#!" if isinstance(text, str) else (b"#!", b"\x7fELF"))


def write_files(folder: Path, files: Files) -> Path:
    """Write files into a new directory, those that can be run with a run bit; return it."""
    folder.mkdir()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        if can_be_run(text):
            path.chmod(0o755)
    return folder


def lives(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@dataclass(frozen=True)
class Traces:
    """Everything that a careless harness could leave behind."""

    descriptors: frozenset[str]
    processes: frozenset[str]
    mounts: frozenset[str]
    files: frozenset[str]
    threads: frozenset[str]
    namespaces: frozenset[str]

    @classmethod
    def now(cls) -> "Traces":
        """Look around."""
        spaces = ("net", "mnt", "pid", "user", "ipc")
        return cls(
            frozenset(_descriptors()),
            frozenset(name for name in os.listdir("/proc") if name.isdecimal()),
            frozenset(Path("/proc/self/mountinfo").read_text().splitlines()),
            frozenset(os.listdir(WORKSPACE)) - _MADE_ONCE,
            frozenset(thread.name for thread in threading.enumerate()),
            frozenset(os.readlink(f"/proc/thread-self/ns/{kind}") for kind in spaces),
        )

    def beyond(self, before: "Traces") -> dict[str, list[str]]:
        """What is here now and was not before."""
        new = {
            field.name: sorted(getattr(self, field.name) - getattr(before, field.name))
            for field in fields(self)
        }
        return {name: things for name, things in new.items() if things}


def _descriptors() -> Iterator[str]:
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # that of the listing itself
            yield f"{name} -> {os.readlink(f'/proc/self/fd/{name}')}"
