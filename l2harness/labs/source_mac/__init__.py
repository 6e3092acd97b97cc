"""Lab source-mac: the listener of the second lecture, which prints who sends."""
