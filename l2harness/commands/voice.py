"""How much a command says on stderr, and the log that keeps all of it.

Strategy: what is said goes through here whatever its loudness, and is written down before it is
decided whether anybody hears it. The log is opened for each line: there is nothing to close, and
whatever ends the command, all that was said is in it.

Laws:

- An error is always heard. A log that cannot be written any more ends no grading.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from l2harness.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

_LOG: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY


class Loudness(IntEnum):
    """How much is heard."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


@dataclass(frozen=True, slots=True)
class Voice:
    """
    How one command line speaks.

    Attributes:
        loudness: How much is heard on stderr.
        log: The file in which everything is kept; None without one.
    """

    loudness: Loudness = Loudness.NORMAL
    log: Path | None = None

    def heard(self, text: str, loudness: Loudness = Loudness.NORMAL) -> bool:
        """
        Keep a text in the log, and say whether it is to be heard as well.

        Args:
            text: One or several lines, already harmless.
            loudness: The least at which it is heard.
        """
        if self.log is not None:
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            lines = "".join(f"{now} {line}\n" for line in text.splitlines())
            with suppress(OSError):
                _append(self.log, lines)
        return self.loudness >= loudness


_VOICE: ContextVar[Voice] = ContextVar("voice", default=Voice())  # noqa: B039 - it is frozen


def voice() -> Voice:
    """Return the voice of the command line that is being run."""
    return _VOICE.get()


def voice_options(function: F) -> F:
    """Add ``--quiet``, ``--verbose`` and ``--log-file``; they are in force while it runs."""
    options = (
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            expose_value=False,
            callback=_loudness(Loudness.QUIET),
            help="Say nothing on stderr but errors.",
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_loudness(Loudness.VERBOSE),
            help="Say on stderr what is being done.",
        ),
        click.option(
            "--log-file",
            metavar="FILE",
            type=click.Path(path_type=Path, readable=False),
            expose_value=False,
            callback=_log,
            help="Add to this file, with times, all that --verbose would say.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _loudness(
    wanted: Loudness,
) -> Callable[[click.Context, click.Parameter, bool], None]:
    def use(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
        if not value:
            return
        if voice().loudness is not Loudness.NORMAL and voice().loudness is not wanted:
            raise click.UsageError("--quiet and --verbose: drop one of them", ctx)
        _VOICE.set(replace(voice(), loudness=wanted))

    return use


def _log(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is None:
        return
    from l2harness.commands.options import expect_uncovered
    from l2harness.grading.files import Owner

    expect_uncovered(value)
    path = value.absolute()
    there = path.exists()
    try:
        _append(path, "")
        owner = Owner.behind_sudo()
        if not there and owner is not None:
            os.chown(path, owner.uid, owner.gid, follow_symlinks=False)
    except OSError as error:
        raise UsageError(
            f"--log-file {value} cannot be written: {error.strerror}. Name a file in a directory "
            "that exists and is yours."
        ) from error
    _VOICE.set(replace(voice(), log=path))


def expect_log_outside(*submissions: Path) -> None:
    """
    See that the log is no part of what is graded, which it would change.

    Raises:
        UsageError: It lies in one of these directories.
    """
    log = voice().log
    for path in submissions:
        if log is not None and log.resolve().is_relative_to(path.resolve()):
            raise UsageError(
                f"--log-file {log} lies inside {path}, which is graded. Name a file outside of it."
            )


def _append(path: Path, text: str) -> None:
    descriptor = os.open(path, _LOG, 0o644)
    try:
        os.write(descriptor, text.encode(errors="backslashreplace"))
    finally:
        os.close(descriptor)
