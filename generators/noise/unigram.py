"""The noise that knows how often each character occurs, and nothing of their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError
from generators.base import Progress, silent
from generators.noise.uniform import IndependentSymbols, restored_codec
from generators.sequence import CharCodec, texts_to_learn_from


class Unigram(IndependentSymbols):
    """Characters, and the end of the document, as often as in the training text, independently of each other."""

    name = "unigram"
    summary = "characters as frequent as in the training text, in no order"

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        texts = texts_to_learn_from(documents, self.name)
        codec = CharCodec.of(texts)
        counts = np.zeros(codec.n_symbols + 1, np.int64)
        for text in texts:
            counts += np.bincount(codec.encode(text), minlength=len(counts))
        counts[-1] = len(texts)
        self._use(codec, counts)
        return self

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"alphabet": self.codec.points, "counts": self._counts}

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        codec = restored_codec(arrays)
        counts = arrays.get("counts", np.empty(0))
        if counts.shape != (codec.n_symbols + 1,) or counts.dtype.kind != "i" or counts.min() < 1:
            raise ModelError("The saved counts do not belong to the alphabet.", remedy="Train and save the model again.")
        self._use(codec, counts)

    def _use(self, codec: CharCodec, counts: NDArray[np.int64]) -> None:
        self.codec = codec
        self._counts = counts
        self._probs = counts / counts.sum()
