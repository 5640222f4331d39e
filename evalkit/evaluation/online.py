"""Scores samples of a model while it is trained: `SampleScores` measures texts, and `SampleMonitor` draws some every so often.

The reference is read once. The callbacks for Keras and for `transformers.Trainer` are a `SampleMonitor` each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypedDict

from evalkit._util.tensorboard import Scalars
from evalkit.counts.feature import Layout
from evalkit.errors import UsageError
from evalkit.evaluation.reference import Reference
from evalkit.inference import value_intervals
from evalkit.metrics.base import Metric
from evalkit.metrics.registry import select
from evalkit.text.corpus import EMBEDDED, Corpus, Split, read_corpus, split_corpus
from evalkit.text.passages import Passage

HEADLINE = ("letters.jsd", "wordlen.w1", "vocab.hit", "function.share", "order.bigrams")
"""Metrics that already say something about a few short samples."""

Sampler: TypeAlias = Callable[[Any, int, int, int], Sequence[str]]
"""(model, n_passages, n_chars, seed) -> passages."""


class MonitorOptions(TypedDict, total=False):
    """What `SampleMonitor` takes beside the sampler, for the callbacks that are one."""

    reference: str
    group: str | None
    held_out: str | None
    split_seed: int
    language: str
    metrics: Sequence[str]
    n_passages: int
    n_chars: int
    every: int
    log_dir: str | None
    seed: int


class SampleScores:
    """Passages -> metric id -> value; None where there is too little text.

    Args:
        corpus, split: the reference.
        metrics: ids or patterns.
        language: code or path of the language profile.
    """

    def __init__(self, corpus: Corpus, split: Split, metrics: Sequence[str] = HEADLINE, *, language: str = "en") -> None:
        self.metrics = select(metrics, kind=Metric, language=language)
        self.reference = Reference(corpus, split, Layout.of(self.metrics), language=language, cached=True)

    def __call__(self, texts: Sequence[str]) -> dict[str, float | None]:
        sample = self.reference.sample([Passage(text, f"{i:04d}") for i, text in enumerate(texts)])
        return {id_: estimate.value for id_, estimate in value_intervals(sample, self.metrics).items()}


class SampleMonitor:
    """Draws and scores samples of a model every so often; between two scores the last values stand.

    Args:
        sample: draws passages from the model as it is; it is given the same seed each time, so that scores differ by the model alone.
        reference: the corpus, as on the command line.
        group: what groups its documents, as on the command line.
        held_out: the documents held out of it.
        split_seed: chooses the documents to hold out; `seed` does not change them.
        language: code or path of the language profile.
        metrics: ids or patterns.
        n_passages, n_chars: how much is sampled.
        every: occasions between two scores, at least 1; the first is scored too.
        log_dir: where TensorBoard looks; None writes no events.
        seed: of sampling.

    Raises:
        UsageError: when an amount is below 1.

    Attributes:
        history: the values of each score by metric id; None where there was too little text.
        last: the last value of each measure by `evalkit/ID`. One that has too little text this time keeps the value before, so that it never goes.
    """

    def __init__(
        self,
        sample: Sampler,
        *,
        reference: str = EMBEDDED,
        group: str | None = None,
        held_out: str | None = None,
        split_seed: int = 0,
        language: str = "en",
        metrics: Sequence[str] = HEADLINE,
        n_passages: int = 20,
        n_chars: int = 1000,
        every: int = 1,
        log_dir: str | None = None,
        seed: int = 0,
    ) -> None:
        if min(n_passages, n_chars, every) < 1:
            raise UsageError("n_passages, n_chars and every must be at least 1.")
        corpus = read_corpus(reference, group=group)
        self._scores = SampleScores(corpus, split_corpus(corpus, held_out=held_out, seed=split_seed), metrics, language=language)
        self._sample, self._every = sample, every
        self._amounts = (n_passages, n_chars, seed)
        self._scalars = Scalars(log_dir) if log_dir is not None else None
        self.history: list[dict[str, float | None]] = []
        self.last: dict[str, float] = {}

    def is_due(self, occasion: int) -> bool:
        """Whether an occasion, counted from 1, is one to score at."""
        return not self.history or occasion % self._every == 0

    def score(self, model: Any, step: int) -> None:
        """Draws samples and scores them.

        Args:
            model: as it is.
            step: of TensorBoard's curves.
        """
        values = self._scores(self._sample(model, *self._amounts))
        self.history.append(values)
        measured = {f"evalkit/{id_}": float(value) for id_, value in values.items() if value is not None}
        self.last |= measured
        if self._scalars is not None:
            self._scalars.write(measured, step)
