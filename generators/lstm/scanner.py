"""Runs LSTM layers over windows of text on all processors: `Scanner`, and `BlasScanner`, whose matrix products are those of BLAS.

Streams of text do not depend on each other, so they are cut into blocks of fixed size, each computed by one thread. The result does not depend on
the number of threads, and no thread waits for another within a window.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit._util.threads import n_processors, one_blas_thread
from generators.lstm.layer import Float32, Indices, add_rows, step, step_back

STREAMS_A_BLOCK = 32
"""With fewer streams the products are slow (16: two thirds of the speed); with more, the processors get uneven shares."""
_COLUMNS_A_PART = 512
"""Columns of the recurrent matrix's gradient that one thread computes."""


class Ends(NamedTuple):
    """What leaves a layer, or the gradient at it.

    Args:
        outputs: hidden values after every step, [window x streams x units], in the type of the matrix products.
        hidden: after the last step, [streams x units], likewise.
        cells: cell values after the last step, float32.
    """

    outputs: NDArray[Any]
    hidden: NDArray[Any]
    cells: Float32


class Gradient(NamedTuple):
    """Gradients at a layer's inputs, recurrent matrix, and hidden and cell values before the window, each shaped as what it belongs to."""

    inputs: Float32
    recurrent: Float32
    hidden: NDArray[Any]
    cells: Float32


class Scanner(ABC):
    """Runs one layer over windows, forwards and backwards, and keeps between the two what the way back needs.

    The part of the gates that comes from inputs and bias is an array [window x streams x 4 units]. For a layer that reads symbols it is a table
    [symbols x 4 units], with the symbols [window x streams] that choose its rows.

    Args:
        n_threads: that compute in parallel; one a processor when None.
    """

    def __init__(self, n_threads: int | None = None) -> None:
        self._n_threads = n_threads or n_processors()
        self._threads = ThreadPoolExecutor(self._n_threads)

    @abstractmethod
    def forward(
        self, inputs: Float32, symbols: Indices | None, *, recurrent: Float32, hidden: NDArray[Any], cells: Float32
    ) -> Ends:
        """A layer's values over a window.

        Args:
            inputs: the array or the table.
            symbols: of the table, or None.
            recurrent: [units x 4 units].
            hidden: before the window, [streams x units].
            cells: likewise.
        """

    @abstractmethod
    def backward(self, d_ends: Ends) -> Gradient:
        """The gradient of a loss at everything that the last `forward` read.

        Args:
            d_ends: the gradient at what it returned.
        """

    def _all(self, work: Callable[[slice], None], slices: Iterable[slice]) -> None:
        """Does the work on all slices, in parallel."""

        def quietly(part: slice) -> None:
            with np.errstate(over="ignore", invalid="ignore"):  # training tests its loss itself
                work(part)

        # The threads are ours; those of BLAS would compete with them for the processors.
        with one_blas_thread():
            list(self._threads.map(quietly, slices))


class BlasScanner(Scanner):
    """Multiplies float32 matrices with the BLAS of numpy."""

    def forward(
        self, inputs: Float32, symbols: Indices | None, *, recurrent: Float32, hidden: NDArray[Any], cells: Float32
    ) -> Ends:
        """As in `Scanner`."""
        n_streams, units = hidden.shape
        window = len(inputs if symbols is None else symbols)
        all_hidden = np.empty((window + 1, n_streams, units), np.float32)
        all_cells, all_gates = np.empty_like(all_hidden), np.empty((window, n_streams, 4 * units), np.float32)
        all_hidden[0], all_cells[0] = hidden, cells

        def block(at: slice) -> None:
            every = np.arange(at.stop - at.start)
            for t in range(window):
                gates = all_gates[t, at]
                np.dot(all_hidden[t, at], recurrent, out=gates)
                added, rows = (inputs[t, at], every) if symbols is None else (inputs, symbols[t, at])
                step(added, rows, gates, all_cells[t, at], all_cells[t + 1, at], all_hidden[t + 1, at])

        self._all(block, parts(n_streams, STREAMS_A_BLOCK))
        self._kept = (all_hidden, all_cells, all_gates, symbols, len(inputs), recurrent)
        return Ends(all_hidden[1:], all_hidden[-1], all_cells[-1])

    def backward(self, d_ends: Ends) -> Gradient:
        """As in `Scanner`."""
        hidden, cells, gates, symbols, n_rows, recurrent = self._kept
        window, n_streams, units = d_ends.outputs.shape
        transposed = np.ascontiguousarray(recurrent.T)
        d_gates, d_h, d_c = np.empty_like(gates), d_ends.hidden.copy(), d_ends.cells.copy()
        d_recurrent = np.empty_like(recurrent)
        d_inputs = d_gates if symbols is None else np.zeros((n_rows, 4 * units), np.float32)

        def block(at: slice) -> None:
            for t in reversed(range(window)):
                step_back(gates[t, at], cells[t, at], cells[t + 1, at], d_ends.outputs[t, at], d_h[at], d_c[at], d_gates[t, at])
                np.dot(d_gates[t, at], transposed, out=d_h[at])

        # One product over all steps instead of one a step: long sums are where BLAS is fast.
        def columns(part: slice) -> None:
            d_recurrent[:, part] = before.T @ after[:, part]
            if symbols is not None:
                add_rows(d_inputs, symbols.reshape(-1), after, part.start, part.stop)

        self._all(block, parts(n_streams, STREAMS_A_BLOCK))
        before, after = hidden[:-1].reshape(-1, units), d_gates.reshape(-1, 4 * units)
        self._all(columns, parts(4 * units, _COLUMNS_A_PART))
        return Gradient(d_inputs, d_recurrent, d_h, d_c)


def parts(n: int, size: int) -> Sequence[slice]:
    """Slices of 0 to n of a size; the last may be shorter."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]
