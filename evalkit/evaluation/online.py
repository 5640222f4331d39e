"""Scores samples of a model while it is trained: `SampleScores` reads the reference once and measures a few metrics each time."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.counts.feature import Layout
from evalkit.evaluation.reference import Reference
from evalkit.inference import value_intervals
from evalkit.metrics.base import Metric
from evalkit.metrics.registry import select
from evalkit.text.corpus import Corpus, Split
from evalkit.text.passages import Passage

HEADLINE = ("letters.jsd", "wordlen.w1", "vocab.hit", "function.share", "order.bigrams")
"""Metrics that already say something about a few short samples."""


class SampleScores:
    """Passages -> metric id -> value; None where there is too little text.

    Args:
        corpus, split: the reference.
        metrics: ids or patterns.
        language: code or path of the language profile.
    """

    def __init__(self, corpus: Corpus, split: Split, metrics: Sequence[str] = HEADLINE, *, language: str = "en") -> None:
        self.metrics = select(metrics, kind=Metric, language=language)
        self.reference = Reference(corpus, split, Layout.of(self.metrics), language=language)

    def __call__(self, texts: Sequence[str]) -> dict[str, float | None]:
        sample = self.reference.sample([Passage(text, f"{i:04d}") for i, text in enumerate(texts)])
        return {id_: estimate.value for id_, estimate in value_intervals(sample, self.metrics).items()}
