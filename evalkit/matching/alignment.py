"""Finds shadows (`ShadowIndex`, `Shadow`): text that runs along a passage of the corpus, letter by letter, without quoting it.

A model that is fed the true text and prints its guess of every next character leaves such a shadow. Half of the characters agree with the corpus
at one constant offset, and no longer stretch is the same, so exact matching misses it.
"""

# The search is a seed-and-vote alignment, as in audio fingerprinting (Wang 2003) and read mapping:
# 1. The seed is the shape of 32 characters, a letter or another character at each, since it survives wrong letters.
# 2. Every seed that a window shares with the corpus votes for one offset between them.
# 3. The offsets with the most votes are compared character by character; the share that agrees is the agreement.
# 4. A model may guess so badly that no seed is whole: some windows are therefore compared with every position of the corpus (`fingerprint`).

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evalkit._util.entries import Keep, anew
from evalkit.matching.encoding import CharCodes, Codes, Mask, Positions, code_points, ragged_arange
from evalkit.matching.fingerprint import N_BITS, Shapes, half_shapes, nearest, shapes
from evalkit.text.canonical import PARAGRAPH

WINDOW = 150
"""Characters that are aligned together; a longer text may lose or gain characters between windows."""
SHORTEST = 60
"""Characters that a text needs to be aligned."""
THRESHOLD = 0.36
"""Agreement from which a whole window is a shadow; by chance the best of three million offsets agrees on under 0.30 of 150 characters."""
QUOTED = 0.9
"""Agreement from which a text is its document rather than a guess of it: held-out text that a candidate cannot have seen is then the text itself."""
SLIP = 12
"""Characters that the offset may slip from one window of a passage to another."""
_FULL_THRESHOLD_CHARS, _EXTRA_PER_CHAR = 120, 0.003
"""A window shorter than 120 characters needs so much more agreement for each missing one: the fewer characters, the more often chance agrees."""
_STEP = WINDOW // 2
_SEED = 32
_MOST_OCCURRENCES = 128
"""A seed that occurs more often in the corpus tells no position apart, and would cost the most time."""
_MOST_OFFSETS = 48
"""Offsets of each window that are compared character by character."""
_BATCH = 1024
"""Windows that vote together; bounds the memory of the votes."""
_EXHAUSTIVE_STEP = 16
"""One window in so many, each passage's first among them, is compared with every position ..."""
_MOST_POSITIONS = 20_000_000
"""... of a corpus of up to so many characters; a window takes a nanosecond a position."""


@dataclass(frozen=True)
class Shadow:
    """A window of a passage that runs along a document.

    Args:
        passage: row of the passage.
        start: first character of the window in the passage.
        n_chars: of the window.
        document: row of the document that it runs along.
        place: first character in the document.
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
    """Stretches of passages.

    Args:
        passage: row of the passage, [n].
        start: first character in the passage, [n].
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
    return THRESHOLD + _EXTRA_PER_CHAR * np.maximum(0, _FULL_THRESHOLD_CHARS - sizes)


def windows(texts: Sequence[str]) -> Windows:
    """Half-overlapping windows of passages; none of a passage that is too short, and the last one flush with the end."""
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
class Alignments:
    """Windows with positions in the corpus that they may run along, several to a window.

    Args:
        window: row of the window, [n].
        position: in all documents joined, [n].
        document: that the position lies in, [n].
        agreement: share of the window's characters that are the same there, [n].
    """

    window: Positions
    position: Positions
    document: Positions
    agreement: NDArray[np.float64]

    def admissible(self, passage: Positions, trained: Mask) -> Mask:
        """Which alignments are with training documents, or with a held-out one that no window of the passage quotes, [n].

        Args:
            passage: that each alignment's window lies in, [n].
            trained: whether each document is a training document, [documents].
        """
        # A model that was fed held-out text leaves a shadow there like any other. What agrees there nearly word for word it cannot have
        # learned: such a passage is held-out human text itself, and no shadow.
        held_out = ~trained[self.document]
        pair = passage * len(trained) + self.document
        quoted = np.unique(pair[held_out & (self.agreement >= QUOTED)])
        return ~np.isin(pair, quoted)

    def best(self, n_windows: int, allowed: Mask | None = None) -> tuple[Positions, NDArray[np.float64]]:
        """The position and agreement of each window's best allowed alignment, [n_windows]; -1 and 0 where there is none.

        Args:
            n_windows: how many windows there are, aligned or not.
            allowed: which alignments may be taken, [n].
        """
        rows = np.arange(len(self.window)) if allowed is None else np.flatnonzero(allowed)
        position, agreement = np.full(n_windows, -1, np.int64), np.zeros(n_windows)
        ascending = rows[np.argsort(self.agreement[rows], kind="stable")]
        # numpy keeps the last of several assignments to one index: in ascending order that is the best.
        position[self.window[ascending]], agreement[self.window[ascending]] = self.position[ascending], self.agreement[ascending]
        return position, agreement


class ShadowIndex:
    """Documents to find shadows in.

    A text may have lost the line ends between paragraphs, as the corpus of the article of 2019 had before its models learned from it. So
    a window is compared with a document twice: as it is, and as it would run on without the white space between its paragraphs.

    Args:
        texts: of the documents, in canonical form.
        keep: keeps the order of the seeds for later runs.
    """

    def __init__(self, texts: Sequence[str], *, keep: Keep = anew) -> None:
        self._keep = keep
        self.codes = CharCodes(texts)
        self.first: Positions = np.cumsum([0, *map(len, texts)])
        whole = "".join(texts)
        self.text = self.codes.encode(whole)
        is_break = code_points(whole) == ord(PARAGRAPH)
        self._breaks: Positions = np.flatnonzero(is_break)
        self._run_on = self.text[~is_break]
        # Only the exhaustive comparison needs shapes of 64 characters, 8 bytes a position; the seeds of a larger corpus take 4.
        self._shapes = shapes(whole if len(whole) <= _MOST_POSITIONS else "")
        self._seeds = _seeds(self._shapes) if len(self._shapes) else half_shapes(whole)

    @cached_property
    def _order(self) -> NDArray[np.int32]:
        return self._keep("order of seeds", lambda: {"order": np.argsort(self._seeds, kind="stable").astype(np.int32)})["order"]

    @cached_property
    def _sorted_seeds(self) -> NDArray[np.uint32]:
        return self._seeds[self._order]

    def align(
        self, texts: Sequence[str], stretches: Windows, *, owner: Positions | None = None, exhaustive: bool = True
    ) -> Alignments:
        """The positions that the seeds of each window vote for most often, with the agreement there.

        Args:
            texts: passages.
            stretches: windows of them.
            owner: the document that each window was cut from, with which it is not aligned, [windows].
            exhaustive: whether some windows are also compared with every position.
        """
        first = np.cumsum([0, *map(len, texts)])
        whole = "".join(texts)
        codes, passage_shapes = self.codes.encode(whole), shapes(whole)
        starts, seeds = first[stretches.passage] + stretches.start, _seeds(passage_shapes)
        batches = range(0, len(stretches), _BATCH)
        parts = [self._vote(seeds, starts[i : i + _BATCH], stretches.size[i : i + _BATCH], i) for i in batches]
        if exhaustive:
            parts.append(self._compare_everywhere(passage_shapes, starts, stretches))
        window, position = (np.concatenate([part[side] for part in parts] or [np.empty(0, np.int64)]) for side in (0, 1))
        window, position = self._with_run_on(window, stretches.size[window], position)
        document = self._document(position)
        # Documents follow each other in one text, but a window runs along one of them.
        within = document == self._document(position + stretches.size[window] - 1)
        window, position, document = window[within], position[within], document[within]
        if owner is not None:
            elsewhere = owner[window] != document
            window, position, document = window[elsewhere], position[elsewhere], document[elsewhere]
        return Alignments(window, position, document, self._agreements(codes, starts[window], stretches.size[window], position))

    def _compare_everywhere(self, passage_shapes: Shapes, starts: Positions, stretches: Windows) -> tuple[Positions, Positions]:
        """Some windows, and the positions of the whole corpus that are nearest to them in shape."""
        first_windows = np.flatnonzero(np.diff(stretches.passage, prepend=-1))
        rank = np.arange(len(stretches)) - np.repeat(first_windows, np.diff(first_windows, append=len(stretches)))
        rows = np.flatnonzero((rank % _EXHAUSTIVE_STEP == 0) & (stretches.size >= 2 * N_BITS))
        row, position = nearest(self._shapes, passage_shapes, starts[rows])
        fits = position + stretches.size[rows[row]] <= len(self.text)
        return rows[row[fits]], position[fits]

    def _vote(self, seeds: NDArray[np.uint32], starts: Positions, sizes: Positions, row: int) -> tuple[Positions, Positions]:
        """Windows, and the positions with the most votes of each.

        Args:
            seeds: at every position of the passages.
            starts: of the windows, [n].
            sizes: of the windows, [n].
            row: of the first window.
        """
        n_seeds = np.maximum(sizes - _SEED + 1, 0)
        shift = ragged_arange(n_seeds)
        wanted = seeds[np.repeat(starts, n_seeds) + shift]
        low, high = np.searchsorted(self._sorted_seeds, wanted), np.searchsorted(self._sorted_seeds, wanted, side="right")
        n_votes = np.where(high - low <= _MOST_OCCURRENCES, high - low, 0)
        position = self._order[np.repeat(low, n_votes) + ragged_arange(n_votes)] - np.repeat(shift, n_votes)
        window = np.repeat(np.repeat(np.arange(len(starts)), n_seeds), n_votes)
        fits = (position >= 0) & (position + sizes[window] <= len(self.text))
        # One number for window and position lets a single sort count the votes of all windows.
        span = len(self.text) + 1
        voted, votes = np.unique(window[fits] * span + position[fits], return_counts=True)
        window, position = np.divmod(voted, span)
        order = np.lexsort((-votes, window))
        window, position = window[order], position[order]
        rank = ragged_arange(np.bincount(window, minlength=len(starts)))
        return window[rank < _MOST_OFFSETS] + row, position[rank < _MOST_OFFSETS]

    def _with_run_on(self, window: Positions, sizes: Positions, position: Positions) -> tuple[Positions, Positions]:
        """The alignments, and those whose ends agree where the document's paragraphs run on: each begins as much later as breaks are in it."""
        rows = np.flatnonzero(self._has_break(position, sizes))
        first = self._as_run_on(position[rows] + sizes[rows] - 1) - sizes[rows] + 1
        rows, first = rows[first >= 0], first[first >= 0]
        return np.concatenate([window, window[rows]]), np.concatenate([position, self._as_given(first)])

    def _has_break(self, position: Positions, sizes: Positions) -> Mask:
        return np.asarray(np.searchsorted(self._breaks, position) < np.searchsorted(self._breaks, position + sizes))

    def _as_run_on(self, position: Positions) -> Positions:
        """Positions in the documents as positions where paragraphs run on; that of a break is the next character's."""
        return np.asarray(position - np.searchsorted(self._breaks, position))

    def _as_given(self, position: Positions) -> Positions:
        """Positions where paragraphs run on as positions in the documents."""
        return np.asarray(position + np.searchsorted(self._breaks - np.arange(len(self._breaks)), position, side="right"))

    def _agreements(self, codes: Codes, starts: Positions, sizes: Positions, positions: Positions) -> NDArray[np.float64]:
        """The share of characters from each start on that are the same from the position on, where paragraphs part or run on, [n]."""
        result = self._same(self.text, codes, starts, sizes, positions)
        run_on = self._as_run_on(positions)
        rows = np.flatnonzero(self._has_break(positions, sizes) & (run_on + sizes <= len(self._run_on)))
        result[rows] = np.maximum(result[rows], self._same(self._run_on, codes, starts[rows], sizes[rows], run_on[rows]))
        return result

    def _same(self, text: Codes, codes: Codes, starts: Positions, sizes: Positions, positions: Positions) -> NDArray[np.float64]:
        result = np.zeros(len(starts))
        for size in np.unique(sizes):
            rows = np.flatnonzero(sizes == size)
            # 20,000 windows at a time, which bounds the index arrays to some 50 MB.
            for some in np.array_split(rows, len(rows) // 20_000 + 1):
                steps = np.arange(size)
                result[some] = (codes[starts[some][:, None] + steps] == text[positions[some][:, None] + steps]).mean(axis=1)
        return result

    def shadows(self, texts: Sequence[str], trained: Mask) -> list[Shadow]:
        """Every window of every passage that runs along a document.

        Args:
            texts: passages.
            trained: whether each document is a training document, [documents].
        """
        stretches = windows(texts)
        alignments = self.align(texts, stretches)
        allowed = alignments.admissible(stretches.passage[alignments.window], trained)
        position, agreement = alignments.best(len(stretches), allowed)
        enough = thresholds(stretches.size)
        rows_of = {int(passage): np.flatnonzero(stretches.passage == passage) for passage in np.unique(stretches.passage)}
        found = np.unique(stretches.passage[agreement >= enough])
        for passage in found:
            offsets = (position - stretches.start)[rows_of[passage]][agreement[rows_of[passage]] >= enough[rows_of[passage]]]
            self._extend(texts[passage], stretches, rows_of[passage], offsets, position=position, agreement=agreement)
        # Passages that follow each other may be pieces of one text: the next one then goes on along the document, and so does the one before.
        for step in (1, -1) if len(found) else ():
            for passage in range(len(texts))[::step]:
                rows, others = rows_of.get(passage), rows_of.get(passage + step)
                agreeing = rows[agreement[rows] >= enough[rows]] if rows is not None else ()
                if others is not None and len(agreeing):
                    nearest_row = agreeing[-1 if step > 0 else 0]
                    moved = len(texts[passage]) if step > 0 else -len(texts[passage + step])
                    offset = position[nearest_row] - stretches.start[nearest_row] + moved
                    self._extend(texts[passage + step], stretches, others, [offset], position=position, agreement=agreement)
        return [self._shadow(stretches, int(i), int(position[i]), float(agreement[i])) for i in np.flatnonzero(agreement >= enough)]

    def _extend(
        self,
        text: str,
        stretches: Windows,
        rows: Positions,
        offsets: Sequence[int] | Positions,
        *,
        position: Positions,
        agreement: NDArray[np.float64],
    ) -> None:
        """Aligns a passage's windows that do not agree yet at given offsets; fills in `position` and `agreement`.

        Args:
            text: the passage.
            stretches: windows of all passages.
            rows: of the passage's windows.
            offsets: of positions in the documents from those in the passage, which may slip.
            position, agreement: of all windows.
        """
        codes = self.codes.encode(text)
        agrees = agreement[rows] >= thresholds(stretches.size[rows])
        offsets = np.unique(offsets)
        ends = np.clip(np.concatenate([offsets, offsets + len(text) - 1]), 0, len(self.text) - 1)
        documents = np.unique(self._document(ends))
        slipped = (offsets[:, None] + np.arange(-SLIP, SLIP + 1)).ravel()
        for row in rows[~agrees]:
            start, size = stretches.start[row], stretches.size[row]
            tried = slipped + start
            tried = tried[(tried >= 0) & (tried + size <= len(self.text))]
            tried = tried[np.isin(self._document(tried), documents)]
            tried = tried[self._document(tried) == self._document(tried + size - 1)]
            if len(tried):
                agreements = self._agreements(codes, np.full(len(tried), start), np.full(len(tried), size), tried)
                if agreements.max() > agreement[row]:
                    position[row], agreement[row] = tried[agreements.argmax()], agreements.max()

    def _document(self, positions: Positions) -> Positions:
        return np.asarray(np.searchsorted(self.first, positions, side="right") - 1)

    def _shadow(self, stretches: Windows, row: int, position: int, agreement: float) -> Shadow:
        document = int(self._document(np.array([position]))[0])
        return Shadow(
            passage=int(stretches.passage[row]),
            start=int(stretches.start[row]),
            n_chars=int(stretches.size[row]),
            document=document,
            place=position - int(self.first[document]),
            agreement=agreement,
        )

    def agreeing(self, text: str, shadows: Sequence[Shadow]) -> int:
        """How many characters of one passage agree with the corpus in its shadows, each counted once."""
        codes = self.codes.encode(text)
        agrees = np.zeros(len(codes), bool)
        for shadow in shadows:
            position = self.first[shadow.document] + shadow.place
            stretch = slice(shadow.start, shadow.start + shadow.n_chars)
            same = codes[stretch] == self.text[position : position + shadow.n_chars]
            run_on = int(self._as_run_on(np.array([position]))[0])
            if run_on + shadow.n_chars <= len(self._run_on):
                same = max(same, codes[stretch] == self._run_on[run_on : run_on + shadow.n_chars], key=np.sum)
            agrees[stretch] |= same
        return int(agrees.sum())


def _seeds(of_64: Shapes) -> NDArray[np.uint32]:
    """The shape of the first 32 of 64 characters."""
    return (of_64 >> np.uint64(N_BITS - _SEED)).astype(np.uint32)
