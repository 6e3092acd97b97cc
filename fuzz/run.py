"""
Try a target for as long as you like, guided by coverage, with atheris (libFuzzer for Python).

    pip install atheris
    python fuzz/run.py archives -max_total_time=600

Options are libFuzzer's. What it has learnt stays in ``fuzz/corpus/TARGET``; an input that breaks a
promise is written beside it and tried again with ``python fuzz/run.py TARGET FILE``. Ten minutes a
target before a release are the rule; CI runs ``tests/unit/test_fuzz_*.py`` instead.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

with atheris.instrument_imports(include=["l2harness"]):
    from fuzz.targets import TARGETS, seeds


def main(arguments: list[str]) -> None:
    """Run the target that the first argument names; the others are libFuzzer's."""
    if not arguments or arguments[0] not in TARGETS:
        raise SystemExit(f"usage: fuzz/run.py TARGET [option]...; targets: {', '.join(TARGETS)}")
    target, options = arguments[0], arguments[1:]
    corpus = HERE / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (corpus / f"seed-{number}").write_bytes(seed)
    files = [option for option in options if not option.startswith("-")]
    places = [] if files else [str(corpus)]
    prefix = f"-artifact_prefix={corpus.parent}/{target}-"
    atheris.Setup([sys.argv[0], prefix, *options, *places], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
