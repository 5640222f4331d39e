"""Computes what lies between the matrix products of an LSTM layer, in compiled loops: `step` and `step_back`.

One step of a layer (Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000), gates in the order of Keras (input, forget, cell,
output), z the sum of all products:

    i, f, o = sigmoid(z),  g = tanh(z),  c' = f c + i g,  h' = o tanh(c')

`generators.lstm.scanner` runs a layer over a window of text with them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evalkit._util.threads import compiled_with

Float32 = NDArray[np.float32]
Indices = NDArray[np.integer[Any]]

_f = np.float32
# fastmath lets the compiler reorder sums and so compute eight or sixteen numbers at a time; nogil lets blocks run in parallel; the numpy error
# model drops the test for division by zero, which would keep loops from being vectorised.
_compiled = compiled_with(fastmath=True, error_model="numpy")
inlined = njit(inline="always", fastmath=True, error_model="numpy")


@inlined
def tanh(x: Any) -> Any:
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


@inlined
def activate(i: Any, f: Any, g: Any, o: Any, before: Any, cells: Any, hidden: Any) -> None:  # noqa: PLR0917
    """Turns z of the four gates into i, f, g, o, and fills the cell values and the hidden values.

    Each loop writes one array, so that the compiler sees that it may compute many numbers at a time.

    Args:
        i, f, g, o: z of each gate, [n]; overwritten.
        before: cell values before the step, [n].
        cells: filled with those after it; may be `before`.
        hidden: filled, [n].
    """
    half = _f(0.5)
    for j in range(len(i)):
        i[j] = half * tanh(half * i[j]) + half
    for j in range(len(f)):
        f[j] = half * tanh(half * f[j]) + half
    for j in range(len(g)):
        g[j] = tanh(g[j])
    for j in range(len(o)):
        o[j] = half * tanh(half * o[j]) + half
    for j in range(len(cells)):
        cells[j] = f[j] * before[j] + i[j] * g[j]
    for j in range(len(hidden)):
        hidden[j] = o[j] * tanh(cells[j])


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
    for r in range(n):
        row, extra = gates[r], added[rows[r]]
        for j in range(row.shape[0]):
            row[j] += extra[j]
        i, f, g, o = row[:units], row[units : 2 * units], row[2 * units : 3 * units], row[3 * units :]
        activate(i, f, g, o, before[r], cells[r], hidden[r])


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
            row[k] = tanh(z) if 2 * units <= k < 3 * units else min(max(fifth * z + half, zero), one)
        c, c0, h = cells[r], before[r], hidden[r]
        for j in range(units):
            c[j] = row[units + j] * c0[j] + row[j] * row[2 * units + j]
            h[j] = row[3 * units + j] * tanh(c[j])


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
            squashed = tanh(c[j])
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
