"""Declares additive counts of text, `Feature`, gives them columns, `Layout`, and reads their sums, `Totals`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from evalkit.matching.training_index import TrainingIndex

T = TypeVar("T")
Counts = NDArray[np.int64]
"""Whole numbers, mostly [passages x columns]."""
Floats = NDArray[np.float64]
"""Real numbers, mostly [R] or [R x columns], R being the number of replicates."""


@dataclass(frozen=True)
class Lexicon:
    """Word lists and training text: all that counting may know besides the text itself.

    Args:
        function_words: closed-class word -> its class.
        vocabulary: words of the reference's training documents, case folded, possessive 's stripped.
        dictionary: words of the language, case folded.
        hashes: list name -> short sha256 of its content; part of every result's signature.
        training: the training documents themselves, to find passages in; None where there is no reference yet.
    """

    function_words: Mapping[str, str]
    vocabulary: frozenset[str] = frozenset()
    dictionary: Container[str] = frozenset()
    hashes: Mapping[str, str] = field(default_factory=dict)
    training: TrainingIndex | None = None


@dataclass(frozen=True)
class Feature:
    """A group of additive counts: the counts of two passages together are the sum of those of each.

    Args:
        name: by which scores ask for it, as in `totals["letters"]`.
        columns: the name of each count, k of them.
        of: the kind of items that `count` is given:
            "chars": the distinct characters. Each is counted once, and multiplied by its occurrences.
            "words": the distinct case-folded words, likewise.
            "text": whole passages.
            "scan": the `Scan` of all passages, which has their words in order and knows where passages of the reference were cut from.
        count: (items [n], lexicon) -> counts [n x k].
        knows_reference: whether `count` looks at `lexicon.vocabulary` or `lexicon.training`, so that another split of the reference needs
            another count.
        sampled: whether of passages of the reference itself only a part is counted, to save time. Their rates compare with those of other
            passages, their counts do not.

    >>> def count(chars, lexicon):
    ...     return np.array([[char == "!"] for char in chars], dtype=np.int64)
    >>> Feature("exclamations", ("marks",), "chars", count).columns
    ('marks',)
    """

    name: str
    columns: tuple[str, ...]
    of: Literal["chars", "words", "text", "scan"]
    count: Callable[[Any, Lexicon], Counts]
    knows_reference: bool = False
    sampled: bool = False


class HasFeatures(Protocol):
    """Anything that needs counts. Metrics do, and they are declared in a layer above this one."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """The counts that it needs."""


@functools.cache  # by content; features are compared by identity, so the cache forgets none
def shared(make: Callable[..., T], *of: Hashable) -> T:
    """What a function makes of some content, the same object each time: metrics that count the same have one feature.

    >>> def feature(letter):
    ...     return Feature(letter, (letter,), "chars", lambda chars, lexicon: np.array([[char == letter] for char in chars]))
    >>> shared(feature, "e") is shared(feature, "e")
    True
    """
    return make(*of)


class Layout:
    """The columns of the tally matrix: `layout["letters"]` is the slice of one feature's columns.

    Args:
        features: each gets its columns once, however often it is given.

    Attributes:
        features: the different features, in order.
        n_columns: the width of the tally matrix.

    Raises:
        ValueError: when two different features have one name, since their counts would be confused.
    """

    def __init__(self, features: Iterable[Feature]) -> None:
        unique: dict[str, Feature] = {}
        for feature in features:
            if unique.setdefault(feature.name, feature) is not feature:
                raise ValueError(f'Two different features are called "{feature.name}".')
        self.features = tuple(unique.values())
        self._slices: dict[str, slice] = {}
        start = 0
        for feature in self.features:
            self._slices[feature.name] = slice(start, start + len(feature.columns))
            start += len(feature.columns)
        self.n_columns = start

    @classmethod
    def of(cls, metrics: Iterable[HasFeatures]) -> Layout:
        """The layout of all the counts that metrics need, each of them once."""
        return cls(feature for metric in metrics for feature in metric.features)

    def __getitem__(self, name: str) -> slice:
        return self._slices[name]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column's name, `feature:column`, in order."""
        return tuple(f"{feature.name}:{column}" for feature in self.features for column in feature.columns)


class Totals:
    """Summed tallies of R replicates, read by feature: `totals["letters"]` is [R x 26].

    A replicate is one way of weighting passages: the sample as it is, a bootstrap sample, or one side of a permutation.

    Args:
        matrix: [R x columns], or [columns] for one replicate.
        layout: of the columns.
    """

    def __init__(self, matrix: Floats, layout: Layout) -> None:
        self.matrix = np.atleast_2d(matrix)
        self.layout = layout

    def __getitem__(self, feature: str) -> Floats:
        return self.matrix[:, self.layout[feature]]

    def __len__(self) -> int:
        return len(self.matrix)
