"""The page that walks through the lecture: what it says is what happens."""

import shutil
import sys
from pathlib import Path

import pytest
from standing import Commands, Terminal
from walkthrough import run_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "lecture.md"
#: The questions of the lecture, of which none may be left out.
CONSIDERATIONS = (
    "What data is sent?",
    "Why does the payload contain many zero?",
    "How do we send and receive data in the sample code?",
    "What is `struct.pack('!6s6sH', …)`?",
    "What does the magic number `0x88b5` mean?",
    "What kinds of packets are displayed in Wireshark?",
    "What does the MAC address `ff:ff:ff:ff:ff:ff` mean?",
    "What is `select` in the server side sample code?",
    "How can we handle massive requests?",
)


@pytest.fixture
def commands(tmp_path):
    """The commands, found by a shell as a user's are, and networks for this test alone."""
    made = Commands(tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, line in (
        ("l2harness", f'exec "{sys.executable}" -m l2harness "$@"'),
        ("python3", f'exec "{sys.executable}" "$@"'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    made.environment |= {"NO_COLOR": "1", "COLUMNS": "80"}
    made.environment["PATH"] = f"{programs}:{made.environment['PATH']}"
    yield made
    made.close()


@pytest.mark.skipif(
    not (shutil.which("tshark") and shutil.which("curl")), reason="apt-get install tshark curl"
)
def test_the_page(commands, tmp_path):
    """Every snippet can be run in the order of the page, and prints what the page says."""
    place = tmp_path / "place"
    place.mkdir()
    text = PAGE.read_text(encoding="utf-8")
    done = run_page(text, place, commands.environment, Terminal)
    assert len(done) > 25


def test_every_question_has_an_answer():
    """Each of the lecture's considerations is a heading with a snippet or a reference below it."""
    text = PAGE.read_text(encoding="utf-8")
    for question in CONSIDERATIONS:
        answer = text.partition(f"### {question}\n")[2].partition("\n#")[0]
        assert "```console" in answer or "capture" in answer, question
