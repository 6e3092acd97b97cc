"""What `make demo` grades: the examples, and nothing that merely lies beside them."""

from pathlib import Path

from l2harness.labs.lab import find_lab
from l2harness.programs.uploads import find_uploads

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_everything_there_is_an_example():
    """Six submissions come out of the folder, and its page describes each of them."""
    names = [upload.name for upload in find_uploads([EXAMPLES], find_lab("pyng").programs)]
    assert len(names) == 6
    page = (EXAMPLES / "README.md").read_text()
    assert [name for name in names if name not in page] == []
