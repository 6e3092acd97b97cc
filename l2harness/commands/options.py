"""Options that several commands have, and moving into namespaces before they do their work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from l2harness.commands.completion import labs_that_begin_so
from l2harness.errors import UsageError

if TYPE_CHECKING:
    from l2harness.labs.lab import Lab
    from l2harness.vm.machine import Hypervisor

F = TypeVar("F", bound=Callable[..., Any])

#: As `l2harness.vm.choice` knows them, which a command line imports only to grade.
_BACKENDS: Final = ("root", "rootless", "vm", "vm:uml", "vm:uml-fast", "vm:qemu")

#: A path as the user named it; whether it is any good, its command says better than click.
A_PATH: Final = click.Path(path_type=Path, readable=False)


def lab_option(function: F) -> F:
    """Add ``--lab``, passed as ``lab_name``."""
    return click.option(
        "--lab",
        "lab_name",
        metavar="NAME",
        default="pyng",
        show_default=True,
        shell_complete=labs_that_begin_so,
        help="The lab: one of `l2harness labs`, or the path of a lab's folder.",
    )(function)


def seed_option(function: F) -> F:
    """Add ``--seed``."""
    return click.option(
        "--seed",
        metavar="N",
        callback=_not_empty,
        help="Draw every random address and payload from this: the same seed, the same report. "
        "Otherwise one is drawn, and printed.",
    )(function)


def no_sandbox_option(function: F) -> F:
    """Add ``--no-sandbox``, passed as ``sandboxed``, its opposite."""
    return click.option(
        "--no-sandbox",
        "sandboxed",
        flag_value=False,
        default=True,
        help="Run the programs WITHOUT protecting this machine from them. Only for programs that "
        "you trust; the report says that it was so.",
    )(function)


def backend_option(function: F) -> F:
    """Add ``--backend``; None leaves the choice to us."""
    return click.option(
        "--backend",
        type=click.Choice(_BACKENDS),
        help="How to come by the privileges that a network of one's own takes: as root, in a user "
        "namespace, or in a virtual machine that needs none. By default the first that works; "
        "the verdicts are the same. `l2harness doctor` tells which work here.",
    )(function)


def _not_empty(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value == "":
        raise click.BadParameter("it is empty; give a number or a word", ctx, parameter)
    return value


def seed_for_check(lab: Lab, seed: str | None, word: str | None, student: str | None) -> str:
    """
    Return the seed to check one submission with, perhaps with a student's word in it.

    Args:
        lab: What is asked for.
        seed: As given; None to draw one.
        word: The student's word, from the assignment sheet.
        student: The student's name; ``seed`` is the class's then.

    Raises:
        UsageError: These do not go together, or the lab needs to know whose submission it is.
    """
    from l2harness.grading.draws import draw_seed, seed_of_student
    from l2harness.labs.variants import seed_with, variant_in

    if student is not None:
        if word is not None:
            raise UsageError("--variant and --student both say whose it is: drop one of them")
        if seed is None:
            raise UsageError("--student goes with --seed, the seed of the class")
        return seed_of_student(lab, seed, student)
    if not lab.variants:
        if word is not None:
            raise UsageError(f"lab {lab.name} is the same for everybody: drop --variant")
        return seed or draw_seed()
    if seed is not None and variant_in(seed) is not None and word is None:
        return seed
    if word is None:
        raise UsageError(
            f"lab {lab.name} differs from student to student: say the word on the assignment "
            "sheet, --variant WORD, or whose it is, --student NAME --seed N"
        )
    whole = seed_with(seed or draw_seed(), word)
    if variant_in(whole) != word:
        raise UsageError(f"{word!r} is no word of an assignment sheet: they have 12 hex digits")
    return whole


def enter_backend(backend: str | None, *paths: Path, own: bool = False) -> Hypervisor | None:
    """
    Continue in namespaces of our own, unless it takes a virtual machine.

    Call it before heavy imports, and before there are threads.

    Args:
        backend: Which way to take; None for the first that works.
        paths: What will be read or written there.
        own: Whether the programs are those of whoever runs us; see `l2harness.vm.choice.choose`.

    Returns:
        What to boot virtual machines with, each for one submission; None in namespaces of our own.

    Raises:
        UsageError: As `expect_uncovered`.
        PrivilegeError, KernelError: The machine does not let us.
    """
    from l2harness.network import entry
    from l2harness.vm.choice import choose

    expect_uncovered(*paths)
    if (hypervisor := choose(backend, own=own)) is not None:
        return hypervisor
    entry.enter("root" if backend == "root" else "rootless" if backend == "rootless" else None)
    return None


def name_of(hypervisor: Hypervisor | None) -> str:
    """Return how this command came by its privileges, in a word, once it has."""
    from l2harness.network.entry import current_mode

    return hypervisor.mode if hypervisor is not None else current_mode() or "outside"


def expect_uncovered(*paths: Path) -> None:
    """
    See that paths mean the same inside the harness's namespaces.

    Raises:
        UsageError: One of them lies where the harness covers the file system for itself.
    """
    from l2harness.network import entry

    covered = Path(entry.WORKSPACE).resolve()
    for path in paths:
        if path.resolve().is_relative_to(covered):
            raise UsageError(
                f"{path} lies in {covered}, where the harness keeps its own files while it runs. "
                "Name a directory elsewhere, such as one in /tmp."
            )


def expect_current_directory() -> None:
    """
    See that relative paths mean something.

    Raises:
        UsageError: The directory that we stand in has been removed.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(
            f"the current directory cannot be named ({error.strerror}): it may have been removed. "
            "Change into another one."
        ) from error
