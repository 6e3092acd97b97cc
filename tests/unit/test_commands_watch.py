"""``check --watch``: graded again by the kernel's events, and what changed for better or worse."""

from __future__ import annotations

import threading

import pytest
from results import failing, perfect

from l2harness.commands.inotify import Changes, changes_in
from l2harness.commands.output import Interrupted
from l2harness.commands.watch import watch
from l2harness.errors import KernelError, SubmissionError

PATIENCE_S = 30


def awaited(changes: Changes, act) -> bool:
    """Whether a change is seen once ``act`` has been done; the wait ends with the event."""
    seen = threading.Event()

    def wait():
        changes.wait()
        seen.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    act()
    return seen.wait(PATIENCE_S)


class Ready:
    """Stands for a poll object: something has come, and after that it is quiet."""

    def __init__(self, real):
        self.real = real

    def poll(self, timeout_ms=None):
        """Without a timeout there is an event; with one there is none."""
        return [] if timeout_ms is not None else [(0, 1)]


class TestChanges:
    """What counts as a change."""

    @pytest.fixture
    def tree(self, tmp_path):
        """A directory with a file, and one below it."""
        (tmp_path / "lib").mkdir()
        (tmp_path / "pyng").write_text("old")
        return tmp_path

    @pytest.mark.parametrize(
        "act",
        [
            lambda tree: (tree / "pyng").write_text("new"),
            lambda tree: (tree / "lib" / "mac.py").write_text("new"),
            lambda tree: (tree / "pyng").chmod(0o755),
            lambda tree: (tree / "pyng").unlink(),
            lambda tree: (tree / "pyng").rename(tree / "pyng.py"),
            lambda tree: (tree / "new").mkdir(),
        ],
        ids=["written", "written below", "run bit", "removed", "renamed", "new directory"],
    )
    def test_what_counts(self, tree, act):
        """Whatever a student does to the files is seen."""
        with changes_in(tree) as changes:
            assert awaited(changes, lambda: act(tree))

    @pytest.mark.parametrize(
        ("name", "own"),
        [
            (".pyng.swp", True),
            ("pyng~", True),
            ("#pyng#", True),
            (".#pyng", True),
            ("4913", True),
            ("pyng.tmp", True),
            ("pyng", False),
            ("Makefile", False),
            ("pyng.c", False),
        ],
    )
    def test_an_editors_own_files_do_not(self, tree, monkeypatch, name, own):
        """While a file is saved, editors make others: those alone are no change."""
        reads = [{name}, {"the fence"}]
        monkeypatch.setattr(Changes, "_read", lambda _: reads.pop(0))
        with changes_in(tree) as changes:
            changes._poll = Ready(changes._poll)
            changes.wait()
        assert reads == ([] if own else [{"the fence"}])

    def test_a_directory_that_is_new(self, tree):
        """It is watched as soon as it is there."""
        with changes_in(tree) as changes:
            assert awaited(changes, lambda: (tree / "new").mkdir())
            assert awaited(changes, lambda: (tree / "new" / "file").write_text("x"))

    def test_what_is_not_there(self, tmp_path):
        """It cannot be watched, and it is said."""
        with pytest.raises(KernelError, match="watch"), changes_in(tmp_path / "nowhere"):
            raise AssertionError


class Script:
    """Grades as it is told, and presses Ctrl-C when there is nothing left to do."""

    def __init__(self, *outcomes):
        self.left = list(outcomes)

    def __call__(self):
        """The next outcome: a result, or an exception to raise."""
        outcome = self.left.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


@pytest.fixture
def at_once(monkeypatch):
    """Every wait sees a change at once; the one after the last outcome is interrupted."""

    def use(script):
        def wait(self):
            if not script.left:
                raise KeyboardInterrupt

        monkeypatch.setattr(Changes, "wait", wait)
        return script

    return use


class TestWatch:
    """What is shown, and how it ends."""

    def test_better_and_worse(self, tmp_path, capsys, at_once):
        """Below each report stands what has changed since the last one."""
        script = at_once(Script(failing(), perfect(), failing()))
        assert watch(tmp_path, script) == 1
        out, err = capsys.readouterr()
        assert out.count("Ping over raw Ethernet") == 3
        better = out.index("better ✓ client.ethertype: failed, now passed (+6)")
        assert better < out.index("worse  ✗ client.ethertype: passed, now failed (-6)")
        assert err.count("waiting for a change") == 3

    def test_the_status_is_that_of_the_last_grading(self, tmp_path, at_once):
        """Ctrl-C is how it is meant to end."""
        assert watch(tmp_path, at_once(Script(failing(), perfect()))) == 0

    def test_a_submission_that_cannot_be_opened(self, tmp_path, capsys, at_once):
        """It is said, and the next save is waited for."""
        script = at_once(Script(perfect(), SubmissionError("there is no file here"), failing()))
        assert watch(tmp_path, script) == 1
        out, err = capsys.readouterr()
        assert "there is no file here" in err
        assert "worse" in out

    def test_what_saving_does_not_mend(self, tmp_path, at_once):
        """A machine that cannot run labs ends it."""
        with pytest.raises(KernelError):
            watch(tmp_path, at_once(Script(KernelError("create veth"))))

    def test_interrupted_before_there_was_a_result(self, tmp_path, at_once):
        """Then there is no status to end with but that."""
        with pytest.raises(Interrupted):
            watch(tmp_path, at_once(Script(Interrupted("x"))))

    def test_interrupted_while_grading(self, tmp_path, at_once):
        """What was found before stands."""
        assert watch(tmp_path, at_once(Script(failing(), Interrupted("x")))) == 1

    def test_a_file_is_watched_through_its_directory(self, tmp_path, at_once, monkeypatch):
        """An archive is replaced when it is packed again."""
        seen = []
        archive = tmp_path / "pyng.zip"
        archive.write_bytes(b"")

        def remember(self):
            seen.append(self._root)

        monkeypatch.setattr(Changes, "_watch_all", remember)
        watch(archive, at_once(Script(perfect())))
        assert seen == [tmp_path]

    def test_only_a_terminal_is_cleared(self, tmp_path, capsys, at_once):
        """In a file, every report stays."""
        watch(tmp_path, at_once(Script(perfect(), perfect())))
        assert "\x1b[2J" not in capsys.readouterr().out
