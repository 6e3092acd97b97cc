"""Archives for kernels: written, read by us and by another reader, and unpacked."""

import io
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.vm import cpio
from l2harness.vm.cpio import BadArchive, Entry, Writer

LAST = b"TRAILER!!!"
NAMES = st.binary(min_size=1, max_size=60).filter(lambda it: b"\0" not in it and it != LAST)
KINDS = st.sampled_from([stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
FILES = st.lists(
    st.tuples(
        NAMES,
        KINDS,
        st.integers(0, 0o7777),
        st.integers(0, 2**32 - 1),
        st.binary(max_size=50),
    ),
    max_size=6,
)


def archive(files, *, end=True) -> bytes:
    """An archive of names, kinds, permissions, times and contents."""
    made = io.BytesIO()
    writer = Writer(made)
    for name, kind, permissions, mtime, content in files:
        writer.add(Entry(name, kind | permissions, len(content), mtime), content)
    if end:
        writer.close()
    return made.getvalue()


def read(data: bytes):
    """What our reader finds."""
    return [(it, b"".join(content())) for it, content in cpio.read(io.BytesIO(data))]


def read_otherwise(data: bytes):
    """Mode, time, name and content of each file, read as cpio(5) describes it, by offsets."""
    found, at = [], 0
    while True:
        assert data[at : at + 6] == b"070701"
        mode, mtime, size = (int(data[at + o : at + o + 8], 16) for o in (14, 46, 54))
        name_size = int(data[at + 94 : at + 102], 16)
        name = data[at + 110 : at + 110 + name_size]
        assert name[-1:] == b"\0"
        begin = (at + 110 + name_size + 3) // 4 * 4
        if name == LAST + b"\0":
            assert begin == len(data)
            return found
        found.append((mode, mtime, name[:-1], data[begin : begin + size]))
        at = (begin + size + 3) // 4 * 4


class TestForm:
    """Bytes."""

    @given(FILES)
    def test_read_back(self, files):
        """What was written is read again, by us and by a reader that shares nothing with us."""
        data = archive(files)
        expected = [(k | p, t, n, c) for n, k, p, t, c in files]
        assert read_otherwise(data) == expected
        assert [(it.mode, it.mtime, it.name, content) for it, content in read(data)] == expected

    @given(FILES, st.data())
    def test_cut_short(self, files, data):
        """An archive of which any part is missing at its end is none."""
        whole = archive(files)
        # Nothing is said by the last byte: it fills up.
        cut = data.draw(st.integers(0, len(whole) - 2))
        with pytest.raises(BadArchive):
            read(whole[:cut])

    @given(st.binary(max_size=300), FILES)
    def test_anything(self, noise, files):
        """Whatever is read, it is files or a BadArchive."""
        for data in (noise, archive(files, end=False) + noise, b"070701" + noise):
            try:
                read(data)
            except BadArchive:
                continue

    def test_what_follows_is_not_read(self):
        """A disk is larger than the archive on it."""
        assert read(archive([]) + bytes(10_000)) == []

    def test_a_content_that_nobody_wants(self):
        """It is passed over."""
        files = [(b"a", stat.S_IFREG, 0, 0, b"12345"), (b"b", stat.S_IFREG, 0, 0, b"6")]
        found = [it.name for it, _ in cpio.read(io.BytesIO(archive(files)))]
        assert found == [b"a", b"b"]

    def test_numbers_are_unlike_each_other(self):
        """Files of one number would be taken for one file with several names."""
        data = archive([(b"a", stat.S_IFREG, 0, 0, b""), (b"b", stat.S_IFREG, 0, 0, b"")])
        assert data[6:14] == b"00000001"
        assert data[data.index(b"070701", 1) :][6:14] == b"00000002"

    @pytest.mark.parametrize("name", [b"", b"a\0b", b"a" * 4096])
    def test_no_name(self, name):
        """A name that would be read as another one is refused."""
        with pytest.raises(ValueError, match="does not fit"):
            Writer(io.BytesIO()).add(Entry(name, stat.S_IFREG))

    def test_too_large(self):
        """So is a file whose size has more than 32 bits."""
        with pytest.raises(ValueError, match="does not fit"):
            Writer(io.BytesIO()).add(Entry(b"a", stat.S_IFREG, 2**32), io.BytesIO())

    @pytest.mark.parametrize("content", [b"ab", io.BytesIO(b"ab")])
    def test_less_than_was_said(self, content):
        """A file that becomes shorter is told, and not filled up with something."""
        with pytest.raises(EOFError):
            Writer(io.BytesIO()).add(Entry(b"a", stat.S_IFREG, 3), content)

    def test_a_time_before_1970(self):
        """It is written as the nearest that there is."""
        made = io.BytesIO()
        Writer(made).add(Entry(b"a", stat.S_IFREG, 0, -5))
        assert made.getvalue()[46:54] == b"00000000"


class TestFiles:
    """From a directory, and back into one."""

    def test_there_and_back(self, tmp_path):
        """Kinds, permissions, times to the second, contents and links are as they were."""
        there, back = tmp_path / "there", tmp_path / "back"
        (there / "d").mkdir(parents=True)
        back.mkdir()
        (there / "d" / "f").write_bytes(b"x" * 100_001)
        (there / "d" / "f").chmod(0o751)
        os.mkfifo(there / "d" / "pipe")
        (there / "d" / "link").symlink_to("../elsewhere")
        os.utime(there / "d" / "f", (1_000_000_000, 1_000_000_000.9))
        made = io.BytesIO()
        writer = Writer(made)
        for name in ("d", "d/f", "d/link", "d/pipe"):
            cpio.copy_into(writer, name.encode(), str(there / name))
        writer.close()
        made.seek(0)
        cpio.unpack(made, str(back))
        assert sorted(it.name for it in (back / "d").iterdir()) == ["f", "link", "pipe"]
        about = (back / "d" / "f").stat()
        assert (about.st_mode & 0o7777, about.st_mtime) == (0o751, 1_000_000_000.0)
        assert (back / "d" / "f").read_bytes() == b"x" * 100_001
        assert os.readlink(back / "d" / "link") == "../elsewhere"
        assert stat.S_ISFIFO((back / "d" / "pipe").stat().st_mode)

    def test_over_what_is_there(self, tmp_path):
        """A file takes the place of another; a directory stays what it is."""
        (tmp_path / "d").mkdir(mode=0o700)
        (tmp_path / "d" / "f").write_text("before")
        data = archive(
            [(b"d", stat.S_IFDIR, 0o755, 0, b""), (b"d/f", stat.S_IFREG, 0o644, 0, b"after")]
        )
        cpio.unpack(io.BytesIO(data), str(tmp_path))
        assert (tmp_path / "d" / "f").read_text() == "after"
        assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700

    def test_a_device(self):
        """It keeps its numbers."""
        made = io.BytesIO()
        writer = Writer(made)
        cpio.copy_into(writer, b"null", "/dev/null")
        writer.close()
        ((entry, content),) = read(made.getvalue())
        assert stat.S_ISCHR(entry.mode)
        assert (entry.device, content) == ((1, 3), b"")
