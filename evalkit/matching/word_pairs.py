"""Finds pairs of words by how often they stand together: neighbours that the corpus avoids, `WordPairs`, and classes at a distance, `DistantPairs`.

A class (`classes_of`) is what a word or mark does in a sentence: a function word stands for its class, any other word for "word", a number for
"9", and a common mark for itself. So a text of rare or misspelt words has the same classes as one of known words, and copied phrases are
hardly more frequent than others: what is left is how clauses and sentences are built. `WordClasses` has n-grams of them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evalkit.counts.feature import Counts
from evalkit.matching.encoding import Mask, Positions
from evalkit.matching.reference_lm import found
from evalkit.matching.word_lm import Floats, Grams, Ids, WordGrams, WordModel, sums

EXPECTED = 2.0
"""How often a pair must be expected by chance before its absence says something. Short corpora have few pairs above a higher limit, and below a
lower one human text often has a pair that the corpus lacks by chance."""
AVOIDED = 0.1
"""A pair is avoided that stands together less than this share of the times expected, so that very frequent words may have met by mistake."""

CLASS_ORDER = 5
"""Classes of the longest n-gram: each is guessed from the four before it."""
CLASSES_SKIPPED = CLASS_ORDER - 1
LAGS = tuple(range(4, 13))
"""Words from one class to the other of a distant pair: beyond the three words that `order.context` sees, within a sentence and the next."""
SMOOTHED = 5.0
"""Pairs that are added to those seen and to those expected, so that rare ones say little."""
MOST_ENDS = 2_000_000
"""Words of the corpus itself at which pairs end that are counted, evenly spaced."""
MARKS = frozenset(".,;:!?\u2026\"'()-\u2013\u2014\u00a1\u00bf\u00ab\u00bb")
WORD, NUMBER, MARK = "word", "9", "mark"


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


def avoided_pairs(names: Sequence[str], model: WordModel) -> tuple[Mask, Mask]:
    """Whether each word after the first and the one before it are expected together, and whether they are avoided, [n - 1] each.

    Args:
        names: words and marks of text that is not of the corpus, in order.
        model: of the training documents.
    """
    words = model.numbers(names)
    n_words, n_pairs = (counts[0] for counts in model.counts[:2])
    first, second = words[:-1], words[1:]
    gram = found(model.keys[1], first, second, model.n_words)
    seen = np.where(gram >= 0, n_pairs[gram], 0.0)
    both = model.is_word[first] & model.is_word[second]
    return _judged(n_words[first] * both, n_words[second], seen, np.array(n_words.sum()))


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


def classes_of(names: Sequence[str], function_words: Mapping[str, str]) -> list[str]:
    """The class of each word or mark, as `Tokens` has them.

    >>> classes_of(["the", "lamp", "of", "1921", ",", "%"], {"the": "determiner", "of": "preposition"})
    ['determiner', 'word', 'preposition', '9', ',', 'mark']
    """
    # A text has few different words.
    found = {name: _class_of(name, function_words) for name in set(names)}
    return [found[name] for name in names]


def _class_of(name: str, function_words: Mapping[str, str]) -> str:
    if any(map(str.isalpha, name)):
        return function_words.get(name, WORD)
    if name[0].isdigit():
        return NUMBER
    return name if name in MARKS else MARK


class WordClasses:
    """The words of the documents as classes.

    Args:
        grams: of the words.
        function_words: word -> its class.

    Attributes:
        numbers: of the classes, from 1 up; 0 stands for borders.
        symbols: the classes of all words, with borders, [all].
    """

    def __init__(self, grams: WordGrams, function_words: Mapping[str, str]) -> None:
        self.words, self.function_words = grams, function_words
        classes = classes_of(grams.names, function_words)
        self.numbers = {name: i for i, name in enumerate(sorted(set(classes)), 1)}
        self.symbols = np.array([0, *map(self.numbers.__getitem__, classes)], np.int64)[grams.words]

    @cached_property
    def grams(self) -> Grams:
        """N-grams of classes."""
        return Grams(self.symbols, self.words.of_document, self.words.in_document, len(self.numbers) + 1, CLASS_ORDER)

    def model(self, trained: Mask) -> WordModel:
        """The model of the training documents' classes."""
        return WordModel(self.numbers, np.zeros(len(self.numbers) + 1, bool), *self.grams.counted(trained))

    @cached_property
    def pairs(self) -> DistantPairs:
        """Pairs of classes at a distance."""
        return DistantPairs(self)


class DistantPairs:
    """Pairs of classes 4 to 12 words apart in the documents, counted by document.

    Their association is pointwise mutual information (Church and Hanks 1990): by how much more often the training documents have the pair at
    this distance than they would if either class did not depend on the other.

    Args:
        classes: of the words.

    Attributes:
        rows, lag, pair: of each pair that ends at a judged word: that word's row, its distance, and its number among those of its document.
    """

    def __init__(self, classes: WordClasses) -> None:
        words, n = classes.words, len(classes.numbers) + 1
        places, self.n_classes = words.every[words.judged], n
        self._n_cells = len(LAGS) * n * n
        step = max(1, -(-len(places) // MOST_ENDS))
        rows, lags, keys = [], [], []
        for k, lag in enumerate(LAGS):
            some = np.flatnonzero(words.number[::step] >= lag) * step
            cells = (k * n + classes.symbols[places[some] - lag]) * n + classes.symbols[places[some]]
            rows.append(some.astype(np.int32))
            lags.append(np.full(len(some), lag, np.int8))
            keys.append(words.document[some] * self._n_cells + cells)
        self.rows, self.lag = np.concatenate(rows), np.concatenate(lags)
        found, self.pair, self._count = np.unique(np.concatenate(keys), return_inverse=True, return_counts=True)
        self._document, self._cell = np.divmod(found, self._n_cells)
        # How often each document has each class, and how many pairs at each distance, as tables: there are few classes.
        n_documents = words.n_documents
        of = (words.document * n + classes.symbols[places])[::step]
        self._alone = np.bincount(of, minlength=n_documents * n).reshape(n_documents, n)
        of = self._document * len(LAGS) + self._cell // (n * n)
        self._pairs = sums(of, self._count, n_documents * len(LAGS)).reshape(n_documents, len(LAGS))

    def _known(self, trained: Mask) -> tuple[Floats, Floats, Floats]:
        """How often the training documents have each pair, by its cell, and each class, and how many pairs they have at each distance."""
        together = sums(self._cell, self._count * trained[self._document], self._n_cells)
        return together, trained.astype(np.float64) @ self._alone, trained.astype(np.float64) @ self._pairs

    def leave_one_out_bits(self, trained: Mask) -> Floats:
        """The association of each pair in bits, by the training documents without its own, [pairs]."""
        together, alone, pairs = self._known(trained)
        document, own = self._document, trained[self._document]
        lag, both = np.divmod(self._cell, self.n_classes**2)
        first, second = (alone[each] - self._alone[document, each] * own for each in np.divmod(both, self.n_classes))
        size = alone.sum() - self._alone.sum(axis=1)[document] * own
        n_pairs = pairs[lag] - self._pairs[document, lag] * own
        return _association(together[self._cell] - self._count * own, first, second, n_pairs, size)[self.pair]

    def table(self, trained: Mask) -> Floats:
        """The association of every pair at every distance, by the training documents, [lags x classes x classes]."""
        together, alone, pairs = self._known(trained)
        shape = (len(LAGS), self.n_classes, self.n_classes)
        return _association(together.reshape(shape), alone[:, None], alone[None, :], pairs[:, None, None], alone.sum())


def _association(together: Floats, first: Floats, second: Floats, n_pairs: Floats, size: Floats) -> Floats:
    """log2 of how many times as often two classes stand together as chance would have them among so many pairs of so many words."""
    size = np.maximum(size, 1)
    chance = n_pairs * (first / size) * (second / size)
    return np.asarray(np.log2((together + SMOOTHED) / (chance + SMOOTHED)))


def distant_bits(symbols: Ids, passage: Positions, table: Floats) -> tuple[Positions, Floats]:
    """The passage of each pair of classes 4 to 12 words apart, and its association in bits.

    Args:
        symbols: classes of all passages, in order; 0 for one that the documents do not have.
        passage: of each.
        table: as `DistantPairs.table` gives it.
    """
    rows, bits = [np.empty(0, np.int64)], [np.empty(0)]
    for k, lag in enumerate(LAGS):
        inside = passage[lag:] == passage[:-lag]
        rows.append(passage[lag:][inside])
        bits.append(table[k, symbols[:-lag][inside], symbols[lag:][inside]])
    return np.concatenate(rows), np.concatenate(bits)
