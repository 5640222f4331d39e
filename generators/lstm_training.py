"""Training of the character LSTM: truncated backpropagation through time with explicit state, the schedule, and when to stop."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import InputError
from generators.base import Progress, Symbols
from generators.lstm_config import Configuration
from generators.lstm_fast import FastMachine, has_bfloat16
from generators.lstm_machine import KerasMachine, Machine, gpu_is_visible
from generators.lstm_network import Network
from generators.lstm_tape import Tape

WARM_UP_UPDATES = 20
"""Updates over which the learning rate rises from 0 (Adam's first estimates of variance are poor)."""


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
    """The weights kept (the best on the held-out documents, or the last), how they were trained and how that went."""

    network: Network
    config: Configuration
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
    config = config.suited_to(n_windows=len(tape), n_targets=tape.n_targets)
    network = Network.initial(
        frequencies=_frequencies(tape, end + 1), units=config.units, layers=config.layers, embedding=config.embedding, rng=rng
    )
    machine = machine_for(network, config=config, seed=seed)
    measured = Tape.of(held_out, end=end, window=config.window) if any(len(text) for text in held_out) else None
    plan = Plan(config.updates, None if config.minutes is None else 60 * config.minutes, started)
    return _loop(machine, tape, measured, config=config, plan=plan, progress=progress)


def machine_for(network: Network, *, config: Configuration, seed: int) -> Machine:
    """Keras's layers where there is a GPU, the fast ones otherwise."""
    if gpu_is_visible():
        return KerasMachine(network, batch=config.batch, dropout=config.dropout, seed=seed)
    bfloat16 = has_bfloat16() if config.precision == "auto" else config.precision == "bfloat16"
    return FastMachine(
        network, batch=config.batch, dropout=config.dropout, seed=seed, weight_drop=config.weight_drop, bfloat16=bfloat16
    )


def _loop(machine: Machine, tape: Tape, measured: Tape | None, *, config: Configuration, plan: Plan, progress: Progress) -> Trained:
    """Updates until the plan is done or the held-out documents no longer gain."""
    best, curve, losses, characters = Best(), [], [], 0
    update, done, next_measurement = 0, 0.0, 1 / config.evaluations
    for window in tape.windows(config.batch):
        losses.append(machine.update(window, learning_rate(config.learning_rate, update, done)))
        characters += int(window.weights.sum())
        update += 1
        done = plan.done(update)
        if done < min(next_measurement, 1.0):  # a sum of fractions may end a little above 1
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
        config,
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
