"""Makes training steps of the LSTM in TensorFlow: `Backend`, and `KerasBackend` with the layers of Keras.

TensorFlow is imported inside functions only. Arguments and results are numpy arrays.
"""

from __future__ import annotations

import os
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import MissingExtraError
from generators.lstm.batches import Tape, Window
from generators.lstm.network import Network

CLIP_NORM = 1.0
"""Largest norm of the gradient; longer ones, which recurrent networks have now and then, are scaled down (Pascanu et al. 2013)."""
EVALUATED_WINDOWS = 1024
EVALUATION_STREAMS = 64


def load_tensorflow() -> tuple[ModuleType, ModuleType]:
    """TensorFlow and Keras, without TensorFlow's start-up messages unless TF_CPP_MIN_LOG_LEVEL is 0.

    Raises:
        MissingExtraError: when TensorFlow is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _native_stderr_held_back():
            import keras
            import tensorflow as tf
    except ImportError as error:
        raise MissingExtraError("The lstm generator", extra="lstm") from error
    return tf, keras


@contextmanager
def _native_stderr_held_back() -> Iterator[None]:
    """Holds back what compiled code writes to stderr, and shows it where the work fails.

    TensorFlow 2.21 announces its processor features on every import, whatever the log level, which would break a progress bar. Compiled code
    writes to the file descriptor itself, so replacing `sys.stderr` would not hold it back.
    """
    if os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0":
        yield
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        stderr = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


@cache  # by all that is compiled; a process trains networks of few sizes
def compiled_loss(tf: ModuleType, n_symbols: int) -> Callable[..., Any]:
    """The summed loss of a window in nats, compiled into a single operation once for all networks of as many symbols.

    Args:
        tf: TensorFlow.
        n_symbols: logits of a target. The function works for any, but TensorFlow warns of one that is compiled for many shapes.
    """
    del n_symbols

    def loss(targets: Any, logits: Any, weights: Any) -> Any:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
        return tf.reduce_sum(losses * weights)

    compiled: Callable[..., Any] = tf.function(loss, jit_compile=True, autograph=False)
    return compiled


class Backend(ABC):
    """Holds the weights, the optimiser and the state of all streams; `update` trains on a window, `bits` measures a tape.

    A subclass computes the logits of a window. It keeps its variables in the order of `Network.flat`.

    Args:
        network: the weights to begin with.
        batch: streams of text read in parallel.
        dropout: share of each layer's outputs that is dropped in training, in [0, 1).
        seed: fixes what is dropped.
    """

    def __init__(self, network: Network, *, batch: int, dropout: float = 0.0, seed: int = 0) -> None:
        self._tf, self._keras = load_tensorflow()
        self._network = network
        self._dropout = dropout
        self._seed = seed
        self._variables = self._build()
        self._optimizer = self._keras.optimizers.Adam(beta_2=0.99, global_clipnorm=CLIP_NORM)
        self._optimizer.build(self._variables)
        self._state = self._zero_state(batch)
        # Compiled, their many small operations are one pass over the numbers, which takes a half or a third of the time.
        self._loss = compiled_loss(self._tf, network.dense.shape[1])
        self._apply = self._tf.function(self._apply_step, jit_compile=True, autograph=False)
        self._update = self._tf.function(self._update_step, reduce_retracing=True, autograph=False)
        self._evaluate = self._tf.function(self._evaluate_step, reduce_retracing=True, autograph=False)

    def update(self, window: Window, rate: float) -> Any:
        """One step of the optimiser; returns the mean loss in nats, a tensor."""
        self._optimizer.learning_rate.assign(rate)
        loss, self._state = self._update(*window, self._state)
        return loss

    def bits(self, tape: Tape) -> float:
        """Bits per target of a tape with the present weights; of a long tape, those of the beginnings of its parts."""
        n_streams = min(EVALUATION_STREAMS, len(tape))
        state, totals, count = self._zero_state(n_streams), [], 0.0
        for window in tape.once(n_streams, at_most=EVALUATED_WINDOWS):
            total, state = self._evaluate(*window, state)
            # Converted to numbers only at the end: each conversion would wait for TensorFlow to finish the window.
            totals.append(total)
            count += float(window.weights.sum())
        return float(sum(float(total) for total in totals) / count / np.log(2))

    def weights(self) -> list[NDArray[np.float32]]:
        """Copies of the weights in the order of `Network.flat`."""
        return [np.array(variable.numpy()) for variable in self._variables]

    @contextmanager
    def holding(self, weights: list[NDArray[np.float32]]) -> Iterator[None]:
        """Uses other weights within a `with`, to measure them."""
        present = self.weights()
        self._assign(weights)
        try:
            yield
        finally:
            self._assign(present)

    def _assign(self, weights: list[NDArray[np.float32]]) -> None:
        for variable, values in zip(self._variables, weights, strict=True):
            variable.assign(values)

    def network(self, weights: list[NDArray[np.float32]]) -> Network:
        """The network of weights that `weights` gave."""
        return self._network.with_flat(weights)

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Copies of all that the next update depends on: weights, optimiser, random generator, and the streams' state."""
        values = [*self._kept_variables(), *(self._tf.cast(part, self._tf.float32) for part in self._state)]
        return {f"backend_{i}": np.array(value.numpy()) for i, value in enumerate(values)}

    def restore(self, snapshot: Mapping[str, NDArray[Any]]) -> None:
        """Puts back what `snapshot` gave, so that training continues as if it had never stopped."""
        kept = self._kept_variables()
        arrays = [snapshot[f"backend_{i}"] for i in range(len(kept) + len(self._state))]
        for variable, value in zip(kept, arrays[: len(kept)], strict=True):
            variable.assign(value)
        self._state = [self._tf.cast(a, part.dtype) for a, part in zip(arrays[len(kept) :], self._state, strict=True)]

    def _kept_variables(self) -> list[Any]:
        return [*self._variables, *self._optimizer.variables, *self._random_variables()]

    @abstractmethod
    def _random_variables(self) -> list[Any]:
        """The variables that hold the state of the random generator."""

    @abstractmethod
    def _build(self) -> list[Any]:
        """Makes the layers and returns their variables."""

    @abstractmethod
    def _logits(self, inputs: Any, state: list[Any], *, training: bool) -> tuple[Any, list[Any]]:
        """Logits [streams x window x V] of the targets of inputs [streams x window], and the state after them."""

    def _zero_state(self, n: int) -> list[Any]:
        """Hidden and cell values of each layer in turn, [n x units] each."""
        zeros = self._tf.zeros((n, self._network.units))
        return [zeros] * (2 * len(self._network.layers))

    def _forward(
        self, inputs: Any, targets: Any, weights: Any, keep: Any, state: list[Any], *, training: bool
    ) -> tuple[Any, list[Any]]:
        """Summed loss in nats and the state after the window."""
        # keep is 0 where a document starts, which must not be read with the state of the one before.
        state = [values * self._tf.cast(keep[:, None], values.dtype) for values in state]
        logits, state = self._logits(inputs, state, training=training)
        return self._loss(targets, logits, weights), state

    def _update_step(self, inputs: Any, targets: Any, weights: Any, keep: Any, state: list[Any]) -> tuple[Any, list[Any]]:
        # The state comes in as a constant, so gradients end at the beginning of the window (truncated back-propagation).
        with self._tf.GradientTape() as tape:
            total, state = self._forward(inputs, targets, weights, keep, state, training=True)
            loss = total / self._tf.maximum(self._tf.reduce_sum(weights), 1.0)
        self._apply(tape.gradient(loss, self._variables))
        return loss, state

    def _apply_step(self, gradients: list[Any]) -> None:
        self._optimizer.apply(gradients, self._variables)

    def _evaluate_step(self, inputs: Any, targets: Any, weights: Any, keep: Any, state: list[Any]) -> tuple[Any, list[Any]]:
        return self._forward(inputs, targets, weights, keep, state, training=False)


class KerasBackend(Backend):
    """Computes with Keras's own LSTM layers, which run on cuDNN where there is a GPU.

    The fast layers are tested against them. No recurrent weights are dropped, since cuDNN cannot.
    """

    def _build(self) -> list[Any]:
        layers, network = self._keras.layers, self._network
        symbols = self._keras.Input((None,), dtype="int32")
        state = [self._keras.Input((network.units,)) for _ in range(2 * len(network.layers))]
        values = layers.Embedding(*network.embedding.shape)(symbols)
        after: list[Any] = []
        for k in range(len(network.layers)):
            layer = layers.LSTM(network.units, return_sequences=True, return_state=True)
            values, hidden, cell = layer(values, initial_state=state[2 * k : 2 * k + 2])
            if self._dropout:
                # One mask for all steps of a window (Gal and Ghahramani 2016), as in `FastBackend`.
                shape = (None, 1, network.units)
                values = layers.Dropout(self._dropout, noise_shape=shape, seed=self._seed + k)(values)
            after += [hidden, cell]
        self._model = self._keras.Model([symbols, *state], [layers.Dense(network.dense.shape[1])(values), *after])
        self._model.set_weights(network.flat)
        return list(self._model.trainable_variables)

    def _random_variables(self) -> list[Any]:
        return list(self._model.non_trainable_variables)

    def _logits(self, inputs: Any, state: list[Any], *, training: bool) -> tuple[Any, list[Any]]:
        logits, *state = self._model([inputs, *state], training=training)
        return logits, state


def gpu_is_visible() -> bool:
    """Whether TensorFlow sees a GPU."""
    tf, _ = load_tensorflow()
    with _native_stderr_held_back():  # TensorFlow complains where there is a driver but no GPU
        return bool(tf.config.list_physical_devices("GPU"))
