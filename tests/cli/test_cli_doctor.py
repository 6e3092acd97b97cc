"""``l2harness doctor``: what can be done here, and what to do where it cannot."""

import json

import pytest

from l2harness.commands import doctor
from l2harness.network.privilege import Privileges, Probe, probe
from l2harness.reports.screen import Screen


def drawn(*probes: Probe, mode="root") -> str:
    """What doctor prints for these findings."""
    found = Privileges(mode, probes)
    screen = Screen()
    return screen.draw(lambda console: doctor._paint(found, screen, console))


class TestHere:
    """On a machine that can run labs, such as one that runs these tests."""

    def test_it_says_so(self, l2harness):
        """Every probe is named, and the verdict is the last line; status 0."""
        done = l2harness("doctor")
        assert (done.returncode, done.stderr) == (0, "")
        for each in probe().probes:
            assert f"  {each.name} " in done.stdout
        assert done.stdout.rstrip().splitlines()[-1].startswith("  Labs can be run here, ")

    def test_for_a_program(self, l2harness):
        """With --json the same as a document."""
        done = l2harness("doctor", "--json")
        document = json.loads(done.stdout)
        assert document["ready"] is True
        assert document["mode"] in ("root", "rootless")
        assert {"name", "works", "needed", "detail", "without", "errno", "remedies"} == set(
            document["probes"][0]
        )


class TestNowhere:
    """Where labs cannot be run."""

    def test_no_namespaces(self, forbidden):
        """Both ways are marked, with what would help; status 3, also with --json."""
        done = forbidden("doctor")
        assert (done.returncode, done.stderr) == (3, "")
        assert "✗  user namespaces" in done.stdout
        assert "--privileged" in done.stdout
        assert "that takes root, user namespaces, user-mode Linux or qemu." in done.stdout
        assert "sudo apt-get install user-mode-linux" in done.stdout
        document = forbidden("doctor", "--json")
        assert document.returncode == 3
        assert json.loads(document.stdout)["mode"] is None

    @pytest.mark.parametrize("command", ["check", "grade"])
    def test_neither_root_nor_namespaces(self, forbidden, make_submission, tmp_path, command):
        """Grading says what to do, without a traceback and without a report; status 3."""
        directory = make_submission("lazy", "exit 0")
        out = ["--out", tmp_path / "out"] if command == "grade" else []
        done = forbidden(command, directory, *out)
        assert (done.returncode, done.stdout) == (3, "")
        assert "neither root nor a user namespace" in done.stderr
        assert "--privileged" in done.stderr
        assert "`l2harness doctor` tells more." in done.stderr
        assert "Traceback" not in done.stderr
        assert not list(tmp_path.glob("out/*"))

    def test_without_bubblewrap(self, l2harness, without_bubblewrap):
        """What is missing is named once, with how to install it; status 3."""
        done = l2harness("doctor", environ={"PATH": without_bubblewrap})
        assert done.returncode == 3
        assert "What is missing: bubblewrap." in done.stdout
        assert "sudo apt-get install bubblewrap" in done.stdout


class TestPainting:
    """What the page shows of a finding."""

    FINE = Probe("sandbox", True, "it ran", "nothing runs", needed=True)

    def test_what_labs_can_do_without(self):
        """It is marked otherwise, with what follows, and costs no verdict."""
        rest = Probe("cgroups", False, "none", "rlimits alone limit", 0, ("Run it with `sudo`.",))
        page = drawn(self.FINE, rest)
        assert "✓  sandbox" in page
        assert "!  cgroups" in page
        assert "Without it, rlimits alone limit." in page
        assert "Labs can be run here, as root." in page

    def test_commands_are_not_broken(self):
        """A remedy is one line, however long, so that it can be copied."""
        remedy = f"Do this: `{'very ' * 40}long`."
        page = drawn(Probe("sandbox", False, "no", "nothing runs", 0, (remedy,), needed=True))
        assert f"     {remedy}\n" in page
        assert "Labs cannot be run here. What is missing: sandbox." in page
