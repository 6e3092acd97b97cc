"""What the kernel tests share: namespaces to run in, a bench for programs, a watch for leaks."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from bench import Files, Traces, write_order

from l2harness.errors import PrivilegeError
from l2harness.grading.equip import equipped
from l2harness.labs.stage import Stage
from l2harness.network.loop import Deadline, Loop
from l2harness.programs.sandbox import Bubblewrap

GONE_WITHIN_S = 10.0


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
    with a ``#!`` line are the programs; further arguments are limits.
    """
    with contextlib.ExitStack() as open_stages:

        def make(
            files: Files,
            /,
            topology: str = "pair",
            seed: str = "1",
            sandboxed: bool = True,
            **limits: float,
        ) -> Stage:
            folder = tmp_path / f"bench{len(list(tmp_path.iterdir()))}"
            order = write_order(folder, files, topology, seed, limits)
            ready = open_stages.enter_context(equipped(replace(order, sandboxed=sandboxed)))
            slot = ready.slots[0]
            slot.bring_up()
            slot.network.begin_run()
            stage = Stage("test", slot.network, slot.sysfs, ready.equipment)
            open_stages.callback(stage.close)
            return stage

        yield make


@pytest.fixture
def run_python(make_stage):
    """
    Run a Python program on h1 of a pair to its end; return its record.

    ``run_python("print('Hi')", "argument", wall_s=1)``; further named arguments are limits.
    """

    def run(text: str, *arguments: str, sandboxed: bool = True, **limits: float):
        files = {"program": f"#!/usr/bin/python3\n{text}"}
        stage = make_stage(files, sandboxed=sandboxed, **limits)
        program = stage.start("h1", "program", *arguments)
        program.finish(Deadline.after(stage.limits.wall_s))
        return stage.record(program)

    return run
