"""The site has every page, and its links lead to pages and files of the site. `tox -e site` builds it, where every warning is an error."""

from __future__ import annotations

import importlib.util
import re

import pytest

import evalkit
from tests.support.paths import ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def site():
    spec = importlib.util.spec_from_file_location("site_of_docs", ROOT / "docs" / "pages" / "site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def staged(site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    site.stage(folder)
    return folder


def test_links_lead_to_what_is_in_the_site(staged):
    broken = []
    for page in staged.rglob("*.md"):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for link in LINK.findall(text):
            path = link.partition("#")[0]
            if path and not re.match(r"[a-z]+:", link) and not (page.parent / path).resolve().is_relative_to(staged):
                broken.append(f"{page.name} leads out of the site: {link}")
            elif path and not re.match(r"[a-z]+:", link) and not (page.parent / path).is_file():
                broken.append(f"{page.name}: {link}")
    assert broken == []


def test_every_page_is_in_the_contents(staged):
    index = (staged / "index.md").read_text(encoding="utf-8")
    listed = {name for block in re.findall(r"```\{toctree\}\n(.*?)```", index, re.DOTALL) for name in block.split("\n")}
    pages = {page.relative_to(staged).with_suffix("").as_posix() for page in staged.rglob("*.md")} - {"index"}
    assert pages - listed == set()


def test_the_page_of_the_api_has_every_public_name(staged):
    api = (staged / "reference" / "api.md").read_text(encoding="utf-8")
    functions = [name for name in evalkit.__all__ if callable(getattr(evalkit, name))]
    assert [name for name in functions if f":: evalkit.{name}\n" not in api] == []


def test_code_is_left_alone(site, tmp_path):
    page = ROOT / "docs" / "index.md"
    assert site.pages()[page] == "index.md"
    text = site._linked(ROOT / "README.md", "readme.md", site.pages(), tmp_path)
    assert "[docs/reference/reading.md](reference/reading.md)" in text
    assert "python3 -m venv .venv && .venv/bin/pip install -q -c requirements.lock -e '.[lstm]'" in text
