"""Any bytes as an archive: a directory that is safe, or a sentence."""

import stat
import tarfile

from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st
from packing import T, Z, tarred, zipped

from fuzz.targets import archives, seeds

SEEDS = seeds("archives")
#: Names that mean something to somebody, alone and put together.
PARTS = ["a", "A", "é", "e\u0301", "..", ".", "", "C:", "a\\b", "\x1b", "\0", "x" * 70, "pyng"]
NAMES = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=4).map("/".join)
#: What UTF-8 can write, and with it both formats.
SPELLABLE = NAMES.filter(lambda name: not any("\ud800" <= c <= "\udfff" for c in name))


@settings(max_examples=100, deadline=None)
@given(damaged(SEEDS) | st.binary(max_size=300))
def test_damage(data):
    """What was an archive once, or never, does no harm."""
    archives(data)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Z,
            name=SPELLABLE,
            data=st.binary(max_size=50) | st.just(bytes(1 << 19)) | SPELLABLE.map(str.encode),
            mode=st.none()
            | st.sampled_from([stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO]).map(
                lambda kind: kind | 0o6755
            ),
            flags=st.sampled_from([0, 0, 0, 1, 0x800]),
            size=st.none() | st.integers(0, 2**32 - 1),
            attributes=st.sampled_from([0, 0x10]),
            extra=st.sampled_from([b"", b"\1\0\x08\0" + b"\xff" * 8, b"UT\5\0\1\0\0\0\x80"]),
        ),
        max_size=6,
    )
)
def test_well_formed_zip(entries):
    """Whatever its entries say they are."""
    archives(zipped(*entries))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            T,
            name=SPELLABLE.filter(lambda name: "\0" not in name),
            data=st.binary(max_size=50) | st.just(bytes(1 << 19)),
            type=st.sampled_from(
                [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, b"3", b"M"]
            ),
            target=SPELLABLE.filter(lambda name: "\0" not in name),
            mode=st.sampled_from([0o644, 0o6755]),
            pax=st.none() | st.dictionaries(st.sampled_from(["path", "size", "mtime"]), st.text()),
        ),
        max_size=6,
    ),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_well_formed_tar(entries, form):
    """Whatever its entries say they are, whatever they link to."""
    archives(tarred(*entries, form=form))
