"""Telling submissions from what holds submissions, and whose they are."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packing import Z, packed, put, zipped

from l2harness.errors import SubmissionError
from l2harness.programs import shelves
from l2harness.programs.upload import Form, Pick, Upload, upload_at
from l2harness.programs.uploads import find_uploads, sort_out

WANTED = ("pyng", "pyngd")

#: Names of uploads as the platforms write them, for three students.
MOODLE = (
    "Jane Doe_11_assignsubmission_file/pyng.zip",
    "Rick Roe_12_assignsubmission_file/pyng",
    "Rick Roe_12_assignsubmission_file/pyngd",
    "Rick Roe_12_assignsubmission_onlinetext/onlinetext.html",
    "Ann Other_13_assignsubmission_onlinetext/onlinetext.html",
)
CANVAS = (
    "doejane_11_21_pyng.zip",
    "roerick_LATE_12_22_pyng",
    "roerick_LATE_12_23_pyngd",
    "otherann_13_text.html",
)
METADATA = """\
---
submission_101:
  :submitters:
  - :name: Jane Doe
    :sid: '11'
    :email: jane@example.edu
  :created_at: 2025-11-01 12:00:00.000000000 Z
submission_102:
  :submitters:
  - :name: Rick Roe
    :sid:
    :email: rick@example.edu
  - :name: Ann Other
    :sid: '13'
    :email: ann@example.edu
"""


def names(*paths: Path) -> list[str]:
    return [upload.name for upload in find_uploads(paths, WANTED)]


def people(uploads: list[Upload]) -> list[tuple[str | None, str | None]]:
    return [(upload.student, upload.student_id) for upload in uploads]


def download(tmp_path: Path, entries: tuple[str, ...], *, unpacked: bool) -> Path:
    """What a platform hands out, as an archive or as a directory."""
    if unpacked:
        for name in entries:
            put(tmp_path, f"download/{name}")
        return tmp_path / "download"
    path = tmp_path / "download.zip"
    path.write_bytes(zipped(*(Z(name, b"#!/bin/sh\n", mode=None) for name in entries)))
    return path


class TestOne:
    """What a path is as one submission."""

    def test_a_directory(self, tmp_path):
        """It is one, called as it is."""
        put(tmp_path, "alice/pyng")
        assert upload_at(tmp_path / "alice") == Upload("alice", tmp_path / "alice", Form.DIRECTORY)

    @pytest.mark.parametrize(
        "name", ["alice.zip", "alice.tar", "alice.tar.gz", "alice.TGZ", "alice.7z", "alice.rar"]
    )
    def test_an_archive(self, tmp_path, name):
        """It is called without its ending, whether or not it can be opened."""
        path = put(tmp_path, name)
        assert upload_at(path) == Upload("alice", path, Form.ARCHIVE)

    def test_a_file(self, tmp_path):
        """It is a submission of one file, and says so."""
        path = put(tmp_path, "pyng.py")
        assert upload_at(path) == Upload(
            "pyng.py",
            tmp_path,
            Form.FILES,
            (Pick("pyng.py", "pyng.py"),),
            notes=("only the file pyng.py was looked at",),
        )

    def test_a_link_of_the_users_own(self, tmp_path):
        """What the user named is followed, and called as what it stands for."""
        put(tmp_path, "alice.zip")
        (tmp_path / "this").symlink_to("alice.zip")
        assert upload_at(tmp_path / "this").path == tmp_path / "alice.zip"

    def test_what_is_neither(self, tmp_path):
        """A FIFO is not opened, and nothing is nothing."""
        os.mkfifo(tmp_path / "fifo")
        with pytest.raises(SubmissionError, match="fifo is a FIFO, no file or directory"):
            upload_at(tmp_path / "fifo")
        with pytest.raises(SubmissionError, match=r"there is no file or directory .*gone"):
            upload_at(tmp_path / "gone")


class TestDirectories:
    """Which directories are submissions."""

    def test_a_directory_with_a_program(self, tmp_path):
        """It is a submission, whatever folders and archives it has."""
        put(tmp_path, "alice/pyng.py")
        put(tmp_path, "alice/tests/x")
        put(tmp_path, "alice/docs/x")
        put(tmp_path, "alice/old.zip")
        assert find_uploads([tmp_path / "alice"], WANTED) == [
            Upload("alice", tmp_path / "alice", Form.DIRECTORY)
        ]

    def test_a_program_in_its_only_folder(self, tmp_path):
        """The folder of an archive makes no submission of its own."""
        put(tmp_path, "alice/pyng-main/pyngd")
        put(tmp_path, "alice/README")
        assert names(tmp_path / "alice") == ["alice"]

    def test_no_folder(self, tmp_path):
        """Nothing but other files: a submission that lacks its programs."""
        put(tmp_path, "alice/README")
        assert names(tmp_path / "alice") == ["alice"]

    def test_sources_and_their_makefile(self, tmp_path):
        """A Makefile that names a program stands for it."""
        put(tmp_path, "alice/Makefile", "all: pyng pyngd\n")
        put(tmp_path, "alice/src/pyng.c")
        put(tmp_path, "alice/include/pyng.h")
        assert names(tmp_path / "alice") == ["alice"]

    def test_a_class(self, tmp_path):
        """Of any other directory each folder and each archive is a submission, sorted."""
        put(tmp_path, "uploads/bob/pyng")
        put(tmp_path, "uploads/alice/main/main/pyng")
        put(tmp_path, "uploads/carol/README")
        put(tmp_path, "uploads/roster.csv")
        put(tmp_path, "uploads/Makefile", "grade:\n\tmake -C pyngs\n")
        put(tmp_path, "uploads/.git/config")
        put(tmp_path, "uploads/.hidden.zip")
        put(tmp_path, "uploads/eve.tar.gz")
        put(tmp_path, "uploads/frank.rar")
        (tmp_path / "uploads" / "dave").mkdir()
        uploads = tmp_path / "uploads"
        assert find_uploads([uploads], WANTED) == [
            *(
                Upload(name, uploads / name, Form.DIRECTORY)
                for name in ("alice", "bob", "carol", "dave")
            ),
            Upload("eve", uploads / "eve.tar.gz", Form.ARCHIVE),
            Upload("frank", uploads / "frank.rar", Form.ARCHIVE),
        ]

    def test_names_are_unique(self, tmp_path):
        """Equal names are numbered, the same upload is taken once."""
        for lab in ("monday", "tuesday"):
            put(tmp_path, f"{lab}/alice/pyng")
        put(tmp_path, "alice-2/pyng")
        put(tmp_path, "alice.zip")
        paths = [
            tmp_path / "alice-2",
            tmp_path / "monday" / "alice",
            tmp_path / "tuesday" / "alice",
            tmp_path / "monday" / ".." / "monday" / "alice",
            tmp_path / "alice.zip",
        ]
        assert names(*paths) == ["alice-2", "alice", "alice-3", "alice-4"]

    def test_the_current_directory_has_its_own_name(self, tmp_path, monkeypatch):
        """A dot is called by what it stands for."""
        put(tmp_path, "alice/pyng")
        monkeypatch.chdir(tmp_path / "alice")
        assert names(Path()) == ["alice"]

    def test_a_link_among_submissions(self, tmp_path):
        """It is neither followed nor silently left out; a link to another file is none."""
        put(tmp_path, "elsewhere/pyng")
        put(tmp_path, "elsewhere/carol.zip")
        put(tmp_path, "uploads/alice/pyng")
        put(tmp_path, "uploads/bob/pyng")
        (tmp_path / "uploads" / "roster").symlink_to("../elsewhere/pyng")
        assert names(tmp_path / "uploads") == ["alice", "bob"]
        for name, target in (("carol", "../elsewhere"), ("c.zip", "../elsewhere/carol.zip")):
            link = tmp_path / "uploads" / name
            link.symlink_to(target)
            with pytest.raises(SubmissionError, match=f"{name} is a symbolic link, which is not"):
                names(tmp_path / "uploads")
            link.unlink()

    def test_bad_paths(self, tmp_path):
        """What does not exist is an error before anything is graded."""
        put(tmp_path, "alice/pyng")
        with pytest.raises(SubmissionError, match="there is no file or directory"):
            names(tmp_path / "alice", tmp_path / "gone")

    def test_an_empty_one(self, tmp_path, monkeypatch):
        """Alone it is an error; among others it is a submission, which costs them nothing."""
        put(tmp_path, "alice/pyng")
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SubmissionError, match=r"^empty is empty. Name the directory"):
            names(Path("empty"))
        assert names(Path("alice"), Path("empty")) == ["alice", "empty"]


class TestArchives:
    """Which archives hold more than one submission."""

    def archive(self, tmp_path: Path, *entries: str) -> Path:
        path = tmp_path / "uploads.zip"
        path.write_bytes(zipped(*(Z(name, b"#!/bin/sh\n") for name in entries)))
        return path

    @pytest.mark.parametrize(
        "entries",
        [
            ("pyng", "docs/x", "tests/x"),
            ("main/pyng", "main/docs/x", "README"),
            ("client/pyng", "server/pyngd"),
            ("src/x", "docs/x"),
            ("main/src/x", "main/docs/x"),
            ("README",),
            ("pyng.zip",),
        ],
    )
    def test_of_one(self, tmp_path, entries):
        """A program in it, or nothing that several people would have: it is one submission."""
        path = self.archive(tmp_path, *entries)
        assert find_uploads([path], WANTED) == [Upload("uploads", path, Form.ARCHIVE)]

    @pytest.mark.parametrize("around", ["", "uploads/"])
    def test_of_a_class(self, tmp_path, around):
        """Several archives, or several folders with the same program, are several people's."""
        path = self.archive(
            tmp_path,
            *(f"{around}{name}" for name in ("bob/pyng", "alice/pyng", "carol/README", "d.zip")),
            "__MACOSX/._bob",
        )
        found = find_uploads([path], WANTED)
        assert [upload.name for upload in found] == ["alice", "bob", "carol", "d"]
        assert {(upload.path, upload.form) for upload in found} == {(path, Form.PART)}
        assert found[0].picks == (Pick(f"{around}alice"),)
        assert found[3].picks == (Pick(f"{around}d.zip", "d.zip"),)

    def test_of_a_class_with_makefiles(self, tmp_path):
        """Makefiles that name the programs stand for them, in an archive, too."""
        path = tmp_path / "class.zip"
        path.write_bytes(
            zipped(*(Z(f"{who}/Makefile", b"all: pyng\n\tcc\n") for who in ("ada", "bob")))
        )
        assert names(path) == ["ada", "bob"]

    def test_tar(self, tmp_path):
        """The format does not matter."""
        for name in ("alice", "bob"):
            put(tmp_path, f"class/{name}/pyng")
        archive = packed(tmp_path / "class", tmp_path / "class.tar.xz")
        assert names(archive) == ["alice", "bob"]

    def test_one_that_cannot_be_read(self, tmp_path):
        """Alone it is an error; among others it is a submission, which costs them nothing."""
        put(tmp_path, "alice/pyng")
        broken = put(tmp_path, "broken.zip", "PK\3\4 and no more")
        with pytest.raises(SubmissionError, match=r"broken\.zip is damaged or cut off"):
            names(broken)
        assert names(tmp_path / "alice", broken) == ["alice", "broken"]

    def test_an_empty_one(self, tmp_path):
        """Nothing in it is nothing to grade."""
        (tmp_path / "x.zip").write_bytes(zipped())
        with pytest.raises(SubmissionError, match=r"x\.zip is empty"):
            names(tmp_path / "x.zip")

    def test_names_that_fill_the_memory(self, tmp_path, monkeypatch):
        """They are kept while people are told apart, so there is a limit on all of them."""
        path = self.archive(tmp_path, "alice/pyng", "bob/pyng")
        monkeypatch.setattr(shelves, "_MOST_IN_NAMES", 18)
        assert names(path) == ["alice", "bob"]
        monkeypatch.setattr(shelves, "_MOST_IN_NAMES", 17)
        with pytest.raises(SubmissionError, match="the entry “bob/pyng” is one too many"):
            names(path)

    @pytest.mark.parametrize("name", ["/etc/passwd", "../x"])
    def test_entries_outside_of_it(self, tmp_path, name):
        """Nobody's: the archive is refused, with the entry named."""
        path = self.archive(tmp_path, "alice/pyng", "bob/pyng", name)
        with pytest.raises(SubmissionError, match=f"the entry “{name}” lies outside of it"):
            names(path)


@pytest.mark.parametrize("unpacked", [False, True], ids=["packed", "unpacked"])
class TestLeftOut:
    """What lies beside submissions and is none."""

    @pytest.mark.parametrize(
        ("entries", "left_out"),
        [
            (("ada/pyng", "bob/pyng", "eve.py", "notes.txt"), ["eve.py", "notes.txt"]),
            (("ada.zip", "bob.zip", "notes.txt", ".hidden", "ReadMe.md"), ["notes.txt"]),
            (("ada/pyng", "bob/pyng", "bob/notes.txt"), []),
            ((*MOODLE, "notes.txt", ".hidden"), ["notes.txt"]),
            ((*(f"all/{name}" for name in CANVAS), "all/notes.txt"), ["all/notes.txt"]),
        ],
    )
    def test_files_of_nobody(self, tmp_path, entries, left_out, unpacked):
        """They are told by their paths; not what is hidden, a platform's, or a README."""
        path = download(tmp_path, entries, unpacked=unpacked)
        found = sort_out([path, path], WANTED)
        assert [str(it.relative_to(path)) for it in found.left_out] == left_out

    def test_one_submission(self, tmp_path, unpacked):
        """Nothing lies beside it: all of it belongs to it."""
        path = download(tmp_path, ("pyng", "notes.txt", "src/x"), unpacked=unpacked)
        assert sort_out([path], WANTED).left_out == ()


@pytest.mark.parametrize("unpacked", [False, True], ids=["packed", "unpacked"])
class TestPlatforms:
    """A download of a class becomes one submission for each student."""

    def test_moodle(self, tmp_path, unpacked):
        """Names and numbers are those of the folders; a text counts where there is no file."""
        found = find_uploads([download(tmp_path, MOODLE, unpacked=unpacked)], WANTED)
        assert [upload.name for upload in found] == ["Ann Other_13", "Jane Doe_11", "Rick Roe_12"]
        assert people(found) == [("Ann Other", "13"), ("Jane Doe", "11"), ("Rick Roe", "12")]

    def test_moodle_of_old(self, tmp_path, unpacked):
        """Folders that end with an underscore, files without folders, groups without a number."""
        entries = (
            "Jane Doe_11_assignsubmission_file_/pyng",
            "Rick Roe_12_assignsubmission_file_pyng.zip",
            "Default group_assignsubmission_file/pyng",
        )
        found = find_uploads([download(tmp_path, entries, unpacked=unpacked)], WANTED)
        assert [upload.name for upload in found] == ["Default group", "Jane Doe_11", "Rick Roe_12"]
        assert people(found)[0] == ("Default group", None)

    def test_canvas(self, tmp_path, unpacked):
        """Files of one user are one submission, under their own names; late is said."""
        found = find_uploads([download(tmp_path, CANVAS, unpacked=unpacked)], WANTED)
        assert [upload.name for upload in found] == ["doejane_11", "otherann_13", "roerick_12"]
        assert people(found) == [("doejane", "11"), ("otherann", "13"), ("roerick", "12")]
        rick = found[2]
        assert rick.picks == (
            Pick("roerick_LATE_12_22_pyng", "pyng"),
            Pick("roerick_LATE_12_23_pyngd", "pyngd"),
        )
        assert rick.notes == ("it was handed in late, its name says",)

    def test_canvas_handed_in_again(self, tmp_path, unpacked):
        """Of several tries the newest counts, both are named, and Canvas's number is undone."""
        entries = (
            "doejane_11_21_pyng.tar.gz",
            "doejane_11_30_pyng-2.tar.gz",
            "doejane_11_25_pyng-1.tar.gz",
            "roerick_12_22_pyng-1.py",
            "roerick_12_23_pyngd.py",
        )
        jane, rick = find_uploads([download(tmp_path, entries, unpacked=unpacked)], WANTED)
        assert jane.notes == (
            "doejane_11_21_pyng.tar.gz was not graded: doejane_11_30_pyng-2.tar.gz is newer",
            "doejane_11_25_pyng-1.tar.gz was not graded: doejane_11_30_pyng-2.tar.gz is newer",
            "doejane_11_30_pyng-2.tar.gz was taken for pyng.tar.gz, handed in again",
        )
        assert jane.picks in ((), (Pick("doejane_11_30_pyng-2.tar.gz", "pyng.tar.gz"),))
        assert jane.path.name in ("download.zip", "doejane_11_30_pyng-2.tar.gz")
        assert [pick.name for pick in rick.picks] == ["pyng.py", "pyngd.py"]

    def test_canvas_without_names(self, tmp_path, unpacked):
        """Where grading is anonymous there is a word for the student."""
        entries = ("anon_aB3d_21_pyng.zip", "LATE_anon_zZ9_22_pyng.zip")
        found = find_uploads([download(tmp_path, entries, unpacked=unpacked)], WANTED)
        assert [upload.name for upload in found] == ["anon_aB3d", "anon_zZ9"]
        assert people(found) == [(None, "aB3d"), (None, "zZ9")]

    @pytest.mark.parametrize("around", ["", "assignment_7_export/"])
    def test_gradescope(self, tmp_path, unpacked, around):
        """Names and ids are in the metadata; of a group all members are named."""
        entries = [
            f"{around}submission_{number}/{file}"
            for number in (101, 102, 103)
            for file in ("pyng", "pyngd")
        ]
        if unpacked:
            for name in entries:
                put(tmp_path, f"download/{name}")
            put(tmp_path, f"download/{around}submission_metadata.yml", METADATA)
            path = tmp_path / "download"
        else:
            path = tmp_path / "download.zip"
            path.write_bytes(
                zipped(
                    *(Z(name, b"#!/bin/sh\n") for name in entries),
                    Z(f"{around}submission_metadata.yml", METADATA.encode()),
                )
            )
        found = find_uploads([path], WANTED)
        assert [upload.name for upload in found] == [f"submission_{n}" for n in (101, 102, 103)]
        assert people(found) == [
            ("Jane Doe", "11"),
            ("Rick Roe, Ann Other", "rick@example.edu, 13"),
            (None, None),
        ]

    def test_other_files_beside_them(self, tmp_path, unpacked):
        """A table of the instructor's own makes no difference."""
        path = download(tmp_path, (*CANVAS, "roster.csv"), unpacked=unpacked)
        assert names(path) == ["doejane_11", "otherann_13", "roerick_12"]

    def test_a_name_that_only_looks_so(self, tmp_path, unpacked):
        """The control: one file among many is no download, and a program lies beside it."""
        path = download(tmp_path, ("pyng", "lab_1_2_notes.txt"), unpacked=unpacked)
        assert names(path) == [path.name.removesuffix(".zip")]


class TestUnpackedDownloads:
    """What an unpacked download's uploads are on disk."""

    def test_forms(self, tmp_path):
        """A folder is a directory, an archive alone is an archive, loose files are picked out."""
        top = download(tmp_path, (*CANVAS, *MOODLE[:3]), unpacked=True)
        found = {upload.name: upload for upload in find_uploads([top], WANTED)}
        assert found["Rick Roe_12"].form is Form.DIRECTORY
        assert found["Rick Roe_12"].path == top / "Rick Roe_12_assignsubmission_file"
        assert found["doejane_11"].form is Form.ARCHIVE
        assert found["doejane_11"].path == top / "doejane_11_21_pyng.zip"
        assert (found["roerick_12"].form, found["roerick_12"].path) == (Form.FILES, top)

    def test_metadata_is_not_left_out(self, tmp_path):
        """It is Gradescope's, and used; a file beside it is nobody's."""
        put(tmp_path, "x/submission_101/pyng")
        put(tmp_path, "x/submission_metadata.yml", METADATA)
        notes = put(tmp_path, "x/notes.txt")
        assert sort_out([tmp_path / "x"], WANTED).left_out == (notes,)

    def test_metadata_that_is_none(self, tmp_path):
        """The file is named, and what to do; nobody is graded under a wrong name."""
        put(tmp_path, "x/submission_1/pyng")
        put(tmp_path, "x/submission_metadata.yml", "a: [")
        with pytest.raises(
            SubmissionError, match=r"metadata\.yml, line \d: .* remove it to grade"
        ):
            names(tmp_path / "x")
        (tmp_path / "x" / "submission_metadata.yml").unlink()
        assert names(tmp_path / "x") == ["x"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["doejane", "roerick", "LATE", "x_y", "é"]),
            st.integers(0, 99),
            st.integers(0, 99),
            st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=8),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_nobody_is_lost(handed):
    """Whatever students call their files, each of them has a submission, and only one."""
    with tempfile.TemporaryDirectory() as place:
        for who, student, upload, file in handed:
            name = f"{who}_{student}_{upload}_{file}"
            if len(os.fsencode(name)) <= 255:
                Path(place, name).write_text("")
        found = find_uploads([Path(place)], WANTED)
        students = {it.student_id for it in found}
        if any(it.of_platform for it in found):
            assert students == {str(student) for _, student, _, _ in handed}
        assert len({it.name for it in found}) == len(found)


def test_nothing_is_written(tmp_path):
    """Sorting leaves what it looks at as it was."""
    path = download(tmp_path, CANVAS, unpacked=False)
    before = path.read_bytes()
    shutil.copy(path, tmp_path / "other.zip")
    find_uploads([path, tmp_path / "other.zip"], WANTED)
    assert path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["download.zip", "other.zip"]
