"""Finds passages unlike all single human passages of their length: `SinglePassages`, and `Unlike` for one of them.

A few passages of noise among good ones hardly move any measure of all passages together. Held beside single passages of the training text,
each of them stands out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evalkit._util.entries import Arrays
from evalkit.counts.feature import Counts, Floats
from evalkit.counts.matrix import Origin, Scan
from evalkit.counts.recurrence import repeats
from evalkit.matching.encoding import Mask, Positions

if TYPE_CHECKING:
    from evalkit.matching.training_index import TrainingIndex

VALUES = (
    "bits per character",
    "words that occur in the training text",
    "repeated words",
    "marks and digits",
    "capitals",
    "white space",
)
"""What is looked at in a single passage; the first under the reference's model, all others shares."""
FEWEST_CHARS = 50
"""Shorter passages are not looked at."""
LONGEST_CHARS = 2_000
"""Longer passages are looked at in parts of about this length."""
_FEWEST_PIECES = 60
"""Passages of the corpus that it takes to know the range of single ones."""
_MOST_PIECES = 1_500
"""Passages of the corpus that are looked at, evenly spread: fifteen lie beyond the 99th percentile."""
_STEP = 2**0.5
"""Lengths are rounded to powers of this, from 2,000 characters down, so that few ranges have to be known."""
_TAIL = 0.005
_OUTSIDE = 0.99
FAR = 2.0
"""How many times as far as the edge of the human range a passage lies that is far outside."""


@dataclass(frozen=True)
class Unlike:
    """A passage, or a part of a long one, that is unlike all but 1 % of single human passages.

    Args:
        passage: its row.
        value: what of `VALUES` is farthest from human.
        too_much: whether it has too much of it, rather than too little.
        distance: from the middle of human passages, in units of the edge of their range; above 1, and above 2 where it is far outside.
    """

    passage: int
    value: str
    too_much: bool
    distance: float


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Passages, long ones in parts, with what is counted of each whatever the split.

    Args:
        row: the passage that each was cut from, [n].
        n_chars: their lengths, [n].
        document, start: the document that each is from and its place there; -1 for text from elsewhere, each [n].
        shares: numerators and denominators of the shares that do not depend on the split, each [n x 4].
        words: occurrences of words by their place in the corpus's scan, those that it lacks in the last column, [n x words + 1].
        texts: of the pieces.
    """

    row: Positions
    n_chars: Positions
    document: Positions
    start: Positions
    shares: tuple[Counts, Counts]
    words: sparse.csr_array
    texts: Sequence[str]


class SinglePassages:
    """Single passages of a corpus, and how far another passage lies from them, under any split of it.

    Args:
        documents: the scan of the corpus, one row a document.
    """

    def __init__(self, documents: Scan) -> None:
        self._documents = documents
        self._word_column = {word: column for column, word in enumerate(documents.word_items)}
        self._cut: dict[Origin, _Pieces] = {}
        self._human: dict[int, _Pieces] = {}

    def counts(self, training: TrainingIndex, scan: Scan) -> Counts:
        """Passages outside the range of single human ones, those far outside, and all that were looked at, [n x 3].

        Args:
            training: documents of the corpus that the range is of.
            scan: of the passages.
        """
        counts = np.zeros((len(scan), 3), np.int64)
        pieces = self._pieces(scan)
        distance = self._distances(training, pieces).max(axis=1, initial=-np.inf)
        looked_at = np.isfinite(distance)
        for column, counted in enumerate((distance > 1, distance > FAR, looked_at)):
            np.add.at(counts[:, column], pieces.row[counted & looked_at], 1)
        return counts

    def unlike(self, training: TrainingIndex, scan: Scan) -> list[Unlike]:
        """The passages outside the range of single human ones, the farthest first."""
        pieces = self._pieces(scan)
        distances = self._distances(training, pieces)
        found = []
        for piece in np.argsort(-distances.max(axis=1, initial=-np.inf), kind="stable"):
            worst = int(distances[piece].argmax())
            if not distances[piece, worst] > 1:
                break
            value, too_much = divmod(worst, 2)
            found.append(Unlike(int(pieces.row[piece]), VALUES[value], bool(too_much), float(distances[piece, worst])))
        return found

    def _distances(self, training: TrainingIndex, pieces: _Pieces) -> Floats:
        """How far each piece lies below and above the middle of human ones of its length, in each value, [n x 12].

        In units of the edge of the human range; all minus infinity where a piece is too short, or the corpus too small.
        """
        distances = np.full((len(pieces.row), 2 * len(VALUES)), -np.inf)
        lengths = np.array([self._length(n) for n in pieces.n_chars.tolist()], dtype=np.int64)
        values = self._values(training, pieces)
        for length in np.unique(lengths[lengths > 0]):
            human = training.keep(f"single passages of {length}", partial(self._human_values, training, int(length)))
            if len(human["values"]) >= _FEWEST_PIECES // 2:
                mine = lengths == length
                distances[mine] = _distances(values[mine], human["values"], human["sizes"])
        return distances

    def _human_values(self, training: TrainingIndex, length: int) -> Arrays:
        """All values of passages of the training documents of one length, and the denominators of the last four."""
        human = self._human_pieces(length)
        known = training.trained[human.document]
        return {"values": self._values(training, human)[known], "sizes": human.shares[1][known]}

    def _length(self, n_chars: int) -> int:
        """The length on the grid that a piece is compared at; 0 for none."""
        if n_chars < FEWEST_CHARS:
            return 0
        steps = round(math.log(LONGEST_CHARS / n_chars, _STEP))
        return min(self._longest, round(LONGEST_CHARS / _STEP**steps))

    @cached_property
    def _longest(self) -> int:
        """The longest length on the grid at which the corpus has enough passages; 0 where there is none."""
        sizes = np.array([len(text) for text in self._documents.texts], dtype=np.int64)
        for step in range(12):
            length = round(LONGEST_CHARS / _STEP**step)
            if length < FEWEST_CHARS:
                return 0
            if (sizes // length).sum() >= _FEWEST_PIECES:
                return length
        return 0

    def _human_pieces(self, length: int) -> _Pieces:
        if length not in self._human:
            texts = self._documents.texts
            place = np.concatenate([np.arange(0, len(text) - length + 1, length) for text in texts] or [np.empty(0, np.int64)])
            document = np.repeat(np.arange(len(texts)), [max(0, len(text) // length) for text in texts])
            some = slice(None, None, -(-len(place) // _MOST_PIECES) or 1)
            sizes = np.full(len(place[some]), length)
            self._human[length] = self._counted(texts, document[some], place[some], sizes, document=document[some])
        return self._human[length]

    def _pieces(self, scan: Scan) -> _Pieces:
        """The passages of a scan; slices of the corpus are cut and counted once for all splits."""
        if scan.origin is None:
            return self._cut_up(scan)
        if scan is self._documents and self._longest:
            return self._human_pieces(self._longest)
        if scan.origin not in self._cut:
            self._cut[scan.origin] = self._cut_up(scan)
        return self._cut[scan.origin]

    def _cut_up(self, scan: Scan) -> _Pieces:
        longest = self._longest or LONGEST_CHARS
        sizes = np.array([len(text) for text in scan.texts], dtype=np.int64)
        n_pieces = np.maximum(1, np.rint(sizes / longest).astype(np.int64))
        row = np.repeat(np.arange(len(scan)), n_pieces)
        if (n_pieces == 1).all():
            nowhere = np.full(len(row), -1)
            document, start = (nowhere, nowhere) if scan.origin is None else (scan.origin.document, scan.origin.first_char)
            return self._of(scan, row, sizes, document=document, start=start)
        part = np.arange(n_pieces.sum()) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
        place, end = part * sizes[row] // n_pieces[row], (part + 1) * sizes[row] // n_pieces[row]
        document = np.full(len(row), -1) if scan.origin is None else scan.origin.document[row]
        return self._counted(scan.texts, row, place, end - place, document=document, origin=scan.origin)

    def _counted(
        self,
        texts: Sequence[str],
        row: Positions,
        place: Positions,
        size: Positions,
        *,
        document: Positions,
        origin: Origin | None = None,
    ) -> _Pieces:
        """Pieces of texts, counted.

        Args:
            texts: that they are cut from.
            row, place, size: of each piece: its text, where it begins there, and its length, each [n].
            document: the document that each is from; -1 for text from elsewhere, [n].
            origin: of the texts; None for whole documents and for text from elsewhere.
        """
        scan = Scan([texts[i][low : low + n] for i, low, n in zip(row.tolist(), place.tolist(), size.tolist(), strict=True)])
        start = place if origin is None else place + origin.first_char[row]
        return self._of(scan, row, size, document=document, start=start)

    def _of(self, scan: Scan, row: Positions, size: Positions, *, document: Positions, start: Positions) -> _Pieces:
        return _Pieces(row, size, document, start, _shares(scan), self._word_counts(scan), scan.texts)

    def _word_counts(self, scan: Scan) -> sparse.csr_array:
        """Occurrences of the corpus's words in pieces, with those of all other words as the last column."""
        n = len(self._word_column)
        columns = np.array([self._word_column.get(word, n) for word in scan.word_items], dtype=np.int64)
        found = scan.words.tocoo()
        return sparse.csr_array((found.data, (found.row, columns[found.col])), shape=(len(scan), n + 1))

    def _values(self, training: TrainingIndex, pieces: _Pieces) -> Floats:
        """All values of each piece, [n x 6]; NaN where one has nothing that they are a share of."""
        numerators, denominators = pieces.shares
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = numerators / denominators
            bits = np.divide(*training.sampled_bits(pieces.texts, pieces.document, pieces.start))
        return np.column_stack([bits, self._known(training.trained, pieces), shares])

    def _known(self, trained: Mask, pieces: _Pieces) -> Floats:
        """The share of words that occur in the training documents, its own document aside, [n]."""
        in_documents = self._documents.words[np.flatnonzero(trained)] > 0
        n_documents = np.append(np.asarray(in_documents.sum(axis=0)).ravel(), 0)
        own = (pieces.document >= 0) & trained[pieces.document]
        known, known_elsewhere = (pieces.words @ (n_documents >= n) for n in (1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(own, known_elsewhere, known) / pieces.words.sum(axis=1))


def _shares(scan: Scan) -> tuple[Counts, Counts]:
    """Numerators and denominators of the shares of repeated words, of marks and digits, of capitals and of white space, each [n x 4]."""
    passage = np.repeat(np.arange(len(scan)), np.diff(scan.word_starts))
    repeated, enough = repeats(scan)
    n_repeated, n_enough = (np.bincount(passage[which], minlength=len(scan)) for which in (repeated & enough, enough))
    kinds = np.array(
        [
            (not char[0].isalpha() and not char.isspace(), char[0].isupper(), char.isspace(), char[0].isalpha(), 1)
            for char in scan.char_items
        ],
        dtype=np.int64,
    ).reshape(-1, 5)
    marks, capitals, spaces, letters, chars = (scan.chars @ kinds).T
    return np.column_stack([n_repeated, marks, capitals, spaces]), np.column_stack([n_enough, chars, letters, chars])


def _distances(values: Floats, human: Floats, sizes: Counts) -> Floats:
    """How far values lie below and above the middle of human ones, [n x 12], in units of the edge of the human range.

    Each value is scaled so that its median over human passages is 0 and its percentiles .5 and 99.5 are 1 away. The edge of the range is
    the 99th percentile of the largest such distance of a human passage, so that 1 % of human passages lie outside, all values together.

    Args:
        values: of the passages, [n x 6].
        human: of human ones of the same length, [m x 6].
        sizes: the denominators of the last four values of human ones, [m x 4].
    """
    defined = ~np.isnan(human).all(axis=0)
    low, middle, high = np.zeros((3, human.shape[1]))
    low[defined], middle[defined], high[defined] = np.nanquantile(human[:, defined], (_TAIL, 0.5, 1 - _TAIL), axis=0)
    # What is in no human passage may be in 3 of as many units as they have (the rule of three) without meaning anything.
    least = 3 / np.maximum(1, np.concatenate([[np.inf, np.median(sizes[:, 0])], np.median(sizes, axis=0)]))
    scale = np.maximum(np.stack([middle - low, high - middle]), np.maximum(least, 1e-9))
    scaled, human_scaled = (_scaled(some, middle, scale) for some in (values, human))
    edge = max(1.0, float(np.quantile(human_scaled.max(axis=1), _OUTSIDE, method="higher")))
    return scaled / edge


def _scaled(values: Floats, middle: Floats, scale: NDArray[np.float64]) -> Floats:
    """Distances below and above the middle, the two of a value side by side, [n x 12]; 0 where a value is not defined."""
    off = np.nan_to_num(values - middle)
    return np.stack([-off / scale[0], off / scale[1]], axis=2).reshape(len(values), -1)
