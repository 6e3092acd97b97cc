"""``l2harness completion``: what a shell loads to complete our command lines, and their names.

Laws:

- The script holds no list of ours: the shell asks the program that is installed, so that an
  upgrade needs no second step.
"""

from __future__ import annotations

import sys
from typing import Final

import click
from click.shell_completion import CompletionItem, get_completion_class

#: The variable by which click's scripts ask; its name follows from the program's.
VARIABLE: Final = "_L2HARNESS_COMPLETE"
_PROGRAM: Final = "l2harness"
_SHELLS: Final = ("bash", "zsh", "fish")


@click.command(short_help="Print what makes a shell complete our commands.")
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> int:
    """
    Print a script for SHELL that completes commands, options, labs and topologies.

    \b
    Examples:
      l2harness completion bash >> ~/.bashrc
      l2harness completion zsh >> ~/.zshrc
      l2harness completion fish > ~/.config/fish/completions/l2harness.fish

    It is in force in the next shell. bash 4.4 or newer is needed.
    """
    known = get_completion_class(shell)
    assert known is not None, shell
    root = click.get_current_context().find_root().command
    asked = known(root, {}, _PROGRAM, VARIABLE)
    # Not `source()`: it starts a bash to see its version, and complains on our behalf.
    sys.stdout.write(asked.source_template % asked.source_vars())
    return 0


def labs_that_begin_so(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the labs for a word that is being typed; for a path, let the shell look."""
    from l2harness.labs.places import places

    return _names(list(places()), incomplete)


def topologies_that_begin_so(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the topologies for a word that is being typed; for a path, let the shell look."""
    from l2harness.topology import shipped_topologies

    return _names(shipped_topologies(), incomplete)


def lessons_that_begin_so(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the checks and misconceptions of the lab that was named before this word."""
    from l2harness.errors import L2HarnessError
    from l2harness.labs.lab import find_lab
    from l2harness.labs.misconceptions.loading import knowledge_of
    from l2harness.labs.rubric import rubric_of

    try:
        lab = find_lab(ctx.params.get("lab_name") or "pyng")
        words = [*(spec.id for spec in rubric_of(lab)), *knowledge_of(lab).lessons]
    except L2HarnessError:
        return []  # whoever presses Tab wants no error; Enter will tell it
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _names(known: list[str] | tuple[str, ...], incomplete: str) -> list[CompletionItem]:
    if "/" in incomplete or incomplete.startswith("."):
        return [CompletionItem(incomplete, type="file")]
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]
