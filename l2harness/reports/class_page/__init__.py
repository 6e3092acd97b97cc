"""The page of a class: one HTML file that needs nothing else, drawn from a summary alone.

Strategy: `page` puts what a `ClassSummary` says into the order in which an instructor needs it,
`chart` gives lengths to numbers; the template beside those of the student's page is the only place
where HTML is written. The page is for the instructor: it shows every check and every name.
"""

from l2harness.reports.class_page.page import to_class_page

__all__ = ["to_class_page"]
