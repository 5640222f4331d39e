"""Finds words that are spelt as no training document spells any: `WrittenWords` of passages, and `DocumentWords` of a corpus.

A corpus is counted by document, so that a document's words can be looked for in the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evalkit._util.entries import Arrays, as_array, as_words
from evalkit.matching.encoding import Mask, Positions, code_points
from evalkit.text.canonical import fold
from evalkit.text.tokenize import pattern, without_numerals, without_possessive

SHORTEST = 4
"""Letters of the words that are looked for. Shorter ones are known too often by accident, and are parts of phrases of other languages."""
_JOINERS = ("'", "-", "\u2010", "\u2011")
"""Marks beside a word that make it a part of another, or an elided form: o', 'tis, goin', al-."""


@dataclass(frozen=True)
class WrittenWords:
    """Every word of some passages in order, and whether it is written so that it could be misspelt.

    Args:
        names: the distinct words, case folded and without a possessive 's.
        item: place of each word in `names`, [words].
        passage: of each word, [words].
        is_plain: whether a word has four letters or more, all of them small, stands alone, and neither begins nor ends its passage, where it may
            be cut. None is in a passage without a capital: names cannot be told there, nor in scripts that have no capitals. [words].
        is_single: whether the passage has the word only once, [words].
    """

    names: tuple[str, ...]
    item: Positions
    passage: Positions
    is_plain: Mask
    is_single: Mask

    @classmethod
    def of(cls, texts: Sequence[str]) -> WrittenWords:
        """The words of passages in canonical form.

        >>> found = WrittenWords.of(["The keepr said: o' the well-known Ilmouth lamp"])
        >>> [found.names[i] for i in found.item[found.is_plain]]
        ['keepr', 'said']
        """
        numbers: dict[str, int] = {}
        parts = [_written(text, numbers) for text in texts]
        written = np.concatenate([np.zeros(0, np.int64), *(part[0] for part in parts)])
        passage = np.repeat(np.arange(len(texts)), [len(part[0]) for part in parts])
        # Few words differ, so each is folded and looked at once.
        stems = [without_possessive(fold(name)) for name in numbers]
        names = {stem: i for i, stem in enumerate(dict.fromkeys(stems))}
        item = np.array([names[stem] for stem in stems], np.int64)[written]
        is_plain = np.array([name.islower() and _is_long(stem) for name, stem in zip(numbers, stems, strict=True)], bool)[written]
        has_capital = np.array([name != name.lower() for name in numbers], bool)[written]
        is_plain &= np.concatenate([np.zeros(0, bool), *(part[1] for part in parts)])
        is_plain &= (np.bincount(passage[has_capital], minlength=len(texts)) > 0)[passage]
        key, occurrences = np.unique(passage * len(names) + item, return_inverse=True, return_counts=True)[1:]
        return cls(tuple(names), item, passage, is_plain, occurrences[key] == 1)

    def between_known(self, unknown: Mask) -> Mask:
        """Whether each plain word stands between two words that are known, [words].

        Unknown words beside each other are phrases of another language or of another time; a misspelt word stands alone.
        """
        beside = np.zeros(len(unknown), bool)
        beside[1:] |= unknown[:-1]
        beside[:-1] |= unknown[1:]
        return np.asarray(self.is_plain & ~beside)


def _is_long(stem: str) -> bool:
    return len(stem) >= SHORTEST and "'" not in stem and not stem[0].isdecimal()


def _written(text: str, numbers: dict[str, int]) -> tuple[Positions, Mask]:
    """The number of each word as it is written, and whether it stands alone and not at an end, each [words]."""
    plain = without_numerals(text)
    matches = list(pattern(plain).finditer(plain))
    written = np.fromiter((numbers.setdefault(match[0], len(numbers)) for match in matches), np.int64, len(matches))
    places = np.array([match.span() for match in matches], np.int64).reshape(-1, 2)
    joins = np.isin(code_points(f" {plain} "), [ord(mark) for mark in _JOINERS])
    alone = ~(joins[places[:, 0]] | joins[places[:, 1] + 1])
    alone[:1], alone[-1:] = False, False
    return written, alone


class DocumentWords:
    """Which documents of a corpus have each word.

    Args:
        names: the corpus's words.
        pairs: of a word's number and a document that has it, each as the word times the number of documents plus the document, ascending.
        n_documents: of the corpus.
    """

    def __init__(self, names: Sequence[str], pairs: Positions, n_documents: int) -> None:
        self._pairs, self.n_documents = pairs, n_documents
        self._numbers = {name: number for number, name in enumerate(names)}

    @classmethod
    def of(cls, written: WrittenWords, n_documents: int) -> DocumentWords:
        """The words of documents, one passage each."""
        return cls(written.names, np.unique(written.item * max(1, n_documents) + written.passage), n_documents)

    def arrays(self) -> Arrays:
        """The words and their documents as arrays, from which `restored` makes them again."""
        return {"names": as_array(self._numbers), "pairs": self._pairs, "documents": np.array(self.n_documents)}

    @classmethod
    def restored(cls, arrays: Arrays) -> DocumentWords:
        """What `arrays` gave."""
        return cls(as_words(arrays["names"]), arrays["pairs"], int(arrays["documents"]))

    @cached_property
    def _places(self) -> tuple[Positions, Positions]:
        """The word and the document of every pair of them."""
        return np.divmod(self._pairs, max(1, self.n_documents))

    def numbers(self, written: WrittenWords) -> Positions:
        """The number of each word that a corpus has, -1 for others, [words]."""
        numbers = np.fromiter((self._numbers.get(name, -1) for name in written.names), np.int64, len(written.names))
        return numbers[written.item]

    def stand_in(self, numbers: Positions, documents: Positions) -> Mask:
        """Whether each word stands in a document, [words]."""
        if not len(self._pairs):
            return np.zeros(len(numbers), bool)
        wanted = numbers * max(1, self.n_documents) + documents
        return np.asarray(
            (numbers >= 0) & (self._pairs[np.minimum(np.searchsorted(self._pairs, wanted), len(self._pairs) - 1)] == wanted)
        )

    def are_known(self, numbers: Positions, trained: Mask, own: NDArray[np.bool_] | None = None) -> Mask:
        """Whether each word stands in a training document, [words].

        Args:
            numbers: of the words.
            trained: whether each document is a training document, [documents].
            own: whether the word's own document, which does not count, is a training document that has it, [words].
        """
        word, document = self._places
        n_documents = np.bincount(word, trained[document], minlength=len(self._numbers) + 1)
        found = np.where(numbers >= 0, n_documents[numbers], 0)
        return np.asarray(found > (0 if own is None else own))
