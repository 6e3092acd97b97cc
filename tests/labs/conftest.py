"""Marks the gradings of labs as kernel tests; they are made once, by whoever runs the tests."""

from pathlib import Path

import pytest

from l2harness.errors import PrivilegeError
from l2harness.programs.sandbox import Bubblewrap


@pytest.hookimpl(tryfirst=True)  # before the project's own conftest looks at marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.kernel)


@pytest.fixture
def bubblewrap(request, namespaces, tmp_path) -> None:
    """Skip, or under --require-kernel fail, where programs cannot be contained."""
    try:
        Bubblewrap(tmp_path)
    except PrivilegeError as error:
        if request.config.option.require_kernel:
            raise
        pytest.skip(str(error))
