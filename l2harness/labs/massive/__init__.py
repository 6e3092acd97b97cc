"""Lab massive: bursts from several hosts, and nothing of them is lost."""
