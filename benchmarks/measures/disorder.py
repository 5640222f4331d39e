"""Measures what metrics of order, spelling and variety say of human text, disordered and misspelt text, copies and n-grams.

Human text is held-out passages of the standard split, and what is disordered is made of them. Salads are random pieces of one, three and four
words of the training text. Copies and noise are made of training passages, since reverse.bits is measured on the held-out text. With --coverage,
how often the interval of variety.shared holds the mean of other samples of n-gram passages. With --lags, whether the lag profile sees sentences
in random order.
"""

from __future__ import annotations

import argparse
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

import generators
from evalkit.calibration.simulate import wilson
from evalkit.counts.feature import Counts, Floats
from evalkit.counts.matrix import Scan
from evalkit.counts.recurrence import lags
from evalkit.defects.planted import swap_letters
from evalkit.evaluation.candidates import texts_candidate
from evalkit.evaluation.compare import compare
from evalkit.evaluation.reference import scan_documents, scan_slices
from evalkit.evaluation.request import CompareRequest
from evalkit.inference import interval_without
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.neighbours import shared_by_neighbours
from evalkit.matching.shared_spans import SharedSpans
from evalkit.metrics import PairedMetric, catalogue, select
from evalkit.metrics.base import jensen_shannon
from evalkit.metrics.variety import SPAN
from evalkit.results import Results
from evalkit.text.canonical import canonical
from evalkit.text.corpus import Split, read_corpus, split_corpus
from evalkit.text.passages import slices

MEASURES = ("order.context", "order.avoided", "vocab.misspelt", "variety.shared", "reverse.bits")
MISSPELT: dict[str, Callable[[str, str], str]] = {
    "left out": lambda char, other: "",
    "doubled": lambda char, other: char + char,
    "replaced": lambda char, other: other,
    "inserted": lambda char, other: char + other,
}
"""How a letter is misspelt, by itself and a random letter; those that change places are made by `swap_letters`."""
NGRAMS = ("ngram:order=3", "ngram:order=5", "ngram:order=8", "ngram:unit=word,order=2", "ngram:unit=word,order=3")


class Kinds:
    """Makes texts of every kind from one corpus.

    Args:
        split: its training and held-out documents.
        n: passages of a kind.
        n_chars: characters of a passage.
        seed: of everything random.
    """

    def __init__(self, split: Split, n: int, n_chars: int, seed: int) -> None:
        self.rng, self.n, self.n_chars = np.random.default_rng(seed), n, n_chars
        self.documents = [document.text for document in split.train]
        self.human = self.some([piece for document in split.held_out for piece in slices(document.text, n_chars)])
        self.training = self.some([piece for text in self.documents for piece in slices(text, n_chars)])
        self.words = [word for text in self.documents for word in text.split()]

    def some(self, texts: Sequence[str]) -> list[str]:
        """As many of some texts as a kind has."""
        return [texts[i] for i in self.rng.permutation(len(texts))[: self.n]]

    def pieces(self, text: str, n_words: int) -> str:
        """A text in pieces of so many words, in random order."""
        words = text.split()
        pieces = [words[i : i + n_words] for i in range(0, len(words), n_words)]
        return " ".join(word for i in self.rng.permutation(len(pieces)) for word in pieces[i])

    def exchanged(self, text: str, every: int) -> str:
        """A text with every so many words one of the training text in its place."""
        words = text.split(" ")
        words[every - 1 :: every] = self.rng.choice(self.words, len(words[every - 1 :: every])).tolist()
        return " ".join(words)

    def changed(self, text: str, kind: str, every: int = 40) -> str:
        """A text with every so many words doubled, left out, or in the place of the word after it."""
        words = text.split(" ")
        for i in reversed(range(every - 1, len(words) - 1, every)):
            pair = words[i : i + 2]
            words[i : i + 2] = {"doubled": [pair[0], *pair], "left out": pair[1:], "swapped with the next": pair[::-1]}[kind]
        return " ".join(words)

    def misspelt(self, text: str, share: float) -> Iterator[tuple[str, str]]:
        """A text with a share of its letters misspelt, in each way."""
        for kind, change in MISSPELT.items():
            hit, other = self.rng.random(len(text)) < share, self.rng.choice(list(string.ascii_lowercase), len(text))
            yield kind, "".join(change(c, o) if h and c.isalpha() else c for c, h, o in zip(text, hit, other, strict=True))
        yield "swapped", swap_letters(text, share, self.rng)

    def salad(self, shares: Sequence[float]) -> str:
        """Random pieces of one, three and four words of the training text."""
        words: list[str] = []
        while sum(map(len, words)) + len(words) < self.n_chars:
            n = int(self.rng.choice((1, 3, 4), p=shares))
            start = int(self.rng.integers(len(self.words) - n))
            words += self.words[start : start + n]
        return " ".join(words)[: self.n_chars]

    def noise(self) -> str:
        """Letters of the training text in random order."""
        return "".join(self.rng.choice(list("".join(self.documents)), self.n_chars))

    def all(self) -> Iterator[tuple[str, list[str]]]:
        """Each kind's name and texts."""
        yield "held-out human text", self.human
        for n_words in (12, 6, 1):
            yield f"in pieces of {n_words} in random order", [self.pieces(text, n_words) for text in self.human]
        for every in (40, 20, 10):
            yield f"every {every}th word exchanged", [self.exchanged(text, every) for text in self.human]
        for kind in ("doubled", "left out", "swapped with the next"):
            yield f"every 40th word {kind}", [self.changed(text, kind) for text in self.human]
        for share in (0.0025, 0.005, 0.01):
            texts = [dict(self.misspelt(text, share)) for text in self.human]
            for kind in texts[0]:
                yield f"{share:.2%} of letters {kind}", [by_kind[kind] for by_kind in texts]
        for shares in ((0.65, 0.33, 0.02), (0.8, 0.17, 0.03)):
            yield f"salad of {shares[0]:.0%} single words", [self.salad(shares) for _ in range(self.n)]
        for spec in NGRAMS:
            yield spec, generators.create(spec).fit(self.documents).sample(self.n, self.n_chars, seed=1)
        yield "training passages", self.training
        for times in (2, 5, self.n):
            yield f"of which each stands {times} times", [self.training[i // times] for i in range(self.n)]
        noise = [self.noise() for _ in range(self.n // 10)]
        yield "of which 10 % are noise", [*noise, *self.training[len(noise) :]]


def measured(split: Split, reference: str, metrics: Sequence[str], *, n: int, n_chars: int, seed: int) -> Results:
    """All kinds, measured together."""
    request = CompareRequest(
        candidates=[texts_candidate(name, texts) for name, texts in Kinds(split, n, n_chars, seed).all()],
        corpus=read_corpus(reference),
        split=split,
        metrics=select(metrics),
        n_passages=n,
        n_chars=n_chars,
        seed=seed,
    )
    return compare(request).results


def rows(results: Results, metrics: Sequence[str]) -> Iterator[str]:
    """The human floor, and a row a kind: values, with the distance from human text in floor units where there is one."""
    floors = {row.metric: row.floor for row in results.results}
    cells = [
        f"{floor.median:.3g}, {floor.p95:.3g}" if floor and floor.median is not None else "none"
        for floor in map(floors.get, metrics)
    ]
    yield f"| human floor: median, 95th percentile | {' | '.join(cells)} |"
    for candidate in results.candidates:
        found = {row.metric: row for row in results.results if row.candidate == candidate["name"]}
        shown = []
        for row in map(found.__getitem__, metrics):
            distance = f" ({row.distance:.1f})" if row.distance is not None else ""
            shown.append("not measured" if row.value is None else f"{row.value:.3g}{distance}")
        yield f"| {candidate['name']} | {' | '.join(shown)} |"


def coverage(split: Split, spec: str, *, n: int, n_chars: int, n_samples: int, seed: int) -> tuple[int, float]:
    """How many intervals of variety.shared hold the mean over all samples, and that mean; samples are drawn from a pool of 10 n passages."""
    generator = generators.create(spec).fit([document.text for document in split.train])
    pool = Scan(generator.sample(10 * n, n_chars, seed=1)).texts
    measure = catalogue(PairedMetric)["variety.shared"]
    rng = np.random.default_rng(seed)
    values, estimates = [], []
    for _ in range(n_samples):
        spans = SharedSpans.of([pool[i] for i in rng.permutation(len(pool))[:n]], SPAN)
        values.append(spans.share)
        estimates.append(interval_without(measure, spans.share, spans.shares_without(np.arange(n))))
    mean = float(np.mean(values))
    return sum(e.low is not None and e.high is not None and e.low <= mean <= e.high for e in estimates), mean


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


LAG_MEASURES: dict[str, Distance] = {
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


def lag_table(corpus: str, *, n: int, n_chars: int, n_draws: int) -> None:
    """Prints how often the lag profile, and course.sentences, see sentences, clauses and words in random order.

    The lag profile is the distribution of the distances, in words, at which a content word returns in its passage. Every draw holds out a tenth
    of the documents. Their passages, as they are and shuffled, are compared with the other documents; the human floor is what the draws have as
    they are.
    """
    documents = [canonical(document.text) for document in read_corpus(corpus).documents]
    index, scan, rng = CorpusIndex(scan_documents(documents)), scan_slices(documents, n_chars), np.random.default_rng(0)
    assert scan.origin is not None, "slices have one"
    texts = {"as it is": counted(scan, index)}
    for name, pattern in UNITS.items():
        pieces = [re.split(pattern, text) for text in scan.texts]
        shuffled = [" ".join(of_text[i] for i in rng.permutation(len(of_text))) for of_text in pieces]
        texts[name] = counted(Scan(shuffled), index)
    found: dict[str, dict[str, list[float]]] = {measure: {name: [] for name in texts} for measure in LAG_MEASURES}
    for _ in range(n_draws):
        held_out = np.isin(scan.origin.document, rng.choice(len(documents), max(1, round(0.1 * len(documents))), replace=False))
        rows = rng.permutation(np.flatnonzero(held_out))[:n]
        reference = [
            part[~held_out].sum(axis=0).astype(float) for part in (texts["as it is"].returns, texts["as it is"].neighbours)
        ]
        for name, text in texts.items():
            returns, neighbours = (part[rows].sum(axis=0).astype(float) for part in (text.returns, text.neighbours))
            for measure, distance in LAG_MEASURES.items():
                found[measure][name].append(distance(returns, reference[0], neighbours, reference[1]))
    print(f"| measure | {' | '.join(f'shuffled {name}, seen in %' for name in UNITS)} |", "|---" * 4 + "|", sep="\n")
    for measure, by_text in found.items():
        bound = np.percentile(by_text["as it is"], 95, method="weibull")
        seen = [f"{100 * np.mean(np.array(by_text[name]) > bound):.0f}" for name in UNITS]
        print(f"| {measure} | {' | '.join(seen)} |", flush=True)


def main(arguments: Sequence[str]) -> None:
    """Prints the table, or the coverage."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks disorder", description=__doc__)
    parser.add_argument("--reference", default="lovecraft", help="corpus that all kinds are made of")
    parser.add_argument("--held-out", default="every:10:4", help="its held-out documents")
    parser.add_argument("-m", "--metrics", default=",".join(MEASURES), help="metrics to measure, by id")
    parser.add_argument("--passages", type=int, default=100, help="passages of a kind")
    parser.add_argument("--chars", type=int, default=2000, help="characters of a passage")
    parser.add_argument(
        "--coverage", type=int, default=0, metavar="SAMPLES", help="print the coverage over so many samples instead"
    )
    parser.add_argument("--lags", type=int, default=0, metavar="DRAWS", help="print the table of the lag profile instead")
    parser.add_argument("--seed", type=int, default=0, help="of everything random")
    given = parser.parse_args(arguments)
    if given.lags:
        lag_table(given.reference, n=given.passages, n_chars=given.chars, n_draws=given.lags)
        return
    split = split_corpus(read_corpus(given.reference), held_out=given.held_out)
    if given.coverage:
        print("| passages of | variety.shared | coverage, % |", "|---|---|---|", sep="\n")
        for spec in NGRAMS[2:]:
            held, mean = coverage(split, spec, n=given.passages, n_chars=given.chars, n_samples=given.coverage, seed=given.seed)
            rate, low, high = wilson(held, given.coverage)
            print(f"| {spec} | {mean:.2g} | {100 * rate:.1f} ({100 * low:.1f}-{100 * high:.1f}) |", flush=True)
        return
    metrics = given.metrics.split(",")
    print(f"| text | {' | '.join(metrics)} |", "|---" * (1 + len(metrics)) + "|", sep="\n")
    for row in rows(measured(split, given.reference, metrics, n=given.passages, n_chars=given.chars, seed=given.seed), metrics):
        print(row, flush=True)
