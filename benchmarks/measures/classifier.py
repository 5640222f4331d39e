"""Measures how often the classifier tells human text from human text, or a generator from itself, and what else it tells apart."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.pools import CORPORA, fitted
from evalkit.calibration.simulate import wilson
from evalkit.counts.feature import Layout
from evalkit.counts.matrix import Scan
from evalkit.defects.planted import DEFECTS
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.told_apart import HumanClassifier, told_from_baseline
from evalkit.inference import Sample
from evalkit.inference.classifier import Labelled
from evalkit.metrics import Metric, main_metrics, select
from evalkit.results import Classification
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import fit_length

LEVELS = (0.05, 0.01)
SPECS = ("ngram:order=5", "ngram:order=8", "ngram:unit=word,order=3")
BASE = "ngram:order=8"


def main(options: Sequence[str]) -> None:
    """Prints the chosen tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks classifier", description=__doc__)
    parser.add_argument("--corpus", default=str(CORPORA / "lovecraft"), help="name or path of the corpus")
    parser.add_argument("--held-out", default=None, help="pattern of the held-out documents")
    parser.add_argument("--draws", type=int, default=100, help="draws behind every line of a table")
    parser.add_argument("--passages", type=int, default=100, help="passages of a candidate")
    parser.add_argument("--chars", type=int, default=2000, help="characters of a passage")
    parser.add_argument("--tables", nargs="+", choices=list(TABLES), default=list(TABLES), help="the tables to print")
    given = parser.parse_args(options)
    reference = _reference(given.corpus, given.held_out)
    for table in given.tables:
        print(f"| {table} | AUC, median | {' | '.join(f'p up to {level:g}, percent' for level in LEVELS)} |")
        print("|---|---|---|---|")
        for name, found in TABLES[table](reference, given):
            print(_line(name, found), flush=True)
        print()


def _reference(corpus: str | Path, held_out: str | None) -> Reference:
    documents = read_corpus(str(corpus))
    metrics = select(main_metrics(), kind=Metric)
    return Reference(documents, split_corpus(documents, held_out=held_out), Layout.of(metrics))


def _line(name: str, found: list[Classification]) -> str:
    p_values = [one.p for one in found if one.p is not None]
    areas = [one.auc for one in found if one.auc is not None]
    if not p_values or not areas:
        return f"| {name} | {found[0].reason} | | |"
    cells = []
    for level in LEVELS:
        share, low, high = wilson(sum(p <= level for p in p_values), len(p_values))
        cells.append(f"{100 * share:.1f} ({100 * low:.1f}-{100 * high:.1f})")
    return f"| {name} | {np.median(areas):.2f} | {' | '.join(cells)} |"


def _human_passages(reference: Reference, given: argparse.Namespace) -> Labelled:
    human = reference.folds(given.chars, n_folds=1, seed=0)[0].training
    assert human is not None
    return human


def human(reference: Reference, given: argparse.Namespace) -> Iterator[tuple[str, list[Classification]]]:
    """Human passages of left-out documents against the other documents, with and without their documents known."""
    everyone = _human_passages(reference, given)
    assert everyone.sizes is not None
    for known in (True, False):
        found, rng = [], np.random.default_rng(7)
        for draw in range(given.draws):
            order = rng.permutation(np.unique(everyone.units))
            sizes = np.array([(everyone.units == unit).sum() for unit in order])
            left_out = np.isin(everyone.units, order[: 1 + int(np.searchsorted(np.cumsum(sizes), given.passages))])
            rows = np.sort(rng.permutation(np.flatnonzero(left_out))[: given.passages])
            clusters = np.unique(everyone.units[rows], return_inverse=True)[1] if known else np.arange(len(rows))
            sample = Sample(everyone.tally[rows], clusters, reference.totals, "document" if known else "passage")
            classifier = HumanClassifier(everyone.rows(np.flatnonzero(~left_out)), reference.layout, seed=draw)
            found.append(classifier.classify("human", sample, everyone.sizes[rows].tolist()))
        yield f"left-out documents, {'known' if known else 'not known'}", found


def generators(reference: Reference, given: argparse.Namespace) -> Iterator[tuple[str, list[Classification]]]:
    """Passages of generators against human passages."""
    classifier = HumanClassifier(_human_passages(reference, given), reference.layout, seed=0)
    for spec in SPECS:
        texts, rng = _texts(spec, reference, 10 * given.passages, given.chars), np.random.default_rng(7)
        scan = Scan(texts)
        tally, sizes = scan.tally(reference.layout, reference.lexicon), np.array([len(text) for text in scan.texts])
        found = []
        for _ in range(given.draws):
            rows = rng.choice(len(tally), given.passages, replace=False)
            sample = Sample(tally[rows], np.arange(len(rows)), reference.totals, "passage")
            found.append(classifier.classify(spec, sample, sizes[rows].tolist()))
        yield spec, found


def gate(reference: Reference, given: argparse.Namespace) -> Iterator[tuple[str, list[Classification]]]:
    """Passages of a generator against a baseline of the same generator: unchanged, and with defects planted."""
    texts = _texts(BASE, reference, 10 * given.passages, given.chars)
    noise = [word for text in _texts("unigram", reference, 20, given.chars) for word in text.split()]
    unchanged = Scan(texts).tally(reference.layout, reference.lexicon)
    planted = {defect.plain.format(defect.shown): defect for defect in DEFECTS if defect.apply is not None}
    for name, defect in {f"{BASE} against itself": None, **planted}.items():
        rng = np.random.default_rng(7)
        tally = unchanged
        if defect is not None and defect.apply is not None:
            changed = [defect.apply(text, defect.shown, rng, noise) for text in texts]
            tally = Scan(changed).tally(reference.layout, reference.lexicon)
        found = []
        for draw in range(given.draws):
            rows = rng.permutation(len(texts))[: 2 * given.passages]
            first, second = rows[: given.passages], rows[given.passages :]
            candidate, baseline = (
                Sample(counts, np.arange(len(counts)), reference.totals, "passage") for counts in (tally[first], unchanged[second])
            )
            found.append(told_from_baseline(BASE, candidate, baseline, seed=draw))
        yield name, found


def _texts(spec: str, reference: Reference, n: int, n_chars: int) -> list[str]:
    return [fit_length(text, n_chars) for text in fitted(spec, reference).sample(n, n_chars + 100, seed=1000)]


TABLES = {"human": human, "generators": generators, "gate": gate}

if __name__ == "__main__":
    main([])
