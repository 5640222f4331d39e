"""Everything shown is a pure function of results and the samples stored beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from evalkit.results import Results
from evalkit.text.passages import Passage

Samples = Mapping[str, Sequence[Passage]]
Renderer = Callable[[Results, Samples], str]

RENDERERS: dict[str, str] = {
    ".json": "evalkit.report.tables:render_json",
    ".html": "evalkit.report.html:render_html",
    ".csv": "evalkit.report.tables:render_csv",
    ".md": "evalkit.report.markdown:render_markdown",
}
"""File extension -> where its renderer is; each is imported when it is used."""


def render(results: Results, suffix: str, *, samples: Samples) -> str:
    """The text of a file with this extension.

    Args:
        results: of a run.
        suffix: one of `RENDERERS`.
        samples: the candidates' passages, where they are at hand; only the HTML shows them.
    """
    module, _, name = RENDERERS[suffix].partition(":")
    renderer: Renderer = getattr(import_module(module), name)
    return renderer(results, samples)
