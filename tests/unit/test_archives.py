"""Opening archives: what comes through, what is refused, and that nothing else ever happens."""

import bz2
import gzip
import io
import lzma
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packing import T, Z, content, packed, put, tarred, zipped

from l2harness.errors import KernelError, SubmissionError
from l2harness.programs.archives import (
    ArchiveLimits,
    beginning_in,
    contents,
    extract,
    is_archive,
    stem_of,
)
from l2harness.programs.stage import StageLimits
from l2harness.programs.tree import Kind

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
SMALL = ArchiveLimits(
    StageLimits(max_bytes=100, max_files=5, max_depth=2, max_name_bytes=20), max_entries=10
)


@pytest.fixture
def out(tmp_path):
    """A directory to extract to, with something beside it that must stay as it is."""
    (tmp_path / "secret").write_text("key")
    directory = tmp_path / "out"
    directory.mkdir()
    yield directory
    assert (tmp_path / "secret").read_text() == "key"
    assert sorted(os.listdir(tmp_path)) in (["out", "secret"], ["out", "secret", "x"])


@pytest.fixture
def opened(tmp_path, out):
    """Extract these bytes; they are taken away again, so that only the result is left."""

    def extracted(data: bytes, **options):
        path = tmp_path / "x"
        path.write_bytes(data)
        try:
            return extract(path, out, **options)
        finally:
            assert path.read_bytes() == data
            path.unlink()

    return extracted


def tree(tmp_path: Path) -> Path:
    """A submission with a little of everything."""
    top = tmp_path / "tree"
    put(top, "pyng", "#!/bin/sh\necho hi\n")
    put(top, "lib/é.py", "x = 1\n", 0o644)
    put(top, f"lib/{'long' * 40}.py", "", 0o644)
    (top / "empty").mkdir()
    put(top, "big", "line\n" * 50_000, 0o644)
    return top


class TestWhatComesThrough:
    """Every archive that an ordinary tool makes of an ordinary submission."""

    @pytest.mark.parametrize("ending", ENDINGS)
    def test_the_same_files(self, tmp_path, ending):
        """Names, content, folders and run bits are what was packed, in every format."""
        top = tree(tmp_path)
        archive = packed(top, tmp_path / f"x{ending}")
        (tmp_path / "out").mkdir()
        extracted = extract(archive, tmp_path / "out")
        assert content(tmp_path / "out") == content(top)
        assert (extracted.files, extracted.notes) == (6, ())
        assert extracted.size_bytes == sum(p.stat().st_size for p in top.rglob("*") if p.is_file())
        modes = {
            name: (tmp_path / "out" / name).stat().st_mode & 0o777 for name in ("pyng", "big")
        }
        assert modes == {"pyng": 0o755, "big": 0o644}

    @pytest.mark.parametrize("form", ["gnu", "oldgnu", "pax", "ustar", "v7"])
    def test_every_kind_of_tar(self, tmp_path, form):
        """As tar(1) writes them, with and without a leading ``./``."""
        top = tmp_path / "tree"
        put(top, "main/pyng", "#!/bin/sh\n")
        put(top, "main/é", "x", 0o644)
        os.link(top / "main" / "pyng", top / "main" / "zz")
        (top / "main" / "here").symlink_to("../main/pyng")
        for number, what in enumerate((".", "main")):
            archive = tmp_path / f"{number}.tar"
            line = ["tar", f"--format={form}", "-cf", archive, "-C", top, what]
            subprocess.run(line, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
            place = tmp_path / str(number)
            place.mkdir()
            extract(archive, place)
            assert content(place) == content(top)

    def test_times(self, opened, out):
        """make compares them. What has no zone is never in the future, and none is refused."""
        opened(tarred(T("a", mtime=1_700_000_000.75), T("b", mtime=-5), T("c", mtime=2**40)))
        seconds = [int((out / name).stat().st_mtime) for name in "abc"]
        assert seconds == [1_700_000_000, 0, 2**32 - 1]
        extra = b"UT\5\0\1" + (1_700_000_000).to_bytes(4, "little")
        opened(zipped(Z("d", extra=extra), Z("e", date=0x5A21), Z("f", date=0xFFFF, time=0xFFFF)))
        assert int((out / "d").stat().st_mtime) == 1_700_000_000
        assert int((out / "e").stat().st_mtime) == 1_735_689_600 - 14 * 3600  # 2025-01-01
        assert (out / "f").stat().st_mtime > 0

    def test_runnable_where_the_archive_does_not_know(self, opened, out):
        """As Windows packs: what begins like a program may be run, nothing else."""
        opened(
            zipped(
                Z("script", b"#!/bin/sh\n", mode=None),
                Z("elf", b"\x7fELF...", mode=None),
                Z("text", b"# !/bin/sh\n", mode=None),
                Z("known", b"#!/bin/sh\n", mode=stat.S_IFREG | 0o644),
                Z("folder", mode=None, attributes=0x10),
            )
        )
        runnable = {name for name in os.listdir(out) if (out / name).stat().st_mode & 0o111}
        assert runnable == {"script", "elf", "folder"}

    def test_set_user_id_bits_are_dropped(self, opened, out):
        """In either format, and a note says so."""
        notes = opened(tarred(T("pyng", mode=0o6755))).notes
        assert notes == ("“pyng” lost its set-user-id or set-group-id bit",)
        notes = opened(zipped(Z("pyngd", mode=stat.S_IFREG | 0o4755))).notes
        assert notes == ("“pyngd” lost its set-user-id or set-group-id bit",)
        assert [stat.S_IMODE((out / name).stat().st_mode) for name in ("pyng", "pyngd")] == [
            0o755,
            0o755,
        ]

    def test_many_notes_are_counted(self, opened):
        """After twenty a number is enough."""
        notes = opened(tarred(*(T(f"{n}", mode=0o4755) for n in range(50)))).notes
        assert (len(notes), notes[-1]) == (21, "and 30 more notes like these")

    def test_links_that_stay_inside(self, opened, out):
        """They come through as they are, dangling ones too, whatever their order."""
        opened(
            tarred(
                T("d/up", type=tarfile.SYMTYPE, target="../a"),
                T("l", type=tarfile.SYMTYPE, target="d"),
                T("later", type=tarfile.SYMTYPE, target="build/pyng"),
                T("a", b"x"),
            )
        )
        assert content(out) == {
            "a": "x",
            "d": "/",
            "d/up": "-> ../a",
            "l": "-> d",
            "later": "-> build/pyng",
        }
        opened(zipped(Z("z", b"a", mode=stat.S_IFLNK | 0o777)))
        assert (out / "z").readlink() == Path("a")

    def test_hard_links_become_files(self, opened, out):
        """A second name of a file is a second file; both are counted."""
        extracted = opened(tarred(T("a", b"xyz"), T("b", type=tarfile.LNKTYPE, target="./a")))
        assert extracted.size_bytes == 6
        assert content(out) == {"a": "xyz", "b": "xyz"}
        assert (out / "a").stat().st_nlink == 1

    def test_archives_in_archives_are_files(self, opened, out):
        """What is inside is not opened, however deep it goes."""
        inner = zipped(Z("pyng", b"x"))
        opened(zipped(Z("inner.zip", inner)))
        assert (out / "inner.zip").read_bytes() == inner

    def test_clutter(self, opened, out):
        """What desktops and version control add does not come out, and does not count."""
        names = (".git/config", "__MACOSX/._pyng", "a/.DS_Store", "a/pyng")
        assert opened(zipped(*map(Z, names))).files == 2
        assert content(out) == {"a": "/", "a/pyng": ""}

    def test_names_of_the_first_pcs(self, opened, out):
        """What is no UTF-8 is read in the character set that zip was made with."""
        opened(zipped(Z(b"\x84.py", mode=None), Z("ü.py".encode(), mode=None)))
        assert set(os.listdir(out)) == {"ä.py", "ü.py"}

    def test_bytes_that_are_no_text(self, opened, out):
        """tar knows no character set: the bytes are kept."""
        opened(tarred(T(os.fsdecode(b"\xff\xfe")), form=tarfile.GNU_FORMAT))
        assert os.listdir(os.fsencode(out)) == [b"\xff\xfe"]

    def test_folders_named_twice(self, opened, out):
        """Only files may not be."""
        opened(
            tarred(
                T("a", type=tarfile.DIRTYPE),
                T("a/b", b"x"),
                T("a", type=tarfile.DIRTYPE),
                T("./a/", type=tarfile.DIRTYPE),
            )
        )
        assert content(out) == {"a": "/", "a/b": "x"}

    @pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
    def test_streams_in_a_row(self, opened, out, compress):
        """As parallel compressors write them, and zeros at the end, as tapes have them."""
        data = tarred(T("a", b"x" * 3000))
        opened(compress(data[:700]) + compress(data[700:]) + bytes(1000))
        assert content(out) == {"a": "x" * 3000}

    def test_large_archives(self, opened, out, monkeypatch):
        """Sizes and places beyond 4 GiB have fields of their own."""
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a", b"x" * 100)
            archive.writestr("b", b"y" * 100)
        assert b"PK\6\6" in file.getvalue()
        opened(file.getvalue())
        assert content(out) == {"a": "x" * 100, "b": "y" * 100}

    def test_a_comment_at_the_end(self, opened, out):
        """Whatever stands in it, also the mark of an end."""
        opened(zipped(Z("a", b"x"), comment=b"by PK\5\6 and others"))
        assert content(out) == {"a": "x"}

    def test_a_part(self, opened, out):
        """Only what has a place comes out, there; of all else only the number counts."""

        def place(path):
            if path.parts[:1] == ("alice",):
                return PurePosixPath("new", *path.parts[1:])
            return None

        data = zipped(Z("alice/pyng", b"x"), Z("bob/../../x"), Z("/etc/passwd"), Z("bob"))
        opened(data, place=place)
        assert content(out) == {"new": "/", "new/pyng": "x"}


@given(
    st.dictionaries(
        st.text(st.sampled_from("abcé漢 .-"), min_size=1, max_size=8).filter(
            lambda name: name not in (".", "..")
        ),
        st.binary(max_size=2000),
        max_size=5,
    ),
    st.sampled_from(ENDINGS),
)
@settings(max_examples=60, deadline=None)
def test_any_honest_archive(tmp_path_factory, files, ending):
    """Whatever the standard library packs comes out as it went in."""
    place = tmp_path_factory.mktemp("honest")
    for folder in ("tree", "out"):
        (place / folder).mkdir()
    for name, data in files.items():
        (place / "tree" / name).write_bytes(data)
    extract(packed(place / "tree", place / f"x{ending}"), place / "out")
    assert {path.name: path.read_bytes() for path in (place / "out").iterdir()} == files
    shutil.rmtree(place)


BAD_NAMES = [
    ("/etc/passwd", "is an absolute path"),
    ("//etc/passwd", "is an absolute path"),
    ("../x", "leads upwards with “..”"),
    ("a/../../x", "leads upwards with “..”"),
    ("a/..", "leads upwards with “..”"),
    ("a/../b", "leads upwards with “..”"),
    ("..", "leads upwards with “..”"),
    ("..\\x", "has a backslash in its name"),
    ("a\\b", "has a backslash in its name"),
    ("\\\\host\\share", "has a backslash in its name"),
    ("C:/x", "begins with the letter of a drive"),
    ("c:x", "begins with the letter of a drive"),
    ("a\nb", "has a control character in its name"),
    ("\x1b[2J", "has a control character in its name"),
    ("a\x7f", "has a control character in its name"),
    ("a\x85b", "has a control character in its name"),
    ("x" * 256, "has too long a name: at most 255 bytes"),
    ("ß" * 128, "has too long a name: at most 255 bytes"),
    ("/".join(["x" * 250] * 9), "has too long a path: at most 2048 bytes"),
    ("a/" * 33 + "x", "lies too deep: at most 32 folders"),
]


class TestNames:
    """An entry's name is refused, never mended; the entry is named, and can be shown."""

    @pytest.mark.parametrize(("name", "problem"), BAD_NAMES)
    @pytest.mark.parametrize("form", ["zip", "tar"])
    def test_bad_ones(self, opened, out, name, problem, form):
        """In either format, after something good, and for any kind of entry."""
        data = zipped(Z("good"), Z(name)) if form == "zip" else tarred(T("good"), T(name))
        with pytest.raises(SubmissionError, match=r"^x: the entry “.*\. Rename it, and") as caught:
            opened(data)
        assert problem in str(caught.value)
        assert str(caught.value).isprintable()
        assert os.listdir(out) == ["good"]

    def test_nul(self, opened):
        """A zip archive can hold one; whoever stops there reads another name."""
        with pytest.raises(SubmissionError, match=r"“pyng\\x00\.txt” has a control character"):
            opened(zipped(Z("pyng\0.txt")))

    def test_none(self, opened):
        """A file needs a name; the archive's own folder does not."""
        for name in ("", ".", "./."):
            with pytest.raises(SubmissionError, match="has no name"):
                opened(zipped(Z(name)))
        assert opened(tarred(T("./", type=tarfile.DIRTYPE))).files == 0

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("Makefile", "makefile"),
            ("straße", "STRASSE"),
            ("é", "e\u0301"),
            ("Lib/a", "lib/b"),
            ("\u212b", "å"),
        ],
    )
    def test_the_same_but_for_case_or_accents(self, opened, first, second):
        """They would be one file on the student's own machine, and nobody knows which."""
        with pytest.raises(SubmissionError, match="has the same name as another one, apart from"):
            opened(zipped(Z(first), Z(second)))

    @pytest.mark.parametrize("second", ["a", "./a", "a//"])
    def test_twice(self, opened, second):
        """Which of the two counts is decided by nobody."""
        with pytest.raises(SubmissionError, match="is in the archive twice"):
            opened(tarred(T("a", b"1"), T(second, b"2")))

    @pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.SYMTYPE])
    def test_below_what_is_no_folder(self, opened, out, kind):
        """Nothing is written through a link, nor into a file."""
        with pytest.raises(SubmissionError, match="lies in a, which is a"):
            opened(tarred(T("a", type=kind, target=".."), T("a/secret", b"overwritten")))
        assert not (out.parent / "a").exists()

    def test_long_ones_are_cut_in_messages(self, opened):
        """A name of 64 KiB does not fill the screen."""
        with pytest.raises(SubmissionError, match="has too long a name") as caught:
            opened(zipped(Z("y" * 60_000)))
        assert len(str(caught.value)) < 400

    def test_very_long_ones(self, opened):
        """tar puts no limit on them; we do before anything is split or looked at."""
        with pytest.raises(SubmissionError, match=r"“z+…” has too long a name"):
            opened(tarred(T("z" * 10_000)))
        with pytest.raises(SubmissionError, match="a header in it has 600000 bytes"):
            opened(tarred(T("z" * 599_999), form=tarfile.GNU_FORMAT))


class TestKinds:
    """Files, folders, links that stay; everything else is refused with the entry named."""

    @pytest.mark.parametrize(
        ("kind", "word"),
        [
            (tarfile.CHRTYPE, "“x” is a device"),
            (tarfile.BLKTYPE, "“x” is a device"),
            (tarfile.FIFOTYPE, "“x” is a FIFO"),
            (tarfile.GNUTYPE_SPARSE, "“x” is a sparse file"),
            (b"M", "“x” is of an unknown kind, 0x4d"),
        ],
    )
    def test_special_files_in_tar(self, opened, out, kind, word):
        """Nothing is made of them."""
        with pytest.raises(SubmissionError, match=word):
            opened(tarred(T("x", type=kind)))
        assert os.listdir(out) == []

    @pytest.mark.parametrize(
        ("mode", "word"),
        [
            (stat.S_IFCHR, "is a device"),
            (stat.S_IFIFO, "is a FIFO"),
            (stat.S_IFSOCK, "is a socket"),
        ],
    )
    def test_special_files_in_zip(self, opened, out, mode, word):
        """Unix modes can say so in zip, too."""
        with pytest.raises(SubmissionError, match=word):
            opened(zipped(Z("x", mode=mode | 0o666)))
        assert os.listdir(out) == []

    def test_sparse_files_of_pax(self, opened):
        """They hide behind an ordinary type."""
        with pytest.raises(SubmissionError, match=r"is a sparse file.*without --sparse"):
            opened(tarred(T("x", pax={"GNU.sparse.major": "1"})))

    @pytest.mark.parametrize(
        "target",
        ["/etc/passwd", "../secret", "..", "d/../../secret", "../out/a", "x", "m"],
    )
    @pytest.mark.parametrize("form", ["zip", "tar"])
    def test_links_that_lead_out(self, opened, target, form):
        """Absolute ones, those that climb, circles, and those that go by another such link."""
        if form == "zip":
            link = stat.S_IFLNK | 0o777
            data = zipped(Z("d/f"), Z("m", b"../..", link), Z("x", target.encode(), link))
        else:
            kind = tarfile.SYMTYPE
            data = tarred(
                T("d/f"), T("m", type=kind, target="../.."), T("x", type=kind, target=target)
            )
        with pytest.raises(SubmissionError, match="is a link that leads out of the archive, to"):
            opened(data)

    def test_links_that_lead_out_together(self, opened):
        """Each is harmless alone; the second goes by the first."""
        with pytest.raises(SubmissionError, match="“b” is a link that leads out"):
            opened(
                tarred(
                    T("d/e/f"),
                    T("a", type=tarfile.SYMTYPE, target="d/.."),
                    T("b", type=tarfile.SYMTYPE, target="a/../secret"),
                )
            )

    @pytest.mark.parametrize("target", ["", "x" * 5000, "a\0b"])
    def test_links_to_no_path(self, opened, target):
        """What the kernel would refuse is the archive's fault, not the machine's."""
        with pytest.raises(SubmissionError, match="is a link"):
            opened(zipped(Z("x", target.encode(), stat.S_IFLNK | 0o777)))

    @pytest.mark.parametrize("target", ["../secret", "/etc/passwd", "later", "x", "d", "l"])
    def test_hard_links_to_what_is_not_there(self, opened, target):
        """They may only name a file that came before them in the archive."""
        with pytest.raises(SubmissionError, match=r"is a hard link to “.*”, which is no file"):
            opened(
                tarred(
                    T("d", type=tarfile.DIRTYPE),
                    T("l", type=tarfile.SYMTYPE, target="../secret"),
                    T("x", type=tarfile.LNKTYPE, target=target),
                    T("later"),
                )
            )


class TestLimits:
    """What is just enough passes, the first thing too much is named, and nothing grows."""

    @pytest.mark.parametrize("pack", [zipped, tarred])
    def test_bytes(self, opened, pack):
        """The sum of all sizes counts."""
        entry = Z if pack is zipped else T
        assert opened(pack(entry("a", bytes(60)), entry("b", bytes(40))), limits=SMALL)
        with pytest.raises(SubmissionError, match="“d” is too much: at most 100 bytes in all"):
            opened(pack(entry("c", bytes(60)), entry("d", bytes(41))), limits=SMALL)

    def test_files(self, opened):
        """Folders count, also those that no entry names."""
        assert opened(zipped(Z("a/b/c"), Z("d"), Z("e")), limits=SMALL).files == 5
        with pytest.raises(SubmissionError, match="“j/k” is one too many: at most 5 files and"):
            opened(zipped(Z("f/g/h"), Z("i"), Z("j/k")), limits=SMALL)

    def test_entries(self, opened):
        """Also those of which nothing is made."""
        names = [f".git/{number}" for number in range(11)]
        assert opened(zipped(*map(Z, names[:10])), limits=SMALL).files == 0
        for pack, entry in ((zipped, Z), (tarred, T)):
            with pytest.raises(SubmissionError, match="is one too many: at most 10 entries"):
                opened(pack(*map(entry, names)), limits=SMALL)

    def test_depth_and_length(self, opened):
        """Of names, in bytes."""
        assert opened(zipped(Z("a/b/c")), limits=SMALL)
        for name, problem in (("d/e/f/g", "lies too deep"), ("x" * 21, "too long a name")):
            with pytest.raises(SubmissionError, match=problem):
                opened(zipped(Z(name)), limits=SMALL)

    @pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
    def test_a_bomb(self, opened, out, compress):
        """It is stopped while it unfolds: at the limit of bytes, with hardly any memory."""
        bomb = compress(tarred(T("zeros", bytes(20 << 20))))
        assert len(bomb) < 50_000
        with pytest.raises(SubmissionError, match="unfolds to more than 100 times its size"):
            opened(bomb)
        assert (out / "zeros").stat().st_size < 16 << 20

    def test_a_bomb_in_zip(self, opened, out):
        """The same for one entry of an archive, and for many small ones."""
        with pytest.raises(SubmissionError, match="unfolds to more than 100 times its size"):
            opened(zipped(Z("zeros", bytes(20 << 20))))
        with pytest.raises(SubmissionError, match="unfolds to more than 100 times its size"):
            opened(zipped(*(Z(str(n), bytes(1 << 20)) for n in range(30))))

    def test_entries_over_each_other(self, opened):
        """One content under many names, as the smallest bombs have it, is seen by its own name."""
        data = bytearray(zipped(Z("a", bytes(1 << 20)), Z("b")))
        place_of_b = data.rindex(b"PK\1\2") + 42
        data[place_of_b : place_of_b + 4] = bytes(4)
        with pytest.raises(SubmissionError, match="“b” is called something else"):
            opened(bytes(data))

    def test_what_is_left_out_unfolds_as_well(self, opened):
        """Clutter and other people's files are decompressed, so they count."""
        bomb = gzip.compress(tarred(T("__MACOSX/zeros", bytes(20 << 20))))
        with pytest.raises(SubmissionError, match="unfolds to more than"):
            opened(bomb)

    def test_random_bytes_in_plenty(self, opened):
        """What is not compressed is no bomb, but has a limit."""
        limits = ArchiveLimits(max_unfolded_bytes=1 << 20)
        with pytest.raises(SubmissionError, match="too large: at most 1048576 bytes may come out"):
            opened(tarred(T("x", os.urandom(1 << 20))), limits=limits)

    def test_a_dictionary_of_gigabytes(self, opened):
        """xz says how much memory it needs; it gets what its highest level needs, no more."""
        data = tarred(T("a", b"x"))
        ordinary = {"id": lzma.FILTER_LZMA2, "preset": 9}
        assert opened(lzma.compress(data, filters=[ordinary])).files == 1
        greedy = {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}
        with pytest.raises(SubmissionError, match=r"cannot be decompressed .*[Mm]emory"):
            opened(lzma.compress(data, filters=[greedy]))

    def test_many_empty_streams(self, opened):
        """Each costs a new state, so they are counted."""
        with pytest.raises(SubmissionError, match="something follows its end"):
            opened(gzip.compress(b"") * 5000 + gzip.compress(tarred(T("a"))))

    def test_memory(self, tmp_path):
        """Opening bombs takes a process no further than opening a small archive did."""
        script = (
            "import sys\n"
            "from pathlib import Path\n"
            "from l2harness.errors import SubmissionError\n"
            "from l2harness.programs.archives import extract\n"
            "for name in sys.argv[1:]:\n"
            "    out = Path(name + '.out')\n"
            "    out.mkdir()\n"
            "    try: extract(Path(name), out)\n"
            "    except SubmissionError: pass\n"
            "    print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
        )
        zeros = bytes(20 << 20)
        archives = (
            zipped(Z("a")),
            gzip.compress(tarred(T("zeros", zeros))),
            bz2.compress(tarred(T("zeros", zeros))),
            zipped(Z("zeros", zeros)),
            tarred(T("a", pax={"comment": "x" * (20 << 20)})),
            zipped(*(Z(f".git/{n:04000}") for n in range(3000))),
        )
        names = []
        for number, data in enumerate(archives):
            names.append(str(tmp_path / str(number)))
            Path(names[-1]).write_bytes(data)
        said = subprocess.check_output([sys.executable, "-c", script, *names], text=True)
        first, *others = map(int, said.split())
        assert max(others) < first + 8_000, others


class TestDamage:
    """What is broken, cut off or not read here gets a sentence that says so and what to do."""

    @pytest.mark.parametrize("ending", ENDINGS)
    def test_cut_off_anywhere(self, tmp_path, ending):
        """No beginning of an archive is an archive; a tar may miss the zeros after its end."""
        (tmp_path / "tree").mkdir()
        put(tmp_path / "tree", "pyng", "x" * 1500)
        data = packed(tmp_path / "tree", tmp_path / f"x{ending}").read_bytes()
        enough = len(data)
        if ending == ".tar":
            enough = 512 + 1536 + 512
        for length in {*range(0, enough, 97), enough - 1}:
            (tmp_path / "x").write_bytes(data[:length])
            (tmp_path / "out").mkdir()
            with pytest.raises(SubmissionError, match=r"damaged or cut off|empty file|is none"):
                extract(tmp_path / "x", tmp_path / "out")
            shutil.rmtree(tmp_path / "out")

    @pytest.mark.parametrize(
        ("entry", "problem"),
        [
            (Z("a", b"x", flags=1), "is encrypted. Pack without a password"),
            (Z("a", b"x", flags=0x2000), "is encrypted"),
            (Z("a", b"x", method=9), "is compressed in a way that is not read here, Deflate64"),
            (Z("a", b"x", method=77), "is compressed in a way that is not read here, method 77"),
            (Z("a", b"x", crc=1), "its content is not what its checksum says"),
            (Z("a", b"xy", size=1), "its content is not what its checksum says"),
            (Z("a", b"xy", size=3), "its content is not what its checksum says"),
            (Z("a", b"xy", method=0, size=1), "its content is not what its checksum says"),
            (Z("a", b"x", packed=b"\xff\xff"), "cannot be decompressed"),
            (Z("a", b"x", packed=b"\x00"), "it ends in the middle"),
            (Z("a", b"x", local_name=b"b"), "is called something else in the archive's directory"),
        ],
    )
    def test_entries_of_zip(self, opened, entry, problem):
        """The entry is named."""
        with pytest.raises(SubmissionError, match="the entry “a” ") as caught:
            opened(zipped(entry))
        assert problem in str(caught.value)

    def test_a_whole_encrypted_archive(self, tmp_path):
        """As zip(1) makes it with a password, and as 7-Zip does with AES."""
        data = zipped(Z("a", b"x", flags=1), Z("b", b"x", method=99, flags=1))
        (tmp_path / "x.zip").write_bytes(data)
        assert [member.name for member in contents(tmp_path / "x.zip")] == ["a", "b"]
        (tmp_path / "out").mkdir()
        with pytest.raises(SubmissionError, match=r"x\.zip: the entry “a” is encrypted"):
            extract(tmp_path / "x.zip", tmp_path / "out")

    def test_one_part_of_several(self, opened):
        """A split archive is named for what it is."""
        data = bytearray(zipped(Z("a")))
        data[-18] = 1
        with pytest.raises(SubmissionError, match="is one part of several"):
            opened(bytes(data))

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            (b"", "x is an empty file, no archive"),
            (b"<!DOCTYPE html>", "x is called like an archive, but is none: it begins with 3c 21"),
            (b"7z\xbc\xaf\x27\x1c\0\4", "x is packed with 7-Zip, which is not opened"),
            (b"Rar!\x1a\x07\x01\0", "x is packed with RAR, which is not opened"),
            (b"\x28\xb5\x2f\xfd...", "x is packed with Zstandard"),
            (gzip.compress(b"#!/bin/sh\n" * 100, mtime=0), "or it is no tar archive at all"),
        ],
    )
    def test_what_is_no_archive(self, opened, data, problem):
        """It says what it found, and what to hand in instead."""
        with pytest.raises(SubmissionError, match=r"Hand in a \.zip|Pack the files") as caught:
            opened(data)
        assert problem in str(caught.value)

    def test_the_content_decides(self, tmp_path):
        """Whatever the file is called."""
        (tmp_path / "x.zip").write_bytes(gzip.compress(tarred(T("a", b"x"))))
        (tmp_path / "out").mkdir()
        extract(tmp_path / "x.zip", tmp_path / "out")
        assert content(tmp_path / "out") == {"a": "x"}

    def test_no_such_archive(self, tmp_path):
        """A FIFO is not waited for, a directory is none, a link is not followed."""
        os.mkfifo(tmp_path / "fifo")
        (tmp_path / "link").symlink_to("fifo")
        for name in ("gone", "fifo", "link", "."):
            with pytest.raises(SubmissionError, match=r"cannot be read|not a regular file"):
                extract(tmp_path / name, tmp_path / "out")

    def test_a_full_disk(self, opened, monkeypatch):
        """The machine's fault is told from the archive's."""

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fchmod", full)
        with pytest.raises(KernelError, match="No space left"):
            opened(zipped(Z("a")))


class TestLooking:
    """What an archive holds can be asked without opening it."""

    def test_contents(self, tmp_path):
        """Names, kinds and sizes, also of what would be refused."""
        path = tmp_path / "x"
        path.write_bytes(tarred(T("../x", b"abc"), T("d", type=tarfile.DIRTYPE)))
        assert [(it.name, it.kind, it.size_bytes) for it in contents(path)] == [
            ("../x", Kind.FILE, 3),
            ("d/", Kind.DIRECTORY, 0),
        ]

    @pytest.mark.parametrize("pack", [zipped, tarred])
    def test_beginning_of_a_file(self, tmp_path, pack):
        """As much as was asked for, or all there is; what is not there is named."""
        entry = Z if pack is zipped else T
        path = tmp_path / "x"
        path.write_bytes(pack(entry("a", b"first"), entry("b", b"0123456789" * 20_000)))
        assert beginning_in(path, "b", 12) == b"012345678901"
        assert beginning_in(path, "a", 100) == b"first"
        with pytest.raises(SubmissionError, match="x has no file “c”"):
            beginning_in(path, "c", 1)

    @pytest.mark.parametrize(
        ("name", "stem"),
        [
            ("a.zip", "a"),
            ("a.b.tar.gz", "a.b"),
            ("A.TAR.XZ", "A"),
            ("a.7z", "a"),
            (".zip", ".zip"),
        ],
    )
    def test_names_of_archives(self, name, stem):
        """The ending goes, the name stays."""
        assert is_archive(name)
        assert stem_of(name) == stem

    @pytest.mark.parametrize("name", ["a.py", "zip", "a.zip.txt", "a.docx", "a.gz", "pyng"])
    def test_names_of_other_files(self, name):
        """They are none, and are called as they are."""
        assert not is_archive(name)
        assert stem_of(name) == name
