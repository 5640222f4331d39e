"""A character LSTM: trained with TensorFlow, sampled and scored with numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import InputError, UsageError, one_of
from generators.base import Floats, Progress, Symbols, silent
from generators.lstm_network import Network, StreamState
from generators.lstm_training import Configuration, Trained, train
from generators.sequence import CharCodec, SequenceModel

PRESETS: dict[str, Configuration] = {
    "quick": Configuration(
        units=256,
        layers=1,
        embedding=64,
        window=64,
        batch=32,
        dropout=0.3,
        learning_rate=6e-3,
        updates=900,
        evaluations=14,
        patience=3,
    ),
}
"""What each preset trains. `quick` takes about a minute on two cores and is what no option at all gives."""

_SCORED_AT_ONCE = 2048


class LSTM(SequenceModel):
    """A long short-term memory network over characters (Hochreiter & Schmidhuber 1997; Graves 2013).

    An option left at None has the value of the preset. Training ends after a number of updates that depends on nothing but the options and
    the corpus, unless `minutes` is given; it ends before where the held-out documents no longer gain, and the weights that were best on them
    are kept.

    Args:
        preset: "quick".
        units: units of each layer.
        layers: LSTM layers.
        embedding: numbers that stand for one input character.
        window: characters through which gradients flow back.
        batch: streams of text read side by side.
        dropout: part of each layer's outputs that is dropped in training, in [0, 1).
        learning_rate: peak of the schedule.
        epochs: passes over the training documents, in place of the preset's number of updates.
        minutes: time of training by the clock, in place of a number of updates; such a run cannot be repeated exactly.
    """

    name = "lstm"
    summary = "character LSTM trained on the spot (needs TensorFlow)"
    fixed_batch: ClassVar[bool] = True
    batch_size: ClassVar[int] = 64

    codec: CharCodec
    network: Network

    def __init__(
        self,
        *,
        preset: str = "quick",
        units: int | None = None,
        layers: int | None = None,
        embedding: int | None = None,
        window: int | None = None,
        batch: int | None = None,
        dropout: float | None = None,
        learning_rate: float | None = None,
        epochs: float | None = None,
        minutes: float | None = None,
    ) -> None:
        self.preset = preset
        self.units = units
        self.layers = layers
        self.embedding = embedding
        self.window = window
        self.batch = batch
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.minutes = minutes
        self.measured: dict[str, object] = {}
        self._configuration()

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        texts = [text for text in documents if text]
        if not texts:
            raise InputError(
                "The lstm needs at least one character of training text.", remedy="Give it documents that are not empty."
            )
        self.codec = CharCodec.of(texts)
        encoded = [self.codec.encode(text) for text in texts]
        trained = train(
            encoded,
            [self.codec.encode(text) for text in held_out if text],
            self.end,
            self._configuration(),
            seed=seed,
            progress=progress,
        )
        self.network = trained.network
        self.measured = _measured(trained)
        return self

    def initial_state(self, n: int) -> StreamState:
        return self.network.step(self.network.zero_state(n), np.full(n, self.end))

    def next_probs(self, state: StreamState) -> Floats:
        return self.network.probs(state.hidden[-1])

    def advance(self, state: StreamState, symbols: Symbols) -> StreamState:
        ended = symbols == self.end
        if ended.any():
            state = StreamState(state.hidden.copy(), state.cell.copy())
            state.hidden[:, ended] = 0.0
            state.cell[:, ended] = 0.0
        return self.network.step(state, symbols)

    def log2_prob(self, text: str) -> Floats:
        return self._log2_probs([text])[0]

    def bits_per_char(self, documents: Sequence[str]) -> float:
        scores = self._log2_probs(documents)
        return -sum(float(s.sum()) for s in scores) / sum(len(s) for s in scores)

    def describe(self) -> dict[str, object]:
        configuration = {key: value for key, value in asdict(self._configuration()).items() if value is not None}
        return super().describe() | {"configuration": configuration} | self.measured

    def arrays(self) -> dict[str, NDArray[Any]]:
        points = np.array([ord(c) for c in self.codec.alphabet], dtype=np.uint32)
        return {"alphabet": points, **self.network.arrays()}

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        self.codec = CharCodec("".join(chr(point) for point in arrays["alphabet"]))
        self.network = Network.of({name: values for name, values in arrays.items() if name != "alphabet"})
        self.measured = {key: value for key, value in meta.items() if key in _MEASURED}

    def _log2_probs(self, documents: Sequence[str]) -> list[Floats]:
        """Log2 probability of each character and of the end, of documents read side by side, longest first."""
        encoded = [np.append(self.codec.encode(text), self.end) for text in documents]
        order = sorted(range(len(encoded)), key=lambda i: -len(encoded[i]))
        results = [np.empty(len(symbols)) for symbols in encoded]
        lengths = np.array([len(encoded[i]) for i in order])
        state = self.initial_state(len(order))
        for start in range(0, int(lengths[0]) if order else 0, _SCORED_AT_ONCE):
            hidden = []
            stop = min(start + _SCORED_AT_ONCE, int(lengths[0]))
            for at in range(start, stop):
                n = int((lengths > at).sum())
                state = StreamState(state.hidden[:, :n], state.cell[:, :n])
                hidden.append(state.hidden[-1])
                if at + 1 < lengths[0]:
                    state = self.network.step(state, np.maximum([encoded[i][at] for i in order[:n]], 0))
            for row, i in enumerate(order):
                mine = np.array([h[row] for h in hidden if len(h) > row])
                if len(mine):
                    results[i][start : start + len(mine)] = self.network.log2_probs(mine, encoded[i][start : start + len(mine)])
        return [_impossible_after_unknown(result) for result in results]

    def _configuration(self) -> Configuration:
        """The preset with the options that were given, checked."""
        if self.preset not in PRESETS:
            raise UsageError(f'The lstm has no preset "{self.preset}".', remedy=one_of(self.preset, PRESETS))
        given = {key: value for key in _OVERRIDES if (value := getattr(self, key)) is not None}
        _check(given | ({"epochs": self.epochs} if self.epochs is not None else {}))
        if self.epochs is not None:
            given |= {"max_epochs": self.epochs, "updates": 10**9}
        return replace(PRESETS[self.preset], **given)


_OVERRIDES = ("units", "layers", "embedding", "window", "batch", "dropout", "learning_rate", "minutes")
_MEASURED = ("parameters", "updates", "characters_seen", "held_out_bits_per_char", "seconds", "stopped_early", "learning_curve")


def _check(given: Mapping[str, Any]) -> None:
    """Refuses options out of range, all at once."""
    problems = [f"{key} must be at least 1, not {given[key]}" for key in _OVERRIDES[:5] if given.get(key, 1) < 1]
    problems += [
        f"{key} must be above 0, not {given[key]}" for key in ("learning_rate", "minutes", "epochs") if not given.get(key, 1) > 0
    ]
    if not 0 <= given.get("dropout", 0) < 1:
        problems.append(f"dropout must be at least 0 and below 1, not {given['dropout']}")
    if problems:
        raise UsageError("; ".join(problems) + ".")


def _measured(trained: Trained) -> dict[str, object]:
    """What training measured, in plain values."""
    values = (
        trained.network.n_parameters,
        trained.updates,
        trained.characters,
        trained.best_bits,
        round(trained.seconds, 1),
        trained.stopped_early,
        [asdict(point) for point in trained.curve],
    )
    return dict(zip(_MEASURED, values, strict=True))


def _impossible_after_unknown(scores: Floats) -> Floats:
    """Everything after a character that the model does not know is -inf too: there is no context to predict it from."""
    unknown = np.flatnonzero(np.isneginf(scores))
    if len(unknown):
        scores[unknown[0] :] = -np.inf
    return scores
