"""Measures how often text that was not guessed along the corpus is flagged as a shadow. Also measures how good a guess must be to be found.

The first table flags 200 passages of each kind: held-out human text, n-grams, with --lstm a trained model, and held-out text as a model prints
it that is fed it and guesses each next letter. The second flags human text, each document compared with all others, by length of passage.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import generators
from evalkit.calibration.simulate import wilson
from evalkit.evaluation.reference import scan_documents
from evalkit.matching.alignment import thresholds, windows
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.training_index import TrainingIndex
from evalkit.text.canonical import canonical
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import slices
from generators.base import Decoding

_N_PASSAGES, _CHARS = 200, 1000
_N_BY_LENGTH = 3000
_SIZES = (60, 80, 100, 120, 150, 300, 1000)
_TEMPERATURES = (1.0, 0.5)
_RIGHT = (0.35, 0.4, 0.45, 0.5, 0.6, 0.7)


def flagged(training: TrainingIndex, texts: Sequence[str]) -> tuple[int, int, float]:
    """Passages with a shadow, passages, and the share of characters that agree in them."""
    shadows = training.shadows(texts)
    rows = {shadow.passage for shadow in shadows}
    agreeing = sum(
        training.index.shadows.agreeing(texts[row], [shadow for shadow in shadows if shadow.passage == row]) for row in rows
    )
    return len(rows), len(texts), agreeing / sum(map(len, texts))


def guessed(text: str, right: float, *, letters: str, rng: np.random.Generator) -> str:
    """The text as a model prints it that is fed every true character and guesses this share correctly, spaces more often than letters."""
    is_space = np.array([not char.isalpha() for char in text])
    spaces = is_space.mean()
    kept = np.where(is_space, (1 + right) / 2, (right - spaces * (1 + right) / 2) / (1 - spaces))
    wrong = rng.choice(list(letters), len(text))
    return "".join(
        char if keep else str(other) for char, other, keep in zip(text, wrong, rng.random(len(text)) < kept, strict=True)
    )


def rows(
    reference: str, *, lstm: str | None = None, n_passages: int = _N_PASSAGES, seed: int = 0
) -> Iterator[tuple[str, int, int, float]]:
    """Name, passages flagged, passages, and share of characters that agree."""
    corpus = read_corpus(reference)
    split = split_corpus(corpus)
    documents = [*split.train, *split.held_out]
    index = CorpusIndex(scan_documents([document.text for document in documents]), [document.id for document in documents])
    training, rng = index.training(range(len(split.train))), np.random.default_rng(seed)
    human = [piece for document in split.held_out for piece in slices(document.text, _CHARS)]
    human = [human[row] for row in rng.permutation(len(human))[:n_passages]]
    yield "held-out human", *flagged(training, human)
    train = [document.text for document in split.train]
    for order in range(1, 6):
        generator = generators.create(f"ngram:order={order}").fit(train, seed=seed)
        yield f"n-gram of order {order}", *flagged(training, generator.sample(n_passages, _CHARS, seed=seed))
    if lstm is not None:
        from generators.storage.models import load

        model = load(Path(lstm.partition(":")[2]))
        for temperature in _TEMPERATURES:
            samples = model.sample(n_passages, _CHARS, seed=seed, decoding=Decoding(temperature=temperature))
            yield f"LSTM, free running, temperature {temperature:g}", *flagged(training, samples)
    letters = "".join(train)[:200_000]
    for right in _RIGHT:
        yield f"guesses, {right:.0%} right", *flagged(training, [guessed(text, right, letters=letters, rng=rng) for text in human])


def by_length(reference: str, *, n: int = _N_BY_LENGTH, seed: int = 0) -> Iterator[tuple[int, int, int]]:
    """Characters of a passage, human passages with a window that runs along another document, and passages."""
    texts = [canonical(document.text) for document in read_corpus(reference).documents]
    index, rng = CorpusIndex(scan_documents(texts)).shadows, np.random.default_rng(seed)
    sizes = np.array([len(text) for text in texts])
    for size in _SIZES:
        long_enough = np.where(sizes > size, sizes, 0)
        owner = rng.choice(len(texts), n, p=long_enough / long_enough.sum())
        pieces = [texts[row][start : start + size] for row, start in zip(owner, rng.integers(sizes[owner] - size), strict=True)]
        stretches = windows(pieces)
        _, agreement = index.align(pieces, stretches, owner=owner[stretches.passage]).best(len(stretches))
        yield size, len(np.unique(stretches.passage[agreement >= thresholds(stretches.size)])), n


def main(arguments: Sequence[str] = ()) -> None:
    """Prints both tables as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks shadows", description=__doc__)
    parser.add_argument("reference", nargs="?", default="embedded", help="corpus to search")
    parser.add_argument("--lstm", help="a saved model, model:DIR")
    parser.add_argument("--passages", type=int, default=_N_PASSAGES, help="of each kind in the first table")
    parser.add_argument("--human", type=int, default=_N_BY_LENGTH, help="passages of each length in the second table")
    options = parser.parse_args(arguments)
    print("| text | passages flagged | characters that agree |\n|---|---|---|")
    for name, n_flagged, n, share in rows(options.reference, lstm=options.lstm, n_passages=options.passages):
        _, low, high = wilson(n_flagged, n)
        print(f"| {name} | {n_flagged} of {n} ({100 * low:.1f} to {100 * high:.1f} %) | {share:.2%} |", flush=True)
    print("\n| human passages of | flagged |\n|---|---|")
    for size, n_flagged, n in by_length(options.reference, n=options.human):
        _, low, high = wilson(n_flagged, n)
        print(f"| {size:,} characters | {n_flagged} of {n:,} ({100 * low:.2f} to {100 * high:.2f} %) |", flush=True)
