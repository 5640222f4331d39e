"""Fits a character model to samples and judges held-out text with it (`judge`): what a reader of the samples learns of the author.

The score is the reverse of the usual one, in which the reference judges the samples: it falls where samples are true to the author and
of much variety, and rises where they are noise or say little (Semeniuta, Severyn and Gelly 2018; Zhao et al. 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evalkit.matching.encoding import Codes
from evalkit.matching.reference_lm import Floats, NgramCounts
from evalkit.matching.search import Search

if TYPE_CHECKING:
    from evalkit.matching.training_index import TrainingIndex

ORDER = 6
MOST_CHARS = 200_000
"""Characters of the samples that the model is fitted to at most."""
STEP = 5_000
"""Amounts are multiples of this, so that samples and human text have exactly as much."""
FEWEST_CHARS = 20_000
QUOTED = 20
"""Characters of held-out text that stand in the samples too, from which on they are not judged: who quotes a text does not predict it."""
MOST_JUDGED = 100_000
FEWEST_JUDGED = 5_000
_PIECE = 1_000
"""Characters of a stretch of held-out text; of long texts only some stretches are judged."""


@dataclass(frozen=True)
class Judged:
    """How well held-out text is predicted.

    Args:
        bits: a character; NaN where there is no value.
        n_fitted: characters that the model was fitted to.
        n_judged: held-out characters that it judged.
        reason: why there is no value; "" where there is one.
    """

    bits: float
    n_fitted: int
    n_judged: int
    reason: str = ""


def amount(texts: Sequence[str]) -> int:
    """How many characters of samples are fitted: as many as there are, rounded down to whole 5,000, at most 200,000; 0 under 20,000."""
    n = min(sum(map(len, texts)), MOST_CHARS) // STEP * STEP
    return n if n >= FEWEST_CHARS else 0


def judge(texts: Sequence[str], training: TrainingIndex, n_chars: int) -> Judged:
    """Judges the held-out documents by a model of order 6 of the samples.

    Args:
        texts: the samples, in the form in which they are matched.
        training: knows the documents, and which of them are held out.
        n_chars: how many characters of the samples are fitted, from `amount`: the same share of every passage, from its beginning on.
    """
    if not n_chars or not texts:
        return Judged(float("nan"), 0, 0, f"{sum(map(len, texts)):,} of the {FEWEST_CHARS:,} characters that it needs")
    encode = training.index.char_codes.encode
    pieces = _held_out(training)
    if sum(map(len, pieces)) < FEWEST_JUDGED:
        return Judged(float("nan"), n_chars, 0, f"it needs {FEWEST_JUDGED:,} characters of held-out text")
    is_judged = ~_quoted(pieces, [encode(text) for text in texts])
    # The first characters of a stretch have no context, or another one's.
    is_judged &= np.concatenate([np.arange(len(piece)) >= ORDER - 1 for piece in pieces])
    n_judged = int(is_judged.sum())
    if n_judged < FEWEST_JUDGED:
        return Judged(float("nan"), n_chars, n_judged, "the samples hold nearly all of the held-out text, which it is measured on")
    bits = _bits([encode(text) for text in cut(texts, n_chars)], np.concatenate(pieces), training)[is_judged]
    return Judged(float(bits.mean()), n_chars, n_judged)


def human(training: TrainingIndex, n_passages: int, n_chars: int, *, n_draws: int, seed: int) -> list[float]:
    """What as much human text scores: random passages of the training documents; [] where there is too little of it.

    Args:
        training: knows the documents.
        n_passages: passages of a draw.
        n_chars: characters of a draw, from `amount`.
        n_draws: how many values.
        seed: of the draws.
    """
    length = -(-n_chars // n_passages)
    documents = [training.index.scan.texts[row] for row in training.rows]
    pieces = [text[start : start + length] for text in documents for start in range(0, len(text), length)]
    values = [judge(_drawn(pieces, n_chars, [seed, draw]), training, n_chars).bits for draw in range(n_draws)]
    return [value for value in values if np.isfinite(value)]


def _drawn(pieces: Sequence[str], n_chars: int, seed: Sequence[int]) -> list[str]:
    """Pieces in random order until they are n_chars characters or more; [] where all are less."""
    order = np.random.default_rng(seed).permutation(len(pieces))
    sizes = np.cumsum([len(pieces[i]) for i in order])
    return [pieces[i] for i in order[: np.searchsorted(sizes, n_chars) + 1]] if len(sizes) and sizes[-1] >= n_chars else []


def cut(texts: Sequence[str], n_chars: int) -> list[str]:
    """The same share of every text, from its beginning on, n_chars characters in all; sorted, so that their order does not matter."""
    ordered = sorted(texts)
    ends = np.cumsum([0, *map(len, ordered)]) * n_chars // max(1, sum(map(len, ordered)))
    return [text[:size] for text, size in zip(ordered, np.diff(ends).tolist(), strict=True)]


def _held_out(training: TrainingIndex) -> list[Codes]:
    """Stretches of the held-out documents, evenly spread where there are many."""
    documents = [training.index.char_documents[row] for row in np.flatnonzero(~training.trained)]
    pieces = [codes[start : start + _PIECE] for codes in documents for start in range(0, len(codes), _PIECE)]
    return pieces[:: max(1, -(-sum(map(len, pieces)) // MOST_JUDGED))]


def _quoted(pieces: Sequence[Codes], samples: Sequence[Codes]) -> NDArray[np.bool_]:
    """Which characters of all pieces lie in a stretch of 20 or more that the samples have too, [characters]."""
    lengths = np.concatenate(Search(samples).longest(pieces))
    starts = np.flatnonzero(lengths >= QUOTED)
    change = np.zeros(len(lengths) + 1, np.int64)
    np.add.at(change, starts, 1)
    np.add.at(change, starts + lengths[starts], -1)
    return np.asarray(np.cumsum(change[:-1]) > 0)


def _bits(samples: Sequence[Codes], text: Codes, training: TrainingIndex) -> Floats:
    """Bits of every character of a text under the model of the samples, [characters]."""
    # All characters of the corpus, and one for all others: whatever the samples lack is improbable, but possible.
    n_symbols = max((int(codes.max(initial=0)) for codes in training.index.char_documents), default=0) + 1
    grams = NgramCounts(samples, n_symbols, order=ORDER)
    return grams.model(np.ones(len(samples), bool)).bits(text)
