"""Who grades a class: warm processes or virtual machines here, or the workers of a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from l2harness.commands.work import grade_order, longest_s, warm_up
from l2harness.errors import UsageError
from l2harness.grading.classwork import Crew
from l2harness.labs.lab import Lab
from l2harness.vm.machine import Hypervisor


@contextmanager
def local_crew(workers: int, lab: Lab) -> Iterator[Crew]:
    """
    Have so many warm processes while the block lasts; enter it before there are threads.

    When it is left by an exception, what is under way is interrupted.
    """
    from l2harness.grading.pool import WarmPool

    pool = WarmPool(workers, limit_s=longest_s(lab), warm_up=lambda: warm_up(lab))
    try:
        yield Crew(pool, lambda: workers, grade_order)
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


@contextmanager
def machine_crew(workers: int, hypervisor: Hypervisor) -> Iterator[Crew]:
    """
    Have a virtual machine for each submission, so many at a time, while the block lasts.

    When it is left by an exception, what is under way is ended.
    """
    from l2harness.commands.machines import MachineGrader, machine_pool

    with machine_pool(workers) as (pool, cancel):
        yield Crew(pool, lambda: workers, MachineGrader(hypervisor, cancel))


@contextmanager
def cluster_crew(address: str, lab: Lab, scratch: Path) -> Iterator[Crew]:
    """
    Have the workers of a Dask scheduler while the block lasts.

    Args:
        address: As in ``tcp://HOST:8786``.
        lab: To be graded.
        scratch: A directory that does not exist, for packing; of ours alone.

    Raises:
        UsageError: Dask is not installed.
        CrewLost: There is no scheduler, or it has no workers.
    """
    try:
        from l2harness.grading.cluster import Cluster
    except ModuleNotFoundError as error:
        raise UsageError(
            f"--cluster needs Dask, and there is no module {error.name} here: "
            "`pip install l2harness[cluster]`"
        ) from error
    cluster = Cluster(address, scratch=scratch, limit_s=longest_s(lab))
    try:
        yield Crew(cluster, cluster.size, grade_order)
    except BaseException:
        cluster.shutdown(cancel_futures=True)
        raise
    cluster.shutdown()
