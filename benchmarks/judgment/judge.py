"""Judges many sets of passages at one shape (`Judge`), as `Scorer` does, without intervals and all else that a ladder needs none of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from evalkit.counts.feature import Floats, Layout
from evalkit.counts.matrix import Scan
from evalkit.evaluation.candidates import Candidate, Shape, generate
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.human_text import JudgedShape, judged_shape
from evalkit.evaluation.pooled import PooledScorer
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.scorer import FLOOR_REPLICATES, N_FOLDS, scan_of, stretch_of
from evalkit.inference import Sample
from evalkit.judgment.families import FamilyDistance
from evalkit.judgment.human import AllAtOnce
from evalkit.judgment.scale import TextSize
from evalkit.metrics import Metric, main_metrics, select
from evalkit.metrics.base import PooledMetric, SizedMetric
from evalkit.metrics.registry import of_kind
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import Passage

NOISE = Candidate("unigram noise", "unigram", "generator", cached=False)
METRICS = tuple(metric for metric in select(main_metrics()) if metric.judged)
OF_TEXT, POOLED = of_kind(METRICS, Metric), of_kind(METRICS, PooledMetric)


@cache
def reference_of(corpus: str, held_out: str | None = None) -> Reference:
    """A corpus, split and counted for all metrics that are judged; made once for all parts of the benchmark."""
    documents = read_corpus(corpus)
    return Reference(documents, split_corpus(documents, held_out=held_out), Layout.of(OF_TEXT))


@dataclass(frozen=True)
class Judged:
    """What is judged of passages.

    Args:
        overall: the mean of the families' distances; NaN where it has no scale.
        families: those that could be measured.
        test: of all metrics at once; None where there is nothing to compare.
        distances: metric id -> distance in floor units; NaN where it was not measured.
        values: metric id -> value; NaN likewise.
    """

    overall: float
    families: Sequence[FamilyDistance]
    test: AllAtOnce | None
    distances: Mapping[str, float]
    values: Mapping[str, float]


def judged(shape: JudgedShape, values: Mapping[str, float]) -> Judged:
    """Values of metrics, judged beside human text of their shape."""
    scales = shape.human.scales
    distances = {id_: float(scales[id_].distances(np.array([values[id_]]))[0]) for id_ in scales if id_ in values}
    families = shape.families.of(distances)
    overall = float(np.mean([family.value for family in families])) if families else float("nan")
    return Judged(overall, families, shape.human.test(distances), distances, values)


class Judge:
    """Judges passages beside human text of their shape, which is measured once for each shape.

    Args:
        reference: what they are compared with.
        n_chars: characters of a passage.
        seed: of the human floor, and of unigram noise.
    """

    def __init__(self, reference: Reference, n_chars: int, *, seed: int = 0) -> None:
        self.reference, self.n_chars, self.seed = reference, n_chars, seed
        self.folds = reference.folds(n_chars, n_folds=N_FOLDS, seed=seed)
        self._shapes: dict[tuple[int, ...], JudgedShape] = {}
        self._noise: dict[int, Scan] = {}

    def shape_of(self, scan: Scan, stretch: int = 1) -> JudgedShape:
        """Human text of the shape of passages, of which so many follow each other."""
        pooled = self._pooled(len(scan))
        key = (len(scan), stretch, *(metric.amount(scan) for metric in POOLED if isinstance(metric, SizedMetric)))
        if key not in self._shapes:
            noise = Sample(self.tally(self.noise(len(scan))), np.arange(len(scan)), self.reference.totals)
            of_text = {metric.id: float(metric.values(noise.observed(), self.reference.totals)[0]) for metric in OF_TEXT}
            floor = sample_floor(self.folds, n_passages=len(scan), replicates=FLOOR_REPLICATES, seed=self.seed, stretch=stretch)
            human = {metric: pooled.human_values(metric, scan) for metric in POOLED}
            self._shapes[key] = judged_shape(
                OF_TEXT, human, floor, noise={**of_text, **pooled.noise}, shape=TextSize(len(scan), self.n_chars)
            )
        return self._shapes[key]

    def _pooled(self, n_passages: int) -> PooledScorer:
        return PooledScorer(POOLED, self.folds, self.reference.lexicon, self.noise(n_passages), seed=self.seed)

    def noise(self, n_passages: int) -> Scan:
        """Unigram noise of a shape."""
        if n_passages not in self._noise:
            drawn = generate(NOISE, self.reference, Shape(n_passages, self.n_chars), seed=self.seed)
            self._noise[n_passages] = scan_of(drawn.passages)
        return self._noise[n_passages]

    def tally(self, scan: Scan) -> Floats:
        """The counts of passages, [n x columns]."""
        return scan.tally(self.reference.layout, self.reference.lexicon)

    def judge(self, passages: Sequence[Passage]) -> Judged:
        """Judges passages of this length."""
        scan = scan_of(passages)
        shape = self.shape_of(scan, stretch_of(passages))
        sample = Sample(self.tally(scan), np.arange(len(scan)), self.reference.totals)
        values = {metric.id: float(metric.values(sample.observed(), self.reference.totals)[0]) for metric in OF_TEXT}
        values |= {metric.id: metric.value(scan, self.reference.lexicon) for metric in POOLED}
        return judged(shape, values)
