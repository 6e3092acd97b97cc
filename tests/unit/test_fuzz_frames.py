"""Any bytes as a frame: one that is the same bytes again, or a `FrameError`."""

from damage import damaged
from hypothesis import given
from hypothesis import strategies as st

from fuzz.targets import frames, seeds


@given(damaged(seeds("frames")) | st.binary(max_size=100))
def test_frames(data):
    """Cut off, padded, tagged, tagged twice, or nothing of the kind."""
    frames(data)
