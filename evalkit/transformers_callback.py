"""A callback for `transformers.Trainer` that scores samples when the model is evaluated, into the metrics and the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from evalkit.errors import MissingExtraError, UsageError
from evalkit.evaluation.online import MonitorOptions, SampleMonitor, Sampler

_RUNTIME = "_runtime"
"""The end of the name of a metric that every evaluation has; before it stands the prefix of them all."""


def sample_quality(
    sample: Sampler | None = None,
    **options: Unpack[MonitorOptions],
) -> Any:
    """Makes the callback.

    The values stand among the metrics of every evaluation as `eval_evalkit/ID`, so that `metric_for_best_model="evalkit/ID"` and
    `EarlyStoppingCallback` can use them, which is given after this one. Say with `greater_is_better` which way is better: for distances False.
    Between two scores the last value stands there again. They are in the log of the training too; set the attribute `trainer` of the callback
    to the trainer for those that it reports to. A training without evaluations is scored at the end of its epochs, into the log.

    Args:
        sample: draws passages from the model as it is; None samples the model itself with its tokenizer, the Trainer's `processing_class`.
        options: as for `evalkit.keras_callback`; `every` counts evaluations, or epochs where there are none, and the first is scored too.

    Returns:
        A `transformers.TrainerCallback`.

    Raises:
        UsageError: when an amount is below 1.
        MissingExtraError: when transformers is not installed.

    >>> sample_quality(n_passages=50, every=2)  # doctest: +SKIP
    """
    tokenizer: Any = None

    def draw(model: Any, n_passages: int, n_chars: int, seed: int) -> Sequence[str]:
        return _sampled(model, tokenizer, n_passages, n_chars, seed)

    monitor = SampleMonitor(draw if sample is None else sample, **options)
    try:
        from transformers import TrainerCallback
    except ImportError as error:
        raise MissingExtraError("The callback for transformers", extra="huggingface") from error

    class SampleQuality(TrainerCallback):  # type: ignore[misc]
        """Scores samples at every few evaluations."""

        history = monitor.history
        trainer: Any = None

        def __init__(self) -> None:
            self._n_evaluations = 0
            self._step: int | None = None

        def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float] | None = None, **more: Any) -> None:
            if state.global_step != self._step:  # several data sets are evaluated one after another at one step
                self._n_evaluations, self._step = self._n_evaluations + 1, state.global_step
                self._score_if_due(self._n_evaluations, state, more)
            prefix = next((name.removesuffix(_RUNTIME) for name in metrics or {} if name.endswith(_RUNTIME)), "eval")
            values = {f"{prefix}_{name}": value for name, value in monitor.last.items()}
            if metrics is not None:
                metrics.update(values)
            self._log(values, state)

        def on_epoch_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            if str(getattr(args.eval_strategy, "value", args.eval_strategy)) == "no":
                self._score_if_due(round(state.epoch), state, more)
                self._log(monitor.last, state)

        def _score_if_due(self, occasion: int, state: Any, more: dict[str, Any]) -> None:
            nonlocal tokenizer
            if monitor.is_due(occasion):
                tokenizer = more.get("processing_class") or more.get("tokenizer")  # the second until version 5
                monitor.score(more.get("model"), state.global_step)

        def _log(self, values: dict[str, float], state: Any) -> None:
            """Adds values to the log; the Trainer has written its own metrics there before it calls this."""
            if self.trainer is not None:
                self.trainer.log(dict(values))
            elif state.log_history and state.log_history[-1].get("step") == state.global_step:
                state.log_history[-1].update(values)
            else:
                state.log_history.append({**values, "epoch": state.epoch, "step": state.global_step})

    return SampleQuality()


def _sampled(model: Any, tokenizer: Any, n_passages: int, n_chars: int, seed: int) -> list[str]:
    """Passages of a model that is being trained, which is left as it was; the random numbers of the training are not touched."""
    from generators.external.huggingface import HuggingFace

    if tokenizer is None:
        raise UsageError(
            "The Trainer has no tokenizer to sample with.", remedy="Give it processing_class=tokenizer, or the callback sample=."
        )
    was_training = model.training
    model.eval()
    try:
        return HuggingFace.of(model, tokenizer).sample(n_passages, n_chars, seed=seed)
    finally:
        model.train(was_training)
