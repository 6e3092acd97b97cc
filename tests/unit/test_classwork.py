"""The grading of a class: what is graded, what not again, and what becomes of trouble."""

import itertools
import random
from collections import Counter
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace

import pytest

from l2harness.errors import (
    KernelError,
    PrivilegeError,
    SandboxError,
    SpecError,
    SubmissionError,
    UsageError,
)
from l2harness.grading.classwork import TRIES, Classwork, Crew, Desk, Graded, Standing
from l2harness.grading.draws import seed_for
from l2harness.grading.journal import open_journal
from l2harness.grading.survey import REPORT, Status, Survey, Terms, chosen
from l2harness.grading.worker import CrewLost, WorkerFault, WorkerLost
from l2harness.labs.lab import find_lab
from l2harness.programs.submission import digest
from l2harness.programs.uploads import find_uploads

LAB = find_lab("pyng")


class Inline(Executor):
    """Does what it is given, here; as many at a time as it is asked to, in any order."""

    def __init__(self):
        self.waiting = []
        self.most = 0

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.waiting.append((future, fn, args))
        self.most = max(self.most, len(self.waiting))
        return future

    def step(self):
        """Do one of those that wait, by lot."""
        if self.waiting:
            future, fn, args = self.waiting.pop(random.randrange(len(self.waiting)))
            try:
                future.set_result(fn(*args))
            except Exception as error:  # noqa: BLE001 - as an executor does
                future.set_exception(error)


@dataclass
class Telling:
    """What was told, and work done whenever something is."""

    executor: Inline
    known_names: list = field(default_factory=list)
    tries: Counter = field(default_factory=Counter)
    problems: dict = field(default_factory=dict)
    outcomes: dict = field(default_factory=dict)

    def known(self, name):
        self.known_names.append(name)

    def under_way(self, names):
        self.executor.step()

    def tried(self, name, tries, why):
        self.tries[name] = tries

    def finished(self, name, graded, wall_s, problem):
        self.outcomes[name] = graded.outcome
        if problem:
            self.problems[name] = problem


@dataclass
class Room:
    """A class, its output directory, and somebody who grades it."""

    path: object
    faults: dict = field(default_factory=dict)
    graded: list = field(default_factory=list)
    entries: list = field(default_factory=list)

    @property
    def uploads(self):
        return self.path / "uploads"

    @property
    def out(self):
        return self.path / "out"

    def hand_in(self, *names, text="#!/bin/sh\n"):
        for name in names:
            (self.uploads / name).mkdir(parents=True, exist_ok=True)
            (self.uploads / name / "pyng").write_text(text)

    def found(self):
        return find_uploads([self.uploads], LAB.programs)

    def grade_one(self, order):
        """What a worker does here: nothing but to say whose it was."""
        self.graded.append(order.name)
        for fault in self.faults.get(order.name, ()):
            raise fault
        return self.report(order.name, order.seed, digest(order.directory))

    @staticmethod
    def report(name, seed, named, standing=Standing.PASSED, outcome="100 of 100"):
        files = {REPORT: f"{name} {seed} {named}".encode(), "report.md": b"# A report"}
        return Graded(files, named, standing, outcome, b"")

    def draw(self, result):
        return self.report(
            result.submission.name, result.seed, result.submission.digest, Standing.of(result), "-"
        )

    def keep(self, name, files):
        assert list(files)[-1] == REPORT
        (self.out / name).mkdir(parents=True, exist_ok=True)
        for file, data in files.items():
            (self.out / name / file).write_bytes(data)

    def run(self, *, terms=None, again=(), wish="", only=None, size=2, uploads=None):
        """Grade the class, from opening the journal to closing it."""
        self.graded.clear()
        self.out.mkdir(exist_ok=True)
        executor = Inline()
        watch = Telling(executor)
        with open_journal(self.out) as journal:
            journal.begin_round(wish, again)
            survey = Survey(terms or Terms(LAB, "7"), journal, self.out, self.path / "scratch")
            Classwork(
                survey,
                journal,
                Crew(executor, lambda: size, self.grade_one),
                Desk(self.draw, self.keep, self.entries.append),
                watch,
            ).grade(self.found() if uploads is None else uploads, only=only)
            journal.end_round()
        return watch

    def results(self):
        """Every report, by its path below the output directory."""
        return {
            str(path.relative_to(self.out)): path.read_bytes()
            for path in sorted(self.out.glob("*/*"))
        }


@pytest.fixture
def room(tmp_path):
    """A class of three."""
    made = Room(tmp_path)
    made.hand_in("jones", "miller", "schmidt")
    return made


class TestOnce:
    """Nothing is done twice, and nothing is left out."""

    def test_everybody_is_graded(self, room):
        """Each submission is given to a worker once, and its reports are written."""
        room.run()
        assert sorted(room.graded) == ["jones", "miller", "schmidt"]
        assert sorted(entry.name for entry in room.entries) == sorted(room.graded)
        assert set(room.results()) == {
            f"{name}/{file}" for name in room.graded for file in (REPORT, "report.md")
        }

    def test_what_is_finished_is_not_graded_again(self, room):
        """A second run grades nothing, and says that it knows all."""
        room.run()
        watch = room.run()
        assert room.graded == []
        assert watch.known_names == ["jones", "miller", "schmidt"]

    def test_a_changed_submission_is(self, room):
        """Of a class in which one has handed in again, that one is graded."""
        room.run()
        room.hand_in("miller", text="#!/bin/sh\nexit 1\n")
        room.run()
        assert room.graded == ["miller"]

    def test_a_new_submission_is(self, room):
        """Who comes late is graded, and nobody else."""
        room.run()
        room.hand_in("late")
        room.run()
        assert room.graded == ["late"]

    @pytest.mark.parametrize(
        "terms",
        [
            Terms(LAB, "8"),
            Terms(replace(LAB, topology=replace(LAB.topology, description="new")), "7"),
            Terms(LAB, "7", sandboxed=False),
        ],
        ids=["seed", "lab", "sandbox"],
    )
    def test_what_decides_a_result_grades_all_again(self, room, terms):
        """Another seed, another lab, or no sandbox: everybody is graded again."""
        room.run()
        room.run(terms=terms)
        assert len(room.graded) == 3

    def test_another_version_grades_all_again(self, room, monkeypatch):
        """Another version of the harness grades everybody again."""
        room.run()
        monkeypatch.setattr("l2harness.grading.survey.__version__", "99")
        room.run()
        assert len(room.graded) == 3

    def test_how_many_at_a_time_grades_nothing_again(self, room):
        """How it was done decides nothing."""
        room.run(size=1)
        room.run(size=4, terms=Terms(LAB, "7", jobs=8))
        assert room.graded == []

    @pytest.mark.parametrize("damage", ["missing", "changed", "cut"])
    def test_reports_that_are_lost_are_made_again(self, room, damage):
        """A report that is not on the disk as it was written is made again, to the same bytes."""
        room.run()
        before = room.results()
        path = room.out / "miller" / REPORT
        if damage == "missing":
            path.unlink()
        else:
            path.write_bytes(b"" if damage == "cut" else b"100 of 100")
        room.run()
        assert room.graded == ["miller"]
        assert room.results() == before

    def test_there_and_back(self, room):
        """A submission that is again what it once was has the reports of what it is."""
        room.run()
        before = room.results()
        room.hand_in("miller", text="#!/bin/sh\nexit 1\n")
        room.run()
        assert room.results() != before
        room.hand_in("miller")
        room.run()
        assert room.results() == before


class TestSeeds:
    """Order and parallelism change nothing."""

    def test_the_same_for_everybody_else(self, room):
        """However many are graded at a time, and whoever else hands in, the reports are these."""
        room.run(size=1)
        alone = room.results()
        room.hand_in("adams", "late")
        other = Room(room.path / "again")
        other.hand_in("adams", "jones", "late", "miller", "schmidt")
        other.run(size=5, uploads=reversed(other.found()))
        assert alone.items() <= other.results().items()

    def test_a_seed_is_of_the_class_and_the_name(self):
        """Another class or another name is another seed; what is joined cannot be confused."""
        pairs = [("7", "miller"), ("8", "miller"), ("7", "schmidt"), ("7m", "iller"), ("", "7m")]
        assert len({seed_for(*pair) for pair in pairs}) == len(pairs)
        assert seed_for("7", "miller") == seed_for("7", "miller")

    def test_names_that_are_no_text(self):
        """A name of any bytes has a seed."""
        assert seed_for("7", "m\udcfcller") != seed_for("7", "müller")


class TestAgain:
    """What somebody asks for."""

    def test_what_is_due_again_is_graded_though_it_is_finished(self, room):
        """A submission that is asked for is graded once more, the others are not."""
        room.run()
        room.run(wish="miller", again=["miller"])
        assert room.graded == ["miller"]
        room.run()
        assert room.graded == []

    def test_only_what_has_changed(self, room):
        """With a status that is wanted, what has another one is left alone."""
        room.run()
        room.hand_in("miller", text="#!/bin/sh\nexit 1\n")
        room.hand_in("new")
        room.run(only=frozenset({Status.CHANGED}))
        assert room.graded == ["miller"]

    def test_ids(self, room):
        """A submission is chosen by its name or its student's id; others name the next."""
        uploads = [replace(it, student_id=f"id-{it.name}") for it in room.found()]
        assert [it.name for it in chosen(["id-schmidt", "jones"], uploads)] == ["jones", "schmidt"]
        with pytest.raises(UsageError, match="no submission mller; did you mean miller"):
            chosen(["mller"], uploads)


class TestTrouble:
    """What goes wrong costs whom it has to."""

    @pytest.mark.parametrize(
        "fault",
        [
            WorkerLost("it died"),
            WorkerFault("ValueError: x", "trace"),
            KernelError("create", "veth"),
            SandboxError("no bwrap"),
        ],
        ids=lambda it: type(it).__name__,
    )
    def test_a_fault_that_passes_costs_a_try(self, room, fault):
        """A worker that is lost, and lost again, costs nothing but time."""
        room.faults["miller"] = iter([fault, fault])
        watch = room.run()
        assert watch.tries == {"miller": TRIES - 1}
        assert watch.problems == {}
        assert room.graded.count("miller") == TRIES
        assert len(room.results()) == 6

    @pytest.mark.parametrize("times", [1, TRIES])
    def test_a_doubtful_result_is_not_taken_at_once(self, room, monkeypatch, times):
        """Where something of ours went wrong it is tried again; the last result counts."""
        doubtful = iter([True] * times)

        def grade_one(order):
            room.graded.append(order.name)
            graded = room.report(order.name, order.seed, digest(order.directory))
            if order.name == "miller" and next(doubtful, False):
                return replace(graded, doubt="no sandbox", standing=Standing.ERROR)
            return graded

        monkeypatch.setattr(room, "grade_one", grade_one)
        watch = room.run()
        assert room.graded.count("miller") == min(times + 1, TRIES)
        assert watch.problems == {}
        with open_journal(room.out) as journal:
            assert journal.with_standing("error") == (["miller"] if times == TRIES else [])

    def test_after_some_tries_the_instructor_has_to_look(self, room):
        """Where workers always die the result says so; the others have theirs."""
        room.faults["miller"] = itertools.repeat(WorkerLost("it died"))
        watch = room.run()
        assert watch.problems == {"miller": "it died (tried 3 times)"}
        assert room.graded.count("miller") == TRIES
        with open_journal(room.out) as journal:
            assert journal.with_standing("error") == ["miller"]
            assert journal.with_standing("passed") == ["jones", "schmidt"]

    def test_that_result_is_finished_too(self, room):
        """It is not tried again until somebody asks, and then is as good as any."""
        room.faults["miller"] = iter([WorkerLost("it died")] * TRIES)
        room.run()
        room.run()
        assert room.graded == []
        room.run(wish="error", again=["miller"])
        assert room.graded == ["miller"]

    def test_what_cannot_be_opened_is_said_once(self, room):
        """A submission that is no archive is nobody's work, and names no place on this machine."""
        (room.uploads / "broken.zip").write_bytes(b"PK\x03\x04 no archive")
        watch = room.run()
        assert "broken" not in room.graded
        assert "broken" in watch.problems
        assert str(room.path) not in watch.problems["broken"]
        assert len(room.graded) == 3
        assert room.run().known_names == ["broken", "jones", "miller", "schmidt"]
        (room.uploads / "broken.zip").write_bytes(b"no archive at all")
        assert list(room.run().problems) == ["broken"]

    def test_what_a_worker_cannot_open_is_tried_once(self, room):
        """That a submission is not safe to open is no accident, and is not tried again."""
        room.faults["miller"] = itertools.repeat(
            SubmissionError(f"{room.uploads / 'miller'} is too much")
        )
        watch = room.run()
        assert watch.problems == {"miller": "miller is too much"}
        assert room.graded.count("miller") == 1

    @pytest.mark.parametrize(
        "fault",
        [
            PrivilegeError("CAP_NET_ADMIN is missing", "Use sudo"),
            SpecError("lab.toml", 3, "title", "is missing"),
            UsageError("OUT cannot be written"),
            CrewLost("the scheduler has gone"),
        ],
        ids=lambda it: type(it).__name__,
    )
    def test_what_all_would_meet_ends_it(self, room, fault):
        """A fault of the machine or the lab is raised; what was finished is not graded again."""
        room.run(uploads=room.found()[:1])
        room.faults["schmidt"] = itertools.repeat(fault)
        with pytest.raises(type(fault)):
            room.run()
        room.faults.clear()
        room.run()
        assert "jones" not in room.graded
        assert len(room.results()) == 6

    def test_a_full_disk_ends_it(self, room, monkeypatch):
        """Reports that cannot be written are of no finished submission."""

        def full(name, files):
            raise KernelError("write", name, 28)

        monkeypatch.setattr(room, "keep", full)
        with pytest.raises(KernelError, match="No space left"):
            room.run()
        monkeypatch.undo()
        room.run()
        assert sorted(room.graded) == ["jones", "miller", "schmidt"]

    def test_memory_does_not_depend_on_the_class(self, room):
        """However many hand in, a few are with the workers at a time."""
        room.hand_in(*(f"s{number}" for number in range(40)))
        watch = room.run(size=3)
        assert watch.executor.most == 6
        assert len(watch.outcomes) == 43
