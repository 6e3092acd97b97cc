"""Reading other people's lines: whatever is said is found, and nothing that is not said."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from l2harness.frames import MacAddress
from l2harness.labs.reading import (
    addresses,
    mentions_address,
    names_address,
    names_ethertype,
    shown_addresses,
    shows_payload,
)

DST = MacAddress.parse("06:b5:26:40:a6:7a")
SRC = MacAddress.parse("02:0d:76:a9:79:6f")
OTHER = MacAddress.parse("0e:71:33:52:3c:98")
TYPE = 0x88B5
WORD = b"JQ"

#: Lines of right servers, in every shape that somebody has thought of.
RIGHT = [
    f"dst: {DST}, src: {SRC}, type: 0x88b5, payload: b'JQ\\x00\\x00'...",
    f"dst={DST} src={SRC} type=88b5 payload=4a51",
    f"DST: {str(DST).upper()} SRC: {str(SRC).upper()} TYPE: 0x88B5 PAYLOAD: JQ",
    f"src: {SRC}, dst: {DST}, ethertype: 0x88b5, data: JQ",
    f"From {SRC} to {DST}: EtherType 0x88b5, 'JQ'",
    f"to {DST} from {SRC} (0x88b5): JQ",
    f"{DST} {SRC} 88b5 4a51",
    f"{DST}|{SRC}|0x88B5|JQ",
    f"{SRC} -> {DST} 88b5 JQ",
    f"src:{SRC} dst:{DST} type:88b5 payload:JQ",
    f"From:{SRC},To:{DST},type=0x88b5,JQ",
    f"{SRC} → {DST}, 0x88b5: 4a 51 00 00",
    f"{SRC} => {DST} type 88b5 4a:51",
    f"{DST} <- {SRC} 0x88b5 JQ",
    f"{DST} ← {SRC} 0x88b5 JQ",
    f"Destination MAC: {DST}; Source MAC: {SRC}; Protocol: 0x88b5; Payload: JQ",
    f"dest_mac: '{DST}', source_mac: '{SRC}', eth_type: '0x88b5', payload: 'JQ'",
    f'{{"dst": "{DST}", "src": "{SRC}", "type": "0x88b5", "payload": "4a51"}}',
    f"{{'destination': '{DST}', 'source': '{SRC}', 'type': '88b5', 'payload': b'JQ'}}",
    f"('{DST}', '{SRC}', '0x88b5', b'JQ')",
    f"Frame(dst='{DST}', src='{SRC}', type=0x88b5, payload=b'JQ')",
    f"[12:01:33] eth0: {DST} {SRC} 88b5 JQ",
    f"#17 len 60 dst {DST} src {SRC} type 88b5 payload JQ",
    f"dst: {str(DST).replace(':', '-')} src: {str(SRC).replace(':', '-')} type: 88 b5 JQ",
    f"dst, src: {DST}, {SRC} type: 0x88b5 [74, 81, 0, 0]",
    f"dstmac {DST} srcmac {SRC} type 0x88b5 payload [0x4a, 0x51]",
    f"\x1b[33m{DST}\x1b[0m \x1b[1;34m{SRC}\x1b[0m \x1b[35m0x88b5\x1b[m \x1b[38;5;9mJ\x1b[7mQ",
    f"\x1b[1mdst\x1b[0m={DST} \x1b[1msrc\x1b[0m={SRC} \x1b[1mtype\x1b[0m=\x1b[35m0x88b5\x1b[0m JQ",
    f"Ziel: {DST} Absender: {SRC} Type: 0x88b5 JQ",
]


@pytest.mark.parametrize("line", RIGHT)
def test_lines_of_right_servers(line):
    """Addresses in their roles, the type in hex and the payload are found in every one."""
    assert names_address([line], "destination", DST)
    assert names_address([line], "source", SRC)
    assert names_ethertype([line], TYPE)
    assert shows_payload([line], WORD)


@pytest.mark.parametrize("line", RIGHT)
def test_they_say_nothing_else(line):
    """The same lines name no other address, type or payload, nor the addresses the other way."""
    assert not names_address([line], "destination", SRC)
    assert not names_address([line], "source", DST)
    assert not names_address([line], "source", OTHER)
    assert not mentions_address([line], OTHER)
    for value in (0x0800, 0xB588, 0x88B6, 0x8B5, 0x88B):
        assert not names_ethertype([line], value)
    for word in (b"QJ", b"ZZ", b"jq"):
        assert not shows_payload([line], word)


def test_a_record_of_several_lines():
    """A report may take several lines."""
    lines = [
        "Frame received:",
        f"  Destination: {DST}",
        f"  Source:      {SRC}",
        "  Type:        0x88b5",
        "  Payload:",
        "    0000  4a 51 00 00 00 00 00 00  JQ......",
    ]
    assert names_address(lines, "destination", DST)
    assert names_address(lines, "source", SRC)
    assert names_ethertype(lines, TYPE)
    assert shows_payload(lines, WORD)


class TestAddresses:
    """Finding addresses, and who is who."""

    def test_missing_digits_do_not_name(self):
        """An address whose digits are not all there is mentioned, and not named."""
        line = "dst: 6:b5:26:40:a6:7a src: 2:d:76:a9:79:6f"
        assert mentions_address([line], DST)
        assert mentions_address([line], SRC)
        assert not names_address([line], "destination", DST)
        assert not names_address([line], "source", SRC)
        assert shown_addresses([line], "source") == ["2:d:76:a9:79:6f"]

    def test_one_of_two_lines_is_wrong(self):
        """Lines that name another address in the same role, too, do not name this one."""
        lines = [f"src: {SRC}", f"src: {OTHER}"]
        assert not names_address(lines, "source", SRC)
        assert mentions_address(lines, SRC)

    def test_one_address_without_a_label_has_no_role(self):
        """Who prints one address and does not say whose, has said nothing about either."""
        line = f"got a frame: {SRC}"
        assert not names_address([line], "source", SRC)
        assert not names_address([line], "destination", SRC)
        assert mentions_address([line], SRC)

    @pytest.mark.parametrize(
        "text",
        [
            "06:b5:26:40:a6",
            "06:b5:26:40:a6:7a:01",
            "06:b5:26:40:a6:7g",
            "06:b5:26-40:a6:7a",
            "06b52640a67a",
            "06 b5 26 40 a6 7a",
            "006:b5:26:40:a6:7a",
            "fe80::6:b5:26:40:a6:7a",
            "2026-01-02-03-04-05-06",
        ],
    )
    def test_what_is_no_address(self, text):
        """Too short, too long, mixed separators and other things with colons are none."""
        assert not mentions_address([f"dst: {text}"], DST)

    def test_a_dump_of_the_frame_names_nothing(self):
        """Bytes in a row are not an address: nobody has said where it begins."""
        dump = (DST.value + SRC.value).hex(" ")
        assert addresses(dump) == []
        assert not names_address([dump], "destination", DST)

    def test_a_longer_row_of_bytes_with_colons(self):
        """Neither is a row of more than six with colons."""
        assert addresses((DST.value + SRC.value).hex(":")) == []

    def test_where_it_stands(self):
        """The text of an address and its place are those of the line."""
        line = f"src {SRC}!"
        (found,) = addresses(line)
        assert line[slice(*found.at)] == found.text == str(SRC)
        assert found.mac == SRC
        assert found.role == "source"

    @given(st.text(), st.text())
    def test_any_text_around(self, before, after):
        """Whatever stands around, finding addresses ends without an error."""
        line = f"{before} {SRC} {after}"
        for found in addresses(line):
            assert line[slice(*found.at)] == found.text

    @given(st.binary(min_size=6, max_size=6), st.sampled_from(":-"), st.booleans())
    def test_any_address_in_any_spelling(self, value, separator, upper):
        """Every address is read in either case, with either separator."""
        text = value.hex(separator)
        line = f"dst: {text.upper() if upper else text}"
        assert names_address([line], "destination", MacAddress(value))

    @given(st.binary(min_size=6, max_size=6), st.binary(min_size=6, max_size=6))
    def test_no_address_is_taken_for_another(self, one, other):
        """A line that names one address names no other one."""
        assume(one != other)
        line = f"src: {one.hex(':')}"
        assert not names_address([line], "source", MacAddress(other))
        assert not mentions_address([line], MacAddress(other))


class TestEtherType:
    """Numbers in hex."""

    @pytest.mark.parametrize(
        "line", ["type: 34997", "type=0x34997", "88b50000", "0x88b5f", "a88b5"]
    )
    def test_what_does_not_name_it(self, line):
        """Decimal numbers and longer ones do not."""
        assert not names_ethertype([line], TYPE)

    @pytest.mark.parametrize(
        "line", ["type: 88b5", "0x88B5", "(88b5)", "proto 0X88B5", "type: 88:b5", "Type: 0x88b5."]
    )
    def test_what_names_it(self, line):
        """With or without 0x, in either case, in brackets, or as two bytes after a label."""
        assert names_ethertype([line], TYPE)

    def test_a_label_decides(self):
        """Where a type is labelled, other numbers in the line do not count."""
        assert not names_ethertype(["len: 88b5, type: 0x0800"], TYPE)
        assert names_ethertype(["len: 60, type: 0x88b5"], TYPE)

    @pytest.mark.parametrize("line", ["type: 0x0800", "type: 0x800", "type 800", "08 00", "0800"])
    def test_leading_zeros(self, line):
        """A leading zero may be missing after a label; two bytes on their own are no number."""
        assert names_ethertype([line], 0x0800) == (line != "08 00")

    def test_an_address_is_no_type(self):
        """Digits of addresses do not count."""
        assert not names_ethertype(["dst: 02:88:b5:88:b5:01"], TYPE)

    @given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
    def test_no_type_is_taken_for_another(self, one, other):
        """A line that names one type names no other."""
        assume(one != other)
        assert names_ethertype([f"type: 0x{one:04x}"], one)
        assert not names_ethertype([f"type: 0x{one:04x}"], other)


class TestPayload:
    """Bytes, as people show them."""

    @pytest.mark.parametrize(
        "line",
        [
            "payload: JQ",
            "payload: b'JQ\\x00'",
            "payload: 4a51",
            "payload: 4A51",
            "payload: 4a 51",
            "payload: 4a:51:00",
            "payload: 4a-51",
            "payload: \\x4a\\x51",
            "payload: J\\x51",
            "payload: [0x4a, 0x51, 0x0]",
            "payload: [74, 81, 0]",
            "payload: bytearray(b'JQ')",
        ],
    )
    def test_what_shows_it(self, line):
        """As text, as hex, escaped, or as a list of numbers."""
        assert shows_payload([line], WORD)

    @pytest.mark.parametrize("line", ["payload: 2 bytes", "payload: J", "payload: jq", "J Q", ""])
    def test_what_does_not(self, line):
        """A length, half of it, or other letters do not."""
        assert not shows_payload([line], WORD)

    def test_bytes_that_are_no_text(self):
        """They are shown as hex or escaped."""
        for line in ("ff fe", "b'\\xff\\xfe'", "0xff, 0xfe", "[255, 254]"):
            assert shows_payload([line], b"\xff\xfe")

    def test_an_address_is_no_payload(self):
        """Digits of addresses do not count."""
        assert not shows_payload(["src: 02:4a:51:4a:51:01"], WORD)

    @given(st.binary(min_size=2, max_size=8))
    def test_any_bytes_as_python_and_hex_show_them(self, data):
        """What Python's repr or hex() print of bytes is read back."""
        assert shows_payload([data.hex()], data)
        assert shows_payload([data.hex(" ")], data)
        assert shows_payload([str(list(data))], data)

    @given(st.text(max_size=40))
    def test_any_line(self, line):
        """Whatever the line, asking ends without an error."""
        assert shows_payload([line], WORD) in (True, False)
        assert names_ethertype([line], TYPE) in (True, False)


@pytest.mark.parametrize(
    ("heading", "roles"),
    [
        ("dst, src:", ["destination", "source"]),
        ("from eth0, dst, src:", ["destination", "source"]),
        ("dst, src, src:", ["source", None]),
    ],
)
def test_a_heading_for_both_addresses(heading, roles):
    """Of the words before two addresses the last two count, if they are of different roles."""
    assert [it.role for it in addresses(f"{heading} {DST}, {SRC}")] == roles


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        (f"{SRC} -> {DST} {OTHER}", ["source", "destination", None]),
        (f"{DST} {SRC} {OTHER}", ["destination", "source", None]),
        (f"dst, src: {DST}, {SRC}, {OTHER}", ["destination", "source", None]),
    ],
)
def test_a_third_address(line, roles):
    """The place of the first two says what they are; of what follows it says nothing."""
    assert [it.role for it in addresses(line)] == roles
