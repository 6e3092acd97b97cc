"""Bytes that were honest once: what a fuzzer would make of its seeds, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

#: Numbers that mean something to formats: none, all, the sign, just too many.
_EDGES = (b"\0", b"\xff", b"\x7f", b"\x80", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff", b"\n")


@st.composite
def damaged(draw: st.DrawFn, seeds: list[bytes], max_edits: int = 4) -> bytes:
    """One of the seeds with some bytes changed, taken out, put in, doubled, or cut off."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, max_edits))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 64)))
        part = draw(st.sampled_from(_EDGES) | st.binary(max_size=16))
        match draw(st.sampled_from(("change", "put in", "take out", "double", "cut off"))):
            case "change":
                data = data[:at] + part + data[at + len(part) :]
            case "put in":
                data = data[:at] + part + data[at:]
            case "take out":
                data = data[:at] + data[end:]
            case "double":
                data = data[:end] + data[at:end] + data[end:]
            case _:
                data = data[:at]
    return data
