"""The arithmetic of the character LSTM in numpy: what sampling and scoring need, without TensorFlow.

One step of a layer (Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000), gates in the order of Keras (input, forget, cell, output):

    i, f, o = sigmoid(x W + h U + b),  g = tanh(x W + h U + b),  c' = f c + i g,  h' = o tanh(c')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError
from generators.base import Floats, Symbols

Weights = NDArray[np.float32]


class LayerWeights(NamedTuple):
    """One LSTM layer: kernel [inputs x 4 units], recurrent [units x 4 units], bias [4 units]; gates i, f, g, o."""

    kernel: Weights
    recurrent: Weights
    bias: Weights


class StreamState(NamedTuple):
    """Hidden and cell values of every layer, each [layers x n x units]."""

    hidden: Weights
    cell: Weights


@dataclass(frozen=True)
class Network:
    """All weights: embedding [V x inputs], the layers, dense [units x V] and its bias [V]."""

    embedding: Weights
    layers: tuple[LayerWeights, ...]
    dense: Weights
    dense_bias: Weights
    _first: Weights = field(init=False, repr=False)
    _stacked: tuple[tuple[Weights, Weights], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        scale = _tanh_scale(self.units)
        first = (self.embedding @ self.layers[0].kernel + self.layers[0].bias) * scale
        stacked = [(self.layers[0].recurrent * scale, np.zeros(0, np.float32))]
        stacked += [(np.concatenate([w.kernel, w.recurrent]) * scale, w.bias * scale) for w in self.layers[1:]]
        object.__setattr__(self, "_first", first)
        object.__setattr__(self, "_stacked", tuple(stacked))

    @property
    def units(self) -> int:
        """Units of each layer."""
        return int(self.dense.shape[0])

    @property
    def n_parameters(self) -> int:
        """Numbers that training learns."""
        return sum(values.size for values in self.arrays().values())

    def zero_state(self, n: int) -> StreamState:
        """The state of n streams of which nothing was read."""
        shape = (len(self.layers), n, self.units)
        return StreamState(np.zeros(shape, np.float32), np.zeros(shape, np.float32))

    def step(self, state: StreamState, symbols: Symbols) -> StreamState:
        """The state after one more symbol a stream, [n]."""
        hidden, cell = np.empty_like(state.hidden), np.empty_like(state.cell)
        z = self._first[symbols]
        z += state.hidden[0] @ self._stacked[0][0]
        _gates(z, state.cell[0], hidden[0], cell[0])
        for k, (matrix, bias) in enumerate(self._stacked[1:], start=1):
            z = np.concatenate([hidden[k - 1], state.hidden[k]], axis=1) @ matrix
            z += bias
            _gates(z, state.cell[k], hidden[k], cell[k])
        return StreamState(hidden, cell)

    def probs(self, hidden: Weights) -> Floats:
        """The distribution of the next symbol, [n x V], from the last layer's hidden values [n x units]."""
        logits = (hidden @ self.dense + self.dense_bias).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits

    def log2_probs(self, hidden: Weights, symbols: Symbols) -> Floats:
        """Log2 probability of symbols [n] after hidden values [n x units]; -inf for a symbol below 0."""
        logits = (hidden @ self.dense + self.dense_bias).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        chosen = np.take_along_axis(logits, np.maximum(symbols, 0)[:, None], axis=1)[:, 0]
        result: Floats = (chosen - np.log(np.exp(logits).sum(axis=1))) / np.log(2)
        result[symbols < 0] = -np.inf
        return result

    @property
    def flat(self) -> list[Weights]:
        """The weights in the order of `arrays`, which is that of a Keras model."""
        return list(self.arrays().values())

    def arrays(self) -> dict[str, Weights]:
        """The weights by name, as they are saved: embedding, kernel_0, recurrent_0, bias_0, ..., dense, dense_bias."""
        named = {"embedding": self.embedding}
        for k, layer in enumerate(self.layers):
            named |= {f"{name}_{k}": values for name, values in layer._asdict().items()}
        return named | {"dense": self.dense, "dense_bias": self.dense_bias}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Network:
        """The network of saved arrays.

        Raises:
            ModelError: when an array is missing or the shapes do not fit one another.
        """
        n_layers = sum(name.startswith("recurrent_") for name in arrays)
        names = ["embedding", "dense", "dense_bias"]
        names += [f"{part}_{k}" for k in range(n_layers) for part in LayerWeights._fields]
        missing = sorted(set(names) - set(arrays))
        if missing or not n_layers:
            raise ModelError(f"The saved LSTM lacks {missing or 'its layers'}.", remedy="Train and save it again.")
        loaded = {name: np.ascontiguousarray(arrays[name], np.float32) for name in names}
        layers = tuple(LayerWeights(*(loaded[f"{part}_{k}"] for part in LayerWeights._fields)) for k in range(n_layers))
        _check_shapes(loaded["embedding"], layers, loaded["dense"], loaded["dense_bias"])
        return cls(loaded["embedding"], layers, loaded["dense"], loaded["dense_bias"])

    @classmethod
    def initial(cls, *, frequencies: Floats, units: int, layers: int, embedding: int, rng: np.random.Generator) -> Network:
        """Weights before training: Glorot kernels, orthogonal recurrent blocks, forget bias 1, the output bias at the corpus's frequencies.

        Args:
            frequencies: how often each symbol is a target, [V], all above 0.
            units: units a layer.
            layers: number of layers.
            embedding: numbers that stand for one input symbol.
            rng: draws the weights.
        """
        n_symbols = len(frequencies)
        made = []
        for k in range(layers):
            bias = np.zeros(4 * units, np.float32)
            bias[units : 2 * units] = 1.0
            recurrent = np.concatenate([_orthogonal(rng, units) for _ in range(4)], axis=1)
            made.append(LayerWeights(_glorot(rng, embedding if k == 0 else units, 4 * units), recurrent, bias))
        vectors = rng.normal(0.0, 0.3, (n_symbols, embedding)).astype(np.float32)
        bias = np.log(frequencies / frequencies.sum()).astype(np.float32)
        return cls(vectors, tuple(made), _glorot(rng, units, n_symbols), bias)


def _tanh_scale(units: int) -> Weights:
    """1/2 for the sigmoid gates: sigmoid(x) = (1 + tanh(x / 2)) / 2, so that one call of tanh serves all four. Halving is exact."""
    scale = np.full(4 * units, 0.5, np.float32)
    scale[2 * units : 3 * units] = 1.0
    return scale


def _gates(z: Weights, cell: Weights, new_hidden: Weights, new_cell: Weights) -> None:
    """Fills the new hidden and cell values [n x units] from scaled gate inputs z [n x 4 units], which it overwrites."""
    units = cell.shape[1]
    np.tanh(z, out=z)
    sigmoids = z[:, : 2 * units]
    sigmoids += 1.0
    output = z[:, 3 * units :]
    output += 1.0
    np.multiply(z[:, units : 2 * units], cell, out=new_cell)
    np.multiply(z[:, :units], z[:, 2 * units : 3 * units], out=new_hidden)
    new_cell += new_hidden
    new_cell *= 0.5
    np.tanh(new_cell, out=new_hidden)
    new_hidden *= output
    new_hidden *= 0.5


def _glorot(rng: np.random.Generator, rows: int, columns: int) -> Weights:
    """Uniform in plus or minus sqrt(6 / (rows + columns)) (Glorot & Bengio 2010)."""
    limit = np.sqrt(6.0 / (rows + columns))
    return rng.uniform(-limit, limit, (rows, columns)).astype(np.float32)


def _orthogonal(rng: np.random.Generator, size: int) -> Weights:
    """A random orthogonal matrix (Saxe et al. 2014)."""
    q, r = np.linalg.qr(rng.normal(size=(size, size)))
    return np.asarray(q * np.sign(np.diag(r)), np.float32)


def _check_shapes(embedding: Weights, layers: tuple[LayerWeights, ...], dense: Weights, dense_bias: Weights) -> None:
    """Refuses arrays that do not fit together."""
    fits = all(a.ndim == 2 for a in (embedding, dense)) and dense_bias.shape == (dense.shape[1],) == (embedding.shape[0],)
    n_inputs, units = embedding.shape[-1], dense.shape[0]
    for layer in layers:
        shapes = (layer.kernel.shape, layer.recurrent.shape, layer.bias.shape)
        fits = fits and shapes == ((n_inputs, 4 * units), (units, 4 * units), (4 * units,))
        n_inputs = units
    if not fits:
        raise ModelError("The arrays of the saved LSTM do not fit together.", remedy="Train and save it again.")
