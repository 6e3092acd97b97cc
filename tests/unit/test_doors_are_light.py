"""What a door imports is what its user waits for: counted in modules, never in milliseconds."""

import subprocess
import sys

import pytest

from l2harness.labs.lab import find_lab
from l2harness.labs.mutants import reference_of

#: Whose import takes tens of milliseconds, or says that more was imported than is needed.
HEAVY = {
    *("pytest", "pyroute2", "rich", "yaml", "jinja2", "msgspec", "asyncio", "ssl", "sqlite3"),
    *("distributed", "multiprocessing", "l2harness.network.network", "l2harness.grading.session"),
    *("l2harness.topology.svg", "l2harness.vm.machine", "l2harness.reports.terminal"),
}


def imported(code, *arguments):
    """What of the heavy ones is there once the code has run; it may print before."""
    script = f"import sys\n{code}\nprint(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_the_package():
    """`import l2harness` gives a version and nothing else."""
    assert imported("import l2harness") == set()


def test_shell_completion():
    """A shell that asks for the next word waits for the names of commands, not for a harness."""
    code = (
        "import os\nos.environ |= {'_L2HARNESS_COMPLETE': 'bash_complete',"
        " 'COMP_WORDS': 'l2harness gr', 'COMP_CWORD': '1'}\n"
        "from l2harness.cli import run\nrun([])"
    )
    assert imported(code) == set()


def test_collecting_a_lab():
    """`pytest --collect-only` reads a lab's files, and needs no kernel and no report."""
    submission = str(reference_of(find_lab("pyng")))
    options = "'-q', '--collect-only', '-p', 'no:cacheprovider', '--lab', 'pyng'"
    code = (
        "import pytest\n"
        f"status = pytest.main([{options}, '--submission', sys.argv[1]])\n"
        "assert status == 0, status"
    )
    found = imported(code, submission)
    assert "pytest" in found, "the control: it has been looked for"
    assert found.isdisjoint({"pyroute2", "rich", "jinja2", "sqlite3", "distributed"})


def test_before_the_first_run():
    """What `check` needs until a program starts includes no picture, no report and no machine."""
    code = (
        "import l2harness.commands.check, l2harness.vm.choice\n"
        "from l2harness.commands.grading import grade_one"
    )
    found = imported(code)
    assert "l2harness.grading.session" in found, "the control: it has been looked for"
    drawn = {"l2harness.topology.svg", "l2harness.reports.terminal", "jinja2"}
    assert found.isdisjoint({*drawn, "l2harness.vm.machine", "rich", "sqlite3", "distributed"})


def test_messages_of_the_kernel():
    """Encoding a link runs none of what pyroute2 has beside its messages."""
    code = (
        "from l2harness.network.kernel import LinkEnd, link_request\n"
        "ends = LinkEnd(3, 'a', None, 1500), LinkEnd(4, 'b', '02:00:00:00:00:01', 1500)\n"
        "assert link_request(*ends, near_elsewhere=True, bridge=None)"
    )
    assert imported(code).isdisjoint({"pyroute2", "asyncio", "ssl", "sqlite3"})


@pytest.mark.parametrize("first", [True, False])
def test_pyroute2_for_others(first):
    """Whoever imports pyroute2, before us or after, gets all of it."""
    link = (
        "from l2harness.network.kernel import LinkEnd, encode_link\n"
        "end = LinkEnd(3, 'a', None, 1500)\n"
        "assert encode_link(end, end, near_elsewhere=True, bridge=None)"
    )
    theirs = "import pyroute2\nfrom pyroute2.netlink.rtnl import ifinfmsg\npyroute2.IPRoute"
    assert "pyroute2" in imported("\n".join([theirs, link, theirs] if first else [link, theirs]))
