"""``l2harness serve-orders``: a worker for a cluster. Started by Dask's workers, not by people."""

from __future__ import annotations

import click


@click.command(hidden=True, short_help="Grade what comes through stdin, for a cluster.")
def serve_orders() -> int:
    """
    Grade what comes through stdin, and answer on stdout, until stdin is closed.

    Workers of a Dask cluster start this by themselves; there is nothing to type here.
    """
    from l2harness.grading.worker import serve_stdin

    serve_stdin(_get_ready)
    return 0


def _get_ready() -> None:
    from l2harness.network import entry

    entry.enter()

    from l2harness.commands import work  # noqa: F401 - what every submission needs
