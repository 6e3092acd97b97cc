"""Pages and pictures of the site that are taken from the program itself. Pure."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

import click

from l2harness.cli import cli
from l2harness.labs.lab import Lab, built_in_labs, find_lab
from l2harness.labs.misconceptions.lesson import Misconception
from l2harness.labs.misconceptions.loading import knowledge_of
from l2harness.labs.rubric import rubric_of
from l2harness.programs.limits import Limits
from l2harness.topology import draw_svg, find_topology, shipped_topologies

_SCHEMA: Final = "reports/schema/report-1.json"


def pages() -> dict[str, str]:
    """Return the text of each page by its path below ``docs``."""
    return {
        "reference/commands.md": commands(),
        "reference/report.md": report(),
        "reference/labs.md": labs(),
        "reference/misconceptions.md": misconceptions(),
        "reference/limits.md": limits(),
    }


def pictures() -> dict[str, str]:
    """Return the SVG of each shipped topology, and of the network of each lab."""
    drawn = {name: draw_svg(find_topology(name)) for name in shipped_topologies()}
    drawn |= {f"lab-{name}": draw_svg(find_lab(name).topology) for name in built_in_labs()}
    return {f"pictures/{name}.svg": svg for name, svg in drawn.items()}


# -- commands -----------------------------------------------------------------------------------


def commands() -> str:
    """Return the page of every command and option, as the commands say it themselves."""
    parts = [
        "# Commands",
        "Every command with everything it takes; `l2harness COMMAND --help` says the same.",
        f"```text\n{_usage(cli, 'l2harness')}\n```",
        *_paragraphs(cli.help or ""),
        _text(cli.epilog or ""),
    ]
    for name, command in _visible(cli, "l2harness"):
        parts += [f"## {name}", f"```text\n{_usage(command, name)}\n```"]
        parts += _paragraphs(command.help or "")
        parts += filter(None, (_option(it) for it in command.params))
        parts += _paragraphs(command.epilog or "")
    return "\n\n".join(filter(None, parts)) + "\n"


def _visible(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    for below, command in group.commands.items():
        if command.hidden:
            continue
        yield f"{name} {below}", command
        if isinstance(command, click.Group):
            yield from _visible(command, f"{name} {below}")


def _usage(command: click.Command, name: str) -> str:
    ctx = click.Context(command, info_name=name)
    return " ".join([name, *command.collect_usage_pieces(ctx)])


def _paragraphs(help_text: str) -> list[str]:
    """What click prints as it stands (after ``\\b``) becomes code, the rest text."""
    found = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(help_text)):
        if not paragraph.startswith("\b"):
            found.append(_text(" ".join(paragraph.split())))
            continue
        title, _, lines = paragraph.removeprefix("\b").strip("\n").partition("\n")
        found += [_text(title), "```text\n" + _undented(lines) + "\n```"]
    return found


def _undented(lines: str) -> str:
    return "\n".join(line.removeprefix("  ") for line in lines.splitlines())


def _option(parameter: click.Parameter) -> str:
    if not isinstance(parameter, click.Option) or parameter.hidden:
        return ""
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    shown, _ = parameter.get_help_record(click.Context(cli)) or ("", "")
    metavar = shown.rpartition(", ")[2].partition(" ")[2]  # behind the last of its names
    value = "" if parameter.is_flag else f" `{metavar}`"
    default = f" Default: `{parameter.default}`." if parameter.show_default else ""
    need = " Required." if parameter.required else ""
    return f"{names}{value}\n:   {_text(parameter.help or '')}{need}{default}"


# -- the report ---------------------------------------------------------------------------------


def report() -> str:
    """Return the page of the fields of ``report.json``, from its JSON Schema."""
    schema = json.loads((files("l2harness") / _SCHEMA).read_text(encoding="utf-8"))
    parts = [
        "# Fields of report.json",
        _text(schema["description"]),
        "This page is made from the JSON Schema that comes with l2harness; "
        f"`l2harness/{_SCHEMA}` is the schema itself. Every field that is listed is there.",
        _fields(schema),
    ]
    for name, inner in _inner(schema):
        parts += [f"## {name}", _text(inner.get("description", "")), _fields(inner)]
    for name, definition in schema["$defs"].items():
        parts += [f"## {name} {{ #{name} }}", _text(definition.get("description", ""))]
        parts.append(_fields(definition) or f"A value: {_kind(definition)}.")
        for path, inner in _inner(definition, f"{name}."):
            parts += [f"### {path}", _text(inner.get("description", "")), _fields(inner)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _inner(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Objects that are written out in place, however deep, with their paths."""
    for name, field in schema.get("properties", {}).items():
        inner = field.get("items", field)
        if "properties" in inner:
            yield path + name, {"description": field.get("description", ""), **inner}
            yield from _inner(inner, f"{path}{name}.")


def _fields(schema: Mapping[str, Any]) -> str:
    rows = [
        f"| `{name}` | {_kind(field)} | {_cell(field.get('description', ''))} |"
        for name, field in schema.get("properties", {}).items()
    ]
    return "\n".join(["| field | value | meaning |", "|---|---|---|", *rows]) if rows else ""


def _kind(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if "enum" in field:
        return ", ".join(f"`{json.dumps(it)}`" for it in field["enum"])
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    for several in ("anyOf", "oneOf"):
        if several in field:
            return " or ".join(_kind(it) for it in field[several])
    kind = field.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


# -- labs ---------------------------------------------------------------------------------------


def labs() -> str:
    """Return the page of the labs: programs, network and every check with its points."""
    parts = [
        "# Checks and points",
        "What each lab asks for, taken from the lab itself; `l2harness labs NAME` shows the same.",
    ]
    for lab in map(find_lab, built_in_labs()):
        parts += [f"## {lab.name}", _text(f"{lab.title}.")]
        parts += [f"- `{name}`: {_text(words)}" for name, words in lab.programs.items()]
        parts.append(f"![The network of lab {lab.name}](../pictures/lab-{lab.name}.svg)")
        parts.append(_rubric(lab))
    return "\n\n".join(parts) + "\n"


def _rubric(lab: Lab) -> str:
    rows = [
        f"| `{spec.id}` | {spec.points:g} | {_cell(spec.title)} | "
        f"{', '.join(f'`{it}`' for it in spec.needs)} |"
        for spec in rubric_of(lab)
    ]
    return "\n".join(["| check | points | what is true | needs |", "|---|---:|---|---|", *rows])


def misconceptions() -> str:
    """Return the page of the catalogue: each mistake that is known, as its lesson tells it."""
    parts = [
        "# Misconceptions",
        "The wrong idea behind wrong bytes. A report names the one it has seen; "
        "`l2harness explain ID` tells its lesson.",
    ]
    for id, lesson in sorted(_lessons().items()):
        parts += [f"## {id} {{ #{id} }}", f"**{_text(lesson.title)}**"]
        parts += [
            f"What shows it: {_text(lesson.seen)}",
            _text(lesson.why),
            _text(lesson.find_out),
        ]
        if lesson.command:
            parts.append(f"```sh\n{lesson.command}\n```")
        if lesson.filter:
            parts.append(f"As a display filter for Wireshark: `{lesson.filter}`")
    return "\n\n".join(parts) + "\n"


def _lessons() -> dict[str, Misconception]:
    return {
        id: lesson
        for name in built_in_labs()
        for id, lesson in knowledge_of(find_lab(name)).lessons.items()
    }


def limits() -> str:
    """Return the page of the limits of programs, from the class that holds them."""
    said = inspect.cleandoc(Limits.__doc__ or "").partition("Attributes:")[2]
    rows = []
    for name, words in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", said, re.MULTILINE):
        rows.append(
            f"| `{name}` | {getattr(Limits(), name):,} | {_cell(' '.join(words.split()))} |"
        )
    table = ["| limit | unless said otherwise | of |", "|---|---:|---|", *rows]
    words = "What a program may use. A lab sets others under `[limits]` in its `lab.toml`."
    return "\n\n".join(["# Limits", words, "\n".join(table)]) + "\n"


# -- Markdown -----------------------------------------------------------------------------------


def _text(words: str) -> str:
    """Words as Markdown shows them, with what stands between back quotes left alone."""
    pieces: Iterable[str] = re.split(r"(`[^`]*`)", words)
    return "".join(
        piece if piece.startswith("`") else re.sub(r"([\\*_<>\[\]#|])", r"\\\1", piece)
        for piece in pieces
    )


def _cell(words: str) -> str:
    return _text(words).replace("\n", " ")
