"""An executor of other machines: a running Dask scheduler and its workers. The only user of Dask.

Strategy: an order travels as a `Parcel`, with everything in it, and what comes of it travels back;
there is no shared disk. A Dask worker has threads and stands outside of our namespaces, so it
never grades itself: beside it, processes of ours are kept warm (`Keeper`), one for each thread,
and do what is sent as local workers do.

Laws:

- A Dask worker that dies takes its processes along, and what it was at is done elsewhere; Dask
  sees to that. One of our processes that dies or hangs costs its own task alone.
- A scheduler that is not there, or not any more, is said once: `CrewLost`.

Source: distributed.dask.org, "Client", "Worker plugins", "Resilience".
"""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
import secrets
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from distributed import Client, WorkerPlugin, get_worker
from distributed import Future as DaskFuture
from distributed.scheduler import KilledWorker
from distributed.worker import Worker

from l2harness.errors import L2HarnessError, PrivilegeError, UsageError
from l2harness.grading.equip import Order
from l2harness.grading.parcels import Parcel, packed, unpacked
from l2harness.grading.pool import GROWN_BYTES
from l2harness.grading.spawned import Spawned
from l2harness.grading.worker import CrewLost, Task, WorkerFault, WorkerLost
from l2harness.network.entry import WORKSPACE
from l2harness.programs.tree import shown

P = ParamSpec("P")
T = TypeVar("T")

_ADDRESS: Final = re.compile(r"(tcp|tls|ws|wss)://([^/:\[\]\s]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}")
#: How long a scheduler may take to answer, and the first worker to be there, seconds.
_SCHEDULER_WITHIN_S: Final = 10
_WORKER_WITHIN_S: Final = 30
_GOODBYE_WITHIN_S: Final = 0.5
#: How long the last of the workers may be gone, seconds: a cluster may need minutes for new ones.
_ABANDONED_AFTER_S: Final = 600.0
#: How often the workers are counted, seconds.
_COUNTED_EVERY_S: Final = 2.0
#: Of what comes back, zlib's level: reports become a fifth of their size in a few milliseconds.
COMPRESSION: Final = 1


class Cluster(Executor):
    """
    Other machines. Functions that it is given take one `Order`, which is sent along.

    Args:
        address: Of the scheduler, as in ``tcp://HOST:8786``.
        scratch: A directory that does not exist, for packing; of ours alone.
        limit_s: How long one order may take before its process is taken for hung, seconds.

    Raises:
        UsageError: This is no address.
        CrewLost: There is no scheduler at this address, or no worker comes.
    """

    def __init__(self, address: str, *, scratch: Path, limit_s: float) -> None:
        _silence()
        self._address = address
        self._scratch = scratch
        self._limit_s = limit_s
        self._name = f"l2harness-{secrets.token_hex(6)}"
        self._lost = False
        self._counted_s = 0.0
        self._manned_s = time.monotonic()
        self._count = 0
        self._under_way: set[DaskFuture] = set()
        self._lock = threading.Lock()
        self._client = _connected(address)
        try:
            self._client.wait_for_workers(1, timeout=_WORKER_WITHIN_S)
            self._client.register_plugin(Keeper(), name=self._name)
        except (TimeoutError, OSError) as error:
            self._client.close()
            raise CrewLost(
                f"the scheduler at {address} has no workers. Start some with "
                f"`dask worker {address}`, where l2harness is installed"
            ) from error

    def size(self) -> int:
        """
        Return how many orders can be worked on at a time, just now.

        Raises:
            CrewLost: The scheduler has gone, or has had no workers for long.
        """
        now_s = time.monotonic()
        if now_s - self._counted_s > _COUNTED_EVERY_S:
            with self._lost_scheduler():
                self._count = sum(self._client.nthreads().values())
            self._counted_s = now_s
            if self._count:
                self._manned_s = now_s
            elif now_s - self._manned_s > _ABANDONED_AFTER_S:
                raise CrewLost(
                    f"the scheduler at {self._address} has had no workers for "
                    f"{_ABANDONED_AFTER_S:g} s"
                )
        return self._count

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """
        Have a function of a module called elsewhere with an order, the only argument.

        The future raises `WorkerLost` where the process that was at it died or hung, the
        function's own error if that is a `L2HarnessError`, `CrewLost` if the scheduler is gone.
        """
        (order,) = args
        assert isinstance(order, Order)
        outer: Future[T] = Future()
        outer.set_running_or_notify_cancel()
        try:
            parcel = packed(order, self._scratch)
            with self._lost_scheduler():
                inner = self._client.submit(
                    _do_on_worker, fn, parcel, self._name, self._limit_s, pure=False
                )
        except L2HarnessError as error:
            outer.set_exception(error)
            return outer
        with self._lock:
            self._under_way.add(inner)
        inner.add_done_callback(lambda done: self._hand_over(done, outer))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let go of the cluster, which runs on; more than once is allowed."""
        with contextlib.suppress(Exception):
            if cancel_futures and not self._lost:
                self._client.cancel(list(self._under_way), force=True)
            if not self._lost:
                self._client.unregister_worker_plugin(self._name)
        with contextlib.suppress(Exception):
            self._client.close(timeout=_GOODBYE_WITHIN_S)

    def _hand_over(self, inner: DaskFuture, outer: Future[Any]) -> None:
        """Pass on what came of a task; called by a thread of Dask's."""
        with self._lock:
            self._under_way.discard(inner)
        try:
            if inner.status == "finished":
                outer.set_result(pickle.loads(zlib.decompress(inner.result())))
            elif inner.status == "error":
                outer.set_exception(_ours(inner.exception()))
            else:
                outer.set_exception(self._gone())
        except Exception as error:  # noqa: BLE001 - whoever waits has to hear of it
            if not outer.done():
                outer.set_exception(self._gone(error))

    @contextlib.contextmanager
    def _lost_scheduler(self) -> Iterator[None]:
        try:
            yield
        except L2HarnessError:
            raise
        except Exception as error:
            raise self._gone(error) from error

    def _gone(self, error: Exception | None = None) -> CrewLost:
        self._lost = True
        said = f": {error}" if error is not None and str(error) else ""
        return CrewLost(f"the scheduler at {self._address} has gone{said}")


def _silence() -> None:
    """Dask speaks of every broken connection; what matters of that is an exception here."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _connected(address: str) -> Client:
    if not _ADDRESS.fullmatch(address):
        raise UsageError(
            f"{shown(address)} is no address of a scheduler; one looks like tcp://HOST:8786"
        )
    try:
        return Client(address, timeout=_SCHEDULER_WITHIN_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise CrewLost(
            f"there is no scheduler at {address}. Start one with `dask scheduler`"
        ) from error


def _ours(error: BaseException | None) -> L2HarnessError:
    """What a task raised, as an error of ours."""
    if isinstance(error, L2HarnessError):
        return error
    if isinstance(error, KilledWorker):
        return WorkerLost(f"the workers that were at it died, {error.last_worker.address} last")
    return WorkerFault(f"{type(error).__name__}: {error}", "")


def _do_on_worker(
    function: Callable[[Order], object], parcel: Parcel, plugin: str, limit_s: float
) -> bytes:
    """Run by a thread of a Dask worker."""
    keeper = get_worker().plugins[plugin]
    assert isinstance(keeper, Keeper)
    result = keeper.do(Task(_do_inside, (function, parcel)), limit_s)
    return zlib.compress(pickle.dumps(result, pickle.HIGHEST_PROTOCOL), COMPRESSION)


def _do_inside(function: Callable[[Order], object], parcel: Parcel) -> object:
    """Run by a process of ours, inside its namespaces."""
    with unpacked(parcel, Path(WORKSPACE)) as order:
        return function(order)


class Keeper(WorkerPlugin):  # type: ignore[misc]  # Dask has no types
    """Keeps processes of ours warm beside a Dask worker, as many as it does tasks at a time."""

    def setup(self, worker: Worker) -> None:
        """See `WorkerPlugin.setup`."""
        self._address = str(worker.address)
        self._lock = threading.Lock()
        self._idle: list[Spawned] = []
        self._all: set[Spawned] = set()

    def teardown(self, worker: Worker) -> None:
        """See `WorkerPlugin.teardown`; what is under way is ended."""
        with self._lock:
            every, self._idle = list(self._all), []
            self._all.clear()
        for process in every:
            process.end()

    def do(self, task: Task[T], limit_s: float) -> T:
        """
        Have a process do a task; called by any thread.

        Raises:
            WorkerLost: It died, or took too long.
            L2HarnessError: What the task raised.
        """
        process = self._take()
        try:
            answer = process.ask(task, limit_s)
        except BaseException:
            self._forget(process)
            raise
        if answer.grown_bytes > GROWN_BYTES:
            self._forget(process)
        else:
            with self._lock:
                if process in self._all:
                    self._idle.append(process)
        return answer.result()

    def _take(self) -> Spawned:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        process = Spawned()
        with self._lock:
            self._all.add(process)
        try:
            process.expect_ready()
        except PrivilegeError as error:
            self._forget(process)
            raise PrivilegeError(f"{self._address}: {error.missing}", error.remedy) from error
        except BaseException:
            self._forget(process)
            raise
        return process

    def _forget(self, process: Spawned) -> None:
        with self._lock:
            self._all.discard(process)
        process.end()
