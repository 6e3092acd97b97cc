"""What the kernel tests share: namespaces to run in, a bench for programs, and a watch for leaks."""

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from l2harness.errors import PrivilegeError
from l2harness.grading.equip import Order, equipped
from l2harness.labs.lab import load_lab
from l2harness.labs.stage import Stage
from l2harness.network.entry import WORKSPACE
from l2harness.network.loop import Deadline, Loop
from l2harness.programs.sandbox import Bubblewrap

GONE_WITHIN_S = 10.0


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
            frozenset(os.listdir(WORKSPACE)),
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


@pytest.fixture(autouse=True)
def nothing_is_left(namespaces) -> Iterator[None]:
    """Every test ends with the descriptors, processes, mounts, files and threads it began with."""
    loop = Loop()
    before = Traces.now()
    yield
    try:
        # Sockets are closed in the background, and a killed process waits for somebody to reap it.
        loop.wait(
            lambda: not Traces.now().beyond(before), Deadline.after(GONE_WITHIN_S), poll=True
        )
        assert Traces.now().beyond(before) == {}
    finally:
        loop.close()


@pytest.fixture
def loop() -> Iterator[Loop]:
    """What to wait with, where no network has one."""
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def bubblewrap(request, tmp_path) -> None:
    """Skip, or under --require-kernel fail, where programs cannot be contained."""
    try:
        Bubblewrap(tmp_path)
    except PrivilegeError as error:
        if request.config.option.require_kernel:
            raise
        pytest.skip(str(error))


@pytest.fixture
def make_stage(bubblewrap, tmp_path):
    """
    Set stages for programs that a test writes itself: what a run of a lab gets.

    ``make_stage({"pyng": "#!/bin/sh\\n…"}, topology="pair", wall_s=1)``: files by name, the ones
    with a ``#!`` line can be run; further arguments are limits.
    """
    with contextlib.ExitStack() as open_stages:

        def make(
            files: dict[str, str | bytes],
            topology: str = "pair",
            seed: str = "1",
            sandboxed: bool = True,
            **limits: float,
        ) -> Stage:
            number = len(list(tmp_path.iterdir()))
            lab, submission = tmp_path / f"lab{number}", tmp_path / f"submission{number}"
            programs = [name for name, text in files.items() if _can_be_run(text)]
            _write_lab(lab, topology, programs, limits)
            write_files(submission, files)
            order = Order(load_lab(lab), submission, "test", seed, sandboxed=sandboxed)
            ready = open_stages.enter_context(equipped(order))
            slot = ready.slots[0]
            slot.network.begin_run()
            stage = Stage("test", slot.network, slot.sysfs, ready.equipment)
            open_stages.callback(stage.close)
            return stage

        yield make


def _can_be_run(text: str | bytes) -> bool:
    return text.startswith("#!" if isinstance(text, str) else (b"#!", b"\x7fELF"))


def _write_lab(
    folder: Path, topology: str, programs: list[str], limits: dict[str, float]
) -> None:
    folder.mkdir()
    lines = ['title = "A bench"', f'topology = "{topology}"', "[programs]"]
    lines += [f'"{name}" = "./{name}"' for name in programs]
    lines += ["[limits]", *(f"{name} = {value}" for name, value in limits.items())]
    (folder / "lab.toml").write_text("\n".join(lines) + "\n")


def write_files(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write files into a new directory, those that can be run with a run bit; return it."""
    folder.mkdir()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        if _can_be_run(text):
            path.chmod(0o755)
    return folder


@pytest.fixture
def run_python(make_stage):
    """
    Run a Python program on h1 of a pair to its end; return its record.

    ``run_python("print('Hi')", "argument", wall_s=1)``; further named arguments are limits.
    """

    def run(text: str, *arguments: str, sandboxed: bool = True, **limits: float):
        stage = make_stage(
            {"program": f"#!/usr/bin/python3\n{text}"}, sandboxed=sandboxed, **limits
        )
        program = stage.start("h1", "program", *arguments)
        program.finish(Deadline.after(stage.limits.wall_s))
        return stage.record(program)

    return run
