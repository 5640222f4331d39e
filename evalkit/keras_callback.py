"""A Keras callback that scores samples at the end of an epoch, into the logs and TensorBoard. TensorFlow is loaded when it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evalkit.errors import MissingExtraError, UsageError
from evalkit.inference import Sample, value_intervals
from evalkit.metrics import select
from evalkit.metrics.base import Layout
from evalkit.reference import Reference
from evalkit.tally import Scan
from evalkit.text.corpus import EMBEDDED, read_corpus, split_corpus

Sampler = Callable[[Any, int, int, int], Sequence[str]]
"""(model, n_passages, n_chars, seed) -> passages."""
_SCALAR = 1
"""DATA_CLASS_SCALAR of TensorFlow's summary.proto."""
HEADLINE = ("letters.jsd", "wordlen.w1", "vocab.hit", "function.share", "order.bigrams")


def sample_quality(
    sample: Sampler,
    *,
    reference: str = EMBEDDED,
    held_out: str | None = None,
    language: str = "en",
    metrics: Sequence[str] = HEADLINE,
    n_passages: int = 20,
    n_chars: int = 1000,
    every: int = 1,
    log_dir: str | None = None,
    seed: int = 0,
) -> Any:
    """Makes the callback.

    The values stand in the epoch's logs as `evalkit/ID`, so that early stopping can watch them; the reference is read once.

    Args:
        sample: draws passages from the model as it is; it is given the same seed each time, so that epochs differ by the model alone.
        reference: the corpus, as on the command line.
        held_out: the documents held out of it.
        language: code or path of the language profile.
        metrics: ids or patterns.
        n_passages, n_chars: how much is sampled.
        every: epochs between two scores.
        log_dir: where TensorBoard looks; None writes no events.
        seed: of sampling.

    Returns:
        A `keras.callbacks.Callback`.

    Raises:
        MissingExtraError: when TensorFlow is not installed.

    >>> sample_quality(lambda model, n, n_chars, seed: ["text"] * n)  # doctest: +SKIP
    """
    if min(n_passages, n_chars, every) < 1:
        raise UsageError("n_passages, n_chars and every must be at least 1.")
    try:
        import keras
    except ImportError as error:
        raise MissingExtraError("The Keras callback", extra="lstm") from error
    score = _Scores(reference, held_out, metrics, language)

    class SampleQuality(keras.callbacks.Callback):  # type: ignore[misc]
        """Scores samples at the end of every few epochs."""

        def __init__(self) -> None:
            super().__init__()
            self.history: list[dict[str, float | None]] = []
            self._writer = _writer(log_dir)

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            if (epoch + 1) % every:
                return
            values = score(sample(self.model, n_passages, n_chars, seed))
            self.history.append(values)
            measured = {f"evalkit/{id_}": value for id_, value in values.items() if value is not None}
            if logs is not None:
                logs.update(measured)
            if self._writer is not None:
                _write(self._writer, measured, epoch)

    return SampleQuality()


class _Scores:
    """Passages -> metric id -> value; None where there is too little text."""

    def __init__(self, reference: str, held_out: str | None, metrics: Sequence[str], language: str) -> None:
        corpus = read_corpus(reference)
        self.metrics = select(metrics, language=language)
        layout = Layout(feature for metric in self.metrics for feature in metric.features)
        self.reference = Reference(corpus, split_corpus(corpus, held_out=held_out), layout, language=language)

    def __call__(self, texts: Sequence[str]) -> dict[str, float | None]:
        tally = Scan(list(texts)).tally(self.reference.layout, self.reference.lexicon)
        estimates = value_intervals(Sample(tally, np.arange(len(tally)), self.reference.totals), self.metrics)
        return {id_: estimate.value for id_, estimate in estimates.items()}


def _writer(log_dir: str | None) -> Any:
    if log_dir is None:
        return None
    import tensorflow as tf

    return tf.summary.create_file_writer(log_dir)


def _write(writer: Any, values: dict[str, float], step: int) -> None:
    """Scalars as TensorBoard's own plugin writes them, which is not needed for that."""
    import tensorflow as tf

    metadata = tf.compat.v1.SummaryMetadata(
        plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"), data_class=_SCALAR
    )
    with writer.as_default():
        for name, value in values.items():
            tf.summary.write(name, tf.constant(value, tf.float32), step=step, metadata=metadata)
    writer.flush()
