"""Chromium for the tests of pages, driven through selenium; nothing in it reaches a network."""

from __future__ import annotations

import fcntl
import shutil
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from l2harness.network.entry import current_mode

# The results that pages are made of are those of the unit tests.
sys.path.append(str(Path(__file__).resolve().parent.parent / "unit"))

_PROGRAMS = {"chromium": "chromium", "chromedriver": "chromium-driver"}
_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # root has no other way; only our own pages are shown
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
#: Source: <linux/sockios.h>, <linux/if.h>.
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


@pytest.fixture(scope="module")
def driver(request, tmp_path_factory) -> Iterator[object]:
    """A browser without a window; skip, or in CI fail, where there is none."""
    missing = [package for name, package in _PROGRAMS.items() if shutil.which(name) is None]
    try:
        from selenium import webdriver
    except ImportError:
        missing.append("selenium (pip install selenium)")
    if missing:
        problem = f"missing: {', '.join(missing)}"
        (pytest.fail if request.config.option.require_kernel else pytest.skip)(problem)
    if current_mode() is not None:
        _bring_up_loopback()
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    browser = webdriver.Chrome(options=options, service=service)
    yield browser
    browser.quit()


@pytest.fixture
def console(driver):
    """What the browser complained about since the last call, but for its own pages."""

    def read() -> list[str]:
        messages = [entry["message"] for entry in driver.get_log("browser")]
        return [it for it in messages if not it.startswith("chrome://")]

    return read


def _bring_up_loopback() -> None:
    """
    Let selenium talk to its driver in the harness's own network namespace, which is silent.

    Other tests of the same session may have moved the process there.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", 0)
        answer = fcntl.ioctl(control, _SIOCGIFFLAGS, request)
        (flags,) = struct.unpack_from("H", answer, 16)
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))
