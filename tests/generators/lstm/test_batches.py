"""Tests how documents are laid out for truncated back-propagation through time."""

from __future__ import annotations

from itertools import islice

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from generators.lstm.batches import Tape

END = 9
DOCUMENTS = st.lists(st.lists(st.integers(0, END - 1), max_size=30), min_size=1, max_size=6)


def test_two_short_documents_by_hand() -> None:
    tape = Tape.of([np.array([1, 2, 3, 4]), np.array([5])], end=END, window=3)
    # The first takes two windows: inputs END 1 2 | 3 4 -, targets 1 2 3 | 4 END -; the second one: inputs END 5 -, targets 5 END -.
    np.testing.assert_array_equal(tape.inputs, [[9, 1, 2], [3, 4, 0], [9, 5, 0]])
    np.testing.assert_array_equal(tape.targets, [[1, 2, 3], [4, 9, 0], [5, 9, 0]])
    np.testing.assert_array_equal(tape.weights, [[1, 1, 1], [1, 1, 0], [1, 1, 0]])
    np.testing.assert_array_equal(tape.keep, [0, 1, 0])


def test_an_unknown_symbol_has_no_weight() -> None:
    tape = Tape.of([np.array([1, -1, 2])], end=END, window=4)
    np.testing.assert_array_equal(tape.weights, [[1, 0, 1, 1]])
    assert tape.inputs.min() >= 0
    assert tape.targets.min() >= 0


@given(documents=DOCUMENTS, window=st.integers(1, 8))
def test_every_symbol_is_a_target_once(documents: list[list[int]], window: int) -> None:
    tape = Tape.of([np.array(d, np.int64) for d in documents], end=END, window=window)
    assert tape.n_targets == sum(len(d) + 1 for d in documents)
    assert tape.targets[tape.weights > 0].tolist() == [symbol for d in documents for symbol in [*d, END]]
    assert int((tape.keep == 0).sum()) == len(documents)


@given(documents=DOCUMENTS, window=st.integers(1, 8), n_streams=st.integers(1, 5))
def test_a_round_of_all_streams_reads_every_window(documents: list[list[int]], window: int, n_streams: int) -> None:
    tape = Tape.of([np.array(d, np.int64) for d in documents], end=END, window=window)
    n_streams = min(n_streams, len(tape))
    rounds = list(islice(tape.windows(n_streams), len(tape)))
    for stream in range(n_streams):
        read = np.sort(np.concatenate([w.targets[stream] for w in rounds]))
        np.testing.assert_array_equal(read, np.sort(tape.targets.ravel()))


@given(documents=DOCUMENTS, window=st.integers(1, 8), n_streams=st.integers(1, 5))
def test_measuring_counts_every_target_once(documents: list[list[int]], window: int, n_streams: int) -> None:
    tape = Tape.of([np.array(d, np.int64) for d in documents], end=END, window=window)
    counted = [w.targets[w.weights > 0] for w in tape.once(min(n_streams, len(tape)), at_most=10**6)]
    assert sorted(np.concatenate(counted).tolist()) == sorted(tape.targets[tape.weights > 0].tolist())


def test_measuring_is_bounded() -> None:
    tape = Tape.of([np.arange(4000) % END], end=END, window=4)
    assert sum(int(w.weights.sum()) for w in tape.once(10, at_most=50)) == 10 * 5 * 4
