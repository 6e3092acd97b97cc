"""An order that can travel: what was handed in, and the lab, as bytes in memory.

Strategy: what was handed in is packed as it lies, so that it is opened elsewhere as it would be
here, with the same words about it. The archive of a whole class stays here, and only a student's
part of it travels. A lab that comes with l2harness travels as its name and its digest.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import shutil
import socket
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from l2harness import __version__
from l2harness.errors import UsageError
from l2harness.grading.equip import Order
from l2harness.grading.packing import Item, file_item, folded, tree_items, unfold
from l2harness.labs.lab import Lab, built_in_labs, find_lab, load_lab
from l2harness.programs.opening import take_out
from l2harness.programs.stage import StageLimits, writing
from l2harness.programs.tree import Kind, shown, walk
from l2harness.programs.upload import Form, Pick, Upload

#: Folders of a lab that no grading needs.
_STAYS_HERE: Final = frozenset({"reference", "mutants", "hostile", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Parcel:
    """
    An order, packed.

    Attributes:
        harness: Version of this package that packed it.
        lab: Name of the lab's folder.
        lab_digest: Of the lab.
        lab_files: Its folder, and those of labs that it extends, packed; empty if it comes with
            l2harness.
        upload: What was handed in, with the path that it has in the tree.
        files: That tree, packed.
        seed, sandboxed, jobs: As in the order.
    """

    harness: str
    lab: str
    lab_digest: str
    lab_files: bytes
    upload: Upload
    files: bytes
    seed: str
    sandboxed: bool
    jobs: int


def packed(order: Order, scratch: Path) -> Parcel:
    """
    Pack an order.

    Args:
        order: Of a submission that lies here.
        scratch: A directory to make, of ours alone, and to take away again.

    Raises:
        SubmissionError: What was handed in cannot be read, is too large, or cannot travel.
        UsageError: The lab cannot travel.
        KernelError: The scratch directory cannot be written.
    """
    lab = order.lab
    try:
        with writing(scratch):
            scratch.mkdir(mode=0o700)
        upload, items = _handed_in(order.handed_in, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Parcel(
        __version__,
        lab.name,
        lab.digest(),
        b"" if _is_built_in(lab) else folded(_lab_items(lab)),
        upload,
        folded(items),
        order.seed,
        order.sandboxed,
        order.jobs,
    )


@contextlib.contextmanager
def unpacked(parcel: Parcel, room: Path) -> Iterator[Order]:
    """
    Have the order lie here while the block lasts.

    Args:
        parcel: From wherever.
        room: A directory of ours, the same for every parcel: labs stay in it.

    Raises:
        UsageError: This machine has another version of l2harness or of the lab.
        KernelError: The room cannot be written.
    """
    if parcel.harness != __version__:
        raise UsageError(
            f"{socket.gethostname()} has l2harness {__version__}, and the submission comes from "
            f"{parcel.harness}: install the same version on all machines"
        )
    lab = _lab_of(parcel, room / "labs")
    place = room / f"parcel-{secrets.token_hex(6)}"
    try:
        unfold(parcel.files, place)
        path = place / parcel.upload.path
        upload = _moved(parcel.upload, path)
        yield Order(
            lab,
            path,
            upload.name,
            parcel.seed,
            sandboxed=parcel.sandboxed,
            jobs=parcel.jobs,
            upload=upload,
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _handed_in(upload: Upload, scratch: Path) -> tuple[Upload, list[Item]]:
    """Return an upload as it will lie elsewhere, and what lies there."""
    name = upload.path.name or "upload"
    if upload.form is Form.ARCHIVE:
        return _moved(upload, Path(name)), [file_item(upload.path, name)]
    if upload.form is Form.FILES:
        items = [Item(name, Kind.DIRECTORY)]
        for pick in upload.picks:
            items += _file_below(upload.path, PurePosixPath(pick.inside), name)
        return _moved(upload, Path(name)), items
    notes = upload.notes
    tree = upload.path
    if upload.form is Form.PART:
        # A class's archive may have gigabytes: only the part of this student travels.
        tree = scratch / "part"
        with writing(tree):
            tree.mkdir()
        notes += take_out(upload, tree, StageLimits()).notes
    items = [Item(name, Kind.DIRECTORY), *tree_items(tree, name, scratch / "trial")]
    there = _moved(upload, Path(name), form=Form.DIRECTORY, picks=(), notes=notes)
    return there, items


def _moved(
    upload: Upload,
    path: Path,
    *,
    form: Form | None = None,
    picks: tuple[Pick, ...] | None = None,
    notes: tuple[str, ...] | None = None,
) -> Upload:
    return Upload(
        upload.name,
        path,
        form or upload.form,
        upload.picks if picks is None else picks,
        upload.student,
        upload.student_id,
        upload.notes if notes is None else notes,
    )


def _file_below(top: Path, inside: PurePosixPath, name: str) -> Iterator[Item]:
    """A file of a directory, with the folders that lead to it."""
    for parent in list(inside.parents)[-2::-1]:
        yield Item(f"{name}/{parent}", Kind.DIRECTORY)
    yield file_item(top / inside, f"{name}/{inside}")


def _is_built_in(lab: Lab) -> bool:
    return lab.name in built_in_labs() and find_lab(lab.name).folder == lab.folder


def _lab_items(lab: Lab) -> Iterator[Item]:
    """A lab's folder, and the folders beside it of labs that it extends."""
    folder: Path | None = lab.folder
    seen: set[Path] = set()
    while folder is not None and folder not in seen:
        seen.add(folder)
        yield Item(folder.name, Kind.DIRECTORY)
        for entry in walk(folder):
            if _STAYS_HERE.isdisjoint(entry.path.parts) and entry.kind in (
                Kind.FILE,
                Kind.DIRECTORY,
            ):
                item = f"{folder.name}/{entry.path}"
                if entry.kind is Kind.DIRECTORY:
                    yield Item(item, Kind.DIRECTORY)
                else:
                    yield file_item(folder / entry.path, item)
        folder = _extended_by(folder)


def _extended_by(folder: Path) -> Path | None:
    """The folder, beside this one, of the lab that it extends; None if it is another machine's."""
    said = tomllib.loads((folder / "lab.toml").read_text(encoding="utf-8")).get("extends")
    if not isinstance(said, str) or not (folder.parent / said / "lab.toml").is_file():
        return None
    if said != PurePosixPath(said).name:
        raise UsageError(
            f"lab {folder.name} extends {shown(said)}, which does not lie beside it, so it cannot "
            "be sent to a cluster. Move it there"
        )
    return folder.parent / said


def _lab_of(parcel: Parcel, room: Path) -> Lab:
    if parcel.lab_files:
        named = hashlib.sha256(parcel.lab_files).hexdigest()
        place = room / named
        if not place.exists():
            unfold(parcel.lab_files, place)
        lab = load_lab(place / parcel.lab)
    else:
        lab = find_lab(parcel.lab)
    if lab.digest() != parcel.lab_digest:
        raise UsageError(
            f"{socket.gethostname()} has another lab {parcel.lab} than the one that sends "
            "submissions: install the same version of l2harness on all machines"
        )
    return lab
