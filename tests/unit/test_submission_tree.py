"""Walking a stranger's tree: everything is seen, nothing is followed, nothing bites."""

import os
import socket
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.errors import SubmissionError
from l2harness.programs.tree import Kind, open_regular, resolve_inside, shown, walk


@pytest.fixture
def top(tmp_path):
    """An empty directory with something beside it that must never be seen."""
    (tmp_path / "secret").write_text("key")
    directory = tmp_path / "top"
    directory.mkdir()
    return directory


def seen(top: Path, **limits: int) -> dict[str, Kind]:
    return {str(entry.path): entry.kind for entry in walk(top, **limits)}


class TestWalk:
    """`walk`."""

    def test_everything_is_seen_sorted_and_parents_first(self, top):
        """Files, folders, links and all kinds of special files, by what they are."""
        (top / "b").mkdir()
        (top / "b" / "inner").write_text("")
        (top / "a").write_text("")
        (top / "link").symlink_to("a")
        os.mkfifo(top / "fifo")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(top / "socket"))
        assert list(seen(top).items()) == [
            ("a", Kind.FILE),
            ("b", Kind.DIRECTORY),
            ("b/inner", Kind.FILE),
            ("fifo", Kind.FIFO),
            ("link", Kind.LINK),
            ("socket", Kind.SOCKET),
        ]

    def test_devices_are_told_from_files(self):
        """A character device is one, whoever made it."""
        (null,) = (
            entry for entry in walk(Path("/dev"), max_depth=64) if str(entry.path) == "null"
        )
        assert null.kind is Kind.DEVICE

    def test_links_are_not_followed(self, top):
        """A link to a directory is a link, and what is behind it is not seen."""
        (top / "out").symlink_to("..")
        assert seen(top) == {"out": Kind.LINK}

    def test_the_top_may_be_a_link(self, top, tmp_path):
        """The user's own word is followed."""
        (top / "a").write_text("")
        (tmp_path / "alias").symlink_to(top)
        assert seen(tmp_path / "alias") == {"a": Kind.FILE}

    def test_clutter_is_passed_over(self, top):
        """Version control and desktops leave things that are no part of a submission."""
        for name in (".git", "__MACOSX"):
            (top / name).mkdir()
            (top / name / "x").write_text("")
        (top / ".DS_Store").write_text("")
        (top / ".gitignore").write_text("")
        assert seen(top) == {".gitignore": Kind.FILE}

    def test_the_first_file_too_many_is_named(self, top):
        """As many as allowed pass; one more is an error that names it."""
        for name in "abc":
            (top / name).write_text("")
        assert len(seen(top, max_entries=3)) == 3
        with pytest.raises(SubmissionError, match=r"^c is one too many: at most 2 files"):
            seen(top, max_entries=2)

    def test_too_deep_is_named(self, top):
        """As deep as allowed passes; one deeper is an error that names it."""
        (top / "a" / "b").mkdir(parents=True)
        (top / "a" / "b" / "c").write_text("")
        assert len(seen(top, max_depth=2)) == 3
        with pytest.raises(SubmissionError, match=r"^a/b/c lies too deep: at most 1 folders"):
            seen(top, max_depth=1)

    def test_a_walk_that_is_given_up_closes_what_it_opened(self, top):
        """Leaving in the middle leaks no descriptor."""
        (top / "a" / "b").mkdir(parents=True)
        before = os.listdir("/proc/self/fd")
        steps = walk(top)
        next(steps)
        next(steps)
        assert len(os.listdir("/proc/self/fd")) > len(before)
        steps.close()
        assert os.listdir("/proc/self/fd") == before

    def test_what_vanishes_is_named(self, top):
        """A tree that changes under the walk is an error of the upload, and is not followed."""
        (top / "a").write_text("")
        (top / "b").mkdir()
        steps = walk(top)
        assert next(steps).kind is Kind.FILE
        (top / "b").rmdir()
        with pytest.raises(SubmissionError, match="b cannot be read: No such file"):
            next(steps)
        (top / "b").mkdir()
        steps = walk(top)
        assert [next(steps).kind, next(steps).kind] == [Kind.FILE, Kind.DIRECTORY]
        (top / "b").rmdir()
        (top / "b").symlink_to("..")
        with pytest.raises(SubmissionError, match="b cannot be read: Not a directory"):
            next(steps)

    def test_a_directory_that_cannot_be_listed(self, top, monkeypatch):
        """It is named, even if it could be opened."""

        def refuse(_):
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(os, "scandir", refuse)
        with pytest.raises(SubmissionError, match="Input/output error"):
            seen(top)

    def test_no_such_directory(self, top):
        """What cannot be opened is named."""
        with pytest.raises(SubmissionError, match=r"gone cannot be read: No such file"):
            seen(top / "gone")

    def test_names_are_data(self, top):
        """Any bytes make a name: line ends, escapes, bytes that are no UTF-8."""
        for name in (b"a\nb", b"\x1b[31m", b"\xff", b"-rf"):
            (top / os.fsdecode(name)).write_text("")
        assert {os.fsencode(name) for name in seen(top)} == {b"a\nb", b"\x1b[31m", b"\xff", b"-rf"}


class TestOpen:
    """`open_regular` and `Entry.open`."""

    def test_a_regular_file(self, top):
        """It can be read."""
        (top / "a").write_text("hello")
        (entry,) = walk(top)
        fd = open_regular(str(top / "a"), entry.path)
        assert os.read(fd, 10) == b"hello"
        os.close(fd)

    def test_nothing_else_is_opened(self, top):
        """A FIFO does not block, a link is not followed, a folder is none."""
        os.mkfifo(top / "fifo")
        (top / "link").symlink_to("../secret")
        (top / "folder").mkdir()
        for name, problem in (
            ("fifo", "fifo is not a regular file"),
            ("link", "link cannot be read: Too many levels"),
            ("folder", "folder is not a regular file"),
        ):
            with pytest.raises(SubmissionError, match=problem):
                open_regular(str(top / name), PurePosixPath(name))

    def test_a_file_that_turned_into_something_else(self, top):
        """What it was when it was looked at does not count when it is opened."""
        (top / "a").write_text("")
        steps = walk(top)
        entry = next(steps)
        (top / "a").unlink()
        (top / "a").symlink_to("../secret")
        with pytest.raises(SubmissionError, match="a cannot be read"):
            entry.open()
        assert entry.target() == "../secret"
        (top / "a").unlink()
        with pytest.raises(SubmissionError, match="a cannot be read: No such file"):
            entry.target()
        steps.close()


class TestResolveInside:
    """`resolve_inside`: where links lead, and whether they stay."""

    @pytest.mark.parametrize(
        ("links", "path", "expected"),
        [
            ({}, "a", "a"),
            ({}, "gone", "gone"),
            ({"l": "a"}, "l", "a"),
            ({"l": "d/../a"}, "l", "a"),
            ({"l": "./d//x"}, "l", "d/x"),
            ({"d/l": "../a"}, "d/l", "a"),
            ({"l": "m", "m": "a"}, "l", "a"),
            ({"l": "d", "d/m": "../l/x"}, "d/m", "d/x"),
            ({"l": "gone/x"}, "l", "gone/x"),
            ({"l": "a/x"}, "l", "a/x"),
            ({"l": ".."}, "l", None),
            ({"l": "../top/a"}, "l", None),
            ({"l": "d/../../secret"}, "l", None),
            ({"l": "/etc/passwd"}, "l", None),
            ({"l": "m", "m": "/"}, "l/etc", None),
            ({"l": "l"}, "l", None),
            ({"l": "m", "m": "l"}, "l", None),
            # d/up is the top; what looks like the folder d's parent is the parent of the top.
            ({"d/up": "..", "l": "d/up/../secret"}, "l", None),
        ],
    )
    def test_cases(self, top, links, path, expected):
        """A way that leaves the top, even to come back, is none; others end where the kernel's."""
        (top / "a").write_text("")
        (top / "d").mkdir()
        (top / "d" / "x").write_text("")
        for name, target in links.items():
            (top / name).symlink_to(target)
        resolved = resolve_inside(top, PurePosixPath(path))
        assert resolved == (PurePosixPath(expected) if expected is not None else None)
        if expected is not None and (top / path).exists():
            assert (top / path).resolve() == top / expected

    @given(targets=st.lists(st.text("./abd", min_size=1, max_size=12), min_size=3, max_size=3))
    def test_any_links(self, tmp_path_factory, targets):
        """Whatever links point at, what is called inside is inside for the kernel, too."""
        top = tmp_path_factory.mktemp("any") / "top"
        (top / "d").mkdir(parents=True)
        for name, target in zip(("a", "b", "d/a"), targets, strict=True):
            (top / name).symlink_to(target)
        for name in ("a", "b", "d/a"):
            resolved = resolve_inside(top, PurePosixPath(name))
            if resolved is not None:
                assert ".." not in resolved.parts
                assert (top / name).resolve() == top / resolved


class TestShown:
    """`shown`."""

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("pyng.py", "pyng.py"),
            ("größe", "größe"),
            ("a\nb", r"a\nb"),
            ("\x1b[31m", r"\x1b[31m"),
            ("\u202etxt", r"\u202etxt"),
            (os.fsdecode(b"\xff"), r"\udcff"),
        ],
    )
    def test_what_cannot_be_printed_is_spelled(self, name, text):
        """Escapes, line ends, bidirectional marks and stray bytes do nothing in a message."""
        assert shown(name) == text

    @given(st.text())
    def test_anything(self, name):
        """Every name becomes printable text."""
        assert shown(name).isprintable()
