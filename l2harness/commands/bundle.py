"""What a learning platform is given to grade with: an archive of l2harness, its needs and a lab.

Strategy: the package is packed as it is here, without what no grading needs; files that the
platform looks for lie in ``bundles/``. The same package and lab make the same bytes.
"""

from __future__ import annotations

import io
import shlex
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from l2harness.labs.lab import Lab, built_in_labs
from l2harness.topology.shipped import shipped_files

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_BUNDLES: Final = Path(__file__).with_name("bundles")
#: Solutions, wrong ones and attacks: nothing of it grades, and no platform needs to have it.
_LEFT_OUT: Final = frozenset({"__pycache__", "reference", "mutants", "hostile", "bundles"})
#: The earliest that a zip archive knows.
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_FILE, _PROGRAM = 0o100644, 0o100755


def bundle(platform: str, lab: Lab) -> bytes:
    """
    Return a zip archive for a platform.

    Args:
        platform: ``gradescope`` or ``prairielearn``.
        lab: To be graded; one that does not come with the package is packed, too.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data, mode in sorted(_files(platform, lab)):
            about = zipfile.ZipInfo(name, _DATE)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.create_system = 3  # Unix, for the modes to mean something
            about.external_attr = mode << 16
            packed.writestr(about, data)
    return archive.getvalue()


def _files(platform: str, lab: Lab) -> Iterator[tuple[str, bytes, int]]:
    built_in = lab.name in built_in_labs() and lab.folder.is_relative_to(_PACKAGE)
    word = lab.name if built_in else "/opt/l2harness/lab"
    for path in sorted((_BUNDLES / platform).iterdir()):
        text = path.read_text(encoding="utf-8").replace("{lab}", shlex.quote(word))
        yield path.name, text.encode(), _FILE if path.name == "Dockerfile" else _PROGRAM
    yield "install.sh", (_BUNDLES / "install.sh").read_bytes(), _PROGRAM
    yield "requirements.txt", _requirements().encode(), _FILE
    for name, data in _tree(_PACKAGE):
        yield f"l2harness/{name}", data, _FILE
    for name, data in shipped_files().items():
        yield f"l2harness/topology/shipped/{name}", data, _FILE
    if not built_in:
        for name, data in _tree(lab.folder):
            yield f"lab/{name}", data, _FILE


def _tree(top: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(top.rglob("*")):
        inside = path.relative_to(top)
        shipped = inside.parts[:2] == ("topology", "shipped")
        if path.is_file() and not shipped and not _LEFT_OUT.intersection(inside.parts):
            yield inside.as_posix(), path.read_bytes()


def _requirements() -> str:
    """What the package depends on, without its extras."""
    needs = metadata.requires("l2harness") or []
    return "".join(f"{it}\n" for it in sorted(needs) if "extra ==" not in it)
