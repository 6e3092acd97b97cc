"""What the plugin tests share: a clean start for every pytest inside pytest, and submissions."""

import shutil
from pathlib import Path

import pytest

SUBMISSIONS = Path(__file__).parents[1] / "submissions" / "right"


@pytest.fixture(autouse=True)
def outside(monkeypatch):
    """A pytest that is started here is as one that a user starts: it enters by itself."""
    for name in ("L2HARNESS_INSIDE", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(pytester):
    """Run pytest in a process of its own, without what is installed beside."""

    def start(*arguments):
        return pytester.runpytest_subprocess(
            *("-p", "no:cacheprovider", "-p", "no:hypothesispytest"), *arguments, timeout=110
        )

    return start


@pytest.fixture
def submission(tmp_path):
    """A right submission to do something to; its path."""
    return shutil.copytree(SUBMISSIONS / "public-sample", tmp_path / "ada")


@pytest.fixture
def never_enter(pytester):
    """Arguments for a pytest in which moving into namespaces ends everything."""
    pytester.makepyfile(
        never_enter="""
        import os
        from l2harness.network import entry
        entry.enter = lambda *_: os._exit(99)
        """
    )
    return ("-p", "never_enter")
