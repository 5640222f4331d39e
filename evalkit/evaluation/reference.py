"""Prepares the corpus that candidates are compared with: `Reference`, its `Fold`s, and the word lists that metrics need."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts, Layout, Lexicon, Totals
from evalkit.counts.matrix import Origin, Scan
from evalkit.evaluation.long_texts import blocks_of
from evalkit.evaluation.units import units_of
from evalkit.inference.classifier import Labelled
from evalkit.inference.sample import Sample
from evalkit.language.profile import Language, load_language
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.text.canonical import canonical, matched_positions
from evalkit.text.corpus import Corpus, Split, more_splits
from evalkit.text.groups import grouping_hash, unit_of
from evalkit.text.passages import Passage, slices
from evalkit.text.tokenize import without_possessive

_MOST_ANSWERS = 1_000_000


class Dictionary:
    """Membership in a word list of the package simplemma, inflected forms included.

    Args:
        code: the list's language.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self._answers: dict[str, bool] = {}

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str):
            return False
        answer = self._answers.get(word)
        if answer is None:
            from simplemma import is_known

            if len(self._answers) >= _MOST_ANSWERS:  # a process that judges text for days shall not grow with it
                self._answers.clear()
            answer = self._answers[word] = is_known(word, lang=self.code)
        return answer


def base_lexicon(language: str = "en") -> Lexicon:
    """The lists that every reference of a language shares: function words and the dictionary.

    Args:
        language: code or path of a profile.
    """
    return _base_lexicon(load_language(language))


# By the content of the profile. The lexicon is immutable but for its dictionary, which remembers the words that were looked up.
@lru_cache(maxsize=8)
def _base_lexicon(profile: Language) -> Lexicon:
    import simplemma

    hashes = dict(profile.lists)
    if profile.dictionary:
        hashes["dictionary"] = f"simplemma-{simplemma.__version__}-{profile.dictionary}"
    known: Container[str] = Dictionary(profile.dictionary) if profile.dictionary else frozenset()
    return Lexicon(function_words=dict(profile.function_words), dictionary=known, hashes=hashes)


def with_vocabulary(lexicon: Lexicon, words: Iterable[str]) -> Lexicon:
    """The lexicon that knows these words, possessive 's stripped, as the reference's vocabulary."""
    return replace(lexicon, vocabulary=frozenset(without_possessive(word) for word in words))


def with_training(lexicon: Lexicon, index: CorpusIndex, rows: Sequence[int]) -> Lexicon:
    """The lexicon that knows some documents of a corpus as the training text, and their words as the vocabulary."""
    return replace(with_vocabulary(lexicon, index.scan.vocabulary(rows)), training=index.training(rows))


def scan_documents(texts: Sequence[str]) -> Scan:
    """Whole documents, scanned as passages that know their place: a document begins where it begins."""
    nothing = np.zeros(len(texts), np.int64)
    return Scan(texts, Origin(np.arange(len(texts)), nothing, nothing))


def scan_slices(texts: Sequence[str], n_chars: int) -> Scan:
    """Consecutive passages of documents, scanned, each with its place in its document.

    Args:
        texts: of the documents, in canonical form.
        n_chars: the length of a passage.
    """
    document, first, pieces = [], [], []
    for row, text in enumerate(texts):
        place = 0
        for piece in slices(text, n_chars):
            place = text.index(piece, place)  # only white space lies between two slices
            document.append(row)
            first.append(place)
            pieces.append(piece)
            place += len(piece)
    chars = _as_matched(texts, np.array(document, np.int64), np.array(first, np.int64))
    origin = Origin(np.array(document, np.int64), chars, np.empty(0, np.int64))
    scan = Scan(pieces, origin)
    before = scan.word_starts[:-1]
    starts = before[np.searchsorted(origin.document, origin.document)] if pieces else before
    scan.origin = replace(origin, first_word=before - starts)
    return scan


def _as_matched(texts: Sequence[str], document: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places in documents as places where every run of spaces is one, [n]."""
    now = place.copy()
    for row, text in enumerate(texts):
        if "  " in text:
            mine = document == row
            now[mine] = np.searchsorted(matched_positions(text), place[mine])
    return now


@dataclass(frozen=True)
class Fold:
    """One way of splitting the corpus: human passages held out, and the totals and lexicon of the rest.

    Args:
        human: tallies of the held-out passages, [n x columns].
        clusters: the document each of them was cut from, 0 to k - 1, [n].
        totals: summed tallies of the training documents, one row.
        lexicon: with the vocabulary of the training documents.
        passages: the held-out passages themselves.
        groups: the group of each of them, 0 to k - 1, [n]; None where every document stands alone.
        training: passages of the training documents, each counted as if its own document were held out; kept for the first split only.
    """

    human: Counts
    clusters: np.ndarray[tuple[int], np.dtype[np.int64]]
    totals: Totals
    lexicon: Lexicon
    passages: Scan | None = None
    groups: np.ndarray[tuple[int], np.dtype[np.int64]] | None = None
    training: Labelled | None = None


class Reference:
    """A corpus that candidates are compared with.

    Args:
        corpus: the documents.
        split: which of them are held out.
        layout: the tally columns that the chosen metrics need.
        language: code or path of the language profile, that of the metrics.
    """

    def __init__(self, corpus: Corpus, split: Split, layout: Layout, *, language: str = "en") -> None:
        self.corpus, self.split, self.layout = corpus, split, layout
        self._base = base_lexicon(language)
        # All documents are scanned and counted once. Splits differ only in which rows are summed and which words are known.
        self._documents = [*split.train, *split.held_out]
        numbers = {unit: number for number, unit in enumerate(dict.fromkeys(map(unit_of, self._documents)))}
        self._groups = np.array([numbers[unit_of(document)] for document in self._documents], np.int64)
        self._rows = {document.id: row for row, document in enumerate(self._documents)}
        # In canonical form, as candidates are; generators learn from the documents as they were given.
        self._texts = [canonical(document.text) for document in self._documents]
        self._scan = scan_documents(self._texts)
        learned = range(len(split.train))
        self._index = CorpusIndex(self._scan, [document.id for document in self._documents], learned=learned)
        self._tally = self._scan.tally(layout, self._base)
        train = [self._rows[document.id] for document in split.train]
        self.lexicon = self._lexicon(train)
        self.totals = self._totals(train, self.lexicon)

    @property
    def held_out_texts(self) -> list[str]:
        """The held-out documents in canonical form."""
        return [self._texts[self._rows[document.id]] for document in self.split.held_out]

    def _lexicon(self, train: Sequence[int]) -> Lexicon:
        return with_training(self._base, self._index, train)

    def _totals(self, train: Sequence[int], lexicon: Lexicon) -> Totals:
        tally = self._scan.retally(self._tally, self.layout, lexicon)
        return Totals(tally[train].sum(axis=0, dtype=np.float64), self.layout)

    def sample(self, passages: Sequence[Passage], scan: Scan | None = None) -> Sample:
        """Passages as tallies, and the independent units among them.

        Args:
            passages: to be counted.
            scan: of their texts, where there is one already.
        """
        scan = Scan([passage.text for passage in passages]) if scan is None else scan
        units = units_of(passages)
        tally = scan.tally(self.layout, self.lexicon)
        return Sample(
            tally, units.clusters, self.totals, units.noun, units.copies, blocks_of(passages, units.clusters, tally, scan)
        )

    def folds(self, n_chars: int, *, n_folds: int, seed: int) -> list[Fold]:
        """This split and further random ones, each with its human passages of n_chars characters.

        Args:
            n_chars: length of a passage; documents are cut into consecutive slices.
            n_folds: how many splits, this one included.
            seed: of the further splits.
        """
        scan = scan_slices(self._texts, n_chars)
        plain = scan.tally(self.layout, self._base)
        # The share that is held out: a pattern may hold out another share than the fraction says.
        share = self.split.share
        splits = [self.split, *more_splits(self.corpus, n_folds - 1, fraction=share, seed=seed)]
        return [self._fold(split, scan, plain, with_training=not number) for number, split in enumerate(splits)]

    def _fold(self, split: Split, scan: Scan, plain: Counts, *, with_training: bool) -> Fold:
        assert scan.origin is not None
        owner = scan.origin.document
        train = [self._rows[document.id] for document in split.train]
        lexicon = self._lexicon(train)
        held_out = ~np.isin(owner, train)
        clusters = np.unique(owner[held_out], return_inverse=True)[1]
        tally = scan.retally(plain, self.layout, lexicon)
        passages = scan.take(np.flatnonzero(held_out))
        groups = None
        if len(set(self._groups.tolist())) < len(self._groups):
            groups = np.unique(self._groups[owner[held_out]], return_inverse=True)[1].astype(np.int64)
        training = None
        if with_training:
            sizes = np.array([len(text) for text in scan.texts], dtype=np.int64)
            training = Labelled(tally[~held_out], owner[~held_out], sizes[~held_out])
        totals = self._totals(train, lexicon)
        return Fold(tally[held_out], clusters.astype(np.int64), totals, lexicon, passages, groups, training)


def grouping_of(split: Split) -> dict[str, object]:
    """The part of a signature that says which documents belong together; empty where each stands alone."""
    hashed = grouping_hash([*split.train, *split.held_out])
    return {} if hashed is None else {"groups": hashed}


def signature_of(reference: Reference) -> Mapping[str, object]:
    """The part of a signature that identifies the reference: name, hash, groups and split."""
    split = reference.split
    return {
        "corpus": reference.corpus.name,
        "hash": reference.corpus.hash,
        "fraction": split.fraction,
        "split_seed": split.seed,
        **grouping_of(split),
        "held_out": sorted(document.id for document in split.held_out),
    }
