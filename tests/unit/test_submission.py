"""Finding a lab's programs in what students hand in."""

import os
import stat
from pathlib import Path, PurePosixPath

import pytest

from l2harness.errors import SubmissionError
from l2harness.programs import submission
from l2harness.programs.submission import digest, find_programs

WANTED = ("pyng", "pyngd")
SCRIPT = "#!/usr/bin/env python3\nprint('Sent!')\n"


def put(directory: Path, name: str, content: str | bytes = SCRIPT, mode: int = 0o755) -> Path:
    """Write a file with its folders."""
    file = directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    file.chmod(mode)
    return file


class TestPrograms:
    """Which file is which program, and how it is started."""

    def test_as_named(self, tmp_path):
        """Files of the right names that can be started need no note."""
        put(tmp_path, "pyng")
        put(tmp_path, "pyngd", "#!/bin/sh\n")
        found = find_programs(tmp_path, WANTED)
        assert [program.name for program in found.programs] == ["pyng", "pyngd"]
        assert found.root == tmp_path
        assert found.makefile is None
        assert found.notes == ()
        pyng = found["pyng"]
        assert (pyng.path, pyng.launcher, pyng.interpreter) == (
            PurePosixPath("pyng"),
            (),
            "python3",
        )
        assert pyng.shebang == ("/usr/bin/env", "python3")
        assert (pyng.notes, pyng.problem, pyng.misconceptions) == ((), None, ())
        assert found["pyngd"].interpreter == "sh"

    def test_names_may_come_as_a_mapping(self, tmp_path):
        """What a lab file says of each program does not matter here."""
        put(tmp_path, "pyng")
        assert find_programs(tmp_path, dict.fromkeys(WANTED, 1))["pyng"].problem is None

    def test_a_program_that_was_not_asked_for(self, tmp_path):
        """Asking for another name is a mistake of ours."""
        put(tmp_path, "pyng")
        with pytest.raises(KeyError):
            find_programs(tmp_path, WANTED)["ping"]

    @pytest.mark.parametrize(
        ("name", "interpreter"),
        [("pyng.py", "python3"), ("pyng.pl", "perl"), ("pyng.sh", "bash"), ("pyng.rb", "ruby")],
    )
    def test_with_an_extension(self, tmp_path, name, interpreter):
        """An extension is tolerated with a note, and says what runs a file without #! line."""
        put(tmp_path, name, "print('Sent!')\n", 0o644)
        program = find_programs(tmp_path, ["pyng"])["pyng"]
        assert program.path == PurePosixPath(name)
        assert program.launcher == (interpreter,)
        assert program.notes == (
            f"{name} was taken for pyng",
            f"{name} has no #! line; it was run with {interpreter}",
        )
        assert program.problem is None
        assert program.misconceptions == ()

    def test_the_name_itself_goes_before_an_extension(self, tmp_path):
        """Where both exist, the file that the lab asks for is taken."""
        put(tmp_path, "pyng", "text")
        put(tmp_path, "pyng.py")
        assert find_programs(tmp_path, ["pyng"])["pyng"].path == PurePosixPath("pyng")

    def test_an_unknown_extension_is_no_program(self, tmp_path):
        """A text about the program is not taken for it, but named."""
        put(tmp_path, "pyng.txt", "how to use pyng")
        problem = find_programs(tmp_path, ["pyng"])["pyng"].problem
        assert problem == "no file named pyng; found: pyng.txt. Is pyng.txt meant?"

    def test_a_link_that_stays_inside(self, tmp_path):
        """A program may be a link to another file of the submission."""
        put(tmp_path, "src/main.py", mode=0o644)
        (tmp_path / "pyng").symlink_to("src/main.py")
        program = find_programs(tmp_path, ["pyng"])["pyng"]
        assert program.path == PurePosixPath("pyng")
        assert program.needs_run_bit

    @pytest.mark.parametrize(
        ("target", "problem"),
        [
            ("/bin/true", "pyng is a link that leads out of the submission"),
            ("../other", "pyng is a link that leads out of the submission"),
            ("pyng", "pyng is a link that leads out of the submission"),
            ("gone", "pyng is a link to gone, which does not exist"),
            ("file/x", "pyng is a link to file/x, which does not exist"),
            ("folder", "pyng is a link to folder, which is no file"),
        ],
    )
    def test_a_link_that_leads_nowhere(self, tmp_path, target, problem):
        """Such a program is missing, and the reason names the link."""
        put(tmp_path, "file")
        (tmp_path / "folder").mkdir()
        (tmp_path / "pyng").symlink_to(target)
        program = find_programs(tmp_path, ["pyng"])["pyng"]
        assert program.problem == problem
        assert program.misconceptions == ("missing-program",)


class TestMissing:
    """What is said when there is no such file."""

    @pytest.mark.parametrize(
        ("files", "problem"),
        [
            (["README"], "no file named pyng; found: README"),
            (["Pyng.PY"], "no file named pyng; found: Pyng.PY. Is Pyng.PY meant?"),
            (["ping.py", "x"], "no file named pyng; found: ping.py, x. Is ping.py meant?"),
            (["pyng.exe"], "no file named pyng; found: pyng.exe. Is pyng.exe meant?"),
            (["pyng.c"], "pyng.c has to be compiled: add a Makefile that builds pyng"),
            (["a/x", "b/x"], "no file named pyng; there are no files at all"),
            (["pyng/x", "b/x"], "pyng is a directory, not a program"),
            (["\x1b[2J"], r"no file named pyng; found: \x1b[2J"),
            (
                list("abcdefghij"),
                "no file named pyng; found: a, b, c, d, e, f, g, h and 2 more",
            ),
        ],
    )
    def test_reasons(self, tmp_path, files, problem):
        """The reason lists what is there, and the file that was probably meant."""
        for name in files:
            put(tmp_path, name)
        program = find_programs(tmp_path, ["pyng"])["pyng"]
        assert program.problem == problem
        assert program.path is None
        assert program.misconceptions == ("missing-program",)

    def test_a_missing_half(self, tmp_path):
        """One program missing says nothing about the other."""
        put(tmp_path, "pyng")
        found = find_programs(tmp_path, WANTED)
        assert found["pyng"].problem is None
        assert found["pyngd"].problem == "no file named pyngd; found: pyng. Is pyng meant?"

    def test_a_fifo_is_not_opened(self, tmp_path):
        """A FIFO by the name of a program is said to be one."""
        os.mkfifo(tmp_path / "pyng")
        assert find_programs(tmp_path, ["pyng"])["pyng"].problem == "pyng is a FIFO, not a program"


class TestMakefile:
    """Programs that are built first."""

    @pytest.mark.parametrize("name", ["Makefile", "makefile", "GNUmakefile"])
    def test_make_will_build_it(self, tmp_path, name):
        """Before the build a missing program is expected; after it, it is missing."""
        put(tmp_path, name, "all: pyng\n")
        put(tmp_path, "pyng.c", "int main;")
        before = find_programs(tmp_path, ["pyng"])
        assert before.makefile == name
        assert before["pyng"].to_be_built
        assert before["pyng"].problem is None
        after = find_programs(tmp_path, ["pyng"], built=True)
        assert not after["pyng"].to_be_built
        assert after["pyng"].problem.startswith("pyng.c has to be compiled")

    def test_a_link_to_what_will_be_built(self, tmp_path):
        """A dangling link is fine as long as make has not run."""
        put(tmp_path, "Makefile", "all: pyng\n")
        (tmp_path / "pyng").symlink_to("build/pyng")
        assert find_programs(tmp_path, ["pyng"])["pyng"].to_be_built
        assert find_programs(tmp_path, ["pyng"], built=True)["pyng"].problem

    def test_what_is_there_is_not_to_be_built(self, tmp_path):
        """A script beside a Makefile can be started as it is."""
        put(tmp_path, "Makefile", "all: pyngd\n")
        put(tmp_path, "pyng")
        assert not find_programs(tmp_path, WANTED)["pyng"].to_be_built

    def test_a_makefile_that_is_none(self, tmp_path):
        """A folder called Makefile builds nothing."""
        put(tmp_path, "Makefile/pyng")
        put(tmp_path, "other/x")
        assert find_programs(tmp_path, ["pyng"]).makefile is None


class TestRoot:
    """The folders that archives put around a submission."""

    @pytest.mark.parametrize(
        ("files", "root"),
        [
            (["pyng"], ""),
            (["pyng-main/pyng"], "pyng-main"),
            (["a/b/pyng"], "a/b"),
            (["pyng-main/pyng", "README.md", "__MACOSX/x", ".git/x", ".DS_Store"], "pyng-main"),
            (["pyng-main/pyng", ".vscode/x", "__pycache__/x"], "pyng-main"),
            (["pyng", "old/pyng"], ""),
            (["a/pyng", "b/pyng"], ""),
            (["a/ping.py"], "a"),
            (["a/ping.py", "README"], ""),
            (["a/b/c/d/pyng"], "a/b/c/d"),
            (["src/pyng.py", "notes.txt"], "src"),
        ],
    )
    def test_roots(self, tmp_path, files, root):
        """An only folder is entered for its programs; beside programs, or another, it is not."""
        for name in files:
            put(tmp_path, name)
        found = find_programs(tmp_path, WANTED)
        assert found.root == tmp_path / root
        assert found.notes == ((f"everything lies in the folder {root}",) if root else ())

    def test_a_makefile_that_names_a_program_keeps_it(self, tmp_path):
        """Sources in an only folder are no reason to leave the Makefile behind."""
        put(tmp_path, "Makefile", "pyng: src/pyng.c\n\tcc -o $@ $<\n")
        put(tmp_path, "src/pyng.c", "int main;")
        assert find_programs(tmp_path, WANTED).root == tmp_path

    def test_a_link_to_a_folder_is_not_entered(self, tmp_path):
        """Only real folders are looked into."""
        put(tmp_path, "outside/pyng")
        put(tmp_path, "top/README")
        (tmp_path / "top" / "pyng-main").symlink_to("../outside")
        assert find_programs(tmp_path / "top", WANTED).root == tmp_path / "top"


class TestUnusable:
    """Directories that are none, and files that cannot be read."""

    def test_no_such_directory(self, tmp_path):
        """It is named."""
        with pytest.raises(
            SubmissionError, match=r"there is no directory .*/gone: see how it is spelt"
        ):
            find_programs(tmp_path / "gone", WANTED)
        put(tmp_path, "file")
        with pytest.raises(SubmissionError, match=r"there is no directory .*/file/x: see how"):
            find_programs(tmp_path / "file" / "x", WANTED)

    def test_a_file(self, tmp_path):
        """A file instead of its directory."""
        with pytest.raises(SubmissionError, match="pyng is a file; give the directory"):
            find_programs(put(tmp_path, "pyng"), WANTED)

    @pytest.mark.parametrize("names", [(), (".DS_Store",)])
    def test_an_empty_directory(self, tmp_path, names):
        """Empty, or nothing but clutter."""
        for name in names:
            put(tmp_path, name)
        with pytest.raises(SubmissionError, match="is empty; hand it in again"):
            find_programs(tmp_path, WANTED)

    def test_unreadable(self, tmp_path, monkeypatch):
        """A program or a directory that may not be read is named."""

        def refuse(*_args, **_kwargs):
            raise PermissionError(13, "Permission denied")

        put(tmp_path, "pyng")
        with monkeypatch.context() as patched:
            patched.setattr(os, "open", refuse)
            with pytest.raises(SubmissionError, match="pyng cannot be read: Permission denied"):
                find_programs(tmp_path, WANTED)
        for name in ("scandir", "stat", "lstat", "read"):
            with monkeypatch.context() as patched:
                patched.setattr(os, name, refuse)
                with pytest.raises(SubmissionError, match="cannot be read: Permission denied"):
                    find_programs(tmp_path, WANTED)

    def test_too_many_files(self, tmp_path, monkeypatch):
        """A directory without end is not read to its end, and nothing is silently left out."""
        monkeypatch.setattr(submission, "_LISTED", 2)
        put(tmp_path, "pyng")
        put(tmp_path, "pyngd")
        assert find_programs(tmp_path, WANTED)["pyngd"].problem is None
        put(tmp_path, "third")
        with pytest.raises(SubmissionError, match="holds more than 2 files"):
            find_programs(tmp_path, WANTED)


class TestDigest:
    """`digest` names content."""

    def test_it_is_stable(self, tmp_path):
        """The same content has the same digest, whatever its place, times and order of making."""
        for place, names in (("one", ("a", "b/c")), ("two", ("b/c", "a"))):
            for name in names:
                put(tmp_path / place, name)
        os.utime(tmp_path / "one" / "a", (0, 0))
        assert digest(tmp_path / "one") == digest(tmp_path / "two")
        assert digest(tmp_path / "one") == (
            "sha256:c063ad94d7bf72fd7cc37f7156ba7ec42c5f96618882f085794a299e32a7cbc5"
        )

    def test_everything_that_counts(self, tmp_path):
        """Content, name, run bit, kind, link target, and an empty folder each change it."""
        put(tmp_path, "a", "x")
        (tmp_path / "l").symlink_to("a")
        seen = [digest(tmp_path)]

        def changed() -> bool:
            seen.append(digest(tmp_path))
            return len(set(seen)) == len(seen)

        put(tmp_path, "a", "y")
        assert changed()
        put(tmp_path, "a", "y", 0o644)
        assert changed()
        (tmp_path / "a").rename(tmp_path / "b")
        assert changed()
        (tmp_path / "l").unlink()
        (tmp_path / "l").symlink_to("b")
        assert changed()
        (tmp_path / "d").mkdir()
        assert changed()
        os.mkfifo(tmp_path / "f")
        assert changed()

    def test_what_does_not_count(self, tmp_path):
        """Clutter, and bits other than the run bit, change nothing."""
        file = put(tmp_path, "a", mode=0o644)
        before = digest(tmp_path)
        put(tmp_path, ".git/HEAD")
        file.chmod(0o600)
        assert digest(tmp_path) == before
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        assert digest(tmp_path) != before
