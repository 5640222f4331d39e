"""Runs an LSTM layer on the processor's tile unit: `TileScanner`, for processors that multiply tiles of bfloat16 numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from generators.lstm import tiles
from generators.lstm.layer import Float32, Indices
from generators.lstm.scanner import Ends, Gradient, Scanner, parts
from generators.lstm.tiles import BLOCK, PANEL, SIDE, Bfloat16, Packed

_APART = 32
"""Numbers between rows of a first factor: rows a multiple of 4 kB apart would share a few lines of the nearest cache."""


class _Memory(NamedTuple):
    """What a layer computes in, kept between windows: fresh memory costs as much time as the arithmetic.

    `kept` [places x window + 1 x blocks x 5 x 1024], `hidden` [places x 2 x 32 x units], `outputs` [places x window x streams x units] and
    `d_row` [places x 32 x 4 units] are as in `generators.lstm.tiles`, for each place of 32 streams. `transposed`, `d_gates` and the two packed
    forms of the recurrent matrix are common.
    """

    kept: Float32
    hidden: Bfloat16
    outputs: Bfloat16
    transposed: Bfloat16
    d_row: Bfloat16
    d_gates: Packed
    packed: Packed
    packed_transposed: Packed

    @classmethod
    def of(cls, window: int, n_streams: int, units: int) -> _Memory:
        """Memory for windows of a shape."""
        places, blocks, panels = -(-n_streams // SIDE), units // SIDE, 4 * units // PANEL
        steps = window * places
        return cls(
            kept=np.zeros((places, window + 1, blocks, 5, BLOCK), np.float32),
            hidden=np.zeros((places, 2, SIDE, units + _APART), np.uint16)[..., :units],
            outputs=np.empty((window, n_streams, units), np.uint16),
            transposed=np.zeros((units, steps * SIDE + _APART), np.uint16)[:, : steps * SIDE],
            d_row=np.empty((places, SIDE, 4 * units + _APART), np.uint16)[..., : 4 * units],
            d_gates=np.empty((panels, steps, 16, 16), np.uint32),
            packed=np.empty((panels, blocks, 16, 16), np.uint32),
            packed_transposed=np.empty((units // PANEL, 4 * blocks, 16, 16), np.uint32),
        )


class TileScanner(Scanner):
    """Multiplies bfloat16 matrices; hidden values are of that type, cell values and all sums float32.

    The units must be a multiple of 32.

    Args:
        kind: numpy's type of bfloat16 numbers, which the caller's library gives.
        n_threads: as for `Scanner`.
    """

    def __init__(self, kind: Any, n_threads: int | None = None) -> None:
        super().__init__(n_threads)
        self._kind = kind
        self._memory: dict[tuple[int, ...], _Memory] = {}

    def forward(
        self, inputs: Float32, symbols: Indices | None, *, recurrent: Float32, hidden: NDArray[Any], cells: Float32
    ) -> Ends:
        """As in `Scanner`."""
        n_streams, units = hidden.shape
        rows = np.arange(inputs.size // (4 * units)).reshape(-1, n_streams) if symbols is None else symbols
        window = len(rows)
        added = np.ascontiguousarray(inputs).reshape(-1, 4 * units)
        shape = (window, n_streams, units)
        if shape not in self._memory:  # there are two: of training and of measuring
            self._memory[shape] = _Memory.of(*shape)
        memory = self._memory[shape]
        recurrent, before = np.ascontiguousarray(recurrent), np.ascontiguousarray(hidden).view(np.uint16)
        self._panels(lambda first, last: tiles.pack(recurrent, memory.packed, first, last), len(memory.packed))

        def place(at: slice) -> None:
            n, k = at.stop - at.start, at.start // SIDE
            kept = memory.kept[k]
            memory.hidden[k, 0, :n] = before[at]
            _in_blocks(cells[at], out=kept[0, :, 4])
            tiles.forward(added, rows[:, at], memory.packed, memory.hidden[k], kept, memory.outputs[:, at])

        self._all(place, parts(n_streams, SIDE))
        self._last = (memory, recurrent, before, symbols, inputs.shape)
        last = np.concatenate([_in_rows(kept[-1, :, 4]) for kept in memory.kept])[:n_streams]
        outputs = memory.outputs.view(self._kind)
        return Ends(outputs, outputs[-1].copy(), last)  # the state outlives the memory, which the next window uses again

    def backward(self, d_ends: Ends) -> Gradient:
        """As in `Scanner`."""
        memory, recurrent, before, symbols, shape = self._last
        window, n_streams, units = memory.outputs.shape
        d_outputs = np.ascontiguousarray(d_ends.outputs).view(np.uint16)
        places = len(memory.kept)
        d_recurrent = np.empty_like(recurrent)
        d_hidden = np.zeros((places, units // SIDE, BLOCK), np.float32)
        d_cells = np.zeros_like(d_hidden)
        self._panels(
            lambda first, last: tiles.pack_transposed(recurrent, memory.packed_transposed, first, last),
            len(memory.packed_transposed),
        )

        def place(at: slice) -> None:
            k = at.start // SIDE
            _in_blocks(d_ends.hidden[at].astype(np.float32), out=d_hidden[k])
            _in_blocks(d_ends.cells[at], out=d_cells[k])
            tiles.backward(
                memory.kept[k],
                d_outputs[:, at],
                memory.packed_transposed,
                d_hidden[k],
                d_cells[k],
                memory.d_row[k],
                memory.d_gates,
                k,
                places,
            )
            tiles.transpose(before[at], memory.outputs[:, at], memory.transposed, k, places)

        self._all(place, parts(n_streams, SIDE))
        # The gradient of each step and stream goes to the row of a table that a symbol names, or to one of its own.
        chosen = np.zeros((window, places * SIDE), np.int64)
        chosen[:, :n_streams] = np.arange(window * n_streams).reshape(window, n_streams) if symbols is None else symbols
        rows = chosen.reshape(-1)
        d_inputs = np.zeros((np.prod(shape) // (4 * units), 4 * units), np.float32)

        def panels(first: int, last: int) -> None:
            tiles.sums(memory.transposed, memory.d_gates, d_recurrent, first, last)
            tiles.add_rows(memory.d_gates, rows, d_inputs, first, last)

        self._panels(panels, len(memory.d_gates))
        ends = [np.concatenate([_in_rows(values) for values in part])[:n_streams] for part in (d_hidden, d_cells)]
        return Gradient(d_inputs.reshape(shape), d_recurrent, ends[0].astype(self._kind), ends[1])

    def _panels(self, work: Callable[[int, int], None], n: int) -> None:
        # One part for each thread, since each part reads all of the first factor; panels are computed by twos.
        self._all(lambda part: work(part.start, part.stop), parts(n, 2 * -(-n // (2 * self._n_threads))))


def _in_blocks(values: Float32, *, out: Float32) -> None:
    """Values [up to 32 x units] as blocks [blocks x 1024]; rows that there are not stay as they are."""
    out.reshape(len(out), SIDE, SIDE)[:, : len(values)] = values.reshape(len(values), -1, SIDE).swapaxes(0, 1)


def _in_rows(blocks: Float32) -> Float32:
    """Blocks [blocks x 1024] as values [32 x units]."""
    return np.ascontiguousarray(blocks.reshape(len(blocks), SIDE, SIDE).swapaxes(0, 1)).reshape(SIDE, -1)
