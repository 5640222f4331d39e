"""Shadows: text that runs along one passage of the corpus, letter by letter, without quoting it.

A model that is fed the true text and prints its own guess of every next character leaves such a shadow: half of the characters agree with the
corpus at one constant offset, and no longer stretch is ever the same. Exact matching is blind to it. It is found like a fingerprint: the shape
of 32 characters, letters here and other characters there, outlasts wrong letters; shapes that the text shares with the corpus vote for
offsets, and the offsets with the most votes are checked character by character. Where a model guesses so badly that no shape is whole, some
windows are compared with every place of the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evalkit.matching.encoding import CharCodes
from evalkit.matching.fingerprint import WORD, half_shapes, nearest, shapes
from evalkit.matching.suffix_array import Codes, Mask

WINDOW = 150
"""Characters that are looked at together; a longer text may lose or gain characters between windows."""
SHORTEST = 60
"""Characters that a text needs to be looked at."""
THRESHOLD = 0.36
"""Agreement from which a whole window is a shadow; by chance the best of three million offsets agrees on under 0.30 of 150 characters."""
QUOTED = 0.9
"""Agreement from which a text is its document rather than a guess of it: held-out text that a candidate cannot have seen is then the text itself."""
_FULL, _PER_CHARACTER = 120, 0.003
"""A passage shorter than 120 characters needs so much more agreement for each that is missing: the fewer, the more often chance agrees."""
_STEP = WINDOW // 2
_SHAPE = 32
_MOST_OCCURRENCES = 128
_TOP = 48
SLIP = 12
"""Characters that the offset may slip from one window of a passage to another."""
_BATCH = 1024
_EVERYWHERE = 16
"""One window in so many, each passage's first among them, is compared with every place ..."""
_MOST_PLACES = 20_000_000
"""... of a corpus of up to so many characters; a window takes a nanosecond a place."""
_REMOVED = str.maketrans("", "", "\n\r\t")

Positions = NDArray[np.int64]


def plain(text: str) -> str:
    """The text without line ends and tabs, which the article's author removed and others do not."""
    return text.translate(_REMOVED)


@dataclass(frozen=True)
class Shadow:
    """A window of a passage that runs along a document.

    Args:
        passage: row of the passage.
        start: of the window, in characters of the passage without line ends and tabs.
        n_chars: of the window.
        document: row of the document that it runs along.
        place: first character there, in the document without line ends and tabs.
        agreement: share of the window's characters that agree.
    """

    passage: int
    start: int
    n_chars: int
    document: int
    place: int
    agreement: float


@dataclass(frozen=True)
class Windows:
    """Stretches of passages, of one length each.

    Args:
        passage: row of the passage, [n].
        start: in the passage without line ends and tabs, [n].
        size: characters, [n].
    """

    passage: Positions
    start: Positions
    size: Positions

    def __len__(self) -> int:
        return len(self.passage)


def thresholds(sizes: Positions) -> NDArray[np.float64]:
    """The agreement from which windows of these sizes are shadows, [n].

    >>> thresholds(np.array([150, 100, 60])).round(2)
    array([0.36, 0.42, 0.54])
    """
    return THRESHOLD + _PER_CHARACTER * np.maximum(0, _FULL - sizes)


def windows(texts: Sequence[str]) -> Windows:
    """Half-overlapping windows of passages (already `plain`); none of a passage that is too short."""
    rows = [(row, start, size) for row, text in enumerate(texts) for start, size in _starts(len(text))]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Windows(table[:, 0], table[:, 1], table[:, 2])


def _starts(n_chars: int) -> Iterator[tuple[int, int]]:
    size = min(WINDOW, n_chars)
    if size < SHORTEST:
        return
    last = n_chars - size
    yield from ((start, size) for start in range(0, last, _STEP))
    yield last, size


@dataclass(frozen=True)
class Candidates:
    """Places in the corpus that windows may run along; the best of each window and some more.

    Args:
        window: row of the window, [n].
        place: in all documents written one after the other, [n].
        document: that it lies in, [n].
        agreement: share of the window's characters that are the same there, [n].
    """

    window: Positions
    place: Positions
    document: Positions
    agreement: NDArray[np.float64]

    def known(self, passage: Positions, trained: Mask) -> Mask:
        """Which candidates lie in training documents, or in a held-out one that no window of the passage quotes, [n].

        A model that was fed held-out text leaves a shadow there like any other. What stands there word for word it cannot have learnt: that
        is held-out human text itself, and no shadow.

        Args:
            passage: that each candidate's window lies in, [n].
            trained: which documents are training documents, [documents].
        """
        held_out = ~trained[self.document]
        pair = passage * len(trained) + self.document
        quoted = np.unique(pair[held_out & (self.agreement >= QUOTED)])
        return ~np.isin(pair, quoted)

    def best(self, n_windows: int, allowed: Mask | None = None) -> tuple[Positions, NDArray[np.float64]]:
        """The best allowed place and agreement of each window, [n_windows]; -1 and 0 where there is none.

        Args:
            allowed: which candidates may be taken, [n].
        """
        kept = np.arange(len(self.window)) if allowed is None else np.flatnonzero(allowed)
        place, agreement = np.full(n_windows, -1, np.int64), np.zeros(n_windows)
        ascending = kept[np.argsort(self.agreement[kept], kind="stable")]
        # The last assignment to a window stands: its best.
        place[self.window[ascending]], agreement[self.window[ascending]] = self.place[ascending], self.agreement[ascending]
        return place, agreement


class ShadowIndex:
    """Documents to find shadows in.

    Args:
        texts: of the documents.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        stripped = [plain(text) for text in texts]
        self.codes = CharCodes(stripped)
        self.first: Positions = np.cumsum([0, *map(len, stripped)])
        whole = "".join(stripped)
        self.text = self.codes.encode(whole)
        self._words = shapes(whole if len(whole) <= _MOST_PLACES else "")
        self._keys = _first_half(self._words) if len(self._words) else half_shapes(whole)

    @cached_property
    def _order(self) -> NDArray[np.int32]:
        return np.argsort(self._keys, kind="stable").astype(np.int32)

    @cached_property
    def _sorted(self) -> NDArray[np.uint32]:
        return self._keys[self._order]

    def candidates(
        self, texts: Sequence[str], chosen: Windows, *, owner: Positions | None = None, everywhere: bool = True
    ) -> Candidates:
        """The places that shapes of each window point at most often, with the agreement there.

        Args:
            texts: passages (already `plain`).
            chosen: windows of them.
            owner: the document that each window comes from, where nothing is to be found, [windows].
            everywhere: whether some windows are compared with every place besides.
        """
        first = np.cumsum([0, *map(len, texts)])
        whole = "".join(texts)
        codes, words = self.codes.encode(whole), shapes(whole)
        starts, keys = first[chosen.passage] + chosen.start, _first_half(words)
        parts = [self._batch(keys, starts[i : i + _BATCH], chosen.size[i : i + _BATCH], i) for i in range(0, len(chosen), _BATCH)]
        if everywhere:
            parts.append(self._everywhere(words, starts, chosen))
        window, place = (np.concatenate([part[side] for part in parts] or [np.empty(0, np.int64)]) for side in (0, 1))
        document = self._document(place)
        if owner is not None:
            elsewhere = owner[window] != document
            window, place, document = window[elsewhere], place[elsewhere], document[elsewhere]
        return Candidates(window, place, document, self._agreements(codes, starts[window], chosen.size[window], place))

    def _everywhere(self, words: NDArray[np.uint64], starts: Positions, chosen: Windows) -> tuple[Positions, Positions]:
        """Some windows, and the places of the whole corpus that are nearest to them in shape."""
        begins = np.flatnonzero(np.diff(chosen.passage, prepend=-1))
        rank = np.arange(len(chosen)) - np.repeat(begins, np.diff(begins, append=len(chosen)))
        rows = np.flatnonzero((rank % _EVERYWHERE == 0) & (chosen.size >= 2 * WORD))
        row, place = nearest(self._words, words, starts[rows])
        fits = place + chosen.size[rows[row]] <= len(self.text)
        return rows[row[fits]], place[fits]

    def _batch(self, keys: NDArray[np.uint32], starts: Positions, sizes: Positions, row: int) -> tuple[Positions, Positions]:
        """Windows and places with the most votes."""
        n_keys = np.maximum(sizes - _SHAPE + 1, 0)
        shift = _counting(n_keys)
        asked = keys[np.repeat(starts, n_keys) + shift]
        low, high = np.searchsorted(self._sorted, asked), np.searchsorted(self._sorted, asked, side="right")
        n = np.where(high - low <= _MOST_OCCURRENCES, high - low, 0)
        place = self._order[np.repeat(low, n) + _counting(n)] - np.repeat(shift, n)
        window = np.repeat(np.repeat(np.arange(len(starts)), n_keys), n)
        fits = (place >= 0) & (place + sizes[window] <= len(self.text))
        span = len(self.text) + 1
        voted, votes = np.unique(window[fits] * span + place[fits], return_counts=True)
        window, place = np.divmod(voted, span)
        order = np.lexsort((-votes, window))
        window, place = window[order], place[order]
        rank = _counting(np.bincount(window, minlength=len(starts)))
        return window[rank < _TOP] + row, place[rank < _TOP]

    def _agreements(self, codes: Codes, starts: Positions, sizes: Positions, places: Positions) -> NDArray[np.float64]:
        """The share of characters from each start on that are the same from the place on."""
        result = np.zeros(len(starts))
        for size in np.unique(sizes):
            rows = np.flatnonzero(sizes == size)
            for some in np.array_split(rows, len(rows) // 20_000 + 1):
                steps = np.arange(size)
                result[some] = (codes[starts[some][:, None] + steps] == self.text[places[some][:, None] + steps]).mean(axis=1)
        return result

    def shadows(self, texts: Sequence[str], trained: Mask) -> list[Shadow]:
        """Every window of every passage that runs along a document.

        Args:
            texts: passages.
            trained: which documents are training documents, [documents].
        """
        stripped = [plain(text) for text in texts]
        chosen = windows(stripped)
        candidates = self.candidates(stripped, chosen)
        place, agreement = candidates.best(len(chosen), candidates.known(chosen.passage[candidates.window], trained))
        enough = thresholds(chosen.size)
        found = []
        for row in np.unique(chosen.passage[agreement >= enough]):
            mine = np.flatnonzero(chosen.passage == row)
            self._follow(stripped[row], chosen, mine, place=place, agreement=agreement)
            found += [self._shadow(chosen, int(i), int(place[i]), float(agreement[i])) for i in mine if agreement[i] >= enough[i]]
        return found

    def _follow(self, text: str, chosen: Windows, rows: Positions, *, place: Positions, agreement: NDArray[np.float64]) -> None:
        """Where one window of a passage has found the way, the others are looked for along it; fills in `place` and `agreement`."""
        codes = self.codes.encode(text)
        clear = agreement[rows] >= thresholds(chosen.size[rows])
        offsets = np.unique((place[rows] - chosen.start[rows])[clear])
        documents = np.unique(self._document(place[rows][clear]))
        slips = (offsets[:, None] + np.arange(-SLIP, SLIP + 1)).ravel()
        for row in rows[~clear]:
            start, size = chosen.start[row], chosen.size[row]
            places = slips + start
            places = places[(places >= 0) & (places + size <= len(self.text))]
            places = places[np.isin(self._document(places), documents)]
            if len(places):
                same = self._agreements(codes, np.full(len(places), start), np.full(len(places), size), places)
                place[row], agreement[row] = places[same.argmax()], same.max()

    def _document(self, places: Positions) -> Positions:
        return np.asarray(np.searchsorted(self.first, places, side="right") - 1)

    def _shadow(self, chosen: Windows, row: int, place: int, agreement: float) -> Shadow:
        document = int(self._document(np.array([place]))[0])
        return Shadow(
            int(chosen.passage[row]),
            int(chosen.start[row]),
            int(chosen.size[row]),
            document,
            place - int(self.first[document]),
            agreement,
        )

    def agreeing(self, text: str, found: Sequence[Shadow]) -> int:
        """How many characters of one passage agree with the corpus in its shadows, each counted once."""
        codes = self.codes.encode(plain(text))
        same = np.zeros(len(codes), bool)
        for shadow in found:
            place = self.first[shadow.document] + shadow.place
            stretch = slice(shadow.start, shadow.start + shadow.n_chars)
            same[stretch] |= codes[stretch] == self.text[place : place + shadow.n_chars]
        return int(same.sum())


def _first_half(words: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The shape of the first 32 of 64 characters."""
    return (words >> np.uint64(WORD - _SHAPE)).astype(np.uint32)


def _counting(sizes: Positions) -> Positions:
    """0, 1, 2 ... anew for every size."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
