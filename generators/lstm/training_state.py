"""Holds what the training of an LSTM carries between updates: `TrainingState`, its `Plan` and its `TrainingContext`.

What is measured and kept are averages of the weights over the last part of the training (Polyak and Juditsky 1992), with weights that decay as
a power of time (Shamir and Zhang 2013). So the learning rate need not fall to nothing for the noise of the updates to average out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generators.base import Generator, Progress
from generators.lstm.keras_backend import Backend
from generators.lstm.network import Network
from generators.lstm.presets import Configuration
from generators.training.hooks import Measurement, TrainingHooks
from generators.training.resume import SavedState, StateFile

WARM_UP_UPDATES = 20
"""Updates over which the learning rate rises from 0: Adam's first estimates of the variance are poor."""
LEAST_RATE = 0.3
"""Share of the peak that the learning rate falls to."""
_ETA = 8.0
"""How fast the average forgets (eta of Shamir and Zhang 2013): it spans about the last ninth of the training."""


@dataclass(frozen=True, kw_only=True)
class TrainingContext:
    """What surrounds a training and does not decide what is learned.

    Args:
        hooks: intervals and callbacks of the caller.
        state_file: where the state is kept; None keeps nothing.
        generator_of: makes a generator of the present network, for checkpoints.
        progress: told the bits per character and the time left.
    """

    hooks: TrainingHooks
    state_file: StateFile | None
    generator_of: Callable[[Network], Generator]
    progress: Progress


@dataclass(frozen=True)
class TrainingResult:
    """The weights that are kept, how they were trained and how that went.

    The weights are averages: those that were best on the held-out documents, or the last where nothing was held out.
    """

    network: Network
    config: Configuration
    curve: tuple[Measurement, ...]
    updates: int
    characters: int
    seconds: float
    stopped_early: bool
    best_bits: float | None = None


@dataclass
class TrainingState:
    """How far a training is. Together with the backend's own state, the next update depends on nothing else.

    Args:
        updates, characters, seconds: done so far.
        losses: mean loss of each update since the last measurement, in nats.
        measured_at: the share of the plan that was done at the last measurement.
        waited: measurements since the best one.
        best_bits: lowest bits per character of the held-out documents; None before the first measurement.
        best: the weights that gave it.
        average: running average of the weights; what is measured.
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
    curve: list[Measurement] = field(default_factory=list)

    def offer(self, bits: float, weights: list[NDArray[np.float32]]) -> None:
        """Keeps the weights if they are better than all before."""
        if self.best_bits is None or bits < self.best_bits:
            self.best_bits, self.best, self.waited = bits, weights, 0
        else:
            self.waited += 1

    def take_into_average(self, weights: list[NDArray[np.float32]]) -> None:
        """Moves the average towards the weights, in steps that shrink as 1/n (Shamir and Zhang 2013)."""
        self.n_averaged += 1
        share = np.float32((_ETA + 1) / (self.n_averaged + _ETA))
        self.average = [old + share * (new - old) for old, new in zip(self.average or weights, weights, strict=True)]

    def saved(self, backend: Backend) -> SavedState:
        """This state and the backend's, to be saved."""
        plain = {key: value for key, value in vars(self).items() if key not in ("best", "average", "curve")}
        kept = {f"{name}_{i}": values for name in ("best", "average") for i, values in enumerate(getattr(self, name))}
        return SavedState(plain | {"curve": [asdict(point) for point in self.curve]}, backend.snapshot() | kept)

    @classmethod
    def restored(cls, saved: SavedState, backend: Backend) -> TrainingState:
        """The state that was saved; the backend returns to what it was then."""
        backend.restore(saved.arrays)
        plain = dict(saved.plain)
        curve = [Measurement(**point) for point in plain["curve"]]
        return cls(
            **plain | {"curve": curve, "best": _numbered(saved.arrays, "best"), "average": _numbered(saved.arrays, "average")}
        )


def _numbered(arrays: Mapping[str, NDArray[Any]], name: str) -> list[NDArray[np.float32]]:
    """The arrays that are saved as NAME_0, NAME_1 ..."""
    return [np.array(arrays[f"{name}_{i}"]) for i in range(sum(key.startswith(f"{name}_") for key in arrays))]


@dataclass(frozen=True)
class Plan:
    """How long a training is: a number of updates, or of seconds where minutes were given."""

    updates: int
    seconds: float | None

    def done(self, state: TrainingState) -> float:
        """The share of the training that is done, in [0, 1]."""
        return min(1.0, state.updates / self.updates if self.seconds is None else state.seconds / self.seconds)


def learning_rate(peak: float, update: int, done: float) -> float:
    """A short linear rise, then a cosine down to `LEAST_RATE` of the peak (Loshchilov & Hutter 2017)."""
    rise = min(1.0, (update + 1) / WARM_UP_UPDATES)
    return float(peak * rise * (LEAST_RATE + (1 - LEAST_RATE) * 0.5 * (1 + np.cos(np.pi * done))))
