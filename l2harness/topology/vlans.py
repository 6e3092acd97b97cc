"""Which VLANs a port of a switch belongs to, as a topology file says it.

A `PortVlans` is what IEEE 802.1Q has as PVID, member set and untagged set of a port, in the two
words that people use: an access port is in one VLAN and knows no tags, a trunk carries several by
their tags. What a switch does with it is the business of `l2harness.network.segments`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: VLANs that can be used. Source: IEEE 802.1Q-2018, table 9-2: 0 is no VLAN, 4095 is reserved.
FIRST_VLAN: Final = 1
LAST_VLAN: Final = 4094

#: The VLAN of a port that nothing is said about. Source: IEEE 802.1Q-2018, table 9-2.
DEFAULT_VLAN: Final = 1


@dataclass(frozen=True, slots=True)
class PortVlans:
    """
    The VLANs of one port.

    Attributes:
        untagged: The VLAN of frames without a tag, both ways (the PVID); None: they are dropped.
        tagged: VLANs whose frames bear a tag here, in the order of the file.
        everything: Every VLAN but ``untagged`` is carried with its tag, and ``tagged`` is empty.
    """

    untagged: int | None = None
    tagged: tuple[int, ...] = ()
    everything: bool = False

    def has(self, vid: int) -> bool:
        """Whether the port is a member of a VLAN."""
        return vid == self.untagged or self.everything or vid in self.tagged

    def problems(self) -> Iterator[str]:
        """Yield what cannot be, in words."""
        if self.untagged is None and not self.tagged and not self.everything:
            yield "a port without a VLAN carries nothing"
        for vid in (*([] if self.untagged is None else [self.untagged]), *self.tagged):
            if not FIRST_VLAN <= vid <= LAST_VLAN:
                yield f"VLAN {vid} is not in {FIRST_VLAN}..{LAST_VLAN}"
        for number, vid in enumerate(self.tagged):
            if vid in self.tagged[:number]:
                yield f"VLAN {vid} stands here twice"
            if vid == self.untagged:
                yield f"VLAN {vid} cannot be both with and without a tag"

    def words(self) -> str:
        """Return them as a drawing shows them: ``VLAN 10``, ``VLANs 10t, 20t``."""
        said = [] if self.untagged is None else [str(self.untagged)]
        said += [f"{vid}t" for vid in self.tagged]
        if self.everything:
            said.append("all others tagged" if said else "all tagged")
        plural = "s" if len(said) > 1 or self.everything else ""
        return f"VLAN{plural} {', '.join(said)}"


#: A port that nothing is said about, on a switch that has VLANs.
ACCESS: Final = PortVlans(DEFAULT_VLAN)
#: What joins two switches that have VLANs.
TRUNK: Final = PortVlans(everything=True)
