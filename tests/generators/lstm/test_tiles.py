"""Layers on the processor's tile unit against those of BLAS; left out where the processor has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generators.lstm.scanner import BlasScanner, Ends
from generators.lstm.tile_scanner import TileScanner
from generators.lstm.tiles import has_tiles, pack, pack_transposed

tf = pytest.importorskip("tensorflow")

BFLOAT16 = tf.bfloat16.as_numpy_dtype
UNITS, N_SYMBOLS = 64, 7
needs_tiles = pytest.mark.skipif(not has_tiles(), reason="the processor has no tile unit for bfloat16 numbers")


def rounded(values):
    """Float32 numbers that are bfloat16 numbers."""
    return values.astype(BFLOAT16).astype(np.float32)


class Case:
    """A layer with random weights and states, and random gradients at what leaves it."""

    def __init__(self, n_streams, window, *, symbols):
        rng = np.random.default_rng(3)
        self.n_streams, self.window = n_streams, window
        self.recurrent = rounded(rng.normal(0, UNITS**-0.5, (UNITS, 4 * UNITS)).astype(np.float32))
        shape = (N_SYMBOLS,) if symbols else (window, n_streams)
        self.inputs = rng.normal(size=(*shape, 4 * UNITS)).astype(np.float32)
        self.symbols = rng.integers(0, N_SYMBOLS, (window, n_streams)).astype(np.int32) if symbols else None
        self.hidden = rounded(rng.normal(0, 0.3, (n_streams, UNITS)).astype(np.float32))
        self.cells = rng.normal(size=(n_streams, UNITS)).astype(np.float32)
        ends = [
            rounded(rng.normal(size=shape).astype(np.float32)) for shape in ((window, n_streams, UNITS), *[(n_streams, UNITS)] * 2)
        ]
        self.d_ends = Ends(*ends)

    def run(self, scanner, kind=np.float32):
        """What leaves the layer, and the gradient, as float32 numbers."""
        ends = scanner.forward(
            self.inputs, self.symbols, recurrent=self.recurrent, hidden=self.hidden.astype(kind), cells=self.cells
        )
        ends = [np.array(values, np.float32) for values in ends]
        d_outputs, d_hidden, d_cells = self.d_ends
        gradient = scanner.backward(Ends(d_outputs.astype(kind), d_hidden.astype(kind), d_cells))
        return ends, [np.array(values, np.float32) for values in gradient]


@needs_tiles
@pytest.mark.parametrize("symbols", [True, False])
@pytest.mark.parametrize(("n_streams", "window"), [(1, 3), (3, 40), (32, 4), (33, 5), (70, 9)])
def test_values_and_gradients_are_those_of_blas(n_streams, window, symbols):
    case = Case(n_streams, window, symbols=symbols)
    expected, found = case.run(BlasScanner()), case.run(TileScanner(BFLOAT16), BFLOAT16)
    for one, other in zip(found[0], expected[0], strict=True):
        # Hidden values are rounded to 8 bits after each step, and so are read by the next.
        np.testing.assert_allclose(one, other, atol=0.02)
    for one, other in zip(found[1], expected[1], strict=True):
        assert one.shape == other.shape
        assert np.linalg.norm(one - other) < 0.01 * np.linalg.norm(other)


@needs_tiles
def test_windows_use_the_memory_again():
    """A window gives the same before and after others, of its own and another shape."""
    case, other = Case(33, 5, symbols=True), Case(4, 7, symbols=False)
    scanner = TileScanner(BFLOAT16)
    before = case.run(scanner, BFLOAT16)
    other.run(scanner, BFLOAT16)
    state = scanner.forward(
        case.inputs, case.symbols, recurrent=-case.recurrent, hidden=case.hidden.astype(BFLOAT16), cells=case.cells
    ).hidden
    kept = state.copy()
    for first, again in zip(before, case.run(scanner, BFLOAT16), strict=True):
        for one, same in zip(first, again, strict=True):
            np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(state, kept)


@needs_tiles
def test_threads_change_nothing():
    case = Case(70, 6, symbols=True)
    one, three = (case.run(TileScanner(BFLOAT16, n_threads), BFLOAT16) for n_threads in (1, 3))
    for values, same in zip([*one[0], *one[1]], [*three[0], *three[1]], strict=True):
        np.testing.assert_array_equal(values, same)


@pytest.mark.parametrize("packing", [pack, pack_transposed])
def test_packed_pairs_are_the_nearest_bfloat16_numbers(packing):
    matrix = np.random.default_rng(0).normal(size=(64, 32)).astype(np.float32)
    given = matrix if packing is pack else np.ascontiguousarray(matrix.T)
    packed = np.zeros((2, 2, 16, 16), np.uint32)
    packing(given, packed, 0, 2)
    wanted = matrix.astype(BFLOAT16).view(np.uint16).reshape(2, 16, 2, 2, 16)  # depth, pair, which of it, panel, column
    np.testing.assert_array_equal(packed & 0xFFFF, wanted[:, :, 0].transpose(2, 0, 1, 3))
    np.testing.assert_array_equal(packed >> 16, wanted[:, :, 1].transpose(2, 0, 1, 3))


def test_tiles_are_read_from_the_processor(tmp_path: Path):
    cpuinfo = tmp_path / "cpuinfo"
    for flags in (None, "flags\t\t: fpu amx_bf16\n", "features : amx_tile amx_bf16\n"):
        if flags is not None:
            cpuinfo.write_text(flags)
        assert not has_tiles(cpuinfo)
