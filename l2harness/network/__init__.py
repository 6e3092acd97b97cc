"""The running network: namespaces, links, raw sockets, the wire, and one timeline of events.

Nothing is imported here, so that asking for the mode of this process loads no network at all:
`l2harness.network.entry` comes first in every command, `l2harness.network.network` much later.
"""
