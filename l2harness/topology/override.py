"""The same network with other segments: the driver and the padding of all of them changed."""

from __future__ import annotations

import dataclasses

from l2harness.errors import UsageError
from l2harness.topology.declared import Driver, Topology
from l2harness.topology.rules import problems


def override(
    topology: Topology, *, driver: Driver | None = None, min_frame: int | None = None
) -> Topology:
    """
    Change every segment of *topology*.

    Args:
        topology: Stays as it is.
        driver: Who moves the frames; None leaves it as declared.
        min_frame: Bytes to which shorter frames are padded, 0 for none; None leaves it as
            declared.

    Returns:
        The changed topology.

    Raises:
        UsageError: The outcome breaks a rule, as padding without the wire driver does.
    """
    changed = dataclasses.replace(
        topology,
        segments=tuple(
            dataclasses.replace(
                segment,
                driver=segment.driver if driver is None else driver,
                min_frame=segment.min_frame if min_frame is None else min_frame,
            )
            for segment in topology.segments
        ),
    )
    for problem in problems(changed):
        raise UsageError(f"topology {topology.name} cannot be changed so: {problem}")
    return changed
