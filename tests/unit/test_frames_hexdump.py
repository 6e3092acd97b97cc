"""The hex dump: its layout, and that it is harmless."""

from hypothesis import given, settings
from hypothesis import strategies as st

from l2harness.frames import hexdump


def test_layout():
    """Sixteen bytes a line in two halves, the offset before and the ASCII behind them."""
    data = bytes.fromhex("02000000aabb02000000000188b54869") + b"!"
    assert hexdump(data) == (
        "0000  02 00 00 00 aa bb 02 00  00 00 00 01 88 b5 48 69  |..............Hi|\n"
        "0010  21                                                |!|"
    )


def test_columns_stay_aligned_at_every_length():
    """However many bytes the last line has, its text stands in the same column."""
    columns = {hexdump(bytes(length)).index("|") for length in range(1, 17)}
    assert len(columns) == 1


def test_printable_ascii_is_shown_as_such():
    """From space to tilde bytes are shown as their characters, their neighbours as dots."""
    assert hexdump(b"\x1f ~\x7f\x80").endswith("|. ~..|")


def test_no_bytes_no_dump():
    """The dump of nothing is empty."""
    assert hexdump(b"") == ""


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_holds_all_bytes_and_no_control_characters(data):
    """Every byte can be read back from the dump, and nothing in it moves a cursor."""
    lines = hexdump(data).splitlines()
    assert bytes.fromhex("".join(line[6:54] for line in lines)) == data
    assert all(line.isascii() and line.isprintable() for line in lines)
