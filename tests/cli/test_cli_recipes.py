"""Recipes for CI: their shell runs here, and what they name is there."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from fences import commands_in

from l2harness.cli import cli
from l2harness.network.privilege import CONTAINER_REMEDY

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "recipes"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step.get("id", step["name"]): step for step in ACTION["runs"]["steps"]}
#: Long enough for a machine that is busy; nothing here waits for it.
PATIENCE_S = 100


class Job:
    """A job on a runner: its files, its programs, and the steps of the action one by one."""

    def __init__(self, place: Path, submission: Path, **inputs: str) -> None:
        self.place = place
        self.inputs = {
            name: str(said.get("default", "")) for name, said in ACTION["inputs"].items()
        }
        self.inputs |= {"submission": str(submission)} | inputs
        self.outputs: dict[str, dict[str, str]] = {}
        self.summary = place / "summary"
        self._programs = place / "programs"
        (place / "temp").mkdir()
        self._programs.mkdir()
        self._program("sudo", 'exec "$@"')
        self._program("apt-get", "exit 0")
        # What pip would install is there already: a virtual environment is two links.
        ours = f'#!/bin/sh\\nexec \\"{sys.executable}\\" -m l2harness \\"\\$@\\"\\n'
        self._program(
            "python3",
            f'[ "$2" = venv ] || exec "{sys.executable}" "$@"\n'
            'mkdir -p "$3/bin"; printf "#!/bin/sh\\nexit 0\\n" >"$3/bin/python"\n'
            f'printf "{ours}" >"$3/bin/l2harness"\n'
            'chmod +x "$3/bin/python" "$3/bin/l2harness"',
        )

    def _program(self, name: str, script: str) -> None:
        (self._programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (self._programs / name).chmod(0o755)

    def run(self, step: str) -> subprocess.CompletedProcess[str]:
        """Run the shell of a step as a runner does: bash, with what it says in the environment."""
        said = STEPS[step]
        output = self.place / f"output-{len(self.outputs)}"
        output.touch()
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", said["run"]],
            cwd=self.place,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")},
                "PATH": f"{self._programs}:{os.environ['PATH']}",
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "RUNNER_TEMP": str(self.place / "temp"),
                **{name: self._filled(str(it)) for name, it in said.get("env", {}).items()},
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        pairs = (line.partition("=") for line in output.read_text().splitlines())
        self.outputs[step] = {name: value for name, _, value in pairs}
        return done

    def _filled(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            words = found[1].split(".")
            if words[0] == "inputs":
                return self.inputs[words[1]]
            return self.outputs[words[1]].get(words[3], "")

        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", value, text)


@pytest.mark.kernel
class TestAction:
    """The action, step by step, as a runner would."""

    def test_a_grade(self, tmp_path):
        """It grades, annotates, sums up and hands on the points; the verdict comes last."""
        job = Job(tmp_path, ROOT / "examples" / "forgot-htons", seed="7")
        assert job.run("install").returncode == 0
        graded = job.run("grade")
        assert graded.returncode == 0, graded.stderr
        assert job.outputs["grade"] == {"status": "1"}
        told = job.run("tell")
        assert told.returncode == 0, told.stderr
        assert re.search(r"^::error .*client\.ethertype", told.stdout, re.MULTILINE)
        assert "93" in job.summary.read_text()
        assert float(job.outputs["tell"]["score"]) == 93
        assert float(job.outputs["tell"]["max-score"]) == 100
        classroom = json.loads(base64.b64decode(job.outputs["tell"]["result"]))
        assert classroom["max_score"] == 100
        assert job.run("Verdict").returncode == 1
        job.inputs["fail"] = "false"
        assert job.run("Verdict").returncode == 0
        assert (tmp_path / "temp" / "l2harness-report" / "report.html").exists()

    def test_no_submission(self, tmp_path):
        """What cannot be graded ends the job with its status, whatever `fail` says."""
        job = Job(tmp_path, tmp_path / "gone", fail="false")
        job.run("install")
        graded = job.run("grade")
        assert graded.returncode == 2
        assert "gone" in graded.stderr
        assert job.outputs["grade"] == {"status": "2"}


class TestWorkflows:
    """What the files say, as far as it can be seen without the services."""

    def test_nothing_from_outside_in_a_script(self):
        """No expression stands in a script, where the name of a branch could become code."""
        for step in ACTION["runs"]["steps"]:
            assert "${{" not in step.get("run", "")
            assert step.get("shell") == "bash" or "uses" in step

    def test_what_is_named_is_there(self):
        """Each input and each step's output that the action refers to is declared or written."""
        text = (ROOT / "action.yml").read_text()
        assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
        for step, output in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", text):
            assert f"{output}=" in STEPS[step]["run"]
        assert all(it["description"] for it in ACTION["inputs"].values())

    @pytest.mark.parametrize("name", ["github.yml", "classroom.yml"])
    def test_workflows_use_the_action(self, name):
        """They give it inputs that it has, and as few rights as will do."""
        workflow = yaml.safe_load((RECIPES / name).read_text())
        [job] = workflow["jobs"].values()
        [step] = [it for it in job["steps"] if "/l2harness@" in it.get("uses", "")]
        assert set(step["with"]) <= set(ACTION["inputs"])
        assert workflow["permissions"]["contents"] == "read"
        assert job["timeout-minutes"]

    def test_classroom_finds_the_score(self):
        """The workflow and its job have the names by which Classroom looks for them."""
        workflow = yaml.safe_load((RECIPES / "classroom.yml").read_text())
        assert workflow["name"] == "Autograding Tests"
        steps = workflow["jobs"]["run-autograding-tests"]["steps"]
        assert steps[-1]["env"] == {"PYNG_RESULTS": "${{ steps.pyng.outputs.result }}"}
        assert steps[-1]["with"]["runners"] == "pyng"
        assert workflow["permissions"]["checks"] == "write"

    def test_gitlab(self):
        """Its commands and their options are there, and what it keeps is what they write."""
        job = yaml.safe_load((RECIPES / "gitlab-ci.yml").read_text())["grade"]
        commands = [it for line in job["script"] for it in commands_in(line)]
        assert [it[0] for it in commands] == ["doctor", "check"]
        for name, *arguments in commands:
            cli.commands[name].make_parser(cli.make_context("l2harness", [])).parse_args(arguments)
        assert job["artifacts"]["reports"]["junit"] == "report/report.xml"


class TestContainer:
    """The image, and how to start it."""

    def test_it_has_what_doctor_asks_for(self):
        """The sandbox's programs, a compiler and make are installed; doctor is what it runs."""
        text = (ROOT / "Containerfile").read_text()
        for package in ("bubblewrap", "util-linux", "gcc", "make"):
            assert f" {package}" in text
        assert 'ENTRYPOINT ["l2harness"]\nCMD ["doctor"]' in text

    @pytest.mark.parametrize("page", ["Containerfile", "docs/ci.md"])
    def test_the_flags_are_those_of_doctor(self, page):
        """What the page says to start it with is what doctor would say, to the last flag."""
        text = (ROOT / page).read_text().replace("\\\n", " ").replace("#", " ")
        commands = [shlex.split(line) for line in re.findall(r"docker run .*--cap-add.*", text)]
        wanted = set(re.findall(r"--(?:cap-add|security-opt) \S+[A-Za-z]", CONTAINER_REMEDY))
        wanted.discard("--security-opt unmask=ALL")
        for command in commands:
            pairs = itertools.pairwise(command)
            given = {f"{a} {b}" for a, b in pairs if a in ("--cap-add", "--security-opt")}
            assert given == wanted
        assert commands
