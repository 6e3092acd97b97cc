"""Taking submissions in: what comes through, what does not, and what is said about it."""

import os
import socket
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.errors import KernelError, SubmissionError, UsageError
from l2harness.programs.stage import StageLimits, copy_tree, stage

SMALL = StageLimits(max_bytes=100, max_files=5, max_depth=2, max_name_bytes=20)


@pytest.fixture
def source(tmp_path):
    """A student's directory, with something beside it that must not get in."""
    (tmp_path / "secret").write_text("key")
    directory = tmp_path / "upload"
    directory.mkdir()
    return directory


@pytest.fixture
def destination(tmp_path):
    """Where it is to be staged."""
    return tmp_path / "staged"


def content(top: Path) -> dict[str, str]:
    """Everything below a directory: what files hold, ``->`` where links point, ``/``."""
    found = {}
    for where, folders, files in os.walk(top):
        for name in (*folders, *files):
            path = Path(where, name)
            if path.is_symlink():
                text = f"-> {path.readlink()}"
            else:
                text = "/" if path.is_dir() else path.read_text()
            found[str(path.relative_to(top))] = text
    return found


class TestWhatComesThrough:
    """Files, folders, links that stay."""

    def test_files_and_folders(self, source, destination):
        """Content, structure, and counts."""
        (source / "pyng").write_text("hello")
        (source / "lib").mkdir()
        (source / "lib" / "ethernet.py").write_text("")
        (source / "empty").mkdir()
        staged = stage(source, destination)
        assert content(destination) == {
            "pyng": "hello",
            "lib": "/",
            "lib/ethernet.py": "",
            "empty": "/",
        }
        assert (staged.root, staged.files, staged.size_bytes) == (destination, 4, 5)
        assert staged.notes == ()

    def test_an_empty_destination_may_exist(self, source, destination):
        """A directory made beforehand is used."""
        (source / "pyng").write_text("")
        destination.mkdir()
        assert stage(source, destination).files == 1

    def test_a_large_file(self, source, destination):
        """More than one reading of the disk comes through whole."""
        data = os.urandom(3 << 20)
        (source / "big").write_bytes(data)
        stage(source, destination)
        assert (destination / "big").read_bytes() == data

    def test_only_the_run_bit_and_the_time_are_kept(self, source, destination, request):
        """Permissions become 644 or 755 under any umask; times stay, of folders too."""
        umask = os.umask(0o077)
        request.addfinalizer(lambda: os.umask(umask))
        for name, mode in (("script", 0o700), ("text", 0o600), ("open", 0o666)):
            (source / name).write_text("")
            (source / name).chmod(mode)
            os.utime(source / name, ns=(5, 123_456_789))
        (source / "folder").mkdir(mode=0o700)
        (source / "folder" / "x").write_text("")
        os.utime(source / "folder", ns=(5, 987_654_321))
        stage(source, destination)
        modes = {
            name: stat.S_IMODE((destination / name).stat().st_mode)
            for name in ("script", "text", "open", "folder")
        }
        assert modes == {"script": 0o755, "text": 0o644, "open": 0o644, "folder": 0o755}
        assert (destination / "script").stat().st_mtime_ns == 123_456_789
        assert (destination / "folder").stat().st_mtime_ns == 987_654_321

    def test_set_user_id_bits_are_dropped(self, source, destination):
        """They do not come through, and a note says so."""
        (source / "pyng").write_text("")
        (source / "pyng").chmod(0o6755)
        staged = stage(source, destination)
        assert stat.S_IMODE((destination / "pyng").stat().st_mode) == 0o755
        assert staged.notes == ("pyng lost its set-user-id or set-group-id bit",)

    def test_links_that_stay_inside(self, source, destination):
        """They come through as they are, dangling ones too."""
        (source / "d").mkdir()
        (source / "a").write_text("")
        for name, target in (("l", "a"), ("d/up", "../a"), ("later", "build/pyng")):
            (source / name).symlink_to(target)
        staged = stage(source, destination)
        assert content(destination)["d/up"] == "-> ../a"
        assert content(destination)["l"] == "-> a"
        assert content(destination)["later"] == "-> build/pyng"
        assert staged.notes == ()

    def test_hard_links_become_files(self, source, destination):
        """Two names of one file become two files."""
        (source / "a").write_text("x")
        (source / "b").hardlink_to(source / "a")
        stage(source, destination)
        assert (destination / "a").stat().st_nlink == 1

    def test_the_users_own_path_may_be_a_link(self, source, destination, tmp_path):
        """Only what the student wrote is not followed."""
        (source / "pyng").write_text("")
        (tmp_path / "alias").symlink_to(source)
        assert stage(tmp_path / "alias", destination).files == 1

    def test_names_are_data(self, source, destination):
        """Control characters, dashes and stray bytes come through unchanged."""
        names = {b"a\nb", b"\x1b[2J", b"\xff\xfe", b"--help"}
        for name in names:
            (source / os.fsdecode(name)).write_text("")
        stage(source, destination)
        assert {os.fsencode(name) for name in os.listdir(destination)} == names


class TestWhatIsLeftOut:
    """With a note that names it, and nothing is opened."""

    @pytest.mark.parametrize(
        ("target", "note"),
        [
            ("/etc/passwd", "l is a link to /etc/passwd and was left out"),
            ("../secret", "l is a link that leads out and was left out"),
            ("..", "l is a link that leads out and was left out"),
            ("../upload/a", "l is a link that leads out and was left out"),
            ("l", "l is a link that leads out and was left out"),
            ("m", "l is a link that leads out and was left out"),
            ("/\x1b[2J", r"l is a link to /\x1b[2J and was left out"),
        ],
    )
    def test_links_that_lead_out(self, source, destination, target, note):
        """Absolute ones, those that climb, circles, and those that go by another such link."""
        (source / "a").write_text("x")
        (source / "l").symlink_to(target)
        (source / "m").symlink_to("../secret")
        staged = stage(source, destination)
        assert content(destination) == {"a": "x"}
        assert staged.notes == (note, "m is a link that leads out and was left out")

    def test_special_files(self, source, destination):
        """A FIFO does not block, a socket is not connected to."""
        os.mkfifo(source / "fifo")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(source / "socket"))
        (source / "pyng").write_text("")
        staged = stage(source, destination)
        assert content(destination) == {"pyng": ""}
        assert staged.notes == (
            "fifo is a FIFO and was left out",
            "socket is a socket and was left out",
        )

    def test_clutter(self, source, destination):
        """What version control leaves is no part of a submission."""
        (source / ".git").mkdir()
        (source / ".git" / "config").write_text("")
        (source / "pyng").write_text("")
        assert stage(source, destination).files == 1

    def test_many_notes_are_counted(self, source, destination):
        """After twenty a number is enough."""
        for number in range(50):
            (source / f"{number:02}").symlink_to("/")
        notes = stage(source, destination).notes
        assert len(notes) == 21
        assert notes[-1] == "and 30 more notes like these"


class TestLimits:
    """The first thing too much is named, and what is just enough passes."""

    def test_bytes(self, source, destination, tmp_path):
        """The sum of all sizes counts."""
        (source / "a").write_bytes(bytes(60))
        (source / "b").write_bytes(bytes(40))
        assert stage(source, tmp_path / "enough", SMALL).size_bytes == 100
        (source / "b").write_bytes(bytes(41))
        with pytest.raises(SubmissionError, match="b is too much: at most 100 bytes in all"):
            stage(source, destination, SMALL)

    def test_holes_count(self, source, destination):
        """A sparse file of a terabyte is refused at once."""
        with open(source / "sparse", "wb") as file:
            file.truncate(1 << 40)
        with pytest.raises(SubmissionError, match="sparse is too much"):
            stage(source, destination)

    def test_a_file_that_grows(self, source, destination, monkeypatch):
        """What is read counts, whatever the size was said to be."""
        (source / "a").write_bytes(b"")
        monkeypatch.setattr(os, "read", lambda _, size: bytes(size))
        with pytest.raises(SubmissionError, match="a is too much"):
            stage(source, destination, SMALL)

    def test_files(self, source, destination, tmp_path):
        """Files, folders and links count, and so does what is left out."""
        for name in "abcde":
            (source / name).symlink_to("/")
        assert stage(source, tmp_path / "enough", SMALL).files == 0
        (source / "f").write_text("")
        with pytest.raises(SubmissionError, match="f is one too many: at most 5 files"):
            stage(source, destination, SMALL)

    def test_depth(self, source, destination, tmp_path):
        """Folders inside each other are counted."""
        (source / "a" / "b" / "c").mkdir(parents=True)
        assert stage(source, tmp_path / "enough", SMALL).files == 3
        (source / "a" / "b" / "c" / "d").write_text("")
        with pytest.raises(SubmissionError, match="a/b/c/d lies too deep: at most 2 folders"):
            stage(source, destination, SMALL)

    def test_names(self, source, destination, tmp_path):
        """A name is measured in bytes, not in letters."""
        (source / ("ß" * 10)).write_text("")
        assert stage(source, tmp_path / "enough", SMALL).files == 1
        (source / ("ß" * 10 + "x")).write_text("")
        with pytest.raises(SubmissionError, match="has too long a name: at most 20 bytes"):
            stage(source, destination, SMALL)

    def test_paths(self, source, destination):
        """A path that would not fit below another directory is refused."""
        deep = source.joinpath(*["x" * 250] * 9)
        deep.mkdir(parents=True)
        with pytest.raises(SubmissionError, match="has too long a path: at most 2048 bytes"):
            stage(source, destination)


class TestFaults:
    """Whose fault it is."""

    def test_no_such_submission(self, tmp_path, destination):
        """The upload's."""
        with pytest.raises(SubmissionError, match="gone cannot be read: No such file"):
            stage(tmp_path / "gone", destination)

    @pytest.mark.parametrize("name", ["open", "read"])
    def test_unreadable(self, source, destination, monkeypatch, name):
        """The upload's: the file is named, whether opening or reading it fails."""
        (source / "pyng").write_text("x")
        real = getattr(os, name)

        def refuse(*args, **kwargs):
            if name == "read" or args[0] == "pyng":
                raise PermissionError(13, "Permission denied")
            return real(*args, **kwargs)

        monkeypatch.setattr(os, name, refuse)
        with pytest.raises(SubmissionError, match="pyng cannot be read: Permission denied"):
            stage(source, destination)

    def test_a_destination_inside_the_submission(self, source):
        """The user's: it would be copied into itself."""
        (source / "pyng").write_text("")
        for inside in (source, source / "out", source / "out" / "staged"):
            with pytest.raises(UsageError, match="lies inside the submission"):
                stage(source, inside)
        assert content(source) == {"pyng": ""}

    def test_a_destination_that_is_not_empty(self, source, destination):
        """The user's: nothing is mixed or overwritten."""
        (source / "pyng").write_text("")
        destination.mkdir()
        (destination / "other").write_text("")
        with pytest.raises(UsageError, match="is not empty"):
            stage(source, destination)
        assert content(destination) == {"other": ""}

    def test_a_destination_that_cannot_be_written(self, source, tmp_path):
        """The machine's."""
        (source / "pyng").write_text("")
        (tmp_path / "file").write_text("")
        with pytest.raises(KernelError, match=r"copy the submission to .*file/x: Not a directory"):
            stage(source, tmp_path / "file" / "x")

    @pytest.mark.parametrize("name", ["write", "symlink", "fchmod", "utime", "mkdir"])
    def test_a_full_disk(self, source, destination, monkeypatch, name):
        """The machine's, at whatever step it shows."""

        def refuse(*_args, **_kwargs):
            raise OSError(28, "No space left on device")

        (source / "d").mkdir()
        (source / "d" / "pyng").write_text("x")
        (source / "l").symlink_to("d")
        destination.mkdir()
        monkeypatch.setattr(os, name, refuse)
        with pytest.raises(KernelError, match="No space left on device"):
            stage(source, destination)


class TestCopyTree:
    """`copy_tree`: the same tree again."""

    def test_everything_is_as_staged(self, source, destination, tmp_path, request):
        """Content, links, run bits and times, under any umask; large files too."""
        (source / "d" / "e").mkdir(parents=True)
        (source / "d" / "pyng").write_text("x")
        (source / "d" / "pyng").chmod(0o755)
        (source / "big").write_bytes(os.urandom(300_000))
        (source / "l").symlink_to("d/pyng")
        os.utime(source / "d" / "pyng", ns=(1, 111))
        os.utime(source / "d", ns=(1, 222))
        stage(source, destination)
        umask = os.umask(0o077)
        request.addfinalizer(lambda: os.umask(umask))
        copy_tree(destination, tmp_path / "copy")
        copy = tmp_path / "copy"
        assert (copy / "big").read_bytes() == (source / "big").read_bytes()
        (copy / "big").unlink()
        (destination / "big").unlink()
        assert content(copy) == content(destination)
        for name in ("d", "d/e", "d/pyng"):
            ours, theirs = (copy / name).stat(), (destination / name).stat()
            assert (ours.st_mode, ours.st_mtime_ns) == (theirs.st_mode, theirs.st_mtime_ns)
        assert (copy / "d" / "pyng").stat().st_mtime_ns == 111

    def test_an_empty_destination_may_exist(self, source, destination, tmp_path):
        """A file system mounted beforehand is used."""
        (source / "pyng").write_text("x")
        stage(source, destination)
        (tmp_path / "copy").mkdir()
        copy_tree(destination, tmp_path / "copy", os.getuid(), os.getgid())
        assert content(tmp_path / "copy") == {"pyng": "x"}

    def test_everything_is_given_away(self, source, destination, tmp_path, monkeypatch):
        """Files, folders, links and the top itself get the owner that was asked for."""
        given_to = []
        monkeypatch.setattr(os, "chown", lambda _, uid, gid: given_to.append((uid, gid)))
        monkeypatch.setattr(os, "lchown", lambda _, uid, gid: given_to.append((uid, gid)))
        (source / "d").mkdir()
        (source / "d" / "pyng").write_text("x")
        (source / "l").symlink_to("d")
        stage(source, destination)
        copy_tree(destination, tmp_path / "kept")
        assert given_to == []
        copy_tree(destination, tmp_path / "given", 100_000, 100_001)
        assert given_to == [(100_000, 100_001)] * 4
        copy_tree(destination, tmp_path / "uid", 100_000)
        assert given_to[4:] == [(100_000, -1)] * 4

    def test_what_cannot_be_copied_is_the_machines_fault(self, source, destination, tmp_path):
        """A destination that holds the same file already is not overwritten."""
        (source / "pyng").write_text("x")
        stage(source, destination)
        (tmp_path / "copy").mkdir()
        (tmp_path / "copy" / "pyng").write_text("kept")
        with pytest.raises(KernelError, match="File exists"):
            copy_tree(destination, tmp_path / "copy")
        assert content(tmp_path / "copy") == {"pyng": "kept"}


names = st.sampled_from(["a", "b", "c"])
things = st.recursive(
    st.binary(max_size=30) | st.text("./abc", min_size=1, max_size=10),
    lambda inner: st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def build(top: Path, thing) -> None:
    """Make a tree: bytes are a file, text is a link, a dictionary is a folder."""
    match thing:
        case bytes():
            top.write_bytes(thing)
        case str():
            top.symlink_to(thing)
        case _:
            top.mkdir()
            for name, inner in thing.items():
                build(top / name, inner)


@given(st.dictionaries(names, things, max_size=3))
def test_any_tree_is_safe_once_staged(tmp_path_factory, tree):
    """Of any tree the files come through, and no link of what is staged leads out of it."""
    base = tmp_path_factory.mktemp("any")
    build(base / "upload", tree)
    try:
        stage(base / "upload", base / "staged", SMALL)
    except SubmissionError:
        return
    for path in (base / "staged").rglob("*"):
        if path.is_symlink():
            assert path.resolve().is_relative_to(base / "staged")
        elif path.is_file():
            same = base / "upload" / path.relative_to(base / "staged")
            assert path.read_bytes() == same.read_bytes()
    copy_tree(base / "staged", base / "copy")
