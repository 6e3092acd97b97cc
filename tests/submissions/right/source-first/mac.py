# Another layout: the source first, with labels, in upper case with dashes, the type without 0x.
import re


def parse(text):
    match = re.fullmatch(r"([0-9A-F]{2})([:-])" + r"([0-9A-F]{2})\2" * 4 + "([0-9A-F]{2})", text.upper())
    if match is None:
        raise ValueError(text + " is not a MAC address")
    first, _, *others = match.groups()
    return bytes.fromhex(first + "".join(others))


def show(address):
    return address.hex("-").upper()
