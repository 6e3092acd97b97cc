"""Lays what build.sh has made into the wheel, and says for which machines that is."""

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Where it lies.
_VARIABLE = "L2HARNESS_UML_BUILD"
_PRODUCTS = ("linux", "config", "SOURCE")
#: Static, so whatever the C library: as old as pip knows names for.
_TAG = "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64"


class ProductsHook(BuildHookInterface):
    """Runs while the wheel is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the program and what belongs to it; refuse another kernel than the wheel says."""
        place = Path(os.environ.get(_VARIABLE, Path(self.root, "out")))
        missing = [name for name in _PRODUCTS if not (place / name).is_file()]
        if missing:
            raise SystemExit(f"{place} has no {', '.join(missing)}: run uml/build.sh")
        said = subprocess.run(
            [place / "linux", "--version"], capture_output=True, text=True, check=True
        ).stdout.strip()
        if said != self.metadata.version:
            raise SystemExit(f"{place}/linux is {said}, and pyproject.toml says otherwise")
        for name in _PRODUCTS:
            build_data["force_include"][str(place / name)] = f"l2harness_uml/{name}"
        build_data["pure_python"] = False
        build_data["tag"] = _TAG
