"""Trains the article's experiments in Keras as they were run: `reproduce` and `ExperimentTrainer`."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import InputError
from generators.base import Symbols
from generators.lstm.article import ArticleExperiment, windows_of
from generators.lstm.keras_backend import load_tensorflow
from generators.lstm.network import LayerWeights, Network
from generators.lstm.training_state import TrainingContext
from generators.training.hooks import Checkpoint, Measurement
from generators.training.resume import SavedState, StateKeeper

PATIENCE = 5
"""Epochs without a lower training loss after which training ends, as in the repository."""
_VALIDATION_SHARE = 0.1
_BATCH_NORM = 4
"""Arrays of one layer of batch normalisation: gamma, beta, mean and variance."""


@dataclass(frozen=True, kw_only=True)
class ExperimentResult:
    """A trained experiment: its network, folded into plain layers, and what training measured, in JSON values."""

    network: Network
    measured: dict[str, object]


def hard_gate(z: Any) -> Any:
    """The gates' activation in Keras 1 and 2: clip(.2 z + .5). Keras 3's `hard_sigmoid` has another slope: clip(z / 6 + .5)."""
    _, keras = load_tensorflow()
    return keras.ops.clip(0.2 * z + 0.5, 0.0, 1.0)


def build(experiment: ArticleExperiment, n_symbols: int) -> Any:
    """The article's Keras model, from symbols [windows x window] to distributions [windows x window x symbols]."""
    tf, keras = load_tensorflow()
    layers = keras.layers
    first, second = experiment.units
    symbols = keras.Input((experiment.window,), dtype="int32")
    values = layers.Lambda(lambda s: tf.one_hot(s, n_symbols), output_shape=(experiment.window, n_symbols))(symbols)
    values = layers.LSTM(first, return_sequences=True, recurrent_activation=hard_gate)(values)
    if experiment.batch_norm:
        values = layers.BatchNormalization()(values)
    values = layers.LSTM(second, return_sequences=True, recurrent_activation=hard_gate)(values)
    values = layers.TimeDistributed(layers.Dense(n_symbols))(values)
    model = keras.Model(symbols, layers.Dense(n_symbols, activation="softmax")(values))
    optimizer = keras.optimizers.Adam(experiment.learning_rate)
    model.compile(optimizer, _loss_of_one_hot(n_symbols), metrics=["sparse_categorical_crossentropy"])
    return model


def _loss_of_one_hot(n_symbols: int) -> Any:
    """The mean binary cross-entropy over a one-hot target."""
    tf, keras = load_tensorflow()

    def loss(targets: Any, predicted: Any) -> Any:
        return keras.losses.binary_crossentropy(tf.one_hot(tf.cast(targets, tf.int32), n_symbols), predicted)

    return loss


def reproduce(
    symbols: Symbols, n_symbols: int, experiment: ArticleExperiment, *, scale: float, seed: int, context: TrainingContext
) -> ExperimentResult:
    """Trains an experiment as it was run, or resumes a training that was interrupted.

    Args:
        symbols: the prepared text, 0 ... n_symbols - 1.
        n_symbols: size of the alphabet.
        experiment: what to train.
        scale: share of its epochs; at least one epoch is trained.
        seed: of the weights and the order of the windows.
        context: what does not decide what is learned.

    Raises:
        InputError: when the text is too short.
        Interrupted: after an interrupt, once the state is kept.
        MissingExtraError: when TensorFlow is not installed.
        ModelError: when the kept state is damaged or belongs to another training.
    """
    return ExperimentTrainer(windows_of(symbols, experiment), n_symbols, experiment, scale=scale, seed=seed, context=context).run()


class ExperimentTrainer:
    """Trains epochs until all are done or the training loss no longer falls."""

    def __init__(
        self,
        windows: tuple[NDArray[np.int32], NDArray[np.int32]],
        n_symbols: int,
        experiment: ArticleExperiment,
        *,
        scale: float,
        seed: int,
        context: TrainingContext,
    ) -> None:
        _, keras = load_tensorflow()
        self._experiment, self._seed = experiment, seed
        self._hooks, self._progress, self._generator_of = context.hooks, context.progress, context.generator_of
        self._inputs, self._targets = windows
        self._n_train = max(1, int(len(self._inputs) * (1 - _VALIDATION_SHARE)))
        self._n_epochs = max(1, round(experiment.epochs * scale))
        keras.utils.set_random_seed(seed % 2**32)
        self._model = build(experiment, n_symbols)
        self._model.optimizer.build(self._model.trainable_variables)
        # Metrics make their variables at the first batch, and Keras traces an update that makes variables twice. So they see one before.
        uniform = np.full((1, experiment.window, n_symbols), 1 / n_symbols, np.float32)
        self._model.compute_metrics(self._inputs[:1], self._targets[:1], uniform)
        self._model.reset_metrics()
        self._history: list[dict[str, float]] = []
        self._seconds = 0.0
        self._keeper = StateKeeper(context.state_file, seconds=context.hooks.keep_seconds)
        self._keeper.resumed(self._restore)

    def run(self) -> ExperimentResult:
        """Trains to the end."""
        with self._keeper.deferring_interrupts():
            while not self._ended:
                started, before = time.monotonic(), self._updates
                self._epoch()
                self._seconds += time.monotonic() - started
                self._measure()
                self._checkpoint(before)
                self._keeper.keep(self._saved, after=f"{len(self._history)} epochs", ended=self._ended)
        measured: dict[str, object] = {
            "experiment": {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self._experiment).items()},
            "epochs": len(self._history),
            "parameters": int(self._model.count_params()),
            "updates": self._updates,
            "characters_seen": self._characters,
            "seconds": round(self._seconds, 1),
            "history": self._history,
        }
        return ExperimentResult(network=folded(self._model, self._experiment), measured=measured)

    @property
    def _updates(self) -> int:
        return len(self._history) * -(-self._n_train // self._batch)

    @property
    def _characters(self) -> int:
        return len(self._history) * self._n_train * self._experiment.window

    @property
    def _batch(self) -> int:
        return min(self._experiment.batch, self._n_train)

    @property
    def _ended(self) -> bool:
        losses = [epoch["train_bce"] for epoch in self._history]
        return len(losses) >= self._n_epochs or len(losses) - int(np.argmin([np.inf, *losses])) >= PATIENCE

    def _epoch(self) -> None:
        """One pass over the training windows, in an order that depends on seed and epoch alone, and a measurement of the others."""
        order = np.random.default_rng([self._seed, len(self._history)]).permutation(self._n_train)
        logs = self._model.fit(
            self._inputs[order],
            self._targets[order],
            validation_data=(self._inputs[self._n_train :], self._targets[self._n_train :]),
            batch_size=self._batch,
            shuffle=False,  # the order is drawn above, so that an epoch after a resumed one is the same
            verbose=0,
        ).history
        loss, bits = logs["loss"][0], logs["sparse_categorical_crossentropy"][0] / np.log(2)
        held_loss, held_bits = logs["val_loss"][0], logs["val_sparse_categorical_crossentropy"][0] / np.log(2)
        if not np.isfinite(loss):
            raise InputError("The loss of the experiment was not a number.", remedy="Try another seed.")
        self._history.append(
            {
                "train_bce": float(loss),
                "train_bits": float(bits),
                "validation_bce": float(held_loss),
                "validation_bits": float(held_bits),
            }
        )

    def _measure(self) -> None:
        """Reports the epoch to the hook and as progress."""
        now, n = self._history[-1], len(self._history)
        self._hooks.on_measured(
            Measurement(
                updates=self._updates,
                characters=self._characters,
                seconds=self._seconds,
                train_bits=now["train_bits"],
                held_out_bits=now["validation_bits"],
                learning_rate=self._experiment.learning_rate,
            )
        )
        pace, left = self._characters / self._seconds, self._seconds * (self._n_epochs - n) / n
        self._progress(
            f"training the article's lstm: epoch {n} of {self._n_epochs}, loss {now['train_bce']:.4f}, "
            f"{now['validation_bits']:.3f} bits per character, {pace:,.0f} characters/s, {left:.0f} s left",
            n,
            self._n_epochs,
        )

    def _checkpoint(self, before: int) -> None:
        """Calls the hook where a checkpoint was due in the epoch, or the training ended with it."""
        every, now = self._hooks.checkpoint_every, self._updates
        if every is None or not (self._ended or now // every > before // every):
            return
        generator = self._generator_of(folded(self._model, self._experiment))
        self._hooks.on_checkpoint(
            Checkpoint(
                updates=now,
                characters=self._characters,
                seconds=self._seconds,
                held_out_bits=self._history[-1]["validation_bits"],
                generator=generator,
            )
        )

    def _saved(self) -> SavedState:
        """The history and all variables, to be saved."""
        arrays = {f"variable_{i}": np.asarray(variable.numpy()) for i, variable in enumerate(self._variables)}
        return SavedState({"history": self._history, "seconds": self._seconds}, arrays)

    def _restore(self, saved: SavedState) -> None:
        """Returns to where an earlier run stopped."""
        for i, variable in enumerate(self._variables):
            variable.assign(saved.arrays[f"variable_{i}"])
        self._history, self._seconds = list(saved.plain["history"]), float(saved.plain["seconds"])

    @property
    def _variables(self) -> list[Any]:
        """What the next epoch depends on: the weights, and the optimiser's moments."""
        return [*self._model.variables, *self._model.optimizer.variables]


def folded(model: Any, experiment: ArticleExperiment) -> Network:
    """The network that computes the same function with plain layers.

    One-hot input becomes an embedding of unit vectors, batch normalisation part of the second layer's kernel, and the two dense layers one. The
    article's model does not know the end of a document: as an input it is all zeros, and its bias of -inf keeps it from being drawn.
    """
    weights = [np.asarray(values, np.float32) for values in model.get_weights()]
    first, rest = LayerWeights(*weights[:3]), weights[3:]
    scale, shift = np.ones(experiment.units[0], np.float32), np.zeros(experiment.units[0], np.float32)
    if experiment.batch_norm:
        (gamma, beta, mean, variance), rest = rest[:_BATCH_NORM], rest[_BATCH_NORM:]
        scale = gamma / np.sqrt(variance + next(layer for layer in model.layers if hasattr(layer, "epsilon")).epsilon)
        shift = beta - mean * scale
    kernel, recurrent, bias, dense_1, bias_1, dense_2, bias_2 = rest
    second = LayerWeights(kernel * scale[:, None], recurrent, bias + shift @ kernel)
    n_symbols = len(bias_2)
    dense = np.concatenate([dense_1 @ dense_2, np.zeros((len(dense_1), 1), np.float32)], axis=1)
    dense_bias = np.append(bias_1 @ dense_2 + bias_2, np.float32(-np.inf)).astype(np.float32)
    embedding = np.concatenate([np.eye(n_symbols, dtype=np.float32), np.zeros((1, n_symbols), np.float32)])
    return Network(embedding, (first, second), dense, dense_bias, hard_gates=True)
