"""Measures whether overall falls where text becomes better by construction: `Ladders` of order, mixture, training text and training time."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from scipy import stats

import generators
from benchmarks.judgment.judge import Judge, reference_of
from evalkit.evaluation.candidates import (
    Candidate,
    Passages,
    Shape,
    generate,
    likelihood_of_held_out,
    parse_candidate,
    ready,
    sampled,
)
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.shape import samples_at_shape
from evalkit.text.io.readers import read_passages
from generators.base import Generator
from generators.training.checkpoints import is_checkpoints, read_index
from generators.training.folder import CHECKPOINTS

ORDERS = tuple(range(1, 9))
MIXED = ("ngram:order=5", "ngram:unit=word,order=3")
TRAINED = ("ngram:order=8", "ngram:order=5", "ngram:unit=word,order=3")
SHARES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
EIGHTHS = 8
RANKED = {f"char-{order}": f"ngram:order={order}" for order in (3, 4, 5, 6, 8)} | {
    f"word-{order}": f"ngram:unit=word,order={order}" for order in (2, 3)
}
MODELS = ("quick", "base")
APART = 0.1
"""Bits per character; models that are farther apart shall not stand the wrong way round."""


@dataclass(frozen=True)
class Ladder:
    """Texts that become better, step by step.

    Args:
        name: what changes.
        wanted: the largest correlation of the ranks of step and overall.
        steps: step -> overall.
    """

    name: str
    wanted: float
    steps: Mapping[float, float]

    @property
    def spearman(self) -> float:
        """The correlation of the ranks of step and overall."""
        return float(stats.spearmanr(list(self.steps), list(self.steps.values())).statistic)


@dataclass(frozen=True)
class Ranked:
    """A model: bits per character of held-out text, and overall of its samples."""

    bits: float
    overall: float


def kendall(models: Mapping[str, Ranked]) -> float:
    """Kendall's tau of bits per character and overall."""
    return float(stats.kendalltau([one.bits for one in models.values()], [one.overall for one in models.values()]).statistic)


def wrong_pairs(models: Mapping[str, Ranked]) -> list[tuple[str, str]]:
    """Pairs of models of which the first is better by more than .1 bits, and the second by overall."""
    pairs = [pair for a, b in combinations(models, 2) for pair in ((a, b), (b, a))]
    return [(a, b) for a, b in pairs if models[a].bits < models[b].bits - APART and models[a].overall > models[b].overall]


class Ladders:
    """All ladders of one corpus at one shape.

    Args:
        reference: the corpus.
        n_passages, n_chars: the shape of every step.
        models: name -> folder of a saved LSTM, of the presets `quick` and `base`; those that have none are trained.
        seed: of everything random.
    """

    def __init__(self, reference: Reference, n_passages: int, n_chars: int, models: Mapping[str, str], *, seed: int = 0) -> None:
        self.reference, self.shape, self.models, self.seed = reference, Shape(n_passages, n_chars), models, seed
        self.judge = Judge(reference, n_chars, seed=seed)

    def overall(self, passages: Passages) -> float:
        """Their mean distance over families."""
        return self.judge.judge(passages).overall

    def passages(self, spec: str) -> Passages:
        """Passages of a generator that is fitted on the reference, or of human text."""
        return generate(Candidate(spec, spec, "generator", cached=False), self.reference, self.shape, seed=self.seed).passages

    def orders(self, orders: Sequence[int] = ORDERS) -> Ladder:
        """Character n-grams by their order."""
        return Ladder("n-gram order", -1.0, {order: self.overall(self.passages(f"ngram:order={order}")) for order in orders})

    def mixtures(self, spec: str, parts: int = EIGHTHS) -> Ladder:
        """Human passages in place of more and more of a generator's."""
        human, other, n = self.passages("human"), self.passages(spec), self.shape.n_passages
        shares = {part / parts: round(part / parts * n) for part in range(parts + 1)}
        steps = {share: self.overall((*human[:first], *other[first:])) for share, first in shares.items()}
        return Ladder(f"human share in {spec}", -1.0, steps)

    def training_shares(self, spec: str, shares: Sequence[float] = SHARES) -> Ladder:
        """A generator that is fitted on the beginnings of the documents."""
        texts = [document.text for document in self.reference.split.train]
        steps = {}
        for share in shares:
            fitted = generators.create(spec).fit([text[: int(share * len(text))] for text in texts], seed=self.seed)
            steps[share] = self.overall(sampled(fitted, self.shape, seed=self.seed)[0])
        return Ladder(f"training share of {spec}", -0.98, steps)

    def checkpoints(self, folder: Path) -> Ladder:
        """Samples that were drawn while a model was trained, by its updates."""
        steps = {}
        for checkpoint in read_index(folder):
            passages = list(read_passages(folder / checkpoint.file))
            at_shape = samples_at_shape(Candidate("", "", "samples"), passages, self.shape, seed=self.seed).passages
            steps[checkpoint.updates] = self.overall(at_shape)
        return Ladder("updates of quick", -0.95, steps)

    def generator(self, name: str) -> Generator:
        """A model by its name: an n-gram, or an LSTM that is saved, or trained now."""
        if name in RANKED:
            return ready(Candidate(name, RANKED[name], "generator", cached=False), self.reference, seed=self.seed)
        given = parse_candidate(f"model:{self.models[name]}" if name in self.models else f"lstm:preset={name}")
        return ready(given, self.reference, seed=self.seed)

    def ranked(self, names: Sequence[str] = (*RANKED, *MODELS)) -> dict[str, Ranked]:
        """Models by the likelihood of held-out text and by overall."""
        return {name: self._ranked(name) for name in names}

    def _ranked(self, name: str) -> Ranked:
        generator = self.generator(name)
        bits = likelihood_of_held_out(generator, self.reference, seed=self.seed).bits_per_char
        assert bits is not None, f"{name} gives held-out text no probability"
        return Ranked(bits, self.overall(sampled(generator, self.shape, seed=self.seed)[0]))

    def all(self) -> Iterator[Ladder]:
        """Every ladder."""
        yield self.orders()
        yield from map(self.mixtures, MIXED)
        yield from map(self.training_shares, TRAINED)
        if "quick" in self.models and is_checkpoints(folder := Path(self.models["quick"]) / CHECKPOINTS):
            yield self.checkpoints(folder)


def measure(corpus: str, given: argparse.Namespace) -> None:
    """Prints all ladders of one corpus, and the order of models, as Markdown."""
    reference, name = reference_of(corpus, given.held_out), Path(corpus).name
    ladders = Ladders(reference, given.passages, given.chars, given.models.get(name, {}), seed=given.seed)
    print(f"| {name}, {given.passages} x {given.chars:,}: ladder | Spearman | wanted | overall, step by step |\n|---|---|---|---|")
    for ladder in ladders.all():
        steps = ", ".join(f"{step:g}: {overall:.3f}" for step, overall in ladder.steps.items())
        print(f"| {ladder.name} | {ladder.spearman:.3f} | {ladder.wanted:g} | {steps} |", flush=True)
    print(f"\n| {name} | bits per character | overall |\n|---|---|---|")
    models = ladders.ranked()
    for model, ranked in sorted(models.items(), key=lambda item: item[1].bits):
        print(f"| {model} | {ranked.bits:.3f} | {ranked.overall:.3f} |")
    wrong = ", ".join(f"{a} before {b}" for a, b in wrong_pairs(models)) or "none"
    print(
        f"\nKendall's tau: {kendall(models):.2f}. Pairs more than {APART:g} bits apart the wrong way round: {wrong}.\n", flush=True
    )
