"""Compiled loops of an LSTM layer whose products run on the processor's tile unit (Intel AMX); `generators.lstm.tile_scanner` calls them.

A tile is a register of 16 rows of 64 bytes. One instruction, TDPBF16PS, multiplies a tile of 16 x 32 bfloat16 numbers by one of 32 x 16 and adds
the product to a tile of 16 x 16 float32 sums (Intel, Architecture Instruction Set Extensions Programming Reference, chapter 3). Neither numpy nor
numba knows these instructions, so they stand here as assembler. Machine code that numba keeps is renewed by the time of the file that it was
compiled from: who changes what `generators.lstm.layer` inlines here touches this file too.

Three layouts:

- bfloat16 numbers are uint16, the upper half of a float32.
- The second factor of a product is packed in the order in which tiles read it, [panels x depths x 16 x 16] of uint32: panels of 16 columns,
  depths of 32 rows, in these pairs of rows, the upper one in the lower half of a number.
- Values of 32 streams by 32 units lie together, a block of 1,024 numbers: as much as is computed at once, so that what a product gives is
  activated while it is in the nearest cache.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from evalkit._util.paths import exists
from evalkit._util.threads import compiled_with
from generators.lstm.layer import Float32, Indices, activate, inlined, tanh

Bfloat16 = NDArray[np.uint16]
Packed = NDArray[np.uint32]

SIDE = 32
"""Rows and columns that are computed at once: two tiles each way, whose sums and factors take all eight tiles."""
PANEL = 16
"""Columns of a panel."""
BLOCK = SIDE * SIDE

_FLAGS = frozenset({"amx_tile", "amx_bf16"})
# Linux lets a process use tiles only once it has asked, since they make the state of each thread larger (Documentation/arch/x86/xstate.rst).
_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA = 158, 0x1023, 18

_LAYOUT = np.zeros(64, np.uint8)
"""Of the tiles, as the instruction LDTILECFG reads it."""
_LAYOUT[0] = 1  # eight tiles
_LAYOUT[16:32:2] = 64  # bytes a row of each
_LAYOUT[48:56] = 16  # rows of each

# Arguments 0 to 6 of the assembler: the first factor and the bytes of its row, two panels of the second, the sums and the bytes of their row, and
# how many depths there are. The registers rax and rcx walk along two tiles of rows of the first factor, rdx and rsi along the panels.
_START = """
movq $0, %rax
movq $1, %rcx
shlq $$4, %rcx
addq %rax, %rcx
movq $2, %rdx
movq $3, %rsi
movq $6, %rdi
movq $$64, %r8
movq $4, %r9
movq $5, %r10
shlq $$4, %r10
addq %r9, %r10
"""
_FROM_ZERO = "".join(f"tilezero %tmm{i}\n" for i in range(4))
_FROM_SUMS = """
tileloadd (%r9,$5,1), %tmm0
tileloadd 64(%r9,$5,1), %tmm1
tileloadd (%r10,$5,1), %tmm2
tileloadd 64(%r10,$5,1), %tmm3
"""
_MULTIPLY = """
1:
tileloadd (%rax,$1,1), %tmm4
tileloadd (%rdx,%r8,1), %tmm6
tdpbf16ps %tmm6, %tmm4, %tmm0
tileloadd (%rcx,$1,1), %tmm5
tdpbf16ps %tmm6, %tmm5, %tmm2
tileloadd (%rsi,%r8,1), %tmm7
tdpbf16ps %tmm7, %tmm4, %tmm1
tdpbf16ps %tmm7, %tmm5, %tmm3
addq $$64, %rax
addq $$64, %rcx
addq $$1024, %rdx
addq $$1024, %rsi
decq %rdi
jnz 1b
tilestored %tmm0, (%r9,$5,1)
tilestored %tmm1, 64(%r9,$5,1)
tilestored %tmm2, (%r10,$5,1)
tilestored %tmm3, 64(%r10,$5,1)
"""
_CHANGED = ("rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "memory", "flags")


def has_tiles(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies tiles of bfloat16 numbers, and the system lets this process do so."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64" or not exists(cpuinfo):
        return False
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    if not any(set(line.split()) >= _FLAGS for line in lines if line.startswith("flags")):
        return False
    return bool(ctypes.CDLL(None).syscall(_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA) == 0)


def _intrinsic(function: Callable[..., Any]) -> Any:
    return intrinsic(function)


def _assembler(text: str, n_arguments: int, changed: Sequence[str] = ("memory",)) -> Any:
    """What numba's `intrinsic` asks for: assembler as a function of addresses and amounts."""

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * n_arguments)
        constraints = ",".join(["r"] * n_arguments + [f"~{{{what}}}" for what in changed])
        builder.call(ir.InlineAsm(kind, text, constraints, side_effect=True), arguments)
        return context.get_dummy_value()

    return types.void(*[types.int64] * n_arguments), generate


@_intrinsic
def _configure(_: Any, layout: Any) -> Any:
    return _assembler("ldtilecfg ($0)", 1)


@_intrinsic
def _release(_: Any) -> Any:
    return _assembler("tilerelease", 0)


@_intrinsic
def _product(_: Any, a: Any, a_row: Any, left: Any, right: Any, out: Any, out_row: Any, depths: Any) -> Any:  # noqa: PLR0917
    return _assembler(_START + _FROM_ZERO + _MULTIPLY, 7, _CHANGED)


@_intrinsic
def _add_product(_: Any, a: Any, a_row: Any, left: Any, right: Any, out: Any, out_row: Any, depths: Any) -> Any:  # noqa: PLR0917
    return _assembler(_START + _FROM_SUMS + _MULTIPLY, 7, _CHANGED)


binding.initialize_native_asmparser()
_compiled = compiled_with(fastmath=True, error_model="numpy")


@inlined
def _upper_half(bits: Any) -> Any:
    """The nearest bfloat16, ties to even, of a float32 given by its bits."""
    return (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)


@_compiled
def pack(matrix: Float32, packed: Packed, first: int, last: int) -> None:
    """Packs the panels first to last of a matrix of float32 numbers."""
    bits = matrix.view(np.uint32)
    for panel in range(first, last):
        for depth in range(packed.shape[1]):
            for pair in range(16):
                row = 32 * depth + 2 * pair
                upper = bits[row, 16 * panel : 16 * panel + 16]
                lower = bits[row + 1, 16 * panel : 16 * panel + 16]
                out = packed[panel, depth, pair]
                for j in range(16):
                    out[j] = _upper_half(upper[j]) | (_upper_half(lower[j]) << np.uint32(16))


@_compiled
def pack_transposed(matrix: Float32, packed: Packed, first: int, last: int) -> None:
    """As `pack`, of the transpose of the matrix."""
    bits = matrix.view(np.uint32)
    for panel in range(first, last):
        for depth in range(packed.shape[1]):
            out = packed[panel, depth]
            for j in range(16):
                row = bits[16 * panel + j, 32 * depth : 32 * depth + 32]
                for pair in range(16):
                    out[pair, j] = _upper_half(row[2 * pair]) | (_upper_half(row[2 * pair + 1]) << np.uint32(16))


@inlined
def _activate_back(here: Any, before: Any, total: Any, d_hidden: Any, d_cells: Any, bits: Any) -> None:  # noqa: PLR0917
    """The gradient of a step of a block.

    Args:
        here: i, f, g, o after their activation and the cell values, [5 x 1024].
        before: cell values before the step.
        total: gradient at the layer's output; overwritten.
        d_hidden: gradient at the hidden values as what the next step reads.
        d_cells: gradient at the cell values after the step; turned into that before it.
        bits: filled with the gradient at z as bfloat16 numbers, [4 x 1024] of uint32.
    """
    i, f, g, o, c = here[0], here[1], here[2], here[3], here[4]
    d_gates, flat = bits.view(np.float32), bits.reshape(4 * BLOCK)
    d_i, d_f, d_g, d_o = d_gates[0], d_gates[1], d_gates[2], d_gates[3]
    one = np.float32(1.0)
    for j in range(BLOCK):
        total[j] += d_hidden[j]
    for j in range(BLOCK):
        squashed = tanh(c[j])
        d_o[j] = total[j] * squashed * o[j] * (one - o[j])
        total[j] = total[j] * o[j] * (one - squashed * squashed)
    for j in range(BLOCK):
        d_cells[j] += total[j]
    for j in range(BLOCK):
        d_i[j] = d_cells[j] * g[j] * i[j] * (one - i[j])
    for j in range(BLOCK):
        d_f[j] = d_cells[j] * before[j] * f[j] * (one - f[j])
    for j in range(BLOCK):
        d_g[j] = d_cells[j] * i[j] * (one - g[j] * g[j])
    for j in range(BLOCK):
        d_cells[j] *= f[j]
    for j in range(4 * BLOCK):
        flat[j] = _upper_half(flat[j])


@_compiled
def forward(  # noqa: PLR0917 - compiled functions take their arguments by place
    added: Float32, rows: Indices, packed: Packed, hidden: Bfloat16, kept: Float32, outputs: Bfloat16
) -> None:
    """A layer over a window, for up to 32 streams.

    Args:
        added: rows to add to the products, [any number x 4 units].
        rows: which of them each stream takes at each step, [window x streams].
        packed: the recurrent matrix [units x 4 units].
        hidden: the hidden values before the window are the first of two [32 x units], 0 where there is no stream; both are overwritten.
        kept: filled with what `backward` reads, [window + 1 x blocks x 5 x 1024]: i, f, g, o after their activation, and the cell values, which are
            given for the time before the window.
        outputs: filled with the hidden values after each step, [window x streams x units].
    """
    window, n, units = outputs.shape
    panel, row, depths = packed.strides[0], hidden.strides[1], units // 32
    bits = np.empty(BLOCK, np.uint32)
    values = bits.view(np.float32)
    _configure(_LAYOUT.ctypes.data)
    for t in range(window):
        old, new = hidden[t & 1], hidden[1 - (t & 1)]
        for block in range(units // 32):
            start, here, before = 32 * block, kept[t + 1, block], kept[t, block, 4]
            for q in range(4):
                left = packed.ctypes.data + (q * units + start) // 16 * panel
                _product(old.ctypes.data, row, left, left + panel, here.ctypes.data + q * 4 * BLOCK, 128, depths)
            for r in range(n):
                extra = added[rows[t, r]]
                for q in range(4):
                    z, e = here[q, 32 * r : 32 * r + 32], extra[q * units + start : q * units + start + 32]
                    for j in range(32):
                        z[j] += e[j]
            activate(here[0], here[1], here[2], here[3], before, here[4], values)
            for j in range(BLOCK):
                bits[j] = _upper_half(bits[j])
            for r in range(n):
                given, to, out = bits[32 * r : 32 * r + 32], new[r, start : start + 32], outputs[t, r, start : start + 32]
                for j in range(32):
                    to[j] = np.uint16(given[j])
                for j in range(32):
                    out[j] = np.uint16(given[j])
    _release()


@_compiled
def backward(  # noqa: PLR0917
    kept: Float32,
    d_outputs: Bfloat16,
    packed: Packed,
    d_hidden: Float32,
    d_cells: Float32,
    d_row: Bfloat16,
    d_gates: Packed,
    place: int,
    n_places: int,
) -> None:
    """The gradient of `forward`.

    Args:
        kept: what `forward` filled.
        d_outputs: gradient at its outputs.
        packed: the transpose of the recurrent matrix.
        d_hidden: gradient at the hidden values after the window, [blocks x 1024]; turned into that before it.
        d_cells: likewise at the cell values.
        d_row: memory for the gradient of a step at z, [32 x 4 units].
        d_gates: filled with the gradient at z, packed, [panels x window * n_places x 16 x 16]: the rows are all steps and streams.
        place: of these 32 streams among all, and how many such places there are.
        n_places: likewise.
    """
    window, n, units = d_outputs.shape
    total = np.zeros(BLOCK, np.float32)
    total_bits = total.view(np.uint32)
    bits = np.empty((4, BLOCK), np.uint32)
    panel, row, depths = packed.strides[0], d_row.strides[0], units // 8
    _configure(_LAYOUT.ctypes.data)
    for t in range(window - 1, -1, -1):
        for block in range(units // 32):
            start, here, before = 32 * block, kept[t + 1, block], kept[t, block, 4]
            for r in range(n):
                to, given = total_bits[32 * r : 32 * r + 32], d_outputs[t, r, start : start + 32]
                for j in range(32):
                    to[j] = np.uint32(given[j]) << np.uint32(16)
            total[32 * n :] = 0
            _activate_back(here, before, total, d_hidden[block], d_cells[block], bits)
            for q in range(4):
                first = q * units + start
                for pair in range(16):
                    upper, lower = bits[q, 64 * pair : 64 * pair + 32], bits[q, 64 * pair + 32 : 64 * pair + 64]
                    to_upper, to_lower = d_row[2 * pair, first : first + 32], d_row[2 * pair + 1, first : first + 32]
                    for j in range(32):
                        to_upper[j] = np.uint16(upper[j])
                    for j in range(32):
                        to_lower[j] = np.uint16(lower[j])
                    for half in range(2):
                        out = d_gates[first // 16 + half, t * n_places + place, pair]
                        for j in range(16):
                            out[j] = upper[16 * half + j] | (lower[16 * half + j] << np.uint32(16))
        for block in range(units // 32):
            left = packed.ctypes.data + 2 * block * panel
            _product(d_row.ctypes.data, row, left, left + panel, d_hidden.ctypes.data + block * 4 * BLOCK, 128, depths)
    _release()


@_compiled
def transpose(hidden: Bfloat16, outputs: Bfloat16, transposed: Bfloat16, place: int, n_places: int) -> None:
    """Lays out the hidden values before each step as the first factor of a sum over all steps and streams.

    Args:
        hidden: before the window, [streams x units].
        outputs: those after each step.
        transposed: filled, [units x window * n_places * 32].
        place: as for `backward`.
        n_places: likewise.
    """
    window, n, units = outputs.shape
    for t in range(window):
        first = (t * n_places + place) * 32
        given = hidden if t == 0 else outputs[t - 1]
        for start in range(0, units, 32):
            for j in range(start, start + 32):
                to = transposed[j]
                for r in range(n):
                    to[first + r] = given[r, j]


@_compiled
def sums(transposed: Bfloat16, d_gates: Packed, out: Float32, first: int, last: int) -> None:
    """The gradient [units x 4 units] at the recurrent matrix in the panels first to last, an even number of them."""
    units, depths = transposed.shape[0], d_gates.shape[1]
    row, panel, out_row = transposed.strides[0], d_gates.strides[0], out.strides[0]
    _configure(_LAYOUT.ctypes.data)
    for depth in range(0, depths, 32):  # so few that both factors stay in the caches
        n = min(32, depths - depth)
        for p in range(first, last, 2):
            left = d_gates.ctypes.data + p * panel + 1024 * depth
            for unit in range(0, units, 32):
                a = transposed.ctypes.data + unit * row + 64 * depth
                to = out.ctypes.data + unit * out_row + 64 * p
                if depth == 0:
                    _product(a, row, left, left + panel, to, out_row, n)
                else:
                    _add_product(a, row, left, left + panel, to, out_row, n)
    _release()


@_compiled
def add_rows(d_gates: Packed, rows: Indices, out: Float32, first: int, last: int) -> None:
    """Adds the gradient at z of each step and stream, in the panels first to last, to the row of `out` that `rows` names.

    Args:
        d_gates: packed.
        rows: [steps and streams], with 32 streams in each place.
        out: [any number x 4 units].
        first: of the panels.
        last: one beyond.
    """
    both = np.empty(32, np.uint32)
    values = both.view(np.float32)
    for panel in range(first, last):
        for depth in range(d_gates.shape[1]):
            for pair in range(16):
                given, k = d_gates[panel, depth, pair], 32 * depth + 2 * pair
                for j in range(16):
                    both[j] = given[j] << np.uint32(16)
                for j in range(16):
                    both[16 + j] = given[j] & np.uint32(0xFFFF0000)
                for half in range(2):
                    to, value = out[rows[k + half], 16 * panel : 16 * panel + 16], values[16 * half : 16 * half + 16]
                    for j in range(16):
                        to[j] += value[j]
