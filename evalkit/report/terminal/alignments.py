"""Alignments as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.results import Results, Trace


def tables(results: Results) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Traces as tables for the terminal: title, head and rows."""
    head = ("passage", "from", "characters", "along", "from", "agree", "which says")
    for name, found in results.traces.items():
        if found:
            yield f"{name}: where it runs along the corpus", head, [_row(trace) for trace in found]


def _row(trace: Trace) -> tuple[str, ...]:
    document = f"{trace.document} (held out)" if trace.held_out else trace.document
    quote = " ".join(trace.source_text.split())
    return (
        trace.passage,
        f"{trace.start:,}",
        f"{trace.n_chars:,}",
        document,
        f"{trace.place:,}",
        f"{100 * trace.agreement:.0f} %",
        quote,
    )
