"""Measures how often human text that is left out is told from human text, or said to have a fault (`HumanTexts`)."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.books import chapters
from benchmarks.judgment.judge import METRICS, NOISE, OF_TEXT, POOLED, reference_of
from benchmarks.pools import share_with_interval
from evalkit.counts.feature import Floats, Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.audit import Auditor
from evalkit.evaluation.candidates import Shape, generate
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.human_text import repeated
from evalkit.evaluation.pooled import PooledScorer
from evalkit.evaluation.reference import Fold, Reference
from evalkit.evaluation.scorer import FLOOR_REPLICATES, N_FOLDS, scan_of
from evalkit.inference.resampling import subsets, subsets_of_groups
from evalkit.judgment.families import Families
from evalkit.judgment.human import HumanText
from evalkit.judgment.scale import TextSize
from evalkit.metrics.base import SizedMetric
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import Passage
from evalkit.text.split import Split, more_splits

CHUNK = 50
"""Splits that are folded at a time, so that the text of all of them is never in memory."""
PER_SPLIT = FLOOR_REPLICATES // N_FOLDS


@dataclass
class Drawn:
    """What became of one draw.

    Args:
        told: whether it was told from human text.
        metric: the one on which it is farthest off.
        audit: the first fault that the audit would lead with; "" where there is none, None where it was not audited.
        overall: its mean distance over families.
        distances: metric id -> distance, NaN where it was not measured.
    """

    told: bool
    metric: str
    audit: str | None
    overall: float
    distances: dict[str, float] = field(default_factory=dict)


class HumanTexts:
    """Human values of many splits of a corpus: each split is the candidate in some draws and the floor in others.

    Args:
        reference: the corpus.
        n_passages, n_chars: the shape of a sample.
        n_splits: how many random splits.
        n_pooled: of how many of them measures with human text of their own are taken, which take most of the time.
        n_audited: how many of them are audited.
        seed: of the splits and draws.
    """

    def __init__(
        self, reference: Reference, n_passages: int, n_chars: int, *, n_splits: int, n_pooled: int, n_audited: int, seed: int = 0
    ) -> None:
        self.reference, self.n_passages, self.n_chars, self.seed = reference, n_passages, n_chars, seed
        self.human: dict[str, list[Floats]] = {metric.id: [] for metric in METRICS}
        self.candidates: list[dict[str, float]] = []
        self.audits: list[str | None] = []
        drawn = generate(NOISE, reference, Shape(n_passages, n_chars), seed=seed)
        text = scan_of(drawn.passages)
        noise = reference.sample(drawn.passages, text).observed()
        self.noise = {metric.id: float(metric.values(noise, reference.totals)[0]) for metric in OF_TEXT}
        self.noise |= {metric.id: metric.value(text, reference.lexicon) for metric in POOLED}
        for number, (split, fold) in enumerate(self._folds(n_splits)):
            self._measure(number, split, fold, pooled=number < n_pooled, audited=number < n_audited)

    def _folds(self, n: int) -> Iterator[tuple[Split, Fold]]:
        share = self.reference.split.share
        for start in range(0, n, CHUNK):
            seed, size = self.seed + 1 + start // CHUNK, min(CHUNK, n - start)
            splits = more_splits(self.reference.corpus, size, fraction=share, seed=seed)
            # The first fold is the reference's own split, which would come again and again.
            yield from zip(splits, self.reference.folds(self.n_chars, n_folds=size + 1, seed=seed)[1:], strict=True)

    def _measure(self, number: int, split: Split, fold: Fold, *, pooled: bool, audited: bool) -> None:
        floor = sample_floor([fold], n_passages=self.n_passages, replicates=PER_SPLIT, seed=self.seed + number)
        for metric in OF_TEXT:
            self.human[metric.id].append(floor.values(metric))
        scan, totals = self._candidate(number, fold)
        values = {metric.id: float(metric.values(totals, fold.totals)[0]) for metric in OF_TEXT}
        # Measures with human text of their own are floored on that of the candidate's split alone, and take most of the time.
        measures = [metric for metric in POOLED if pooled or not isinstance(metric, SizedMetric)]
        scorer = PooledScorer(measures, [fold], fold.lexicon, self.noise, seed=self.seed + number)
        for metric in POOLED:
            is_measured = metric in measures
            self.human[metric.id].append(scorer.human_values(metric, scan) if is_measured else np.empty(0))
            values[metric.id] = metric.value(scan, fold.lexicon) if is_measured else float("nan")
        self.candidates.append(values)
        self.audits.append(self._audit(split, scan) if audited else None)

    def _candidate(self, number: int, fold: Fold) -> tuple[Scan, Totals]:
        """Passages of the split, drawn as those of the human floor are, and their totals."""
        assert fold.passages is not None
        rng, n = np.random.default_rng([self.seed, number]), min(self.n_passages, len(fold.human))
        weights = subsets(len(fold.human), n, 1, rng=rng) if fold.groups is None else subsets_of_groups(fold.groups, n, 1, rng=rng)
        return fold.passages.take(rng.permutation(np.flatnonzero(weights[0]))), Totals(weights @ fold.human, fold.totals.layout)

    def _audit(self, split: Split, scan: Scan) -> str:
        passages = [Passage(text, f"{i:04d}") for i, text in enumerate(scan.texts)]
        auditor = Auditor(split)
        leads = {check.id for check in auditor.checks if check.leads}
        found = auditor.audit("human", passages, n_chars=self.n_chars).findings
        return next((finding.metric for finding in found if finding.metric in leads and finding.beyond_human), "")

    def draws(self, n: int) -> Iterator[Drawn]:
        """Candidates of the splits in turn, each beside the human floor of other splits."""
        rng = np.random.default_rng([self.seed, n])
        for draw in range(n):
            chosen = draw % len(self.candidates)
            others = rng.choice(np.delete(np.arange(len(self.candidates)), chosen), N_FOLDS, replace=False)
            yield self._judged(chosen, others.tolist())

    def _judged(self, chosen: int, others: Sequence[int]) -> Drawn:
        values = {metric.id: np.concatenate([self.human[metric.id][other] for other in others]) for metric in OF_TEXT}
        n = N_FOLDS * PER_SPLIT
        for metric in POOLED:
            of = [chosen] if isinstance(metric, SizedMetric) else others
            values[metric.id] = repeated(np.concatenate([self.human[metric.id][other] for other in of]), n)
        splits = np.repeat(np.arange(N_FOLDS), PER_SPLIT)
        human = HumanText(METRICS, values, splits, shape=TextSize(self.n_passages, self.n_chars), noise=self.noise)
        candidate = self.candidates[chosen]
        distances = {id_: float(scale.distances(np.array([candidate[id_]]))[0]) for id_, scale in human.scales.items()}
        test = human.test(distances)
        families = Families(METRICS, human, self.noise).of(distances)
        overall = float(np.mean([family.value for family in families])) if families else float("nan")
        told, metric_id = (test.told, test.metric) if test else (False, "")
        return Drawn(told, metric_id, self.audits[chosen], overall, distances)


def reference_in_chapters(corpus: str, n_chars: int, *, least: int) -> Reference:
    """The long documents of a corpus as books: cut into chapters, of which those of a book are one group."""
    books = [document for document in read_corpus(corpus).documents if len(document.text) >= least]
    documents = chapters(books, n_chars, grouped=True)
    return Reference(documents, split_corpus(documents), Layout.of(OF_TEXT))


def measure(corpus: str, given: argparse.Namespace) -> None:
    """Prints the rates of one corpus as Markdown: of the test, the audit and both, and of each metric."""
    if given.chapter is None:
        reference, name = reference_of(corpus), Path(corpus).name
    else:
        reference = reference_in_chapters(corpus, given.chapter, least=given.least)
        name = f"{Path(corpus).name} by chapter"
    texts = HumanTexts(
        reference,
        given.passages,
        given.chars,
        n_splits=given.splits,
        n_pooled=given.pooled,
        n_audited=given.pooled,
        seed=given.seed,
    )
    drawn = list(texts.draws(given.draws))
    told = Counter(one.metric for one in drawn if one.told)
    audited = [one for one in drawn if one.audit is not None]
    print("| human text | draws | told from human text, % | audit leads, % | any fault, % | overall, median and 95th percentile |")
    print("|---|---|---|---|---|---|")
    overall = [one.overall for one in drawn]
    print(
        f"| {name}, {given.passages} x {given.chars:,} | {len(drawn)} of {given.splits} splits "
        f"| {share_with_interval(told.total(), len(drawn))} "
        f"| {share_with_interval(sum(bool(one.audit) for one in audited), len(audited))} "
        f"| {share_with_interval(sum(one.told or bool(one.audit) for one in audited), len(audited))} "
        f"| {np.nanmedian(overall):.3f}, {np.nanquantile(overall, 0.95):.3f} |"
    )
    print(f"\nTold by: {', '.join(f'{id_} {n}' for id_, n in told.most_common()) or 'nothing'}.")
    print(
        f"The audit leads with: {', '.join(f'{id_} {n}' for id_, n in Counter(one.audit for one in audited if one.audit).items()) or 'nothing'}."
    )
    print(f"\n| {name} | outside the human range, % |\n|---|---|")
    shares = []
    for metric in METRICS:
        measured = [one.distances[metric.id] for one in drawn if np.isfinite(one.distances.get(metric.id, np.nan))]
        if measured:
            outside = sum(abs(distance) > 1 for distance in measured)
            shares.append(outside / len(measured))
            print(f"| {metric.id} | {share_with_interval(outside, len(measured))} |")
    within = sum(0.03 <= share <= 0.07 for share in shares)
    print(f"| mean of {len(shares)}; {within} of them in 3 to 7 % | {100 * np.mean(shares):.1f} |\n", flush=True)
