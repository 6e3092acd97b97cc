"""The student's page: one HTML file that needs nothing else, drawn from a result alone.

Strategy: each module turns a part of a `Result` into small frozen values (fields of a frame, ways
of frames, rows of a ladder), without a tag in them; the templates beside them are the only place
where HTML is written, and `document` the only one where a text becomes part of it.
"""

from l2harness.reports.html.page import to_html

__all__ = ["to_html"]
