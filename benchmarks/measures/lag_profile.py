"""Measures whether the lag profile, or course.sentences, sees sentences, clauses and words in random order.

The lag profile is the distribution of the distances, in words, at which a content word returns in its passage. Every draw holds out a tenth of
the documents. Their passages, as they are and shuffled, are compared with the other documents; the human floor is what the draws have as they
are.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.pools import CORPORA
from evalkit.counts.feature import Counts, Floats
from evalkit.counts.matrix import Scan
from evalkit.counts.recurrence import lags
from evalkit.evaluation.reference import scan_documents, scan_slices
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.neighbours import shared_by_neighbours
from evalkit.metrics.base import jensen_shannon
from evalkit.text.canonical import canonical
from evalkit.text.corpus import read_corpus

LAGS = np.array([1, 2, 6, 11, 21, 31, 51, 81, 121, 201])
"""The first lag of each bin, and the first that counts as no return."""
UNITS = {"sentences": r"(?<=[.!?])\s+", "clauses": r"(?<=[.!?,;:])\s+", "words": r"\s+"}


@dataclass(frozen=True)
class Text:
    """Passages as they are or shuffled.

    Args:
        returns: content words of each passage that return at each lag, those that do not last, [n x 10].
        neighbours: the counts of course.sentences, [n x 2].
    """

    returns: Counts
    neighbours: Counts


Distance = Callable[[Floats, Floats, Floats, Floats], float]
"""(returns, those of the reference, counts of course.sentences, those of the reference) -> distance."""


def _within(bins: int) -> Distance:
    return lambda a, b, *_: abs(a[:bins].sum() / a.sum() - b[:bins].sum() / b.sum())


MEASURES: dict[str, Distance] = {
    "lag profile, with words that do not return, JSD": lambda a, b, *_: float(jensen_shannon(a[None], b[None])[0]),
    "lag profile of words that return, JSD": lambda a, b, *_: float(jensen_shannon(a[None, :-1], b[None, :-1])[0]),
    "share of words that return within 20": _within(4),
    "share of words that return within 50": _within(6),
    "`course.sentences`": lambda a, b, c, d: 1e3 * abs(c[0] / c[1] - d[0] / d[1]),
}


def counted(scan: Scan, index: CorpusIndex) -> Text:
    """The counts of passages."""
    common, back = index.common_words, lags(scan)
    is_content = np.array([word not in common for word in scan.word_items])[scan.word_ids]
    row = np.repeat(np.arange(len(scan)), np.diff(scan.word_starts))
    lag = np.where((back == 0) | (back >= LAGS[-1]), len(LAGS), np.searchsorted(LAGS, back, side="right")) - 1
    cells = (row * len(LAGS) + lag)[is_content]
    returns = np.bincount(cells, minlength=len(scan) * len(LAGS)).reshape(len(scan), len(LAGS)).astype(np.int64)
    return Text(returns, shared_by_neighbours(scan.texts, index.sentences.split, common))


def main(arguments: Sequence[str]) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks lag_profile", description=__doc__)
    parser.add_argument("--corpus", default=str(CORPORA / "lovecraft"), help="name or path of the corpus")
    parser.add_argument("--passages", type=int, default=100, help="passages of a draw")
    parser.add_argument("--chars", type=int, default=2000, help="characters of a passage")
    parser.add_argument("--draws", type=int, default=200, help="draws of a tenth of the documents")
    given = parser.parse_args(arguments)
    documents = [canonical(document.text) for document in read_corpus(given.corpus).documents]
    index, scan, rng = CorpusIndex(scan_documents(documents)), scan_slices(documents, given.chars), np.random.default_rng(0)
    assert scan.origin is not None, "slices have one"
    texts = {"as it is": counted(scan, index)}
    for name, pattern in UNITS.items():
        pieces = [re.split(pattern, text) for text in scan.texts]
        shuffled = [" ".join(of_text[i] for i in rng.permutation(len(of_text))) for of_text in pieces]
        texts[name] = counted(Scan(shuffled), index)
    found: dict[str, dict[str, list[float]]] = {measure: {name: [] for name in texts} for measure in MEASURES}
    for _ in range(given.draws):
        held_out = np.isin(scan.origin.document, rng.choice(len(documents), max(1, round(0.1 * len(documents))), replace=False))
        rows = rng.permutation(np.flatnonzero(held_out))[: given.passages]
        reference = [
            part[~held_out].sum(axis=0).astype(float) for part in (texts["as it is"].returns, texts["as it is"].neighbours)
        ]
        for name, text in texts.items():
            returns, neighbours = (part[rows].sum(axis=0).astype(float) for part in (text.returns, text.neighbours))
            for measure, distance in MEASURES.items():
                found[measure][name].append(distance(returns, reference[0], neighbours, reference[1]))
    print(f"| measure | {' | '.join(f'shuffled {name}, seen in %' for name in UNITS)} |", "|---" * 4 + "|", sep="\n")
    for measure, by_text in found.items():
        bound = np.percentile(by_text["as it is"], 95, method="weibull")
        seen = [f"{100 * np.mean(np.array(by_text[name]) > bound):.0f}" for name in UNITS]
        print(f"| {measure} | {' | '.join(seen)} |", flush=True)


if __name__ == "__main__":
    main([])
