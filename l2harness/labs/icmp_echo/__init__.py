"""Lab icmp-echo: answer a ping, with both checksums made by hand."""
