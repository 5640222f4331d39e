"""Lists why candidates differ as tables for the terminal: `tables`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evalkit._util.escape import visible
from evalkit.results import Contribution, Results, Trace, WordUse

Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
"""Title, head and rows."""


def tables(results: Results) -> Iterator[Table]:
    """The tables of each candidate: what runs along the corpus, then one a metric and one of words."""
    yield from _alignments(results)
    yield from _contributions(results)


def _alignments(results: Results) -> Iterator[Table]:
    head = ("passage", "from", "characters", "along", "from", "agree", "which says")
    for name, alignments in results.traces.items():
        if alignments:
            yield f"{name}: where it runs along the corpus", head, [_alignment(alignment) for alignment in alignments]


def _alignment(alignment: Trace) -> tuple[str, ...]:
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


def _contributions(results: Results) -> Iterator[Table]:
    for name, explanation in results.explanations.items():
        for id_ in dict.fromkeys(part.metric for part in explanation.contributions):
            rows = [_part(part) for part in explanation.contributions if part.metric == id_]
            title = f"{name}: {_title(results.metrics[id_])}"
            yield title, ("item", "share", "reference", "adds", "95 % interval", "shows in"), rows
        rows = [_word(use) for use in explanation.words]
        title = f"{name}: over- and underused words, of {explanation.n_words_tested} tested (at a false discovery rate of 5 %; exploratory)"
        yield title, ("word", "per 10k", "reference", "log-odds", "z", "for example"), rows


def _title(metric: Mapping[str, Any]) -> str:
    label, apart = metric["label"], metric.get("apart")
    if apart == "words":
        return f"words that make up the difference in {label}"
    return f"words that are not among {label}" if apart == "missing words" else f"the parts of {label}"


def _part(part: Contribution) -> tuple[str, ...]:
    interval = "-" if part.low is None or part.high is None else f"{part.low:+.2g} to {part.high:+.2g}"
    shows = ", ".join(place.passage for place in part.places)
    return part.item, f"{part.value:.2%}", f"{part.reference:.2%}", f"{part.contribution:+.2g}", interval, shows


def _word(use: WordUse) -> tuple[str, ...]:
    quote = visible(" ".join(use.places[0].text.split())) if use.places else ""
    return visible(use.word), f"{use.per_10k:.1f}", f"{use.reference_per_10k:.1f}", f"{use.log_odds:+.2f}", f"{use.z:+.1f}", quote
