"""Measures how often an unseen book lies outside the human floor of a corpus of chapters, with and without groups.

The books are the long documents of a corpus, each cut into chapters of equal length. In every round some books are drawn as the reference and
one as the unseen book, whose passages are scored like a candidate's. A further table has the design effects: how much more the value of
passages of books varies than that of as many independent passages.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.pools import CORPORA
from evalkit.counts.feature import Counts, Floats, Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.reference import Reference
from evalkit.inference import Sample, spreads
from evalkit.metrics import Metric, catalogue
from evalkit.text.corpus import Corpus, Document, read_corpus, split_corpus
from evalkit.text.passages import slices

FOLDS, REPLICATES = 20, 1000


def chapters(books: Sequence[Document], n_chars: int, *, grouped: bool) -> Corpus:
    """Books cut into chapters of n_chars characters, each chapter a document; a shorter rest is left out."""
    documents = [
        Document(f"{book.id}-{i:03}", book.text[i * n_chars : (i + 1) * n_chars], book.id if grouped else None)
        for book in books
        for i in range(len(book.text) // n_chars)
    ]
    return Corpus("books", tuple(documents))


class Books:
    """The long documents of a corpus, and what is measured on them.

    Args:
        reference: the corpus.
        least: characters of a document that counts as a book.
        n_passages, n_chars: the shape of a sample.
    """

    def __init__(self, reference: str, *, least: int, n_passages: int, n_chars: int) -> None:
        self.books = [document for document in read_corpus(reference).documents if len(document.text) >= least]
        self.n_passages, self.n_chars = n_passages, n_chars
        self.metrics = [metric for metric in catalogue(Metric).values() if metric.headline]
        self.layout = Layout.of(self.metrics)

    def passages(self, book: Document, rng: np.random.Generator) -> list[str]:
        """Random passages of a book, as many as a sample has or as there are."""
        pieces = list(slices(book.text, self.n_chars))
        rows = rng.choice(len(pieces), min(self.n_passages, len(pieces)), replace=False)
        return [pieces[row] for row in rows]

    def outside(self, n_books: int, rounds: int, *, chapter: int, seed: int) -> dict[bool, Floats]:
        """The share of measures on which an unseen book lies outside, round by round, without groups (False) and with them."""
        shares: dict[bool, list[float]] = {False: [], True: []}
        for number in range(rounds):
            rng = np.random.default_rng([seed, n_books, number])
            unseen, *known = (self.books[i] for i in rng.choice(len(self.books), n_books + 1, replace=False))
            texts = self.passages(unseen, rng)
            for grouped, values in shares.items():
                corpus = chapters(known, chapter, grouped=grouped)
                values.append(self._share_outside(corpus, texts, seed=number))
        return {grouped: np.array(values) for grouped, values in shares.items()}

    def _share_outside(self, corpus: Corpus, texts: Sequence[str], *, seed: int) -> float:
        reference = Reference(corpus, split_corpus(corpus, seed=seed), self.layout)
        folds = reference.folds(self.n_chars, n_folds=FOLDS, seed=seed)
        floors = sample_floor(folds, n_passages=len(texts), replicates=REPLICATES, seed=seed)
        tally = Scan(list(texts)).tally(self.layout, reference.lexicon)
        totals = Totals(tally.sum(axis=0, dtype=np.float64)[None], self.layout)
        outside = []
        for metric in self.metrics:
            floor = floors.floor(metric)
            damage = metric.damage(metric.values(totals, reference.totals), metric.values(reference.totals, reference.totals))
            if floor is not None and floor.damage_p95 is not None and np.isfinite(damage).all():
                outside.append(bool(damage[0] > floor.damage_p95))
        return float(np.mean(outside))

    def design_effects(self, n_books: int, rounds: int, *, seed: int) -> dict[str, float]:
        """Metric id -> variance over books of the value of their passages, as a multiple of that over passages; the median over rounds."""
        ratios: dict[str, list[float]] = {metric.id: [] for metric in self.metrics}
        for number in range(rounds):
            rng = np.random.default_rng([seed, n_books, number])
            rows = rng.permutation(len(self.books))
            known, sampled = np.array_split(rows, [len(rows) - n_books])
            corpus = Corpus("books", tuple(self.books[i] for i in known))
            reference = Reference(corpus, split_corpus(corpus, seed=number), self.layout)
            texts = [self.passages(self.books[i], rng) for i in sampled]
            tally = Scan([text for book in texts for text in book]).tally(self.layout, reference.lexicon)
            clusters = np.repeat(np.arange(n_books), [len(book) for book in texts])
            for id_, ratio in self._ratios(tally, clusters, reference.totals):
                ratios[id_].append(ratio)
        return {id_: float(np.median(values)) for id_, values in ratios.items() if values}

    def _ratios(self, tally: Counts, clusters: np.ndarray, reference: Totals) -> Iterator[tuple[str, float]]:
        by_book = Sample(tally, clusters, reference, "group")
        by_passage = replace(by_book, clusters=np.arange(len(tally)), unit="passage")
        first, second = (spreads(sample, self.metrics, seed=0) for sample in (by_book, by_passage))
        for id_, spread in first.items():
            if spread.reason is None and second[id_].reason is None and second[id_].standard_error > 0:
                yield id_, (spread.standard_error / second[id_].standard_error) ** 2


def main(arguments: Sequence[str] = ()) -> None:
    """Prints both tables as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks books", description=__doc__)
    parser.add_argument(
        "reference", nargs="?", default=str(CORPORA / "lovecraft"), help="corpus whose long documents are the books"
    )
    parser.add_argument("--books", type=int, nargs="+", default=[6, 12, 18], help="books of the reference")
    parser.add_argument("--rounds", type=int, default=40, help="unseen books for each number of books")
    parser.add_argument("--passages", type=int, default=20, help="passages of a book that are scored")
    parser.add_argument("--chars", type=int, default=1000, help="characters of a passage")
    parser.add_argument("--chapter", type=int, default=5000, help="characters of a chapter")
    parser.add_argument("--least", type=int, default=25_000, help="characters of a document that counts as a book")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of books and passages")
    options = parser.parse_args(arguments)
    books = Books(options.reference, least=options.least, n_passages=options.passages, n_chars=options.chars)
    print("| books | without groups | with groups | 1 of books + 1 |\n|---|---|---|---|")
    for n_books in options.books:
        shares = books.outside(n_books, options.rounds, chapter=options.chapter, seed=options.seed)
        print(f"| {n_books} | {_percent(shares[False])} | {_percent(shares[True])} | {100 / (n_books + 1):.1f} |")
    print("\n| measure | design effect |\n|---|---|")
    for id_, effect in books.design_effects(min(options.books), options.rounds, seed=options.seed).items():
        print(f"| {id_} | {effect:.1f} |")


def _percent(shares: Floats) -> str:
    """The mean of shares in percent, with its standard error."""
    return f"{100 * shares.mean():.1f} ± {100 * shares.std() / np.sqrt(len(shares)):.1f}"


if __name__ == "__main__":
    main()
