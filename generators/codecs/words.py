"""Text as words that carry their leading space, so that joining the tokens gives the text back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from generators.base import Floats, Symbols
from generators.ngram.kneser_ney import KneserNey
from generators.sequence import CharCodec

_TOKEN = re.compile(r" ?[^\W\d_]+(?:['\u2019][^\W\d_]+)*| ?\d+| ?(?:[^\w\s]|_|[^\W\D])+|\s+(?= \S)|\s+")
_SPELLING_ORDER = 5


def tokenize(text: str) -> list[str]:
    """Splits a text into words, numbers and runs of punctuation, each with the space before it, and runs of white space.

    >>> tokenize("It was  1928, they say.")
    ['It', ' was', ' ', ' 1928', ',', ' they', ' say', '.']
    """
    return _TOKEN.findall(text)


class WordCodec:
    """One symbol a token of the training text, in code-point order, and a last one for every other token.

    A token that never occurred in training has the probability of the unknown symbol times that of its spelling, under a character
    model of the training vocabulary.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.vocabulary = list(vocabulary)
        self.unknown = len(self.vocabulary)
        self.n_symbols = self.unknown + 1
        self._symbols = {token: i for i, token in enumerate(self.vocabulary)}
        self._characters = CharCodec.of(self.vocabulary)
        self.n_characters = self._characters.n_symbols
        self._spelling: KneserNey | None = None

    @classmethod
    def of(cls, documents: Sequence[str]) -> WordCodec:
        """The codec of all tokens that occur in documents."""
        return cls(sorted(set().union(*(tokenize(text) for text in documents))))

    def encode(self, text: str) -> Symbols:
        return np.array([self._symbol(token) for token in tokenize(text)], dtype=np.int64)

    def decode(self, symbols: Symbols) -> str:
        return "".join([self.vocabulary[symbol] for symbol in symbols])

    def symbol_lengths(self) -> Symbols:
        return np.array([*map(len, self.vocabulary), 1], dtype=np.int64)

    def per_character(self, text: str, log2_probs: Floats) -> Floats:
        tokens = tokenize(text)
        total = log2_probs.copy()
        unknown = [i for i, token in enumerate(tokens) if token not in self._symbols]
        total[unknown] += self.spelling_log2_probs(tokens[i] for i in unknown)
        lengths = np.array([*map(len, tokens), 1], dtype=np.int64)
        return np.repeat(total / lengths, lengths)

    def spelling_log2_probs(self, tokens: Iterable[str]) -> Floats:
        """Log2 probability of each token's spelling; -inf where a character never occurred in training."""
        encoded = [np.append(self._characters.encode(token), self._characters.n_symbols) for token in tokens]
        possible = [i for i, symbols in enumerate(encoded) if symbols.min() >= 0]
        result = np.full(len(encoded), -np.inf)
        if possible:
            probs = self._speller().probs_along(np.concatenate([encoded[i] for i in possible]))
            starts = np.cumsum([0, *(len(encoded[i]) for i in possible[:-1])])
            result[possible] = np.add.reduceat(np.log2(probs), starts)
        return result

    def _symbol(self, token: str) -> int:
        """The symbol of a token, -1 where it cannot even be spelled."""
        found = self._symbols.get(token)
        if found is not None:
            return found
        return self.unknown if self._characters.encode(token).min() >= 0 else -1

    def _speller(self) -> KneserNey:
        """The character model of the vocabulary, each token once; estimated when first asked for."""
        if self._spelling is None:
            n = self._characters.n_symbols
            encoded = [self._characters.encode(token) for token in self.vocabulary]
            self._spelling = KneserNey.fit(encoded, order=_SPELLING_ORDER, n_symbols=n)
        return self._spelling
