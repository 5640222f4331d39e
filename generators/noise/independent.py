"""Draws characters independently of each other: `Uniform` and `Unigram`, the noise that marks the far end of the scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError
from generators.base import Decoding, Floats, Progress, Symbols, silent
from generators.sequence import CharCodec, SequenceModel, training_texts


class IndependentSymbols(SequenceModel):
    """Characters, and the end of the document, drawn independently of each other from one distribution."""

    heeds_document_order: ClassVar[bool] = False
    codec: CharCodec
    _probs: Floats
    """Of each character and of the end, [V]."""

    def initial_state(self, n: int) -> int:
        return n

    def next_probs(self, state: int) -> Floats:
        return np.tile(self._probs, (state, 1))

    def advance(self, state: int, symbols: Symbols) -> int:
        return state

    def draw_symbols(self, state: int, uniforms: Floats, decoding: Decoding) -> Symbols:
        # All streams share one distribution, so one cumulative sum and a binary search serve them all.
        cumulative = np.cumsum(decoding.apply(self._probs[None, :])[0])
        return np.asarray(np.searchsorted(cumulative, uniforms * cumulative[-1], side="right"), dtype=np.int64)

    def symbol_log2_prob(self, symbols: Symbols) -> Floats:
        impossible = np.flatnonzero(symbols < 0)
        result = np.log2(self._probs)[symbols]
        if len(impossible):
            result[impossible[0] :] = -np.inf
        return result

    @property
    def scored_given(self) -> str:
        return "nothing"

    def describe(self) -> dict[str, object]:
        return super().describe() | {"alphabet": self.codec.alphabet}


class Uniform(IndependentSymbols):
    """Every character of the training text, and the end of the document, equally often."""

    name = "uniform"
    summary = "characters of the training text, all equally likely"

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        self._use(CharCodec.of(training_texts(documents, self.name)))
        return self

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.codec.arrays()

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        self._use(CharCodec.restored(arrays))

    def _use(self, codec: CharCodec) -> None:
        self.codec = codec
        self._probs = np.full(codec.n_symbols + 1, 1 / (codec.n_symbols + 1))


class Unigram(IndependentSymbols):
    """Characters, and the end of the document, as often as in the training text, independently of each other."""

    name = "unigram"
    summary = "characters as frequent as in the training text, in no order"

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        texts = training_texts(documents, self.name)
        codec = CharCodec.of(texts)
        counts = np.zeros(codec.n_symbols + 1, np.int64)
        for text in texts:
            counts += np.bincount(codec.encode(text), minlength=len(counts))
        counts[-1] = len(texts)
        self._use(codec, counts)
        return self

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {**self.codec.arrays(), "counts": self._counts}

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        codec = CharCodec.restored(arrays)
        counts = arrays.get("counts", np.empty(0))
        if counts.shape != (codec.n_symbols + 1,) or counts.dtype.kind != "i" or counts.min() < 1:
            raise ModelError("The saved counts do not belong to the alphabet.", remedy="Train and save the model again.")
        self._use(codec, counts)

    def _use(self, codec: CharCodec, counts: NDArray[np.int64]) -> None:
        self.codec = codec
        self._counts = counts
        self._probs = counts / counts.sum()
