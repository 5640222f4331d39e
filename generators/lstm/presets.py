"""Sets what an LSTM is trained with, and adapts it to the corpus: `Configuration` and `PRESETS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Self

from evalkit._util.memory import require_memory
from evalkit.errors import UsageError

_LEAST_WINDOWS_A_STREAM = 4
_EPOCHS_WITHOUT_DROPOUT = 1.0
_EPOCHS_OF_FULL_DROPOUT = 10.0


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Everything that decides what is trained and for how long; see `LSTM` for the options that set it.

    Args:
        updates: after which training ends.
        nominal_minutes: about the time that as many updates take on two cores. Where `minutes` is given, its ratio to this estimates how often
            the corpus will be read.
        evaluations: how often the held-out documents are measured.
        patience: measurements without improvement after which training ends.
        max_epochs: passes over the corpus after which training ends in any case.
        adaptive: which of `dropout` and `weight_drop` shrink where the corpus is read only a few times.
    """

    units: int
    layers: int
    embedding: int
    window: int
    batch: int
    dropout: float
    weight_drop: float
    learning_rate: float
    updates: int
    nominal_minutes: float
    evaluations: int = 14
    patience: int = 3
    max_epochs: float = 40.0
    minutes: float | None = None
    precision: str = "auto"
    adaptive: tuple[str, ...] = ("dropout", "weight_drop")

    @property
    def fewest_weights(self) -> int:
        """Weights between the units, which are most of a large network, whatever the alphabet."""
        return 4 * self.units * (self.units * (2 * self.layers - 1) + self.embedding)

    def suited_to(self, *, n_windows: int, n_targets: int) -> Self:
        """The configuration for a corpus: no more streams than it can feed, no more updates than `max_epochs`, less dropout for few passes.

        Dropout keeps a network from memorising text that it reads again and again; text that is read once needs none (Zaremba et al. 2014 leave
        it out for small models).

        Args:
            n_windows: windows of the training tape.
            n_targets: characters and ends of documents in it.
        """
        batch = max(1, min(self.batch, n_windows // _LEAST_WINDOWS_A_STREAM))
        updates = max(1, min(self.updates, ceil(self.max_epochs * n_windows / batch)))
        planned = self.updates * self.minutes / self.nominal_minutes if self.minutes is not None else updates
        epochs = planned * batch * self.window / n_targets
        strength = (epochs - _EPOCHS_WITHOUT_DROPOUT) / (_EPOCHS_OF_FULL_DROPOUT - _EPOCHS_WITHOUT_DROPOUT)
        dropped = {key: round(getattr(self, key) * min(1.0, max(0.0, strength)), 3) for key in self.adaptive}
        return replace(self, batch=batch, updates=updates, adaptive=(), **dropped)


PRESETS: dict[str, Configuration] = {
    "quick": Configuration(
        units=384,
        layers=1,
        embedding=64,
        window=64,
        batch=32,
        dropout=0.5,
        weight_drop=0.2,
        learning_rate=0.01,
        updates=1100,
        nominal_minutes=1.0,
        evaluations=11,
    ),
    "base": Configuration(
        units=512,
        layers=1,
        embedding=64,
        window=64,
        batch=64,
        dropout=0.3,
        weight_drop=0.2,
        learning_rate=4e-3,
        updates=5600,
        nominal_minutes=8.0,
        evaluations=20,
    ),
    "large": Configuration(
        units=1024,
        layers=1,
        embedding=64,
        window=96,
        batch=64,
        dropout=0.4,
        weight_drop=0.3,
        learning_rate=3e-3,
        updates=5000,
        nominal_minutes=40.0,
        evaluations=25,
        patience=4,
    ),
}
"""Configurations by name; `quick` is the default."""

COUNTS = ("units", "layers", "embedding", "window", "batch")
SHARES = ("dropout", "weight_drop")
AMOUNTS = ("learning_rate", "minutes", "epochs")
PRECISIONS = ("auto", "float32", "bfloat16")


def configuration_of(preset: str, options: Mapping[str, Any]) -> Configuration:
    """A preset of `PRESETS` with other values for some options; None keeps the preset's own.

    Raises:
        UsageError: for all values out of range at once.
    """
    changed = {key: value for key, value in options.items() if value is not None}
    problems = [f"{key} must be at least 1, not {changed[key]}" for key in COUNTS if changed.get(key, 1) < 1]
    problems += [f"{key} must be above 0, not {changed[key]}" for key in AMOUNTS if not changed.get(key, 1) > 0]
    problems += [f"{key} must be at least 0 and below 1, not {changed[key]}" for key in SHARES if not 0 <= changed.get(key, 0) < 1]
    if (precision := changed.get("precision", "auto")) not in PRECISIONS:
        problems.append(f'precision must be one of {", ".join(PRECISIONS)}, not "{precision}"')
    if problems:
        raise UsageError("; ".join(problems) + ".")
    if (epochs := changed.pop("epochs", None)) is not None:
        # `suited_to` takes the lower of the two limits, so the passes decide alone.
        changed |= {"max_epochs": epochs, "updates": 10**9}
    base = PRESETS[preset]
    made = replace(base, **changed, adaptive=tuple(key for key in base.adaptive if key not in changed))
    # Each weight in float32, with its gradient and the two moments of Adam.
    require_memory(
        16 * made.fewest_weights, f"An lstm of {made.layers:,} x {made.units:,} units", remedy="Ask for fewer units= or layers=."
    )
    return made
