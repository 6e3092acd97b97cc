"""Wires the project's own tests: pytester, the option for CI, and the mark of the kernel tests."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

_KERNEL_TESTS = Path(__file__).parent / "tests" / "kernel"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let CI insist on what a laptop may lack."""
    parser.addoption(
        "--require-kernel",
        action="store_true",
        help="fail where tests marked `kernel` cannot be run, instead of skipping them",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks."""
    config.addinivalue_line("markers", "kernel: needs network namespaces, with or without root")
    config.addinivalue_line("markers", "root: about what a machine gives to root alone")


@pytest.hookimpl(tryfirst=True)  # before -m looks at marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests in tests/kernel; skip what is so marked where this machine cannot run it."""
    for item in items:
        if item.path.is_relative_to(_KERNEL_TESTS):
            item.add_marker(pytest.mark.kernel)
    kernel_tests = [item for item in items if item.get_closest_marker("kernel")]
    if not kernel_tests or config.option.collectonly or config.option.require_kernel:
        return
    from l2harness.errors import PrivilegeError
    from l2harness.network.privilege import require_mode

    try:
        require_mode()
    except PrivilegeError as error:
        for item in kernel_tests:
            item.add_marker(pytest.mark.skip(reason=str(error)))
