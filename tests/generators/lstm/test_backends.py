"""The fast layers against Keras's: losses, gradients and a few updates."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from generators.lstm.batches import Tape
from generators.lstm.fast_backend import FastBackend, has_bfloat16, scan_inside, scan_outside
from generators.lstm.keras_backend import Backend, KerasBackend
from generators.lstm.network import Network
from generators.lstm.tiles import has_tiles

tf = pytest.importorskip("tensorflow")

END = 6


def network(layers: int, units: int = 12) -> Network:
    rng = np.random.default_rng(4)
    return Network.initial(frequencies=np.arange(1.0, 8.0), units=units, layers=layers, embedding=5, rng=rng)


def tape() -> Tape:
    rng = np.random.default_rng(5)
    return Tape.of([rng.integers(0, END, n) for n in (40, 1, 0, 95, 17)], end=END, window=8)


def machines(layers: int, *, bfloat16: bool = False, units: int = 12) -> tuple[Backend, Backend]:
    return plain_machine(layers, units), fast_machine(layers, units, bfloat16=bfloat16)


def plain_machine(layers: int, units: int = 12) -> Backend:
    return fresh(*kept_plain(layers, units))


def fast_machine(layers: int, units: int = 12, *, bfloat16: bool = False) -> Backend:
    return fresh(*kept_fast(layers, units, bfloat16))


def fresh(backend: Backend, beginning: dict[str, np.ndarray]) -> Backend:
    """The backend as it was made; what TensorFlow has compiled for it stays, which takes most of the time."""
    backend.restore(beginning)
    return backend


@cache
def kept_plain(layers: int, units: int) -> tuple[Backend, dict[str, np.ndarray]]:
    made = KerasBackend(network(layers, units), batch=3)
    return made, made.snapshot()


@cache
def kept_fast(layers: int, units: int, bfloat16: bool) -> tuple[Backend, dict[str, np.ndarray]]:
    made = FastBackend(network(layers, units), batch=3, bfloat16=bfloat16)
    return made, made.snapshot()


@cache
def expected_gradients(layers: int, units: int) -> list[np.ndarray]:
    return gradients(plain_machine(layers, units))


def gradients(backend: Backend) -> list[np.ndarray]:
    """Gradients of the second window's loss, whose state is that after the first."""
    first, second = ([tf.constant(values) for values in window] for window in islice(tape().windows(3), 2))
    _, state = forward(backend, first, backend._zero_state(3))

    def found() -> list:
        with tf.GradientTape() as recorded:
            total, _ = backend._forward(*second, state, training=True)
        return [tf.convert_to_tensor(g) for g in recorded.gradient(total, backend._variables)]

    return [np.asarray(g) for g in tf.function(found)()]


def forward(backend: Backend, window: list, state: list) -> tuple:
    """Loss and state after a window, computed as in training: inside a compiled function."""
    return tf.function(lambda: backend._forward(*window, state, training=False))()


@pytest.mark.parametrize("layers", [1, 2])
def test_gradients_are_those_of_keras(layers: int) -> None:
    fast = fast_machine(layers)
    weights = [name for name in network(layers).arrays() if name != "hard_gates"]  # a choice, which has no gradient
    for name, expected, found in zip(weights, expected_gradients(layers, 12), gradients(fast), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("layers", [1, 2])
def test_bits_and_updates_are_those_of_keras(layers: int) -> None:
    plain, fast = machines(layers)
    assert fast.bits(tape()) == pytest.approx(plain.bits(tape()), abs=1e-5)
    for window in islice(tape().windows(3), 5):
        assert float(fast.update(window, 1e-3)) == pytest.approx(float(plain.update(window, 1e-3)), abs=1e-4)
    for expected, found in zip(plain.weights(), fast.weights(), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.mark.parametrize("units", [12, 32], ids=["inside TensorFlow", "on tiles where there are any"])
@pytest.mark.parametrize("layers", [1, 2])
def test_bfloat16_products_come_close(layers: int, units: int) -> None:
    for expected, found in zip(
        expected_gradients(layers, units), gradients(fast_machine(layers, units, bfloat16=True)), strict=True
    ):
        assert np.linalg.norm(found - expected) < 0.03 * np.linalg.norm(expected)
    plain, fast = machines(layers, bfloat16=True, units=units)
    assert fast.bits(tape()) == pytest.approx(plain.bits(tape()), rel=0.01)
    for window in islice(tape().windows(3), 8):
        assert float(fast.update(window, 1e-2)) == pytest.approx(float(plain.update(window, 1e-2)), rel=0.01)


def test_tiles_are_used_where_there_are_any() -> None:
    scans = FastBackend(network(1, 32), batch=3, bfloat16=True)._scans
    assert (scans[0].func is scan_outside) == has_tiles()
    assert FastBackend(network(1, 12), batch=3, bfloat16=True)._scans[0].func is scan_inside
    assert FastBackend(network(1, 32), batch=3, bfloat16=False)._scans[0].func is scan_outside


@pytest.mark.parametrize("layers", [1, 2])
def test_numpy_scores_as_the_machines_do(layers: int) -> None:
    """The mean loss of a document is what the numpy steps give."""
    made = network(layers)
    symbols = np.random.default_rng(1).integers(0, END, 20)  # three windows, so that the two of warm-up reach the start
    single = Tape.of([symbols], end=END, window=8)
    state, total = made.step(made.zero_state(1), np.array([END])), 0.0
    for symbol in [*symbols, END]:
        total -= np.log2(made.probs(state.hidden[-1])[0, symbol])
        state = made.step(state, np.array([symbol]))
    for backend in (
        KerasBackend(made, batch=1),
        FastBackend(made, batch=1, bfloat16=False),
    ):
        assert backend.bits(single) == pytest.approx(total / 21, abs=1e-5)


def test_a_mask_keeps_the_expectation() -> None:
    backend = FastBackend(network(1), batch=3, bfloat16=False)
    mask = np.asarray(backend._mask((100, 100), 0.25))
    assert set(np.unique(mask)) == {np.float32(0), np.float32(1 / 0.75)}
    assert mask.mean() == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("dropped", [{"dropout": 0.5}, {"weight_drop": 0.5}])
def test_dropping_changes_training_and_nothing_else(dropped: dict[str, float]) -> None:
    window = next(tape().windows(3))
    whole = fast_machine(1)
    one, same = (FastBackend(network(1), batch=3, seed=7, bfloat16=False, **dropped) for _ in range(2))
    assert one.bits(tape()) == pytest.approx(whole.bits(tape()), abs=1e-6)
    loss = float(one.update(window, 1e-3))
    assert loss == float(same.update(window, 1e-3))
    assert abs(loss - float(whole.update(window, 1e-3))) > 1e-4


def test_a_document_start_empties_the_state() -> None:
    fast = fast_machine(1)
    window = next(tape().windows(3))
    full = [tf.ones_like(values) for values in fast._zero_state(3)]
    reset = window._replace(keep=np.zeros(3, np.float32))
    kept = window._replace(keep=np.ones(3, np.float32))
    empty = forward(fast, [*reset], fast._zero_state(3))[0]
    assert float(forward(fast, [*reset], full)[0]) == pytest.approx(float(empty))
    assert abs(float(forward(fast, [*kept], full)[0]) - float(empty)) > 1e-3


def test_bfloat16_is_read_from_the_processor(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    assert not has_bfloat16(cpuinfo)
    cpuinfo.write_text("model name : some avx512_bf16\nflags\t\t: fpu avx512f\n")
    assert not has_bfloat16(cpuinfo)
    cpuinfo.write_text("flags\t\t: fpu avx512f avx512_bf16\n")
    assert has_bfloat16(cpuinfo)
