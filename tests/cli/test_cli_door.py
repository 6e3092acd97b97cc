"""The door itself: help, names that are nearly right, and what becomes of every kind of error."""

import errno
import io
import subprocess
import sys

import click
import pytest

from l2harness import __version__, cli
from l2harness.errors import (
    KernelError,
    L2HarnessError,
    PrivilegeError,
    SandboxError,
    SpecError,
    SubmissionError,
    UsageError,
)

COMMANDS = tuple(name for name, it in cli.cli.commands.items() if not it.hidden)


@pytest.fixture
def raising(monkeypatch):
    """Make ``l2harness break`` a command that raises what it is given."""

    def add(error):
        @click.command("break")
        def broken():
            """Raise it."""
            raise error

        monkeypatch.setitem(cli.cli.commands, "break", broken)
        return cli.run(["break"])

    return add


class TestHelp:
    """What somebody reads who does not know it yet."""

    @pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
    def test_the_whole(self, arguments, capsys):
        """It names every command, shows examples and says what the exit statuses mean."""
        assert cli.run(arguments) == 0
        printed = capsys.readouterr()
        assert printed.err == ""
        for command in COMMANDS:
            assert f"\n  {command} " in printed.out
        assert "Examples:\n    l2harness check" in printed.out
        assert "130 interrupted" in " ".join(printed.out.split())

    @pytest.mark.parametrize("command", COMMANDS)
    @pytest.mark.parametrize("option", ["-h", "--help"])
    def test_every_command(self, command, option, capsys):
        """Each has help within 80 columns that begins with a sentence."""
        assert cli.run([command, option]) == 0
        printed = capsys.readouterr().out
        assert printed.startswith(f"Usage: l2harness {command} ")
        assert max(map(len, printed.splitlines())) <= 80
        assert cli.cli.commands[command].short_help

    @pytest.mark.parametrize("command", [name for name in COMMANDS if name != "doctor"])
    def test_examples(self, command, capsys):
        """Each that takes arguments shows examples of itself."""
        cli.run([command, "--help"])
        assert f"Examples:\n    l2harness {command}" in capsys.readouterr().out

    @pytest.mark.parametrize("option", ["--version", "-V"])
    def test_version(self, option, capsys):
        """The program and its version, in one line."""
        assert cli.run([option]) == 0
        assert capsys.readouterr().out == f"l2harness {__version__}\n"

    def test_it_is_light(self):
        """Help imports nothing heavy; the same question finds rich after `labs`."""
        code = (
            "import sys; from l2harness.cli import run; run([sys.argv[1]]);"
            "print(sorted({'pytest', 'pyroute2', 'rich', 'yaml'} & set(sys.modules)))"
        )

        def imported_by(argument):
            done = subprocess.run(
                [sys.executable, "-c", code, argument], capture_output=True, text=True, check=True
            )
            return done.stdout.splitlines()[-1]

        assert imported_by("--help") == "[]"
        assert "'rich'" in imported_by("labs")

    def test_completion(self, monkeypatch, capsys):
        """A shell that asks gets the commands that begin so."""
        monkeypatch.setenv("_L2HARNESS_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", "l2harness d")
        monkeypatch.setenv("COMP_CWORD", "1")
        assert cli.run([]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "plain,down",
            "plain,doctor",
            "plain,draw",
        ]


class TestUsage:
    """What was mistyped is told with the nearest right word and where to read on; status 2."""

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["chek"], "there is no command 'chek'; did you mean 'check'?"),
            (["xyzzy"], "the commands are check, explain, grade, gradebook, report"),
            (["check", "--sed", "1"], "No such option '--sed'. Did you mean '--seed'?"),
            (["check", "a", "b"], "unexpected extra argument (b)"),
            (["check", "--seed", ""], "it is empty; give a number or a word"),
            (["grade"], "Missing argument 'UPLOADS...'"),
            (["grade", "a"], "Missing option '--out'"),
            (["check", "--lab", "pying"], "no lab 'pying'; did you mean pyng?"),
            (["check", "--lab", "./"], "there is no lab in ./: it has no lab.toml"),
            (["labs", "ping"], "did you mean pyng?"),
            (["draw"], "one of these: lecture, line, "),
            (["draw", "lectur"], "did you mean 'lecture'?"),
            (["draw", "pair", "--svg", "--ascii"], "drop --ascii or --svg"),
        ],
    )
    def test_sentence_and_status(self, arguments, sentence, capsys, tmp_path, monkeypatch):
        """One sentence on stderr, nothing on stdout, no traceback."""
        monkeypatch.chdir(tmp_path)
        assert cli.run(arguments) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("l2harness: error: ")
        assert sentence in printed.err
        assert "Traceback" not in printed.err

    def test_where_to_read_on(self, capsys):
        """The help of the very command is named."""
        cli.run(["grade", "a"])
        assert capsys.readouterr().err.splitlines()[1] == "`l2harness grade --help` says more."


class TestErrors:
    """Whose fault it is decides the exit status."""

    @pytest.mark.parametrize(
        ("error", "status", "sentence"),
        [
            (UsageError("no"), 2, "no"),
            (SubmissionError("mine is empty"), 2, "mine is empty"),
            (SpecError("a.yaml", 3, "hosts.h1", "is odd"), 2, "a.yaml:3: hosts.h1: is odd"),
            (
                KernelError("create", "veth", errno.EPERM),
                3,
                "create veth: Operation not permitted",
            ),
            (SandboxError("it did not start"), 3, "it did not start"),
            (L2HarnessError("ours"), 3, "ours"),
        ],
    )
    def test_ours(self, error, status, sentence, raising, capsys):
        """Each of our errors is its sentence, without a traceback."""
        assert raising(error) == status
        assert capsys.readouterr().err == f"l2harness: error: {sentence}\n"

    def test_missing_privilege(self, raising, capsys):
        """What is missing, what helps, and who knows more, each on a line of its own."""
        assert raising(PrivilegeError("no CAP_NET_RAW", "Run it with `sudo`.")) == 3
        assert capsys.readouterr().err.splitlines() == [
            "l2harness: error: no CAP_NET_RAW.",
            "Run it with `sudo`.",
            "`l2harness doctor` tells more.",
        ]

    def test_a_fault_of_ours(self, raising, capsys):
        """Anything else is said to be our fault, with the traceback to report; status 3."""
        assert raising(ZeroDivisionError("by \x1b[31mzero")) == 3
        told = capsys.readouterr().err
        assert told.startswith("l2harness: error: this is a fault in l2harness, not in your files")
        assert "Traceback (most recent call last)" in told
        assert "\x1b" not in told
        assert "ZeroDivisionError: by ␛[31mzero" in told

    def test_interrupted(self, raising, capsys):
        """Ctrl-C is no error: one word, status 130."""
        assert raising(KeyboardInterrupt()) == 130
        assert capsys.readouterr().err == "l2harness: interrupted\n"

    def test_nobody_reads(self, raising, capsys):
        """A reader that has gone, as `head` does, is no error: silence, status 141."""
        assert raising(BrokenPipeError(errno.EPIPE, "Broken pipe")) == 141
        assert capsys.readouterr().err == ""

    def test_a_full_disk(self, raising, capsys):
        """A disk without room is not our fault; status 3."""
        assert raising(OSError(errno.ENOSPC, "No space left on device")) == 3
        told = capsys.readouterr().err
        assert "No space left on device" in told
        assert "Traceback" not in told

    def test_a_strangers_words(self, raising, capsys):
        """No control character and no workflow command gets out of an error."""
        raising(SubmissionError("\x1b]0;x\x07 is empty\n::error::pwned"))
        told = capsys.readouterr().err
        assert "␛]0;x␇ is empty" in told
        assert "\n::error" not in told


class TestStreams:
    """Where output goes, and where it cannot go."""

    def test_nowhere_to_print(self, l2harness):
        """A full disk behind stdout is told on stderr; status 3. With room it is 0."""
        with open("/dev/full", "w") as full:
            done = l2harness("labs", stdout=full)
        assert done.returncode == 3
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr
        assert l2harness("labs").returncode == 0

    def test_nowhere_to_complain(self, l2harness):
        """A full disk behind stderr changes no exit status."""
        with open("/dev/full", "w") as full:
            assert l2harness("check", "nowhere", stderr=full).returncode == 2

    def test_a_closed_pipe(self, l2harness):
        """A reader that goes away ends the command without a word."""
        done = l2harness("labs", before=["sh", "-c", '"$@" | true; wait', "sh"])
        assert done.stderr == ""

    @pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    def test_closed_descriptors(self, l2harness, closed):
        """Standard streams that are not there at all disturb nothing."""
        done = l2harness("labs", before=["sh", "-c", f'"$@" {closed}', "sh"])
        assert done.returncode == 0
        assert done.stderr == ""

    def test_colours(self, l2harness):
        """None in a pipe; FORCE_COLOR asks for them, and NO_COLOR has the last word."""
        assert "\x1b" not in l2harness("labs").stdout + l2harness("chek").stderr
        forced = {"FORCE_COLOR": "1"}
        assert "\x1b[" in l2harness("labs", environ=forced).stdout
        assert "\x1b[31m" in l2harness("chek", environ=forced).stderr
        assert "\x1b" not in l2harness("labs", environ={**forced, "NO_COLOR": "1"}).stdout

    def test_a_terminal_with_ascii_only(self, l2harness):
        """Where only ASCII can be shown nothing else is printed."""
        done = l2harness("labs", "pyng", environ={"PYTHONIOENCODING": "ascii"})
        assert done.returncode == 0
        assert done.stdout.isascii()

    def test_stdout_of_python(self, monkeypatch):
        """Even a stdout that has no descriptor can be printed to."""
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        assert cli.run(["labs"]) == 0
        assert "pyng-strict" in sys.stdout.getvalue()
