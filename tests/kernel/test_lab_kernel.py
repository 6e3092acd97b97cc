"""A whole grading, from a directory to a result: right, repeatable, and fair about our faults."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from bench import write_files

from l2harness.errors import KernelError, PrivilegeError, SandboxError
from l2harness.grading.equip import Order
from l2harness.grading.result import Verdict
from l2harness.grading.session import Grading, default_jobs, grade
from l2harness.labs.lab import built_in_labs, find_lab
from l2harness.labs.mutants import reference_of, references_of
from l2harness.labs.pyng import runs as pyng_runs
from l2harness.network.network import Network
from l2harness.programs import cgroup
from l2harness.programs.submission import digest
from l2harness.reports.json import from_json, stable, to_json

pytestmark = pytest.mark.usefixtures("bubblewrap")


def order_of(directory, lab="pyng", seed="7", **more):
    """An order to grade a directory."""
    return Order(find_lab(lab), directory, directory.name, seed, jobs=default_jobs(), **more)


@pytest.fixture
def reference(tmp_path):
    """A copy of the reference solution, to do something to."""
    return shutil.copytree(reference_of(find_lab("pyng")), tmp_path / "reference")


def verdicts(result):
    """Verdict of each check."""
    return {check.id: check.verdict for check in result.checks}


def groups_with(result, *wanted):
    """Groups of the checks that have one of these verdicts."""
    return {check.group for check in result.checks if check.verdict in wanted}


REFERENCES = [
    pytest.param(lab, directory, id=f"{lab}-{name}")
    for lab in built_in_labs()
    for name, directory in references_of(find_lab(lab)).items()
]


class TestRight:
    """The references."""

    @pytest.mark.parametrize(("lab", "directory"), REFERENCES)
    def test_it_gets_every_point(self, lab, directory):
        """In every lab that ships, each of the lab's own solutions passes every check."""
        result = grade(order_of(directory, lab))
        assert groups_with(result, *set(Verdict) - {Verdict.PASS}) == set()
        assert (result.score, result.max_score, result.complete) == (100, 100, True)
        assert result.misconceptions == ()

    def test_whatever_the_seed(self, reference):
        """Other addresses, other payloads, the same points."""
        for seed in ("0", "a long seed with ünïcode", "\n", "ffffffff"):
            assert grade(order_of(reference, seed=seed)).score == 100

    def test_unprotected(self, reference):
        """Without a sandbox the points are the same, and the result says how it came about."""
        result = grade(order_of(reference, sandboxed=False))
        assert (result.score, result.protections) == (100, ("no-sandbox",))

    def test_without_control_groups(self, reference, monkeypatch):
        """Where no group can be made the points are the same, and the result says so."""
        monkeypatch.setattr(cgroup.Groups, "here", classmethod(lambda cls: cls([])))
        result = grade(order_of(reference))
        assert (result.score, result.protections) == (100, ("no-cgroups",))


class TestTheSameAgain:
    """Same submission and same seed: the same report."""

    @pytest.mark.parametrize("name", ["public-sample", "with-threads"])
    def test_byte_for_byte(self, name):
        """Two gradings differ in their times alone, also if one makes its runs one by one."""
        directory = Path(__file__).parents[1] / "submissions" / "right" / name
        orders = [order_of(directory), order_of(directory), replace(order_of(directory), jobs=1)]
        first, *others = [to_json(stable(grade(order))) for order in orders]
        assert others == [first, first]

    def test_what_is_wrong_is_the_same_too(self, reference):
        """So do gradings of a wrong submission, with everything that is said about it."""
        source = (reference / "ethernet.py").read_text()
        assert "0x88B5" in source
        (reference / "ethernet.py").write_text(source.replace("0x88B5", "0xB588"))
        one, other = (grade(order_of(reference)) for _ in range(2))
        assert to_json(stable(one)) == to_json(stable(other))
        assert verdicts(one)["client.ethertype"] is Verdict.FAIL

    def test_another_seed_is_another_network(self, reference):
        """The control: with another seed the reports do differ."""
        one, other = (grade(order_of(reference, seed=seed)) for seed in ("1", "2"))
        assert one.runs != other.runs

    def test_it_survives_being_written(self, reference):
        """A result that is written as report.json and read again is equal."""
        result = grade(order_of(reference))
        assert to_json(from_json(to_json(result))) == to_json(result)


class TestHalves:
    """A missing half costs that half."""

    def test_without_the_client(self, reference):
        """Server checks pass; those of the client and of the pair do not."""
        (reference / "pyng").unlink()
        result = grade(order_of(reference))
        assert groups_with(result, Verdict.PASS) == {"server"}
        assert groups_with(result, Verdict.FAIL, Verdict.BLOCKED) == {"client", "pair"}
        assert (result.score, result.complete) == (40, True)
        assert "no file named pyng" in result.checks[0].rationale

    def test_without_the_server(self, reference):
        """Client checks pass; those of the server and of the pair do not."""
        (reference / "pyngd").unlink()
        result = grade(order_of(reference))
        assert groups_with(result, Verdict.PASS) == {"client"}
        assert groups_with(result, Verdict.FAIL, Verdict.BLOCKED) == {"server", "pair"}
        assert (result.score, result.complete) == (50, True)

    def test_without_either(self, tmp_path):
        """No program, no points, and a complete result all the same."""
        directory = write_files(tmp_path / "empty", {"README": "I was ill."})
        result = grade(order_of(directory))
        assert (result.score, result.max_score, result.complete) == (0, 100, True)
        failed = [check.id for check in result.checks if check.verdict is Verdict.FAIL]
        assert failed[0] == "client.sends"
        assert "server.receives" in failed


class TestOurFaults:
    """What is not the student's costs no point and makes the result incomplete."""

    @pytest.mark.parametrize(
        ("fault", "verdict"),
        [
            (RuntimeError("a bug of the lab's"), Verdict.ERROR),
            (AssertionError("in a run"), Verdict.ERROR),
            (KernelError("carry a first frame over", "h1.eth0"), Verdict.ERROR),
            (SandboxError("the sandbox did not start"), Verdict.ERROR),
            (PrivilegeError("CAP_SYS_PTRACE", "Use sudo"), Verdict.UNAVAILABLE),
        ],
        ids=lambda it: type(it).__name__ if isinstance(it, Exception) else it.value,
    )
    def test_a_fault_in_a_run(self, reference, monkeypatch, fault, verdict):
        """Checks of that run are not judged; all others are; nothing is taken off the maximum."""

        def broken(stage):
            """A run that breaks."""
            raise fault

        monkeypatch.setattr(pyng_runs, "server", pyng_runs.run(broken))
        result = grade(order_of(reference))
        assert groups_with(result, Verdict.FAIL) == set()
        assert verdicts(result)["server.receives"] is verdict
        assert verdicts(result)["client.ethertype"] is Verdict.PASS
        assert (result.max_score, result.complete) == (100, False)
        receives = next(check for check in result.checks if check.id == "server.receives")
        assert str(fault) in receives.rationale
        assert receives.points == 0

    def test_a_network_that_does_not_come_up(self, reference, monkeypatch):
        """Where no network can be made, nothing is judged, and nothing is left behind."""

        def refuse(self):
            raise KernelError("create link", "h1.eth0", 12)

        monkeypatch.setattr(Network, "bring_up", refuse)
        result = grade(order_of(reference))
        assert groups_with(result, Verdict.PASS, Verdict.FAIL) == set()
        assert not result.complete

    def test_a_sandbox_that_breaks_in_the_middle(self, reference, monkeypatch):
        """When a program cannot be contained, that is our fault, whichever program it is."""
        grading = Grading(order_of(reference))
        with grading.prepared():
            schedule = grading.runner.schedule
            real = schedule.equipment.sandbox._options
            monkeypatch.setattr(
                schedule.equipment.sandbox,
                "_options",
                lambda launch: [*real(launch), "--ro-bind", "/nowhere", "/x"],
            )
            schedule.make(["server_refusal", "pair"])
            faults = {name: it.fault for name, it in schedule.observed.items()}
        assert set(faults) == {"server_refusal", "pair"}
        assert all(isinstance(fault, SandboxError) for fault in faults.values())


class TestUntouched:
    """What grading leaves alone."""

    def test_the_submission(self, reference):
        """Not a byte, not a time of it is changed, though programs write logs and caches."""
        (reference / "pyng").write_text(
            "#!/usr/bin/python3\nopen('log', 'w').write('x')\nimport ethernet\n"
        )
        before = digest(reference)
        times = {path: path.stat().st_mtime_ns for path in [reference, *reference.rglob("*")]}
        grade(order_of(reference))
        assert digest(reference) == before
        assert {p: p.stat().st_mtime_ns for p in [reference, *reference.rglob("*")]} == times

    @pytest.mark.parametrize(
        "name", ["conftest.py", "sitecustomize.py", "test_pyng.py", "pytest.py", "runs.py"]
    )
    def test_files_that_look_like_ours(self, reference, name, tmp_path):
        """Nothing of the submission is ever imported by the harness, whatever it is called."""
        witness = tmp_path / "imported"
        (reference / name).write_text(f"open({str(witness)!r}, 'w')\nraise SystemExit(3)\n")
        (reference / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
        assert grade(order_of(reference)).score == 100
        assert not witness.exists()

    @pytest.mark.parametrize("options", ["-k nothing", "--collect-only", "-x --nonsense"])
    def test_what_the_user_has_set_for_pytest(self, reference, monkeypatch, options):
        """Settings for the user's own tests do not reach the grading of a lab."""
        monkeypatch.setenv("PYTEST_ADDOPTS", options)
        assert grade(order_of(reference)).score == 100
