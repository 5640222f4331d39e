"""The noise that knows nothing but the alphabet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError
from generators.base import Decoding, Floats, Progress, Symbols, silent
from generators.sequence import CharCodec, SequenceModel, text_of, texts_to_learn_from


class IndependentSymbols(SequenceModel):
    """Characters, and the end of the document, drawn independently of each other from one distribution."""

    heeds_document_order: ClassVar[bool] = False
    codec: CharCodec
    _probs: Floats

    def initial_state(self, n: int) -> int:
        return n

    def next_probs(self, state: int) -> Floats:
        return np.tile(self._probs, (state, 1))

    def advance(self, state: int, symbols: Symbols) -> int:
        return state

    def draw_symbols(self, state: int, uniforms: Floats, decoding: Decoding) -> Symbols:
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
        self._use(CharCodec.of(texts_to_learn_from(documents, self.name)))
        return self

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"alphabet": self.codec.points}

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        self._use(restored_codec(arrays))

    def _use(self, codec: CharCodec) -> None:
        self.codec = codec
        self._probs = np.full(codec.n_symbols + 1, 1 / (codec.n_symbols + 1))


def restored_codec(arrays: Mapping[str, NDArray[Any]]) -> CharCodec:
    """The codec of a saved alphabet.

    Raises:
        ModelError: when it is not a list of distinct code points in order.
    """
    points = arrays.get("alphabet", np.empty(0))
    listed = points.ndim == 1 and points.dtype.kind == "u" and len(points) > 0
    if not listed or points[-1] > 0x10FFFF or (points[1:] <= points[:-1]).any():
        raise ModelError("The saved alphabet is not a list of distinct characters.", remedy="Train and save the model again.")
    return CharCodec(text_of(points))
