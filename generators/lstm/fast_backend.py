"""Trains LSTM layers on processors with fewer and larger operations than Keras's, and a gradient written by hand: `FastBackend`.

Three things are faster than in Keras (measured in one run by benchmarks/speed/lstm.py). The inputs of all steps are one matrix product. The arithmetic
between matrix products is one compiled pass. The gradient of the recurrent matrix is one product over all steps.

A layer runs outside TensorFlow (`scan_outside`) where the processor has a tile unit for bfloat16 numbers, and where it multiplies none itself, since
BLAS is twice as fast as TensorFlow on such small matrices. Otherwise TensorFlow multiplies bfloat16 numbers (`scan_inside`). bfloat16 has the range of float32 but only 8 significant bits, enough for the factors of a product and too
few for sums of many small steps: master weights, cell values, losses and the optimiser stay in float32 (Micikevicius et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from evalkit._util.paths import exists
from generators.lstm.keras_backend import Backend
from generators.lstm.network import Network
from generators.lstm.scanner import BlasScanner, Ends, Scanner
from generators.lstm.tile_scanner import TileScanner
from generators.lstm.tiles import SIDE, has_tiles

_BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bfloat16 matrices itself; False where the system does not tell."""
    if not exists(cpuinfo):
        return False
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    return any(_BFLOAT16_FLAGS & set(line.split()) for line in lines if line.lower().startswith(("flags", "features")))


class Cell(NamedTuple):
    """The arithmetic of one step between its matrix products: the forward and the backward pass."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]


@cache  # by all that is compiled; a process trains networks of few sizes
def compiled_cell(tf: ModuleType, low: Any, units: int) -> Cell:
    """The passes of one step, each compiled into a single operation, once for all layers of as many units.

    Args:
        tf: TensorFlow.
        low: the type of matrix products.
        units: of a layer. The passes work for any, but TensorFlow warns of one function that is compiled for many shapes.
    """
    del units

    def forward(products: Any, inputs: Any, cell: Any) -> tuple[Any, Any, Any]:
        """Hidden values, cell values and activations after a step."""
        z = tf.cast(products, tf.float32) + tf.cast(inputs, tf.float32)
        i, f, g, o = tf.split(z, 4, axis=1)
        i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
        cell = f * cell + i * g
        return tf.cast(o * tf.tanh(cell), low), cell, tf.concat([i, f, g, o], axis=1)

    def backward(activations: Any, before: Any, cell: Any, *, d_output: Any, d_hidden: Any, d_cell: Any) -> tuple[Any, Any]:
        """Gradients at the gates' inputs and at the cell values before the step."""
        i, f, g, o = tf.split(activations, 4, axis=1)
        squashed = tf.tanh(cell)
        d_hidden = tf.cast(d_hidden, tf.float32) + tf.cast(d_output, tf.float32)
        d_cell += d_hidden * o * (1 - squashed * squashed)
        d_gates = [
            d_cell * g * i * (1 - i),
            d_cell * before * f * (1 - f),
            d_cell * i * (1 - g * g),
            d_hidden * squashed * o * (1 - o),
        ]
        return tf.cast(tf.concat(d_gates, axis=1), low), d_cell * f

    return Cell(tf.function(forward, jit_compile=True, autograph=False), tf.function(backward, jit_compile=True, autograph=False))


def scan_outside(
    tf: ModuleType, scanner: Scanner, inputs: Any, symbols: Any, *, recurrent: Any, hidden: Any, cells: Any
) -> tuple[Any, Any, Any]:
    """Runs one layer over a window outside TensorFlow.

    Args:
        tf: TensorFlow.
        scanner: of this layer alone, since it keeps what its way back needs.
        inputs: the inputs' part of the gates with the bias, [window x streams x 4 units]; or a table of it, [symbols x 4 units].
        symbols: which rows of the table, [window x streams]; None where the inputs are given.
        recurrent: [units x 4 units].
        hidden: hidden values before the window, [streams x units].
        cells: cell values before the window, [streams x units].

    Returns:
        As `scan_inside`.
    """
    inputs = tf.cast(inputs, tf.float32)
    optional = () if symbols is None else (symbols,)
    window = (inputs if symbols is None else symbols).shape[0]
    kinds = (hidden.dtype, hidden.dtype, tf.float32)

    def forward(inputs: Any, recurrent: Any, hidden: Any, cells: Any, *symbols: Any) -> Ends:
        return scanner.forward(inputs, symbols[0] if symbols else None, recurrent=recurrent, hidden=hidden, cells=cells)

    def run(inputs: Any, recurrent: Any, hidden: Any, cells: Any) -> tuple[Any, Any]:
        ends = tf.numpy_function(forward, (inputs, recurrent, hidden, cells, *optional), kinds)
        # TensorFlow cannot see into numpy_function, so its graph needs to be told the shapes.
        for values, shape in zip(ends, ((window, *hidden.shape), hidden.shape, cells.shape), strict=True):
            values.set_shape(shape)

        def gradient(*d_ends: Any) -> tuple[Any, ...]:
            back = tf.numpy_function(lambda *given: scanner.backward(Ends(*given)), d_ends, (tf.float32, tf.float32, *kinds[1:]))
            for values, like in zip(back, (inputs, recurrent, hidden, cells), strict=True):
                values.set_shape(like.shape)
            return tuple(back)

        return tuple(ends), gradient

    outputs: tuple[Any, Any, Any] = tf.custom_gradient(run)(inputs, recurrent, hidden, cells)
    return outputs


def scan_inside(
    tf: ModuleType, cell: Cell, inputs: Any, symbols: Any, *, recurrent: Any, hidden: Any, cells: Any
) -> tuple[Any, Any, Any]:
    """Runs one layer over a window in TensorFlow.

    Args:
        tf: TensorFlow.
        cell: the arithmetic of a step.
        inputs: the inputs' part of the gates with the bias, [window x streams x 4 units]; or a table of it, [symbols x 4 units].
        symbols: which rows of the table, [window x streams]; None where the inputs are given.
        recurrent: [units x 4 units].
        hidden: hidden values before the window, [streams x units].
        cells: cell values before the window, [streams x units].

    Returns:
        Hidden values of every step [window x streams x units], and hidden and cell values after the last.
    """
    recurrent = tf.cast(recurrent, hidden.dtype)
    if symbols is not None:
        # A product with one-hot rows in place of a gather: its gradient is a product again, where that of a gather is a slow scatter.
        one_hot = tf.one_hot(tf.reshape(symbols, [-1]), inputs.shape[0], dtype=hidden.dtype)
        inputs = tf.reshape(tf.matmul(one_hot, tf.cast(inputs, hidden.dtype)), [*symbols.shape, -1])

    def run(inputs: Any, recurrent: Any, hidden: Any, cells: Any) -> tuple[Any, Any]:
        hiddens, all_cells, activations = [hidden], [cells], []
        for step in tf.unstack(inputs):
            hidden, cells, active = cell.forward(tf.matmul(hidden, recurrent), step, cells)
            hiddens.append(hidden)
            all_cells.append(cells)
            activations.append(active)

        def gradient(d_outputs: Any, d_hidden: Any, d_cells: Any) -> tuple[Any, Any, Any, Any]:
            transposed, d_steps = tf.transpose(recurrent), []
            for t, d_output in reversed(list(enumerate(tf.unstack(d_outputs)))):
                d_step, d_cells = cell.backward(
                    activations[t], all_cells[t], all_cells[t + 1], d_output=d_output, d_hidden=d_hidden, d_cell=d_cells
                )
                d_steps.append(d_step)
                d_hidden = tf.matmul(d_step, transposed)
            before, d_inputs = tf.concat(hiddens[:-1], axis=0), tf.concat(d_steps[::-1], axis=0)
            d_recurrent = tf.matmul(before, d_inputs, transpose_a=True)
            return tf.reshape(d_inputs, tf.shape(inputs)), d_recurrent, d_hidden, d_cells

        return (tf.stack(hiddens[1:]), hidden, cells), gradient

    outputs: tuple[Any, Any, Any] = tf.custom_gradient(run)(inputs, recurrent, hidden, cells)
    return outputs


class FastBackend(Backend):
    """Computes the same network as `KerasBackend`, in a third of its processor time where there are bfloat16 products.

    Args:
        network: the weights to begin with.
        batch: streams of text read in parallel.
        dropout: share of each layer's outputs that is dropped in training, in [0, 1).
        seed: fixes what is dropped.
        weight_drop: share of the recurrent weights that is dropped in an update, in [0, 1) (DropConnect; Merity et al. 2018).
        bfloat16: whether matrices of bfloat16 numbers are multiplied.
    """

    def __init__(
        self, network: Network, *, batch: int, dropout: float = 0.0, seed: int = 0, weight_drop: float = 0.0, bfloat16: bool
    ) -> None:
        self._weight_drop = weight_drop
        self._bfloat16 = bfloat16
        super().__init__(network, batch=batch, dropout=dropout, seed=seed)

    def _build(self) -> list[Any]:
        tf = self._tf
        self._low = tf.bfloat16 if self._bfloat16 else tf.float32
        self._scans = [self._scan() for _ in self._network.layers]
        self._random = tf.random.Generator.from_seed(self._seed, alg="philox")
        return [tf.Variable(values) for values in self._network.flat]

    def _scan(self) -> Callable[..., tuple[Any, Any, Any]]:
        """What runs a layer: the tile unit where there is one, then TensorFlow for other bfloat16 products, then BLAS."""
        if not self._bfloat16:
            return partial(scan_outside, self._tf, BlasScanner())
        if has_tiles() and self._network.units % SIDE == 0:
            return partial(scan_outside, self._tf, TileScanner(self._low.as_numpy_dtype))
        return partial(scan_inside, self._tf, compiled_cell(self._tf, self._low, self._network.units))

    def _random_variables(self) -> list[Any]:
        return [self._random.state]

    def _zero_state(self, n: int) -> list[Any]:
        shape = (n, self._network.units)
        return [self._tf.zeros(shape, self._low), self._tf.zeros(shape)] * len(self._network.layers)

    def _logits(self, inputs: Any, state: list[Any], *, training: bool) -> tuple[Any, list[Any]]:
        tf, low = self._tf, self._low
        embedding, *layers, dense, dense_bias = self._variables
        n_streams, window = inputs.shape
        symbols, after = tf.transpose(inputs), []
        values = tf.reshape(tf.cast(tf.gather(embedding, symbols), low), [window * n_streams, -1])
        for k in range(len(self._network.layers)):
            kernel, recurrent, bias = layers[3 * k : 3 * k + 3]
            if training and self._weight_drop:
                recurrent = recurrent * self._mask(recurrent.shape, self._weight_drop)
            hidden, cells = state[2 * k : 2 * k + 2]
            if k == 0 and embedding.shape[0] < window * n_streams:
                # (embedding x kernel + bias) of each symbol: a product with a row a symbol in place of a row a character of the text.
                added, rows = tf.matmul(embedding, kernel) + bias, symbols
            else:
                gates = tf.matmul(values, tf.cast(kernel, low)) + tf.cast(bias, low)
                added, rows = tf.reshape(gates, [window, n_streams, -1]), None
            values, *ends = self._scans[k](added, rows, recurrent=recurrent, hidden=hidden, cells=cells)
            after += ends
            if training and self._dropout:
                # One mask for all steps of a window (Gal and Ghahramani 2016): as good as a new one each step, and cheaper.
                values = values * tf.cast(self._mask((1, n_streams, self._network.units), self._dropout), low)
            values = tf.reshape(values, [window * n_streams, -1])
        logits = tf.cast(tf.matmul(values, tf.cast(dense, low)), tf.float32) + dense_bias
        return tf.transpose(tf.reshape(logits, [window, n_streams, -1]), [1, 0, 2]), after

    def _mask(self, shape: Any, dropped: float) -> Any:
        """0 for the share that is dropped, and for the rest the factor that keeps the expectation."""
        kept = self._random.uniform(shape) >= dropped
        return self._tf.cast(kept, self._tf.float32) / (1 - dropped)
