"""Templates and what goes into them: the one place where a text becomes part of an HTML document.

Strategy: Jinja2 escapes whatever a template prints. Before it does, every value goes through
`l2harness.reports.escape`, so that no template can forget to make a stranger's words harmless, and
none of them is longer than a reader would read. Only the package's own markup is exempt.

Laws:
- A document loads nothing and runs nothing: its policy allows one style sheet, the one that it
  has, by its hash.
- The same result gives the same document.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

from l2harness.reports.escape import clip, html

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

#: Of one piece of text, in characters; what is longer is in `report.json`.
LONGEST_TEXT: Final = 4000
#: Columns of a ladder beyond which it is drawn without lanes: they would be too narrow.
MOST_COLUMNS: Final = 8


def document(template: str, **values: object) -> str:
    """Fill in a template of this package; everything in it is made harmless."""
    return _environment().get_template(template).render(**values) + "\n"


def style_sheet(template: str = "page.css") -> Markup:
    """The only style sheet of a page, as it stands in the document."""
    from markupsafe import Markup

    return Markup(_environment().get_template(template).render(most_columns=MOST_COLUMNS))


def policy(style: str) -> str:
    """
    The content security policy of a document with this style sheet and nothing else.

    Source: W3C, Content Security Policy Level 3, sections 2.3.1 (hashes) and 6.1 (fetching).
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("l2harness.reports.html"),
        autoescape=True,
        finalize=_finalizer(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["prose"] = _prose
    return environment


def _finalizer() -> Callable[[object], Markup]:
    """What every value goes through before it becomes part of a document."""
    from markupsafe import Markup

    def harmless(value: object) -> Markup:
        if isinstance(value, Markup):
            return value
        return Markup(html(clip(str(value), LONGEST_TEXT)))

    return harmless


def _prose(text: str) -> Markup:
    """A text in which what stands between backticks is code; an unpaired one is itself."""
    from markupsafe import Markup

    parts = clip(text, LONGEST_TEXT).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    tags = (("", ""), ("<code>", "</code>"))
    pieces = (html(part).join(tags[number % 2]) for number, part in enumerate(parts))
    return Markup("".join(pieces))
