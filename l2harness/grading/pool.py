"""An executor of warm local processes, each doing one thing at a time and none afraid of death.

Strategy: a thread of the harness for each worker takes a task, sends it, and waits for the answer
with a deadline; see `nursery` for where workers come from. What is unlike
`concurrent.futures.ProcessPoolExecutor`: a worker that dies or hangs costs its own task alone,
which fails with `WorkerLost` and may be submitted again.

Laws:

- A worker that took too long, or has grown, is replaced before the next task.
- After an interrupt everything is gone within a second: workers are asked to take down what they
  have up, then killed.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, TypeVar

from l2harness.grading.channel import Hangup, TooLate
from l2harness.grading.nursery import Forked, Nursery
from l2harness.grading.worker import Answer, Task, WorkerLost
from l2harness.network.loop import Deadline

P = ParamSpec("P")
T = TypeVar("T")

#: By how much a worker may grow before it is replaced. One grading needs some 20 MB more.
GROWN_BYTES: Final = 96 << 20
#: After an interrupt: what workers have for their farewell, and then the kernel, seconds.
_FAREWELL_S: Final = 0.6
_DEATH_WITHIN_S: Final = 10.0


@dataclass(slots=True)
class _Job:
    """A task that waits for its turn, and whoever waits for it."""

    task: Task[Any]
    future: Future[Any]


class WarmPool(Executor):
    """
    Local worker processes. Make one while the process, inside our namespaces, has one thread.

    Args:
        workers: How many there are.
        limit_s: How long one task may take before its worker is taken for hung, seconds.
        warm_up: Called once, before the first worker is forked, to import what all need.
        grown_bytes: By how much a worker may grow before it is replaced.
    """

    def __init__(
        self,
        workers: int,
        *,
        limit_s: float,
        warm_up: Callable[[], object] | None = None,
        grown_bytes: int = GROWN_BYTES,
    ) -> None:
        self._limit_s = limit_s
        self._grown_bytes = grown_bytes
        self._nursery = Nursery(warm_up)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._busy: set[Forked] = set()
        self._drivers = [
            threading.Thread(target=self._drive, name=f"worker-{number}", daemon=True)
            for number in range(workers)
        ]
        for driver in self._drivers:
            driver.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """
        Have a worker call a function of a module; what goes in and comes out is copied.

        The future raises `WorkerLost` if the worker died or hung, the function's own error if that
        is a `L2HarnessError`, else `WorkerFault`.

        Raises:
            RuntimeError: The pool has been shut down.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the pool has been shut down")
            self._jobs.put(_Job(Task(fn, args, dict(kwargs)), future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """
        Take no further task; more than once is allowed.

        Args:
            wait: Return when the workers are gone.
            cancel_futures: Forget what has not begun, and interrupt what has.
        """
        with self._lock:
            if not self._closed:
                self._closed = True
                for _ in self._drivers:
                    self._jobs.put(None)
        if cancel_futures:
            self._cancel_waiting()
            self._signal_busy(Forked.interrupt)
            deadline = Deadline.after(_FAREWELL_S)
            for driver in self._drivers:
                driver.join(deadline.remaining_s)
            self._signal_busy(Forked.kill)
        if wait or cancel_futures:
            for driver in self._drivers:
                driver.join()
            self._nursery.close()

    # -- one thread for each worker -----------------------------------------------------------

    def _drive(self) -> None:
        worker: Forked | None = None
        while (job := self._jobs.get()) is not None:
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                worker = worker or self._nursery.worker()
                answer = self._ask(worker, job.task)
            except BaseException as error:  # noqa: BLE001 - whoever waits has to hear of it
                _end(worker)
                worker = None
                job.future.set_exception(error)
                continue
            if answer.grown_bytes > self._grown_bytes:
                _end(worker)
                worker = None
            if answer.error is not None:
                job.future.set_exception(answer.error)
            else:
                job.future.set_result(answer.value)
            del job, answer
        _end(worker)

    def _ask(self, worker: Forked, task: Task[Any]) -> Answer[Any]:
        """
        Have a worker do a task.

        Raises:
            WorkerLost: It died, or took too long.
        """
        with self._lock:
            self._busy.add(worker)
        try:
            worker.channel.send(task)
            answer = worker.channel.receive(Deadline.after(self._limit_s))
        except Hangup as error:
            raise WorkerLost("the process that was at it died") from error
        except TooLate as error:
            raise WorkerLost(f"it was not finished after {self._limit_s:g} s") from error
        finally:
            with self._lock:
                self._busy.discard(worker)
        assert isinstance(answer, Answer)
        return answer

    # -- an early end -------------------------------------------------------------------------

    def _cancel_waiting(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                if (job := self._jobs.get_nowait()) is not None:
                    job.future.cancel()
        for _ in self._drivers:
            self._jobs.put(None)

    def _signal_busy(self, send: Callable[[Forked], None]) -> None:
        # Under the lock: a worker is let go of only after it has been taken out.
        with self._lock:
            for worker in self._busy:
                send(worker)


def _end(worker: Forked | None) -> None:
    """End a worker, whatever it does, and wait until it is gone."""
    if worker is not None:
        worker.kill()
        worker.gone(Deadline.after(_DEATH_WITHIN_S))
        worker.close()
