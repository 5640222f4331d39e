"""How a page is read in a real browser: its first screen, its budget, its tabs and marks, and what is printed."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SEVEN, EXPLAINED = pytest.mark.xdist_group("seven"), pytest.mark.xdist_group("explained")
"""The worker that has a page already."""


@pytest.mark.parametrize(
    ("name", "height", "size"),
    [
        pytest.param(*budget, marks=pytest.mark.xdist_group(budget[0]))
        for budget in (("two", 5500, 200_000), ("seven", 5000, 250_000), ("twelve", 8000, 400_000))
    ],
)
def test_page_keeps_to_its_budget(visit, name, height, size):
    with visit(name, viewport={"width": 1200, "height": 900}) as seen:
        assert seen.path.stat().st_size <= size
        assert seen.page.evaluate("document.documentElement.scrollHeight") <= height


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("two", "seven", "twelve", "gate")]
)
def test_the_first_screen_has_the_verdict_and_two_pictures(visit, name):
    with visit(name, viewport={"width": 1200, "height": 900}) as seen:
        boxes = [found.bounding_box() for found in seen.page.locator(".first figure .wide svg").all()]
        assert len(boxes) == 2
        assert all(box["y"] + box["height"] <= 900 and box["width"] > 300 for box in boxes)
        verdict = seen.page.locator("h1").bounding_box()
        assert verdict["y"] + verdict["height"] <= min(box["y"] for box in boxes)


@SEVEN
def test_only_what_scrolls_is_a_tab_stop(visit):
    """Beside links, fields and what unfolds."""
    with visit("seven") as seen:
        seen.unfold()
        stops = seen.page.evaluate("[...document.querySelectorAll('[tabindex]')].map(found => found.classList[0])")
        assert set(stops) <= {"scroll"}
        assert seen.page.locator("[title]").count() == 0


@SEVEN
def test_heads_stay_in_view(visit):
    with visit("seven") as seen:
        seen.page.evaluate(
            "window.scrollTo(0, document.querySelector('.scores tbody tr:nth-child(5)').getBoundingClientRect().top)"
        )
        seen.page.wait_for_timeout(100)
        head = seen.page.locator(".scores thead th").nth(2).bounding_box()
        assert 0 <= head["y"] < 60


@SEVEN
def test_a_tab_shows_another_candidate_without_a_script(visit):
    with visit("seven", java_script_enabled=False) as seen:
        shown = seen.page.locator(".panel.candidate:visible")
        assert shown.count() == 1
        before = shown.inner_text()
        seen.page.click("label[for=tab-2]")
        assert shown.count() == 1
        assert shown.inner_text() != before
        rows = seen.page.locator(".panel.human .passage").all(), seen.page.locator(".panel.candidate:visible > .passage").all()
        for human, own in zip(*rows, strict=True):
            assert human.locator("h4").inner_text().split()[0] == own.locator("h4").inner_text().split()[0]
            assert abs(human.bounding_box()["y"] - own.bounding_box()["y"]) < 2


@SEVEN
def test_surprise_is_coloured_when_it_is_chosen(visit):
    colour = "found => getComputedStyle(found).backgroundColor"
    with visit("seven", java_script_enabled=False) as seen:
        one = seen.page.locator(".panel.human i").first
        assert one.evaluate(colour) == "rgba(0, 0, 0, 0)"
        seen.page.check("#mark-surprise")
        assert one.evaluate(colour) != "rgba(0, 0, 0, 0)"


@SEVEN
def test_all_samples_are_printed(visit):
    with visit("seven") as seen:
        seen.page.emulate_media(media="print")
        heights = seen.page.evaluate("[...document.querySelectorAll('.panel')].map(found => found.clientHeight)")
        assert len(heights) == 7  # six candidates, and human text in the place of the seventh, its control
        assert min(heights) > 0


@EXPLAINED
def test_print_unfolds_everything_but_the_data_of_figures(visit):
    with visit("explained") as seen:
        seen.page.emulate_media(media="print")
        folded = "details:not([open]):not(.figure-data)"
        heights = seen.page.evaluate(
            f"[...document.querySelectorAll('{folded}')].map(found => found.lastElementChild.clientHeight)"
        )
        assert heights
        assert min(heights) > 0
        shown = "[...document.querySelectorAll('.figure-data')].map(found => getComputedStyle(found).display)"
        assert set(seen.page.evaluate(shown)) == {"none"}


@SEVEN
def test_figures_follow_the_theme(visit):
    """Ink on paper must change with the theme inside the figures too."""
    shots = {}
    for scheme in ("light", "dark"):
        with visit("seven", color_scheme=scheme) as seen:
            shots[scheme] = seen.page.locator(".first figure").first.screenshot()
    assert shots["light"] != shots["dark"]


@EXPLAINED
def test_a_finding_leads_to_the_word_that_shows_it(visit):
    with visit("explained", java_script_enabled=False) as seen:
        seen.unfold()
        word = seen.page.locator("u#s1-0-0")
        assert word.evaluate("found => getComputedStyle(found).textDecorationLine") == "none"
        seen.page.locator('a[href="#s1-0-0"]').click()
        assert word.evaluate("found => getComputedStyle(found).textDecorationStyle") == "wavy"
        box = word.bounding_box()
        assert 0 <= box["y"] < 900
        assert word.inner_text() == "tot"


@EXPLAINED
def test_overused_words_show_when_they_are_chosen(visit):
    with visit("explained", java_script_enabled=False) as seen:
        seen.page.check("#mark-overused")
        style = "found => getComputedStyle(found).textDecorationStyle"
        assert {word.evaluate(style) for word in seen.page.locator(".passage u.overused").all()} == {"wavy"}


def test_prints_the_sources_of_copied_text(visit):
    with visit("quoting") as seen:
        seen.page.emulate_media(media="print")
        assert seen.page.locator("u.copied + sup").is_visible()
        assert "dagon" in seen.page.locator(".passage .note").last.inner_text()
        assert seen.page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
        assert seen.page.pdf(format="A4")[:5] == b"%PDF-"
