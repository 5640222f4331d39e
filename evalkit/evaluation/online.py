"""A few metrics of samples drawn again and again from a model in training, against one reference that is read once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.counts.feature import Layout
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import Reference
from evalkit.inference import Sample, value_intervals
from evalkit.metrics.base import Metric
from evalkit.metrics.registry import select
from evalkit.text.corpus import Corpus, Split

HEADLINE = ("letters.jsd", "wordlen.w1", "vocab.hit", "function.share", "order.bigrams")


class SampleScores:
    """Passages -> metric id -> value; None where there is too little text.

    Args:
        corpus, split: the reference.
        metrics: ids or patterns.
        language: code or path of the language profile.
    """

    def __init__(self, corpus: Corpus, split: Split, metrics: Sequence[str] = HEADLINE, *, language: str = "en") -> None:
        self.metrics = select(metrics, kind=Metric, language=language)
        layout = Layout.of(self.metrics)
        self.reference = Reference(corpus, split, layout, language=language)

    def __call__(self, texts: Sequence[str]) -> dict[str, float | None]:
        tally = Scan(list(texts)).tally(self.reference.layout, self.reference.lexicon)
        estimates = value_intervals(Sample(tally, np.arange(len(tally)), self.reference.totals), self.metrics)
        return {id_: estimate.value for id_, estimate in estimates.items()}
