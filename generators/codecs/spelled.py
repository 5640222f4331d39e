"""Text as the most frequent words, and every other word letter by letter: a bounded vocabulary that can still write anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError
from generators.base import Floats, Symbols
from generators.codecs.words import tokenize
from generators.sequence import CharCodec, code_points, text_of


class SpelledCodec:
    """One symbol a character, then one a frequent token; a token outside the vocabulary is spelled.

    A text's likelihood is that of this one way to write it, so bits per character are an upper bound: the model gives some probability to
    spelling a frequent word, too.

    Args:
        alphabet: all characters, in code-point order.
        words: tokens of two characters or more, each with the space before it.
    """

    def __init__(self, alphabet: str, words: Sequence[str]) -> None:
        self.characters = CharCodec(alphabet)
        self.n_characters = len(alphabet)
        self.words = list(words)
        self.n_symbols = len(alphabet) + len(self.words)
        self._symbols = {word: len(alphabet) + i for i, word in enumerate(self.words)}
        self._texts = [*alphabet, *self.words]

    @classmethod
    def of(cls, documents: Sequence[str], *, most: int) -> SpelledCodec:
        """The codec of all characters and of the most frequent tokens in documents, those seen once left out."""
        counts: Counter[str] = Counter()
        for text in documents:
            counts.update(token for token in tokenize(text) if len(token) > 1)
        ranked = sorted((-n, token) for token, n in counts.items() if n > 1)
        return cls(CharCodec.of(documents).alphabet, [token for _, token in ranked[:most]])

    def encode(self, text: str) -> Symbols:
        pieces = [self._piece(token) for token in tokenize(text)]
        return np.concatenate(pieces) if pieces else np.empty(0, np.int64)

    def decode(self, symbols: Symbols) -> str:
        return "".join([self._texts[symbol] for symbol in symbols])

    def symbol_lengths(self) -> Symbols:
        return np.array([len(text) for text in self._texts], dtype=np.int64)

    def per_character(self, text: str, log2_probs: Floats) -> Floats:
        symbols = self.encode(text)
        lengths = np.append(np.where(symbols < 0, 1, self.symbol_lengths()[symbols]), 1)
        return np.repeat(log2_probs / lengths, lengths)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `restored` needs: the alphabet, the words one after the other, and their lengths."""
        lengths = np.array([len(word) for word in self.words], np.uint32)
        return {"alphabet": self.characters.points, "words": code_points("".join(self.words)), "word_lengths": lengths}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> SpelledCodec:
        """The codec of saved arrays.

        Raises:
            ModelError: when they are not those of a vocabulary.
        """
        alphabet, words, lengths = (arrays.get(name, np.empty(0)) for name in ("alphabet", "words", "word_lengths"))
        listed = all(a.ndim == 1 and a.dtype.kind == "u" for a in (alphabet, words, lengths))
        if not listed or lengths.min(initial=2) < 2 or int(lengths.sum(dtype=np.int64)) != len(words):
            raise _damaged()
        if max(alphabet.max(initial=0), words.max(initial=0)) > 0x10FFFF or (alphabet[1:] <= alphabet[:-1]).any():
            raise _damaged()
        text, ends = text_of(words), np.cumsum(lengths, dtype=np.int64)
        tokens = [text[end - n : end] for end, n in zip(ends.tolist(), lengths.tolist(), strict=True)]
        if len(set(tokens)) < len(tokens):
            raise _damaged()
        return cls(text_of(alphabet), tokens)

    def _piece(self, token: str) -> Symbols:
        found = self._symbols.get(token)
        return self.characters.encode(token) if found is None else np.array([found])


def _damaged() -> ModelError:
    return ModelError("The saved vocabulary is not a list of words.", remedy="Train and save the model again.")
