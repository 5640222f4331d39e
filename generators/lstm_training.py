"""Training of the character LSTM: truncated backpropagation through time with explicit state, in TensorFlow and Keras 3.

TensorFlow is imported inside functions only. What comes out are numpy arrays.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import InputError, MissingExtraError
from generators.base import Progress, Symbols
from generators.lstm_network import Network
from generators.lstm_tape import Tape, Window

WARM_UP_UPDATES = 20
"""Updates over which the learning rate rises from 0 (Adam's first estimates of variance are poor)."""
CLIP_NORM = 1.0
EVALUATED_WINDOWS = 1024
EVALUATION_STREAMS = 64


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Everything that decides what is trained and for how long; see `LSTM` for the options that set it."""

    units: int
    layers: int
    embedding: int
    window: int
    batch: int
    dropout: float
    learning_rate: float
    updates: int
    evaluations: int
    patience: int
    max_epochs: float = 40.0
    minutes: float | None = None


@dataclass(frozen=True)
class Measurement:
    """The state of training at one moment; `held_out_bits` is None where nothing was held out."""

    updates: int
    characters: int
    seconds: float
    train_bits: float
    held_out_bits: float | None


@dataclass(frozen=True)
class Trained:
    """The weights kept (the best on the held-out documents, or the last) and how training went."""

    network: Network
    curve: tuple[Measurement, ...]
    updates: int
    characters: int
    seconds: float
    stopped_early: bool
    best_bits: float | None = None


@dataclass
class Best:
    """The best weights so far; `waited` counts measurements since."""

    bits: float = np.inf
    weights: list[NDArray[Any]] = field(default_factory=list)
    waited: int = 0

    def offer(self, bits: float, weights: list[NDArray[Any]]) -> None:
        """Keeps the weights if they are better than all before."""
        if bits < self.bits:
            self.bits, self.weights, self.waited = bits, weights, 0
        else:
            self.waited += 1


@dataclass(frozen=True)
class Plan:
    """How far training is: by updates, or by the clock where minutes were given."""

    updates: int
    seconds: float | None
    started: float

    def done(self, update: int) -> float:
        """The part of training that is behind, in [0, 1]."""
        if self.seconds is None:
            return min(1.0, update / self.updates)
        return min(1.0, (time.monotonic() - self.started) / self.seconds)

    def seconds_left(self, done: float) -> float:
        """Seconds to go at the pace so far."""
        return (time.monotonic() - self.started) * (1 - done) / max(done, 1e-6)


def load_tensorflow() -> tuple[ModuleType, ModuleType]:
    """TensorFlow and Keras, with TensorFlow's start-up messages off unless TF_CPP_MIN_LOG_LEVEL is set.

    Raises:
        MissingExtraError: when TensorFlow is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import keras
        import tensorflow as tf
    except ImportError as error:
        raise MissingExtraError("The lstm generator", extra="lstm") from error
    return tf, keras


def learning_rate(peak: float, update: int, done: float) -> float:
    """A short linear rise, then a cosine down to 1/50 of the peak (Loshchilov & Hutter 2017)."""
    rise = min(1.0, (update + 1) / WARM_UP_UPDATES)
    return float(peak * rise * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * done))))


def train(
    documents: Sequence[Symbols], held_out: Sequence[Symbols], end: int, config: Configuration, *, seed: int, progress: Progress
) -> Trained:
    """Trains a network on encoded documents.

    Args:
        documents: symbols 0 ... end - 1 of each training document.
        held_out: symbols of documents to stop early by, -1 where unknown; may be empty.
        end: the symbol that ends a document.
        config: what to train, and for how long.
        seed: fixes the weights, the order of the documents and dropout.
        progress: told the bits per character and the time left.

    Raises:
        InputError: when the loss is no longer a number.
        MissingExtraError: when TensorFlow is not installed.
    """
    started = time.monotonic()
    rng = np.random.default_rng(seed)
    tape = Tape.of([documents[i] for i in rng.permutation(len(documents))], end=end, window=config.window)
    batch = max(1, min(config.batch, len(tape) // 4))
    network = Network.initial(
        frequencies=_frequencies(tape, end + 1), units=config.units, layers=config.layers, embedding=config.embedding, rng=rng
    )
    machine = KerasMachine(network, batch, config, seed)
    measured = Tape.of(held_out, end=end, window=config.window) if any(len(text) for text in held_out) else None
    limit = int(np.ceil(config.max_epochs * len(tape) / batch))
    plan = Plan(min(config.updates, limit), None if config.minutes is None else 60 * config.minutes, started)
    return _loop(machine, tape, measured, batch=batch, config=config, plan=plan, progress=progress)


def _loop(
    machine: KerasMachine, tape: Tape, measured: Tape | None, *, batch: int, config: Configuration, plan: Plan, progress: Progress
) -> Trained:
    """Updates until the plan is done or the held-out documents no longer gain."""
    best, curve, losses, characters = Best(), [], [], 0
    update, done, next_measurement = 0, 0.0, 1 / config.evaluations
    for window in tape.windows(batch):
        losses.append(machine.update(window, learning_rate(config.learning_rate, update, done)))
        characters += int(window.weights.sum())
        update += 1
        done = plan.done(update)
        if done < next_measurement:
            continue
        next_measurement += 1 / config.evaluations
        train_bits = float(np.mean([float(loss) for loss in losses]) / np.log(2))
        losses = []
        held_bits = None if measured is None else machine.bits(measured)
        _check_finite(train_bits, held_bits, update)
        curve.append(Measurement(update, characters, time.monotonic() - plan.started, train_bits, held_bits))
        if held_bits is not None:
            best.offer(held_bits, machine.weights())
        left = plan.seconds_left(done)
        progress(
            f"training lstm: {train_bits if held_bits is None else held_bits:.3f} bits per character, {left:.0f} s left", done, 1.0
        )
        if done >= 1 or best.waited >= config.patience:
            break
    weights = best.weights or machine.weights()
    return Trained(
        machine.network(weights),
        tuple(curve),
        update,
        characters,
        time.monotonic() - plan.started,
        done < 1,
        best.bits if best.weights else None,
    )


def _check_finite(train_bits: float, held_bits: float | None, update: int) -> None:
    """Stops a training whose loss is not a number, with advice."""
    if not np.isfinite([train_bits, held_bits or 0.0]).all():
        raise InputError(
            f"The loss of the lstm was not a number after {update} updates.",
            remedy="Train with a smaller learning_rate (a third of the present one), or fewer units.",
        )


def _frequencies(tape: Tape, n_symbols: int) -> NDArray[np.float64]:
    """How often each symbol is a target, plus one."""
    return np.asarray(np.bincount(tape.targets[tape.weights > 0], minlength=n_symbols) + 1.0, np.float64)


class KerasMachine:
    """Keras layers in an explicit-state training step: `update`, `bits` on a tape, and the weights as arrays."""

    def __init__(self, network: Network, batch: int, config: Configuration, seed: int) -> None:
        self._tf, self._keras = load_tensorflow()
        self._config = config
        self._shape = (len(network.layers), batch, network.units)
        self._model = self._build(network, seed)
        self._optimizer = self._keras.optimizers.Adam(config.learning_rate, beta_2=0.99, global_clipnorm=CLIP_NORM)
        self._optimizer.build(self._model.trainable_variables)
        self._state = self._zero_state(batch)
        self._update = self._tf.function(self._update_step, reduce_retracing=True)
        self._evaluate = self._tf.function(self._evaluate_step, reduce_retracing=True)

    def update(self, window: Window, rate: float) -> Any:
        """One step of the optimiser; returns the mean loss in nats, a tensor."""
        self._optimizer.learning_rate.assign(rate)
        loss, self._state = self._update(*window, self._state)
        return loss

    def bits(self, tape: Tape) -> float:
        """Bits per target of a tape with the present weights."""
        n_streams = min(EVALUATION_STREAMS, len(tape))
        state, total, count = self._zero_state(n_streams), 0.0, 0.0
        for window in tape.once(n_streams, at_most=EVALUATED_WINDOWS):
            losses, state = self._evaluate(*window, state)
            total += float(losses)
            count += float(window.weights.sum())
        return float(total / count / np.log(2))

    def weights(self) -> list[NDArray[Any]]:
        """Copies of the weights in the order of the model."""
        return [np.array(values) for values in self._model.get_weights()]

    def network(self, weights: list[NDArray[Any]]) -> Network:
        """The network of weights that `weights` gave."""
        names = ["embedding", *(f"{part}_{k}" for k in range(self._config.layers) for part in ("kernel", "recurrent", "bias"))]
        return Network.of(dict(zip([*names, "dense", "dense_bias"], weights, strict=True)))

    def _zero_state(self, n: int) -> list[Any]:
        zeros = self._tf.zeros((n, self._config.units))
        return [zeros] * (2 * self._config.layers)

    def _build(self, network: Network, seed: int) -> Any:
        """A functional model (symbols, state...) -> (logits, state...) with the network's weights."""
        layers = self._keras.layers
        config = self._config
        symbols = self._keras.Input((config.window,), dtype="int32")
        state = [self._keras.Input((config.units,)) for _ in range(2 * config.layers)]
        values = layers.Embedding(network.dense.shape[1], config.embedding)(symbols)
        after: list[Any] = []
        for k in range(config.layers):
            layer = layers.LSTM(config.units, return_sequences=True, return_state=True)
            values, hidden, cell = layer(values, initial_state=state[2 * k : 2 * k + 2])
            values = layers.Dropout(config.dropout, seed=seed + k)(values) if config.dropout else values
            after += [hidden, cell]
        model = self._keras.Model([symbols, *state], [layers.Dense(network.dense.shape[1])(values), *after])
        flat = [network.embedding, *(values for layer in network.layers for values in layer), network.dense, network.dense_bias]
        model.set_weights(flat)
        return model

    def _forward(
        self, inputs: Any, targets: Any, weights: Any, keep: Any, state: list[Any], *, training: bool
    ) -> tuple[Any, list[Any]]:
        """Summed loss in nats and the state after the window."""
        state = [values * keep[:, None] for values in state]
        logits, *state = self._model([inputs, *state], training=training)
        losses = self._tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
        return self._tf.reduce_sum(losses * weights), state

    def _update_step(self, inputs: Any, targets: Any, weights: Any, keep: Any, state: list[Any]) -> tuple[Any, list[Any]]:
        with self._tf.GradientTape() as tape:
            total, state = self._forward(inputs, targets, weights, keep, state, training=True)
            loss = total / self._tf.maximum(self._tf.reduce_sum(weights), 1.0)
        variables = self._model.trainable_variables
        self._optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, state

    def _evaluate_step(self, inputs: Any, targets: Any, weights: Any, keep: Any, state: list[Any]) -> tuple[Any, list[Any]]:
        return self._forward(inputs, targets, weights, keep, state, training=False)
