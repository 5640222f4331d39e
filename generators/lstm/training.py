"""Training of the character LSTM: truncated backpropagation through time with explicit state, the schedule, and when to stop.

What is measured and kept are averages of the weights over the last part of the training (Polyak and Juditsky 1992; with weights that decay as a power of time,
Shamir and Zhang 2013), so that the learning rate need not fall to nothing for the noise of the updates to go.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import InputError, Interrupted
from generators.base import Symbols
from generators.lstm.batches import Tape, Window
from generators.lstm.context import Surroundings
from generators.lstm.fast_backend import FastMachine, has_bfloat16
from generators.lstm.keras_backend import KerasMachine, Machine, gpu_is_visible
from generators.lstm.network import Network
from generators.lstm.presets import Configuration
from generators.training.interrupts import Stop, heard
from generators.training.session import Checkpoint, Measured
from generators.training.state import State

WARM_UP_UPDATES = 20
"""Updates over which the learning rate rises from 0 (Adam's first estimates of variance are poor)."""
LEAST_RATE = 0.3
"""Part of the peak that the learning rate falls to."""
AVERAGED_EVERY = 4
"""Updates between two sets of weights in the average; so close, they hardly differ."""
_ETA = 8.0
"""How soon the average forgets: it spans about the last ninth of the training."""
_SECONDS_BETWEEN_LINES = 0.5


@dataclass(frozen=True)
class Trained:
    """The weights kept (averages: the best on the held-out documents, or the last), how they were trained and how that went."""

    network: Network
    config: Configuration
    curve: tuple[Measured, ...]
    updates: int
    characters: int
    seconds: float
    stopped_early: bool
    best_bits: float | None = None


@dataclass
class Standing:
    """Where a training stands; with the machine's own state, all that the next update depends on.

    Args:
        updates, characters, seconds: done so far.
        losses: mean loss of each update since the last measurement, in nats.
        measured_at: the part of the plan that was done at the last measurement.
        waited: measurements since the best one.
        best_bits: of the held-out documents; None before the first measurement.
        best: the weights that had it.
        average: of the weights up to now; what is measured.
        n_averaged: how many sets of weights are in it.
        curve: all measurements.
    """

    updates: int = 0
    characters: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    measured_at: float = 0.0
    waited: int = 0
    best_bits: float | None = None
    best: list[NDArray[np.float32]] = field(default_factory=list)
    average: list[NDArray[np.float32]] = field(default_factory=list)
    n_averaged: int = 0
    curve: list[Measured] = field(default_factory=list)

    def offer(self, bits: float, weights: list[NDArray[np.float32]]) -> None:
        """Keeps the weights if they are better than all before."""
        if self.best_bits is None or bits < self.best_bits:
            self.best_bits, self.best, self.waited = bits, weights, 0
        else:
            self.waited += 1

    def take_into_average(self, weights: list[NDArray[np.float32]]) -> None:
        """Moves the average towards the weights, by less the more there were before (Shamir and Zhang 2013)."""
        self.n_averaged += 1
        share = np.float32((_ETA + 1) / (self.n_averaged + _ETA))
        self.average = [old + share * (new - old) for old, new in zip(self.average or weights, weights, strict=True)]

    def state(self, machine: Machine) -> State:
        """Everything, to be kept."""
        plain = {key: value for key, value in vars(self).items() if key not in ("best", "average", "curve")}
        kept = {f"{name}_{i}": values for name in ("best", "average") for i, values in enumerate(getattr(self, name))}
        return State(plain | {"curve": [asdict(point) for point in self.curve]}, machine.snapshot() | kept)

    @classmethod
    def of(cls, state: State, machine: Machine) -> Standing:
        """What was kept; the machine goes back to where it was then."""
        machine.restore(state.arrays)
        plain = dict(state.plain)
        curve = [Measured(**point) for point in plain["curve"]]
        return cls(
            **plain | {"curve": curve, "best": _numbered(state.arrays, "best"), "average": _numbered(state.arrays, "average")}
        )


def _numbered(arrays: Mapping[str, NDArray[Any]], name: str) -> list[NDArray[np.float32]]:
    """The arrays that are kept as NAME_0, NAME_1 ..."""
    return [np.array(arrays[f"{name}_{i}"]) for i in range(sum(key.startswith(f"{name}_") for key in arrays))]


@dataclass(frozen=True)
class Plan:
    """How long a training is: so many updates, or so many seconds where minutes were given."""

    updates: int
    seconds: float | None

    def done(self, at: Standing) -> float:
        """The part of training that is behind, in [0, 1]."""
        return min(1.0, at.updates / self.updates if self.seconds is None else at.seconds / self.seconds)


def learning_rate(peak: float, update: int, done: float) -> float:
    """A short linear rise, then a cosine down to `LEAST_RATE` of the peak (Loshchilov & Hutter 2017)."""
    rise = min(1.0, (update + 1) / WARM_UP_UPDATES)
    return float(peak * rise * (LEAST_RATE + (1 - LEAST_RATE) * 0.5 * (1 + np.cos(np.pi * done))))


def train(
    documents: Sequence[Symbols], held_out: Sequence[Symbols], end: int, config: Configuration, *, seed: int, around: Surroundings
) -> Trained:
    """Trains a network on encoded documents, or goes on with a training that was cut short.

    Args:
        documents: symbols 0 ... end - 1 of each training document.
        held_out: symbols of documents to stop early by, -1 where unknown; may be empty.
        end: the symbol that ends a document.
        config: what to train, and for how long.
        seed: fixes the weights, the order of the documents and dropout.
        around: what does not decide what is learned.

    Raises:
        InputError: when the loss is no longer a number.
        Interrupted: when the run was asked to stop; the state was kept before.
        MissingExtraError: when TensorFlow is not installed.
        ModelError: when the kept state is damaged or another training's.
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
    return Training(machine, tape, measured, config, around=around, started=started).run()


def machine_for(network: Network, *, config: Configuration, seed: int) -> Machine:
    """Keras's layers where there is a GPU, the fast ones otherwise."""
    if gpu_is_visible():
        return KerasMachine(network, batch=config.batch, dropout=config.dropout, seed=seed)
    bfloat16 = has_bfloat16() if config.precision == "auto" else config.precision == "bfloat16"
    return FastMachine(
        network, batch=config.batch, dropout=config.dropout, seed=seed, weight_drop=config.weight_drop, bfloat16=bfloat16
    )


class Training:
    """Updates until the plan is done or the held-out documents no longer gain.

    Args:
        machine: computes updates.
        tape: the training documents.
        measured: the held-out documents, or None.
        config: suited to the tape.
        around: what does not decide what is learned.
        started: when the clock of this run began, by `time.monotonic`.
    """

    def __init__(
        self, machine: Machine, tape: Tape, measured: Tape | None, config: Configuration, *, around: Surroundings, started: float
    ) -> None:
        self._machine, self._tape, self._measured, self._config = machine, tape, measured, config
        self._session, self._state, self._around = around.session, around.state, around
        self._plan = Plan(config.updates, None if config.minutes is None else 60 * config.minutes)
        self._at = self._standing()
        self._clock = self._kept = self._told = started
        self._rate = 0.0

    def _standing(self) -> Standing:
        """Where an earlier run stopped, or the beginning."""
        kept = self._state.load() if self._state else None
        if self._state is None or kept is None:
            return Standing()
        try:
            return Standing.of(kept, self._machine)
        except (KeyError, ValueError, TypeError) as error:
            raise self._state.refused(f"is damaged ({error})") from error

    def run(self) -> Trained:
        """The training to its end."""
        at = self._at
        windows = self._tape.windows(self._config.batch, start=at.updates)
        with heard() if self._state else nullcontext(Stop()) as stop:
            while not self._ended():
                self._update(next(windows))
                if self._measurement_is_due():
                    self._measure()
                self._tell()
                self._checkpoint()
                self._keep(stop)
        return Trained(
            self._machine.network(at.best or at.average),
            self._config,
            tuple(at.curve),
            at.updates,
            at.characters,
            at.seconds,
            self._plan.done(at) < 1,
            at.best_bits,
        )

    def _ended(self) -> bool:
        return self._plan.done(self._at) >= 1 or self._at.waited >= self._config.patience

    def _update(self, window: Window) -> None:
        at = self._at
        self._rate = learning_rate(self._config.learning_rate, at.updates, self._plan.done(at))
        at.losses.append(self._finite(float(self._machine.update(window, self._rate))))
        at.updates += 1
        at.characters += int(window.weights.sum())
        if at.updates % AVERAGED_EVERY == 1:
            at.take_into_average(self._machine.weights())
        self._tick()

    def _measurement_is_due(self) -> bool:
        now, n = self._plan.done(self._at), self._config.evaluations
        return now >= 1 or int(now * n) > int(self._at.measured_at * n)

    def _measure(self) -> None:
        """Measures the training text since the last measurement and the held-out documents, and tells of it."""
        at = self._at
        train_bits = float(np.mean(at.losses) / np.log(2))
        held_out_bits = self._held_out_bits()
        if held_out_bits is not None:
            at.offer(held_out_bits, at.average)
        self._tick()
        at.losses, at.measured_at = [], self._plan.done(at)
        at.curve.append(
            Measured(
                updates=at.updates,
                characters=at.characters,
                seconds=at.seconds,
                train_bits=train_bits,
                held_out_bits=held_out_bits,
                learning_rate=self._rate,
            )
        )
        self._session.on_measured(at.curve[-1])

    def _held_out_bits(self) -> float | None:
        """Of the averaged weights."""
        if self._measured is None:
            return None
        with self._machine.holding(self._at.average):
            return self._finite(self._machine.bits(self._measured))

    def _finite(self, value: float) -> float:
        """The value, if it is a number.

        Raises:
            InputError: otherwise, with advice; there is nothing to go on with then.
        """
        if np.isfinite(value):
            return value
        if self._state:
            self._state.discard()
        raise InputError(
            f"The loss of the lstm was not a number after {self._at.updates} updates.",
            remedy="Train with a smaller learning_rate (a third of the present one), or fewer units.",
        )

    def _tell(self) -> None:
        """Shows how far the training is, twice a second at most."""
        now = time.monotonic()
        if now - self._told < _SECONDS_BETWEEN_LINES and not self._ended():
            return
        self._told = now
        at, done = self._at, max(self._plan.done(self._at), 1e-6)
        loss = float(np.mean(at.losses)) if at.losses else at.curve[-1].train_bits * float(np.log(2))
        held_out_bits = at.curve[-1].held_out_bits if at.curve else None
        bits = loss / float(np.log(2)) if held_out_bits is None else held_out_bits
        pace, left = at.characters / max(at.seconds, 1e-6), at.seconds * (1 - done) / done
        self._around.progress(
            f"training lstm: {bits:.3f} bits per character, loss {loss:.3f}, {pace:,.0f} characters/s, {left:.0f} s left", done, 1.0
        )

    def _checkpoint(self) -> None:
        """Hands over the generator as it is where a checkpoint is due; that takes no time of the training's."""
        at, every = self._at, self._session.checkpoint_every
        if every is None or (at.updates % every and not self._ended()):
            return
        network = self._machine.network(at.average)
        self._session.on_checkpoint(
            Checkpoint(
                updates=at.updates,
                characters=at.characters,
                seconds=at.seconds,
                held_out_bits=self._held_out_bits(),
                generator=self._around.generator(network),
            )
        )
        self._clock = time.monotonic()

    def _keep(self, stop: Stop) -> None:
        """Keeps the state where it is time for it, the training has ended or is asked to stop.

        Raises:
            Interrupted: in the last case.
        """
        if self._state is None:
            return
        if stop.asked or self._ended() or time.monotonic() - self._kept >= self._session.keep_seconds:
            self._state.keep(self._at.state(self._machine))
            self._kept = time.monotonic()
        if stop.asked:
            raise Interrupted(
                f'The training after {self._at.updates:,} updates is kept in "{self._state.path}"; the same command goes on from there.'
            )

    def _tick(self) -> None:
        """Counts the time since the last tick as training."""
        now = time.monotonic()
        self._at.seconds += now - self._clock
        self._clock = now


def _frequencies(tape: Tape, n_symbols: int) -> NDArray[np.float64]:
    """How often each symbol is a target, plus one."""
    return np.asarray(np.bincount(tape.targets[tape.weights > 0], minlength=n_symbols) + 1.0, np.float64)
