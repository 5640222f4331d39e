"""Finds copies among texts: `identical` numbers texts that say the same, `near_identical` those that share most of what they say.

Both give one cluster number a text. What is compared is the content: neither depends on the order of the texts, on the machine
or on Python's hash seed.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Clusters = NDArray[np.int64]

SHINGLE_CHARS = 8
"""Characters of a shingle: about a word and a half, in scripts without spaces too."""
MOST = 0.5
"""Share of the longer text's shingles from which on two texts are nearly identical."""

# Two passages of an author, or of an n-gram model of one, share at most 9 % of their shingles, and those with a common prompt as much more as
# it is long; a copy with every tenth word changed keeps 79 %, in the median. The measurements are in docs/reference/measured/units.md.

_BANDS, _BAND_ROWS = 50, 3
# Two texts at the threshold have a resemblance of 1/3, and 50 bands of 3 find 85 % of such pairs; 99.9 % where it is 1/2, as after
# a tenth of the words was changed; and one in 20,000 where it is 1 %, as among passages of one author.
_LEADERS = 4
"""Unlike texts of a bucket that the next ones are compared with. More of them come from a common prompt, which costs time only."""
_SLACK = 0.1
"""How far an estimate of the resemblance may lie below the threshold before the exact overlap is not even computed: 2.5 errors."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_CHUNK_SHINGLES = 1 << 17
"""Shingles hashed at once, so that they stay in the processor's cache."""

_SPACES = re.compile(r"\s+")
_NO_WORD = re.compile(r"[\W_]+")


def identical(texts: Sequence[str]) -> Clusters:
    """Numbers texts so that those with the same words and punctuation have the same number.

    White space does not count, upper case does. Texts without any character are all alike.

    Args:
        texts: of any length, also empty.

    Returns:
        The cluster of each text, 0 to k - 1 in the order of their first appearance, [n].

    >>> identical(["The lamp was lit.", "It rained.", "The lamp  was lit."]).tolist()
    [0, 1, 0]
    """
    return _numbered([_collapsed(text) for text in texts])


def near_identical(texts: Sequence[str]) -> Clusters:
    """Numbers texts so that those that share at least half of the longer one have the same number, through any chain of texts.

    Texts are compared as sets of shingles (all sequences of eight characters, case folded, white space and punctuation as one
    space), so a copy is found whether words were changed, its ends cut, or its beginning shifted, and a refrain counts once.
    Identical texts are nearly identical too. Of texts shorter than a shingle only equal ones are.

    Candidate pairs come from MinHash signatures in bands and are verified by the exact overlap of their shingles (Broder 1997, On
    the resemblance and containment of documents; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3). A pair
    just above the threshold is overlooked in one case of seven, one that shares two thirds in one of a thousand. The time is about
    proportional to the number of characters.

    Args:
        texts: of any length, also empty.

    Returns:
        The cluster of each text, 0 to k - 1 in the order of their first appearance, [n].

    >>> near_identical(["The lamp was lit at dusk.", "It rained.", "THE LAMP WAS LIT AT NIGHT..."]).tolist()
    [0, 1, 0]
    """
    keys = [_folded(text) for text in texts]
    # In the order of their content, so that the result does not depend on the order that they came in.
    distinct = sorted(set(keys))
    if len(distinct) < 2:
        return np.zeros(len(keys), np.int64)
    shingles = [_shingles(key) for key in distinct]
    roots = _joined(shingles, _signatures(shingles))
    root_of = dict(zip(distinct, roots, strict=True))
    return _numbered([root_of[key] for key in keys])


def _numbered(keys: Sequence[Hashable]) -> Clusters:
    """Equal keys as equal numbers, in the order of their first appearance."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def _collapsed(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _folded(text: str) -> str:
    """What near copies have in common; a function of `_collapsed`, so that identical texts are always nearly identical."""
    collapsed = _collapsed(text).casefold()
    letters = _NO_WORD.sub(" ", collapsed).strip()
    return letters or collapsed  # a text of marks alone is compared by its marks


def _shingles(text: str) -> NDArray[np.uint64]:
    """Hashes of all distinct shingles of a text, sorted; the whole text where it is no longer than one."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    n_chars = min(SHINGLE_CHARS, len(codes))
    hashes = np.zeros(len(codes) - n_chars + 1, np.uint64)
    for first in range(n_chars):
        hashes *= _MULTIPLIER
        hashes += codes[first : first + len(hashes)]
    return np.unique(_mixed(hashes))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit of a value made to depend on all others (the finalizer of splitmix64, Steele, Lea and Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _signatures(shingles: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint32]:
    """The least value of each text's shingles under each of 150 hash functions, [n x 150]."""
    n_hashes = _BANDS * _BAND_ROWS
    # Raw words of the bit generator, since what is made of them may differ between versions of numpy.
    raw = np.random.PCG64(0).random_raw(2 * n_hashes).astype(np.uint32)
    factors, offsets = raw[:n_hashes] | np.uint32(1), raw[n_hashes:]
    least = np.empty((len(shingles), n_hashes), np.uint32)
    for low, high in _chunks([len(one) for one in shingles]):
        values = np.concatenate(shingles[low:high]).astype(np.uint32)
        starts = np.cumsum([0, *(len(one) for one in shingles[low : high - 1])])
        for column in range(n_hashes):
            least[low:high, column] = np.minimum.reduceat(values * factors[column] + offsets[column], starts)
    return least


def _chunks(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    low = total = 0
    for row, size in enumerate(sizes):
        if total and total + size > _CHUNK_SHINGLES:
            yield low, row
            low, total = row, 0
        total += size
    yield low, len(sizes)


def _joined(shingles: Sequence[NDArray[np.uint64]], signatures: NDArray[np.uint32]) -> list[int]:
    """The cluster of each text, by the row of its root."""
    parents = list(range(len(shingles)))
    refuted: set[tuple[int, int]] = set()
    for bucket in _buckets(signatures):
        leaders: list[int] = []
        for row in bucket:
            if any(_root(parents, leader) == _root(parents, row) for leader in leaders):
                continue
            match = next((leader for leader in leaders if _similar(leader, row, shingles, signatures, refuted)), None)
            if match is not None:
                parents[_root(parents, row)] = _root(parents, match)
            elif len(leaders) < _LEADERS:
                leaders.append(row)
    return [_root(parents, row) for row in range(len(parents))]


def _buckets(signatures: NDArray[np.uint32]) -> Iterator[list[int]]:
    """Rows that agree in a whole band, two or more, band by band."""
    for band in range(_BANDS):
        keys = np.zeros(len(signatures), np.uint64)
        for column in range(band * _BAND_ROWS, (band + 1) * _BAND_ROWS):
            keys = _mixed(keys * _MULTIPLIER + signatures[:, column])
        order = np.argsort(keys, kind="stable")
        changes = np.flatnonzero(np.diff(keys[order])) + 1
        for low, high in pairwise([0, *changes.tolist(), len(order)]):
            if high - low > 1:
                yield order[low:high].tolist()


def _root(parents: list[int], row: int) -> int:
    while parents[row] != row:
        parents[row] = row = parents[parents[row]]
    return row


def _similar(
    first: int,
    second: int,
    shingles: Sequence[NDArray[np.uint64]],
    signatures: NDArray[np.uint32],
    refuted: set[tuple[int, int]],
) -> bool:
    if (first, second) in refuted:
        return False
    larger = max(len(shingles[first]), len(shingles[second]))
    smaller = min(len(shingles[first]), len(shingles[second]))
    needed = MOST * larger
    if smaller >= needed:
        least_resemblance = needed / (larger + smaller - needed)
        estimate = (signatures[first] == signatures[second]).mean()
        if estimate >= least_resemblance - _SLACK and _n_shared(shingles[first], shingles[second]) >= needed:
            return True
    refuted.add((first, second))
    return False


def _n_shared(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> int:
    # Two sorted runs are merged in one pass by the stable sort.
    merged = np.sort(np.concatenate([first, second]), kind="stable")
    return int((merged[1:] == merged[:-1]).sum())
