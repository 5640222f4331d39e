"""Encodes text as words: `WordCodec` over all words of the training text, `SpelledCodec` over the most frequent ones.

Tokens carry their leading space, so that joining them gives the text back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError
from evalkit.matching.encoding import code_points
from generators.base import Floats, Symbols
from generators.codecs.characters import MAX_CODE_POINT, CharCodec, is_alphabet, is_whole_numbers, split_at, text_of
from generators.ngram.kneser_ney import KneserNey

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
    model of the training vocabulary, which has an unknown symbol for characters outside the alphabet. So bits per character stay comparable with
    those of character models.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.vocabulary = list(vocabulary)
        self.unknown = len(self.vocabulary)
        self.n_symbols = self.unknown + 1
        self._symbols = {token: i for i, token in enumerate(self.vocabulary)}
        self._characters = CharCodec.of(self.vocabulary, unknown=True)
        self.alphabet = self._characters.alphabet
        self.n_characters = self._characters.n_characters
        self._spelling: KneserNey | None = None

    @classmethod
    def of(cls, documents: Sequence[str]) -> WordCodec:
        """The codec of all tokens that occur in documents."""
        return cls(sorted(set().union(*(tokenize(text) for text in documents))))

    def encode(self, text: str) -> Symbols:
        return np.array([self._symbols.get(token, self.unknown) for token in tokenize(text)], dtype=np.int64)

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
        """Log2 probability of each token's spelling, its end included."""
        spelled = list(tokens)
        if not spelled:
            return np.empty(0)
        symbols = np.concatenate([np.append(self._characters.encode(token), self._characters.n_symbols) for token in spelled])
        log2_probs = np.log2(self._speller().probs_along(symbols))
        log2_probs[symbols == self._characters.unknown] -= self._characters.bits_within_unknown
        starts = np.cumsum([0, *(len(token) + 1 for token in spelled[:-1])])
        return np.asarray(np.add.reduceat(log2_probs, starts))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `restored` needs: the tokens one after the other, and their lengths."""
        lengths = np.array([len(token) for token in self.vocabulary], np.uint32)
        return {"vocabulary": code_points("".join(self.vocabulary)), "lengths": lengths}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> WordCodec:
        """The codec of saved arrays.

        Raises:
            ModelError: when they are not those of a vocabulary.
        """
        points, lengths = (arrays.get(name, np.empty(0)) for name in ("vocabulary", "lengths"))
        if not (is_whole_numbers(points) and is_whole_numbers(lengths)):
            raise _damaged()
        if lengths.min(initial=1) < 1 or lengths.sum() != len(points) or points.max(initial=0) > MAX_CODE_POINT:
            raise _damaged()
        vocabulary = split_at(text_of(points.astype(np.uint32)), lengths)
        if not vocabulary or len(set(vocabulary)) < len(vocabulary):
            raise _damaged()
        return cls(vocabulary)

    def _speller(self) -> KneserNey:
        """The character model of the vocabulary, each token once; estimated when first needed."""
        if self._spelling is None:
            encoded = [self._characters.encode(token) for token in self.vocabulary]
            n, unknown = self._characters.n_symbols, self._characters.n_characters
            self._spelling = KneserNey.fit(encoded, order=_SPELLING_ORDER, n_symbols=n, unknown=unknown)
        return self._spelling


class SpelledCodec:
    """One symbol a character, then one a frequent token; a token outside the vocabulary is spelled. The last symbol is the unknown character.

    The vocabulary is bounded, and yet any text over the alphabet can be written. The likelihood of a text is that of this one encoding, so
    bits per character are an upper bound: the model also gives some probability to spelling a frequent word.

    Args:
        alphabet: all characters, in code-point order.
        words: tokens of two characters or more, each with the space before it.
    """

    def __init__(self, alphabet: str, words: Sequence[str]) -> None:
        self.characters = CharCodec(alphabet, unknown=True)
        self.alphabet = alphabet
        self.n_characters = len(alphabet)
        self.words = list(words)
        self.unknown = len(alphabet) + len(self.words)
        self.n_symbols = self.unknown + 1
        self._symbols = {word: len(alphabet) + i for i, word in enumerate(self.words)}
        self._texts = [*alphabet, *self.words]

    @classmethod
    def of(cls, documents: Sequence[str], *, most: int) -> SpelledCodec:
        """The codec of all characters and of the `most` most frequent tokens in documents, without those that occur once."""
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
        return np.array([*map(len, self._texts), 1], dtype=np.int64)

    def per_character(self, text: str, log2_probs: Floats) -> Floats:
        symbols = self.encode(text)
        total = log2_probs - self.characters.bits_within_unknown * np.append(symbols == self.unknown, False)
        lengths = np.append(self.symbol_lengths()[symbols], 1)
        return np.repeat(total / lengths, lengths)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `restored` needs: the alphabet, the words one after the other, and their lengths."""
        lengths = np.array([len(word) for word in self.words], np.uint32)
        return {**self.characters.arrays(), "words": code_points("".join(self.words)), "word_lengths": lengths}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> SpelledCodec:
        """The codec of saved arrays.

        Raises:
            ModelError: when they are not those of a vocabulary.
        """
        alphabet, words, lengths = (arrays.get(name, np.empty(0)) for name in ("alphabet", "words", "word_lengths"))
        listed = all(a.ndim == 1 and a.dtype.kind == "u" for a in (words, lengths))
        if not listed or lengths.min(initial=2) < 2 or int(lengths.sum(dtype=np.int64)) != len(words):
            raise _damaged()
        if not is_alphabet(alphabet) or words.max(initial=0) > MAX_CODE_POINT:
            raise _damaged()
        tokens = split_at(text_of(words), lengths)
        if len(set(tokens)) < len(tokens):
            raise _damaged()
        return cls(text_of(alphabet), tokens)

    def _piece(self, token: str) -> Symbols:
        """The symbols of a token: its own, or those of its characters."""
        symbol = self._symbols.get(token)
        if symbol is not None:
            return np.array([symbol])
        spelled = self.characters.encode(token)
        return np.where(spelled == self.characters.unknown, self.unknown, spelled)


def _damaged() -> ModelError:
    return ModelError("The saved vocabulary is not a list of words.", remedy="Train and save the model again.")
