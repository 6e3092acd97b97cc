"""What reports say of protections that a machine does not give."""

import pytest

from l2harness.grading.equip import missing_protections

EVERYTHING = frozenset({"memory", "pids", "cpu"})


@pytest.mark.parametrize(
    ("sandboxed", "counted", "missing"),
    [
        (True, EVERYTHING, ()),
        (True, EVERYTHING - {"cpu"}, ()),
        (True, EVERYTHING - {"memory"}, ("no-cgroups",)),
        (True, EVERYTHING - {"pids"}, ("no-cgroups",)),
        (True, frozenset(), ("no-cgroups",)),
        (False, frozenset(), ("no-sandbox",)),
        (False, EVERYTHING, ("no-sandbox",)),
    ],
)
def test_what_is_missing_is_said(sandboxed, counted, missing):
    """Memory and processes are bound by the kernel, or the report says that they are not."""
    assert missing_protections(sandboxed=sandboxed, counted=counted) == missing
