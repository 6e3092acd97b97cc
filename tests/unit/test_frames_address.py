"""MAC addresses: what is read, what is refused and with which words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l2harness.errors import FrameError
from l2harness.frames import BROADCAST, MacAddress

VALUE = b"\x02\x00\x00\xaa\xbb\xcc"
addresses = st.binary(min_size=6, max_size=6).map(MacAddress)


@pytest.mark.parametrize(
    "text",
    ["02:00:00:aa:bb:cc", "02:00:00:AA:BB:CC", "02-00-00-aa-bb-cc", "02-00-00-Aa-bB-CC"],
)
def test_reads_both_separators_and_either_case(text):
    """An address is read with colons or hyphens, in lower, upper and mixed case."""
    assert MacAddress.parse(text) == MacAddress(VALUE)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("02:00:00:aa:bb", "it has 5 bytes, not six"),
        ("02:00:00:aa:bb:cc:dd", "it has 7 bytes, not six"),
        ("02:00:00:aa:bb:cg", "'g' is neither a hex digit nor a separator"),
        ("02:00:00:aa:bb-cc", "it mixes ':' and '-'"),
        ("020000aabbcc", "there is neither ':' nor '-' between the bytes"),
        ("0200.00aa.bbcc", "'.' is neither a hex digit nor a separator"),
        ("2:00:00:aa:bb:cc", "byte 1 has one hex digit, not two"),
        ("02:000:00:aa:bb:cc", "byte 2 has 3 hex digits, not two"),
        ("02::00:aa:bb:cc", "byte 2 has no hex digit, not two"),
        (":02:00:00:aa:bb:cc", "byte 1 has no hex digit, not two"),
        ("02:00:00:aa:bb:cc:", "byte 7 has no hex digit, not two"),
        ("0x:00:00:aa:bb:cc", "'x' is neither a hex digit nor a separator"),
        (" 02:00:00:aa:bb:cc", "' ' is neither a hex digit nor a separator"),
        ("02:00:00:aa:bb:cc\n", r"'\n' is neither a hex digit nor a separator"),
        ("+2:00:00:aa:bb:cc", "'+' is neither a hex digit nor a separator"),
        ("0_:00:00:aa:bb:cc", "'_' is neither a hex digit nor a separator"),
        # Digits to str.isdigit() and int(): fullwidth, Arabic-Indic.
        ("0２:00:00:aa:bb:cc", r"'\uff12' is neither a hex digit nor a separator"),
        ("٠٢:00:00:aa:bb:cc", r"'\u0660' is neither a hex digit nor a separator"),
        ("02\ud80000:00:aa:bb:cc", r"'\ud800' is neither a hex digit nor a separator"),
    ],
)
def test_refusal_names_the_text_and_what_is_wrong(text, problem):
    """Anything else is refused in one sentence that quotes the text and says what is wrong."""
    with pytest.raises(FrameError) as refused:
        MacAddress.parse(text)
    example = "(six bytes as in 02:00:00:aa:bb:cc)"
    assert str(refused.value) == f"{text!a} is not a MAC address {example}: {problem}"


def test_refusal_of_a_long_text_stays_short():
    """A text of a megabyte is quoted by its beginning only."""
    with pytest.raises(FrameError) as refused:
        MacAddress.parse("x" * 1_000_000)
    assert str(refused.value).startswith(f"'{'x' * 40}'… is not a MAC address")
    assert len(str(refused.value)) < 200
    with pytest.raises(FrameError, match=f"^'{'x' * 40}' is not a MAC address"):
        MacAddress.parse("x" * 40)


@settings(deadline=None)
@given(addresses, st.sampled_from(":-"), st.sampled_from([str.lower, str.upper]))
def test_written_addresses_are_read_back(address, separator, case):
    """Every address is read back from each of its notations."""
    assert MacAddress.parse(case(address.value.hex(separator))) == address
    assert MacAddress.parse(str(address)) == address


@settings(deadline=None)
@given(st.text("09afAF:-", max_size=20) | st.text("0aAg:-. \n\0２٠é\ud800", max_size=20))
def test_any_text_is_an_address_or_a_frame_error(text):
    """Whatever the text: an address that reads the same, or FrameError, never anything else."""
    try:
        address = MacAddress.parse(text)
    except FrameError:
        return
    assert str(address) == text.lower().replace("-", ":")


@pytest.mark.parametrize("length", [0, 5, 7])
def test_value_is_six_bytes(length):
    """An address of another length than six bytes cannot be made."""
    with pytest.raises(FrameError, match=f"a MAC address is 6 bytes, not {length}") as refused:
        MacAddress(bytes(length))
    assert refused.value.data == bytes(length)


def test_text_and_bytes_of_an_address():
    """An address is written in lower case with colons, and its bytes are those of the wire."""
    address = MacAddress(VALUE)
    assert str(address) == "02:00:00:aa:bb:cc"
    assert bytes(address) == VALUE


@pytest.mark.parametrize(
    ("text", "broadcast", "multicast", "local"),
    [
        ("ff:ff:ff:ff:ff:ff", True, True, True),
        ("01:80:c2:00:00:0e", False, True, False),
        ("33:33:00:00:00:01", False, True, True),
        ("02:00:00:aa:bb:cc", False, False, True),
        ("00:00:5e:00:53:01", False, False, False),
    ],
)
def test_kinds_of_addresses(text, broadcast, multicast, local):
    """The two lowest bits of the first byte say group and local; broadcast is a group."""
    address = MacAddress.parse(text)
    assert (address.is_broadcast, address.is_multicast, address.is_local) == (
        broadcast,
        multicast,
        local,
    )


def test_addresses_are_values():
    """Equal addresses are interchangeable in sets, and addresses sort by their bytes."""
    low, high = MacAddress(VALUE), BROADCAST
    assert {low, MacAddress.parse("02-00-00-AA-BB-CC")} == {low}
    assert sorted([high, low]) == [low, high]
