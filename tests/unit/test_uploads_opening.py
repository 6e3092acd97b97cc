"""Opening uploads: the files of one student, under their own names, and nothing left behind."""

import os
import stat
from pathlib import Path

import pytest
from packing import Z, content, packed, put, zipped

from l2harness.errors import KernelError, SubmissionError
from l2harness.programs.opening import opened, restore_run_bits
from l2harness.programs.stage import StageLimits
from l2harness.programs.submission import digest
from l2harness.programs.upload import Upload, upload_at
from l2harness.programs.uploads import find_uploads

WANTED = ("pyng", "pyngd")
SCRIPT = b"#!/bin/sh\n"


@pytest.fixture
def scratch(tmp_path):
    """Where uploads are opened: made and taken away by each opening, whatever happens in it."""
    yield tmp_path / "scratch"
    assert not (tmp_path / "scratch").exists()


@pytest.fixture
def files_of(scratch):
    """Open the only upload among these paths; return its files, and what is said about it."""

    def files(*paths: Path):
        (upload,) = find_uploads(paths, WANTED)
        with opened(upload, WANTED, scratch) as it:
            return content(it.tree), it.notes

    return files


def archive(path: Path, *entries: Z) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(*entries))
    return path


class TestForms:
    """Whatever an upload lies in, its files are the same."""

    def test_a_directory(self, tmp_path, scratch):
        """It is shown where it lies, and not copied."""
        put(tmp_path, "alice/pyng")
        with opened(upload_at(tmp_path / "alice"), WANTED, scratch) as it:
            assert it.tree == tmp_path / "alice"
            assert (it.notes, it.lost_run_bits) == ((), False)

    @pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
    def test_an_archive(self, tmp_path, files_of, ending):
        """It is the directory that was packed, by its digest, too."""
        put(tmp_path, "alice/pyng")
        put(tmp_path, "alice/lib/x")
        path = packed(tmp_path / "alice", tmp_path / f"x{ending}")
        assert files_of(path) == (content(tmp_path / "alice"), ())
        with opened(upload_at(path), WANTED, tmp_path / "scratch") as it:
            assert digest(it.tree) == digest(tmp_path / "alice")

    def test_a_file(self, tmp_path, scratch, files_of):
        """Only this one, with its run bit; its neighbours are somebody else's."""
        put(tmp_path, "pyng")
        put(tmp_path, "pyngd")
        found, notes = files_of(tmp_path / "pyng")
        assert found == {"pyng": "#!/bin/sh\n"}
        assert notes == ("only the file pyng was looked at",)
        with opened(upload_at(tmp_path / "pyng"), WANTED, scratch) as it:
            assert stat.S_IMODE((it.tree / "pyng").stat().st_mode) == 0o755

    def test_a_student_of_an_unpacked_download(self, tmp_path, files_of):
        """Loose files get the names back that their author gave them."""
        put(tmp_path, "d/doejane_1_2_pyng-1")
        put(tmp_path, "d/doejane_1_3_lib.py")
        found, notes = files_of(tmp_path / "d")
        assert found == {"pyng": "#!/bin/sh\n", "lib.py": "#!/bin/sh\n"}
        assert notes == ("doejane_1_2_pyng-1 was taken for pyng, handed in again",)

    def test_a_student_of_a_packed_download(self, tmp_path, scratch):
        """Only the student's own files come out, under their own names."""
        path = archive(
            tmp_path / "d.zip",
            Z("doejane_1_2_pyng", SCRIPT),
            Z("doejane_1_3_lib.py"),
            Z("roerick_2_4_pyng.zip", zipped(Z("main/pyng", SCRIPT))),
        )
        jane, rick = find_uploads([path], WANTED)
        with opened(jane, WANTED, scratch) as it:
            assert content(it.tree) == {"pyng": "#!/bin/sh\n", "lib.py": ""}
            assert it.lost_run_bits
        with opened(rick, WANTED, scratch) as it:
            assert content(it.tree) == {"main": "/", "main/pyng": "#!/bin/sh\n"}
            assert it.notes == ("everything was taken from the archive pyng.zip",)
            assert not it.lost_run_bits


class TestArchivesAmongFiles:
    """An archive that was handed in with other files is opened where it is the submission."""

    def test_alone(self, tmp_path, scratch):
        """A student's folder with nothing but an archive."""
        archive(tmp_path / "alice" / "mine.zip", Z("pyng", SCRIPT))
        with opened(upload_at(tmp_path / "alice"), WANTED, scratch) as it:
            assert content(it.tree) == {"pyng": "#!/bin/sh\n"}
            assert it.notes == ("everything was taken from the archive mine.zip",)

    def test_beside_a_text(self, tmp_path, files_of):
        """A letter to the teacher changes nothing."""
        place = tmp_path / "Jane Doe_1_assignsubmission_file"
        archive(place / "mine.zip", Z("pyng", SCRIPT))
        put(place, "letter.txt", "Dear Sir")
        put(tmp_path, "Rick Roe_2_assignsubmission_file/pyng")
        jane, _ = find_uploads([tmp_path], WANTED)
        with opened(jane, WANTED, tmp_path / "scratch") as it:
            assert content(it.tree) == {"pyng": "#!/bin/sh\n"}

    @pytest.mark.parametrize("program", ["pyng.py", "main/pyngd"])
    def test_beside_a_program(self, tmp_path, scratch, program):
        """Then it is one of the student's files."""
        archive(tmp_path / "alice" / "old.zip", Z("pyng", SCRIPT))
        put(tmp_path, f"alice/{program}")
        with opened(upload_at(tmp_path / "alice"), WANTED, scratch) as it:
            assert it.tree == tmp_path / "alice"

    def test_in_an_archive(self, tmp_path, files_of):
        """Archives are opened once."""
        path = archive(tmp_path / "x.zip", Z("mine.zip", zipped(Z("pyng"))))
        assert list(files_of(path)[0]) == ["mine.zip"]

    def test_several(self, tmp_path, scratch):
        """Nobody can say which one counts; they are named."""
        for name in ("a.zip", "b.tar.gz"):
            archive(tmp_path / "alice" / name, Z("pyng", SCRIPT))
        with (
            pytest.raises(SubmissionError, match=r"2 archives and no program .*: a\.zip, b\.tar"),
            opened(upload_at(tmp_path / "alice"), WANTED, scratch),
        ):
            pass


class TestRefusals:
    """What cannot be opened is an error when it is opened; scratch is gone either way."""

    @pytest.fixture
    def refused(self, scratch):
        """See that an upload is refused with this sentence."""

        def see(upload: Upload, problem: str, **options) -> None:
            with (
                pytest.raises(SubmissionError, match=problem),
                opened(upload, WANTED, scratch, **options),
            ):
                raise AssertionError("it was opened")

        return see

    @pytest.mark.parametrize(
        ("name", "data", "problem"),
        [
            ("x.rar", b"Rar!\x1a\x07\0", r"x\.rar is packed with RAR, which is not opened"),
            ("x.7z", b"7z\xbc\xaf\x27\x1c", r"x\.7z is packed with 7-Zip, which is not opened"),
            ("x.zip", b"<html>", r"x\.zip is called like an archive, but is none"),
            ("x.zip", zipped(), r"x\.zip is empty"),
            ("x.zip", zipped(Z(".git/config")), r"x\.zip is empty"),
            ("x.zip", zipped(Z("a"), Z("../b")), r"x\.zip: the entry “\.\./b” leads upwards"),
        ],
    )
    def test_archives(self, tmp_path, refused, name, data, problem):
        """With the archive's own name, not the place where it was opened."""
        (tmp_path / name).write_bytes(data)
        refused(upload_at(tmp_path / name), problem)

    def test_only_the_student_who_did_it(self, tmp_path, scratch, refused):
        """An entry that is refused costs the others of the same archive nothing."""
        path = archive(
            tmp_path / "class.zip",
            Z("Jane Doe_1_assignsubmission_file/../../etc/passwd", b"x"),
            Z("Rick Roe_2_assignsubmission_file/pyng", SCRIPT),
            Z("Ann Other_3_assignsubmission_file/bomb", bytes(20 << 20)),
        )
        ann, jane, rick = find_uploads([path], WANTED)
        refused(ann, "unfolds to more than 100 times")
        refused(jane, "leads upwards")
        with opened(rick, WANTED, scratch) as it:
            assert content(it.tree) == {"pyng": "#!/bin/sh\n"}

    def test_too_large_files(self, tmp_path, scratch, refused):
        """Loose files have the same limit as all together."""
        put(tmp_path, "pyng", "x" * 100)
        limits = StageLimits(max_bytes=100)
        with opened(upload_at(tmp_path / "pyng"), WANTED, scratch, limits) as it:
            assert list(content(it.tree)) == ["pyng"]
        put(tmp_path, "pyng", "x" * 101)
        refused(upload_at(tmp_path / "pyng"), "pyng is too much", limits=limits)

    def test_a_file_that_is_none_any_more(self, tmp_path, refused):
        """Between sorting and opening anything can happen; a FIFO is not waited for."""
        upload = upload_at(put(tmp_path, "pyng"))
        (tmp_path / "pyng").unlink()
        os.mkfifo(tmp_path / "pyng")
        refused(upload, "is not a regular file")

    def test_a_name_that_is_none(self, tmp_path, refused):
        """Canvas keeps control characters in names; loose files are held to the same rules."""
        put(tmp_path, "d/doejane_1_2_py\x1bng")
        put(tmp_path, "d/roerick_1_3_pyng")
        jane, _ = find_uploads([tmp_path / "d"], WANTED)
        refused(jane, r"py\\x1bng has a control character")

    def test_scratch_that_cannot_be_made(self, tmp_path):
        """The machine's fault; what is there already is not ours to take away."""
        put(tmp_path, "taken/file")
        with (
            pytest.raises(KernelError, match="File exists"),
            opened(upload_at(tmp_path / "taken"), WANTED, tmp_path / "taken"),
        ):
            pass
        assert content(tmp_path / "taken") == {"file": "#!/bin/sh\n"}
        put(tmp_path, "pyng")
        with (
            pytest.raises(KernelError, match="No such file"),
            opened(upload_at(tmp_path / "pyng"), WANTED, tmp_path / "gone" / "scratch"),
        ):
            pass

    def test_a_fault_in_the_block(self, tmp_path, scratch):
        """Scratch is taken away, and the fault goes on."""
        with (
            pytest.raises(ZeroDivisionError),
            opened(upload_at(put(tmp_path, "pyng")), WANTED, scratch),
        ):
            raise ZeroDivisionError


def test_run_bits_that_a_platform_has_lost(tmp_path):
    """What begins like a program may be run again; nothing else, and no link is followed."""
    for name, text in (("script", "#!/bin/sh\n"), ("elf", "\x7fELF"), ("text", "x"), ("none", "")):
        put(tmp_path, f"staged/{name}", text, 0o644)
    outside = put(tmp_path, "outside", mode=0o644)
    (tmp_path / "staged" / "link").symlink_to(outside)
    restore_run_bits(tmp_path / "staged")
    runnable = [p.name for p in (tmp_path / "staged").iterdir() if p.lstat().st_mode & 0o100]
    assert sorted(runnable) == ["elf", "link", "script"]
    assert not outside.stat().st_mode & 0o111
