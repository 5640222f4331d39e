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
    scores_any_character = True
    codec: CharCodec
    _probs: Floats
    """Of each character, the unknown symbol and the end, [V]."""
    _known: Floats
    """The same without the unknown symbol, which cannot be written: its probability is 0, and the others have its share in proportion."""

    def initial_state(self, n: int) -> int:
        return n

    def next_probs(self, state: int) -> Floats:
        return np.tile(self._probs, (state, 1))

    def sampling_probs(self, state: int) -> Floats:
        return np.tile(self._known, (state, 1))

    def advance(self, state: int, symbols: Symbols) -> int:
        return state

    def draw_symbols(self, state: int, uniforms: Floats, decoding: Decoding) -> Symbols:
        # All streams share one distribution, so one cumulative sum and a binary search serve them all.
        cumulative = np.cumsum(decoding.apply(self._known[None, :])[0])
        return np.asarray(np.searchsorted(cumulative, uniforms * cumulative[-1], side="right"), dtype=np.int64)

    def symbol_log2_prob(self, symbols: Symbols) -> Floats:
        return np.asarray(np.log2(self._probs)[symbols])

    def _weigh(self, weights: Floats, unknown: float) -> None:
        """Sets the distribution from weights of the known characters and the end, [n_characters + 1], and of the unknown symbol."""
        whole = np.insert(weights, self.codec.n_characters, unknown)
        self._probs = whole / whole.sum()
        self._known = np.insert(weights / weights.sum(), self.codec.n_characters, 0.0)

    @property
    def scored_given(self) -> str:
        return "nothing"

    def describe(self) -> dict[str, object]:
        return super().describe() | {"alphabet": self.codec.alphabet}


class Uniform(IndependentSymbols):
    """Every character of the training text, and the end of the document, equally often.

    Text is scored with one symbol more, just as probable, for all characters that the training text does not have.
    """

    name = "uniform"
    summary = "characters of the training text, all equally likely"

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        self._use(CharCodec.of(training_texts(documents, self.name), unknown=True))
        return self

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.codec.arrays()

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        self._use(CharCodec.restored(arrays, unknown=True))

    def _use(self, codec: CharCodec) -> None:
        self.codec = codec
        self._weigh(np.ones(codec.n_characters + 1), unknown=1.0)


class Unigram(IndependentSymbols):
    """Characters, and the end of the document, as often as in the training text, independently of each other.

    Text is scored with one symbol more, for all characters that the training text does not have. It counts as often as the characters that occur
    once in the training text do together (Good 1953), and at least once.
    """

    name = "unigram"
    summary = "characters as frequent as in the training text, in no order"

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        texts = training_texts(documents, self.name)
        codec = CharCodec.of(texts, unknown=True)
        counts = np.zeros(codec.n_characters + 1, np.int64)
        for text in texts:
            counts += np.bincount(codec.encode(text), minlength=len(counts))
        counts[-1] = len(texts)
        self._use(codec, counts)
        return self

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {**self.codec.arrays(), "counts": self._counts}

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        codec = CharCodec.restored(arrays, unknown=True)
        counts = arrays.get("counts", np.empty(0))
        if counts.shape != (codec.n_characters + 1,) or counts.dtype.kind != "i" or counts.min() < 1:
            raise ModelError("The saved counts do not belong to the alphabet.", remedy="Train and save the model again.")
        self._use(codec, counts)

    def _use(self, codec: CharCodec, counts: NDArray[np.int64]) -> None:
        self.codec = codec
        self._counts = counts
        self._weigh(counts.astype(np.float64), unknown=float(hapaxes(counts[:-1])))


def hapaxes(counts: NDArray[np.int64]) -> int:
    """How many of the counted characters occur once, and at least 1: as often an unknown one is to be expected in as much text (Good 1953)."""
    return max(1, int((counts == 1).sum()))
