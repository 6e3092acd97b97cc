"""What reads bytes that a stranger wrote, and the promise that each keeps.

Every target takes any bytes and comes back. It raises nothing but what its module declares (which
is caught here), and what it returns keeps its promise (an assertion, if not). The tests in
``tests/unit/test_fuzz_*.py`` try them a little on every run; ``fuzz/run.py`` tries them for as
long as anybody likes, guided by coverage.
"""

from __future__ import annotations

import io
import os
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from l2harness.errors import FrameError, SpecError, SubmissionError, UsageError
from l2harness.frames import Frame, MacAddress, difference, hexdump, pad
from l2harness.grading.records import Submission
from l2harness.grading.result import CheckResult, Result, Verdict
from l2harness.labs import reading
from l2harness.programs import proctext
from l2harness.programs.archives import ArchiveLimits, beginning_in, contents, extract
from l2harness.programs.gradescope import read_submitters
from l2harness.programs.opening import opened
from l2harness.programs.output import Recorder
from l2harness.programs.stage import StageLimits, stage
from l2harness.programs.syscalls import Wait
from l2harness.programs.text import decode
from l2harness.programs.tree import resolve_inside
from l2harness.programs.uploads import find_uploads
from l2harness.reports import escape
from l2harness.reports.json import from_json, to_json
from l2harness.topology import load, resolve

WANTED = ("pyng", "pyngd")
#: Small, so that a fuzzer reaches them.
LIMITS = ArchiveLimits(
    StageLimits(max_bytes=1 << 20, max_files=64, max_depth=8, max_name_bytes=64),
    max_entries=128,
    free_bytes=1 << 18,
    max_unfolded_bytes=1 << 22,
)


def archives(data: bytes) -> None:
    """
    An archive is opened, or refused as a `SubmissionError`.

    What comes out lies inside, is files, folders and links that stay, no larger than allowed, and
    can be staged; the archive and everything around it are as they were.
    """
    with tempfile.TemporaryDirectory(prefix="l2harness-fuzz-", dir=_fast()) as place:
        archive = Path(place, "x.zip")
        archive.write_bytes(data)
        out = Path(place, "out")
        out.mkdir()
        try:
            extracted = extract(archive, out, LIMITS)
        except SubmissionError as error:
            _expect_sentence(error)
        else:
            _expect_safe(out, extracted.files, extracted.size_bytes)
            stage(out, Path(place, "staged"), LIMITS.tree)
        try:
            for member in contents(archive, LIMITS):
                beginning_in(archive, member.name, 16, LIMITS)
                break
        except SubmissionError:
            pass
        try:
            for upload in find_uploads([archive], WANTED)[:3]:
                with opened(upload, WANTED, Path(place, "scratch"), LIMITS.tree):
                    pass
        except SubmissionError:
            pass
        assert archive.read_bytes() == data
        assert set(os.listdir(place)) <= {"x.zip", "out", "staged"}


def _expect_sentence(error: Exception, about: str = "") -> None:
    """What is said about strange bytes is short, harmless, and says where."""
    text = str(error)
    assert text.isprintable()
    assert about in text
    assert len(text) < 1000


def _expect_safe(out: Path, files: int, size_bytes: int) -> None:
    found = 0
    size = 0
    for path in out.rglob("*"):
        status = path.lstat()
        found += 1
        assert not status.st_mode & (stat.S_ISUID | stat.S_ISGID)
        if stat.S_ISLNK(status.st_mode):
            assert resolve_inside(out, path.relative_to(out)) is not None
        elif stat.S_ISREG(status.st_mode):
            assert status.st_nlink == 1
            size += status.st_size
        else:
            assert stat.S_ISDIR(status.st_mode)
    assert (found, size) == (files, size_bytes)
    assert found <= LIMITS.tree.max_files
    assert size <= LIMITS.tree.max_bytes


def _fast() -> str | None:
    """A file system in memory, where there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def frames(data: bytes) -> None:
    """Bytes are a frame, which is the same bytes again, or a `FrameError`."""
    try:
        frame = Frame.from_bytes(data)
    except FrameError:
        return
    assert bytes(frame) == data
    assert Frame.from_bytes(pad(data)).source == frame.source
    assert difference(frame, data) == ()
    half = data[: len(data) // 2] + bytes(len(data) - len(data) // 2)
    assert (difference(data, half) == ()) == (data == half)
    assert hexdump(data).isascii()


def documents(data: bytes) -> None:
    """A topology is one or a `SpecError`, whoever wrote it; so is what Gradescope says."""
    try:
        topology = load.parse_topology(data, Path("x.yaml"))
    except SpecError as error:
        _expect_sentence(error, "x.yaml")
    else:
        assert resolve(topology, 1).hosts
    try:
        submitters = read_submitters(data, "x.yml")
    except SubmissionError as error:
        _expect_sentence(error, "x.yml")
    else:
        assert all(isinstance(folder, str) for folder in submitters)


def output(data: bytes) -> None:
    """What a program prints is text that every format can show; reading it is never an error."""
    recorder = Recorder()
    for start in range(0, len(data), 97):
        recorder.write(data[start : start + 97])
    assert recorder.total_bytes == len(data)
    text = decode(recorder.content(), 4096)
    text.encode()
    shown = escape.terminal(text, multiline=True)
    assert escape.terminal(shown, multiline=True) == shown
    for format in (
        *(escape.xml, escape.html, escape.markdown, escape.markdown_block, escape.csv_cell),
        *(escape.github, escape.github_data, escape.github_property),
    ):
        format(text).encode()
    mac = MacAddress(b"\x02\x00\x00\xaa\xbb\xcc")
    lines = text.split("\n")
    for named in (name for line in lines for name in reading.addresses(line)):
        assert named.mac is None or isinstance(named.mac, MacAddress)
    reading.names_address(lines, "source", mac)
    reading.mentions_address(lines, mac)
    reading.names_ethertype(lines, 0x88B5)
    reading.shows_payload(lines, b"Hi")


def proc(data: bytes) -> None:
    """What /proc says is a value or nothing, whatever a program has called itself."""
    for socket in proctext.parse_packet_table(data):
        assert socket.running in (False, True)
    if (process := proctext.parse_stat(data)) is not None:
        assert len(process.state) == 1
        assert process.cpu_s >= 0
    proctext.parse_turns(data)
    proctext.parse_switches(data)
    assert isinstance(proctext.parse_syscall(data, "x86_64"), Wait)
    assert all(pid >= 0 for pid in proctext.parse_pids(data))
    proctext.parse_socket_link(data)


def reports(data: bytes) -> None:
    """A report is a result, which is a report again, or a `UsageError`."""
    try:
        result = from_json(data)
    except UsageError as error:
        _expect_sentence(error)
        return
    assert isinstance(result, Result)
    assert from_json(to_json(result)) == result


TARGETS: dict[str, Callable[[bytes], None]] = {
    "archives": archives,
    "frames": frames,
    "documents": documents,
    "output": output,
    "proc": proc,
    "reports": reports,
}


def seeds(target: str) -> list[bytes]:
    """Inputs to begin with: honest ones, from which a fuzzer finds the way to the others."""
    if target == "archives":
        return [_zip(zipfile.ZIP_DEFLATED), _zip(zipfile.ZIP_STORED), *map(_tar, _TAR_MODES)]
    if target == "reports":
        return [to_json(_report())]
    return _SEEDS[target]


_TAR_MODES = ("w", "w:gz", "w:bz2", "w:xz")
_FILES = {"main/pyng": b"#!/bin/sh\n" * 50, "main/\xe9.py": b"x = 1\n", "main/empty": b""}
_SEEDS = {
    "frames": [
        bytes.fromhex("ffffffffffff02000000000188b54869") + bytes(44),
        bytes.fromhex("ffffffffffff0200000000018100200588b54869"),
        bytes.fromhex("ffffffffffff02000000000188a80001810000020800") + b"x" * 50,
    ],
    "documents": [
        b"hosts:\n  h1: {eth0: lan}\n  h2:\n    eth0: {segment: lan, mac: 02:00:00:00:00:01}\n"
        b"segments:\n  lan: {kind: cable, driver: wire, min_frame: 60}\nlinks: []\n",
        b"---\nsubmission_1:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '1'\n",
    ],
    "output": [
        b"dst: 02:00:00:aa:bb:cc, src: 02-00-00-AA-BB-CC, type: 0x88b5, payload: b'Hi\\x00'\n",
        b"\x1b[31mred\x1b[0m \xff\xfe ::error::x ##[group] =1+1 <b> `x`\n",
    ],
    "proc": [
        b"sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"
        b"0000000000000000 3      3    0003   2     1 832    0      12345\n",
        b"42 (a) R 1 () S 1 42 42 0 -1 4194560 1 0 0 0 5 6 7 8 20 0 1 0 100 0 0\n",
        b"45 0x3 0x7f 0x1000 0x0 0x0 0x0 0x7ffc 0x7fde\n",
        b"123456 7890 12\n",
        b"voluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n",
        b"socket:[12345]",
    ],
}


def _report() -> Result:
    check = CheckResult("client.sends", "It sends.", Verdict.FAIL, 0, 5, rationale="Nothing.")
    return Result.of(
        [check],
        harness="0.1",
        lab="pyng",
        lab_title="Ping",
        lab_digest="sha256:00",
        seed="1",
        mode="rootless",
        submission=Submission("ada", "sha256:00"),
    )


def _zip(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in _FILES.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0)), data, method)
        link = zipfile.ZipInfo("main/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        link.create_system = 3
        archive.writestr(link, "pyng")
    return out.getvalue()


def _tar(mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
        for name, data in _FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for name, kind, target in (
            ("main/link", tarfile.SYMTYPE, "pyng"),
            ("main/same", tarfile.LNKTYPE, "main/pyng"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            tar.addfile(info)
    return out.getvalue()
