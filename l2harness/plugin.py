"""The pytest door: options, hooks and fixtures. Everything here only wires.

Two ways to use it. ``pytest --lab pyng --submission DIR`` runs the checks of a lab as ordinary
items. ``@pytest.mark.topology("segment")`` gives a test of one's own a running network::

    @pytest.mark.topology("segment")
    def test_broadcast(network):
        listeners = [network.port(f"{host}.eth0") for host in ("h2", "h3")]
        network.port("h1.eth0").send(Frame(BROADCAST, network.mac("h1.eth0"), 0x88B5, b"Hi"))
        assert all(listener.receive().payload == b"Hi" for listener in listeners)

The harness moves into namespaces of its own only if something that was collected needs it.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from l2harness.commands.machines import Outcome
    from l2harness.grading.result import Result
    from l2harness.grading.session import Grading
    from l2harness.network.kernel_port import KernelPort
    from l2harness.network.network import Network
    from l2harness.vm.machine import Hypervisor

_GRADING = pytest.StashKey["Grading"]()
_RESULT: pytest.StashKey[Result] = pytest.StashKey()
_PREPARED = pytest.StashKey[Any]()
_OUTCOME: pytest.StashKey[Outcome] = pytest.StashKey()

#: A fixture that needs a network makes the harness enter its namespaces.
_NEEDS_NAMESPACES = frozenset({"network", "make_network", "namespaces"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--lab`` and what goes with it."""
    group = parser.getgroup("l2harness", "layer-2 labs")
    group.addoption("--lab", metavar="NAME", help="run the checks of this lab: a name or a folder")
    group.addoption(
        "--submission", metavar="DIR", help="with --lab: the submission to check (default: .)"
    )
    group.addoption(
        "--seed",
        metavar="N",
        help="with --lab: draw everything random from this (default: random)",
    )
    group.addoption(
        "--variant",
        metavar="WORD",
        help="with --lab that differs from student to student: the word on the assignment sheet",
    )
    group.addoption(
        "--report-dir",
        metavar="DIR",
        help="with --lab: write report.json, .html, .md, .xml and evidence.pcapng there",
    )
    group.addoption(
        "--backend",
        choices=("root", "rootless", "vm", "vm:uml", "vm:uml-fast", "vm:qemu"),
        help="with --lab: how to come by the privileges that it takes (default: the first that "
        "works)",
    )
    group.addoption(
        "--no-sandbox", action="store_true", help="with --lab: run the programs unprotected"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """With ``--lab``, load no conftest.py of where we happen to be: it may be a stranger's."""
    if early_config.known_args_namespace.lab:
        early_config.known_args_namespace.noconftest = True


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and turn ``--lab`` into files to collect."""
    config.addinivalue_line(
        "markers",
        "topology(name, *, driver=None, min_frame=None, seed=0): run on this network, "
        "a shipped topology or a file, with all that is random drawn from the seed; "
        "fixtures network, port",
    )
    if config.option.lab:
        _configure_lab(config)
    elif config.option.submission or config.option.report_dir or config.option.backend:
        raise pytest.UsageError("--submission, --report-dir and --backend go with --lab")


def _configure_lab(config: pytest.Config) -> None:
    from l2harness.commands.options import seed_for_check
    from l2harness.errors import L2HarnessError
    from l2harness.grading.equip import Order
    from l2harness.grading.session import Grading, default_jobs
    from l2harness.labs.lab import find_lab

    directory = Path(config.option.submission or ".").resolve()
    _keep_out(config, directory)
    try:
        lab = find_lab(config.option.lab)
        order = Order(
            lab,
            directory,
            directory.name,
            seed_for_check(lab, config.option.seed, config.option.variant, None),
            sandboxed=not config.option.no_sandbox,
            jobs=default_jobs(),
        )
        grading = Grading(order)
    except L2HarnessError as error:
        raise pytest.UsageError(_harmless(str(error))) from error
    config.stash[_GRADING] = grading
    config.args[:] = [str(path) for path in lab.check_files]
    config.pluginmanager.register(grading.runner, "l2harness-checks")
    config.pluginmanager.register(grading.fixtures, "l2harness-runs")


def _keep_out(config: pytest.Config, directory: Path) -> None:
    """Nothing of a submission may run in the harness: neither as settings nor as a module."""
    if config.inipath is not None and config.inipath.resolve().is_relative_to(directory):
        raise pytest.UsageError(
            f"{config.inipath} belongs to the submission, and pytest would obey it. "
            "Add `-c /dev/null`, or start pytest somewhere else"
        )
    # `python -m pytest` looks for modules in the current directory first of all.
    here = Path.cwd()
    strangers = {directory, here} if here.is_relative_to(directory) else {directory}
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() not in strangers]


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say what is graded, and with which seed it can be done again."""
    grading = config.stash.get(_GRADING, None)
    if grading is None:
        return None
    order = grading.order
    return _harmless(f"lab: {order.lab.name}, submission: {order.directory}, seed: {order.seed}")


def _harmless(text: str) -> str:
    """A stranger's words, as a terminal and the log of a job can show them."""
    from l2harness.reports.escape import github

    return github(text)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make harmless what pytest prints of a lab's checks: it quotes the submission."""
    report = yield
    if report.failed and item.config.stash.get(_GRADING, None) is not None:
        report.longrepr = _harmless(str(report.longrepr))
    return report


def pytest_collection_finish(session: pytest.Session) -> None:
    """Enter our own namespaces, if something that was selected needs them."""
    config = session.config
    if config.option.collectonly:
        return
    grading = config.stash.get(_GRADING, None)
    needed = grading is not None or any(
        _NEEDS_NAMESPACES & set(getattr(item, "fixturenames", ()))
        for item in session.items
        if item.get_closest_marker("skip") is None
    )
    if not needed or not session.items:
        return
    hypervisor = _enter(config, grading)
    if grading is not None:
        if hypervisor is None:
            _prepare(config, grading)
        else:
            _ask_elsewhere(session, grading, hypervisor)


def _enter(config: pytest.Config, grading: Grading | None) -> Hypervisor | None:
    """Enter namespaces; or return what to boot, where a lab is to be graded and that must be."""
    from l2harness.commands.options import enter_backend
    from l2harness.errors import L2HarnessError
    from l2harness.network import entry

    try:
        if grading is not None:
            return enter_backend(config.option.backend)
        entry.enter()
    except L2HarnessError as error:
        pytest.exit(_harmless(str(error)), returncode=error.exit_code)
    return None


def _ask_elsewhere(session: pytest.Session, grading: Grading, hypervisor: Hypervisor) -> None:
    """Have the selected checks asked in a virtual machine; the items tell its verdicts again."""
    from l2harness.commands.machines import grade_in_machine
    from l2harness.errors import L2HarnessError

    only = [item.name for item in session.items]
    try:
        outcome = grade_in_machine(grading.order, hypervisor, only=only)
    except L2HarnessError as error:
        pytest.exit(_harmless(str(error)), returncode=error.exit_code)
    grading.runner.elsewhere = {check.id: check for check in outcome.result.checks}
    session.config.stash[_OUTCOME] = outcome


def _prepare(config: pytest.Config, grading: Grading) -> None:
    from l2harness.errors import L2HarnessError

    prepared = grading.prepared()
    try:
        prepared.__enter__()
    except L2HarnessError as error:
        pytest.exit(_harmless(str(error)), returncode=error.exit_code)
    config.stash[_PREPARED] = prepared


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    """Write the reports, take everything down, and let our faults decide the exit status."""
    config = session.config
    prepared = config.stash.get(_PREPARED, None)
    outcome = config.stash.get(_OUTCOME, None)
    if prepared is None and outcome is None:
        return
    from l2harness.grading.result import exit_code
    from l2harness.reports.files import write_reports

    grading = config.stash[_GRADING]
    try:
        result = outcome.result if outcome is not None else grading.result()
        config.stash[_RESULT] = result
        if config.option.report_dir and exitstatus != pytest.ExitCode.INTERRUPTED:
            out = Path(config.option.report_dir)
            write_reports(
                out,
                "",
                result,
                submissions=[grading.order.directory],
                recording=grading.recording() if outcome is None else None,
                capture=outcome.capture if outcome is not None else None,
            )
        if exit_code([result]) == 3 and exitstatus == pytest.ExitCode.TESTS_FAILED:
            session.exitstatus = 3
    finally:
        if prepared is not None:
            prepared.__exit__(None, None, None)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say which known mistakes are behind the checks that failed."""
    result = config.stash.get(_RESULT, None)
    if result is None or not result.findings:
        return
    from l2harness.reports.escape import terminal
    from l2harness.reports.summary import behind

    terminalreporter.section("what is behind it")
    for finding in result.findings:
        terminalreporter.write_line(terminal(finding.title), bold=True)
        for text in (behind(result, finding), finding.sentence):
            terminalreporter.write_line(f"  {terminal(text)}")
        more = f"`l2harness explain {finding.misconception}` tells what to learn from it."
        terminalreporter.write_line(f"  {terminal(more)}")


@pytest.hookimpl(tryfirst=True)
def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    """Say field by field why a frame is not the expected one, which is on the right."""
    if op != "==":
        return None
    from l2harness.labs.misconceptions.assertion import explain_comparison

    return explain_comparison(left, right, dumps=config.get_verbosity() > 1)


# -- fixtures for tests of one's own ---------------------------------------------------------


@pytest.fixture(scope="session")
def namespaces() -> str:
    """How the harness entered its own namespaces: ``root`` or ``rootless``."""
    from l2harness.network import entry

    return entry.enter()


@pytest.fixture(scope="session")
def _closing_networks() -> Iterator[list[Network]]:
    """Networks that are being closed while the next test runs."""
    closing: list[Network] = []
    yield closing
    for network in closing:
        network.closed()


@pytest.fixture
def make_network(
    namespaces: str, _closing_networks: list[Network]
) -> Iterator[Callable[..., Network]]:
    """Build networks: ``make_network("segment", driver=None, min_frame=None, seed=0)``."""
    from l2harness.errors import UsageError
    from l2harness.network.network import Network
    from l2harness.topology import Driver, find_topology, override, resolve

    built: list[Network] = []

    def make(
        name: str | os.PathLike[str],
        *,
        driver: str | None = None,
        min_frame: int | None = None,
        seed: int | str = 0,
    ) -> Network:
        if driver not in (None, *Driver):
            raise UsageError(f"driver is {driver!r}; it can be 'kernel' or 'wire'")
        topology = override(
            find_topology(os.fspath(name)),
            driver=None if driver is None else Driver(driver),
            min_frame=min_frame,
        )
        built.append(Network.build(resolve(topology, seed)))
        built[-1].begin_run()  # from here on bad lines are bad, as the seed decides
        return built[-1]

    yield make
    for network in reversed(built):
        network.close(wait=False)
        _closing_networks.append(network)


@pytest.fixture
def network(request: pytest.FixtureRequest, make_network: Callable[..., Network]) -> Network:
    """The network that the test's ``topology`` marker names, up and probed."""
    from l2harness.errors import L2HarnessError

    marker = request.node.get_closest_marker("topology")
    if marker is None:
        problem = 'it asks for a network; say which one: @pytest.mark.topology("segment")'
        pytest.fail(f"{request.node.nodeid}: {problem}", pytrace=False)
    try:
        inspect.signature(make_network).bind(*marker.args, **marker.kwargs)
    except TypeError as error:
        pytest.fail(f"{request.node.nodeid}: marker topology: {error}", pytrace=False)
    try:
        return make_network(*marker.args, **marker.kwargs)
    except L2HarnessError as error:
        pytest.fail(f"{request.node.nodeid}: {error}", pytrace=False)


@pytest.fixture
def port(network: Network) -> Callable[..., KernelPort]:
    """Open ports: ``port("h2.eth0")`` on the host, ``port("h2.eth0", side="far")`` beyond it."""
    return network.port
