"""Everything shown is a pure function of results and the samples stored beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from evalkit.report.formats import format_of
from evalkit.results import Results
from evalkit.text.passages import Passage

Samples = Mapping[str, Sequence[Passage]]
_TERMINAL = {"gate": "evalkit.report.terminal.gate:print_gate", "sweep": "evalkit.report.terminal.sweep:print_sweep"}


def render(results: Results, suffix: str, *, samples: Samples) -> str:
    """The text of a file with this extension.

    Args:
        results: of a run.
        suffix: an extension that `evalkit.report.formats` has for results of this kind.
        samples: the candidates' passages, where they are at hand; only the HTML shows them.

    Raises:
        UsageError: for an extension that these results cannot be written with.
    """
    return format_of(Path(f"results{suffix}"), results.kind).render(results, samples)


def print_report(results: Results) -> None:
    """Prints results to stdout, as a terminal shows them."""
    printer: Callable[[Results], None] = _load(_TERMINAL.get(results.kind, "evalkit.report.terminal.scores:print_results"))
    printer(results)


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
