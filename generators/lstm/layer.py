"""Computes LSTM layers on the processor: BLAS for the matrix products, compiled loops for all that lies between them.

One step of a layer (Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000), gates in the order of Keras (input, forget, cell,
output), z the sum of all products:

    i, f, o = sigmoid(z),  g = tanh(z),  c' = f c + i g,  h' = o tanh(c')

`step` and `step_back` are that arithmetic; `LayerScanner` runs a layer over a window of text. Streams of text do not depend on each other, so
they are cut into blocks of fixed size, each computed by one thread. The result does not depend on the number of threads, and no thread waits for
another within a window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evalkit._util.threads import n_processors, one_blas_thread

Float32 = NDArray[np.float32]
Indices = NDArray[np.integer[Any]]

STREAMS_A_BLOCK = 32
"""With fewer streams the products are slow (16: two thirds of the speed); with more, the processors get uneven shares."""
_COLUMNS_A_PART = 512
"""Columns of the recurrent matrix's gradient that one thread computes."""

_f = np.float32
# fastmath lets the compiler reorder sums and so compute eight or sixteen numbers at a time; nogil lets blocks run in parallel; the numpy error
# model drops the test for division by zero, which would keep loops from being vectorised.
_compiled = njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
_inlined = njit(inline="always", fastmath=True, error_model="numpy")


@_inlined
def _tanh(x: Any) -> Any:
    """Tanh to within 3e-7: the rational approximation of the library Eigen (generic_fast_tanh_float).

    It has no branches and no call, unlike the library's tanh, so that loops over it are vectorised.
    """
    x = min(max(x, _f(-7.90531110763549805)), _f(7.90531110763549805))
    s = x * x
    p = s * _f(-2.76076847742355e-16) + _f(2.00018790482477e-13)
    p = p * s + _f(-8.60467152213735e-11)
    p = p * s + _f(5.12229709037114e-08)
    p = p * s + _f(1.48572235717979e-05)
    p = p * s + _f(6.37261928875436e-04)
    p = p * s + _f(4.89352455891786e-03)
    q = s * _f(1.19825839466702e-06) + _f(1.18534705686654e-04)
    q = q * s + _f(2.26843463243900e-03)
    q = q * s + _f(4.89352518554385e-03)
    return x * p / q


@_compiled
def step(  # noqa: PLR0917 - compiled functions take their arguments by place
    added: Float32, rows: Indices, gates: Float32, before: Float32, cells: Float32, hidden: Float32
) -> None:
    """One step of all streams.

    Args:
        added: rows to add to the products, [any number x 4 units].
        rows: which of them each stream takes, [streams].
        gates: the recurrent products [streams x 4 units]; turned into i, f, g, o after their activation.
        before: cell values, [streams x units].
        cells: filled with the cell values after the step; may be `before`.
        hidden: filled with the hidden values after the step.
    """
    n, units = cells.shape
    half = _f(0.5)
    for r in range(n):
        row, extra = gates[r], added[rows[r]]
        for j in range(row.shape[0]):
            row[j] += extra[j]
        i, f, g, o = row[:units], row[units : 2 * units], row[2 * units : 3 * units], row[3 * units :]
        for j in range(units):
            i[j] = half * _tanh(half * i[j]) + half
        for j in range(units):
            f[j] = half * _tanh(half * f[j]) + half
        for j in range(units):
            g[j] = _tanh(g[j])
        for j in range(units):
            o[j] = half * _tanh(half * o[j]) + half
        c, c0, h = cells[r], before[r], hidden[r]
        for j in range(units):
            c[j] = f[j] * c0[j] + i[j] * g[j]
        for j in range(units):
            h[j] = o[j] * _tanh(c[j])


@_compiled
def hard_step(  # noqa: PLR0917
    added: Float32, rows: Indices, gates: Float32, before: Float32, cells: Float32, hidden: Float32
) -> None:
    """`step` with Keras 1's cheaper gates, clip(.2 z + .5), in place of the sigmoid."""
    n, units = cells.shape
    zero, one, half, fifth = _f(0.0), _f(1.0), _f(0.5), _f(0.2)
    for r in range(n):
        row, extra = gates[r], added[rows[r]]
        for k in range(4 * units):
            z = row[k] + extra[k]
            row[k] = _tanh(z) if 2 * units <= k < 3 * units else min(max(fifth * z + half, zero), one)
        c, c0, h = cells[r], before[r], hidden[r]
        for j in range(units):
            c[j] = row[units + j] * c0[j] + row[j] * row[2 * units + j]
            h[j] = row[3 * units + j] * _tanh(c[j])


@_compiled
def step_back(  # noqa: PLR0917
    gates: Float32, before: Float32, cells: Float32, d_outputs: Float32, d_hidden: Float32, d_cells: Float32, d_gates: Float32
) -> None:
    """The gradient of one step.

    Args:
        gates: i, f, g, o after their activation, [streams x 4 units].
        before: cell values before the step, [streams x units].
        cells: cell values after it.
        d_outputs: gradient at the hidden values as the layer's output.
        d_hidden: gradient at the hidden values as what the next step reads.
        d_cells: gradient at the cell values after the step; turned into that before it.
        d_gates: filled with the gradient at z, [streams x 4 units].
    """
    n, units = cells.shape
    one = _f(1.0)
    for r in range(n):
        row, c, c0, d_out, d_h, d_c, d = gates[r], cells[r], before[r], d_outputs[r], d_hidden[r], d_cells[r], d_gates[r]
        i, f, g, o = row[:units], row[units : 2 * units], row[2 * units : 3 * units], row[3 * units :]
        d_i, d_f, d_g, d_o = d[:units], d[units : 2 * units], d[2 * units : 3 * units], d[3 * units :]
        for j in range(units):
            squashed = _tanh(c[j])
            total = d_h[j] + d_out[j]
            d_c[j] += total * o[j] * (one - squashed * squashed)
            d_o[j] = total * squashed * o[j] * (one - o[j])
        for j in range(units):
            d_i[j] = d_c[j] * g[j] * i[j] * (one - i[j])
            d_f[j] = d_c[j] * c0[j] * f[j] * (one - f[j])
        for j in range(units):
            d_g[j] = d_c[j] * i[j] * (one - g[j] * g[j])
            d_c[j] *= f[j]


@_compiled
def add_rows(table: Float32, rows: Indices, added: Float32, start: int, stop: int) -> None:
    """Adds each row [n x columns] to that of the table [any number x columns] which `rows` [n] names, in the columns start to stop."""
    for r in range(len(rows)):
        to, of = table[rows[r], start:stop], added[r, start:stop]
        for j in range(len(of)):
            to[j] += of[j]


class Activations(NamedTuple):
    """All values of a layer over a window, kept for the backward pass.

    `hidden` and `cells` are [window + 1 x streams x units], before the window and after each step; `gates` are i, f, g, o after their
    activation, [window x streams x 4 units].
    """

    hidden: Float32
    cells: Float32
    gates: Float32

    @classmethod
    def empty(cls, window: int, n_streams: int, units: int) -> Activations:
        """Memory for the values, not yet filled."""
        values = np.empty((window + 1, n_streams, units), np.float32)
        return cls(values, np.empty_like(values), np.empty((window, n_streams, 4 * units), np.float32))


class Gradient(NamedTuple):
    """Gradients at a layer's inputs, recurrent matrix, and hidden and cell values before the window, each shaped as what it belongs to."""

    inputs: Float32
    recurrent: Float32
    hidden: Float32
    cells: Float32


class LayerScanner:
    """Runs layers over windows on all processors.

    The part of the gates that comes from inputs and bias is an array [window x streams x 4 units]. For a layer that reads symbols it is a table
    [symbols x 4 units], with the symbols [window x streams] that choose its rows.

    Args:
        n_threads: that compute in parallel; one a processor when None.
    """

    def __init__(self, n_threads: int | None = None) -> None:
        self._threads = ThreadPoolExecutor(n_threads or n_processors())

    def forward(
        self, inputs: Float32, symbols: Indices | None, *, recurrent: Float32, hidden: Float32, cells: Float32
    ) -> Activations:
        """A layer's values over a window.

        Args:
            inputs: the array or the table.
            symbols: of the table, or None.
            recurrent: [units x 4 units].
            hidden: before the window, [streams x units].
            cells: likewise.
        """
        n_streams, units = hidden.shape
        window = len(inputs if symbols is None else symbols)
        values = Activations.empty(window, n_streams, units)
        values.hidden[0], values.cells[0] = hidden, cells

        def block(at: slice) -> None:
            every = np.arange(at.stop - at.start)
            for t in range(window):
                gates = values.gates[t, at]
                np.dot(values.hidden[t, at], recurrent, out=gates)
                added, rows = (inputs[t, at], every) if symbols is None else (inputs, symbols[t, at])
                step(added, rows, gates, values.cells[t, at], values.cells[t + 1, at], values.hidden[t + 1, at])

        self._all(block, _parts(n_streams, STREAMS_A_BLOCK))
        return values

    def backward(
        self,
        values: Activations,
        symbols: Indices | None,
        n_rows: int,
        recurrent: Float32,
        d_ends: tuple[Float32, Float32, Float32],
    ) -> Gradient:
        """The gradient of a loss at everything that `forward` read.

        Args:
            values: what `forward` returned.
            symbols: as for `forward`.
            n_rows: of the table, where there are symbols.
            recurrent: as for `forward`.
            d_ends: the loss's gradients at the hidden values of every step, [window x streams x units], and at the hidden and the cell
                values after the last step, [streams x units].
        """
        d_outputs, d_hidden, d_cells = d_ends
        window, n_streams, units = d_outputs.shape
        transposed = np.ascontiguousarray(recurrent.T)
        d_gates, d_h, d_c = np.empty_like(values.gates), d_hidden.copy(), d_cells.copy()
        d_recurrent = np.empty_like(recurrent)
        d_inputs = d_gates if symbols is None else np.zeros((n_rows, 4 * units), np.float32)

        def block(at: slice) -> None:
            for t in reversed(range(window)):
                step_back(
                    values.gates[t, at],
                    values.cells[t, at],
                    values.cells[t + 1, at],
                    d_outputs[t, at],
                    d_h[at],
                    d_c[at],
                    d_gates[t, at],
                )
                np.dot(d_gates[t, at], transposed, out=d_h[at])

        # One product over all steps instead of one a step: long sums are where BLAS is fast.
        def columns(part: slice) -> None:
            d_recurrent[:, part] = before.T @ after[:, part]
            if symbols is not None:
                add_rows(d_inputs, symbols.reshape(-1), after, part.start, part.stop)

        self._all(block, _parts(n_streams, STREAMS_A_BLOCK))
        before, after = values.hidden[:-1].reshape(-1, units), d_gates.reshape(-1, 4 * units)
        self._all(columns, _parts(4 * units, _COLUMNS_A_PART))
        return Gradient(d_inputs, d_recurrent, d_h, d_c)

    def _all(self, work: Callable[[slice], None], parts: Iterable[slice]) -> None:
        """Does the work on all parts, in parallel."""

        def quietly(part: slice) -> None:
            with np.errstate(over="ignore", invalid="ignore"):  # training tests its loss itself
                work(part)

        # The threads are ours; those of BLAS would compete with them for the processors.
        with one_blas_thread():
            list(self._threads.map(quietly, parts))


def _parts(n: int, size: int) -> Sequence[slice]:
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]
