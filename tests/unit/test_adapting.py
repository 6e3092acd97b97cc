"""References and mutants for other options: what is rewritten, and what is not."""

import pytest

from l2harness.errors import SpecError
from l2harness.labs.lab import find_lab, load_lab
from l2harness.labs.mutants import assemble, assembled_reference, mutants_of, reference_of

AUTUMN = """
title = "x"
extends = "pyng"
[options]
client = "pyngd"
server = "listen-er"
payload = "Ahoy all"
ethertype = 0x1234
"""


@pytest.fixture
def lab(tmp_path):
    """A lab that extends pyng and changes everything."""
    (tmp_path / "autumn").mkdir()
    (tmp_path / "autumn" / "lab.toml").write_text(AUTUMN)
    return load_lab(tmp_path / "autumn")


def test_the_reference(lab, tmp_path):
    """It is the base's, with the values of the lab in files and in their names."""
    assert reference_of(lab) == find_lab("pyng").folder / "reference"
    made = assembled_reference(lab, tmp_path / "made")
    assert {it.name for it in made.iterdir()} == {"pyngd", "listen-er", "ethernet.py"}
    client = (made / "pyngd").read_text()
    assert 'b"Ahoy all"' in client
    assert 'f"pyngd: {arguments' in client
    assert (made / "pyngd").stat().st_mode & 0o111
    assert 'f"listen-er: {arguments' in (made / "listen-er").read_text()
    assert "ETHERTYPE = 0x1234  #" in (made / "ethernet.py").read_text()


def test_mutants(lab, tmp_path):
    """So are the mutants, without those that are none with these options."""
    base = {it.name: it for it in mutants_of(find_lab("pyng"))}
    mine = {it.name: it for it in mutants_of(lab)}
    assert base.keys() - mine.keys() == {"short-payload-taken-for-padding"}
    made = assemble(lab, mine["does-not-build"], tmp_path / "one")
    assert {it.name for it in made.iterdir()} == {"Makefile", "pyngd.c", "listen-er.c"}
    assert "pyngd: pyngd.c\n\nlisten-er: listen-er.c" in (made / "Makefile").read_text()
    made = assemble(lab, mine["payload-with-line-end"], tmp_path / "two")
    assert '0x1234) . "Ahoy all\\n"' in (made / "pyngd").read_text()
    made = assemble(lab, mine["payload-in-lower-case"], tmp_path / "three")
    assert 'b"ahoy all"' in (made / "pyngd").read_text()
    assert sorted(it.name for it in tmp_path.iterdir()) == ["autumn", "one", "three", "two"]


def test_nothing_changed(tmp_path):
    """With the options it was written for, a reference is what lies there, byte by byte."""
    pyng = find_lab("pyng")
    made = assembled_reference(pyng, tmp_path / "made")
    for path in made.iterdir():
        assert path.read_bytes() == (reference_of(pyng) / path.name).read_bytes()


def test_what_is_no_source(lab, tmp_path):
    """A file that is no text stays as it is, and a link is not followed."""
    reference = lab.folder / "reference"
    reference.mkdir()
    (reference / "blob").write_bytes(b"\xff 0x88b5 pyng")
    (reference / "link").symlink_to("/etc/hostname")
    made = assembled_reference(load_lab(lab.folder), tmp_path / "made")
    assert (made / "blob").read_bytes() == b"\xff 0x88b5 pyng"
    assert (made / "link").is_symlink()


def test_a_mutant_removes_what_is_not_there(lab, tmp_path):
    """It is the lab author's mistake, with file and key."""
    wrong = lab.folder / "mutants" / "wrong"
    wrong.mkdir(parents=True)
    (wrong / "mutant.toml").write_text(
        'title = "x"\nmisconception = "crashed"\nfails = []\nremove = ["gone.py"]\n'
    )
    mine = load_lab(lab.folder)
    [mutant] = mutants_of(mine)
    with pytest.raises(SpecError, match=r"mutant\.toml: remove: the reference has no gone\.py"):
        assemble(mine, mutant, tmp_path / "made")
