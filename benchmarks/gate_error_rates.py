"""Measures the gate's false alarms in A/A runs and its detection of planted defects: the tables of docs/reference/measured/gate.md."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.pools import CORPORA, Pool
from evalkit.calibration.simulate import Rates, SimulatedGate, gated_metrics, simulate
from evalkit.counts.feature import Counts, Layout
from evalkit.counts.matrix import Scan
from evalkit.defects.planted import swap_letters, unigram_words
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.reference import Reference
from evalkit.gating.doses import dose_damages
from evalkit.gating.measures import measures_of
from evalkit.gating.policy import GATED, Margin, Rule, default_policy
from evalkit.metrics import Metric, select
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import fit_length
from generators import create
from generators.base import PLAIN, Decoding, Generator

Change = Callable[[str, float, np.random.Generator, Sequence[str]], str]
CHUNK = 1000
MARGIN = 40
FOLDS, REPLICATES = 20, 1000


@dataclass(frozen=True)
class Bench:
    """The reference, split as the standard split is, and the gated metrics."""

    reference: Reference
    metrics: tuple[Metric, ...]

    @property
    def train(self) -> list[str]:
        return [document.text for document in self.reference.split.train]

    def fitted(self, spec: str) -> Generator:
        if spec.startswith("model:"):
            from pathlib import Path

            from generators.storage.models import load

            return load(Path(spec.partition(":")[2]))
        return create(spec).fit(self.train)

    def setting(self, n_passages: int, n_chars: int) -> SimulatedGate:
        folds = self.reference.folds(n_chars, n_folds=FOLDS, seed=0)
        sample = sample_floor(folds, n_passages=n_passages, replicates=REPLICATES, seed=0)
        floors = {metric.id: sample.floor(metric) for metric in self.metrics}
        doses = dose_damages(self.reference, folds, measures_of(self.metrics, floors), seed=0)
        return SimulatedGate(self.metrics, floors, default_policy(), self.reference.totals, n_passages, doses=doses)

    def texts(self, generator: Generator, n: int, n_chars: int, *, seed: int, decoding: Decoding = PLAIN) -> Iterator[list[str]]:
        """Passages as a comparison cuts them, in chunks; all passages of one seed are numbered consecutively."""
        for first in range(0, n, CHUNK):
            drawn = generator.sample(min(CHUNK, n - first), n_chars + MARGIN, seed=seed, first=first, decoding=decoding)
            yield [fit_length(text, n_chars) for text in drawn]

    def tally(self, texts: list[str]) -> Counts:
        return Scan(texts).tally(self.reference.layout, self.reference.lexicon).astype(np.int32)

    def pool(self, generator: Generator, n: int, n_chars: int, *, seed: int, decoding: Decoding = PLAIN) -> Counts:
        return np.concatenate([self.tally(texts) for texts in self.texts(generator, n, n_chars, seed=seed, decoding=decoding)])


def make_bench() -> Bench:
    metrics = gated_metrics(select(kind=Metric), default_policy())
    corpus = read_corpus(str(CORPORA / "lovecraft"))
    layout = Layout.of(metrics)
    return Bench(Reference(corpus, split_corpus(corpus, held_out="every:10:4"), layout), metrics)


def false_alarms(bench: Bench, settings: Sequence[tuple[str, str, int, int, int]], *, runs: int, jobs: int) -> None:
    """The table of A/A runs; settings are (name, spec, passages, characters, pool)."""
    print("| setting | runs | REGRESSION | PASS | INCONCLUSIVE | undecided most often |\n|---|---|---|---|---|---|", flush=True)
    for name, spec, n_passages, n_chars, size in settings:
        setting = bench.setting(n_passages, n_chars)
        rates = simulate(setting, bench.pool(bench.fitted(spec), size, n_chars, seed=1), runs=runs, jobs=jobs)
        print(f"| {name}, {n_passages} x {n_chars:,} | {runs} | {_cells(rates)} | {_undecided(rates)} |", flush=True)


def _cells(rates: Rates) -> str:
    return " | ".join(percent(rates.share(verdict)) for verdict in ("REGRESSION", "PASS", "INCONCLUSIVE"))


def percent(share: tuple[float, float, float]) -> str:
    """A share with its 95 % interval, in percent."""
    return f"{100 * share[0]:.1f} ({100 * share[1]:.1f}-{100 * share[2]:.1f})"


def _undecided(rates: Rates) -> str:
    shares = {
        measure: 1 - counts["pass"] / rates.runs
        for measure, counts in rates.decisions.items()
        if default_policy().threshold(measure).tier == "critical"
    }
    worst = max(shares, key=lambda measure: shares[measure])
    return f"`{worst}` {100 * shares[worst]:.1f} %" if shares[worst] else "none"


def detection(bench: Bench, *, n_passages: int, n_chars: int, runs: int, pool: int, jobs: int) -> None:
    """The table of planted defects, order 8 being the baseline."""
    setting = bench.setting(n_passages, n_chars)
    good = bench.fitted("ngram:order=8")
    baseline = bench.pool(good, pool, n_chars, seed=1)
    noise = [word for text in create("unigram").fit(bench.train).sample(200, 2000, seed=5) for word in text.split()]
    fresh = [text for texts in bench.texts(good, pool, n_chars, seed=99) for text in texts]

    def spoilt(change: Change, dose: float) -> Counts:
        rng = np.random.default_rng(7)
        changed = [change(text, dose, rng, noise) for text in fresh]
        return np.concatenate([bench.tally(changed[i : i + CHUNK]) for i in range(0, len(changed), CHUNK)])

    candidates: dict[str, Callable[[], Counts]] = {
        "temperature 1.0 to .8": lambda: bench.pool(good, pool, n_chars, seed=3, decoding=Decoding(temperature=0.8)),
        "temperature 1.0 to .9": lambda: bench.pool(good, pool, n_chars, seed=3, decoding=Decoding(temperature=0.9)),
        "temperature 1.0 to .95": lambda: bench.pool(good, pool, n_chars, seed=3, decoding=Decoding(temperature=0.95)),
        "2 % of letters swapped with the next": lambda: spoilt(swap_letters, 0.02),
        "1 % of letters swapped with the next": lambda: spoilt(swap_letters, 0.01),
        "5 % of words replaced by unigram words": lambda: spoilt(unigram_words, 0.05),
        "2.5 % of words replaced by unigram words": lambda: spoilt(unigram_words, 0.025),
        "order 8 to order 5": lambda: bench.pool(bench.fitted("ngram:order=5"), pool, n_chars, seed=2),
        "order 8 to order 7": lambda: bench.pool(bench.fitted("ngram:order=7"), pool, n_chars, seed=2),
    }
    print(
        f"| planted defect, {n_passages} x {n_chars:,} | runs | REGRESSION | PASS | INCONCLUSIVE | seen by |\n|---|---|---|---|---|---|",
        flush=True,
    )
    for name, make in candidates.items():
        rates = simulate(setting, baseline, make(), runs=runs, jobs=jobs)
        gated = [measure for measure in rates.decisions if default_policy().threshold(measure).tier in GATED]
        seen = sorted(gated, key=rates.detected, reverse=True)
        by = ", ".join(f"`{measure}` {100 * rates.detected(measure):.0f} %" for measure in seen[:3] if rates.detected(measure) > 0)
        print(f"| {name} | {runs} | {_cells(rates)} | {by or 'none'} |", flush=True)


def at_the_margin(bench: Bench, *, runs: int, pool: int, jobs: int) -> None:
    """The table of candidates whose true differences lie exactly at the margins, where a false verdict is likeliest."""
    print("| setting | measures at their margin | runs | REGRESSION | PASS | INCONCLUSIVE |\n|---|---|---|---|---|---|", flush=True)
    for n_passages, n_chars in ((40, 2000), (20, 1000)):
        setting = bench.setting(n_passages, n_chars)
        good, worse = (bench.pool(bench.fitted(f"ngram:order={order}"), pool, n_chars, seed=order) for order in (8, 5))
        margins = true_differences(setting, good, worse)
        rules = (Rule(id_, None, Margin(size, in_floors=False), "true difference") for id_, size in margins.items())
        policy = replace(setting.policy, rules=(*setting.policy.rules, *rules))
        rates = simulate(replace(setting, policy=policy), good, worse, runs=runs, jobs=jobs)
        names = ", ".join(f"`{id_}`" for id_ in margins)
        print(f"| order 8 to 5, {n_passages} x {n_chars:,} | {names} | {runs} | {_cells(rates)} |", flush=True)


def true_differences(setting: SimulatedGate, good: Counts, worse: Counts, *, rounds: int = 20) -> dict[str, float]:
    """The difference in expected damage at this shape of every gated measure that becomes worse."""
    differences = {}
    for measure in setting.measures:
        if setting.policy.threshold(measure.id).tier not in GATED:
            continue
        target = float(measure.metric.values(setting.reference, setting.reference)[0])
        floor = -np.inf if measure.floor is None else measure.floor
        expected = [
            Pool("", tally, setting.reference).expected([measure.metric], setting.n_passages, rounds=rounds, seed=0)[measure.id]
            for tally in (good, worse)
        ]
        before, after = np.maximum(measure.metric.damage(np.array(expected), target), floor)
        if after > before:
            differences[measure.id] = float(after - before)
    return differences


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the tables as Markdown, all of them by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks gate_error_rates", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="gates of each setting")
    parser.add_argument("--pool", type=int, default=20_000, help="passages of each generator to draw them from")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--lstm", default=None, help="a saved model, model:DIR")
    parser.add_argument("--only", choices=("alarms", "lstm", "defects", "margin"), default=None, help="one part")
    args = parser.parse_args(arguments)
    start = time.process_time()
    bench = make_bench()
    if args.only not in ("defects", "margin"):
        ngrams = [
            ("n-gram, order 8", "ngram:order=8", 40, 2000, args.pool),
            ("n-gram, order 6", "ngram:order=6", 40, 2000, args.pool),
            ("n-gram, order 8", "ngram:order=8", 20, 1000, args.pool),
        ]
        lstm = [("LSTM", args.lstm, 40, 2000, min(args.pool, 2000))] if args.lstm else []
        false_alarms(bench, [*([] if args.only == "lstm" else ngrams), *lstm], runs=args.runs, jobs=args.jobs)
        print()
    if args.only in (None, "defects"):
        for n_passages, n_chars in ((40, 2000), (20, 1000)):
            detection(
                bench, n_passages=n_passages, n_chars=n_chars, runs=min(args.runs, 200), pool=min(args.pool, 4000), jobs=args.jobs
            )
            print()
    if args.only in (None, "margin"):
        at_the_margin(bench, runs=args.runs, pool=min(args.pool, 4000), jobs=args.jobs)
        print()
    print(f"{time.process_time() - start:.0f} s of CPU time")
