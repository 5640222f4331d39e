"""Lists the stretches that run along the corpus as tables for the terminal: `tables`."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.results import Results, Trace


def tables(results: Results) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """A table a candidate that runs along the corpus: title, head and rows."""
    head = ("passage", "from", "characters", "along", "from", "agree", "which says")
    for name, alignments in results.traces.items():
        if alignments:
            yield f"{name}: where it runs along the corpus", head, [_row(alignment) for alignment in alignments]


def _row(alignment: Trace) -> tuple[str, ...]:
    document = f"{alignment.document} (held out)" if alignment.held_out else alignment.document
    quote = " ".join(alignment.source_text.split())
    return (
        alignment.passage,
        f"{alignment.start:,}",
        f"{alignment.n_chars:,}",
        document,
        f"{alignment.place:,}",
        f"{100 * alignment.agreement:.0f} %",
        quote,
    )
