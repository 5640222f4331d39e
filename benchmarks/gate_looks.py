"""Measures the whole gate with all of its looks: unchanged generators, planted defects, and the passages that it takes to decide."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.gate_error_rates import percent
from benchmarks.pools import CORPORA, Pool
from evalkit.auditing.given import Given
from evalkit.calibration.simulate import Passages, Rates, SimulatedGate, gated_metrics, simulate
from evalkit.counts.feature import Layout
from evalkit.counts.matrix import Scan
from evalkit.defects.planted import loop, swap_letters, unigram_words
from evalkit.defects.samples import blank, scramble
from evalkit.evaluation.audit import Auditor
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.reference import Reference
from evalkit.gating.doses import dose_damages
from evalkit.gating.measures import measures_of
from evalkit.gating.policy import GATED, Margin, Rule, default_policy
from evalkit.inference import doubling
from evalkit.metrics import Metric, select
from evalkit.text.canonical import canonical
from evalkit.text.corpus import Corpus, read_corpus, split_corpus
from evalkit.text.documents import Document
from evalkit.text.passages import Passage, fit_length
from generators import create
from generators.base import PLAIN, Decoding, Generator

N_CHARS, MARGIN, FOLDS, REPLICATES, CHUNK = 1000, 40, 20, 1000, 200
PER_PASSAGE = ("audit.empty", "audit.error", "audit.loops", "audit.short", "audit.mojibake")
"""Checks of the audit that look at each passage alone, so that pools can be flagged once."""


def corpus_named(name: str) -> Corpus:
    """The tales, or a corpus beside the project; `chapters` are the six longest stories of Lovecraft in pieces of 6,000 characters."""
    if name == "tales":
        return read_corpus()
    if name == "tinyshakespeare":
        name = "tinyshakespeare/input.txt"
    if name != "chapters":
        return read_corpus(str(CORPORA / name))
    longest = sorted(read_corpus(str(CORPORA / "lovecraft")).documents, key=lambda document: -len(document.text))[:6]
    pieces = [
        Document(f"{book.id}-{start // 6000:03}", book.text[start : start + 6000], book.id)
        for book in longest
        for start in range(0, len(book.text) - 2999, 6000)
    ]
    return Corpus("chapters", tuple(pieces))


class Bench:
    """One corpus, its gate at the default shape, and pools of passages.

    Args:
        name: of the corpus.
        most: passages of the last look.
        cached: whether the counts of the corpus may be taken from the cache, and are kept there.
    """

    def __init__(self, name: str, *, most: int, cached: bool = False) -> None:
        corpus = corpus_named(name)
        self.policy = default_policy()
        self.metrics = gated_metrics(select(kind=Metric), self.policy)
        self.reference = Reference(corpus, split_corpus(corpus, seed=0), Layout.of(self.metrics), cached=cached)
        self.auditor = Auditor(self.reference.split)
        self.train = [document.text for document in self.reference.split.train]
        self.noise = [word for text in create("unigram").fit(self.train).sample(50, 2000, seed=5) for word in text.split()]
        self.gate = self._gate(most)

    def _gate(self, most: int) -> SimulatedGate:
        n_first = min(200, sum(map(len, self.reference.held_out_texts)) // N_CHARS)
        folds = self.reference.folds(N_CHARS, n_folds=FOLDS, seed=0)
        floors = {}
        for n in doubling(n_first, most):
            sample = sample_floor(folds, n_passages=n, replicates=REPLICATES, seed=0)
            floors[n] = {metric.id: sample.floor(metric) for metric in self.metrics}
        doses = dose_damages(self.reference, folds, measures_of(self.metrics, floors[n_first]), seed=0)
        first = floors.pop(n_first)
        return SimulatedGate(self.metrics, first, self.policy, self.reference.totals, n_first, further=floors, doses=doses)

    def fitted(self, spec: str) -> Generator:
        """A generator fitted to the training documents, or a saved model."""
        if spec.startswith("model:"):
            from generators.storage.models import load

            return load(Path(spec.partition(":")[2]))
        return create(spec).fit(self.train)

    def texts(self, generator: Generator, n: int, *, seed: int, decoding: Decoding = PLAIN) -> list[str]:
        """Passages as a gate cuts them."""
        drawn = generator.sample(n, N_CHARS + MARGIN, seed=seed, decoding=decoding)
        return [fit_length(canonical(text), N_CHARS) for text in drawn]

    def passages(self, texts: Sequence[str]) -> Passages:
        """Texts counted and audited; texts that occur twice are one unit."""
        parts = [texts[i : i + CHUNK] for i in range(0, len(texts), CHUNK)]
        tally = np.concatenate([Scan(list(part)).tally(self.reference.layout, self.reference.lexicon) for part in parts])
        given = [Passage(text, f"{i:05d}") for i, text in enumerate(texts)]
        flags = self.auditor.flags(Given(given))
        faults = {check: np.isin(np.arange(len(texts)), np.fromiter(flags[check], int)) for check in PER_PASSAGE}
        numbers = {text: i for i, text in reversed(list(enumerate(texts)))}
        clusters = np.array([numbers[text] for text in texts])
        return Passages(tally.astype(np.int32), clusters if len(numbers) < len(texts) else None, faults)


@dataclass(frozen=True)
class Planted:
    """A defect: what is done to the texts of a good generator, or how another candidate is drawn."""

    name: str
    draw: Callable[[Bench, Generator, int], list[str]]


def _each(change: Callable[[str, np.random.Generator, Bench], str]) -> Callable[[Bench, Generator, int], list[str]]:
    def draw(bench: Bench, good: Generator, n: int) -> list[str]:
        rng = np.random.default_rng(7)
        return [change(text, rng, bench) for text in bench.texts(good, n, seed=99)]

    return draw


PLANTED = (
    Planted("temperature 1.0 to .9", lambda bench, good, n: bench.texts(good, n, seed=3, decoding=Decoding(temperature=0.9))),
    Planted("1 % of letters swapped", _each(lambda text, rng, _: swap_letters(text, 0.01, rng))),
    Planted("2.5 % of words replaced", _each(lambda text, rng, bench: unigram_words(text, 0.025, rng, bench.noise))),
    Planted("order 8 to 5", lambda bench, good, n: bench.texts(bench.fitted("ngram:order=5"), n, seed=2)),
    Planted("5 % empty", lambda bench, good, n: blank(bench.texts(good, n, seed=99), 0.05, np.random.default_rng(7))),
    Planted("each passage twice", lambda bench, good, n: [t for text in bench.texts(good, n // 2, seed=99) for t in (text, text)]),
    Planted("10 % noise passages", lambda bench, good, n: scramble(bench.texts(good, n, seed=99), 0.1, np.random.default_rng(7))),
    Planted("last fifth looped", _each(lambda text, rng, _: loop(text, 0.2, rng))),
)


def at_the_margin(bench: Bench, good: Passages, worse: Passages) -> SimulatedGate:
    """The gate with the margin of every gated measure at the difference of two pools, the largest at any look: no regression is true."""
    differences = [_differences(bench, n, good, worse) for n in bench.gate.sizes]
    rules = []
    for id_ in differences[0]:
        most = max(of_look[id_] for of_look in differences)
        if most > 0:
            rules.append(Rule(id_, None, Margin(most, in_floors=False), "true difference"))
    return replace(bench.gate, policy=replace(bench.policy, rules=(*bench.policy.rules, *rules)))


def _differences(bench: Bench, n: int, good: Passages, worse: Passages) -> dict[str, float]:
    """The difference in expected damage of every gated measure, at the size of a look."""
    measures = [measure for measure in bench.gate.measures_at(n) if bench.policy.threshold(measure.id).tier in GATED]
    totals = bench.reference.totals
    metrics = [measure.metric for measure in measures]
    before, after = (Pool("", pool.tally, totals).expected(metrics, n, rounds=10, seed=0) for pool in (good, worse))
    differences = {}
    for measure in measures:
        target = float(measure.metric.values(totals, totals)[0])
        floor = -np.inf if measure.floor is None else measure.floor
        damages = np.maximum(measure.metric.damage(np.array([before[measure.metric.id], after[measure.metric.id]]), target), floor)
        differences[measure.id] = float(damages[1] - damages[0])
    return differences


def cells(rates: Rates) -> str:
    """Verdicts in percent with their intervals, and passages on average."""
    verdicts = " | ".join(percent(rates.share(verdict)) for verdict in ("REGRESSION", "PASS", "INCONCLUSIVE"))
    return f"{verdicts} | {rates.mean_passages:.0f}"


def undecided(bench: Bench, rates: Rates) -> str:
    """The critical measures that most often stood in the way of a pass."""
    shares = {
        measure: 1 - counts["pass"] / rates.runs
        for measure, counts in rates.decisions.items()
        if bench.policy.threshold(measure).tier == "critical"
    }
    worst = sorted(shares, key=lambda measure: -shares[measure])[:3]
    return ", ".join(f"`{measure}` {100 * shares[measure]:.0f} %" for measure in worst if shares[measure]) or "none"


def seen_by(bench: Bench, rates: Rates) -> str:
    """The gated measures that saw a defect most often."""
    gated = [measure for measure in rates.decisions if bench.policy.threshold(measure).tier in GATED]
    seen = sorted(gated, key=rates.detected, reverse=True)[:3]
    return ", ".join(f"`{measure}` {100 * rates.detected(measure):.0f} %" for measure in seen if rates.detected(measure)) or "none"


def main(arguments: Sequence[str] = ()) -> None:
    """Prints both tables as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks gate_looks", description=__doc__)
    parser.add_argument("corpora", nargs="*", default=["tales"], help="tales, lovecraft, tinyshakespeare, chapters")
    parser.add_argument(
        "--generators",
        nargs="*",
        default=["ngram:order=5", "ngram:order=8", "ngram:unit=word,order=2"],
        help="the generators that are gated against themselves",
    )
    parser.add_argument("--baseline", default="ngram:order=8", help="the generator that defects are planted in")
    parser.add_argument("--runs", type=int, default=300, help="gates of an unchanged generator")
    parser.add_argument("--defect-runs", type=int, default=100, help="gates for each defect; 0 plants none")
    parser.add_argument("--margin-runs", type=int, default=100, help="gates whose true differences lie at their margins")
    parser.add_argument("--pool", type=int, default=1200, help="passages of each generator")
    parser.add_argument("--most", type=int, default=400, help="passages of the last look")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--only", nargs="*", default=[], help="defects whose names begin so")
    args = parser.parse_args(arguments)
    start = time.process_time()
    for name in args.corpora:
        bench = Bench(name, most=args.most)
        print(
            f"| {name}, looks at {bench.gate.sizes} | runs | REGRESSION | PASS | INCONCLUSIVE | passages | undecided, or seen by |"
        )
        print("|---|---|---|---|---|---|---|", flush=True)
        for spec in args.generators if args.runs else []:
            pool = bench.passages(bench.texts(bench.fitted(spec), args.pool, seed=1))
            rates = simulate(bench.gate, pool, runs=args.runs, jobs=args.jobs)
            print(f"| {spec}, unchanged | {args.runs} | {cells(rates)} | {undecided(bench, rates)} |", flush=True)
        if args.defect_runs:
            _defects(bench, args)
        if args.margin_runs:
            good, worse = (bench.passages(bench.texts(bench.fitted(f"ngram:order={n}"), args.pool, seed=n)) for n in (8, 5))
            rates = simulate(at_the_margin(bench, good, worse), good, worse, runs=args.margin_runs, jobs=args.jobs)
            print(
                f"| order 8 to 5, margins at the truth | {args.margin_runs} | {cells(rates)} | {seen_by(bench, rates)} |",
                flush=True,
            )
        print(f"\n{time.process_time() - start:.0f} s of CPU time", flush=True)


def _defects(bench: Bench, args: argparse.Namespace) -> None:
    good = bench.fitted(args.baseline)
    pool = bench.passages(bench.texts(good, args.pool, seed=1))
    most = bench.gate.sizes[-1]
    for planted in PLANTED:
        if args.only and not planted.name.startswith(tuple(args.only)):
            continue
        n = args.pool if "twice" not in planted.name else args.pool // most * most
        worse = bench.passages(planted.draw(bench, good, n))
        rates = simulate(bench.gate, pool, worse, runs=args.defect_runs, jobs=args.jobs, whole="twice" in planted.name)
        print(f"| {args.baseline}, {planted.name} | {args.defect_runs} | {cells(rates)} | {seen_by(bench, rates)} |", flush=True)


if __name__ == "__main__":
    main()
