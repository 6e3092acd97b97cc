"""Measurements of what the project claims; run by ``make bench``."""
