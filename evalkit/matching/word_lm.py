"""Models the reference's words and punctuation marks (`WordGrams`, `WordModel`): how much better a word is guessed from the three before it.

The model is an interpolated Witten-Bell model of up to four words (Witten and Bell 1991, method C; Chen and Goodman 1999). The probability
after a long context is smoothed by that after the shorter one: p(w | h) = (n(hw) + T(h) p(w | h')) / (n(h) + T(h)), where n(h) words follow h,
T(h) different ones, and h' is h without its first word. A context that never occurs leaves the probability as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit._util.entries import Arrays, as_array, as_words
from evalkit.matching.encoding import Mask, Positions, ragged_arange
from evalkit.matching.reference_lm import found
from evalkit.text.canonical import fold
from evalkit.text.tokenize import pattern, without_numerals

ORDER = 4
SKIPPED = ORDER - 1
"""Words at the beginning of a passage that are not judged, since their context is unknown."""
BORDER = 4
"""Zeros before each document: as many as the longest context of any model has, that of classes of words too."""
COMMON_BITS = 13.0
"""Words of more bits alone are context only. What is rare depends on what a story is about more than on order: with 13 bits (one of 8,192
words) a text with every 40th word exchanged lies half as far again from human text, in units of how far human texts lie from each other."""
SURPRISING_BITS = 2.0
"""A word surprises that costs so many bits more after the three before it than alone: by them it becomes four times less probable. Of 0 to 3
bits, this limit sees exchanged words and text in pieces from farthest away."""
MOST_JUDGED = 4_000_000
"""Words of the corpus itself that are judged, evenly spaced; all of them are counted for training."""

_COUNTS = ("here", "following", "kinds")

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tokens:
    """The words and punctuation marks of a text in order.

    Args:
        names: each token, case folded, [n].
        start, end: its place in the text, in characters, [n].
    """

    names: list[str]
    start: Positions
    end: Positions

    @classmethod
    def of(cls, text: str) -> Tokens:
        """Splits a canonical text: words are those of the tokenizer, and every other mark and every other number is a token of its own.

        >>> Tokens.of("The lamp, No. 9, wasn't lit.").names
        ['the', 'lamp', ',', 'no', '.', '9', ',', "wasn't", 'lit', '.']
        """
        plain = without_numerals(text).replace("\u201c", '"').replace("\u201d", '"')
        matches = list(re.finditer(rf"{pattern(plain).pattern}|\d+|\S", plain))
        names = [match[0] for match in matches]
        # A text has few different words, and only those beyond ASCII take long to fold.
        folded = {name: name.lower() if name.isascii() else fold(name) for name in set(names)}
        places = np.array([match.span() for match in matches], np.int64).reshape(-1, 2)
        return cls([folded[name] for name in names], places[:, 0], places[:, 1])


@dataclass(frozen=True)
class Level:
    """All n-grams of one order in the corpus.

    The first `n_shared` pairs are those whose context (the n-gram without its last word) another document has too. Only they can change how a
    document is judged by the others, so only they are looked at again for every split. Their n-grams and contexts have numbers of their own.

    Args:
        keys: sorted; an n-gram's id is its rank here. A key is the id of its context times the number of words, plus its last word.
        gram, document, count: every n-gram of every document, by id, and how often it occurs there, [pairs].
        n_shared: number of pairs whose context several documents have.
        shared_gram, shared_context: number of each such pair's n-gram, and of its context in its document, [n_shared].
        context_of_gram: the context of each shared n-gram.
        context_of_pair: the context of each shared context in one document.
        rows, pair: the judged words whose context is shared, and the pair that ends at each of them.
    """

    keys: Ids
    gram: Ids
    document: Ids
    count: Ids
    n_shared: int
    shared_gram: Ids
    shared_context: Ids
    context_of_gram: Ids
    context_of_pair: Ids
    rows: Ids
    pair: Ids

    def weights(self, trained: Mask) -> tuple[Floats, Floats]:
        """By how much each shared n-gram is known, and how much is left to the shorter context, without its own document, [n_shared] each."""
        own = self.count[: self.n_shared] * trained[self.document[: self.n_shared]]
        counts = sums(self.shared_gram, own)
        here = counts[self.shared_gram] - own
        # What only this document has of a context is gone with it.
        lost, n_own = (sums(self.shared_context, values) for values in ((here == 0) & (own > 0), own))
        n_context = sums(self.context_of_gram, counts)[self.context_of_pair] - n_own
        kinds = sums(self.context_of_gram, counts > 0)[self.context_of_pair] - lost
        return _weights(here, n_context[self.shared_context], kinds[self.shared_context])


def sums(group: Ids, values: NDArray[Any], n: int = 0) -> Floats:
    """The sum of the values of each group, which are numbered from 0 up, [n or more]."""
    return np.bincount(group, values, minlength=n).astype(np.float64)


def _numbered(numbers: Mapping[str, int], names: Sequence[str]) -> Ids:
    return np.fromiter((numbers.get(name, 0) for name in names), np.int64, len(names))


def _weights(here: NDArray[Any], context: NDArray[Any], kinds: NDArray[Any]) -> tuple[Floats, Floats]:
    """n(hw) / (n(h) + T(h)) and T(h) / (n(h) + T(h)); 0 and 1 where the context never occurs."""
    whole = context + kinds
    known = whole > 0
    whole = np.where(known, whole, 1)
    return np.asarray(here / whole), np.where(known, kinds / whole, 1.0)


class Grams:
    """Counts of n-grams of numbered symbols, kept by document.

    Kept by document, since a model without some of the documents is then a subtraction and not another fit.

    Args:
        symbols: of all documents in order, each after a border of at least `order` - 1 zeros, [all].
        document, number: of each: its document, and its number there; below 0 in borders, [all].
        n_symbols: how many numbers there are.
        order: symbols of the longest n-gram.

    Attributes:
        every: places of the symbols in `symbols`, without borders, and `judged`, which of those are judged, evenly spaced.
        document, number: of each judged symbol, [judged].
        levels: the n-grams of each order, the shortest first.
    """

    def __init__(self, symbols: Ids, document: Ids, number: Ids, n_symbols: int, order: int) -> None:
        self.n_symbols, self.order = n_symbols, order
        self.every = np.flatnonzero(number >= 0)
        self.judged = np.arange(0, len(self.every), max(1, -(-len(self.every) // MOST_JUDGED)))
        places = self.every[self.judged]
        self.document, self.number = document[places], number[places]
        self.levels: list[Level] = []
        grams = np.zeros(len(symbols), np.int64)
        for _ in range(order):
            context = np.concatenate([[0], grams[:-1]]) if self.levels else grams
            # Ids are dense at every order, so the key of a longer n-gram stays far below 2^63 whatever the number of symbols.
            keys, grams = np.unique(context * n_symbols + symbols, return_inverse=True)
            self.levels.append(_level(keys, grams[self.every], context[self.every], document[self.every], self.judged))

    def leave_one_out_bits(self, trained: Mask) -> tuple[Floats, Floats]:
        """Bits of each judged symbol alone and after those before it, under the training documents without its own, [judged] each."""
        p = np.full(len(self.document), 1 / self.n_symbols)
        alone = p
        for order, level in enumerate(self.levels, 1):
            here, shorter = level.weights(trained)
            p[level.rows] = here[level.pair] + shorter[level.pair] * p[level.rows]
            if order == 1:
                alone = p.copy()
        return np.asarray(-np.log2(alone)), np.asarray(-np.log2(p))

    def counted(self, trained: Mask) -> tuple[list[Ids], list[tuple[Floats, Floats, Floats]]]:
        """The n-grams of each order and how often the training documents have them, as `WordModel` takes them."""
        counts = []
        for level in self.levels:
            occurrences = sums(level.gram, level.count * trained[level.document], len(level.keys))
            context = level.keys // self.n_symbols
            counts.append((occurrences, sums(context, occurrences), sums(context, occurrences > 0)))
        return [level.keys for level in self.levels], counts


class WordGrams(Grams):
    """Counts of n-grams of up to four words, kept by document.

    Args:
        texts: the documents, in canonical form.

    Attributes:
        names: the different words and marks; their numbers are counted from 1.
        words, of_document, in_document: the number of every word of all documents, its document, and its place there, with borders, [all].
        is_word: whether each of them is a word rather than a mark or a number, by its number, [n_words].
        start, end: of each judged word: its place in its document, [judged].
        n_documents: how many there are.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        tokens, self.n_documents = [Tokens.of(text) for text in texts], len(texts)
        self._numbers = {name: i for i, name in enumerate(dict.fromkeys(name for each in tokens for name in each.names), 1)}
        # The number 0 stands for borders and for words that the corpus does not have.
        self.is_word = np.array([False, *(any(map(str.isalpha, name)) for name in self._numbers)])
        border = np.zeros(BORDER, np.int64)
        self.words = np.concatenate([part for each in tokens for part in (border, self.numbers(each.names))] or [border])
        sizes = np.array([len(each.names) + BORDER for each in tokens], dtype=np.int64)
        # Without documents there is a single border.
        self.of_document = np.repeat(np.arange(len(texts)), sizes) if texts else border
        self.in_document = (ragged_arange(sizes) if texts else np.arange(BORDER)) - BORDER
        super().__init__(self.words, self.of_document, self.in_document, len(self._numbers) + 1, ORDER)
        nothing = np.empty(0, np.int64)
        self.start = np.concatenate([*(each.start for each in tokens), nothing])[self.judged]
        self.end = np.concatenate([*(each.end for each in tokens), nothing])[self.judged]

    @property
    def names(self) -> Sequence[str]:
        """The different words and marks, in the order of their numbers."""
        return tuple(self._numbers)

    @property
    def n_words(self) -> int:
        """Different words, and one for all others and the border before a document."""
        return self.n_symbols

    def numbers(self, names: Sequence[str]) -> Ids:
        """The number of each word; all that the corpus does not have share the number that borders have, and occur nowhere."""
        return _numbered(self._numbers, names)

    def within(self, documents: Positions, starts: Positions, ends: Positions) -> tuple[Positions, Positions]:
        """For each judged word, the slice that it lies in as a whole, -1 for none, and its number there; each [judged].

        Args:
            documents: where each document begins when they are joined.
            starts, ends: of the slices in the joined documents, in order, [slices].
        """
        begin, end = documents[self.document] + self.start, documents[self.document] + self.end
        row = np.searchsorted(starts, begin, side="right") - 1
        row = np.where((row >= 0) & (end <= ends[row]), row, -1) if len(starts) else np.full(len(begin), -1)
        is_first = np.ones(len(row), bool)
        is_first[1:] = row[1:] != row[:-1]
        first = np.maximum.accumulate(np.where(is_first, np.arange(len(row)), 0))
        return row, self.number - self.number[first]

    def model(self, trained: Mask) -> WordModel:
        """The model of the training documents, for text that is not of the corpus."""
        return WordModel(self._numbers, self.is_word, *self.counted(trained))


def _level(keys: Ids, gram: Ids, context: Ids, document: Ids, judged: Ids) -> Level:
    """The n-grams of one order.

    Args:
        keys: of all n-grams.
        gram, context, document: of each word of the corpus: the n-gram that ends with it, what comes before it, and its document, [words].
        judged: which words are judged.
    """
    n_documents = int(document.max(initial=0)) + 1
    before, before_of = np.unique(context * n_documents + document, return_inverse=True)
    n_documents_of = np.bincount(before // n_documents)
    pairs, first, pair, count = np.unique(gram * n_documents + document, return_index=True, return_inverse=True, return_counts=True)
    is_shared = n_documents_of[context[first]] > 1 if len(first) else np.empty(0, bool)
    order = np.argsort(~is_shared, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    pair = place[pair]
    pairs, first, count = pairs[order], first[order], count[order]
    n_shared = int(is_shared.sum())
    some = first[:n_shared]
    grams, shared_gram = np.unique(gram[some], return_inverse=True)
    befores, shared_context = np.unique(before_of[some], return_inverse=True)
    of_gram = np.empty(len(grams), np.int64)
    of_gram[shared_gram] = context[some]
    numbered = np.unique(np.concatenate([of_gram, before[befores] // n_documents]), return_inverse=True)[1]
    rows = np.flatnonzero(pair[judged] < n_shared)
    return Level(
        keys=keys,
        gram=pairs // n_documents,
        document=pairs % n_documents,
        count=count,
        n_shared=n_shared,
        shared_gram=shared_gram,
        shared_context=shared_context,
        context_of_gram=numbered[: len(grams)],
        context_of_pair=numbered[len(grams) :],
        rows=rows,
        pair=pair[judged][rows],
    )


class WordModel:
    """The word model of the training documents.

    Args:
        numbers: of the corpus's words, from 1 up.
        is_word: as `WordGrams` has it.
        keys: of the corpus's n-grams, by order, the shortest first.
        counts: by order, how often the training documents have each n-gram; how many words follow each context, and how many different ones.
    """

    def __init__(
        self, numbers: Mapping[str, int], is_word: Mask, keys: Sequence[Ids], counts: Sequence[tuple[Floats, Floats, Floats]]
    ) -> None:
        self._numbers, self.is_word, self.keys, self.counts = numbers, is_word, keys, counts
        self.n_words = len(numbers) + 1

    def arrays(self) -> Arrays:
        """The model as arrays, from which `restored` makes it again."""
        arrays = {"names": as_array(self._numbers), "is word": self.is_word}
        for k, (keys, counts) in enumerate(zip(self.keys, self.counts, strict=True)):
            # Counts are whole numbers, which take a fraction of the room of what they are computed with.
            arrays |= {
                f"keys {k}": keys,
                **{f"{part} {k}": each.astype(np.int64) for part, each in zip(_COUNTS, counts, strict=True)},
            }
        return arrays

    @classmethod
    def restored(cls, arrays: Arrays) -> WordModel:
        """The model of `arrays`."""
        numbers = {name: i for i, name in enumerate(as_words(arrays["names"]), 1)}
        orders = range(sum(name.startswith("keys ") for name in arrays))
        counts = [[arrays[f"{part} {k}"].astype(np.float64) for part in _COUNTS] for k in orders]
        return cls(numbers, arrays["is word"], [arrays[f"keys {k}"] for k in orders], [(a, b, c) for a, b, c in counts])

    def numbers(self, names: Sequence[str]) -> Ids:
        """As `WordGrams.numbers`."""
        return _numbered(self._numbers, names)

    def bits(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Bits of every word alone and after those before it, [n] each; the first few lack some of their context."""
        words = self.numbers(names)
        p = np.full(len(words), 1 / self.n_words)
        alone, grams = p, np.zeros(len(words), np.int64)
        for order, (keys, (n_here, n_context, kinds)) in enumerate(zip(self.keys, self.counts, strict=True), 1):
            context = grams if order == 1 else np.concatenate([np.full(min(1, len(words)), -1), grams[:-1]])
            grams = np.where(words > 0, found(keys, context, words, self.n_words), -1)
            known = (context >= 0) & (context < len(n_context))
            at = np.where(known, context, 0)
            here, shorter = _weights(
                np.where(grams >= 0, n_here[grams], 0), np.where(known, n_context[at], 0), np.where(known, kinds[at], 0)
            )
            p = here + shorter * p
            if order == 1:
                alone = p
        return np.asarray(-np.log2(alone)), np.asarray(-np.log2(p))
