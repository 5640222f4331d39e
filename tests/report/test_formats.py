"""Every output format of the registry, with every kind of results that it can show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evalkit.errors import UsageError
from evalkit.report import FORMATS, extensions, format_named, format_of, names, render
from evalkit.report.formats import CALIBRATION, CHANGES, GATE, HISTORY, LISTING, RESULTS, RUNS
from evalkit.report.view.run_diff import Run
from tests.support.results import FIVE, results
from tests.support.runs import CALIBRATED, audited, gated, swept


def shown(kind):
    """What a renderer of this kind takes."""
    run, few = (
        results(FIVE),
        results({name: {"vocab.hit": 0.7} for name in ("lstm", "ngram")}),
    )  # of which the figures are soon drawn
    return {
        "compare": (run, {}),
        "score": (run, {}),
        "sweep": (swept(), {}),
        "gate": (gated(), {}),
        "audit": (audited({"ngram": {"audit.empty": 3}}, kind="audit"), {}),
        "changes": (run, run),
        "history": ([Run("first", few, [], []), Run("second", few, [], [])],),
        "calibration": (CALIBRATED,),
        "policy": (CALIBRATED,),
    }[kind]


RENDERED = [(form, kind) for form in FORMATS if form.renderer for kind in sorted(form.kinds)]


@pytest.mark.parametrize(("form", "kind"), RENDERED, ids=[f"{form.name}-{kind}" for form, kind in RENDERED])
def test_every_format_shows_what_it_says_it_shows_and_the_same_twice(form, kind):
    text = form.render(*shown(kind))
    assert "ngram" in text or "lstm" in text
    assert text == form.render(*shown(kind))


@pytest.mark.parametrize("kind", sorted(RESULTS))
def test_a_name_and_an_extension_lead_to_the_same_renderer(kind):
    for form in FORMATS:
        if kind in form.kinds:
            assert format_named(form.name, kind) is form
            for extension in form.extensions:
                assert format_of(Path(f"out{Path('x' + extension).suffix}"), kind) is form


@pytest.mark.parametrize("form", [form for form in FORMATS if form.unfinished], ids=lambda form: form.name)
def test_a_gate_that_did_not_come_to_its_end_is_said_to_have_no_verdict(form):
    text = form.render_unfinished("There is no baseline <main>.", "Save one.", state="no verdict")
    assert "no verdict" in text
    assert "<main>" not in text


def test_options_of_commands_follow_from_the_registry():
    assert names(RUNS) == ("text", "json", "markdown")
    assert names(GATE) == ("text", "json", "markdown", "github")
    assert names(CALIBRATION) == ("text", "json", "markdown")
    assert names(LISTING) == ("text", "json")
    assert names(CHANGES) == names(HISTORY) == ("text",)
    assert extensions(RUNS) == (".json", ".html", ".csv", ".md")
    assert extensions(GATE) == (".json", ".html", ".csv", ".md", ".junit.xml", ".xml")
    assert extensions(CHANGES) == extensions(HISTORY) == (".html",)


def test_what_the_registry_does_not_have_is_refused_with_what_it_has():
    with pytest.raises(UsageError, match='no format "github"') as error:
        format_named("github", "compare")
    assert "markdown" in error.value.remedy
    with pytest.raises(UsageError, match="no extension that can be written"):
        format_of(Path("out.xml"), "compare")
    with pytest.raises(UsageError, match="no extension that can be written"):
        render(results(FIVE), ".docx", samples={})


def test_the_registry_imports_no_renderer():
    code = "import sys, evalkit.report.formats\nprint(*(m for m in sys.modules if m.startswith(('evalkit', 'rich', 'numpy', 'jinja2'))))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) <= {
        "evalkit", "evalkit.report", "evalkit.report.formats", "evalkit.results", "evalkit.errors", "evalkit._util",
        "evalkit._util.escape", "evalkit._util.formatting",
    }  # fmt: skip
