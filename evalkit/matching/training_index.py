"""Finds passages in the training documents of one split (`TrainingIndex`): longest matches, copies, shadows, bits per character."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evalkit._util.entries import Keep, anew
from evalkit.counts.feature import Counts
from evalkit.counts.matrix import Scan
from evalkit.matching.alignment import SHORTEST, Shadow, thresholds
from evalkit.matching.encoding import Codes, Lengths, Mask, Positions, ragged_arange
from evalkit.matching.match_lengths import MOST_CHARS, MOST_WORDS, histograms, histograms_by_passage
from evalkit.matching.reference_lm import SKIPPED, Floats, ReferenceModel
from evalkit.matching.search import Search
from evalkit.matching.spelling import WrittenWords
from evalkit.matching.word_lm import COMMON_BITS, SURPRISING_BITS, Tokens, WordModel
from evalkit.matching.word_lm import SKIPPED as SKIPPED_WORDS
from evalkit.matching.word_pairs import CLASSES_SKIPPED, avoided_pairs, classes_of, distant_bits, pair_counts

if TYPE_CHECKING:
    from evalkit.matching.corpus_index import CorpusIndex
    from evalkit.matching.single_passages import Unlike

N_TOP_WORDS = 200


@dataclass(frozen=True)
class Copy:
    """A stretch of a passage that occurs letter for letter in a training document.

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


class TrainingIndex:
    """The training documents of one split, to find passages in.

    A slice of a training document is searched for in the *other* training documents only, and any other passage in all of them.

    Args:
        index: of the whole corpus.
        trained: whether each document is a training document, [documents].
    """

    def __init__(self, index: CorpusIndex, trained: Mask) -> None:
        self.index, self.trained = index, trained
        # Several metrics, and the explanation after them, ask for the same passages one after the other.
        self._latest_lengths: tuple[Sequence[str], list[Lengths]] = ([], [])
        self._latest_shadows: tuple[Sequence[str], list[Shadow]] = ([], [])

    @cached_property
    def rows(self) -> list[int]:
        """Rows of the training documents."""
        return [int(row) for row in np.flatnonzero(self.trained)]

    @cached_property
    def keep(self) -> Keep:
        """Keeps what depends on the split for later runs, if it is the one that instruments learn from: of the others nothing is used again."""
        return self.index.keep_learned if set(self.rows) == set(self.index.learned) else anew

    @cached_property
    def top_words(self) -> list[str]:
        """The 200 most frequent words of the training documents, the most frequent first, ties in alphabetical order."""
        return self.index.scan.frequent_words(self.rows, N_TOP_WORDS)

    @cached_property
    def model(self) -> ReferenceModel:
        """The language model of the training documents."""
        return ReferenceModel.restored(self.keep("character model", lambda: self.index.ngrams.model(self.trained).arrays()))

    @cached_property
    def _leave_one_out_bits(self) -> Floats:
        return self.index.ngrams.leave_one_out_bits(self.trained)

    @cached_property
    def word_model(self) -> WordModel:
        """The word model of the training documents."""
        return WordModel.restored(self.keep("word model", lambda: self.index.word_grams.model(self.trained).arrays()))

    @cached_property
    def _leave_one_out_word_bits(self) -> tuple[Floats, Floats]:
        return self.index.word_grams.leave_one_out_bits(self.trained)

    @cached_property
    def class_model(self) -> WordModel:
        """The model of the training documents' classes of words."""
        return WordModel.restored(self.keep("class model", lambda: self.index.word_classes.model(self.trained).arrays()))

    @cached_property
    def distant_pairs(self) -> Floats:
        """The association of classes at a distance in the training documents, [lags x classes x classes]."""
        return self.keep("distant pairs", lambda: {"bits": self.index.word_classes.pairs.table(self.trained)})["bits"]

    @cached_property
    def _chars(self) -> Search:
        documents = [self.index.char_documents[row] for row in self.rows]
        return Search(documents, keep=self.keep, key="sorted characters")

    @cached_property
    def _words(self) -> Search:
        documents = [self.index.word_documents[row] for row in self.rows]
        return Search(documents, keep=self.keep, key="sorted words")

    def char_matches(self, scan: Scan) -> Counts:
        """Histogram of longest matches in characters of each passage, [n x 2 MOST_CHARS]."""
        if scan.origin is not None:
            return self._slice_matches(scan, MOST_CHARS, by_words=False)
        return histograms_by_passage(self.char_lengths(scan.texts), MOST_CHARS)

    def word_matches(self, scan: Scan) -> Counts:
        """Histogram of longest matches in words of each passage, [n x 2 MOST_WORDS]."""
        if scan.origin is not None:
            return self._slice_matches(scan, MOST_WORDS, by_words=True)
        queries = scan.word_sequences(self.index.word_codes.table(scan.word_items))
        return histograms_by_passage(self._words.longest(queries), MOST_WORDS)

    def _slice_matches(self, scan: Scan, most: int, *, by_words: bool) -> Counts:
        lengths = self.index.longest_matches(self.trained, by_words=by_words)
        row, room = self.index.slice_ranks(scan, by_words=by_words)
        return histograms(lengths, room, row, len(scan), most)

    def char_lengths(self, texts: Sequence[str]) -> list[Lengths]:
        """For every character of every text, the length of the longest match with the training documents that begins there."""
        # Identity and not equality: the texts are those of one scan, and comparing megabytes each time would cost more than a miss.
        if texts is not self._latest_lengths[0]:
            queries = [self.index.char_codes.encode(text) for text in texts]
            self._latest_lengths = texts, self._chars.longest(queries)
        return self._latest_lengths[1]

    def shadows(self, texts: Sequence[str]) -> list[Shadow]:
        """Every window of every passage that runs along a document."""
        if texts != self._latest_shadows[0]:
            self._latest_shadows = list(texts), self.index.shadows.shadows(texts, self.trained)
        return self._latest_shadows[1]

    def shadow_counts(self, scan: Scan) -> Counts:
        """Characters that agree with one document at a constant offset, and characters that were aligned, [n x 2]."""
        return self._passage_shadow_counts(scan.spaced) if scan.origin is None else self._slice_shadow_counts(scan)

    def _passage_shadow_counts(self, texts: Sequence[str]) -> Counts:
        counts = np.zeros((len(texts), 2), np.int64)
        by_passage: dict[int, list[Shadow]] = {}
        for shadow in self.shadows(texts):
            by_passage.setdefault(shadow.passage, []).append(shadow)
        for row, shadows in by_passage.items():
            counts[row, 0] = self.index.shadows.agreeing(texts[row], shadows)
        counts[:, 1] = [n if (n := len(text)) >= SHORTEST else 0 for text in texts]
        return counts

    def _slice_shadow_counts(self, scan: Scan) -> Counts:
        counts = np.zeros((len(scan), 2), np.int64)
        stretches, alignments = self.index.slice_alignments(scan)
        allowed = alignments.admissible(stretches.passage[alignments.window], self.trained)
        _, agreement = alignments.best(len(stretches), allowed)
        agreeing = np.where(agreement >= thresholds(stretches.size), np.rint(agreement * stretches.size), 0).astype(np.int64)
        np.add.at(counts, stretches.passage, np.column_stack([agreeing, stretches.size]))
        return counts

    def bit_counts(self, scan: Scan, *, n_parts: int = 1) -> Counts:
        """Thousandths of a bit under the reference's language model, and characters judged, for each part of a passage, [n x 2 n_parts].

        Args:
            scan: of the passages.
            n_parts: equal parts, in characters, into which each passage is divided.
        """
        if scan.origin is not None:
            judged, part = self.index.judged_parts(scan, n_parts)
            bits = self._leave_one_out_bits[judged]
        else:
            sizes = np.array([len(text) for text in scan.texts], dtype=np.int64)
            within = ragged_arange(sizes)
            # The texts are joined, so the first few characters of one have the end of another as context: they are not judged.
            judged = within >= SKIPPED
            row, within = np.repeat(np.arange(len(sizes)), sizes)[judged], within[judged]
            bits = self.model.bits(self.index.char_codes.encode("".join(scan.texts)))[judged]
            part = n_parts * row + within * n_parts // np.maximum(sizes[row], 1)
        # Counts are integers, so that sums do not depend on the order of passages.
        thousandths = np.bincount(part, np.rint(1000 * bits), minlength=n_parts * len(scan))
        counts = np.column_stack([thousandths, np.bincount(part, minlength=n_parts * len(scan))])
        return counts.reshape(len(scan), 2 * n_parts).astype(np.int64)

    def bits_of_each(self, texts: Sequence[str]) -> list[Floats]:
        """Bits of every character of texts that are not of the training documents, [characters] each; 0 for those without context."""
        sizes = np.array([len(text) for text in texts], dtype=np.int64)
        bits = self.model.bits(self.index.char_codes.encode("".join(texts)))
        bits = np.where(ragged_arange(sizes) >= SKIPPED, bits, 0.0)
        return np.split(bits, np.cumsum(sizes)[:-1])

    def sampled_bits(self, texts: Sequence[str], document: Positions, start: Positions) -> tuple[Floats, Counts]:
        """Bits under the reference's language model of some characters of each text, and how many characters, each [n].

        As many characters are judged of any text as of the corpus itself, evenly spaced, so that single passages vary alike.

        Args:
            texts: all of them slices of the corpus's documents, or none.
            document, start: the document that each was cut from, and its place there; -1 for other texts, each [n].
        """
        sizes = np.array([len(text) for text in texts], dtype=np.int64)
        if (document >= 0).all():
            place, sums = self.index.judged_places, np.cumsum(np.concatenate([[0.0], self._leave_one_out_bits]))
            first = self.index.first_chars[document] + start
            low, high = np.searchsorted(place, first + SKIPPED), np.searchsorted(place, first + np.maximum(sizes, SKIPPED))
            return sums[high] - sums[low], high - low
        within = ragged_arange(sizes)
        judged = (within >= SKIPPED) & ((within - SKIPPED) % self.model.step == 0)
        row = np.repeat(np.arange(len(sizes)), sizes)[judged]
        bits = self.model.bits(self.index.char_codes.encode("".join(texts)))[judged]
        sums = np.bincount(row, bits, minlength=len(sizes)).astype(np.float64)
        return sums, np.bincount(row, minlength=len(sizes)).astype(np.int64)

    def outside_counts(self, scan: Scan) -> Counts:
        """Passages outside the range of single human passages, those far outside, and all that were looked at, [n x 3]."""
        return self.index.single_passages.counts(self, scan)

    def unlike(self, scan: Scan) -> list[Unlike]:
        """The passages outside the range of single human passages, the farthest first."""
        return self.index.single_passages.unlike(self, scan)

    def neighbour_counts(self, scan: Scan) -> Counts:
        """Words that near sentences share, and the thousandths of a word that they would share in random order, [n x 2]."""
        return self.index.neighbour_counts(scan)

    def word_bit_counts(self, scan: Scan) -> Counts:
        """Thousandths of a bit of the words alone, and after the three before them, words judged, and those that surprise, [n x 4].

        Only common words are judged. One surprises that is at most a quarter as probable after the three before it as alone.
        """
        if scan.origin is not None:
            row, within = self.index.judged_words(scan)
            bits = self._leave_one_out_word_bits
        else:
            tokens = [Tokens.of(text).names for text in scan.texts]
            sizes = np.array([len(names) for names in tokens], dtype=np.int64)
            row, within = np.repeat(np.arange(len(sizes)), sizes), ragged_arange(sizes)
            bits = self.word_model.bits([name for names in tokens for name in names])
        judged = (row >= 0) & (within >= SKIPPED_WORDS) & (bits[0] <= COMMON_BITS)
        thousandths = [np.bincount(row[judged], np.rint(1000 * each[judged]), minlength=len(scan)) for each in bits]
        which = (judged, judged & (bits[1] >= bits[0] + SURPRISING_BITS))
        counts = [np.bincount(row[words], minlength=len(scan)) for words in which]
        return np.column_stack([*thousandths, *counts]).astype(np.int64)

    def _classes(self, scan: Scan) -> tuple[list[str], Positions, Positions]:
        """The classes of all words of passages in order, the passage of each, and its number there."""
        classes = [classes_of(Tokens.of(text).names, self.index.function_words) for text in scan.texts]
        sizes = np.array([len(names) for names in classes], dtype=np.int64)
        return [name for names in classes for name in names], np.repeat(np.arange(len(sizes)), sizes), ragged_arange(sizes)

    def class_saving_counts(self, scan: Scan, edges: Floats) -> Counts:
        """How many words of each passage have a class of which those before it save so many bits, [n x bins].

        Args:
            scan: of the passages.
            edges: of the bins, in bits; the first and the last bin are open.
        """
        if scan.origin is not None:
            row, within = self.index.judged_words(scan)
            alone, in_context = self.index.word_classes.grams.leave_one_out_bits(self.trained)
        else:
            names, row, within = self._classes(scan)
            alone, in_context = self.class_model.bits(names)
        judged = (row >= 0) & (within >= CLASSES_SKIPPED)
        n_bins = len(edges) + 1
        cells = row[judged] * n_bins + np.searchsorted(edges, (alone - in_context)[judged])
        return np.bincount(cells, minlength=len(scan) * n_bins).reshape(len(scan), n_bins).astype(np.int64)

    def distant_counts(self, scan: Scan) -> Counts:
        """Millionths of a bit by which the classes of words 4 to 12 apart attract each other, and repel, and pairs of such words, [n x 3]."""
        if scan.origin is not None:
            pairs = self.index.word_classes.pairs
            row, within = (found[pairs.rows] for found in self.index.judged_words(scan))
            inside = (row >= 0) & (within >= pairs.lag)
            row, bits = row[inside], pairs.leave_one_out_bits(self.trained)[inside]
        else:
            names, passage, _ = self._classes(scan)
            row, bits = distant_bits(self.class_model.numbers(names), passage, self.distant_pairs)
        # Counts are never negative, so pairs that stand together too often and too seldom have a column each.
        sides = (np.maximum(bits, 0.0), np.maximum(-bits, 0.0))
        millionths = [np.bincount(row, np.rint(1e6 * side), minlength=len(scan)) for side in sides]
        return np.column_stack([*millionths, np.bincount(row, minlength=len(scan))]).astype(np.int64)

    def word_pair_counts(self, scan: Scan) -> Counts:
        """Pairs of neighbouring words that the training documents avoid, and pairs that chance would have brought together, [n x 2]."""
        if scan.origin is not None:
            pairs = self.index.word_pairs
            row, within = (found[pairs.rows] for found in self.index.judged_words(scan))
            inside = (row >= 0) & (within > 0)
            expected, avoided = pairs.leave_one_out(self.trained)
            return pair_counts(row[inside], expected[inside], avoided[inside], len(scan))
        tokens = [Tokens.of(text).names for text in scan.texts]
        row = np.repeat(np.arange(len(tokens)), [len(names) for names in tokens])
        inside = row[1:] == row[:-1]
        expected, avoided = avoided_pairs([name for names in tokens for name in names], self.word_model)
        return pair_counts(row[1:][inside], expected[inside], avoided[inside], len(scan))

    def misspelt_counts(self, scan: Scan, dictionary: Container[str]) -> Counts:
        """Words that look misspelt, and words that could, [n x 2].

        Args:
            scan: of the passages.
            dictionary: of the language; words that it has are known.
        """
        words = self.index.document_words
        if scan.origin is not None:
            written, numbers, has = self.index.slice_spelling(scan)
            own = has & self.trained[scan.origin.document[written.passage]]
            unknown = ~words.are_known(numbers, self.trained, own)
        else:
            written = WrittenWords.of(scan.texts)
            unknown = ~words.are_known(words.numbers(written), self.trained)
        # The training documents know most words, and asking a dictionary takes longer.
        asked = np.unique(written.item[unknown])
        absent = np.zeros(len(written.names), bool)
        absent[asked] = [not (name[0].isdecimal() or name in dictionary) for name in map(written.names.__getitem__, asked.tolist())]
        unknown &= absent[written.item]
        judged = written.between_known(unknown)
        hits = judged & unknown & written.is_single
        counts = [np.bincount(written.passage[which], minlength=len(scan)) for which in (hits, judged)]
        return np.column_stack(counts).astype(np.int64)

    def sentence_lengths(self, scan: Scan) -> Counts:
        """How many sentences of each length every passage has."""
        return self.index.sentences.lengths(scan.texts) if scan.origin is None else self.index.slice_sentences(scan)

    def longest_copy(self, scan: Scan) -> Copy | None:
        """The longest stretch of any passage that occurs in the training documents, the first of several; None where there is none.

        The place is -1 in document -1 for slices of the corpus itself, which are not looked up.
        """
        best = max(
            (
                (int(lengths.max(initial=0)), -row, -int(lengths.argmax()))
                for row, lengths in enumerate(self._lengths(scan))
                if len(lengths)
            ),
            default=(0, 0, 0),
        )
        n_chars, passage, start = best[0], -best[1], -best[2]
        if not n_chars:
            return None
        text = scan.texts[passage][start : start + n_chars]
        document, place = (-1, -1) if scan.origin is not None else self.find(self.index.char_codes.encode(text))
        return Copy(passage, start, n_chars, document, place)

    def _lengths(self, scan: Scan) -> list[Lengths]:
        if scan.origin is None:
            return self.char_lengths(scan.texts)
        # Matches of slices are kept by rank; here they are put back in the order of the text.
        first = np.cumsum([0, *(len(codes) + 1 for codes in self.index.char_documents)])
        lengths = np.zeros(first[-1], np.int32)
        lengths[self.index.chars.position] = self.index.longest_matches(self.trained, by_words=False)
        starts = first[scan.origin.document] + scan.origin.first_char
        slices = zip(starts, map(len, scan.texts), strict=True)
        return [np.minimum(lengths[start : start + n], np.arange(n, 0, -1)) for start, n in slices]

    def find(self, codes: Codes) -> tuple[int, int]:
        """The first training document that has these symbols, by row, and their position in it; (-1, -1) where none has them."""
        # Searching bytes runs at the speed of memory; a symbol has one, two or four of them.
        wanted = codes.tobytes()
        for row in self.rows:
            document = self.index.char_documents[row].tobytes()
            place = document.find(wanted)
            while place >= 0 and place % codes.itemsize:  # a match that begins inside a symbol
                place = document.find(wanted, place + 1)
            if place >= 0:
                return row, place // codes.itemsize
        return -1, -1
