"""``l2harness draw``: pictures of networks, on the terminal and into files."""

import os
import xml.etree.ElementTree as ElementTree

import pytest

from l2harness.cli import run
from l2harness.topology import draw_svg, draw_text, find_topology, resolve, shipped_topologies


class TestPicture:
    """What is drawn."""

    @pytest.mark.parametrize("name", shipped_topologies())
    def test_every_shipped_one(self, name, capsys):
        """Each can be drawn with characters and as SVG."""
        assert run(["draw", name]) == 0
        assert capsys.readouterr().out == draw_text(find_topology(name)) + "\n"
        assert run(["draw", name, "--svg"]) == 0
        assert capsys.readouterr().out == draw_svg(find_topology(name))

    def test_ascii(self, capsys):
        """With --ascii there is no other character; without it there is."""
        assert run(["draw", "segment", "--ascii"]) == 0
        assert capsys.readouterr().out.isascii()
        assert run(["draw", "segment"]) == 0
        assert not capsys.readouterr().out.isascii()

    def test_addresses(self, capsys):
        """With --seed the addresses of that seed are shown."""
        assert run(["draw", "pair", "--seed", "42"]) == 0
        address = str(resolve(find_topology("pair"), "42").interface("h1.eth0").mac)
        assert address in capsys.readouterr().out

    def test_a_strangers_file(self, tmp_path, capsys):
        """A path names a file; what it says cannot do anything to a terminal."""
        file = tmp_path / "mine.yaml"
        file.write_text(
            'description: "a \\u202ebc"\n'
            "hosts:\n  a: {eth0: lan}\n  b: {eth0: lan}\n"
            "segments:\n  lan: {kind: cable}\n"
        )
        run(["draw", str(file)])
        printed = capsys.readouterr()
        assert "\u202e" not in printed.out + printed.err

    def test_a_wrong_file(self, tmp_path, capsys):
        """What is wrong is told with file and line; status 2."""
        file = tmp_path / "mine.yaml"
        file.write_text("hosts:\n  a: {eth0: lan}\nsegment:\n  lan: {kind: cable}\n")
        assert run(["draw", str(file)]) == 2
        assert f"{file}:3: " in capsys.readouterr().err


class TestFile:
    """Where it is written."""

    def test_by_its_ending(self, tmp_path, capsys):
        """A file that ends with .svg is SVG, any other is text; nothing is printed."""
        assert run(["draw", "pair", "-o", str(tmp_path / "new" / "pair.svg")]) == 0
        assert run(["draw", "pair", "-o", str(tmp_path / "pair.txt")]) == 0
        assert run(["draw", "pair", "--svg", "-o", str(tmp_path / "pair")]) == 0
        assert capsys.readouterr() == ("", "")
        for file in (tmp_path / "new" / "pair.svg", tmp_path / "pair"):
            assert ElementTree.parse(file).getroot().tag.endswith("svg")
        assert (tmp_path / "pair.txt").read_text() == draw_text(find_topology("pair")) + "\n"

    def test_where_it_cannot_be(self, tmp_path, capsys):
        """A file that cannot be written is told; status 2, and nothing is left behind."""
        (tmp_path / "file").write_text("mine")
        assert run(["draw", "pair", "-o", str(tmp_path / "file" / "pair.svg")]) == 2
        assert "Name another directory" in capsys.readouterr().err
        assert os.listdir(tmp_path) == ["file"]
