"""Any bytes as what /proc says: a value or nothing, never an error."""

from damage import damaged
from hypothesis import given
from hypothesis import strategies as st

from fuzz.targets import proc, seeds


@given(damaged(seeds("proc")) | st.binary(max_size=300))
def test_proc(data):
    """Programs choose their names; kernels differ; processes end while they are looked at."""
    proc(data)
