"""Measures how often the intervals of one long text are right, on streams of generators: a table of docs/reference/measured/intervals.md.

Many streams of each generator are cut into consecutive pieces and tallied once. The true value at a length is the mean over all streams of that
length. A stream of human text is a window of a long story, and the truth the mean over all windows of that story.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.interval_coverage import Coverage, table
from benchmarks.pools import CORPORA, fitted, lovecraft, share_with_interval
from evalkit.calibration.simulate import gated_metrics
from evalkit.counts.feature import Counts, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.reference import Reference
from evalkit.gating.decision import conclude, decide, spreads_of
from evalkit.gating.measures import measures_of
from evalkit.gating.policy import default_policy
from evalkit.inference import Sample, value_intervals
from evalkit.inference.blocks import in_blocks
from evalkit.metrics import Metric, select
from evalkit.text.passages import pieces
from generators.base import Generator

SPECS = ("ngram:order=3", "ngram:order=5", "ngram:order=8")
BATCH = 50
"""Streams that are sampled at once, so that the text of all streams is never in memory."""
SHORTEST_STORY = 150_000
"""Characters of a human story that serves as a stream."""


@dataclass(frozen=True)
class Streams:
    """Streams of one source.

    Args:
        name: of the source.
        tallies: of every stream's consecutive pieces, each [n x columns].
    """

    name: str
    tallies: Sequence[Counts]

    def windows(self, n_pieces: int, step: int | None = None) -> list[Counts]:
        """All stretches of so many pieces, each [n_pieces x columns].

        Args:
            n_pieces: of a window.
            step: pieces from one window's beginning to the next one's; None puts them end to end.
        """
        return [
            tally[start : start + n_pieces]
            for tally in self.tallies
            for start in range(0, len(tally) - n_pieces + 1, step or n_pieces)
        ]


def generated(generator: Generator, reference: Reference, *, n_streams: int, n_pieces: int, n_chars: int) -> Streams:
    """Streams of a generator, in pieces of n_chars characters."""
    tallies: list[Counts] = []
    for first in range(0, n_streams, BATCH):
        texts = generator.sample(min(BATCH, n_streams - first), n_pieces * n_chars, seed=1, first=first)
        tallies += [_tally(text, n_chars, reference) for text in texts]
    return Streams(generator.name, tallies)


def stories(reference: Reference, *, n_chars: int) -> list[Streams]:
    """Every long story of the corpus as a source of its own, judged beside the others."""
    documents = [*reference.split.train, *reference.split.held_out]
    long = [document for document in documents if len(document.text) >= SHORTEST_STORY]
    return [Streams(document.id, [_tally(document.text, n_chars, reference)]) for document in long]


def _tally(text: str, n_chars: int, reference: Reference) -> Counts:
    return Scan(pieces(text, n_chars)).tally(reference.layout, reference.lexicon).astype(np.int32)


def one_text(tally: Counts, reference: Reference, *, blocks: bool = True) -> Sample:
    """The pieces of one stream as a sample; without blocks the pieces count as independent, which is wrong."""
    n, tally = len(tally), tally.astype(np.int64)
    if not blocks:
        return Sample(tally, np.arange(n), reference.totals)
    text: NDArray[np.int64] = np.zeros(n, np.int64)
    return Sample(tally, text, reference.totals, blocks=in_blocks(tally, text))


@dataclass
class Measured:
    """Coverage of the intervals of streams of one length.

    Args:
        by_metric: coverage of each metric where there was an interval.
        n_blocks: of each stream; 0 where its pieces depend on each other too long.
    """

    by_metric: dict[str, Coverage] = field(default_factory=dict)
    n_blocks: list[int] = field(default_factory=list)

    @property
    def given(self) -> float:
        """The share of streams that have blocks."""
        return float(np.mean([n > 0 for n in self.n_blocks]))


def coverage(
    streams: Streams,
    metrics: Sequence[Metric],
    reference: Reference,
    n_pieces: int,
    *,
    most: int | None = None,
    step: int | None = None,
    blocks: bool = True,
) -> Measured:
    """How often the intervals of streams hold the value that another stream of the same length is expected to have.

    Args:
        streams: of one source.
        metrics: to be measured.
        reference: that the streams are compared with.
        n_pieces: of each stream.
        most: streams to judge; None judges all.
        step: see `Streams.windows`.
        blocks: whether intervals are from blocks, or from pieces as if they were independent.
    """
    windows = streams.windows(n_pieces, step)
    truth = expected(windows, metrics, reference)
    measured = Measured({metric.id: Coverage() for metric in metrics})
    chosen = np.random.default_rng(0).permutation(len(windows))[:most]
    for row in chosen:
        sample = one_text(windows[row], reference, blocks=blocks)
        measured.n_blocks.append(sample.blocks.n_blocks if sample.blocks is not None else len(sample.tally))
        for id_, estimate in value_intervals(sample, metrics).items():
            if estimate.low is not None and estimate.high is not None:
                measured.by_metric[id_].add(estimate.low, estimate.high, truth[id_])
    return measured


def expected(windows: Sequence[Counts], metrics: Sequence[Metric], reference: Reference) -> Mapping[str, float]:
    """The mean of every metric's value over windows of one length."""
    totals = Totals(np.stack([window.sum(axis=0, dtype=np.float64) for window in windows]), reference.layout)
    values = {metric.id: metric.values(totals, reference.totals) for metric in metrics}
    return {id_: float(of[np.isfinite(of)].mean()) if np.isfinite(of).any() else np.nan for id_, of in values.items()}


def verdicts(
    streams: Streams, metrics: Sequence[Metric], reference: Reference, n_pieces: int, n_chars: int, *, runs: int
) -> Counter[str]:
    """What the default policy says of one text against a baseline of the same generator's independent passages.

    Every piece of a baseline is from another stream. The blocks of one text are fewer than the baseline's passages.
    """
    policy = default_policy()
    gated = gated_metrics(metrics, policy)
    folds = reference.folds(n_chars, n_folds=20, seed=0)
    floor = sample_floor(folds, n_passages=n_pieces, replicates=1000, seed=0)
    measures = measures_of(gated, {metric.id: floor.floor(metric) for metric in gated})
    rng, counts = np.random.default_rng(0), Counter[str]()
    for run, window in enumerate(streams.windows(n_pieces)[:runs]):
        others = rng.choice(len(streams.tallies), n_pieces, replace=len(streams.tallies) < n_pieces)
        baseline = np.stack([streams.tallies[row][rng.integers(len(streams.tallies[row]))] for row in others]).astype(np.int64)
        decided = decide(
            spreads_of(one_text(window, reference), measures, seed=run),
            spreads_of(Sample(baseline, np.arange(n_pieces), reference.totals), measures, seed=run),
            measures,
            policy,
            reference=reference.totals,
            n_passages=n_pieces,
            seed=run,
        )
        counts[str(conclude(decided))] += 1
    return counts


def _cell(coverage: Coverage, n: int) -> str:
    if coverage.trials < n / 20:
        return "no interval"
    some = f", given {coverage.trials / n:.0%}".replace("%", " %") if coverage.trials < 0.9 * n else ""
    return share_with_interval(coverage.hits, coverage.trials) + some


def main(arguments: Sequence[str] = ()) -> None:
    """Prints Markdown tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks long_texts", description=__doc__)
    parser.add_argument("specs", nargs="*", default=list(SPECS), help="generators whose streams are measured")
    parser.add_argument("--reference", default="embedded", help="the corpus that they are fitted to")
    parser.add_argument("--streams", type=int, default=400, help="streams of each generator")
    parser.add_argument("--lengths", type=int, nargs="+", default=[40, 100], help="pieces of a stream; the longest is sampled")
    parser.add_argument("--chars", type=int, default=1000, help="characters of a piece")
    parser.add_argument("--stories", action="store_true", help="measure windows of the corpus's long stories as well")
    parser.add_argument("--gates", action="store_true", help="run the gate of one text against independent passages as well")
    parser.add_argument("--as-independent", action="store_true", help="take the pieces for independent, to see what that does")
    parser.add_argument(
        "--all-metrics", action="store_true", help="measure all metrics, not only the headline and those of the gate"
    )
    options = parser.parse_args(arguments)
    start, metrics = time.process_time(), select(kind=Metric)
    if not options.all_metrics:
        gated = gated_metrics(metrics, default_policy())
        metrics = tuple(metric for metric in metrics if metric.headline or metric in gated)
    reference = lovecraft(metrics, corpus=CORPORA / "lovecraft" if options.reference == "lovecraft" else options.reference)
    heads, columns = [], []
    for spec in options.specs:
        n_pieces = max(options.lengths)
        streams = generated(fitted(spec, reference), reference, n_streams=options.streams, n_pieces=n_pieces, n_chars=options.chars)
        for n in options.lengths:
            heads.append(f"{spec}, {n} pieces")
            columns.append(coverage(streams, metrics, reference, n, most=options.streams, blocks=not options.as_independent))
        if options.gates:
            runs = verdicts(streams, metrics, reference, min(options.lengths), options.chars, runs=options.streams)
            print(f"Gates of one text of {spec} against its independent passages: {dict(runs)}\n", flush=True)
    for streams in stories(reference, n_chars=options.chars) if options.stories else ():
        n = min(options.lengths)
        heads.append(f"{streams.name}, windows of {n} pieces")
        columns.append(coverage(streams, metrics, reference, n, most=options.streams, step=1, blocks=not options.as_independent))
    first = [
        "blocks",
        *(f"{np.mean([n for n in c.n_blocks if n] or [0]):.0f}, given {c.given:.1%}".replace("%", " %") for c in columns),
    ]
    rows = [[_name(metric), *(_cell(c.by_metric[metric.id], len(c.n_blocks)) for c in columns)] for metric in metrics]
    print(table(["metric", *heads], [first, *rows]))
    print(f"CPU time {time.process_time() - start:.0f} s")


def _name(metric: Metric) -> str:
    return f"**{metric.id}**" if metric.headline else metric.id
