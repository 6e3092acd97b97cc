"""The project's own tests: what needs the kernel is marked, and skipped or required."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KERNEL_TEST = str(ROOT / "tests" / "kernel" / "test_silence.py")


@pytest.fixture
def no_privilege(pytester, monkeypatch):
    """Arguments for a pytest on a machine that gives neither root nor a user namespace."""
    pytester.makepyfile(
        forbidden="""
        from l2harness.errors import PrivilegeError
        from l2harness.network import entry, privilege
        def refuse():
            raise PrivilegeError("this machine gives neither", "Run it with `sudo pytest`")
        privilege.require_mode = entry.enter = refuse
        """
    )
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    monkeypatch.chdir(ROOT)
    return ("-p", "forbidden", KERNEL_TEST)


def test_a_missing_privilege_skips(run, no_privilege):
    """Locally the tests are skipped, and the reason is the command that helps."""
    result = run(*no_privilege, "-rs")
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"skipped"}
    assert result.ret == 0
    result.stdout.fnmatch_lines(["SKIPPED*this machine gives neither. Run it with `sudo pytest`"])


def test_unless_it_is_required(run, no_privilege):
    """With --require-kernel, as in CI, the same is a failure."""
    result = run(*no_privilege, "--require-kernel")
    assert result.ret == 3
    result.stdout.fnmatch_lines(["*this machine gives neither. Run it with `sudo pytest`*"])


def test_they_can_be_selected(run, no_privilege):
    """Every test in tests/kernel bears the mark, and no other test there is."""
    result = run(*no_privilege, "--collect-only", "-q", "-m", "not kernel")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result = run(*no_privilege, "--collect-only", "-q", "-m", "kernel")
    assert result.ret == 0
