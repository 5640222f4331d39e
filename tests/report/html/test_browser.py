"""The report in a real browser, opened from disk with the network blocked."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from importlib.resources import files

import pytest

from evalkit._util.atomic import write_atomically
from evalkit.report.export.samples import stored_samples
from evalkit.report.html.page import render_html
from evalkit.report.html.runs import render_comparison, render_history, runs_in, write_index
from evalkit.results import Span, read
from tests.support.page import HOSTILE
from tests.support.paths import ROOT
from tests.support.results import FAIR, FIVE, GOOD, NOISE, TEXTS, results
from tests.support.runs import AGAIN, TOT, audited, checkpoints_of, explained, gated, remembering, swept

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RUN = results({"lstm": FAIR, "noise": NOISE})
FLAW = Span(start=0, end=2, kind="nonword")
EXAMPLE = ROOT / "reports" / "example"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
]


def _missing(what):
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"{what} is missing, and REQUIRE_BROWSER=1 asks for it")
    pytest.skip(f"{what} is missing (apt-get install chromium; pip install playwright axe-playwright-python)")


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        _missing("Chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def axe():
    """axe-core, from a package of the Python index that carries it unchanged; nothing is downloaded."""
    try:
        return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        _missing("axe-playwright-python")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Pages on disk by name."""
    folder = tmp_path_factory.mktemp("reports")
    runs = {
        "five": results(FIVE, specs={"human": "human"}, texts=TEXTS),
        "one": results({"lstm": FAIR}),
        "hostile": results(
            dict.fromkeys(list(HOSTILE.values())[:4], FAIR) | {"x" * 300: NOISE},
            texts=dict(zip(list(HOSTILE.values())[:4], list(HOSTILE.values())[4:8], strict=True)) | {"": HOSTILE["a long word"]},
            corpus=HOSTILE["closes a script"],
            warnings=list(HOSTILE.values())[:12],
        ),
        "gate": gated(),
        "not comparable": gated(
            "NOT COMPARABLE", decisions=(), different=[{"field": "reference.hash", "baseline": "a" * 64, "candidate": "b" * 64}]
        ),
        "sweep": swept(),
        "audit": audited({"lstm": {"audit.empty": 18, "audit.cut_off": 9}}, kind="audit", text=HOSTILE["closes a script"]),
        "audited": audited({"lstm": {"audit.loops": 4}, "ngram": {}}, run=results({"lstm": FAIR, "ngram": GOOD}), kind="compare"),
        "explained": remembering(
            replace(explained(TOT, AGAIN, FLAW), learning=[checkpoints_of("lstm"), checkpoints_of("small")]), RUN
        ),
        "copies": results({"ngram": GOOD | {"novelty.chars_20": 0.4}, "lstm": FAIR | {"vocab.hit": None}}, texts={"ngram": "a b"}),
    }
    paths = {}
    for name, run in runs.items():
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(render_html(run, {}), encoding="utf-8")
    changed = results(dict.fromkeys(FIVE, FAIR), specs={"human": "human"})
    for name, run in (("a", runs["five"]), ("b", changed)):
        write_atomically(folder / "runs" / name / "results.json", run.to_json())
    paths["index"] = write_index(folder / "runs")
    paths["comparison"], paths["history"] = folder / "comparison.html", folder / "history.html"
    paths["comparison"].write_text(render_comparison(runs["five"], changed), encoding="utf-8")
    paths["history"].write_text(render_history(runs_in([folder / "runs"])), encoding="utf-8")
    if (EXAMPLE / "results.json").is_file():
        paths["example"] = folder / "example.html"
        run = read(EXAMPLE)
        paths["example"].write_text(render_html(run, stored_samples(run, EXAMPLE)), encoding="utf-8")
    return paths


OTHERS = ["index", "comparison", "history"]
NAMES = [
    "five",
    "one",
    "hostile",
    "copies",
    "gate",
    "not comparable",
    "sweep",
    "audit",
    "audited",
    "explained",
    *OTHERS,
    *(["example"] if (EXAMPLE / "results.json").is_file() else []),
]


class Visit:
    """A page with what it said and asked for."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.said, self.asked = [], []
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.context.route(re.compile(r"^(?!file:|data:)"), lambda route: route.abort())
        self.page.goto(path.as_uri())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


@pytest.mark.parametrize("name", NAMES)
def test_says_nothing_and_asks_for_nothing(browser, reports, name):
    with Visit(browser, reports[name]) as visit:
        visit.page.wait_for_load_state("networkidle")
        assert visit.said == []
        assert [url for url in visit.asked if not url.startswith("data:")] == [reports[name].as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(browser, reports, axe, name, scheme):
    # The page's own policy forbids scripts, also this one, unless the browser is told to let the test's in.
    with Visit(browser, reports[name], color_scheme=scheme, bypass_csp=True) as visit:
        visit.page.evaluate("document.querySelectorAll('details').forEach(found => { found.open = true })")
        visit.page.evaluate(axe)
        found = visit.page.evaluate("axe.run(document)")
        problems = [
            (rule["id"], rule["nodes"][0]["html"][:120], rule["nodes"][0]["failureSummary"]) for rule in found["violations"]
        ]
        assert problems == []
        assert found["passes"]


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", NAMES)
def test_no_horizontal_scroll(browser, reports, name, width):
    with Visit(browser, reports[name], viewport={"width": width, "height": 800}) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        visit.page.evaluate("document.querySelectorAll('details').forEach(found => { found.open = true })")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_scores_need_no_scrolling_on_a_phone(browser, reports):
    with Visit(browser, reports["five"], viewport={"width": 360, "height": 800}) as visit:
        wide = visit.page.evaluate(
            "[...document.querySelectorAll('#scores > .scroll')].map(found => found.scrollWidth - found.clientWidth)"
        )
        assert wide == [0]


@pytest.mark.parametrize("name", ["index", "comparison", "gate", "not comparable"])
def test_tables_that_carry_the_verdict_need_no_scrolling_on_a_phone(browser, reports, name):
    with Visit(browser, reports[name], viewport={"width": 360, "height": 800}) as visit:
        wide = visit.page.evaluate(
            "[...document.querySelectorAll('.scroll:has(> .stack)')].map(found => found.scrollWidth - found.clientWidth)"
        )
        assert wide
        assert set(wide) == {0}


def test_print_unfolds_everything_but_the_data_of_figures(browser, reports):
    with Visit(browser, reports["explained"]) as visit:
        visit.page.emulate_media(media="print")
        folded = "details:not([open]):not(.figure-data)"
        heights = visit.page.evaluate(
            f"[...document.querySelectorAll('{folded}')].map(found => found.lastElementChild.clientHeight)"
        )
        assert heights
        assert min(heights) > 0
        shown = "[...document.querySelectorAll('.figure-data')].map(found => getComputedStyle(found).display)"
        assert set(visit.page.evaluate(shown)) == {"none"}


@pytest.mark.parametrize("name", NAMES)
def test_complete_without_javascript(browser, reports, name):
    with Visit(browser, reports[name]) as visit:
        with_script = visit.page.inner_text("body")
    with Visit(browser, reports[name], java_script_enabled=False) as visit:
        assert visit.page.inner_text("body") == with_script
        assert visit.page.locator("table tbody tr").count() > 1


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_drawn(browser, reports, name):
    with Visit(browser, reports[name]) as visit:
        broken = visit.page.evaluate("[...document.images].filter(image => !image.naturalWidth).map(image => image.alt)")
        assert broken == []


def test_figures_follow_the_theme(browser, reports):
    """Ink on paper must change with the theme inside the images too, which are documents of their own."""
    shots = {}
    for scheme in ("light", "dark"):
        with Visit(browser, reports["five"], color_scheme=scheme) as visit:
            shots[scheme] = (
                visit.page.evaluate(
                    """async () => {
                    const image = document.images[0], canvas = document.createElement('canvas');
                    canvas.width = 340; canvas.height = 180;
                    const context = canvas.getContext('2d');
                    await image.decode();
                    context.drawImage(image, 0, 0, 340, 180);
                    return null;
                }"""
                )
                or visit.page.locator("figure img").first.screenshot()
            )
    assert shots["light"] != shots["dark"]


def test_filter_of_flaws_needs_no_script(browser, tmp_path):
    from evalkit.results import Span
    from tests.support.results import excerpt

    run = results({"lstm": FAIR}, texts={"lstm": "x"})
    flawed = excerpt("a grotch", Span(start=2, end=8, kind="nonword"))
    looped = excerpt("and so and so and so", Span(start=0, end=20, kind="loop"))
    run.excerpts["lstm"].extend([flawed, looped])
    path = tmp_path / "report.html"
    path.write_text(render_html(run, {}), encoding="utf-8")
    with Visit(browser, path, java_script_enabled=False) as visit:
        assert visit.page.locator(".candidate .passage:visible").count() == 3
        visit.page.check("#only-loop")
        assert visit.page.locator(".candidate .passage:visible").count() == 1
        visit.page.check("#only-nonword")
        assert visit.page.locator(".candidate .passage:visible u.nonword").count() == 1
        visit.page.check("#only-all")
        assert visit.page.locator(".candidate .passage:visible").count() == 3


def test_a_finding_leads_to_the_word_that_shows_it(browser, reports):
    with Visit(browser, reports["explained"], java_script_enabled=False) as visit:
        visit.page.evaluate("document.querySelectorAll('details').forEach(found => { found.open = true })")
        word = visit.page.locator("u#s1-0-0")
        assert word.evaluate("found => getComputedStyle(found).textDecorationLine") == "none"
        visit.page.locator('a[href="#s1-0-0"]').click()
        assert word.evaluate("found => getComputedStyle(found).textDecorationStyle") == "wavy"
        box = word.bounding_box()
        assert 0 <= box["y"] < 900
        assert word.inner_text() == "tot"


def test_overused_words_show_when_they_are_chosen(browser, reports):
    with Visit(browser, reports["explained"], java_script_enabled=False) as visit:
        visit.page.check("#only-overused")
        style = "found => getComputedStyle(found).textDecorationStyle"
        assert {word.evaluate(style) for word in visit.page.locator(".passage u.overused").all()} == {"wavy"}


def test_prints_the_sources_of_copied_text(browser, tmp_path):
    from evalkit.results import Span
    from tests.support.results import excerpt

    run = results({"lstm": FAIR}, texts={"lstm": "x"})
    run.excerpts["lstm"].append(excerpt("copied text", Span(start=0, end=6, kind="copied", source="dagon")))
    path = tmp_path / "report.html"
    path.write_text(render_html(run, {}), encoding="utf-8")
    with Visit(browser, path) as visit:
        visit.page.emulate_media(media="print")
        shown = visit.page.evaluate("getComputedStyle(document.querySelector('u.copied[data-source]'), '::after').content")
        assert "dagon" in shown
        assert visit.page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
        assert visit.page.pdf(format="A4")[:5] == b"%PDF-"
