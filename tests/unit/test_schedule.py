"""Making runs: each once, what is needed first, side by side, and no fault lost."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from l2harness.errors import KernelError, SpecError
from l2harness.grading import schedule as schedule_module
from l2harness.grading.schedule import Schedule
from l2harness.network.loop import Interrupted
from l2harness.network.timeline import Timeline

WITHIN_S = 30


class FakeLoop:
    """Remembers that it was interrupted."""

    def __init__(self):
        self.interrupted = threading.Event()

    def interrupt(self):
        """See `Loop.interrupt`."""
        self.interrupted.set()


class FakeSlot:
    """A network in name."""

    def __init__(self, fault=None):
        self.network = self
        self.sysfs = {}
        self.loop = FakeLoop()
        self.begun = 0
        self._fault = fault

    def bring_up(self):
        """See `Slot.bring_up`."""
        if self._fault is not None:
            raise self._fault

    def begin_run(self, run):
        """See `Network.begin_run`."""
        self.begun += 1
        return Timeline()


class FakeStage:
    """What a run gets: knows its name and its network, and says when it is closed."""

    def __init__(self, name, network, sysfs, closed):
        self.name, self.network = name, network
        self._closed = closed

    def close(self):
        """See `Stage.close`."""
        self._closed.append(self.name)

    def abandon(self):
        """See `Stage.abandon`."""

    def records(self):
        """See `Stage.records`."""
        return []


@pytest.fixture(autouse=True)
def fake_stage(monkeypatch):
    """Runs act on nothing."""
    monkeypatch.setattr(schedule_module, "Stage", FakeStage)


@pytest.fixture
def made():
    """Names of the runs, in the order in which they were made."""
    return []


@pytest.fixture
def runs(made):
    """Two chains: ``a`` and then ``b``, and ``c``; ``d`` needs both ends."""

    def a(stage):
        """First."""
        made.append("a")
        return "A"

    def b(stage, a):
        """Second."""
        made.append("b")
        return a + "B"

    def c(stage):
        """Apart."""
        made.append("c")
        return "C"

    def d(stage, b, c):
        """Last."""
        made.append("d")
        return b + c + "D"

    return {"a": a, "b": b, "c": c, "d": d}


def plan(runs, slots=2, **more):
    """A schedule for these runs, on so many networks; its equipment lists what was closed."""
    networks = [FakeSlot() for _ in range(slots)] if isinstance(slots, int) else slots
    return Schedule(runs, networks, equipment=[], **more)


class TestOrder:
    """What is made, and when."""

    def test_needs_are_arguments(self, runs):
        """A run needs the runs that its arguments name; all that it takes is found."""
        schedule = plan(runs)
        assert schedule.needs("d") == ["b", "c"]
        assert schedule.closure(["b"]) == ["a", "b"]
        assert schedule.closure(["d"]) == ["a", "b", "c", "d"]
        assert schedule.closure([]) == []

    @pytest.mark.parametrize("slots", [1, 2, 5])
    def test_each_once_after_what_it_needs(self, runs, made, slots):
        """Whatever the number of networks, records are handed on and nothing is made twice."""
        schedule = plan(runs, slots)
        schedule.make(["b"])
        assert made == ["a", "b"]
        schedule.make(["d", "b"])
        assert sorted(made) == ["a", "b", "c", "d"]
        assert made.index("d") == 3
        assert schedule.observed["d"].record == "ABCD"
        assert sorted(schedule.equipment) == ["a", "b", "c", "d"]

    def test_title_and_timeline(self, runs):
        """What is observed bears the run's docstring, a timeline and a time."""
        schedule = plan(runs)
        schedule.make(["a"])
        observed = schedule.observed["a"]
        assert (observed.name, observed.title, observed.fault) == ("a", "First.", None)
        assert isinstance(observed.timeline, Timeline)
        assert observed.wall_s >= 0

    def test_side_by_side(self):
        """Two runs that do not need each other are under way at the same time."""
        meeting = threading.Barrier(2)

        def one(stage):
            meeting.wait(WITHIN_S)

        def other(stage):
            meeting.wait(WITHIN_S)

        schedule = plan({"one": one, "other": other})
        schedule.make(["one", "other"])
        assert [it.fault for it in schedule.observed.values()] == [None, None]

    def test_a_network_has_one_run_at_a_time(self):
        """With one network they follow each other, each with a fresh timeline."""
        busy = threading.Lock()

        def exclusive(stage):
            assert busy.acquire(blocking=False)
            busy.release()

        slot = FakeSlot()
        schedule = plan({f"r{number}": exclusive for number in range(5)}, [slot])
        schedule.make(schedule.runs)
        assert all(it.fault is None for it in schedule.observed.values())
        assert slot.begun == 5

    def test_progress_is_told(self, runs):
        """Whoever watches hears how many of how many are done."""
        told = []
        schedule = plan(runs, 1, watch=lambda done, every: told.append((done, every)))
        schedule.make(["d"])
        assert told[0] == (0, 4)
        assert all(every == 4 for _, every in told)
        assert [done for done, _ in told] == sorted(done for done, _ in told)


class TestFaults:
    """What goes wrong in a run stays with it."""

    def test_it_is_kept(self, runs, made):
        """A fault is in the record of its run and of those that need it; others are made."""

        def broken(stage):
            """Breaks."""
            raise KernelError("carry a first frame over", "h1.eth0")

        schedule = plan({**runs, "a": broken})
        schedule.make(["d"])
        observed = schedule.observed
        assert isinstance(observed["a"].fault, KernelError)
        assert observed["b"].fault.__cause__ is observed["a"].fault
        assert "run a failed: carry a first frame over h1.eth0" in str(observed["b"].fault)
        assert observed["d"].fault is not None
        assert observed["c"].record == "C"
        assert made == ["c"]

    def test_a_network_that_does_not_come_up(self, runs):
        """It is the fault of every run on it."""
        fault = KernelError("create link", "h1.eth0", 12)
        schedule = plan(runs, [FakeSlot(fault)])
        schedule.make(["a", "c"])
        assert schedule.observed["a"].fault is schedule.observed["c"].fault is fault

    def test_an_unknown_need(self, runs):
        """A run that needs what is not there is refused before anything is made."""

        def e(stage, missing):
            """Needs too much."""

        with pytest.raises(SpecError, match="needs a run 'missing'; there is none") as refused:
            plan({**runs, "e": e})
        assert refused.value.key == "e"
        assert refused.value.path.name == "test_schedule.py"

    def test_a_circle(self):
        """So are runs that need each other."""

        def one(stage, other):
            """Needs the other."""

        def other(stage, one):
            """Needs the one."""

        with pytest.raises(SpecError, match="needs itself"):
            plan({"one": one, "other": other})


class TestAhead:
    """Making runs while something else is done."""

    def test_make_waits_for_them(self, runs, made):
        """Inside the block everything is being made; asking for a run waits until it is."""
        schedule = plan(runs)
        with schedule.ahead():
            schedule.make(["d"])
            assert schedule.observed["d"].record == "ABCD"
        assert sorted(made) == ["a", "b", "c", "d"]

    def test_a_network_is_up_before(self, runs):
        """The block takes no time from the networks: it begins when one is up."""
        schedule = plan(runs)
        bring_up = threading.Event()
        slots = [FakeSlot() for _ in schedule.slots]
        for slot in slots:
            slot.bring_up = lambda: bring_up.wait(WITHIN_S)
        schedule.slots[:] = slots
        with ThreadPoolExecutor(1) as other:

            def look():
                with schedule.ahead():
                    return sum(slot.begun for slot in slots)

            begun = other.submit(look)
            assert not begun.done()
            bring_up.set()
            assert begun.result(WITHIN_S) > 0

    def test_no_network_comes_up(self, runs):
        """Nor does it wait for one that never will be; and threads take turns as they did."""
        schedule = plan(runs)
        schedule.slots[:] = [FakeSlot(KernelError("create link", "h1.eth0", 12))]
        turn_s = sys.getswitchinterval()
        with schedule.ahead():
            assert sys.getswitchinterval() < turn_s
        assert sys.getswitchinterval() == turn_s
        assert isinstance(schedule.observed["a"].fault, KernelError)

    def test_an_error_in_the_block_ends_it(self):
        """What is under way is interrupted, nothing more is begun, and the error comes out."""
        begun = threading.Event()

        def endless(stage):
            begun.set()
            assert stage.network.loop.interrupted.wait(WITHIN_S)
            raise Interrupted

        def never(stage, endless):
            """Is not made."""
            raise AssertionError

        schedule = plan({"endless": endless, "never": never})

        def fail_meanwhile():
            with schedule.ahead():
                assert begun.wait(WITHIN_S)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail_meanwhile()
        assert isinstance(schedule.observed["endless"].fault, Interrupted)
        assert "never" not in schedule.observed

    def test_stopping_from_elsewhere(self, runs, made):
        """After `stop` no run is begun any more."""
        schedule = plan(runs)
        schedule.stop()
        schedule.make(["d"])
        assert made == []
        assert schedule.observed == {}
