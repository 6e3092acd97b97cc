"""User-mode Linux for l2harness, which finds it by itself once this is installed.

Beside this file lie ``linux``, ``config`` (every option that it was built with) and ``SOURCE``
(which sources those were). Licence: GPL-2.0-only; see SOURCE-OFFER.md for how to get the sources.
"""

from pathlib import Path

__all__ = ["program"]


def program() -> Path:
    """Return the path of the program, which answers ``--version`` with that of its kernel."""
    return Path(__file__).with_name("linux")
