"""The corpus as something to find text in, whole or without the documents that are held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts
from evalkit.counts.matrix import Origin, Scan
from evalkit.language.sentences import SentenceSplitter
from evalkit.matching import match_lengths as histogram
from evalkit.matching.alignment import SHORTEST, Candidates, Shadow, ShadowIndex, Windows, plain, thresholds, windows
from evalkit.matching.encoding import CharCodes, WordCodes
from evalkit.matching.reference_lm import SKIPPED, Judge, Model
from evalkit.matching.search import Search
from evalkit.matching.suffix_array import Codes, Lengths, Suffixes, longest_in_training

Rows = NDArray[np.int64]
N_TOP = 200
_MOST_WINDOWS = 3000
"""Windows of the corpus itself that are searched for shadows, evenly spread: enough for a false-alarm rate, and no more work for a larger corpus."""


class CorpusIndex:
    """All documents of a corpus, searched as a whole; each part is made when first asked for.

    Args:
        scan: of the documents, one row each.
        names: of the documents, for people; their rows where they have none.
        learned: rows of the documents that instruments such as the sentence splitter are trained on; all of them where none are given.
    """

    def __init__(self, scan: Scan, names: Sequence[str] = (), *, learned: Sequence[int] | None = None) -> None:
        self.scan = scan
        self.learned = range(len(scan)) if learned is None else learned
        self.names = list(names) or [str(row) for row in range(len(scan))]
        self._own_matches: dict[bool, tuple[NDArray[np.bool_], Lengths]] = {}
        self._places: dict[tuple[Origin, bool], tuple[Lengths, Lengths]] = {}
        self._sentences: dict[Origin, Counts] = {}
        self._shadows: dict[Origin, tuple[Windows, Candidates]] = {}

    def training(self, rows: Sequence[int]) -> Training:
        """The index without the documents that are held out.

        Args:
            rows: of the training documents.
        """
        trained = np.zeros(len(self.scan), bool)
        trained[list(rows)] = True
        return Training(self, trained)

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
    def judge(self) -> Judge:
        """The documents as a model of characters that can leave any of them out."""
        return Judge(self.char_documents, max((int(codes.max(initial=0)) for codes in self.char_documents), default=0))

    @cached_property
    def sentences(self) -> SentenceSplitter:
        """Where sentences end, learned from these documents."""
        return SentenceSplitter([self.scan.texts[row] for row in self.learned])

    def own_sentences(self, scan: Scan) -> Counts:
        """Sentence lengths of passages of these documents; the splitter is one and the same for all splits, so they are counted once."""
        assert scan.origin is not None, "only passages with an origin are kept"
        if scan.origin not in self._sentences:
            self._sentences[scan.origin] = self.sentences.lengths(scan.texts)
        return self._sentences[scan.origin]

    def judged_rows(self, scan: Scan) -> tuple[Rows, Rows]:
        """The passage that each judged character lies in, -1 for none, and how far into it; each [judged]."""
        origin = scan.origin
        assert origin is not None, "only passages with an origin have a place in the corpus"
        first = np.cumsum([0, *map(len, self.scan.texts)])
        starts = first[origin.document] + origin.first_char
        place = first[self.judge.document] + self.judge.place
        row = np.searchsorted(starts, place, side="right") - 1
        into = place - starts[row]
        sizes = np.array([len(text) for text in scan.texts], dtype=np.int64)
        return np.where((row >= 0) & (into < sizes[row]), row, -1), into

    @cached_property
    def shadows(self) -> ShadowIndex:
        """The documents, to find shadows in."""
        return ShadowIndex(self.scan.texts)

    def own_shadows(self, scan: Scan) -> tuple[Windows, Candidates]:
        """Some windows of passages that were cut from these documents, with the places in other documents that they may run along."""
        assert scan.origin is not None, "only passages with an origin have a place in the corpus"
        if scan.origin not in self._shadows:
            texts = [plain(text) for text in scan.texts]
            every = windows(texts)
            some = slice(None, None, -(-len(every) // _MOST_WINDOWS) or 1)
            chosen = Windows(every.passage[some], every.start[some], every.size[some])
            owner = scan.origin.document[chosen.passage]
            # People do not guess: a window of theirs that agrees with another document shares whole words with it.
            self._shadows[scan.origin] = chosen, self.shadows.candidates(texts, chosen, owner=owner, everywhere=False)
        return self._shadows[scan.origin]

    def own_matches(self, trained: NDArray[np.bool_], *, by_words: bool) -> Lengths:
        """Each position's longest match with the training documents, [n] by rank; only those of the split that was asked for last are kept.

        Args:
            trained: which documents are training documents, [documents].
            by_words: whether symbols are words.
        """
        known = self._own_matches.get(by_words)
        if known is None or not np.array_equal(known[0], trained):
            found = longest_in_training(self.words if by_words else self.chars, trained)
            known = self._own_matches[by_words] = trained, found
        return known[1]

    def places(self, scan: Scan, *, by_words: bool) -> tuple[Lengths, Lengths]:
        """For every suffix, the passage of `scan` that it begins in (-1 for none) and the symbols up to that passage's end; each [n] by rank.

        Args:
            scan: of passages that were cut from these documents.
        """
        origin = scan.origin
        assert origin is not None, "only passages with an origin have a place in the corpus"
        key = (origin, by_words)
        if key not in self._places:
            documents, suffixes = (self.word_documents, self.words) if by_words else (self.char_documents, self.chars)
            first = np.cumsum([0, *(len(codes) + 1 for codes in documents)])
            starts = first[origin.document] + (origin.first_word if by_words else origin.first_char)
            sizes = np.diff(scan.word_starts) if by_words else np.array([len(text) for text in scan.texts], dtype=np.int64)
            row, room = np.full(first[-1], -1, np.int32), np.zeros(first[-1], np.int32)
            offset = _counting(sizes)
            where = np.minimum(np.repeat(starts, sizes) + offset, first[-1] - 1)
            row[where] = np.repeat(np.arange(len(scan), dtype=np.int32), sizes)
            room[where] = np.repeat(sizes, sizes) - offset
            self._places[key] = row[suffixes.position], room[suffixes.position]
        return self._places[key]


def _counting(sizes: Rows) -> Rows:
    """0, 1, 2 ... anew for every size."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


@dataclass(frozen=True)
class Copy:
    """A stretch of a passage that stands in the training text.

    Args:
        passage: row of the passage.
        start: first character in the passage.
        n_chars: its length.
        document: row of the first document that has it.
        place: first character in that document.
    """

    passage: int
    start: int
    n_chars: int
    document: int
    place: int


class Training:
    """The training documents of one split, to find passages in.

    A passage that was cut from a training document is searched for in the *other* training documents only; any other passage in all of them.
    """

    def __init__(self, index: CorpusIndex, trained: NDArray[np.bool_]) -> None:
        self.index, self.trained = index, trained
        self._latest: tuple[Sequence[str], list[Lengths]] = ([], [])
        self._latest_shadows: tuple[Sequence[str], list[Shadow]] = ([], [])

    @cached_property
    def rows(self) -> list[int]:
        """Of the training documents."""
        return [int(row) for row in np.flatnonzero(self.trained)]

    @cached_property
    def _chars(self) -> Search:
        return Search([self.index.char_documents[row] for row in self.rows])

    @cached_property
    def _words(self) -> Search:
        return Search([self.index.word_documents[row] for row in self.rows])

    def char_matches(self, scan: Scan) -> Counts:
        """Histogram of longest matches in characters of each passage, [n x 2 MOST_CHARS]."""
        if scan.origin is not None:
            own = self.index.own_matches(self.trained, by_words=False)
            row, room = self.index.places(scan, by_words=False)
            return histogram.histograms(own, room, row, len(scan), histogram.MOST_CHARS)
        return histogram.of_passages(self.char_lengths(scan.texts), histogram.MOST_CHARS)

    def word_matches(self, scan: Scan) -> Counts:
        """Histogram of longest matches in words of each passage, [n x 2 MOST_WORDS]."""
        if scan.origin is not None:
            own = self.index.own_matches(self.trained, by_words=True)
            row, room = self.index.places(scan, by_words=True)
            return histogram.histograms(own, room, row, len(scan), histogram.MOST_WORDS)
        queries = scan.word_sequences(self.index.word_codes.table(scan.word_items))
        return histogram.of_passages(self._words.longest(queries), histogram.MOST_WORDS)

    def char_lengths(self, texts: Sequence[str]) -> list[Lengths]:
        """For every character of every text, the length of the longest match with the training documents that begins there."""
        if texts is not self._latest[0]:  # several metrics ask for the same passages, one after the other
            queries = [self.index.char_codes.encode(text) for text in texts]
            self._latest = texts, self._chars.longest(queries)
        return self._latest[1]

    def shadow_counts(self, scan: Scan) -> Counts:
        """Characters that agree with one document at a constant offset, and characters looked at, [n x 2]."""
        counts = np.zeros((len(scan), 2), np.int64)
        if scan.origin is None:
            for shadow_row, found in _by_passage(self.shadows(scan.texts)).items():
                counts[shadow_row, 0] = self.index.shadows.agreeing(scan.texts[shadow_row], found)
            counts[:, 1] = [n if (n := len(plain(text))) >= SHORTEST else 0 for text in scan.texts]
            return counts
        chosen, candidates = self.index.own_shadows(scan)
        known = candidates.known(chosen.passage[candidates.window], self.trained)
        agreement = candidates.best(len(chosen), known)[1]
        agreeing = np.where(agreement >= thresholds(chosen.size), np.rint(agreement * chosen.size), 0).astype(np.int64)
        np.add.at(counts, chosen.passage, np.column_stack([agreeing, chosen.size]))
        return counts

    @cached_property
    def _own_bits(self) -> NDArray[np.float64]:
        return self.index.judge.own_bits(self.trained)

    @cached_property
    def model(self) -> Model:
        """The judge that has read the training documents."""
        return self.index.judge.model(self.trained)

    def judge_counts(self, scan: Scan) -> Counts:
        """Thousandths of a bit, and characters judged, [n x 2]."""
        if scan.origin is not None:
            row, into = self.index.judged_rows(scan)
            judged = (row >= 0) & (into >= SKIPPED)
            row, bits = row[judged], self._own_bits[judged]
        else:
            sizes = [len(text) for text in scan.texts]
            # Written one after the other, passages lend each other the context of the first few characters, which are not judged.
            judged = np.concatenate([*(np.arange(n) >= SKIPPED for n in sizes), np.empty(0, bool)])
            row = np.repeat(np.arange(len(sizes)), sizes)[judged]
            bits = self.model.bits(self.index.char_codes.encode("".join(scan.texts)))[judged]
        thousandths = np.bincount(row, np.rint(1000 * bits), minlength=len(scan))
        return np.column_stack([thousandths, np.bincount(row, minlength=len(scan))]).astype(np.int64)

    def sentence_lengths(self, scan: Scan) -> Counts:
        """How many sentences of each length every passage has."""
        return self.index.sentences.lengths(scan.texts) if scan.origin is None else self.index.own_sentences(scan)

    @cached_property
    def top_words(self) -> list[str]:
        """The words of the training documents, the most frequent first, those of one frequency in alphabetical order; at most 200."""
        totals = np.asarray(self.index.scan.words[self.rows].sum(axis=0)).ravel()
        items = self.index.scan.word_items
        ranked = sorted(np.flatnonzero(totals), key=lambda i: (-totals[i], items[i]))
        return [items[i] for i in ranked[:N_TOP]]

    def shadows(self, texts: Sequence[str]) -> list[Shadow]:
        """Every window of every passage that runs along a document."""
        if texts != self._latest_shadows[0]:  # the metric and the account of it ask for the same passages
            self._latest_shadows = list(texts), self.index.shadows.shadows(texts, self.trained)
        return self._latest_shadows[1]

    def _own_by_place(self) -> tuple[Lengths, Rows]:
        """Longest matches in the order of the text, and where each document begins."""
        first = np.cumsum([0, *(len(codes) + 1 for codes in self.index.char_documents)])
        lengths = np.zeros(first[-1], np.int32)
        lengths[self.index.chars.position] = self.index.own_matches(self.trained, by_words=False)
        return lengths, first

    def _lengths(self, scan: Scan) -> list[Lengths]:
        if scan.origin is None:
            return self.char_lengths(scan.texts)
        lengths, first = self._own_by_place()
        starts = first[scan.origin.document] + scan.origin.first_char
        pieces = zip(starts, map(len, scan.texts), strict=True)
        return [np.minimum(lengths[start : start + n], np.arange(n, 0, -1)) for start, n in pieces]

    def longest_copy(self, scan: Scan) -> Copy | None:
        """The longest stretch of any passage that stands in the training documents, the first of several; None where there is none.

        The place is -1 in document -1 for passages of the corpus itself, which are not looked up.
        """
        best = max(
            (
                (int(found.max(initial=0)), -row, -int(found.argmax()))
                for row, found in enumerate(self._lengths(scan))
                if len(found)
            ),
            default=(0, 0, 0),
        )
        n_chars, passage, start = best[0], -best[1], -best[2]
        if not n_chars:
            return None
        text = scan.texts[passage][start : start + n_chars]
        document, place = (-1, -1) if scan.origin is not None else self.find(self.index.char_codes.encode(text))
        return Copy(passage, start, n_chars, document, place)

    def find(self, codes: Codes) -> tuple[int, int]:
        """The first training document that has these symbols, by row, and their place in it; (-1, -1) where none has them."""
        wanted = codes.tobytes()
        for row in self.rows:
            hay = self.index.char_documents[row].tobytes()
            place = hay.find(wanted)
            while place >= 0 and place % codes.itemsize:  # found across the bytes of two symbols
                place = hay.find(wanted, place + 1)
            if place >= 0:
                return row, place // codes.itemsize
        return -1, -1


def _by_passage(shadows: Sequence[Shadow]) -> dict[int, list[Shadow]]:
    found: dict[int, list[Shadow]] = {}
    for shadow in shadows:
        found.setdefault(shadow.passage, []).append(shadow)
    return found
