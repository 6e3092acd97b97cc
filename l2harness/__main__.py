"""``python -m l2harness``, and the console script ``l2harness``."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process, and end with its exit status."""
    from l2harness.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
