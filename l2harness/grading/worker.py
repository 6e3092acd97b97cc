"""A warm worker: does one task after the other, as they are sent, until nobody sends any more.

Strategy: the same loop serves workers that are forked here (`nursery`) and those that a cluster
starts elsewhere (`cluster`). It knows nothing of grading: a task is a function and its arguments.

Laws:

- An exception is an answer like any other. What ends the loop is that the other end is gone, or
  SIGINT, on which a task takes down what it has up.
- Whoever sent the task decides about time; a worker has no clock.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import select
import signal
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar

from l2harness.errors import L2HarnessError
from l2harness.grading.channel import Channel, Hangup

T = TypeVar("T")

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
#: How long a task may take over taking down what it has up, seconds.
_FAREWELL_S: Final = 5.0


class WorkerLost(L2HarnessError):
    """A worker has died, or took too long and was killed; the task may succeed in another one."""


class CrewLost(L2HarnessError):
    """Nobody is left who could do anything: no task will succeed."""


class WorkerFault(L2HarnessError):
    """
    A fault of ours in a worker: an exception that is none of `L2HarnessError`.

    Args:
        problem: Its type and what it says.
        trace: Where it happened, as Python prints it.
    """

    def __init__(self, problem: str, trace: str) -> None:
        self.problem = problem
        self.trace = trace
        super().__init__(f"a fault in l2harness, {problem}")


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """
    What to do.

    Attributes:
        function: Found again by its name, so one of a module.
        arguments: Of it, by position.
        named: Of it, by name.
    """

    function: Callable[..., T]
    arguments: tuple[object, ...] = ()
    named: dict[str, object] = field(default_factory=dict)

    def run(self) -> T:
        """Call the function."""
        return self.function(*self.arguments, **self.named)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """
    What came of a task.

    Attributes:
        value: What the function returned; None if it raised.
        error: What it raised; None if it returned.
        grown_bytes: How much more memory the worker has to itself than before its first task.
    """

    value: T | None
    error: L2HarnessError | None
    grown_bytes: int

    def result(self) -> T:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # a value may be None by its own right


def serve(channel: Channel) -> None:
    """Do what comes through the channel until it is closed, or until SIGINT."""
    gc.collect()
    at_first_bytes = own_memory_bytes()
    try:
        while True:
            task = channel.receive()
            assert isinstance(task, Task)
            answer = _answer(task, at_first_bytes)
            try:
                channel.send(answer)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                channel.send(replace(answer, value=None, error=_fault(error)))
            del task, answer
    except (Hangup, KeyboardInterrupt):
        return


def _answer(task: Task[object], at_first_bytes: int) -> Answer[object]:
    value: object = None
    problem: L2HarnessError | None = None
    try:
        value = task.run()
    except L2HarnessError as error:
        problem = error
    except Exception as error:  # noqa: BLE001 - whoever sent the task has to hear of it
        problem = _fault(error)
    return Answer(value, problem, max(0, own_memory_bytes() - at_first_bytes))


def _fault(error: Exception) -> WorkerFault:
    trace = "".join(traceback.format_exception(error))
    return WorkerFault(f"{type(error).__name__}: {error}", trace)


def own_memory_bytes() -> int:
    """
    Return the memory of this process that is no file's.

    Pages that it still shares with the process it was forked from count as its own, so only
    differences mean anything. Source: proc(5), statm.
    """
    with open("/proc/self/statm", "rb") as file:
        _, resident, shared = file.read().split()[:3]
    return (int(resident) - int(shared)) * _PAGE_BYTES


def serve_stdin(get_ready: Callable[[], object]) -> None:
    """
    Serve whoever has started this process, over its stdin and stdout, until that one is gone.

    Descriptors 0 and 1 lead elsewhere from here on: what anything prints goes to stderr. The first
    answer goes out without a task: it says that all is ready, or why not.

    Args:
        get_ready: Enters our namespaces, imports, prepares.
    """
    channel = Channel(os.dup(0), os.dup(1))
    watched = os.dup(0)
    with open(os.devnull, "rb") as null:
        os.dup2(null.fileno(), 0)
    os.dup2(2, 1)
    try:
        get_ready()
    except L2HarnessError as error:
        channel.send(Answer(None, error, 0))
        return
    channel.send(Answer(None, None, 0))
    threading.Thread(target=_end_with, args=(watched,), name="hangup", daemon=True).start()
    serve(channel)


def _end_with(fd: int) -> None:
    """Interrupt the main thread when the other end is gone, and end the process if it stays."""
    poll = select.poll()
    poll.register(fd, 0)  # a hang-up is reported without being asked for
    poll.poll()
    main = threading.main_thread()
    with contextlib.suppress(ProcessLookupError):
        signal.pthread_kill(main.ident or 0, signal.SIGINT)
    main.join(_FAREWELL_S)
    os._exit(1)
