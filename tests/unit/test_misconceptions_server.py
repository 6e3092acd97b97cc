"""Which records of lab pyng's server mean which misconception: one thing wrong at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from observed import (
    DONE,
    FAILED,
    SEGFAULT,
    answer,
    deaf,
    elsewhere,
    frame,
    line,
    named,
    pair,
    program,
    sent,
    server,
)

from l2harness.frames import BROADCAST
from l2harness.labs.records import Burst


class TestStarting:
    """A server that does not come to report anything, because it is gone."""

    @pytest.mark.parametrize(("end", "id"), [(FAILED, "does-not-start"), (SEGFAULT, "crashed")])
    def test_a_server_that_does_not_come_to_listen(self, end, id):
        """It ended before it had a socket."""
        record = program("./pyngd", "eth0", end=end, err=b"Traceback\nModuleNotFoundError: x\n")
        gone = deaf(listening=False, alive=False, record=record)
        by_check, told = named("server.receives", server=gone)
        assert by_check == {"server.receives": id}
        assert "Its last words: ModuleNotFoundError: x" in told

    def test_a_server_that_dies_of_a_frame(self):
        """It listened, a frame came, and it was gone."""
        gone = deaf(alive=False, record=program("./pyngd", "eth0", end=FAILED, err=b"NameError\n"))
        assert named("server.receives", server=gone)[0] == {"server.receives": "crashed"}


class TestSilence:
    """A server that runs and reports nothing."""

    def check(self, id, **more):
        """Expect one reason, and return what is said of it."""
        silent_too = pair(unicast_heard=answer(frame(1), ""))
        by_check, told = named("server.receives", server=deaf(**more), pair=silent_too)
        assert by_check == {"server.receives": id}
        return told

    def test_a_protocol_turned_round(self):
        """The kernel lists what the socket asked for."""
        assert "protocol 0300: 0003" in self.check("protocol-byte-order", protocols=(0x0300,))

    def test_no_protocol(self):
        """A socket that asks for nothing is given nothing."""
        assert "protocol 0000" in self.check("no-protocol", protocols=(0,), listening=False)

    def test_only_another_protocol(self):
        """It asks the kernel for something else."""
        assert "0x0800 (IPv4) only" in self.check("filters-ethertype", protocols=(0x0800,))

    def test_a_comparison_turned_round(self):
        """It reports what has the EtherType's bytes in the wrong order."""
        swapped = answer(frame(103, kind=0xB588))
        assert "b5 88 is reported" in self.check("ethertype-byte-order", swapped_type=swapped)

    def test_the_other_stream(self):
        """The lines are on standard error."""
        record = program("./pyngd", "eth0", err=line(frame(100)).encode())
        assert "dst: 06:b5" in self.check("output-on-stderr", record=record)

    def test_lines_that_come_in_the_end(self):
        """The lines come when it is stopped."""
        record = program("./pyngd", "eth0", out=line(frame(100)).encode())
        assert "when it was stopped" in self.check("output-not-flushed", record=record)

    def test_lines_that_never_come(self):
        """It took the frames, and nothing was printed anywhere."""
        assert "it took them" in self.check("output-not-flushed")

    def test_other_words(self):
        """It says something else: why, is not known."""
        record = program("./pyngd", "eth0", err=b"warning: odd frame\n")
        self.check(None, record=record)


class TestLines:
    """What the server's line says."""

    def check(self, id, check, write):
        """Expect one reason when lines are written by a function of the frame."""
        right = server()
        changed = {
            name: answer(getattr(right, name).frame, write(getattr(right, name).frame))
            for name in ("broadcast", "binary")
        }
        for name in ("unicast", "other_types"):
            changed[name] = tuple(answer(it.frame, write(it.frame)) for it in getattr(right, name))
        by_check, told = named(check, server=server(**changed))
        assert by_check == {check: id}
        return told

    def test_source_first(self):
        """The first six bytes are shown as the source."""

        def write(it):
            return line(it[6:12] + it[:6] + it[12:])

        told = self.check("first-six-bytes-are-not-the-source", "server.source", write)
        assert "shows bytes 0–5 as that" in told
        self.check("first-six-bytes-are-not-the-source", "server.destination", write)

    def test_digits(self):
        """02 is shown as 2."""

        def write(it):
            return line(it).replace("06:b5", "6:b5")

        told = self.check("address-digits-not-padded", "server.destination", write)
        assert "is shown as 6:b5:26:40:a6:7a" in told

    def test_byte_order(self):
        """The bytes of the address, in another order."""

        def write(it):
            return line(it[:6] + it[6:12][::-1] + it[12:])

        self.check("address-byte-order", "server.source", write)

    @pytest.mark.parametrize("shown", [lambda it: it.hex(), repr])
    def test_raw_bytes(self, shown):
        """The address is there, and not as one."""
        told = self.check(
            "address-unformatted",
            "server.source",
            lambda it: f"src {shown(it[6:12])} type 0x88b5\n",
        )
        assert "as raw bytes" in told

    def test_not_there(self):
        """The line has everything but one field."""
        self.check("field-not-shown", "server.source", lambda it: f"dst {it[:6].hex(':')}\n")
        self.check(
            "field-not-shown", "server.destination", lambda it: f"src {it[6:12].hex(':')}\n"
        )
        self.check("field-not-shown", "server.ethertype", lambda it: line(it).partition("type")[0])
        self.check("field-not-shown", "server.payload", lambda it: line(it).partition("pay")[0])

    def test_the_socket_address(self):
        """The name of the interface stands where the source belongs."""
        told = self.check(
            "socket-address-is-not-the-source",
            "server.source",
            lambda it: f"dst {it[:6].hex(':')} src eth0\n",
        )
        assert "names eth0" in told

    def test_ethertypes(self):
        """In the wrong order, or in decimal."""

        def swapped(it):
            return line(it[:12] + it[12:14][::-1] + it[14:])

        def decimal(it):
            return line(it).replace(f"0x{it[12:14].hex()}", str(int.from_bytes(it[12:14], "big")))

        assert "0xb588" in self.check("ethertype-byte-order", "server.ethertype", swapped)
        assert "as 34997" in self.check("ethertype-in-decimal", "server.ethertype", decimal)

    def test_a_payload_that_begins_late(self):
        """The first bytes of the payload are missing, the next are there."""

        def late(it):
            return line(it).partition("payload")[0] + f"payload: {it[16:20]!r}\n"

        assert "byte 16" in self.check("payload-shifted", "server.payload", late)

    @pytest.mark.parametrize(
        ("check", "field"),
        [
            ("server.source", slice(6, 12)),
            ("server.ethertype", slice(12, 14)),
            ("server.payload", slice(14, 18)),
        ],
    )
    def test_the_frame_before(self, check, field):
        """A field of the first frame is shown for every other one."""
        first = frame(100)

        def write(it):
            return line(it[: field.start] + first[field] + it[field.stop :])

        assert "of a frame before" in self.check("stale-state", check, write)


class TestHearing:
    """Which frames the server reports, and what it survives."""

    @pytest.mark.parametrize(
        ("name", "check", "dropped", "fatal"),
        [
            ("broadcast", "server.broadcast", "drops-broadcast", "crashed"),
            ("binary", "server.any-ethertype", *["crashes-on-binary-payload"] * 2),
            ("largest", "server.largest-frame", *["crashes-on-large-frame"] * 2),
        ],
    )
    def test_one_kind_of_frame(self, name, check, dropped, fatal):
        """It is passed over, or is the program's end."""
        asked = getattr(server(), name).frame
        passed_over = server(**{name: answer(asked, "")})
        the_end = server(**{name: answer(asked, "", alive=False)})
        assert named(check, server=passed_over)[0] == {check: dropped}
        assert named(check, server=the_end)[0] == {check: fatal}

    def test_other_types(self):
        """Only one EtherType is of interest to it."""
        wrong = server(other_types=(answer(frame(103, kind=0x0800), ""),))
        by_check, told = named("server.any-ethertype", server=wrong)
        assert by_check == {"server.any-ethertype": "filters-ethertype"}
        assert "08 00" in told

    @pytest.mark.parametrize(
        ("end", "id"),
        [(DONE, "exits-after-one-frame"), (FAILED, "crashed"), (SEGFAULT, "crashed")],
    )
    def test_gone_after_the_first(self, end, id):
        """It reports one frame and is gone: by itself, or by an error."""
        first = answer(frame(100), alive=False)
        wrong = server(
            unicast=(first, first), idle=None, record=program("./pyngd", "eth0", end=end)
        )
        by_check, _ = named("server.keeps-running", "server.idle", server=wrong)
        assert set(by_check.values()) == {id}

    @pytest.mark.parametrize(
        ("lines", "alive", "id", "words"),
        [
            (2, True, "reports-twice", "Of 100 frames 100 were reported more than once"),
            (0, True, "loses-frames", "Of 100 frames 100 were not reported"),
            (0, False, "crashed", "After 0 of 100 frames it was gone"),
        ],
    )
    def test_a_hundred(self, lines, alive, id, words):
        """Lines too many, lines too few, or no program any more."""
        frames = tuple(frame(number) for number in range(100))
        printed = "".join(line(it) * lines for it in frames)
        wrong = server(burst=Burst(frames, printed, alive))
        by_check, told = named("server.keeps-running", server=wrong)
        assert by_check == {"server.keeps-running": id}
        assert words in told

    def test_interfaces(self):
        """It hears another interface beside the named one, or instead."""
        heard = line(frame(110))
        for named_line, id in (
            (None, "not-bound-to-interface"),
            ("", "listens-on-other-interface"),
        ):
            wrong = elsewhere(heard, named_line)
            by_check, told = named("server.interface", server_elsewhere=wrong)
            assert by_check == {"server.interface": id}
            assert "Told to listen on h1.eth1" in told

    def test_busy(self):
        """It uses a CPU while nothing arrives."""
        by_check, _ = named("server.idle", server=server(idle=False))
        assert by_check == {"server.idle": "busy-waiting"}


class TestTogether:
    """A server that does not report what its own client sends."""

    def test_the_server_leaves_it_out(self):
        """The client's frame is right, and gave no line."""
        heard = answer(frame(1), "")
        by_check, told = named("pair.unicast", pair=pair(unicast_heard=heard))
        assert by_check == {"pair.unicast": "ignores-frames-from-its-own-client"}
        assert "printed nothing" in told

    def test_the_server_dies_of_it(self):
        """The client's frame is its end."""
        heard = answer(frame(1), "", alive=False)
        dead = replace(program("./pyngd", "eth0", end=FAILED, err=b"TypeError: no\n"), host="h2")
        by_check, told = named("pair.unicast", pair=pair(unicast_heard=heard, servers=(dead,)))
        assert by_check == {"pair.unicast": "crashed"}
        assert "TypeError: no" in told

    def test_the_client_sends_something_else(self):
        """The client's frame is wrong: that explains why the pair does not work."""
        wrong = sent(bytes(sent().by_interface[0]).replace(b"\x88\xb5", b"\xb5\x88"))
        by_check, _ = named(
            "client.ethertype",
            "pair.unicast",
            pair=pair(wrong, unicast_heard=answer(frame(1), "")),
        )
        assert set(by_check.values()) == {"ethertype-byte-order"}

    def test_broadcasts_that_are_dropped(self):
        """What the server never reports, it does not report of its client either."""
        heard = (answer(frame(2, to=BROADCAST), ""),) * 2
        by_check, _ = named(
            "server.broadcast",
            "pair.broadcast",
            server=server(broadcast=answer(frame(102, to=BROADCAST), "")),
            pair=pair(broadcast_heard=heard),
        )
        assert set(by_check.values()) == {"drops-broadcast"}
