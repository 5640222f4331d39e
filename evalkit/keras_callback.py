"""A Keras callback that scores samples at the end of an epoch, into the logs and TensorBoard. TensorFlow is loaded when it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from evalkit._util.tensorboard import Scalars
from evalkit.errors import MissingExtraError, UsageError
from evalkit.evaluation.online import HEADLINE, SampleScores
from evalkit.text.corpus import EMBEDDED, read_corpus, split_corpus

Sampler = Callable[[Any, int, int, int], Sequence[str]]
"""(model, n_passages, n_chars, seed) -> passages."""


def sample_quality(
    sample: Sampler,
    *,
    reference: str = EMBEDDED,
    group: str | None = None,
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
        group: what groups its documents, as on the command line.
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
    corpus = read_corpus(reference, group=group)
    score = SampleScores(corpus, split_corpus(corpus, held_out=held_out), metrics, language=language)

    class SampleQuality(keras.callbacks.Callback):  # type: ignore[misc]
        """Scores samples at the end of every few epochs."""

        def __init__(self) -> None:
            super().__init__()
            self.history: list[dict[str, float | None]] = []
            self._scalars = Scalars(log_dir) if log_dir is not None else None

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            if (epoch + 1) % every:
                return
            values = score(sample(self.model, n_passages, n_chars, seed))
            self.history.append(values)
            measured = {f"evalkit/{id_}": value for id_, value in values.items() if value is not None}
            if logs is not None:
                logs.update(measured)
            if self._scalars is not None:
                self._scalars.write(measured, epoch)

    return SampleQuality()
