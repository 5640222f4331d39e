"""The numpy arithmetic of the LSTM, by hand and against Keras's own layers."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.errors import ModelError
from generators.lstm.network import LayerWeights, Network


def small_network(*, layers: int = 2, units: int = 12, n_symbols: int = 7, seed: int = 3) -> Network:
    rng = np.random.default_rng(seed)
    return Network.initial(frequencies=np.ones(n_symbols), units=units, layers=layers, embedding=5, rng=rng)


def test_one_unit_by_hand() -> None:
    """All weights zero but the biases: i = f = o = sigmoid(0) = 1/2, g = tanh(1) = .7616, so c = .3808 and h = tanh(.3808) / 2 = .1817."""
    bias = np.array([0, 0, 1, 0], np.float32)
    layer = LayerWeights(np.zeros((1, 4), np.float32), np.zeros((1, 4), np.float32), bias)
    network = Network(np.zeros((2, 1), np.float32), (layer,), np.zeros((1, 2), np.float32), np.zeros(2, np.float32))
    state = network.step(network.zero_state(1), np.array([0]))
    assert state.cell[0][0, 0] == pytest.approx(np.tanh(1.0) / 2, abs=1e-6)
    assert state.hidden[0][0, 0] == pytest.approx(np.tanh(np.tanh(1.0) / 2) / 2, abs=1e-6)
    # The second step: c = .3808 / 2 + .3808 = .5712
    assert network.step(state, np.array([1])).cell[0][0, 0] == pytest.approx(0.75 * np.tanh(1.0), abs=1e-6)


def test_one_unit_with_hard_gates_by_hand() -> None:
    """As above with gates of clip(.5 + .2 x bias): i = .7, f = 1 (cut off), o = 0 (cut off), g = tanh(1), so c = .7 x .7616 and h = 0."""
    bias = np.array([1, 4, 1, -3], np.float32)
    layer = LayerWeights(np.zeros((1, 4), np.float32), np.zeros((1, 4), np.float32), bias)
    dense = np.zeros((1, 2), np.float32)
    network = Network(np.zeros((2, 1), np.float32), (layer,), dense, np.zeros(2, np.float32), hard_gates=True)
    state = network.step(network.zero_state(1), np.array([0]))
    assert state.cell[0][0, 0] == pytest.approx(0.7 * np.tanh(1.0), abs=1e-6)
    assert state.hidden[0][0, 0] == 0.0
    assert network.step(state, np.array([1])).cell[0][0, 0] == pytest.approx(1.4 * np.tanh(1.0), abs=1e-6)


def test_layers_may_differ_in_size() -> None:
    small, large = small_network(layers=1, units=6), small_network(layers=1, units=9)
    second = LayerWeights(np.ones((6, 36), np.float32), *large.layers[0][1:])
    network = Network(small.embedding, (small.layers[0], second), large.dense, large.dense_bias)
    state = network.step(network.zero_state(2), np.array([0, 3]))
    assert [values.shape for values in state.hidden] == [(2, 6), (2, 9)]
    assert Network.of(network.arrays()).probs(state.hidden[-1]).shape == (2, 7)


@pytest.mark.parametrize("layers", [1, 2])
def test_steps_agree_with_keras(layers: int) -> None:
    keras = pytest.importorskip("keras")
    network = small_network(layers=layers)
    symbols = np.random.default_rng(0).integers(0, 7, (3, 20))
    values = network.embedding[symbols]
    for weights in network.layers:
        layer = keras.layers.LSTM(12, return_sequences=True)
        layer.build(values.shape)
        layer.set_weights(list(weights))
        values = np.asarray(layer(values))
    state = network.zero_state(3)
    for t in range(20):
        state = network.step(state, symbols[:, t])
        np.testing.assert_allclose(state.hidden[-1], values[:, t], atol=1e-6)


def test_probabilities_sum_to_one_and_agree_with_their_logarithms() -> None:
    network = small_network()
    hidden = np.random.default_rng(1).normal(size=(50, 12)).astype(np.float32)
    probs = network.probs(hidden)
    np.testing.assert_allclose(probs.sum(axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(network.log_probs(hidden), np.log(probs), atol=1e-12)


def test_a_symbol_that_is_only_read_changes_no_other() -> None:
    network = small_network()
    reader = network.with_input(network.embedding[2])
    states = [n.step(n.zero_state(3), np.array(symbols)) for n, symbols in ((network, [0, 5, 2]), (reader, [0, 5, 7]))]
    for before, after in zip(states[0].hidden, states[1].hidden, strict=True):
        np.testing.assert_array_equal(before[:2], after[:2])
        np.testing.assert_allclose(before[2], after[2], atol=1e-6)  # it is read as symbol 2
    assert reader.probs(states[1].hidden[-1]).shape == (3, 7)


def test_recurrent_blocks_begin_orthogonal_and_the_output_at_the_frequencies() -> None:
    network = Network.initial(frequencies=np.array([1.0, 3.0]), units=8, layers=1, embedding=3, rng=np.random.default_rng(0))
    block = network.layers[0].recurrent[:, 8:16]
    np.testing.assert_allclose(block @ block.T, np.eye(8), atol=1e-5)
    np.testing.assert_allclose(network.probs(np.zeros((1, 8), np.float32)), [[0.25, 0.75]], atol=1e-6)


def test_arrays_round_trip() -> None:
    network = small_network()
    again = Network.of(network.arrays())
    assert network.n_parameters == sum(a.size for a in again.flat)
    for name, values in network.arrays().items():
        np.testing.assert_array_equal(values, again.arrays()[name])


@pytest.mark.parametrize("damage", ["missing", "none", "shape"])
def test_damaged_arrays_are_refused(damage: str) -> None:
    arrays = dict(small_network().arrays())
    if damage == "missing":
        del arrays["bias_1"]
    elif damage == "none":
        arrays = {}
    else:
        arrays["kernel_1"] = arrays["kernel_1"][:-1]
    with pytest.raises(ModelError):
        Network.of(arrays)
