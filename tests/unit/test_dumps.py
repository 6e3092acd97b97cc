"""Finding a frame in printed text: every usual form is understood, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.frames import hexdump
from l2harness.labs.dumps import shown_length, shows_bytes

HEADER = bytes.fromhex("080027ddd743 0e5fbe30c9a1 88b5")
FRAME = HEADER + b"J'\\Q\"\n\t" + bytes(range(0xF8, 0x100))


def xxd(data):
    """As xxd writes it: words of two bytes, and the characters, spaces among them."""
    for at in range(0, len(data), 16):
        part = data[at : at + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        yield f"{at:08x}: {part.hex(' ', -2):40} {shown}"


def dump(data, width=16, letters=True):
    """As xxd and hexdump -C write it."""
    for at in range(0, len(data), width):
        part = data[at : at + width]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        yield f"{at:08x}  {part.hex(' ')}" + (f"  |{shown}|" if letters else "")


FORMS = {
    "python": repr,
    "python, a list": lambda it: str(list(it)),
    "python, a bytearray": lambda it: repr(bytearray(it)),
    "digits": bytes.hex,
    "pairs": lambda it: f"received: {it.hex(' ').upper()}",
    "colons": lambda it: it.hex(":"),
    "C": lambda it: "".join(f"\\x{byte:02x}" for byte in it),
    "octal": lambda it: "".join(f"\\{byte:03o}" for byte in it),
    "a list in hex": lambda it: ", ".join(f"0x{byte:02x}" for byte in it),
    "xxd": lambda it: "\n".join(xxd(it)),
    "hexdump -C": lambda it: "\r\n".join(dump(it)),
    "a dump without letters": lambda it: "\n".join(dump(it, letters=False)),
    "pairs in lines": lambda it: "\n".join(
        it[at : at + 8].hex(" ") for at in range(0, len(it), 8)
    ),
    "ours": hexdump,
}


@pytest.mark.parametrize("form", FORMS)
@given(data=st.binary(min_size=20, max_size=80))
def test_every_form_is_read(form, data):
    """Whatever the bytes, they are found in every form; no byte is taken for another."""
    text = f"server:\r\n{FORMS[form](data)}\r\n"
    assert shows_bytes(text, data)
    wrong = bytes([data[0] ^ 0x55]) + data[1:]
    assert not shows_bytes(text, wrong)


@pytest.mark.parametrize("form", FORMS)
def test_how_much_is_shown(form):
    """Of bytes that are cut off it is known after how many."""
    assert shown_length(FORMS[form](FRAME[:20]), FRAME) == 20
    assert shown_length("nothing of it", FRAME) == 0
    assert shown_length(FORMS[form](FRAME), FRAME) == len(FRAME)


@given(st.text())
def test_any_text_is_survived(text):
    """No text is an error."""
    assert shows_bytes(text, b"")
    assert not shows_bytes(text, bytes(range(256)) * 20)


@pytest.mark.parametrize("piece", [" ", "a", "\\", "00 ", "0", "|", " |", "0x", "\\x4", ".  "])
def test_a_flood_is_read_in_a_moment(piece):
    """However a megabyte is made up, reading it takes time that grows with its length alone."""
    assert not shows_bytes(piece * (1_000_000 // len(piece)), FRAME)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        *(
            (rf"\{letter}", bytes([byte]))
            for letter, byte in zip("abtnvfr", range(7, 14), strict=True)
        ),
        (r"\\", b"\\"),
        (r"\x", b"x"),
        (r"\0", b"\0"),
        ("Hi", b"Hi"),
        (r"Hi\n", b"Hi\n"),
    ],
)
def test_each_escape(text, data):
    """Escapes of C and Python stand for one byte, everything else for itself, from the start."""
    assert shows_bytes(text, data)
    assert not shows_bytes(text, data + b"!")
