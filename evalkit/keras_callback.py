"""A Keras callback that scores samples at the end of an epoch, into the logs and TensorBoard. TensorFlow is loaded when it is made."""

from __future__ import annotations

from typing import Any, Unpack

from evalkit.errors import MissingExtraError
from evalkit.evaluation.online import MonitorOptions, SampleMonitor, Sampler


def sample_quality(
    sample: Sampler,
    **options: Unpack[MonitorOptions],
) -> Any:
    """Makes the callback.

    The values stand in the logs of every epoch as `evalkit/ID`, so that `CSVLogger` and `EarlyStopping` can use them; give the callback before
    those in `callbacks`. Between two scores the last value stands there again, so that a patience counts epochs, and must be longer than
    `every`. A measure appears when there was enough text for it first. The reference is read once.

    Args:
        sample: draws passages from the model as it is; it is given the same seed each time, so that epochs differ by the model alone.
        options: of `SampleMonitor`, all with a default: `reference`, `group`, `held_out`, `split_seed`, `language`, `metrics`, `n_passages`,
            `n_chars`, `log_dir`, `seed`, and `every`, the epochs between two scores; the first epoch of a training is scored too, so that every
            epoch has a value.

    Returns:
        A `keras.callbacks.Callback`.

    Raises:
        UsageError: when an amount is below 1.
        MissingExtraError: when TensorFlow is not installed.

    >>> sample_quality(lambda model, n, n_chars, seed: ["text"] * n)  # doctest: +SKIP
    """
    monitor = SampleMonitor(sample, **options)
    try:
        import keras
    except ImportError as error:
        raise MissingExtraError("The Keras callback", extra="lstm") from error

    class SampleQuality(keras.callbacks.Callback):  # type: ignore[misc]
        """Scores samples at the end of every few epochs."""

        history = monitor.history

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            if monitor.is_due(epoch + 1):
                monitor.score(self.model, epoch)
            if logs is not None:
                logs.update(monitor.last)

    return SampleQuality()
