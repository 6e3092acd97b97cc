"""Bad lines and VLANs in topology files: what can be said, and what is refused where."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.errors import SpecError, UsageError
from l2harness.topology import (
    PERFECT,
    Driver,
    Impairment,
    PortVlans,
    draw_svg,
    draw_text,
    find_topology,
    override,
    parse_topology,
    resolve,
)
from l2harness.topology.impairment import duration, rate, share

FILE = Path("bad.yaml")


def topology(interface="segment: lan", segment="kind: switch, driver: wire"):
    """A topology of two hosts, of which the first and the segment are given."""
    return parse_topology(
        f"hosts:\n"
        f"  h1:\n"
        f"    eth0: {{{interface}}}\n"
        f"  h2: {{eth0: lan}}\n"
        f"segments:\n"
        f"  lan: {{{segment}}}\n".encode(),
        FILE,
    )


def resolved(interface="", segment=""):
    """The first interface, where these are impairments."""
    more = f", impairments: {{{segment}}}" if segment else ""
    own = f", impairments: {{{interface}}}" if interface else ""
    declared = topology(f"segment: lan{own}", f"kind: switch, driver: wire{more}")
    return resolve(declared, 0).interface("h1.eth0")


class TestWhatIsSaid:
    """From the file to the link."""

    def test_nothing(self):
        """A line that nothing is said about is perfect, both ways."""
        assert (resolved().out, resolved().into) == (PERFECT, PERFECT)
        assert not PERFECT

    def test_everything(self):
        """Each quantity has its word and its unit."""
        said = (
            "loss: 1%, duplication: 2.5%, corruption: 0.1%, reordering: 100%, "
            "delay: 20ms, jitter: 500us, rate: 1.5Mbit"
        )
        bad = Impairment(0.01, 0.025, 0.001, 1.0, 0.02, 0.0005, 1_500_000)
        assert resolved(segment=said).out == resolved(segment=said).into == bad

    def test_one_way(self):
        """What is said of one way goes before what is said of both, wherever it stands."""
        it = resolved(segment="out: {loss: 1%}, loss: 5%, delay: 1s")
        assert it.out == Impairment(loss=0.01, delay_s=1.0)
        assert it.into == Impairment(loss=0.05, delay_s=1.0)

    def test_an_interface_goes_before_its_segment(self):
        """Word by word: what it does not say is as the segment says."""
        it = resolved("loss: 0%, in: {delay: 2s}", segment="loss: 5%, delay: 1s, out: {loss: 9%}")
        assert it.out == Impairment(delay_s=1.0)
        assert it.into == Impairment(delay_s=2.0)

    def test_the_others_are_as_the_segment_says(self):
        """An interface speaks for itself alone."""
        declared = topology(
            "segment: lan, impairments: {loss: 1%}",
            "kind: switch, driver: wire, impairments: {loss: 5%}",
        )
        assert resolve(declared, 0).interface("h2.eth0").out == Impairment(loss=0.05)

    @pytest.mark.parametrize(
        ("said", "vlans"),
        [
            ("10", PortVlans(10)),
            ("{untagged: 10}", PortVlans(10)),
            ("{tagged: [10, 20]}", PortVlans(None, (10, 20))),
            ("{untagged: 1, tagged: [4094]}", PortVlans(1, (4094,))),
            ("{tagged: all}", PortVlans(everything=True)),
            ("{untagged: 1, tagged: all}", PortVlans(1, everything=True)),
        ],
    )
    def test_vlans(self, said, vlans):
        """An access port is a number; a trunk says which VLANs bear tags."""
        declared = topology(f"segment: lan, vlan: {said}")
        assert resolve(declared, 0).interface("h1.eth0").vlans == vlans


L, S, V = "hosts.h1.eth0.impairments", "segments.lan.impairments", "hosts.h1.eth0.vlan"


class TestWhatIsRefused:
    """Each with its line, its key, and the right word where there is one."""

    @pytest.mark.parametrize(
        ("said", "key", "sentence"),
        [
            ("los: 3%", L, "unknown key 'los'; did you mean 'loss'?"),
            ("duplicate: 3%", L, "did you mean 'duplication'?"),
            ("in: {latency: 3ms}", f"{L}.in", "unknown key 'latency'; there are loss, dup"),
            ("inn: {loss: 3%}", L, "did you mean 'in'?"),
            ("out: 3%", f"{L}.out", "expected a mapping, got '3%'"),
            ("loss: 3", f"{L}.loss", "expected a share of the frames, as in 5%, got '3'"),
            ("loss: 0.03", f"{L}.loss", "expected a share"),
            ("loss: -3%", f"{L}.loss", "expected a share"),
            ("loss: 101%", f"{L}.loss", "101% is not in 0%..100%"),
            ("loss: [3%]", f"{L}.loss", "expected text, got a list"),
            (
                "delay: 20",
                f"{L}.delay",
                "expected a time with its unit, as in 20ms, 1.5s",
            ),
            ("delay: 1min", f"{L}.delay", "expected a time"),
            ("delay: 10.1s", f"{L}.delay", "10.1s is not in 0s..10s"),
            ("jitter: 1ms", L, "a jitter of 1ms is more than the delay of 0us"),
            ("delay: 1s, in: {delay: 1ms, jitter: 2ms}", L, "a jitter of 2ms is more"),
            ("rate: 100", f"{L}.rate", "expected bits a second with their unit"),
            ("rate: 1kbit", f"{L}.rate", "1kbit is not in 64kbit..100Gbit"),
            ("rate: 101Gbit", f"{L}.rate", "101Gbit is not in 64kbit..100Gbit"),
            ("", L, "says nothing; a perfect line needs no word"),
            ("loss: 1%, loss: 2%", L, "'loss' stands here twice"),
        ],
    )
    def test_of_a_line(self, said, key, sentence):
        """Words that are none, and quantities that cannot be."""
        with pytest.raises(SpecError) as caught:
            topology(f"segment: lan, impairments: {{{said}}}")
        assert (caught.value.line, caught.value.key) == (3, key.removesuffix("."))
        assert sentence in caught.value.problem

    @pytest.mark.parametrize(
        ("said", "key", "sentence"),
        [
            ("0", V, "VLAN 0 is not in 1..4094"),
            ("4095", V, "VLAN 4095 is not in 1..4094"),
            ("ten", V, "expected a whole number, got 'ten'"),
            ("[10]", V, "expected a mapping, got a list"),
            ("{}", V, "a port without a VLAN carries nothing"),
            ("{tagged: []}", V, "a port without a VLAN carries nothing"),
            ("{tagged: [1, 1]}", V, "VLAN 1 stands here twice"),
            ("{untagged: 1, tagged: [1]}", V, "VLAN 1 cannot be both with and without a tag"),
            ("{tagged: every}", f"{V}.tagged", "unknown word 'every'; there is only all"),
            ("{taged: [1]}", V, "did you mean 'tagged'?"),
        ],
    )
    def test_of_a_port(self, said, key, sentence):
        """VLANs that are none, and ports that could carry nothing."""
        with pytest.raises(SpecError) as caught:
            topology(f"segment: lan, vlan: {said}")
        assert (caught.value.line, caught.value.key) == (3, key)
        assert sentence in caught.value.problem

    @pytest.mark.parametrize(
        ("interface", "segment", "line", "key", "sentence"),
        [
            ("", "kind: hub, impairments: {loss: 1%}", 6, S, "only 'driver: wire' impairs frames"),
            (", impairments: {loss: 1%}", "kind: hub", 3, L, "only 'driver: wire' impairs"),
            (", vlan: 10", "kind: switch", 3, V, "only 'driver: wire' has VLANs; 'lan' has 'kern"),
            (
                ", vlan: 10",
                "kind: hub, driver: wire",
                3,
                V,
                "'lan' is a hub, and only a switch",
            ),
            (", vlan: 10", "kind: cable, driver: wire", 3, V, "'lan' is a cable, and only a sw"),
        ],
    )
    def test_where_it_means_nothing(self, interface, segment, line, key, sentence):
        """The kernel impairs nothing, and only a switch in user space has VLANs."""
        with pytest.raises(SpecError) as caught:
            topology(f"segment: lan{interface}", segment)
        assert (caught.value.line, caught.value.key) == (line, key)
        assert caught.value.problem.startswith(sentence)

    @pytest.mark.parametrize("name", ["lossy", "vlan"])
    def test_the_kernel_cannot_be_asked_for_it(self, name):
        """Another driver is refused for a network that needs the wire."""
        with pytest.raises(UsageError, match="only 'driver: wire'"):
            override(find_topology(name), driver=Driver.KERNEL)

    @pytest.mark.parametrize(
        "bad",
        [
            Impairment(loss=1.1),
            Impairment(loss=-0.1),
            Impairment(loss=float("nan")),
            Impairment(delay_s=11),
            Impairment(jitter_s=0.1),
            Impairment(rate_bps=1),
        ],
    )
    def test_what_was_made_by_hand(self, bad):
        """What did not come from a file is held against the same limits."""
        assert list(bad.problems()) != []


def test_it_is_told_as_it_was_asked_for():
    """Every trouble has its word, and a perfect line none."""
    line = Impairment(0.05, 0.1, 0.25, 0.5, delay_s=0.02, jitter_s=0.0005, rate_bps=1_500_000)
    assert line.words() == [
        *("loss 5%", "duplication 10%", "corruption 25%", "reordering 50%"),
        *("delay 20ms", "jitter 500us", "rate 1.5Mbit"),
    ]
    assert Impairment().words() == []


@given(st.text(max_size=12) | st.from_regex(r"\A[0-9.]{1,12} ?(%|ms|us|s|kbit|Mbit|Gbit)\Z"))
def test_quantities_are_read_or_refused(text):
    """Any text is a quantity within its limits, or a sentence says what was expected."""
    for read, least, most in ((share, 0, 1), (duration, 0, 10), (rate, 64_000, 10**11)):
        with contextlib.suppress(ValueError):
            assert least <= read(text) <= most


class TestDrawing:
    """Bad lines and VLANs can be seen."""

    def test_both_ways(self):
        """Directions that differ are told apart; those that do not are told once."""
        picture = draw_text(find_topology("lossy"))
        assert "out: delay 1ms" in picture
        assert "in: loss 10%, duplication 10%, delay 1ms" in picture
        alike = topology(segment="kind: hub, driver: wire, impairments: {rate: 64kbit}")
        assert "rate 64kbit" in draw_text(alike)
        assert "out:" not in draw_text(alike)

    @pytest.mark.parametrize("draw", [draw_text, draw_svg])
    def test_ports(self, draw):
        """Ports show their VLANs, a t for those with tags; a resolved one shows its line, too."""
        assert "VLANs 10t, 20t" in draw(find_topology("vlan"))
        assert "loss 10%" in draw(resolve(find_topology("lossy"), 0))
