"""One LSTM layer over a window of text on the processor: BLAS for the matrices, one compiled pass for all that lies between them.

The streams of a batch do not know of each other, so they are cut into blocks of fixed size that run side by side, each on one thread: what is
computed does not depend on the number of threads, and no thread waits for another within a window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from evalkit._util.threads import n_processors, one_blas_thread
from generators.lstm.cell import Float32, Indices, add_rows, step, step_back

STREAMS_A_BLOCK = 32
"""Of fewer streams the products are slow (16: two thirds of the speed), with more the processors get uneven shares."""
_COLUMNS_A_PART = 512


class Run(NamedTuple):
    """What a layer computed over a window.

    `hidden` and `cells` are [window + 1 x streams x units], before the window and after each step; `gates` are i, f, g, o after their
    activation, [window x streams x 4 units].
    """

    hidden: Float32
    cells: Float32
    gates: Float32

    @classmethod
    def empty(cls, window: int, n_streams: int, units: int) -> Run:
        """Room for a run."""
        values = np.empty((window + 1, n_streams, units), np.float32)
        return cls(values, np.empty_like(values), np.empty((window, n_streams, 4 * units), np.float32))


class Gradient(NamedTuple):
    """Gradients at a layer's inputs, recurrent matrix, and hidden and cell values before the window, each shaped as what it belongs to."""

    inputs: Float32
    recurrent: Float32
    hidden: Float32
    cells: Float32


class Scanner:
    """Runs layers over windows on all processors.

    The inputs' part of the gates with the bias is an array [window x streams x 4 units], or, of a layer that reads symbols, a table [symbols x
    4 units] with the symbols [window x streams] that choose its rows.

    Args:
        n_threads: side by side; as many as there are processors when None.
    """

    def __init__(self, n_threads: int | None = None) -> None:
        self._threads = ThreadPoolExecutor(n_threads or n_processors())

    def forward(self, inputs: Float32, symbols: Indices | None, *, recurrent: Float32, hidden: Float32, cells: Float32) -> Run:
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
        run = Run.empty(window, n_streams, units)
        run.hidden[0], run.cells[0] = hidden, cells

        def block(at: slice) -> None:
            every = np.arange(at.stop - at.start)
            for t in range(window):
                gates = run.gates[t, at]
                np.dot(run.hidden[t, at], recurrent, out=gates)
                added, rows = (inputs[t, at], every) if symbols is None else (inputs, symbols[t, at])
                step(added, rows, gates, run.cells[t, at], run.cells[t + 1, at], run.hidden[t + 1, at])

        self._all(block, _parts(n_streams, STREAMS_A_BLOCK))
        return run

    def backward(
        self, run: Run, symbols: Indices | None, n_rows: int, recurrent: Float32, d_ends: tuple[Float32, Float32, Float32]
    ) -> Gradient:
        """The gradient of a loss at all that went into a run.

        Args:
            run: what `forward` returned.
            symbols: as there.
            n_rows: of the table, where there are symbols.
            recurrent: as there.
            d_ends: the loss's gradients at the hidden values of every step, [window x streams x units], and at hidden and cell values after
                the last, [streams x units].
        """
        d_outputs, d_hidden, d_cells = d_ends
        window, n_streams, units = d_outputs.shape
        transposed = np.ascontiguousarray(recurrent.T)
        d_gates, d_h, d_c = np.empty_like(run.gates), d_hidden.copy(), d_cells.copy()
        d_recurrent = np.empty_like(recurrent)
        d_inputs = d_gates if symbols is None else np.zeros((n_rows, 4 * units), np.float32)

        def block(at: slice) -> None:
            for t in reversed(range(window)):
                step_back(
                    run.gates[t, at], run.cells[t, at], run.cells[t + 1, at], d_outputs[t, at], d_h[at], d_c[at], d_gates[t, at]
                )
                np.dot(d_gates[t, at], transposed, out=d_h[at])

        def columns(part: slice) -> None:
            d_recurrent[:, part] = before.T @ after[:, part]
            if symbols is not None:
                add_rows(d_inputs, symbols.reshape(-1), after, part.start, part.stop)

        self._all(block, _parts(n_streams, STREAMS_A_BLOCK))
        before, after = run.hidden[:-1].reshape(-1, units), d_gates.reshape(-1, 4 * units)
        self._all(columns, _parts(4 * units, _COLUMNS_A_PART))
        return Gradient(d_inputs, d_recurrent, d_h, d_c)

    def _all(self, work: Callable[[slice], None], parts: Iterable[slice]) -> None:
        def quietly(part: slice) -> None:
            with np.errstate(over="ignore", invalid="ignore"):  # training looks at its loss itself
                work(part)

        with one_blas_thread():
            list(self._threads.map(quietly, parts))


def _parts(n: int, size: int) -> Sequence[slice]:
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]
