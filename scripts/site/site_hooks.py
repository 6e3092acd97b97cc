"""What mkdocs calls while it builds the site: pages made from the program, and their order.

Strategy: a page stands in the navigation because its file is there. `SECTIONS` says where those go
that are known; a page that is not, goes to the end of its section, or to the last one. So nobody
who adds a page has to edit a list, and a page that was not written yet is not missed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).parent))
import site_pages

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

#: Titles of sections, and the pages in them; ``/`` at the end means all that lie in that folder.
SECTIONS: Final = (
    ("Start here", ("index.md", "student.md", "instructor.md", "lab-author.md", "lecture.md")),
    ("Labs", ("labs.md", "labs/", "reference/labs.md", "reference/misconceptions.md")),
    ("Teaching", ("results.md", "ci.md", "gradescope.md", "prairielearn.md", "scale.md")),
    ("Running it", ("security.md", "backends.md", "performance.md", "troubleshooting.md")),
    ("Writing tests and labs", ("pytest.md", "topology-files.md", "lab-files.md")),
    ("Reference", ("reference/",)),
    ("Inside", ("how-it-works.md", "impairments.md", "stability.md")),
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and pictures that the program makes, and set the navigation."""
    from mkdocs.structure.files import File

    for uri, content in {**site_pages.pages(), **site_pages.pictures()}.items():
        files.append(File.generated(config, uri, content=content))
    uris = sorted(file.src_uri for file in files.documentation_pages())
    config.nav = navigation(uris)
    return files


def navigation(uris: list[str]) -> list[dict[str, list[str]]]:
    """
    Put pages in order.

    Args:
        uris: Of all pages there are, below ``docs``.

    Returns:
        Sections with their pages, as mkdocs has them under ``nav``; each page once.
    """
    left = dict.fromkeys(uris)
    sections = []
    named = {uri for _, wanted in SECTIONS for uri in wanted if not uri.endswith("/")}
    for title, wanted in SECTIONS:
        found: list[str] = []
        for entry in wanted:
            if entry.endswith("/"):
                found += [it for it in left if it.startswith(entry) and it not in named]
            elif entry in left:
                found.append(entry)
        for uri in found:
            del left[uri]
        sections.append({title: found})
    sections[-1][SECTIONS[-1][0]] += left
    return [section for section in sections if all(section.values())]
