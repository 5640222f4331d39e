"""Indexes all documents of a corpus (`CorpusIndex`), so that passages can be found in them under any split into training and held-out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from evalkit._util.entries import Arrays, Keep, anew
from evalkit.counts.feature import Counts
from evalkit.counts.matrix import Origin, Scan
from evalkit.language.profile import Language
from evalkit.language.sentences import SentenceSplitter
from evalkit.matching.alignment import Alignments, ShadowIndex, Windows, windows
from evalkit.matching.encoding import CharCodes, Codes, Lengths, Mask, Positions, WordCodes, ragged_arange
from evalkit.matching.neighbours import shared_by_neighbours
from evalkit.matching.reference_lm import SKIPPED, NgramCounts
from evalkit.matching.single_passages import SinglePassages
from evalkit.matching.spelling import DocumentWords, WrittenWords
from evalkit.matching.suffix_array import Suffixes, longest_in_training
from evalkit.matching.training_index import TrainingIndex
from evalkit.matching.word_lm import WordGrams
from evalkit.matching.word_pairs import WordClasses, WordPairs

_MOST_WINDOWS = 3000
"""Windows of the corpus itself that are searched for shadows, evenly spread: enough for a false-alarm rate, and no more work for a larger corpus."""

N_COMMON_WORDS = 200


class CorpusIndex:
    """All documents of a corpus, searched as a whole; each part is made when first asked for.

    Slices are passages that were cut from these documents (their scan has an `origin`). What is counted of them does not depend on the split,
    or is a cheap selection from what does not, so it is kept for the next split: a human floor asks for twenty splits.

    Args:
        scan: of the documents, one row each.
        names: of the documents, for people; their rows where they have none.
        learned: rows of the documents that instruments such as the sentence splitter are trained on; all of them where none are given.
        language: whose abbreviations and ordinals the sentence splitter knows; without one it knows what it has learned.
        keep: keeps parts that candidates need for later runs. The key of a part says which documents are learned from, where that matters.
    """

    def __init__(
        self,
        scan: Scan,
        names: Sequence[str] = (),
        *,
        learned: Sequence[int] | None = None,
        language: Language | None = None,
        keep: Keep = anew,
    ) -> None:
        self.scan, self.language, self.keep = scan, language, keep
        self.learned = range(len(scan)) if learned is None else learned
        self.names = list(names) or [str(row) for row in range(len(scan))]
        self._longest_matches: dict[bool, tuple[Mask, Lengths]] = {}
        self._slice_ranks: dict[tuple[Origin, bool], tuple[Lengths, Lengths]] = {}
        self._slice_sentences: dict[Origin, Counts] = {}
        self._slice_parts: dict[tuple[Origin, int], tuple[Mask, Positions]] = {}
        self._slice_words: dict[Origin, tuple[Positions, Positions]] = {}
        self._slice_alignments: dict[Origin, tuple[Windows, Alignments]] = {}
        self._slice_neighbours: dict[Origin, Counts] = {}
        self._slice_spelling: dict[Origin, tuple[WrittenWords, Positions, Mask]] = {}

    def training(self, rows: Sequence[int]) -> TrainingIndex:
        """The index without the documents that are held out.

        Args:
            rows: of the training documents.
        """
        trained = np.zeros(len(self.scan), bool)
        trained[list(rows)] = True
        return TrainingIndex(self, trained)

    def keep_learned(self, key: str, make: Callable[[], Arrays]) -> Arrays:
        """As `keep`, for what depends on the documents that are learned from."""
        return self.keep(f"{key} of {list(self.learned)}", make)

    @cached_property
    def char_codes(self) -> CharCodes:
        """Numbers of the corpus's characters."""
        return CharCodes(self.scan.texts)

    @cached_property
    def word_codes(self) -> WordCodes:
        """Numbers of the corpus's words."""
        return WordCodes(self.scan.word_items)

    @cached_property
    def char_documents(self) -> list[Codes]:
        """The documents as numbered characters."""
        return [self.char_codes.encode(text) for text in self.scan.texts]

    @cached_property
    def word_documents(self) -> list[Codes]:
        """The documents as numbered words."""
        return list(self.scan.word_sequences(self.word_codes.table(self.scan.word_items)))

    @cached_property
    def chars(self) -> Suffixes:
        """Sorted suffixes in characters."""
        return Suffixes.of(self.char_documents)

    @cached_property
    def words(self) -> Suffixes:
        """Sorted suffixes in words."""
        return Suffixes.of(self.word_documents)

    @cached_property
    def ngrams(self) -> NgramCounts:
        """The documents' n-grams of characters, from which models of any split are made."""
        return NgramCounts(self.char_documents, max((int(codes.max(initial=0)) for codes in self.char_documents), default=0))

    @cached_property
    def word_grams(self) -> WordGrams:
        """The documents' n-grams of words and punctuation marks, from which word models of any split are made."""
        return WordGrams(self.scan.texts)

    @cached_property
    def word_pairs(self) -> WordPairs:
        """The documents' pairs of neighbouring words, by document."""
        return WordPairs(self.word_grams)

    @cached_property
    def function_words(self) -> dict[str, str]:
        """Function word -> its class, of the corpus's language."""
        return dict(self.language.function_words) if self.language is not None else {}

    @cached_property
    def word_classes(self) -> WordClasses:
        """The documents' words as classes."""
        return WordClasses(self.word_grams, self.function_words)

    @cached_property
    def document_words(self) -> DocumentWords:
        """The words that each document has."""
        return DocumentWords.restored(self.keep("words", lambda: DocumentWords.of(self.written_words, len(self.scan)).arrays()))

    @cached_property
    def written_words(self) -> WrittenWords:
        """The words of the documents in order."""
        return WrittenWords.of(self.scan.texts)

    @cached_property
    def sentences(self) -> SentenceSplitter:
        """The sentence splitter, trained on the documents in `learned`."""
        return SentenceSplitter([self.scan.texts[row] for row in self.learned], self.language, keep=self.keep_learned)

    @cached_property
    def shadows(self) -> ShadowIndex:
        """The documents, to find shadows in."""
        return ShadowIndex(self.scan.spaced, keep=self.keep)

    def slice_sentences(self, scan: Scan) -> Counts:
        """Sentence lengths of slices; all splits share one splitter, so they are counted once."""
        origin = _origin(scan)
        if origin not in self._slice_sentences:
            self._slice_sentences[origin] = self.sentences.lengths(scan.texts)
        return self._slice_sentences[origin]

    @cached_property
    def single_passages(self) -> SinglePassages:
        """Single passages of the documents, to compare others with."""
        return SinglePassages(self.scan)

    @cached_property
    def common_words(self) -> frozenset[str]:
        """The 200 most frequent words of the corpus, which any two sentences may have in common."""
        return frozenset(self.scan.frequent_words(range(len(self.scan)), N_COMMON_WORDS))

    def neighbour_counts(self, scan: Scan) -> Counts:
        """Words that near sentences share, and what they would share in random order, [n x 2]; of slices it is counted once."""
        if scan.origin is None:
            return shared_by_neighbours(scan.texts, self.sentences.split, self.common_words)
        if scan.origin not in self._slice_neighbours:
            self._slice_neighbours[scan.origin] = shared_by_neighbours(scan.texts, self.sentences.split, self.common_words)
        return self._slice_neighbours[scan.origin]

    def slice_alignments(self, scan: Scan) -> tuple[Windows, Alignments]:
        """Some windows of slices, aligned with the other documents."""
        origin = _origin(scan)
        if origin not in self._slice_alignments:
            every = windows(scan.spaced)
            some = slice(None, None, -(-len(every) // _MOST_WINDOWS) or 1)
            stretches = Windows(every.passage[some], every.start[some], every.size[some])
            owner = origin.document[stretches.passage]
            # People do not guess: where a window of theirs agrees with another document, it shares whole words and so whole seeds with it.
            self._slice_alignments[origin] = stretches, self.shadows.align(scan.spaced, stretches, owner=owner, exhaustive=False)
        return self._slice_alignments[origin]

    def longest_matches(self, trained: Mask, *, by_words: bool) -> Lengths:
        """Each position's longest match with the training documents, [n] by rank.

        Args:
            trained: whether each document is a training document, [documents].
            by_words: whether symbols are words.
        """
        # Only those of the latest split are kept: 4 bytes a symbol, and all counts of one split follow each other.
        latest = self._longest_matches.get(by_words)
        if latest is None or not np.array_equal(latest[0], trained):
            lengths = longest_in_training(self.words if by_words else self.chars, trained)
            latest = self._longest_matches[by_words] = trained, lengths
        return latest[1]

    def slice_ranks(self, scan: Scan, *, by_words: bool) -> tuple[Lengths, Lengths]:
        """For every suffix, the slice that it begins in (-1 for none) and the symbols up to that slice's end; each [n] by rank.

        Args:
            scan: of slices.
            by_words: whether symbols are words.
        """
        origin = _origin(scan)
        key = (origin, by_words)
        if key not in self._slice_ranks:
            documents, suffixes = (self.word_documents, self.words) if by_words else (self.char_documents, self.chars)
            first = np.cumsum([0, *(len(codes) + 1 for codes in documents)])
            starts = first[origin.document] + (origin.first_word if by_words else origin.first_char)
            sizes = np.diff(scan.word_starts) if by_words else np.array([len(text) for text in scan.texts], dtype=np.int64)
            row, room = np.full(first[-1], -1, np.int32), np.zeros(first[-1], np.int32)
            offset = ragged_arange(sizes)
            position = np.minimum(np.repeat(starts, sizes) + offset, first[-1] - 1)
            row[position] = np.repeat(np.arange(len(scan), dtype=np.int32), sizes)
            room[position] = np.repeat(sizes, sizes) - offset
            self._slice_ranks[key] = row[suffixes.position], room[suffixes.position]
        return self._slice_ranks[key]

    def slice_spelling(self, scan: Scan) -> tuple[WrittenWords, Positions, Mask]:
        """The words of slices, their numbers in the corpus, and whether their own document has them, as it does unless a slice cuts a word."""
        origin = _origin(scan)
        if origin not in self._slice_spelling:
            written = self.written_words if scan is self.scan else WrittenWords.of(scan.texts)
            numbers = self.document_words.numbers(written)
            has = self.document_words.stand_in(numbers, origin.document[written.passage])
            self._slice_spelling[origin] = written, numbers, has
        return self._slice_spelling[origin]

    @cached_property
    def first_chars(self) -> Positions:
        """Where each document begins when all are joined, and their length, [documents + 1]."""
        return np.cumsum([0, *map(len, self.scan.texts)])

    @cached_property
    def judged_places(self) -> Positions:
        """The places of the judged characters when all documents are joined, in order, [judged]."""
        return self.first_chars[self.ngrams.document] + self.ngrams.position

    def judged_parts(self, scan: Scan, n_parts: int) -> tuple[Mask, Positions]:
        """Whether each judged character lies in a slice and has its context there, [judged], and the part of all slices' that each such one is in.

        Args:
            scan: of slices.
            n_parts: equal parts, in characters, into which each slice is divided.
        """
        origin = _origin(scan)
        if (origin, n_parts) not in self._slice_parts:
            starts = self.first_chars[origin.document] + origin.first_char
            position = self.judged_places
            row = np.searchsorted(starts, position, side="right") - 1
            within = position - starts[row]
            sizes = np.array([len(text) for text in scan.texts], dtype=np.int64)
            judged = (row >= 0) & (within < sizes[row]) & (within >= SKIPPED)
            row, within = row[judged], within[judged]
            self._slice_parts[origin, n_parts] = judged, n_parts * row + within * n_parts // np.maximum(sizes[row], 1)
        return self._slice_parts[origin, n_parts]

    def judged_words(self, scan: Scan) -> tuple[Positions, Positions]:
        """For each judged word, the slice that it lies in, -1 for none, and its number there; each [judged]."""
        origin = _origin(scan)
        if origin not in self._slice_words:
            first = np.cumsum([0, *map(len, self.scan.texts)])
            starts = first[origin.document] + origin.first_char
            ends = starts + np.array([len(text) for text in scan.texts], dtype=np.int64)
            self._slice_words[origin] = self.word_grams.within(first, starts, ends)
        return self._slice_words[origin]


def _origin(scan: Scan) -> Origin:
    assert scan.origin is not None, "only slices of the corpus's own documents have a position in it"
    return scan.origin
