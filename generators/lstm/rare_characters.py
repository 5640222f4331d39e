"""Estimates the unknown symbol of an LSTM from the characters that training showed once: `RareCharacters`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError
from generators.base import Floats, Symbols
from generators.codecs.characters import CharCodec
from generators.codecs.words import SpelledCodec

_HAPAXES, _TARGETS = "hapaxes", "targets"
"""Names of the saved arrays."""


@dataclass(frozen=True, kw_only=True)
class RareCharacters:
    """What an LSTM knows of characters that it has never seen.

    Characters that occur once in a text are about as many as new ones in another text of its length (Good 1953). So the unknown symbol is in
    each context as probable as all of these together are for the network, and no less probable than one symbol of the whole training text; the
    distribution of all symbols is scaled to sum to 1. The network reads the symbol as the mean of their vectors. It is trained as before,
    and so samples are those of a network without the symbol.

    Args:
        hapaxes: symbols of the characters that occur once in the training text; may be empty.
        n_characters: size of the alphabet, the first symbols of the codec.
        n_targets: symbols and ends of documents in the training text.
    """

    hapaxes: Symbols
    n_characters: int
    n_targets: int

    @classmethod
    def of(cls, texts: Sequence[str], codec: CharCodec | SpelledCodec, *, n_targets: int) -> Self:
        """Those of a training text."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(text)
        once = "".join(sorted(character for character, n in counts.items() if n == 1))
        return cls(hapaxes=CharCodec(codec.alphabet).encode(once), n_characters=codec.n_characters, n_targets=n_targets)

    @property
    def read_as(self) -> Symbols:
        """The symbols whose mean the network reads in place of the unknown one: the rare characters, or all where none is rare."""
        return self.hapaxes if len(self.hapaxes) else np.arange(self.n_characters)

    def log_odds(self, log_probs: Floats) -> Floats:
        """The natural logarithm of the unknown symbol's weight, [n], where all known symbols together weigh 1.

        Args:
            log_probs: natural logarithms of the network's distributions, [n x V].
        """
        least = np.full(len(log_probs), -np.log(self.n_targets))
        return np.asarray(np.logaddexp.reduce(log_probs[:, self.hapaxes], axis=1, initial=-np.inf).clip(min=least))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `restored` needs."""
        return {_HAPAXES: self.hapaxes.astype(np.uint32), _TARGETS: np.array([self.n_targets], np.uint64)}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]], codec: CharCodec | SpelledCodec) -> Self | None:
        """Those of a saved model; None where it was saved before there was an unknown symbol.

        Raises:
            ModelError: when they are not those of the alphabet.
        """
        if _HAPAXES not in arrays and _TARGETS not in arrays:
            return None
        hapaxes, targets = (arrays.get(name, np.empty(0)) for name in (_HAPAXES, _TARGETS))
        listed = hapaxes.ndim == 1 and hapaxes.dtype.kind == "u" and targets.shape == (1,) and targets.dtype.kind == "u"
        if not listed or not targets[0] or int(hapaxes.max(initial=0)) >= codec.n_characters:
            raise ModelError(
                "The rare characters of the saved LSTM are not those of its alphabet.", remedy="Train and save it again."
            )
        return cls(hapaxes=hapaxes.astype(np.int64), n_characters=codec.n_characters, n_targets=int(targets[0]))
