"""``l2harness up`` and ``down``: a network that stays until it is taken down."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from l2harness.commands.options import expect_current_directory
from l2harness.commands.output import show, tell
from l2harness.errors import UsageError

if TYPE_CHECKING:
    from l2harness.live.place import Place
    from l2harness.topology import ResolvedTopology

_LONGEST_FRAME = 1514


@click.command(short_help="Build a network, and keep it until `down`.")
@click.argument("topology", required=False)
@click.option(
    "-n", "--name", metavar="NAME", help="Call it so; by default as the topology is called."
)
@click.option(
    "--min-frame",
    metavar="BYTES",
    type=click.IntRange(0, _LONGEST_FRAME),
    help="Fill shorter frames with zeros to this length, as a network card does; 0 leaves them as "
    "they are. By default as the topology says.",
)
@click.option("--no-padding", is_flag=True, help="The same as --min-frame 0.")
@click.option(
    "--seed",
    metavar="N",
    default="1",
    show_default=True,
    help="Draw the addresses that the topology leaves open from this.",
)
def up(
    topology: str | None, name: str | None, min_frame: int | None, no_padding: bool, seed: str
) -> int:
    """
    Build TOPOLOGY and keep it until `l2harness down`; it needs no root.

    TOPOLOGY is the name of one that comes with l2harness, or a YAML file. Then run programs on its
    hosts with `l2harness exec`, in as many terminals as you like, and watch with `capture`.

    \b
    Examples:
      l2harness up lecture                  the machine of the lecture
      l2harness up lecture --no-padding     its network cards fill no frame up
      l2harness up my-network.yaml --name mine

    Exit status: 0 it is ready, 2 it is up already or TOPOLOGY is no good, 3 this machine does not
    let us (see `l2harness doctor`).
    """
    from l2harness.live.client import opened_place
    from l2harness.live.place import expect_name

    if topology is None:
        from l2harness.topology import shipped_topologies

        known = ", ".join(shipped_topologies())
        raise UsageError(f"which topology? Give a YAML file, or one of these: {known}")
    if no_padding and min_frame:
        raise UsageError(
            f"--no-padding and --min-frame {min_frame} cannot both be meant: drop one of them"
        )
    expect_current_directory()
    name = expect_name(Path(topology).stem if name is None else name)
    padding = 0 if no_padding else min_frame
    with opened_place() as place, place.locked():
        place.sweep()
        _expect_down(place, name)
        built = _bring_up(place, name, topology, padding, seed)
    for it in place.swept:
        tell(f"network {it} was up, but its holder was killed; nothing of it is left")
    hosts = ", ".join(
        f"{host.name} ({' '.join(it.name for it in host.interfaces)})" for host in built.hosts
    )
    _say(f"{name} is up: {hosts}")
    return 0


def _expect_down(place: Place, name: str) -> None:
    """
    Refuse a name that a network has already.

    Raises:
        UsageError: Says since when, and what can be done.
    """
    from l2harness.live.client import standing

    for it in standing(place):
        if it.name == name:
            since = time.strftime("%H:%M:%S", time.localtime(it.since_s))
            raise UsageError(
                f"network {name} is up already, since {since}: `l2harness down {name}` takes it "
                f"down, and `--name` gives a second one another name"
            )


def _bring_up(
    place: Place, name: str, topology: str, padding: int | None, seed: str
) -> ResolvedTopology:
    from l2harness.live.holder import Birth

    birth = Birth(name, place)  # it gets ready beside what follows
    try:
        from l2harness.topology import Driver, find_topology, override, resolve

        # Every frame goes by way of the wire, so that all of them can be captured and padded.
        declared = override(find_topology(topology), driver=Driver.WIRE)
        if padding is not None:
            declared = override(declared, min_frame=padding)
        resolved = resolve(declared, seed)
        birth.build(resolved)
    except BaseException:
        birth.give_up()
        raise
    return resolved


@click.command(short_help="Take down a network that is up.")
@click.argument("name", required=False)
@click.option("--all", "every", is_flag=True, help="Take down every network that is up.")
def down(name: str | None, every: bool) -> int:
    """
    Take down network NAME, or the only one that is up. Programs that run there are ended.

    \b
    Examples:
      l2harness down
      l2harness down lecture
      l2harness down --all

    Exit status: 0 nothing of it is left, 2 it is not up, 3 it cannot be taken down.
    """
    from l2harness.live.client import choose, opened_place, standing, take_down

    if every and name is not None:
        raise UsageError(f"--all and {name!r} cannot both be meant: drop one of them")
    with opened_place() as place:
        for network in standing(place) if every else [choose(place, name)]:
            ended = take_down(place, network)
            for it in ended:
                tell(f"ended on {it.host}: {it.command} (process {it.pid})")
            _say(f"{network.name} is down")
    return 0


def _say(line: str) -> None:
    show(lambda screen: f"{line}\n")
