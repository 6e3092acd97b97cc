"""The page of a class in a real browser: readable on every screen, silent, usable when large."""

from __future__ import annotations

from functools import cache

import pytest
from class_samples import every_class
from test_page_in_browser import TELEPHONE, TEXTS, contrast, show  # noqa: F401 - a fixture

from l2harness.reports.class_page import to_class_page
from l2harness.reports.class_sums import sum_up

CLASSES = ("none", "one", "a class", "hostile", "large")


@cache
def page(name):
    """The page of one of the classes."""
    return to_class_page(sum_up(every_class()[name], absent=["Absent"]))


@pytest.mark.parametrize("name", CLASSES)
class TestEveryClass:
    """What is true of every class, on every screen."""

    def test_nothing_is_complained_about(self, show, console, name):  # noqa: F811
        """The console stays empty, and nothing is fetched."""
        driver = show(page(name))
        assert console() == []
        fetched = "return performance.getEntriesByType('resource').map(it => it.name)"
        assert driver.execute_script(fetched) == []

    @pytest.mark.parametrize(
        ("scheme", "media"), [("light", "screen"), ("dark", "screen"), ("dark", "print")]
    )
    def test_contrast(self, show, name, scheme, media):  # noqa: F811
        """All text stands out from what is behind it: WCAG 2.2 AA, 1.4.3."""
        faint = []
        for it in show(page(name), scheme=scheme, media=media).execute_script(TEXTS):
            large = it["size"] >= 24 or (it["bold"] and it["size"] >= 18.66)
            ratio = contrast(it["colour"], it["ground"])
            if ratio < (3 if large else 4.5):
                faint.append((it["words"], round(ratio, 2)))
        assert faint == []

    def test_on_a_telephone(self, show, name):  # noqa: F811
        """Nothing but the map, which can be scrolled in its box, is wider than 360 pixels."""
        driver = show(page(name), width=TELEPHONE)
        texts = driver.execute_script(TEXTS)  # opens everything
        assert driver.execute_script("return document.documentElement.scrollWidth") <= TELEPHONE
        assert [it["words"] for it in texts if it["size"] < 9.5] == []


def test_the_heads_of_the_map_stay(show):  # noqa: F811
    """However far down a large class one looks, the names of the checks are in sight."""
    driver = show(page("large"))
    last = driver.find_elements("css selector", ".map tbody tr")[-1]
    driver.execute_script("arguments[0].scrollIntoView({block: 'end'})", last)
    head = driver.find_element("css selector", ".map .id th:last-child span")
    where = "return arguments[0].getBoundingClientRect().top"
    assert 0 <= driver.execute_script(where, head) < driver.execute_script(where, last) < 800


def test_cells_are_told(show):  # noqa: F811
    """Assistive technology reads a table with heads, and each cell as its mark."""
    driver = show(page("a class"))
    tree = driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    shown = [it for it in tree if not it.get("ignored")]
    roles = [it["role"]["value"] for it in shown]
    assert {"banner", "navigation", "main", "table", "columnheader", "rowheader"} <= set(roles)
    names = [it.get("name", {}).get("value", "") for it in shown]
    assert "✗" in names
