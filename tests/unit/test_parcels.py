"""Orders that travel: what arrives is what was handed in, down to what its digest depends on."""

import os
import pickle
import shutil
import socket
import zipfile
from dataclasses import replace

import pytest
from classes import write_lab

from l2harness.errors import KernelError, SubmissionError, UsageError
from l2harness.grading import packing, parcels
from l2harness.grading.draws import seed_of_student
from l2harness.grading.equip import Order
from l2harness.grading.packing import file_item, folded, tree_items, unfold
from l2harness.grading.parcels import packed, unpacked
from l2harness.labs.lab import find_lab, load_lab
from l2harness.programs.opening import opened
from l2harness.programs.stage import StageLimits
from l2harness.programs.submission import digest
from l2harness.programs.uploads import find_uploads


@pytest.fixture
def tree(tmp_path):
    """A directory with something of everything that a student could hand in."""
    top = tmp_path / "miller"
    (top / "src" / "deep").mkdir(parents=True)
    (top / "empty").mkdir()
    (top / "pyng").write_bytes(b"#!/bin/sh\n")
    (top / "pyng").chmod(0o755)
    (top / "src" / "deep" / "data").write_bytes(bytes(range(256)))
    (top / "src" / os.fsdecode(b"\xff")).write_text("a name that is no text")
    (top / "src" / "link").symlink_to("../pyng")
    (top / "out").symlink_to("/etc/passwd")
    (top / "circle").symlink_to("circle")
    os.mkfifo(top / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(top / "socket"))
    os.utime(top / "pyng", (1, 1_000_000_000))
    os.utime(top / "src", (1, 900_000_000))
    return top


def there(tree, tmp_path):
    """The tree after a journey."""
    items = [packing.Item("x", packing.Kind.DIRECTORY), *tree_items(tree, "x", tmp_path / "trial")]
    unfold(folded(items), tmp_path / "there")
    return tmp_path / "there" / "x"


class TestPacking:
    """Trees as bytes."""

    def test_the_digest_is_the_same(self, tree, tmp_path):
        """Paths, kinds, run bits, links and contents arrive; so the same is graded."""
        assert digest(there(tree, tmp_path)) == digest(tree)

    def test_times_arrive(self, tree, tmp_path):
        """make compares times, of files and of directories."""
        arrived = there(tree, tmp_path)
        for name in ("pyng", "src", "src/deep/data"):
            assert (arrived / name).stat().st_mtime_ns == (tree / name).stat().st_mtime_ns

    def test_nothing_is_written_through_a_link(self, tmp_path):
        """A link and a file below it, as only a forger would pack them, end in an error."""
        (tmp_path / "target").mkdir()
        items = [
            packing.Item("a", packing.Kind.LINK, content=os.fsencode(tmp_path / "target")),
            packing.Item("a/file", packing.Kind.FILE, content=b"x"),
        ]
        with pytest.raises(KernelError, match="No such file"):
            unfold(folded(items), tmp_path / "there")
        assert not list((tmp_path / "target").iterdir())

    def test_what_is_too_large_is_refused_in_the_usual_words(self, tree, tmp_path, monkeypatch):
        """A tree beyond the limits of staging is refused as staging would refuse it."""
        small = StageLimits(max_bytes=100)
        monkeypatch.setattr(packing, "StageLimits", lambda: small)
        with pytest.raises(SubmissionError, match="100"):
            list(tree_items(tree, "x", tmp_path / "trial"))

    def test_a_huge_file_is_refused(self, tmp_path, monkeypatch):
        """An archive that would fill the memory of whoever gets it is not sent."""
        (tmp_path / "huge.zip").write_bytes(b"x" * 100)
        file_item(tmp_path / "huge.zip", "huge.zip")
        monkeypatch.setattr(packing, "MAXIMUM_BYTES", 99)
        with pytest.raises(SubmissionError, match=r"huge\.zip is too large to be sent: 100 bytes"):
            file_item(tmp_path / "huge.zip", "huge.zip")


def order_for(upload, lab=None):
    """An order to grade an upload."""
    return Order(lab or find_lab("pyng"), upload.path, upload.name, "7", upload=upload)


@pytest.fixture
def journey(tmp_path):
    """Pack an order, send it, and unpack it: ``with journey(order) as arrived``."""

    def travel(order):
        parcel = pickle.loads(pickle.dumps(packed(order, tmp_path / "packing")))
        assert not (tmp_path / "packing").exists()
        return unpacked(parcel, tmp_path / "elsewhere")

    return travel


def seen(order, scratch):
    """What whoever grades an order gets to see."""
    with opened(order.handed_in, order.lab.programs, scratch) as files:
        return digest(files.tree), files.notes, files.lost_run_bits


class TestOrders:
    """An order and what was handed in."""

    def everything(self, tree, tmp_path):
        """The same handed in in every form."""
        uploads = tmp_path / "uploads"
        uploads.mkdir()
        small = uploads / "folder"
        small.mkdir()
        shutil.copy2(tree / "pyng", small / "pyng")
        shutil.make_archive(str(uploads / "zipped"), "zip", small)
        shutil.make_archive(str(uploads / "tarred"), "gztar", small)
        found = find_uploads([uploads], ["pyng"])
        download = tmp_path / "submissions.zip"
        with zipfile.ZipFile(download, "w") as archive:
            archive.write(small / "pyng", "doejane_LATE_11_21_pyng")
            archive.write(uploads / "zipped.zip", "roerick_12_22_all.zip")
        found += find_uploads([download], ["pyng"])
        unpacked_download = tmp_path / "submissions"
        unpacked_download.mkdir()
        with zipfile.ZipFile(download) as archive:
            archive.extractall(unpacked_download)
        found += find_uploads([unpacked_download], ["pyng"])
        return found

    def test_every_form_arrives_as_it_was(self, tree, tmp_path, journey):
        """Directory, archive, file, part of a download: opened elsewhere it is the same."""
        uploads = self.everything(tree, tmp_path)
        assert {upload.form.name for upload in uploads} == {
            "DIRECTORY",
            "ARCHIVE",
            "FILES",
            "PART",
        }
        for upload in uploads:
            order = order_for(upload)
            with journey(order) as arrived:
                assert arrived.directory.is_relative_to(tmp_path / "elsewhere")
                assert seen(arrived, tmp_path / "b") == seen(order, tmp_path / "a")
                assert replace(arrived, directory=order.directory, upload=upload) == order
                assert arrived.upload.student_id == upload.student_id
            assert not arrived.directory.exists()

    def test_only_a_students_part_travels(self, tree, tmp_path):
        """The archive of a class stays where it is, however large."""
        download = tmp_path / "submissions.zip"
        with zipfile.ZipFile(download, "w") as archive:
            archive.write(tree / "pyng", "doejane_11_21_pyng")
            archive.writestr("roerick_12_22_pyng", os.urandom(1 << 20))
        upload = find_uploads([download], ["pyng"])[0]
        assert len(packed(order_for(upload), tmp_path / "p").files) < 1_000

    def test_a_lab_of_ones_own_travels(self, tree, tmp_path, journey):
        """A lab's folder is sent along, without reference and mutants, and stays there."""
        folder = write_lab(tmp_path / "labs" / "mine")
        (folder / "reference").mkdir()
        (folder / "reference" / "say").write_text("secret")
        upload = find_uploads([tree], ["pyng"])[0]
        order = order_for(upload, load_lab(folder))
        for _ in range(2):
            with journey(order) as arrived:
                assert arrived.lab.digest() == order.lab.digest()
                assert arrived.lab.name == "mine"
                assert arrived.lab.folder.is_relative_to(tmp_path / "elsewhere")
                assert not (arrived.lab.folder / "reference").exists()
        assert len(list((tmp_path / "elsewhere" / "labs").iterdir())) == 1

    def test_so_does_the_lab_that_it_extends(self, tree, tmp_path, journey):
        """A lab beside it that it extends is sent, too."""
        base = write_lab(tmp_path / "labs" / "base")
        strict = tmp_path / "labs" / "strict"
        strict.mkdir()
        (strict / "lab.toml").write_text('title = "Stricter"\nextends = "base"\n')
        upload = find_uploads([tree], ["pyng"])[0]
        with journey(order_for(upload, load_lab(strict))) as arrived:
            assert arrived.lab.title == "Stricter"
            assert arrived.lab.code.name == base.name
            assert arrived.lab.check_files

    def test_a_students_values_travel(self, tree, tmp_path, journey):
        """A lab that differs from student to student is the same student's there."""
        folder = tmp_path / "labs" / "autumn"
        folder.mkdir(parents=True)
        (folder / "lab.toml").write_text(
            'title = "x"\nextends = "pyng"\n[variants]\nethertype = {from = 0x8900, to = 0x8fff}\n'
        )
        upload = find_uploads([tree], ["pyng"])[0]
        lab = load_lab(folder)
        drawn = set()
        for name in ("anna", "ben"):
            order = replace(order_for(upload, lab), lab=lab, seed=seed_of_student(lab, "7", name))
            with journey(order) as arrived:
                assert arrived.lab.options == order.lab.options
                assert arrived.lab.digest() == lab.digest()
                drawn.add(arrived.lab.options["ethertype"])
        assert len(drawn) == 2

    def test_another_lab_of_that_name(self, tree, tmp_path):
        """A machine whose lab is another one refuses to grade."""
        upload = find_uploads([tree], ["pyng"])[0]
        parcel = packed(order_for(upload), tmp_path / "packing")
        other = replace(parcel, lab_digest="sha256:other")
        with (
            pytest.raises(UsageError, match="has another lab pyng"),
            unpacked(other, tmp_path / "elsewhere"),
        ):
            pass

    def test_another_version(self, tree, tmp_path, monkeypatch):
        """A machine with another version refuses, and says which has which."""
        upload = find_uploads([tree], ["pyng"])[0]
        parcel = packed(order_for(upload), tmp_path / "packing")
        monkeypatch.setattr(parcels, "__version__", "99")
        with (
            pytest.raises(UsageError, match=rf"has l2harness 99, .* from {parcel.harness}"),
            unpacked(parcel, tmp_path / "elsewhere"),
        ):
            pass
