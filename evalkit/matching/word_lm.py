"""Models the reference's words and punctuation marks (`WordGrams`, `WordModel`): how much better a word is guessed from the three before it.

The model is an interpolated Witten-Bell model of up to four words (Witten and Bell 1991, method C; Chen and Goodman 1999). The probability
after a long context is smoothed by that after the shorter one: p(w | h) = (n(hw) + T(h) p(w | h')) / (n(h) + T(h)), where n(h) words follow h,
T(h) different ones, and h' is h without its first word. A context that never occurs leaves the probability as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.matching.encoding import Mask, Positions, ragged_arange
from evalkit.text.canonical import fold
from evalkit.text.tokenize import pattern, without_numerals

ORDER = 4
SKIPPED = ORDER - 1
"""Words at the beginning of a passage that are not judged, since their context is unknown."""
COMMON_BITS = 13.0
"""Words of more bits alone are context only. What is rare depends on what a story is about more than on order: with 13 bits (one of 8,192
words) a text with every 40th word exchanged lies half as far again from human text, in units of how far human texts lie from each other."""
MOST_JUDGED = 4_000_000
"""Words of the corpus itself that are judged, evenly spaced; all of them are counted for training."""

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

    def find(self, context: Ids, words: Ids, n_words: int) -> Ids:
        """Ids of n-grams by the id of their context and their last word; -1 for those that do not occur."""
        wanted = context * n_words + words
        rank = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where((context >= 0) & (self.keys[rank] == wanted), rank, -1)


def sums(group: Ids, values: NDArray[Any], n: int = 0) -> Floats:
    """The sum of the values of each group, which are numbered from 0 up, [n or more]."""
    return np.bincount(group, values, minlength=n).astype(np.float64)


def _weights(here: NDArray[Any], context: NDArray[Any], kinds: NDArray[Any]) -> tuple[Floats, Floats]:
    """n(hw) / (n(h) + T(h)) and T(h) / (n(h) + T(h)); 0 and 1 where the context never occurs."""
    whole = context + kinds
    known = whole > 0
    whole = np.where(known, whole, 1)
    return np.asarray(here / whole), np.where(known, kinds / whole, 1.0)


class WordGrams:
    """Counts of n-grams of up to four words, kept by document.

    Kept by document, since a model without some of the documents is then a subtraction and not another fit.

    Args:
        texts: the documents, in canonical form.

    Attributes:
        n_words: different words, and one for all others and the border before a document.
        is_word: whether each of them is a word rather than a mark or a number, by its number, [n_words].
        document, start, end: of each judged word: its document, and its place in it, [judged].
        number: of each judged word among those of its document, [judged].
        levels: the n-grams of each order, the shortest first.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        tokens = [Tokens.of(text) for text in texts]
        self._numbers = {name: i for i, name in enumerate(dict.fromkeys(name for each in tokens for name in each.names), 1)}
        self.n_words = len(self._numbers) + 1
        # The number 0 stands for borders and for words that the corpus does not have.
        self.is_word = np.array([False, *(any(map(str.isalpha, name)) for name in self._numbers)])
        border = np.zeros(SKIPPED, np.int64)
        words = np.concatenate([part for each in tokens for part in (border, self.numbers(each.names))] or [border])
        sizes = np.array([len(each.names) + SKIPPED for each in tokens], dtype=np.int64)
        document, number = np.repeat(np.arange(len(texts)), sizes), ragged_arange(sizes) - SKIPPED
        is_word = number >= 0 if len(number) else np.zeros(len(words), bool)
        every = np.flatnonzero(is_word)
        judged = np.arange(0, len(every), max(1, -(-len(every) // MOST_JUDGED)))
        self.document, self.number = document[every][judged], number[every][judged]
        nothing = np.empty(0, np.int64)
        self.start = np.concatenate([*(each.start for each in tokens), nothing])[judged]
        self.end = np.concatenate([*(each.end for each in tokens), nothing])[judged]
        self.levels: list[Level] = []
        grams = np.zeros(len(words), np.int64)
        for _ in range(ORDER):
            context = np.concatenate([[0], grams[:-1]]) if self.levels else grams
            # Ids are dense at every order, so the key of a longer n-gram stays far below 2^63 whatever the number of words.
            keys, grams = np.unique(context * self.n_words + words, return_inverse=True)
            self.levels.append(_level(keys, grams[every], context[every], document[every] if len(every) else every, judged))

    def numbers(self, names: Sequence[str]) -> Ids:
        """The number of each word; all that the corpus does not have share the number that borders have, and occur nowhere."""
        return np.fromiter((self._numbers.get(name, 0) for name in names), np.int64, len(names))

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

    def leave_one_out_bits(self, trained: Mask) -> tuple[Floats, Floats]:
        """Bits of each judged word alone and after the three before it, under the training documents without its own, [judged] each."""
        p = np.full(len(self.document), 1 / self.n_words)
        alone = p
        for order, level in enumerate(self.levels, 1):
            here, shorter = level.weights(trained)
            p[level.rows] = here[level.pair] + shorter[level.pair] * p[level.rows]
            if order == 1:
                alone = p.copy()
        return np.asarray(-np.log2(alone)), np.asarray(-np.log2(p))

    def model(self, trained: Mask) -> WordModel:
        """The model of the training documents, for text that is not of the corpus."""
        counts = []
        for level in self.levels:
            occurrences = sums(level.gram, level.count * trained[level.document], len(level.keys))
            context = level.keys // self.n_words
            counts.append((occurrences, sums(context, occurrences), sums(context, occurrences > 0)))
        return WordModel(self, counts)


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
        grams: of the corpus.
        counts: by order, how often the training documents have each n-gram; how many words follow each context, and how many different ones.
    """

    def __init__(self, grams: WordGrams, counts: Sequence[tuple[Floats, Floats, Floats]]) -> None:
        self.grams, self.counts = grams, counts

    def bits(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Bits of every word alone and after the three before it, [n] each; the first three lack some of their context."""
        words = self.grams.numbers(names)
        p = np.full(len(words), 1 / self.grams.n_words)
        alone, grams = p, np.zeros(len(words), np.int64)
        for order, (level, (n_here, n_context, kinds)) in enumerate(zip(self.grams.levels, self.counts, strict=True), 1):
            context = grams if order == 1 else np.concatenate([np.full(min(1, len(words)), -1), grams[:-1]])
            grams = np.where(words > 0, level.find(context, words, self.grams.n_words), -1)
            known = (context >= 0) & (context < len(n_context))
            at = np.where(known, context, 0)
            here, shorter = _weights(
                np.where(grams >= 0, n_here[grams], 0), np.where(known, n_context[at], 0), np.where(known, kinds[at], 0)
            )
            p = here + shorter * p
            if order == 1:
                alone = p
        return np.asarray(-np.log2(alone)), np.asarray(-np.log2(p))
