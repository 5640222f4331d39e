"""Compares what surface measures and copying measures say of n-gram models: the table of docs/explanation/surface.md.

char-N is an unsmoothed N-gram: it draws from what followed the same N - 1 characters in the training text. `copied` is the share of 20-character
spans that occur in the training text. Human text is the held-out documents of the standard split.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.counts.feature import Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import Reference
from evalkit.matching.encoding import code_points
from evalkit.matching.suffix_array import Suffixes
from evalkit.metrics import Metric, catalogue
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import slices

COLUMNS = {
    "wordlen.w1": "W1 length",
    "word.the": "the/10k",
    "suffix.ing": "-ing/10k",
    "function.share": "function share",
    "vocab.hit": "vocab hit",
    "vocab.dictionary": "in dictionary",
    "novelty.words_3": "new word 3-grams",
    "novelty.chars_20": "20-char spans copied",
    "copy.shadow": "shadow",
    "judge.bits": "judge bits",
}
ORDERS = (5, 8, 12)
PASSAGE_CHARS = 1000


@dataclass(frozen=True)
class Row:
    """One generator's values by metric id; novelty is given as the share that is copied."""

    name: str
    values: Mapping[str, float]


def unsmoothed(text: str, order: int, n_chars: int, *, seed: int) -> str:
    """Text of an unsmoothed n-gram: each character follows the last order - 1 at a random place of the training text that has them."""
    rng = np.random.default_rng(seed)
    n = order - 1
    # Places with the same n characters are neighbours among the sorted suffixes, so each group of them gets a number without a dictionary.
    _, numbered = np.unique(code_points(text), return_inverse=True)
    suffixes = Suffixes.of([numbered + 1])
    group = np.empty(len(text), np.int64)
    group[suffixes.position] = np.cumsum(suffixes.shared < n)
    places = np.argsort(group[: len(text) - n], kind="stable")  # the last n characters are followed by nothing
    first = np.searchsorted(group[places], np.arange(group.max() + 2))
    place = int(rng.integers(len(text) - order))
    chars = []
    while len(chars) < n_chars:
        low, high = first[group[place] : group[place] + 2]
        if low == high:
            place = int(rng.integers(len(text) - order))
            chars += text[place : place + n]
            continue
        place = int(places[low + rng.integers(high - low)]) + 1
        chars.append(text[place + n - 1])
    return "".join(chars)[:n_chars]


def table(reference: str, *, ids: Iterable[str] = tuple(COLUMNS), n_chars: int = 200_000, seed: int = 0) -> list[Row]:
    """One row a generator, with the metrics of these ids."""
    metrics = [catalogue(Metric)[id_] for id_ in ids]
    layout = Layout.of(metrics)
    corpus = read_corpus(reference)
    standard = Reference(corpus, split_corpus(corpus), layout)
    train = "\n".join(document.text for document in standard.split.train)
    rng = np.random.default_rng(seed)
    human = [piece for document in standard.split.held_out for piece in slices(document.text, PASSAGE_CHARS)]
    held_out = [human[i] for i in rng.permutation(len(human))[: n_chars // PASSAGE_CHARS]]
    sources: dict[str, Sequence[str]] = {
        "held-out human": held_out,
        "unigram": _cut("".join(rng.choice(list(train), n_chars))),
        **{f"char-{order}": _cut(unsmoothed(train, order, n_chars, seed=seed)) for order in ORDERS},
    }
    rows = []
    for name, passages in sources.items():
        totals = Totals(Scan(passages).tally(layout, standard.lexicon).sum(axis=0, dtype=np.float64), layout)
        values = {metric.id: float(metric.values(totals, standard.totals)[0]) for metric in metrics}
        if "novelty.chars_20" in values:
            values["novelty.chars_20"] = 1 - values["novelty.chars_20"]
        rows.append(Row(name, values))
    return rows


def _cut(text: str) -> list[str]:
    return [text[i : i + PASSAGE_CHARS] for i in range(0, len(text), PASSAGE_CHARS)]


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the table as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks surface", description=__doc__)
    parser.add_argument("reference", nargs="?", default="embedded", help="corpus to compare with")
    parser.add_argument("--chars", type=int, default=200_000, help="characters of each generator")
    parser.add_argument("--seed", type=int, default=0, help="of the samples")
    options = parser.parse_args(arguments)
    print("| | " + " | ".join(COLUMNS.values()) + " |\n|---|" + "---|" * len(COLUMNS))
    for row in table(options.reference, n_chars=options.chars, seed=options.seed):
        print(f"| {row.name} | " + " | ".join(_shown(id_, row.values[id_]) for id_ in COLUMNS) + " |")


def _shown(id_: str, value: float) -> str:
    if id_ in ("word.the", "suffix.ing"):
        return f"{value:.0f}"
    return f"{value:.2%}" if id_ in ("novelty.chars_20", "copy.shadow") else f"{value:.3f}"
