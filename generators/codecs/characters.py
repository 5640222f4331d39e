"""Encodes text as one symbol a character: `CharCodec`, and the conversion between text and code points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError
from evalkit.matching.encoding import N_CODE_POINTS, code_points
from generators.base import Floats, Symbols

MAX_CODE_POINT = N_CODE_POINTS - 1
_LARGEST_SAVED_NUMBER = 2**40


class CharCodec:
    """One symbol a character, in code-point order, and on request a last one, the unknown symbol, for all characters outside the alphabet.

    The unknown symbol stands for a class of characters. A text says which of them it has, so each costs the bits of the class and those of the
    choice within it: all code points outside the alphabet are equally likely. That spreads the probability of the class over all of them, and
    depends on no version of Unicode.

    Args:
        alphabet: distinct characters in code-point order.
        unknown: whether there is an unknown symbol; without one, characters outside the alphabet are impossible.

    >>> CharCodec.of(["abba"]).encode("abc").tolist()
    [0, 1, -1]
    >>> CharCodec.of(["abba"], unknown=True).encode("abc").tolist()
    [0, 1, 2]
    """

    def __init__(self, alphabet: str, *, unknown: bool = False) -> None:
        self.alphabet = alphabet
        self.n_characters = len(alphabet)
        self.unknown = len(alphabet) if unknown else None
        self.n_symbols = len(alphabet) + unknown
        self.points = code_points(alphabet)
        # One entry more than the highest code point: `encode` sends every higher one there, where it finds what is outside the alphabet.
        self._symbols = np.full(int(self.points.max(initial=0)) + 2, -1 if self.unknown is None else self.unknown, np.int64)
        self._symbols[self.points] = np.arange(len(alphabet))

    @classmethod
    def of(cls, documents: Sequence[str], *, unknown: bool = False) -> CharCodec:
        """The codec of all characters that occur in documents."""
        return cls("".join(sorted(set().union(*documents))), unknown=unknown)

    @property
    def bits_within_unknown(self) -> float:
        """Bits that say which character an unknown symbol stands for: log2 of the number of code points outside the alphabet, 20.1."""
        return float(np.log2(max(N_CODE_POINTS - self.n_characters, 1)))

    def encode(self, text: str) -> Symbols:
        return self._symbols[np.minimum(code_points(text), len(self._symbols) - 1)]

    def decode(self, symbols: Symbols) -> str:
        return text_of(self.points[symbols])

    def symbol_lengths(self) -> Symbols:
        return np.ones(self.n_symbols, np.int64)

    def per_character(self, text: str, log2_probs: Floats) -> Floats:
        if self.unknown is None:
            return log2_probs
        return log2_probs - self.bits_within_unknown * np.append(self.encode(text) == self.unknown, False)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `restored` needs: the alphabet."""
        return {"alphabet": self.points}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]], *, unknown: bool = False) -> CharCodec:
        """The codec of a saved alphabet; the unknown symbol is not part of what is saved.

        Raises:
            ModelError: when it is not a list of distinct code points in order.
        """
        points = arrays.get("alphabet", np.empty(0))
        if not is_alphabet(points) or not len(points):
            raise ModelError("The saved alphabet is not a list of distinct characters.", remedy="Train and save the model again.")
        return cls(text_of(points), unknown=unknown)


def text_of(points: NDArray[np.uint32]) -> str:
    """The text of code points."""
    return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def is_alphabet(points: NDArray[Any]) -> bool:
    """Whether a saved array lists distinct code points in ascending order; an empty list does."""
    listed = points.ndim == 1 and points.dtype.kind == "u"
    return listed and bool(points.max(initial=0) <= MAX_CODE_POINT) and not (points[1:] <= points[:-1]).any()


def is_whole_numbers(values: NDArray[Any]) -> bool:
    """Whether a saved array is a list of whole numbers from 0, none so large that a later sum could overflow."""
    listed = values.ndim == 1 and values.dtype.kind in "ui"
    return listed and bool(values.min(initial=0) >= 0) and bool(values.max(initial=0) <= _LARGEST_SAVED_NUMBER)


def split_at(text: str, lengths: NDArray[Any]) -> list[str]:
    """The pieces of a text that have these lengths, one after the other.

    >>> split_at("theold", np.array([3, 3]))
    ['the', 'old']
    """
    ends = np.cumsum(lengths, dtype=np.int64)
    return [text[end - n : end] for end, n in zip(ends.tolist(), lengths.tolist(), strict=True)]
