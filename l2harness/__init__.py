"""Run and grade layer-2 labs: real frames between network namespaces, verdicts from the far end.

Importing this package pulls in nothing heavy; the parts are imported where they are used.
"""

__version__ = "0.1.0"
