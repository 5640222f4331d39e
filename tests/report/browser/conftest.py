"""What tests in a browser share: Chromium, opened from disk with the network blocked, and pages that are rendered and loaded once."""

from __future__ import annotations

import os
import re
import shutil
from importlib.resources import files

import pytest

from tests.report.browser.pages import PAGES, Pages

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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def axe():
    """axe-core, from a package of the Python index that carries it unchanged; nothing is downloaded."""
    try:
        return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        _missing("axe-playwright-python")


@pytest.fixture(scope="session")
def reports(tmp_path_factory):
    """Pages on disk by name."""
    return Pages(tmp_path_factory.mktemp("reports"))


class Visit:
    """A page with what it said and asked for."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.said, self.asked, self.path = [], [], path
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.context.route(re.compile(r"^(?!file:|data:)"), lambda route: route.abort())
        self.page.goto(path.as_uri())
        self.unfolded = self.page.evaluate("[...document.querySelectorAll('details')].map(found => found.open)")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def unfold(self):
        """Opens all that is folded."""
        self.page.evaluate("document.querySelectorAll('details').forEach(found => { found.open = true })")

    def begin_again(self):
        """Brings the page back to how it was loaded, on a screen of 1,280 by 900 pixels."""
        self.page.emulate_media(media="screen", color_scheme="light")
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.page.evaluate(
            "before => { document.querySelectorAll('details').forEach((found, i) => { found.open = before[i] }); window.scrollTo(0, 0) }",
            self.unfolded,
        )


@pytest.fixture
def visit(browser, reports):
    """Opens a page by its name, apart from all others: visit(name, **options of the browser's context)."""
    opened = []

    def visit(name, **options):
        opened.append(Visit(browser, reports[name], **options))
        return opened[-1]

    yield visit
    for each in opened:
        each.context.close()


# A group goes to one worker, so that a page is rendered and loaded by one only.
@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in PAGES])
def name(request):
    """Each page's name, all tests of one page one after the other."""
    return request.param


@pytest.fixture(scope="module")
def loaded(browser, reports, name):
    with Visit(browser, reports[name]) as visit:
        yield visit


@pytest.fixture
def opened(loaded):
    """A page as it was loaded; all tests of a page share it."""
    loaded.begin_again()
    return loaded
