"""Everything shown is a pure function of results and the samples stored beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from evalkit.results import Results
from evalkit.text.passages import Passage

Samples = Mapping[str, Sequence[Passage]]
Renderer = Callable[[Results, Samples], str]

RENDERERS: dict[str, str] = {
    ".json": "evalkit.report.export.tables:render_json",
    ".html": "evalkit.report.html.page:render_html",
    ".csv": "evalkit.report.export.tables:render_csv",
    ".md": "evalkit.report.markdown.document:render_markdown",
}
"""File extension -> where its renderer is; each is imported when it is used."""
_GATE = {".md": "evalkit.report.markdown.github:render_gate_markdown"}
_TERMINAL = {"gate": "evalkit.report.terminal.gate:print_gate", "sweep": "evalkit.report.terminal.sweep:print_sweep"}


def render(results: Results, suffix: str, *, samples: Samples) -> str:
    """The text of a file with this extension.

    Args:
        results: of a run.
        suffix: one of `RENDERERS`.
        samples: the candidates' passages, where they are at hand; only the HTML shows them.
    """
    renderer: Renderer = _load(_GATE.get(suffix, RENDERERS[suffix]) if results.kind == "gate" else RENDERERS[suffix])
    return renderer(results, samples)


def print_report(results: Results) -> None:
    """Prints results to stdout, as a terminal shows them."""
    printer: Callable[[Results], None] = _load(_TERMINAL.get(results.kind, "evalkit.report.terminal.scores:print_results"))
    printer(results)


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
