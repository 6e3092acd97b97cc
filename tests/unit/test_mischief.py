"""What a bad line does: as much as was said, the same every time, and nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l2harness.network.mischief import Freight, Mischief, flipped
from l2harness.network.timeline import DeedKind, Direction
from l2harness.topology import PERFECT, Impairment

HEADER = bytes.fromhex("ffffffffffff 020000000001 88b5")

shares = st.sampled_from([0.0, 0.1, 0.5, 1.0]) | st.floats(0, 1)
impairments = st.builds(
    Impairment,
    loss=shares,
    duplication=shares,
    corruption=shares,
    reordering=shares,
    delay_s=st.floats(0.1, 1),
    jitter_s=st.floats(0, 0.1),
    rate_bps=st.sampled_from([0, 64_000, 10_000_000]),
)
seeds = st.text(max_size=8)


def numbered(count):
    """Frames that can be told apart, with a time for each."""
    return [
        (Freight(HEADER + i.to_bytes(4, "big") * 4, i), i * 0.001) for i in range(1, count + 1)
    ]


def through(bad, frames, seed="1"):
    """What comes out of a line: (time, frame) in order, and the deeds by frame; to the end."""
    line = Mischief(bad, "h1.eth0", Direction.OUT, seed)
    left, deeds = [], {}
    for freight, at_s in frames:
        outcome = line.pass_on(freight, at_s)
        deeds[freight.number] = outcome.deeds
        left += outcome.leaving
    left += line.let_go(frames[-1][1] if frames else 0.0).leaving
    assert line.held is None
    return left, deeds


def numbers(left):
    """The frames' numbers, in the order in which they left."""
    return [freight.number for _, freight in left]


def kinds(deeds):
    """What was done, without where."""
    return [deed.kind for deed in deeds]


class TestOne:
    """One kind of mischief alone, as certain as it can be."""

    def test_nothing(self):
        """A perfect line passes on every frame at once, unchanged and in order."""
        frames = numbered(20)
        left, deeds = through(PERFECT, frames)
        assert [freight for _, freight in left] == [freight for freight, _ in frames]
        assert [at_s for at_s, _ in left] == [at_s for _, at_s in frames]
        assert not any(deeds.values())

    def test_loss(self):
        """A line that loses everything passes on nothing, and says so for every frame."""
        left, deeds = through(Impairment(loss=1.0), numbered(20))
        assert left == []
        assert [kinds(it) for it in deeds.values()] == [[DeedKind.LOST]] * 20

    def test_duplication(self):
        """Every frame comes twice in a row, and each copy says that it was doubled."""
        left, _ = through(Impairment(duplication=1.0), numbered(5))
        assert numbers(left) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        assert all(kinds(freight.deeds) == [DeedKind.DUPLICATED] for _, freight in left)

    def test_corruption(self):
        """One bit behind the header is wrong, and the deed says which."""
        frames = numbered(50)
        left, _ = through(Impairment(corruption=1.0), frames)
        for (original, _), (_, got) in zip(frames, left, strict=True):
            (deed,) = got.deeds
            assert deed.kind is DeedKind.CORRUPTED
            assert deed.byte >= len(HEADER)
            assert flipped(got.data, deed.byte, deed.bit) == original.data != got.data
        assert len({(freight.deeds[0].byte, freight.deeds[0].bit) for _, freight in left}) > 20

    def test_corruption_spares_tags(self):
        """Behind the header is behind the tags, too: no frame changes its VLAN."""
        tagged = HEADER[:12] + bytes.fromhex("8100 0005 88b5") + b"\0"
        left, _ = through(
            Impairment(corruption=1.0), [(Freight(tagged, i), 0.0) for i in range(20)]
        )
        assert all(freight.data[:18] == tagged[:18] for _, freight in left)
        assert all(freight.data[18] != 0 for _, freight in left)

    def test_nothing_to_corrupt(self):
        """A frame of nothing but a header stays as it is."""
        left, deeds = through(Impairment(corruption=1.0), [(Freight(HEADER, 1), 0.0)])
        assert left == [(0.0, Freight(HEADER, 1))]
        assert deeds == {1: ()}

    def test_reordering(self):
        """A frame that is held back goes behind the next; the last one goes when none comes."""
        left, deeds = through(Impairment(reordering=1.0), numbered(5))
        assert numbers(left) == [2, 1, 4, 3, 5]
        assert [kinds(it) for it in deeds.values()] == [[DeedKind.REORDERED], []] * 2 + [
            [DeedKind.REORDERED]
        ]

    def test_delay(self):
        """Every frame leaves so much later."""
        left, _ = through(Impairment(delay_s=0.25), numbered(3))
        assert [at_s for at_s, _ in left] == pytest.approx([0.251, 0.252, 0.253])
        assert all(freight.deeds[0].delay_s == 0.25 for _, freight in left)

    def test_jitter_keeps_the_order(self):
        """Frames are late by different times within the bounds, and none overtakes another."""
        left, deeds = through(Impairment(delay_s=1.0, jitter_s=0.5), numbered(100))
        said_s = [it[0].delay_s for it in deeds.values()]
        assert min(said_s) >= 0.5
        assert max(said_s) <= 1.5
        assert len(set(said_s)) == 100
        assert numbers(left) == list(range(1, 101))
        assert [at_s for at_s, _ in left] == sorted(at_s for at_s, _ in left)

    def test_rate(self):
        """A frame leaves when its bits are through, behind those of the frames before it."""
        size_bits = 8 * len(numbered(1)[0][0].data)
        left, _ = through(Impairment(rate_bps=64_000), numbered(10))
        each_s = size_bits / 64_000
        assert [at_s for at_s, _ in left] == pytest.approx(
            [0.001 + each_s * n for n in range(1, 11)]
        )

    def test_a_free_line_is_not_waited_for(self):
        """Bandwidth that nobody used is not saved up, nor does it hold anybody up."""
        frames = [(Freight(HEADER, 1), 0.0), (Freight(HEADER, 2), 100.0)]
        left, _ = through(Impairment(rate_bps=64_000), frames)
        assert [at_s for at_s, _ in left] == pytest.approx([0.00175, 100.00175])


class TestAll:
    """Any impairment, any seed."""

    @settings(max_examples=60, deadline=None)
    @given(impairments, seeds, st.integers(0, 60))
    def test_books_balance(self, bad, seed, count):
        """What comes out is what went in: less the lost, plus the doubled, none invented."""
        frames = numbered(count)
        left, deeds = through(bad, frames, seed)
        expected = []
        for freight, _ in frames:
            done = kinds(deeds[freight.number])
            if DeedKind.LOST not in done:
                expected += [freight.number] * (2 if DeedKind.DUPLICATED in done else 1)
        assert sorted(numbers(left)) == expected

    @settings(max_examples=60, deadline=None)
    @given(impairments, seeds, st.integers(1, 60))
    def test_times_never_go_back(self, bad, seed, count):
        """Frames leave in the order of their times, and none before the least of the delay."""
        frames = numbered(count)
        came_s = {freight.number: at_s for freight, at_s in frames}
        left, _ = through(bad, frames, seed)
        times_s = [at_s for at_s, _ in left]
        assert times_s == sorted(times_s)
        least_s = bad.delay_s - bad.jitter_s
        assert all(at_s >= came_s[it.number] + least_s - 1e-9 for at_s, it in left)

    @settings(max_examples=60, deadline=None)
    @given(impairments, seeds)
    def test_when_they_come_changes_nothing_but_times(self, bad, seed):
        """The same frames at other times come out as the same bytes in the same order."""
        frames = numbered(40)
        busy = [(freight, at_s * at_s * 1000) for freight, at_s in frames]
        calm, hectic = through(bad, frames, seed), through(bad, busy, seed)
        assert [it for _, it in calm[0]] == [it for _, it in hectic[0]]
        assert calm[1] == hectic[1]

    @settings(max_examples=60, deadline=None)
    @given(impairments, seeds, st.sampled_from([it.name for it in fields(Impairment)]))
    def test_one_knob_turns_one_thing(self, bad, seed, knob):
        """Switched off, a kind of mischief is gone, and the draws of the others are the same."""
        other = replace(bad, **{knob: 0})
        kind = {
            "loss": DeedKind.LOST,
            "duplication": DeedKind.DUPLICATED,
            "corruption": DeedKind.CORRUPTED,
        }
        frames = numbered(40)
        _, before = through(bad, frames, seed)
        _, after = through(other, frames, seed)
        assert kind.get(knob) not in [it.kind for deeds in after.values() for it in deeds]
        for number in before:
            if DeedKind.LOST in kinds(before[number]):
                assert knob == "loss" or kinds(after[number]) == [DeedKind.LOST]
                continue
            same = {DeedKind.DUPLICATED, DeedKind.CORRUPTED} - {kind.get(knob)}
            assert [it for it in before[number] if it.kind in same] == [
                it for it in after[number] if it.kind in same
            ]

    def test_shares_are_kept(self):
        """Of ten thousand frames about as many are lost, doubled and changed as was said."""
        bad = Impairment(loss=0.1, duplication=0.2, corruption=0.3, reordering=0.05)
        _, deeds = through(bad, numbered(10_000))
        done = [deed.kind for it in deeds.values() for deed in it]
        passed = 10_000 - done.count(DeedKind.LOST)
        assert 800 <= done.count(DeedKind.LOST) <= 1200
        assert 0.17 <= done.count(DeedKind.DUPLICATED) / passed <= 0.23
        assert 0.26 <= done.count(DeedKind.CORRUPTED) / passed <= 0.34
        assert 0.03 <= done.count(DeedKind.REORDERED) / passed <= 0.07


class TestSeed:
    """From which everything follows."""

    BAD = Impairment(loss=0.2, duplication=0.2, corruption=0.2, reordering=0.2)

    def digest(self, seed, interface="h1.eth0", direction=Direction.OUT):
        line = Mischief(self.BAD, interface, direction, seed)
        left = [
            it for freight, at_s in numbered(200) for it in line.pass_on(freight, at_s).leaving
        ]
        return hashlib.sha1(b"".join(it.data for _, it in left), usedforsecurity=False).hexdigest()

    def test_the_same_on_every_machine(self):
        """A seed means today what it meant when a report was written, in any Python."""
        assert self.digest("7") == "329ddba03ec4103cda9cc778d2f18564403b17a5"

    def test_another_seed_link_or_direction_is_another_fate(self):
        """No two lines of a network share their luck."""
        seen = {
            self.digest("7"),
            self.digest("8"),
            self.digest("7", "h2.eth0"),
            self.digest("7", direction=Direction.IN),
        }
        assert len(seen) == 4

    def test_a_seed_need_not_be_utf8(self):
        """What a shell hands over as a seed is taken, whatever bytes it is."""
        assert self.digest("\udcff") != self.digest("\udcfe")
