"""Computes a trained LSTM in numpy, for sampling and scoring without TensorFlow: `Network`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError
from generators.base import Floats, Symbols
from generators.lstm.layer import Float32 as Weights
from generators.lstm.layer import hard_step, step


class LayerWeights(NamedTuple):
    """One LSTM layer: kernel [inputs x 4 units], recurrent [units x 4 units], bias [4 units]; gates i, f, g, o."""

    kernel: Weights
    recurrent: Weights
    bias: Weights


class StreamState(NamedTuple):
    """Hidden and cell values of every layer, [n x units] each."""

    hidden: tuple[Weights, ...]
    cell: tuple[Weights, ...]

    def map(self, change: Callable[[Weights], Weights]) -> StreamState:
        """The state with a function applied to every array."""
        return StreamState(tuple(map(change, self.hidden)), tuple(map(change, self.cell)))

    def first(self, n: int) -> StreamState:
        """The state of the first n streams."""
        return self.map(lambda values: values[:n])


@dataclass(frozen=True)
class Network:
    """All weights of an LSTM, and what follows from them.

    Args:
        embedding: [V x inputs].
        layers: from the first to the last.
        dense: [units of the last x V].
        dense_bias: [V].
        hard_gates: whether gates are clip(.2 z + .5), as in Keras 1, in place of the sigmoid.
    """

    embedding: Weights
    layers: tuple[LayerWeights, ...]
    dense: Weights
    dense_bias: Weights
    hard_gates: bool = False
    _added: tuple[Weights, ...] = field(init=False, repr=False)
    _matrices: tuple[Weights, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Made once, since each step needs them: what every input symbol adds to the first layer's gates, and for the other layers one matrix
        # for inputs and hidden values together, so that a step takes one product a layer.
        first, *others = self.layers
        added = (self.embedding @ first.kernel + first.bias, *(layer.bias[None].copy() for layer in others))
        matrices = (first.recurrent, *(np.concatenate([layer.kernel, layer.recurrent]) for layer in others))
        object.__setattr__(self, "_added", added)
        object.__setattr__(self, "_matrices", matrices)

    @property
    def units(self) -> int:
        """Units of the last layer."""
        return int(self.dense.shape[0])

    @property
    def n_parameters(self) -> int:
        """How many numbers training learns."""
        return sum(values.size for values in self.flat)

    def zero_state(self, n: int) -> StreamState:
        """The state of n streams before the first symbol."""
        zeros = tuple(np.zeros((n, len(layer.recurrent)), np.float32) for layer in self.layers)
        return StreamState(zeros, zeros)

    def step(self, state: StreamState, symbols: Symbols) -> StreamState:
        """The state after one more symbol a stream, [n]."""
        cell = hard_step if self.hard_gates else step
        rows, read, after = symbols, state.hidden[0], StreamState((), ())
        for k, (added, matrix) in enumerate(zip(self._added, self._matrices, strict=True)):
            if k:
                rows, read = np.zeros_like(symbols), np.concatenate([after.hidden[-1], state.hidden[k]], axis=1)
            hidden, cells = np.empty_like(state.hidden[k]), np.empty_like(state.cell[k])
            cell(added, rows, read @ matrix, state.cell[k], cells, hidden)
            after = StreamState((*after.hidden, hidden), (*after.cell, cells))
        return after

    def probs(self, hidden: Weights) -> Floats:
        """The distribution of the next symbol, [n x V], from the last layer's hidden values [n x units]."""
        logits = self._logits(hidden)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits

    def log_probs(self, hidden: Weights) -> Floats:
        """The natural logarithms of `probs`, [n x V], which are finite however improbable a symbol is."""
        logits = self._logits(hidden)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return logits

    def _logits(self, hidden: Weights) -> Floats:
        # float64 from here on, so that rows sum to 1 far below what a test of distributions notices; the maximum is taken off so that exp
        # cannot overflow.
        logits = (hidden @ self.dense + self.dense_bias).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        return logits

    def with_input(self, vector: Weights) -> Network:
        """The same network, which reads one symbol more, the last, as a given vector [inputs]; it does not predict that symbol."""
        network = replace(self, embedding=np.concatenate([self.embedding, vector[None]]))
        # Appended, not computed with the others: BLAS may round a row differently in a matrix of another height, and the states after all other
        # symbols must stay the same to the bit.
        first = self.layers[0]
        added = np.concatenate([self._added[0], vector[None] @ first.kernel + first.bias])
        object.__setattr__(network, "_added", (added, *self._added[1:]))
        return network

    @property
    def flat(self) -> list[Weights]:
        """The weights in the order of a Keras model: embedding, kernel, recurrent and bias of each layer, dense, dense bias."""
        return [self.embedding, *(values for layer in self.layers for values in layer), self.dense, self.dense_bias]

    def with_flat(self, weights: Sequence[Weights]) -> Network:
        """The same network with other weights, in the order of `flat`."""
        embedding, *layers, dense, dense_bias = weights
        stacked = tuple(LayerWeights(*layers[k : k + 3]) for k in range(0, len(layers), 3))
        return replace(self, embedding=embedding, layers=stacked, dense=dense, dense_bias=dense_bias)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The weights by name, as they are saved: embedding, kernel_0, recurrent_0, bias_0, ..., dense, dense_bias, hard_gates."""
        named: dict[str, NDArray[Any]] = {"embedding": self.embedding}
        for k, layer in enumerate(self.layers):
            named |= {f"{name}_{k}": values for name, values in layer._asdict().items()}
        return named | {"dense": self.dense, "dense_bias": self.dense_bias, "hard_gates": np.array([self.hard_gates])}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Network:
        """The network of saved arrays.

        Raises:
            ModelError: when an array is missing or the shapes do not fit one another.
        """
        n_layers = sum(name.startswith("recurrent_") for name in arrays)
        names = ["embedding", "dense", "dense_bias", "hard_gates"]
        names += [f"{part}_{k}" for k in range(n_layers) for part in LayerWeights._fields]
        missing = sorted(set(names) - set(arrays))
        if missing or not n_layers:
            raise ModelError(f"The saved LSTM lacks {missing or 'its layers'}.", remedy="Train and save it again.")
        hard_gates = arrays["hard_gates"]
        if hard_gates.dtype != np.bool_ or hard_gates.shape != (1,):
            raise ModelError("The saved LSTM does not say which gates it has.", remedy="Train and save it again.")
        loaded = {name: np.ascontiguousarray(arrays[name], np.float32) for name in names}
        layers = tuple(LayerWeights(*(loaded[f"{part}_{k}"] for part in LayerWeights._fields)) for k in range(n_layers))
        _check_shapes(loaded["embedding"], layers, loaded["dense"], loaded["dense_bias"])
        return cls(loaded["embedding"], layers, loaded["dense"], loaded["dense_bias"], bool(hard_gates[0]))

    @classmethod
    def initial(cls, *, frequencies: Floats, units: int, layers: int, embedding: int, rng: np.random.Generator) -> Network:
        """The weights before training.

        Kernels follow Glorot and Bengio (2010), recurrent blocks are orthogonal (Saxe et al. 2014), and the forget bias is 1, so that cells
        remember until they learn to forget (Jozefowicz et al. 2015). The output bias gives the symbols' frequencies, which saves the first
        updates from learning them.

        Args:
            frequencies: how often each symbol is a target, [V], all above 0.
            units: units a layer.
            layers: number of layers.
            embedding: length of the vector that represents one input symbol.
            rng: draws the weights.
        """
        n_symbols = len(frequencies)
        weights = []
        for k in range(layers):
            bias = np.zeros(4 * units, np.float32)
            bias[units : 2 * units] = 1.0
            recurrent = np.concatenate([_orthogonal(rng, units) for _ in range(4)], axis=1)
            weights.append(LayerWeights(_glorot(rng, embedding if k == 0 else units, 4 * units), recurrent, bias))
        vectors = rng.normal(0.0, 0.3, (n_symbols, embedding)).astype(np.float32)
        bias = np.log(frequencies / frequencies.sum()).astype(np.float32)
        return cls(vectors, tuple(weights), _glorot(rng, units, n_symbols), bias)


def _glorot(rng: np.random.Generator, rows: int, columns: int) -> Weights:
    """A matrix of numbers uniform in plus or minus sqrt(6 / (rows + columns)) (Glorot and Bengio 2010)."""
    limit = np.sqrt(6.0 / (rows + columns))
    return rng.uniform(-limit, limit, (rows, columns)).astype(np.float32)


def _orthogonal(rng: np.random.Generator, size: int) -> Weights:
    """A random orthogonal matrix (Saxe et al. 2014)."""
    q, r = np.linalg.qr(rng.normal(size=(size, size)))
    # QR leaves the signs to the library; with those of r's diagonal the matrix is uniformly distributed (Mezzadri 2007).
    return np.asarray(q * np.sign(np.diag(r)), np.float32)


def _check_shapes(embedding: Weights, layers: tuple[LayerWeights, ...], dense: Weights, dense_bias: Weights) -> None:
    """Refuses arrays whose shapes do not fit together.

    Raises:
        ModelError: where they do not.
    """
    fits = all(a.ndim == 2 for a in (embedding, dense)) and dense_bias.shape == (dense.shape[1],) == (embedding.shape[0],)
    n_inputs = embedding.shape[-1]
    for layer in layers:
        units = len(layer.recurrent) if layer.recurrent.ndim else 0
        shapes = (layer.kernel.shape, layer.recurrent.shape, layer.bias.shape)
        fits = fits and shapes == ((n_inputs, 4 * units), (units, 4 * units), (4 * units,))
        n_inputs = units
    if not (fits and n_inputs == len(dense)):
        raise ModelError("The arrays of the saved LSTM do not fit together.", remedy="Train and save it again.")
