"""Lays documents on one circular tape, which many streams read in parallel for truncated back-propagation through time: `Tape`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from generators.base import Symbols

Int32 = NDArray[np.int32]


class Window(NamedTuple):
    """One update's input: `inputs`, `targets` and `weights` are [streams x window]; `keep` [streams] is 0 where a document starts."""

    inputs: Int32
    targets: Int32
    weights: NDArray[np.float32]
    keep: NDArray[np.float32]


@dataclass(frozen=True)
class Tape:
    """Windows in reading order; every document starts a window, and the unused rest of its last window has weight 0.

    A document of n characters has n + 1 targets: its characters and its end. The input before the first character is the end symbol, read
    from a zero state, so that a document begins in the same way in training, in scoring and in sampling.

    Args:
        inputs: [n_windows x window].
        targets: [n_windows x window].
        weights: [n_windows x window], 1 or 0.
        keep: [n_windows], 0 where the state is zero before the window.
    """

    inputs: Int32
    targets: Int32
    weights: NDArray[np.float32]
    keep: NDArray[np.float32]

    @classmethod
    def of(cls, documents: Sequence[Symbols], *, end: int, window: int) -> Tape:
        """The tape of encoded documents in the order given; unknown symbols (below 0) are read as the end and have weight 0."""
        pieces: list[Window] = []
        for symbols in documents:
            targets = np.append(symbols, end)
            pad = -len(targets) % window
            scored = targets >= 0
            targets = np.where(scored, targets, end)
            inputs = np.concatenate([[end], targets[:-1]])
            keep = np.ones((len(targets) + pad) // window)
            keep[0] = 0.0
            rows = [np.pad(values, (0, pad)).reshape(-1, window) for values in (inputs, targets, scored)]
            pieces.append(
                Window(rows[0].astype(np.int32), rows[1].astype(np.int32), rows[2].astype(np.float32), keep.astype(np.float32))
            )
        return cls(*(np.concatenate(column) for column in zip(*pieces, strict=True)))

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def n_targets(self) -> int:
        """Targets of weight 1."""
        return int(self.weights.sum())

    def windows(self, n_streams: int, *, start: int = 0) -> Iterator[Window]:
        """Windows without end: stream b begins at b / n_streams of the tape and reads around the circle.

        A stream that reaches the place where its neighbour began arrives there with the state of all that it has read. So only the very first
        window of a stream meets the middle of a document with an empty state.

        Args:
            n_streams: streams in parallel, at most the number of windows.
            start: windows already read.
        """
        firsts = np.arange(n_streams) * len(self) // n_streams
        while True:
            yield self._rows((firsts + start) % len(self))
            start += 1

    def once(self, n_streams: int, *, at_most: int, warm_up: int = 2) -> Iterator[Window]:
        """Windows to measure on, each at most once; every stream first reads `warm_up` windows of weight 0, so that it has a state.

        Args:
            n_streams: streams in parallel.
            at_most: windows to count, approximately; of a longer tape each stream reads only the beginning of its part.
            warm_up: windows that only prepare the state.

        """
        bounds = np.arange(n_streams + 1) * len(self) // n_streams
        n_rows = min(int(np.diff(bounds).max()), max(1, at_most // n_streams))
        for k in range(-warm_up, n_rows):
            rows = self._rows((bounds[:-1] + k) % len(self))
            counted = (k >= 0) & (bounds[:-1] + k < bounds[1:])
            yield rows._replace(weights=rows.weights * counted[:, None].astype(np.float32))

    def _rows(self, at: NDArray[np.int64]) -> Window:
        return Window(self.inputs[at], self.targets[at], self.weights[at], self.keep[at])
