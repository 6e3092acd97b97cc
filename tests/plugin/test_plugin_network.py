"""Networks in tests of one's own: the marker, the fixtures, and what is said about mistakes."""

import re

import pytest

from l2harness import plugin

pytestmark = pytest.mark.kernel


def test_the_example_of_the_documentation(run, pytester):
    """The five lines in the plugin's own docstring are a test that passes."""
    block = re.search(r"::\n\n((?:    .*\n|\n)+)", plugin.__doc__).group(1)
    lines = [line.removeprefix("    ") for line in block.splitlines()]
    assert len([line for line in lines if line.strip()]) == 5
    pytester.makepyfile(
        "import pytest\nfrom l2harness.frames import BROADCAST, Frame\n\n" + "\n".join(lines)
    )
    run().assert_outcomes(passed=1)


def test_everything_that_can_be_had(run, pytester):
    """Ports on both sides, addresses, several networks at a time, and how we came here."""
    pytester.makepyfile(
        """
        import os
        import pytest
        from l2harness.frames import BROADCAST, Frame

        def hi(network):
            return Frame(BROADCAST, network.mac("h1.eth0"), 0x88B5, b"Hi")

        @pytest.mark.topology("segment", driver="wire", min_frame=60, seed=7)
        def test_padding(network, port):
            far, near = port("h1.eth0", side="far"), port("h2.eth0")
            port("h1.eth0").send(hi(network))
            assert len(far.receive()) == 16
            assert len(near.receive()) == 60

        def test_two_networks(make_network):
            one, other = make_network("pair", seed=1), make_network("pair", seed=1)
            listener, stranger = one.port("h2.eth0"), other.port("h2.eth0")
            one.port("h1.eth0").send(hi(one))
            assert listener.receive().payload == b"Hi"
            assert stranger.expect_nothing() == []

        def test_how(namespaces):
            assert namespaces in ("root", "rootless")
            assert os.getpid() == 2

        @pytest.mark.topology("switch")
        class TestMarkedClass:
            def test_its_tests_have_a_network(self, network):
                assert network.topology.name == "switch"
        """
    )
    run().assert_outcomes(passed=4)


def test_a_topology_of_ones_own(run, pytester):
    """A file is named by its path."""
    path = pytester.path / "mine.yaml"
    path.write_text("hosts: {a: {x: lan}, b: {y: lan}}\nsegments: {lan: {kind: cable}}\n")
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.topology({str(path)!r})
        def test_mine(network):
            assert [it.label for it in network.interfaces()] == ["a.x", "b.y"]
        """
    )
    run().assert_outcomes(passed=1)


def test_tests_without_network_stay_where_they_are(run, pytester, never_enter):
    """Only a test that needs namespaces makes pytest move, and only if it is selected."""
    pytester.makepyfile(
        """
        import pytest

        def test_plain():
            pass

        @pytest.mark.topology("pair")
        def test_networked(network):
            pass

        @pytest.mark.skip(reason="not today")
        @pytest.mark.topology("pair")
        def test_skipped(network):
            pass
        """
    )
    run(*never_enter, "-k", "plain").assert_outcomes(passed=1, deselected=2)
    run(*never_enter, "-k", "skipped").assert_outcomes(skipped=1, deselected=2)
    run(*never_enter, "--collect-only").assert_outcomes()
    assert run(*never_enter).ret == 99


def test_without_privilege(run, pytester):
    """Where there is neither root nor a user namespace, that is said once, with exit status 3."""
    pytester.makepyfile(
        forbidden="""
        from l2harness.errors import PrivilegeError
        from l2harness.network import entry
        def enter():
            raise PrivilegeError("this machine gives neither", "Run it with `sudo`")
        entry.enter = enter
        """,
        test_networked="""
        import pytest

        @pytest.mark.topology("pair")
        def test_networked(network):
            pass
        """,
    )
    result = run("-p", "forbidden")
    assert result.ret == 3
    result.stdout.fnmatch_lines(["*this machine gives neither. Run it with `sudo`*"])


MISTAKES = {
    "": 'it asks for a network; say which one: @pytest.mark.topology("segment")',
    '@pytest.mark.topology("segmnet")': "*segmnet*segment*",
    '@pytest.mark.topology("segment", driver="warp")': (
        "driver is 'warp'; it can be 'kernel' or 'wire'"
    ),
    '@pytest.mark.topology("segment", drivers="wire")': "*unexpected keyword argument 'drivers'",
    "@pytest.mark.topology()": "*missing a required argument: 'name'",
    '@pytest.mark.topology("segment", driver="kernel", min_frame=60)': "*cannot be changed so*",
}


@pytest.mark.parametrize("marker", MISTAKES, ids=lambda text: text or "none")
def test_mistakes_with_the_marker(run, pytester, marker):
    """Each is answered with the test's name and a sentence, without a traceback."""
    pytester.makepyfile(f"import pytest\n\n{marker}\ndef test_mine(network):\n    pass\n")
    result = run()
    result.assert_outcomes(errors=1)
    said = MISTAKES[marker].replace("[", "[[]")
    result.stdout.fnmatch_lines([f"*::test_mine: {said}*"])
    assert "Traceback" not in result.stdout.str()
    assert "plugin.py" not in result.stdout.str()
