"""Finds pairs of neighbouring words that the training documents avoid (`WordPairs`): each is frequent, and yet they hardly ever stand together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.counts.feature import Counts
from evalkit.matching.encoding import Mask, Positions
from evalkit.matching.word_lm import Floats, Ids, WordGrams, sums

EXPECTED = 2.0
"""How often a pair must be expected by chance before its absence says something. Short corpora have few pairs above a higher limit, and below a
lower one human text often has a pair that the corpus lacks by chance."""
AVOIDED = 0.1
"""A pair is avoided that stands together less than this share of the times expected, so that very frequent words may have met by mistake."""


@dataclass(frozen=True)
class _Own:
    """Pairs within single documents, whose words other documents have too, each [pairs].

    Args:
        gram: the pair's number among those of the corpus.
        first, second: numbers of its words.
        document: where it is from.
        count, n_first, n_second: how often the document has the pair, and either word.
    """

    gram: Ids
    first: Ids
    second: Ids
    document: Ids
    count: Ids
    n_first: Ids
    n_second: Ids


class WordPairs:
    """Pairs of neighbouring words in the documents, counted by document; a mark between two words separates them.

    Args:
        grams: of the corpus.

    Attributes:
        rows: the judged words of the corpus that end a pair, and `pair`, the number of that pair in its document, each [ends].
    """

    def __init__(self, grams: WordGrams) -> None:
        self.grams = grams
        one, two = grams.levels[:2]
        gram, document = two.gram[: two.n_shared], two.document[: two.n_shared]
        first, second = np.divmod(two.keys[gram], grams.n_words)
        # Numbers of words are their ids at the first order, since every number occurs there, the border's too.
        kept = grams.is_word[first] & grams.is_word[second]
        self._own = _Own(
            gram[kept],
            first[kept],
            second[kept],
            document[kept],
            two.count[: two.n_shared][kept],
            *(_occurrences(one.gram, one.document, one.count, words[kept], document[kept]) for words in (first, second)),
        )
        place = np.cumsum(kept) - 1
        ends = kept[two.pair]
        self.rows, self.pair = two.rows[ends], place[two.pair[ends]]

    def _known(self, trained: Mask) -> tuple[Floats, Floats, Floats]:
        """How often the training documents have each word and each pair, and how many words each of them has."""
        one, two = self.grams.levels[:2]
        n_words = sums(one.gram, one.count * trained[one.document], self.grams.n_words)
        n_pairs = sums(two.gram, two.count * trained[two.document], len(two.keys))
        sizes = sums(one.document, one.count * trained[one.document], len(trained))
        return n_words, n_pairs, sizes

    def leave_one_out(self, trained: Mask) -> tuple[Mask, Mask]:
        """Whether each pair of the corpus is expected, and whether it is avoided, by the training documents without its own, [ends] each."""
        own, is_own = self._own, trained[self._own.document]
        n_words, n_pairs, sizes = self._known(trained)
        first, second = n_words[own.first] - own.n_first * is_own, n_words[own.second] - own.n_second * is_own
        expected, avoided = _judged(first, second, n_pairs[own.gram] - own.count * is_own, sizes.sum() - sizes[own.document])
        return expected[self.pair], avoided[self.pair]

    def of(self, names: Sequence[str], trained: Mask) -> tuple[Mask, Mask]:
        """Whether each word after the first and the one before it are expected together, and whether they are avoided, [n - 1] each.

        Args:
            names: words and marks of text that is not of the corpus, in order.
            trained: whether each document is a training document, [documents].
        """
        words = self.grams.numbers(names)
        n_words, n_pairs, sizes = self._known(trained)
        first, second = words[:-1], words[1:]
        gram = self.grams.levels[1].find(first, second, self.grams.n_words)
        seen = np.where(gram >= 0, n_pairs[gram], 0.0)
        both = self.grams.is_word[first] & self.grams.is_word[second]
        expected, avoided = _judged(n_words[first] * both, n_words[second], seen, np.array(sizes.sum()))
        return expected, avoided


def _judged(first: Floats, second: Floats, together: Floats, size: Floats) -> tuple[Mask, Mask]:
    """Whether pairs are expected, and whether they are avoided, by how often either word and both together occur in so many words."""
    chance = first * second / np.maximum(size, 1)
    expected = np.asarray(chance >= EXPECTED)
    return expected, np.asarray(expected & (together < AVOIDED * chance))


def _occurrences(gram: Ids, document: Ids, count: Ids, words: Ids, documents: Positions) -> Ids:
    """How often each of some words occurs in a document of its own, [words]."""
    n_documents = int(document.max(initial=0)) + 1
    keys = gram * n_documents + document
    order = np.argsort(keys)
    return count[order[np.searchsorted(keys[order], words * n_documents + documents)]]


def pair_counts(passage: Positions, expected: Mask, avoided: Mask, n_passages: int) -> Counts:
    """Avoided and expected pairs of each passage, [n_passages x 2].

    Args:
        passage: of each pair.
        expected, avoided: of each pair.
        n_passages: how many there are.
    """
    counts = [np.bincount(passage[which], minlength=n_passages) for which in (avoided, expected)]
    return np.column_stack(counts).astype(np.int64)
