"""Measures how often left-out human text lies outside the human range of measures of all passages together.

Every draw holds out a share of the documents. A sample of their passages is compared with twenty values of as many human passages: one of
the draw's own documents, and nineteen of other draws, as the folds of a reference are.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from benchmarks.pools import CORPORA
from evalkit.counts.feature import Layout
from evalkit.counts.matrix import Scan
from evalkit.evaluation.pooled import PooledScorer
from evalkit.evaluation.reference import Fold, Reference, scan_slices
from evalkit.metrics import PooledMetric, SizedMetric, catalogue
from evalkit.text.canonical import canonical
from evalkit.text.corpus import read_corpus, split_corpus

N_FOLDS = 20
REPEATS = 10
"""Choices of the other nineteen draws."""


def main(arguments: Sequence[str]) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks pooled_floors", description=__doc__)
    parser.add_argument("--corpus", default=str(CORPORA / "lovecraft"), help="name or path of the corpus")
    parser.add_argument("--share", type=float, default=0.1, help="share of the documents that a draw holds out")
    parser.add_argument("--passages", type=int, default=40, help="passages of a sample")
    parser.add_argument("--chars", type=int, default=1000, help="characters of a passage")
    parser.add_argument("--draws", type=int, default=400, help="draws of held-out documents")
    given = parser.parse_args(arguments)
    corpus = read_corpus(given.corpus)
    # What is copied depends on the training text, of which there is one here; what has human text of its own has no folds.
    measures = [m for m in catalogue(PooledMetric).values() if m.id != "copy.longest" and not isinstance(m, SizedMetric)]
    lexicon = Reference(corpus, split_corpus(corpus), Layout([])).lexicon
    folds = draws([canonical(document.text) for document in corpus.documents], given.chars, given.share, given.draws)
    scorer = PooledScorer(measures, folds, lexicon, Scan(["noise"]), seed=0)
    rng = np.random.default_rng(1)
    outside = {measure.id: [0, 0] for measure in measures}
    for number, fold in enumerate(folds):
        assert fold.passages is not None, "draws keep their passages"
        sample = fold.passages.take(np.sort(rng.permutation(len(fold.human))[: given.passages]))
        rows = scorer.rows("human", sample, n_units=len(sample), units=np.arange(len(sample)))
        others = [rng.choice(np.delete(np.arange(len(folds)), number), N_FOLDS - 1, replace=False) for _ in range(REPEATS)]
        for measure, row in zip(measures, rows, strict=True):
            human = scorer.human_values(measure, sample)
            for chosen in others:
                floor = scorer.floor(measure, human[np.append(chosen, number)]) if len(human) == len(folds) else None
                if row.value is not None and floor is not None and floor.median is not None and floor.damage_p95 is not None:
                    damage = measure.damage(np.array([row.value]), floor.median)[0]
                    outside[measure.id][0] += damage > floor.damage_p95
                    outside[measure.id][1] += 1
    print("| measure | outside, % | comparisons |", "|---|---|---|", sep="\n")
    for id_, (n_outside, n) in outside.items():
        print(f"| `{id_}` | {f'{100 * n_outside / n:.1f}' if n else 'too little text'} | {n:,} |")


def draws(documents: Sequence[str], n_chars: int, share: float, n: int) -> list[Fold]:
    """Folds that hold out random documents, without tallies or a lexicon of their own."""
    scan = scan_slices(documents, n_chars)
    assert scan.origin is not None, "slices have one"
    rng, folds = np.random.default_rng(0), []
    reference = Reference(read_corpus(), split_corpus(read_corpus()), Layout([]))
    for _ in range(n):
        held_out = rng.choice(len(documents), max(1, round(share * len(documents))), replace=False)
        rows = np.flatnonzero(np.isin(scan.origin.document, held_out))
        clusters = np.unique(scan.origin.document[rows], return_inverse=True)[1].astype(np.int64)
        folds.append(Fold(np.empty((len(rows), 0), np.int64), clusters, reference.totals, reference.lexicon, scan.take(rows)))
    return folds


if __name__ == "__main__":
    main([])
