"""Every kind of page in a real browser: silent, without a request, inside the screen and the paper at every width, and free of violations."""

from __future__ import annotations

import re

import pytest

from tests.report.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS = [360, 768, 1200, 1600]
PORTRAIT, LANDSCAPE = 688, 1031
"""Pixels of the width of A4 between its margins, upright and lying."""
OUTSIDE = """width => [...document.querySelectorAll('td, th, h1, h2, p, blockquote, label, summary, figure svg, .strip')].filter(found => {
    const box = found.getBoundingClientRect(), hidden = getComputedStyle(found).clipPath != 'none';
    return box.width && !hidden && !found.closest('.scroll') && (box.right > width + 1 || box.left < -1);
}).map(found => [found.tagName, found.textContent.slice(0, 60), found.getBoundingClientRect().right])"""
"""What is drawn beyond the sides of the page; a strip's arrow may reach over the end of its cell."""
OUTSIDE_PAPER = OUTSIDE.replace(" && !found.closest('.scroll')", "")
"""On paper nothing scrolls."""
LYING = "[...document.querySelectorAll('body *')].filter(found => getComputedStyle(found).page == 'wide' && getComputedStyle(found.parentElement).page != 'wide')"
"""What is printed on paper that lies."""

FAINT_LABELS = """() => {
    const numbers = text => text.match(/[-0-9.e]+/g).map(Number);
    const parts = text => { const [r, g, b, a = 1] = numbers(text), k = text.startsWith('color(') ? 1 : 255; return [r / k, g / k, b / k, a]; };
    const over = (top, below) => [0, 1, 2].map(i => top[3] * top[i] + (1 - top[3]) * below[i]);
    const paper = found => found ? over(parts(getComputedStyle(found).backgroundColor), paper(found.parentElement)) : [1, 1, 1];
    const light = colour => colour.map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
    const contrast = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    return [...document.querySelectorAll('td')].filter(found => {
        const label = getComputedStyle(found, '::before'), below = paper(found);
        return !['none', 'normal', '""'].includes(label.content) && found.offsetWidth && contrast(light(over(parts(label.color), below)), light(below)) < 4.5;
    }).map(found => [getComputedStyle(found, '::before').content, found.outerHTML.slice(0, 120)]);
}"""
"""Labels that a style puts into cells, which axe does not see, with less contrast than WCAG 2.2 asks of text."""


def test_says_nothing_and_asks_for_nothing(opened):
    opened.page.wait_for_load_state("networkidle")
    assert opened.said == []
    assert [url for url in opened.asked if not url.startswith("data:")] == [opened.path.as_uri()]
    scripts = "[...document.scripts].filter(found => found.type != 'application/json').length"
    assert opened.page.evaluate(scripts) == 0


def test_everything_is_inside_the_page(opened, name):
    """At every width, as it is loaded and with everything unfolded."""
    for unfolded in (False, True):
        if unfolded:
            opened.unfold()
        for width in WIDTHS:
            opened.page.set_viewport_size({"width": width, "height": 800})
            if name != "notebook":  # which scrolls what an object shows, and so has no width to keep to
                assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, (width, unfolded)
                assert opened.page.evaluate(OUTSIDE, width) == [], (width, unfolded)


def test_everything_is_inside_the_paper(opened, name):
    if name == "notebook":
        return
    page = opened.page
    page.set_viewport_size({"width": PORTRAIT, "height": 1000})
    page.emulate_media(media="print")
    n_lying = page.evaluate(f"{{ window.lying = {LYING}; lying.forEach(found => {{ found.hidden = true }}); lying.length }}")
    assert page.evaluate(OUTSIDE_PAPER, PORTRAIT) == []
    page.evaluate("lying.forEach(found => { found.hidden = false })")
    page.set_viewport_size({"width": LANDSCAPE, "height": 700})
    assert page.evaluate(OUTSIDE_PAPER, LANDSCAPE) == []
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf[:5] == b"%PDF-"
    # Pages that lie are in the document where something asks for them, and nowhere else.
    sizes = {tuple(float(side) for side in box.split()[2:]) for box in re.findall(rb"/MediaBox \[([^]]*)\]", pdf)}
    assert sizes
    assert (n_lying > 0) == any(width > height for width, height in sizes)


def test_axe_finds_no_violation(browser, reports, axe, name):
    # The page's own policy forbids scripts, also this one, unless the browser is told to let the test's in.
    with Visit(browser, reports[name], bypass_csp=True) as visit:
        visit.unfold()
        visit.page.evaluate(axe)
        # Every rule runs, and in the dark again those that look at colours. Of what they find, axe reports one element and not thousands.
        for scheme, rules in (("light", ""), ("dark", ", runOnly: ['color-contrast', 'link-in-text-block']")):
            visit.page.emulate_media(color_scheme=scheme)
            found = visit.page.evaluate(f"axe.run(document, {{resultTypes: ['violations']{rules}}})")
            problems = [
                (rule["id"], rule["nodes"][0]["html"][:120], rule["nodes"][0]["failureSummary"]) for rule in found["violations"]
            ]
            assert problems == [], scheme
            assert found["passes"]


def test_complete_without_javascript(browser, reports, opened, name):
    with Visit(browser, reports[name], java_script_enabled=False) as visit:
        assert visit.page.inner_text("body") == opened.page.inner_text("body")
        assert visit.page.locator("table tbody tr").count() > 1


def test_labels_of_cells_can_be_read(opened):
    opened.unfold()
    opened.page.set_viewport_size({"width": 360, "height": 800})
    for scheme in ("light", "dark"):
        opened.page.emulate_media(color_scheme=scheme)
        assert opened.page.evaluate(FAINT_LABELS) == [], scheme
