"""The student's page in a real browser: readable, usable, silent, proof against its content."""

from __future__ import annotations

import json

import pytest
from pages import flooded, swapped
from results import failing, hostile, perfect, unjudged

from l2harness.reports.html import to_html

WORDS = "x" * 300
PAGES = {
    "perfect": perfect(),
    "failing": failing(),
    "unjudged": unjudged(),
    "swapped": swapped(),
    "flooded": flooded(),
    "hostile": hostile(),
    "one long word": hostile(WORDS),
}
TELEPHONE, DESK = 360, 1000
#: Long enough for a machine that is busy.
_PATIENCE_S = 60

#: Every piece of text that can be seen: its colour, what lies behind it, its size.
#: Colours of the canvas are read back from a canvas, whatever notation they were written in.
TEXTS = """
    document.querySelectorAll('details').forEach(it => it.open = true);
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const rgba = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const behind = element => {
        for (let it = element; it; it = it.parentElement) {
            const colour = rgba(getComputedStyle(it).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255, 255];
    };
    const under = text => {
        const box = text.getBoundingClientRect();
        const x = box.x + box.width / 2, y = box.y + box.height / 2;
        let found = null;
        for (const it of text.closest('svg').querySelectorAll('rect')) {
            const around = it.getBoundingClientRect();
            if (around.left <= x && x <= around.right && around.top <= y && y <= around.bottom)
                found = it;
        }
        return found ? rgba(getComputedStyle(found).fill) : behind(text.closest('figure'));
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const words = walker.currentNode.textContent.trim();
        if (!words || !element.checkVisibility({visibilityProperty: true})) continue;
        const style = getComputedStyle(element);
        if (style.clipPath !== 'none' || element.closest('.skip')) continue;
        const drawn = element.closest('svg');
        const width = drawn ? drawn.getBoundingClientRect().width : 1;
        const scale = drawn ? width / drawn.viewBox.baseVal.width : 1;
        found.push({
            words: words.slice(0, 40),
            colour: rgba(drawn ? style.fill : style.color),
            ground: drawn ? under(element) : behind(element),
            size: parseFloat(style.fontSize) * scale,
            bold: parseInt(style.fontWeight) >= 700,
        });
    }
    return found;
"""


@pytest.fixture
def show(driver, tmp_path):
    """Open a page: ``show("swapped", width=360, scheme="dark", media="print")``."""

    def open_page(page, *, width=DESK, scheme="light", media="screen"):
        document = to_html(PAGES[page]) if page in PAGES else page
        path = tmp_path / "report.html"
        path.write_text(document, encoding="utf-8")
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"media": media, "features": features}
        )
        driver.get(path.as_uri())
        return driver

    return open_page


def luminance(colour) -> float:
    """Source: WCAG 2.2, relative luminance."""
    parts = [part / 255 for part in colour[:3]]
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other) -> float:
    """Source: WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("page", PAGES)
class TestEveryPage:
    """What is true of every page, on every screen."""

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_nothing_is_complained_about(self, show, console, page, scheme):
        """The console stays empty, and nothing is fetched."""
        driver = show(page, scheme=scheme)
        assert console() == []
        fetched = "return performance.getEntriesByType('resource').map(it => it.name)"
        assert driver.execute_script(fetched) == []

    @pytest.mark.parametrize(
        ("scheme", "media"), [("light", "screen"), ("dark", "screen"), ("dark", "print")]
    )
    def test_contrast(self, show, page, scheme, media):
        """All text stands out from what is behind it: WCAG 2.2 AA, 1.4.3."""
        texts = show(page, scheme=scheme, media=media).execute_script(TEXTS)
        assert len(texts) > 10
        faint = []
        for it in texts:
            large = it["size"] >= 24 or (it["bold"] and it["size"] >= 18.66)
            ratio = contrast(it["colour"], it["ground"])
            if ratio < (3 if large else 4.5):
                faint.append((it["words"], round(ratio, 2), it["colour"], it["ground"]))
        assert faint == []

    def test_on_a_telephone(self, show, page):
        """Nothing is wider than 360 pixels, whatever is opened, and no text is tiny."""
        driver = show(page, width=TELEPHONE)
        texts = driver.execute_script(TEXTS)  # opens everything
        assert driver.execute_script("return document.documentElement.scrollWidth") <= TELEPHONE
        beyond = """
            return [...document.body.querySelectorAll('*')]
                .filter(it => !it.closest('.skip'))
                .filter(it => it.getBoundingClientRect().right > arguments[0] + 0.5)
                .map(it => it.outerHTML.slice(0, 120));
        """
        assert driver.execute_script(beyond, TELEPHONE) == []
        assert [it["words"] for it in texts if it["size"] < 9.5] == []

    def test_on_paper(self, show, page):
        """It prints: dark on white, without what only a screen needs."""
        driver = show(page, scheme="dark", media="print")
        ground = "return getComputedStyle(document.body).backgroundColor"
        assert driver.execute_script(ground) == "rgb(255, 255, 255)"
        assert not driver.find_element("tag name", "nav").is_displayed()
        assert len(driver.execute_cdp_cmd("Page.printToPDF", {})["data"]) > 10_000


class TestBytes:
    """The frame view, as it is seen."""

    def test_the_right_bytes_stand_over_the_wrong_ones(self, show):
        """Marked, one under the other, and in colours that nothing else has."""
        driver = show("swapped")
        want, got = driver.find_elements("css selector", "#check-client\\.ethertype .hex .x")
        assert (want.text, got.text) == ("88 b5", "b5 88")
        assert want.rect["x"] == pytest.approx(got.rect["x"], abs=1)
        assert 0 < got.rect["y"] - want.rect["y"] < 40
        plain = driver.find_element("css selector", "#check-client\\.ethertype .f-source")
        colours = {it.value_of_css_property("background-color") for it in (want, got, plain)}
        assert len(colours) == 3

    def test_columns_of_bytes_are_straight(self, show):
        """Every row begins at the same place, so that offsets can be counted."""
        for width in (DESK, TELEPHONE):
            driver = show("swapped", width=width)
            script = """
                const dump = document.querySelector('#check-client\\\\.ethertype .dump');
                return [...dump.querySelectorAll('.row')].map(row =>
                    [...row.querySelectorAll('.hex')].map(it =>
                        it.getBoundingClientRect().x - row.getBoundingClientRect().x));
            """
            places = {round(x, 1) for row in driver.execute_script(script) for x in row}
            assert len(places) == 1

    def test_an_arrow_ends_in_the_columns_of_its_hosts(self, show):
        """The line of a frame runs from its sender's lane to its receiver's."""
        driver = show("swapped")
        script = """
            const middle = it => {
                const box = it.getBoundingClientRect();
                return box.x + box.width / 2;
            };
            const heads = [...document.querySelectorAll('.hosts .head-of')].map(middle);
            const line = document.querySelector('li.frame .line').getBoundingClientRect();
            return [heads, [line.left, line.right]];
        """
        heads, ends = driver.execute_script(script)
        assert ends == pytest.approx(heads, abs=1.5)


class TestHands:
    """Without a mouse, and without eyes."""

    def test_the_keyboard_reaches_everything(self, show):
        """The first key skips to the checks; a check opens and closes with Enter."""
        from selenium.webdriver import ActionChains, Keys

        driver = show("failing")
        ActionChains(driver).send_keys(Keys.TAB).perform()
        skip = driver.switch_to.active_element
        assert skip.text == "Skip to the checks"
        assert skip.rect["x"] >= 0
        check = driver.find_element("id", "check-client.sends")
        summary = check.find_element("tag name", "summary")
        for expected in ("true", None):
            summary.send_keys(Keys.ENTER)
            assert check.get_attribute("open") == expected

    def test_what_assistive_technology_is_told(self, show):
        """Pictures and dumps are passed over; the table says the same in words."""
        from selenium.webdriver.support.wait import WebDriverWait

        driver = show("swapped")

        def whole(driver):
            """The tree is made after the page, from top to bottom."""
            tree = driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
            shown = [it for it in tree if not it.get("ignored")]
            roles = {it["role"]["value"] for it in shown}
            landmarks = {"banner", "navigation", "main", "contentinfo", "table"}
            return (shown, roles) if landmarks <= roles else None

        shown, roles = WebDriverWait(driver, _PATIENCE_S).until(whole)
        assert "image" not in roles
        names = [it.get("name", {}).get("value", "") for it in shown]
        assert any("bytes 12–13: EtherType, expected 88 b5, got b5 88" in name for name in names)

    def test_dark_is_dark(self, show):
        """Who asked for a dark screen gets one."""
        grounds = []
        for scheme in ("light", "dark"):
            driver = show("swapped", scheme=scheme)
            script = "return getComputedStyle(document.body).backgroundColor"
            grounds.append(
                json.loads(
                    driver.execute_script(script)
                    .replace("rgb", "")
                    .translate(str.maketrans("()", "[]"))
                )
            )
        light, dark = map(luminance, grounds)
        assert light > 0.8
        assert dark < 0.05


class TestHostile:
    """A stranger's words in a page that somebody trusts."""

    def test_they_are_words(self, show):
        """What would be a script can be read, and is none."""
        driver = show("hostile")
        driver.execute_script("document.querySelectorAll('details').forEach(it => it.open = true)")
        shown = driver.find_element("tag name", "body").text
        assert "<script>alert(1)</script>" in shown
        assert "␛]0;owned␇" in shown
        assert driver.find_elements("css selector", "script, iframe, img, object, form") == []

    @pytest.mark.parametrize(
        "attack",
        [
            "<script>document.title = 'owned'</script>",
            "<img src=https://evil.example/x onerror=\"document.title = 'owned'\">",
            "<style>body { background: url(https://evil.example/x) }</style>",
            "<p style='position: fixed'>owned</p>",
        ],
    )
    def test_the_policy_would_stop_what_got_through(self, show, console, attack):
        """Even markup in the page does nothing; the console tells that it was tried."""
        document = to_html(perfect()).replace("<main>", f"<main>{attack}")
        driver = show(document)
        assert "owned" not in driver.title
        assert any("Content Security" in message for message in console())

    def test_the_control(self, show):
        """Without the policy, the same script runs: the test above can fail."""
        document = to_html(perfect()).replace(
            "<main>", "<main><script>document.title='x'</script>"
        )
        start, rest = document.split('<meta http-equiv="Content-Security-Policy"')
        assert show(start + rest.partition(">")[2]).title == "x"
