"""Which records of lab pyng's client mean which misconception: one thing wrong at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from observed import (
    CHECKS,
    DONE,
    FAILED,
    NOT_STARTED,
    OWN,
    SECOND,
    SEGFAULT,
    SERVER,
    TARGET,
    TOO_LONG,
    deaf,
    formats,
    found,
    named,
    pair,
    program,
    refusals,
    second,
    sent,
    signs,
    silent,
)

from l2harness.frames import BROADCAST
from l2harness.programs.build import Built
from l2harness.programs.recognise import FoundProgram


def with_frames(change, **more):
    """Records of a client all of whose frames are changed by a function."""

    def changed(**arguments):
        right = sent(**arguments)
        return sent(change(right.by_interface[0]), **arguments)

    return {
        "pair": pair(changed(), changed(target=BROADCAST), **more),
        "second_interface": changed(interface=SECOND, target=TARGET),
    }


def test_a_right_submission_shows_nothing():
    """No detector finds a sign in the records of a right submission."""
    assert signs() == []


def test_every_sign_explains_checks_of_the_rubric():
    """What a sign explains are checks that there are."""
    many = signs(
        pair=pair(sent(bytes(60), times=2, end=SEGFAULT, out=b"")),
        server=deaf(),
        refusals=refusals(no_arguments=silent("./pyng", end=DONE)),
    )
    assert len(many) > 4
    assert {check for sign in many for check in sign.checks} <= set(CHECKS)


class TestStarting:
    """Programs that do not come to do anything."""

    @pytest.mark.parametrize(
        "id", ["missing-program", "not-executable", "windows-line-endings", "does-not-start"]
    )
    def test_what_the_files_show(self, id):
        """A problem that was found among the files is the reason, in its own words."""
        wrong = FoundProgram("pyng", problem="it is so", misconceptions=(id,))
        record = program("./pyng", end=None, problem="it is so")
        nothing = replace(sent(), record=record, frames=(), delivered=())
        by_check, told = named("client.sends", found=found(pyng=wrong), pair=pair(nothing))
        assert by_check == {"client.sends": id}
        assert told == "it is so."

    def test_a_build_that_fails(self):
        """What make could not make is missing because of that, and its error is quoted."""
        said = (
            b"gcc ...\npyng.c:1:10: fatal error: frame.h: No such file\nmake: *** [pyng] Error 1\n"
        )
        by_check, told = named(
            "client.sends",
            "server.receives",
            found=found(
                pyng=FoundProgram("pyng", problem="no", misconceptions=("missing-program",)),
                pyngd=FoundProgram("pyngd", problem="no", misconceptions=("missing-program",)),
            ),
            built=Built(replace(FAILED, code=2), said),
            pair=pair(silent("./pyng", end=None)),
            server=deaf(listening=False, alive=False),
        )
        assert set(by_check.values()) == {"does-not-build"}
        assert "made no pyng. It says: pyng.c:1:10: fatal error" in told
        assert "made no pyngd." in told

    @pytest.mark.parametrize(
        ("end", "id"),
        [
            (FAILED, "does-not-start"),
            (SEGFAULT, "crashed"),
            (NOT_STARTED, "not-executable"),
            (DONE, "sent-nothing"),
            (TOO_LONG, "sent-nothing"),
        ],
    )
    def test_a_client_that_sends_nothing(self, end, id):
        """How it ended tells why nothing came."""
        nothing = silent("./pyng", "02:00:00:00:00:01", "eth0", end=end)
        assert named("client.sends", pair=pair(nothing))[0] == {"client.sends": id}


class TestFrames:
    """What the client sends."""

    @pytest.mark.parametrize(
        ("change", "id", "failed"),
        [
            (lambda it: it[:12] + b"\xb5\x88" + it[14:], "ethertype-byte-order", ["ethertype"]),
            (lambda it: it[:12] + b"\x08\x00" + it[14:], "ethertype-other", ["ethertype"]),
            (lambda it: it[:6] + bytes(6) + it[12:], "source-zero", ["source"]),
            (
                lambda it: it[6:12] + it[:6] + it[12:],
                "addresses-swapped",
                ["destination", "source", "broadcast"],
            ),
            (
                lambda it: it[:12] + b"\x81\x00\x00\x05" + it[12:],
                "vlan-tagged",
                ["ethertype", "payload", "minimum-frame"],
            ),
            (lambda it: it.ljust(1514, b"\0"), "frame-too-long", ["minimum-frame"]),
            (lambda it: it + b"\n", "payload-with-line-end", ["minimum-frame"]),
            (lambda it: it[:14] + b"hi", "payload-other", ["payload"]),
        ],
    )
    def test_a_frame_is_read(self, change, id, failed):
        """Its mistake explains the checks of the fields that are wrong because of it."""
        ids = [f"client.{name}" for name in failed]
        by_check, told = named(*ids, **with_frames(change))
        assert by_check == dict.fromkeys(ids, id)
        assert told

    def test_the_source_of_the_neighbour(self):
        """On the second interface it claims to be the first one."""
        data = second().by_interface[0]
        wrong = second(data=data[:6] + OWN["h1.eth0"].value + data[12:])
        by_check, told = named("client.source", second_interface=wrong)
        assert by_check == {"client.source": "source-of-other-interface"}
        assert "the address of h1.eth0" in told

    def test_a_source_of_nobody(self):
        """The same wrong source in every execution is written into the program."""
        stranger = bytes.fromhex("0211223344ff")
        wrong = with_frames(lambda it: it[:6] + stranger + it[12:])
        assert named("client.source", **wrong)[0] == {"client.source": "source-hard-coded"}

    def test_sources_that_change(self):
        """A source that is another one each time is no constant, and has no name."""
        data = sent().by_interface[0]
        wrong = pair(
            sent(data[:6] + bytes.fromhex("0211223344ff") + data[12:]),
            sent(b"\xff" * 6 + bytes.fromhex("021122334400") + data[12:], target=BROADCAST),
        )
        assert named("client.source", pair=wrong)[0] == {"client.source": None}

    def test_one_destination_for_all(self):
        """Whatever the command line says, the frame goes to the same address."""
        one = bytes.fromhex("080027ddd743")
        by_check, told = named(
            "client.destination", "client.broadcast", **with_frames(lambda it: one + it[6:])
        )
        assert set(by_check.values()) == {"destination-ignored"}
        assert f"with {SERVER} on the command line and with ff:ff:ff:ff:ff:ff" in told

    def test_short_frames_that_nobody_fills_up(self):
        """Where the network does not pad, the program has to."""
        short = sent()
        arrived = tuple(replace(it, data=short.by_interface[0]) for it in short.delivered)
        by_check, told = named(
            "client.minimum-frame", pair=pair(replace(short, delivered=arrived))
        )
        assert by_check == {"client.minimum-frame": "not-padded"}
        assert "16 bytes" in told


class TestSending:
    """How the client behaves."""

    def test_more_than_once(self):
        """Two frames of one execution."""
        by_check, told = named("client.once", pair=pair(sent(times=3)))
        assert by_check == {"client.once": "sent-more-than-once"}
        assert told == "3 frames left h1.eth0, all alike."

    def test_elsewhere(self):
        """The frame leaves through another interface than the named one."""
        wrong = second(through="h1.eth0")
        by_check, told = named("client.interface", second_interface=wrong)
        assert by_check == {"client.interface": "sent-on-other-interface"}
        assert "Told to use h1.eth1, it sent a frame through h1.eth0" in told

    def test_elsewhere_only(self):
        """Nothing leaves the named interface, because it all leaves another one."""
        by_check, _ = named("client.sends", pair=pair(sent(through=SECOND)))
        assert by_check == {"client.sends": "sent-on-other-interface"}

    @pytest.mark.parametrize(
        ("more", "id"),
        [
            ({"end": TOO_LONG}, "never-exits"),
            ({"end": replace(FAILED, code=16)}, "success-status-not-zero"),
            ({"end": FAILED, "err": b"TypeError\n"}, "crashed"),
            ({"end": SEGFAULT}, "crashed"),
        ],
    )
    def test_its_end(self, more, id):
        """It had sent its frame, and then."""
        by_check, _ = named("client.exits", pair=pair(sent(**more)))
        assert by_check == {"client.exits": id}

    def test_a_status_that_counts(self):
        """The number of bytes as the status is called by its name."""
        _, told = named("client.exits", pair=pair(sent(end=replace(FAILED, code=16))))
        assert "status 16, the number of bytes sent" in told

    def test_what_it_says(self):
        """The word is missing, or on the wrong stream."""
        wordless, aside = pair(sent(out=b"")), pair(sent(out=b"", err=b"Sent!\n"))
        assert named("client.reports", pair=wordless)[0] == {"client.reports": "no-confirmation"}
        assert named("client.reports", pair=aside)[0] == {"client.reports": "output-on-stderr"}

    def test_a_word_that_never_came(self):
        """Who did not come to say it has another problem, which comes first."""
        by_check, _ = named(
            "client.exits", "client.reports", pair=pair(sent(out=b"", end=TOO_LONG))
        )
        assert set(by_check.values()) == {"never-exits"}

    def test_broadcast_refused(self):
        """To one host it sends, to everybody it does not."""
        nothing = silent("./pyng", "ff:ff:ff:ff:ff:ff", "eth0")
        by_check, told = named("client.broadcast", "pair.broadcast", pair=pair(broadcast=nothing))
        assert set(by_check.values()) == {"refuses-broadcast"}
        assert "`./pyng ff:ff:ff:ff:ff:ff eth0`" in told

    def test_spellings(self):
        """The spelling that does not work is named."""
        one = silent("./pyng", "02-5D-76-A9-79-6F", "eth0")
        other = formats("02:5D:76:A9:79:6F").sendings[0]
        third = replace(one, record=program("./pyng", "02-5d-76-a9-79-6f", "eth0"), target=TARGET)
        wrong = replace(formats(), sendings=(one, other, third))
        by_check, told = named("client.mac-formats", formats=wrong)
        assert by_check == {"client.mac-formats": "one-address-format-only"}
        assert "with `02-5d-76-a9-79-6f` nothing was sent" in told


class TestRefusing:
    """Wrong arguments that are not refused as they should be."""

    @pytest.mark.parametrize(
        ("what", "check", "id"),
        [
            ("malformed", "client.bad-mac", "accepts-malformed-address"),
            ("unknown_interface", "client.bad-interface", "unknown-interface-replaced"),
            ("no_arguments", "client.usage", "destination-ignored"),
        ],
    )
    def test_a_frame_all_the_same(self, what, check, id):
        """It sends although it should refuse."""
        wrong = (sent(),) if what == "malformed" else sent()
        assert named(check, refusals=refusals(**{what: wrong}))[0] == {check: id}

    @pytest.mark.parametrize(
        ("more", "id"),
        [
            ({"end": DONE}, "error-exit-status-zero"),
            ({"end": FAILED, "err": b""}, "error-without-message"),
            ({"end": SEGFAULT, "err": b""}, "crashed"),
            ({"end": TOO_LONG}, "never-exits"),
        ],
    )
    def test_how_it_ends(self, more, id):
        """No frame, and an end that says nothing, or the wrong thing."""
        wrong = refusals(no_arguments=silent("./pyng", **more))
        assert named("client.usage", refusals=wrong)[0] == {"client.usage": id}

    def test_a_server_that_runs_on(self):
        """Told to listen on an interface that is not there, it listens somewhere."""
        wrong = silent("./pyngd", "eth53", end=TOO_LONG, err=b"")
        by_check, _ = named("server.bad-interface", server_refusal=wrong)
        assert by_check == {"server.bad-interface": "unknown-interface-replaced"}
