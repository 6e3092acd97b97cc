"""Pictures of the network: the ways that frames took, and those that they did not."""

from __future__ import annotations

from dataclasses import replace

from pages import swapped
from results import TOPOLOGY
from test_reports_html_travel import line

from l2harness.grading.result import Evidence
from l2harness.reports.html.picture import (
    Route,
    State,
    network_picture,
    route_picture,
    routes_of,
)


def state_of_lines(picture):
    """How many wires there are in each state."""
    states = [it.state for it in picture.lines]
    return {state: states.count(state) for state in State if state in states}


def routes(*evidence):
    """The ways that a check with this evidence exhibits."""
    whole = swapped()
    check = replace(whole.checks[2], evidence=evidence)
    return routes_of(whole, check)


class TestRoutes:
    """From evidence to ways."""

    def test_a_frame_that_left(self):
        """From its sender to all that it reached."""
        assert routes(Evidence("client", "h1.eth0", 0, "00")) == (Route("h1.eth0", ("h2.eth0",)),)

    def test_a_frame_that_arrived(self):
        """It is the same way."""
        assert routes(Evidence("client", "h2.eth0", 1, "00")) == (Route("h1.eth0", ("h2.eth0",)),)

    def test_no_frame(self):
        """Where none left, that is the point."""
        assert routes(Evidence("client", "h1.eth1")) == (Route("h1.eth1", missed=True),)

    def test_what_shows_nothing(self):
        """A run as a whole, an unknown interface or frame, and bytes without a place."""
        assert routes(Evidence("client")) == ()
        assert routes(Evidence("client", "h9.eth0")) == ()
        assert routes(Evidence("client", "h1.eth0", 99, "00")) == ()
        assert routes(Evidence("nowhere", "h1.eth0", 0, "00")) == ()
        assert routes(Evidence("client", "h1.eth0", None, "00")) == ()

    def test_a_host_that_is_not_on_the_map(self):
        """A way that would end outside of the picture is not drawn."""
        whole = swapped()
        frames = tuple(replace(it, interface="h9.eth9") for it in whole.runs[0].frames)
        runs = (replace(whole.runs[0], frames=frames),)
        check = replace(whole.checks[2], evidence=(Evidence("client", "h1.eth0", 0, "00"),))
        assert routes_of(replace(whole, runs=runs), check) == ()

    def test_each_way_once(self):
        """Two frames on the same way are one arrow."""
        twice = Evidence("client", "h1.eth0", 0, "00")
        assert len(routes(twice, twice)) == 1

    def test_sentences(self):
        """What cannot be seen can be read."""
        assert str(Route("h1.eth0", missed=True)) == "No frame left h1.eth0."
        assert str(Route("h1.eth0")) == "A frame left h1.eth0 and reached nobody."
        assert str(Route("", ("h2.eth0",))) == "The harness sent a frame to h2.eth0."
        assert str(Route("h1.eth0", ("a", "b", "c"))) == (
            "A frame left h1.eth0 and reached a, b and c."
        )


class TestPicture:
    """From ways to lines."""

    def test_a_way_is_drawn_over_all_else(self):
        """Its wires have arrows, its segment is marked, everything else is quiet."""
        picture = route_picture(TOPOLOGY, [Route("h1.eth0", ("h2.eth0",))])
        assert state_of_lines(picture) == {State.IDLE: 1, State.SENT: 1, State.GOT: 1}
        assert picture.lines[0].state is State.IDLE
        assert all(it.head for it in picture.lines[1:])
        assert picture.busy == {"lan"}
        chips = [chip for host in picture.hosts for chip in host.chips]
        assert [picture.state(chip) for chip in chips] == [State.SENT, State.IDLE, State.GOT]
        assert picture.sentences == ("A frame left h1.eth0 and reached h2.eth0.",)

    def test_a_way_not_taken(self):
        """A cross, and nothing on the segment."""
        picture = route_picture(TOPOLOGY, [Route("h1.eth0", missed=True)])
        (crossed,) = [it for it in picture.lines if it.cross]
        assert crossed.state is State.MISSED
        assert picture.busy == frozenset()

    def test_a_frame_from_outside(self):
        """Only its receiver has an arrow."""
        picture = route_picture(TOPOLOGY, [Route("", ("h1.eth1",))])
        assert state_of_lines(picture) == {State.IDLE: 2, State.GOT: 1}
        assert picture.busy == {"side"}

    def test_through_switches(self):
        """All that lies between is marked, and nothing beside it."""
        linked = line(("s1", "s2"), ("s2", "s3"))
        far = route_picture(linked, [Route("h1.eth0", ("h3.eth0",))])
        assert far.busy == {"s1", "s2", "s3"}
        assert state_of_lines(far) == {State.IDLE: 1, State.SENT: 3, State.GOT: 1}
        near = route_picture(linked, [Route("h1.eth0", ("h2.eth0",))])
        assert near.busy == {"s1", "s2"}

    def test_small_enough_for_a_telephone(self):
        """A picture beside a check is narrow; the one of the network has the addresses."""
        small, large = route_picture(TOPOLOGY, []), network_picture(TOPOLOGY)
        assert small.box.width < 300 < large.box.width
        notes = [note for host in large.hosts for chip in host.chips for note in chip.notes]
        assert notes[0] == "02:00:00:4a:1b:2c"
        assert [note for host in small.hosts for chip in host.chips for note in chip.notes] == []
