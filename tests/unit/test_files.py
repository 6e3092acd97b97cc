"""Writing results: whole or not at all, where it should be and nowhere else."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from l2harness.errors import KernelError, UsageError
from l2harness.grading import files
from l2harness.grading.files import OutputDirectory, Owner, open_output, write_file


@pytest.fixture
def given_away(monkeypatch):
    """Every change of owner that is asked for, as (path, uid, gid), instead of being done."""
    asked = []

    def fchown(descriptor, uid, gid):
        asked.append((os.readlink(f"/proc/self/fd/{descriptor}"), uid, gid))

    monkeypatch.setattr(files.os, "fchown", fchown)
    return asked


def failing_with(number):
    """A function of `os` that fails with this error."""

    def fail(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    return fail


class TestWrite:
    """`OutputDirectory.write` replaces a file at once."""

    def test_a_file_is_written(self, tmp_path):
        """It has the bytes that were given, the usual mode, and nothing stays beside it."""
        with open_output(tmp_path / "out") as out:
            assert out.write("report.json", b"{}\n") == tmp_path / "out" / "report.json"
        assert (tmp_path / "out" / "report.json").read_bytes() == b"{}\n"
        assert os.listdir(tmp_path / "out") == ["report.json"]
        (tmp_path / "plain").write_bytes(b"")
        usual = (tmp_path / "plain").stat().st_mode
        assert (tmp_path / "out" / "report.json").stat().st_mode == usual

    def test_a_file_is_replaced(self, tmp_path):
        """The old one is there until the new one is complete: whoever has it open keeps it."""
        with open_output(tmp_path) as out:
            out.write("report.json", b"old")
            with open(tmp_path / "report.json", "rb") as old:
                out.write("report.json", b"new")
                assert old.read() == b"old"
        assert (tmp_path / "report.json").read_bytes() == b"new"

    @pytest.mark.parametrize(
        ("function", "number", "kind"),
        [
            ("fsync", errno.ENOSPC, KernelError),
            ("fsync", errno.EIO, KernelError),
            ("replace", errno.EACCES, UsageError),
            ("open", errno.EROFS, UsageError),
        ],
    )
    def test_a_failure_leaves_the_old_file(self, tmp_path, monkeypatch, function, number, kind):
        """When it cannot be written, the old one is whole and nothing half is left."""
        with open_output(tmp_path) as out:
            out.write("report.json", b"old")
            with monkeypatch.context() as patch:
                patch.setattr(files.os, function, failing_with(number))
                with pytest.raises(kind, match=os.strerror(number)):
                    out.write("report.json", b"new")
        assert os.listdir(tmp_path) == ["report.json"]
        assert (tmp_path / "report.json").read_bytes() == b"old"

    def test_an_interruption_leaves_the_old_file(self, tmp_path, monkeypatch):
        """Ctrl-C in the middle is a Ctrl-C, and nothing half is left."""
        with open_output(tmp_path) as out:

            def interrupt(descriptor):
                raise KeyboardInterrupt

            monkeypatch.setattr(files.os, "fsync", interrupt)
            with pytest.raises(KeyboardInterrupt):
                out.write("report.json", b"new")
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize("where", ["elsewhere", "nowhere"])
    def test_a_planted_link_is_replaced(self, tmp_path, where):
        """A link of the file's name is not followed: what it points to stays as it is."""
        precious = tmp_path / "elsewhere"
        precious.write_bytes(b"precious")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "report.json").symlink_to(tmp_path / where)
        with open_output(tmp_path / "out") as out:
            written = out.write("report.json", b"new")
        assert not written.is_symlink()
        assert written.read_bytes() == b"new"
        assert precious.read_bytes() == b"precious"
        assert not (tmp_path / "nowhere").exists()

    def test_a_hard_link_is_replaced(self, tmp_path):
        """A second name of another file does not let us write into it."""
        (tmp_path / "precious").write_bytes(b"precious")
        os.link(tmp_path / "precious", tmp_path / "report.json")
        with open_output(tmp_path) as out:
            out.write("report.json", b"new")
        assert (tmp_path / "precious").read_bytes() == b"precious"

    def test_a_directory_in_the_way_is_told(self, tmp_path):
        """A directory of the file's name is not removed; the sentence says what is wrong."""
        (tmp_path / "report.json").mkdir()
        with open_output(tmp_path) as out, pytest.raises(UsageError, match="Is a directory"):
            out.write("report.json", b"new")
        assert os.listdir(tmp_path) == ["report.json"]

    @pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\0b"])
    def test_a_name_is_no_path(self, tmp_path, name):
        """Names come from strangers; none leads out of the directory."""
        with open_output(tmp_path / "out") as out:
            with pytest.raises(UsageError, match="no name"):
                out.write(name, b"new")
            with pytest.raises(UsageError, match="no name"):
                out.directory(name)
        assert os.listdir(tmp_path) == ["out"]

    def test_it_stays_where_it_was_opened(self, tmp_path):
        """Exchanging the directory for a link while we grade changes nothing."""
        (tmp_path / "elsewhere").mkdir()
        with open_output(tmp_path / "out") as out:
            (tmp_path / "out").rename(tmp_path / "moved")
            (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
            out.write("report.json", b"new")
        assert os.listdir(tmp_path / "elsewhere") == []
        assert (tmp_path / "moved" / "report.json").read_bytes() == b"new"


class TestSweep:
    """`OutputDirectory.sweep` takes away what a kill has left, and nothing else."""

    def test_unfinished_files_go(self, tmp_path, monkeypatch):
        """A file that was never finished goes; finished ones and other people's stay."""
        with open_output(tmp_path) as out:
            out.write("report.json", b"{}")
            monkeypatch.setattr(files.os, "replace", failing_with(errno.EIO))
            monkeypatch.setattr(files.os, "unlink", failing_with(errno.EIO))
            with pytest.raises(KernelError):
                out.write("report.md", b"half")
            monkeypatch.undo()
            others = {".l2harness-notes.tmp", "x.l2harness-0123456789abcdef.tmp", "report.json"}
            for name in others:
                (tmp_path / name).touch()
            assert len(os.listdir(tmp_path)) == 4
            out.sweep()
        assert set(os.listdir(tmp_path)) == others

    def test_a_directory_of_that_name_stays(self, tmp_path):
        """What cannot be taken away is no reason to stop."""
        (tmp_path / ".l2harness-0123456789abcdef.tmp").mkdir()
        with open_output(tmp_path) as out:
            out.sweep()
        assert len(os.listdir(tmp_path)) == 1


class TestDirectory:
    """`OutputDirectory.directory` is one level below."""

    def test_it_is_made_or_used(self, tmp_path):
        """A missing one is made, an existing one is used with all that is in it."""
        with open_output(tmp_path) as out:
            for data in (b"first", b"second"):
                with out.directory("ada") as inner:
                    assert inner.path == tmp_path / "ada"
                    inner.write("report.json", data)
        assert (tmp_path / "ada" / "report.json").read_bytes() == b"second"

    def test_a_planted_link_is_refused(self, tmp_path):
        """A link in place of the directory is not followed; the sentence says what to do."""
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "ada").symlink_to(tmp_path / "elsewhere")
        with (
            open_output(tmp_path / "out") as out,
            pytest.raises(UsageError, match=r"ada: it is a link, .* remove it"),
        ):
            out.directory("ada")

    def test_a_file_in_the_way_is_told(self, tmp_path):
        """A file of that name is left alone."""
        (tmp_path / "ada").write_bytes(b"precious")
        with open_output(tmp_path) as out, pytest.raises(UsageError, match="Not a directory"):
            out.directory("ada")
        assert (tmp_path / "ada").read_bytes() == b"precious"

    def test_closing_twice_is_allowed(self, tmp_path):
        """A directory may be closed by hand inside its ``with``."""
        with open_output(tmp_path) as out:
            out.close()
        with pytest.raises(KernelError, match="Bad file descriptor"):
            out.write("report.json", b"")


class TestOpenOutput:
    """`open_output` finds out at the start what would go wrong at the end."""

    def test_missing_directories_are_made(self, tmp_path):
        """The directory and those above it need not exist."""
        with open_output(tmp_path / "a" / "b" / "c") as out:
            assert isinstance(out, OutputDirectory)
        assert (tmp_path / "a" / "b" / "c").is_dir()
        assert os.listdir(tmp_path / "a" / "b" / "c") == []

    def test_the_directory_may_be_a_link(self, tmp_path):
        """A link that the user named is followed, as anywhere on a command line."""
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        with open_output(tmp_path / "link") as out:
            assert out.path == tmp_path / "real"
            out.write("report.json", b"{}")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real" / "report.json").read_bytes() == b"{}"

    def test_a_link_to_nowhere_is_refused(self, tmp_path):
        """Nothing is made at the other end of a broken link."""
        (tmp_path / "link").symlink_to("missing")
        with pytest.raises(UsageError, match="link to nowhere"):
            open_output(tmp_path / "link")
        assert not (tmp_path / "missing").exists()

    def test_a_circle_of_links_is_refused(self, tmp_path):
        """Links that lead to each other are told, not followed for ever."""
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        with pytest.raises(UsageError, match="a/out"):
            open_output(tmp_path / "a" / "out")

    def test_a_file_is_refused(self, tmp_path):
        """A file is no directory, neither itself nor above."""
        (tmp_path / "file").write_bytes(b"")
        for path in (tmp_path / "file", tmp_path / "file" / "out"):
            with pytest.raises(UsageError, match=r"Not a directory\. Name another"):
                open_output(path)

    @pytest.mark.parametrize(
        ("number", "kind"),
        [(errno.EACCES, UsageError), (errno.EROFS, UsageError), (errno.ENOSPC, KernelError)],
    )
    def test_it_is_tried_at_the_start(self, tmp_path, monkeypatch, number, kind):
        """What cannot be written into is refused before anything is graded."""
        really_open = os.open

        def no_files(path, flags, *args, **kwargs):
            if flags & os.O_CREAT:
                raise OSError(number, os.strerror(number))
            return really_open(path, flags, *args, **kwargs)

        monkeypatch.setattr(files.os, "open", no_files)
        with pytest.raises(kind, match=os.strerror(number)):
            open_output(tmp_path)

    @pytest.mark.parametrize("out", [".", "results", "deep/er", "../ada", "../link/results"])
    def test_inside_a_submission_is_refused(self, tmp_path, out):
        """No path into a submission, also not by a link, takes results."""
        ada = tmp_path / "ada"
        ada.mkdir()
        (tmp_path / "link").symlink_to("ada")
        with pytest.raises(UsageError, match="inside the submission"):
            open_output(ada / out, submissions=[tmp_path / "other", ada])
        assert os.listdir(ada) == []

    def test_right_above_a_submission_is_refused(self, tmp_path):
        """Where results of a submission would get the place of the submission, none go."""
        (tmp_path / "ada").mkdir()
        with pytest.raises(UsageError, match="written into it"):
            open_output(tmp_path, submissions=[tmp_path / "ada"])

    def test_beside_a_submission_is_right(self, tmp_path):
        """The control: next to it, or further above, is no problem."""
        (tmp_path / "uploads" / "ada").mkdir(parents=True)
        submissions = [tmp_path / "uploads" / "ada"]
        for out in (tmp_path / "results", tmp_path / "uploads" / "results", tmp_path):
            open_output(out, submissions=submissions).close()
        assert os.listdir(tmp_path / "uploads" / "ada") == []

    def test_right_above_an_archive_is_right(self, tmp_path):
        """Nothing can be written into a file, and the folder of its results has another name."""
        (tmp_path / "ada.zip").write_bytes(b"PK")
        open_output(tmp_path, submissions=[tmp_path / "ada.zip"]).close()
        assert os.listdir(tmp_path) == ["ada.zip"]


class TestWriteFile:
    """`write_file` writes one file anywhere."""

    def test_it_is_written(self, tmp_path):
        """Directories above it are made."""
        assert write_file(tmp_path / "a" / "junit.xml", b"<x/>") == tmp_path / "a" / "junit.xml"
        assert (tmp_path / "a" / "junit.xml").read_bytes() == b"<x/>"

    def test_a_relative_path_is_enough(self, tmp_path, monkeypatch):
        """A name alone is a file in the current directory."""
        monkeypatch.chdir(tmp_path)
        write_file(Path("junit.xml"), b"<x/>")
        assert (tmp_path / "junit.xml").read_bytes() == b"<x/>"

    def test_not_into_a_submission(self, tmp_path):
        """Beside a submission it may be, in it not."""
        (tmp_path / "ada").mkdir()
        write_file(tmp_path / "report.json", b"{}", submissions=[tmp_path / "ada"])
        with pytest.raises(UsageError, match="inside the submission"):
            write_file(tmp_path / "ada" / "report.json", b"{}", submissions=[tmp_path / "ada"])


class TestOwner:
    """What ``sudo`` made us create goes back to whoever called it."""

    def test_what_we_made_is_given_back(self, tmp_path, given_away):
        """New directories and files change their owner, those that were there do not."""
        (tmp_path / "old").mkdir()
        with (
            open_output(tmp_path / "old" / "out", owner=Owner(1000, 100)) as out,
            out.directory("ada") as inner,
        ):
            inner.write("report.json", b"{}")
        paths = [Path(path).relative_to(tmp_path) for path, *_ in given_away]
        assert paths[:2] == [Path("old/out"), Path("old/out/ada")]
        assert paths[2].parent == Path("old/out/ada")
        assert {tuple(ids) for _, *ids in given_away} == {(1000, 100)}
        assert len(given_away) == 3

    def test_without_an_owner_nothing_is_given(self, tmp_path, given_away):
        """The control: who works without sudo keeps what they make."""
        with open_output(tmp_path / "out") as out:
            out.write("report.json", b"{}")
        assert given_away == []

    def test_a_file_system_without_owners_loses_nothing(self, tmp_path, monkeypatch):
        """When the owner cannot be changed, the result is there all the same."""
        monkeypatch.setattr(files.os, "fchown", failing_with(errno.EPERM))
        with open_output(tmp_path, owner=Owner(1000, 100)) as out:
            out.write("report.json", b"{}")
        assert (tmp_path / "report.json").read_bytes() == b"{}"

    def test_what_somebody_else_made_is_not_given(self, tmp_path, monkeypatch, given_away):
        """A directory that appears while we make it is used, but not ours to give."""
        really_make = os.mkdir

        def too_late(path, *args, **kwargs):
            really_make(path, *args, **kwargs)
            really_make(path, *args, **kwargs)

        monkeypatch.setattr(files.os, "mkdir", too_late)
        open_output(tmp_path / "out", owner=Owner(1000, 100)).close()
        assert (tmp_path / "out").is_dir()
        assert given_away == []

    @pytest.mark.parametrize(
        ("uid", "environ", "owner"),
        [
            (0, {"SUDO_UID": "1000", "SUDO_GID": "100"}, Owner(1000, 100)),
            (0, {}, None),
            (0, {"SUDO_UID": "1000"}, None),
            (0, {"SUDO_UID": "-1", "SUDO_GID": "100"}, None),
            (0, {"SUDO_UID": "4294967295", "SUDO_GID": "100"}, None),
            (0, {"SUDO_UID": "١", "SUDO_GID": "100"}, None),
            (0, {"SUDO_UID": "9" * 5000, "SUDO_GID": "100"}, None),
            (1000, {"SUDO_UID": "1000", "SUDO_GID": "100"}, None),
        ],
    )
    def test_who_called_sudo(self, monkeypatch, uid, environ, owner):
        """It is said by two variables, which count only for root and only as ids."""
        monkeypatch.setattr(files.os, "geteuid", lambda: uid)
        assert Owner.behind_sudo(environ) == owner
