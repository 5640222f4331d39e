"""Declares a metric (`Metric`): additive counts per passage, and a score that turns summed counts into a number.

Text is read once, into a matrix of counts with one row a passage. Every interval, test and floor is a weight matrix times
that matrix, followed by the metric's own `score`. A new metric is therefore one declaration in one file of this package and gets all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals


class Direction(StrEnum):
    """Which values of a metric are good."""

    LOWER = "lower"
    """A distance: the nearer to 0 the better, down to the human floor; below it means nothing."""
    HIGHER = "higher"
    """A rate that human text has nearly in full, such as words that exist."""
    TARGET = "target"
    """Two-sided: the reference's own value is the target, and more is as bad as less."""


@dataclass(frozen=True)
class Minimum:
    """How much text a metric needs before its value means anything.

    Args:
        n: at least so many ...
        what: ... of these, a noun in the plural, for messages.
        count: totals -> how many there are, [R].
    """

    n: int
    what: str
    count: Callable[[Totals], Floats]


@dataclass(frozen=True)
class Listed:
    """A metric that is a share of words, so that it can be taken apart word by word.

    Each word adds scale x (its occurrences / words that count, in the sample, less the same in the reference); over all words of `part` that
    sums to the value less the reference's own, or to the contrary of it where the metric counts all words but these.

    Args:
        part: (distinct words, lexicon) -> which of them are meant, [n].
        whole: (distinct words, lexicon) -> which of them they are a share of, [n].
        scale: of the share: 1, or 10,000 for rates.
        misses: whether the metric counts the words that are *not* meant, as shares of known words do.
    """

    part: Callable[[Sequence[str], Lexicon], NDArray[np.bool_]]
    whole: Callable[[Sequence[str], Lexicon], NDArray[np.bool_]]
    scale: float = 1.0
    misses: bool = False


def every_word(words: Sequence[str], lexicon: Lexicon) -> NDArray[np.bool_]:
    """All words, for metrics that are a share of them, [n]."""
    return np.ones(len(words), bool)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What every metric declares, however it is measured; help, tables, JSON, docs and conformance checks derive from it.

    The subclasses are the three ways of being measured: `Metric`, `PooledMetric` and `GeneratorMetric`.

    Args:
        id: `family.name`, stable.
        label: a few words for table heads.
        unit: of the value, for people.
        direction: which values are good.
        bounds: least and greatest possible value; None where there is none.
        version: raised when the same text begins to give another value.
        summary: one sentence that says what it measures and how to read it.
        formula: the definition, in plain text.
        source: paper or document that defines it.
        needs: what it takes to measure it, for people.
        headline: whether it belongs in the short table.
    """

    id: str
    label: str
    unit: str
    direction: Direction
    bounds: tuple[float | None, float | None]
    version: int
    summary: str
    formula: str
    source: str
    needs: str
    headline: bool = False

    gated: ClassVar[bool] = False
    """Whether the gate may compare it: only what has an interval can be."""
    interval: ClassVar[str]
    """Where its interval comes from, for people."""

    @property
    def family(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def apart(self) -> Literal["items", "words", "missing words"] | None:
        """What `score --explain` takes its value apart into; None where there is nothing to take apart."""
        return None

    def damage(self, values: Floats, target: Floats | float) -> Floats:
        """How far values are from good, in the metric's unit; 0 is perfect for distances and two-sided metrics.

        Args:
            values: [R].
            target: the reference's own value, used by two-sided metrics only.
        """
        if self.direction is Direction.LOWER:
            return values
        if self.direction is Direction.HIGHER:
            best = self.bounds[1]
            return (0.0 if best is None else best) - values
        return np.abs(values - target)


@dataclass(frozen=True, kw_only=True)
class Metric(Declaration):
    """A score of additive counts, so that every interval, test and floor is had by weighting the counts of passages.

    Args:
        id, label, unit, direction, bounds, version, summary, formula, source, headline: as for `Declaration`; `needs` derives from `minimum`.
        features: the counts it needs.
        score: (totals of R replicates, totals of the reference, 1 or R rows) -> values [R]; NaN where it is undefined.
        minimum: how much text it needs.
        items: for distribution metrics, the names of the parts that `profile` and `contributions` are about.
        names: lexicon -> the items' names where they depend on the reference, as its most frequent words do.
        profile: totals -> share of each part, [R x len(items)].
        contributions: (totals, reference) -> signed share of the value by part, [R x len(items)]; positive where the part is used too much.
        listed: for shares and rates of words, which words those are.
    """

    features: tuple[Feature, ...]
    score: Callable[[Totals, Totals], Floats]
    minimum: Minimum
    needs: str = field(init=False)
    headline: bool = True
    items: tuple[str, ...] = ()
    names: Callable[[Lexicon], tuple[str, ...]] | None = None
    profile: Callable[[Totals], Floats] | None = None
    contributions: Callable[[Totals, Totals], Floats] | None = None
    listed: Listed | None = None

    gated: ClassVar[bool] = True
    interval: ClassVar[str] = "over passages drawn again"

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", f"{self.minimum.n:,} {self.minimum.what}")

    @property
    def apart(self) -> Literal["items", "words", "missing words"] | None:
        """What `score --explain` takes its value apart into; None where there is nothing to take apart."""
        if self.listed is not None:
            return "missing words" if self.listed.misses else "words"
        return "items" if self.items else None

    def item_names(self, lexicon: Lexicon) -> tuple[str, ...]:
        """The items as people know them."""
        return self.names(lexicon) if self.names is not None else self.items

    def values(self, totals: Totals, reference: Totals) -> Floats:
        """`score`, silent about undefined replicates, [R]; NaN where there is too little text or the score is undefined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.asarray(self.score(totals, reference), dtype=np.float64)
        enough = self.minimum.count(totals) >= self.minimum.n
        return np.where(enough & np.isfinite(values), values, np.nan)


@dataclass(frozen=True, kw_only=True)
class PooledMetric(Declaration):
    """A measure of all passages together that no sum of counts can give: an extreme, or a statistic of one fixed size.

    It is reported beside the human range and never gated: without resampling there is no interval (docs/adr/0005).

    Args:
        id, label, unit, direction, bounds, version, summary, formula, source, needs, headline: as for `Declaration`. For two-sided ones the
            human median is the target.
        value: (scan of all passages, lexicon) -> the value; NaN where there is too little text.
        note: (scan, lexicon) -> a sentence about this value, such as where a copied stretch stands; "" for none.
    """

    value: Callable[[Any, Lexicon], float]
    note: Callable[[Any, Lexicon], str] = lambda scan, lexicon: ""

    interval: ClassVar[str] = "none: one value for all passages together, beside the human range"


@dataclass(frozen=True, kw_only=True)
class GeneratorMetric(Declaration):
    """A measure of the generator itself rather than of its text; samples on disk have none.

    Args:
        id, label, unit, direction, bounds, version, summary, formula, source, needs, headline: as for `Declaration`.
    """

    interval: ClassVar[str] = "over held-out documents drawn again"


def shares(counts: Floats) -> Floats:
    """Counts as shares of their row's sum, [R x k]; rows of nothing become NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def jensen_shannon_parts(p: Floats, q: Floats) -> Floats:
    """Each item's part of the Jensen-Shannon divergence in bits, [R x k]; non-negative, and the rows sum to the divergence.

    Lin (1991), "Divergence measures based on the Shannon entropy". 0 log 0 counts as 0.
    """
    middle = (p + q) / 2
    nats = special.rel_entr(p, middle) + special.rel_entr(q, middle)
    # Each item's part is non-negative mathematically; rounding may leave it at -1e-17.
    return np.asarray(np.maximum(nats / (2 * np.log(2)), 0.0))


def jensen_shannon(counts: Floats, reference: Floats) -> Floats:
    """Jensen-Shannon divergence in bits between rows of counts and of reference counts, [R], from 0 to 1.

    >>> jensen_shannon(np.array([[.5, .5]]), np.array([[1.0, 0.0]])).round(6)
    array([0.311278])
    """
    p, q = shares(counts), shares(reference)
    # H(m) - (H(p) + H(q)) / 2 takes half the logarithms of the sum of parts, and replicates come by the thousand.
    value = _p_log_p(p) / 2 + _p_log_p(q) / 2 - _p_log_p((p + q) / 2)
    return np.clip(value, 0.0, 1.0)


def _p_log_p(p: Floats) -> Floats:
    """Sum of p log2 p over each row, [R]; 0 log 0 counts as 0."""
    return np.asarray(np.einsum("ij,ij->i", p, np.log2(p, where=p > 0, out=np.zeros_like(p))))


def jensen_shannon_contributions(counts: Floats, reference: Floats) -> Floats:
    """`jensen_shannon_parts`, positive where the item is used more than in the reference, negative where less."""
    p, q = shares(counts), shares(reference)
    return jensen_shannon_parts(p, q) * np.where(p >= q, 1.0, -1.0)


def small_sample_bias(n_items: int, n: Floats, m: Floats) -> Floats:
    """Expected plug-in Jensen-Shannon divergence in bits of n and m independent draws from one source over n_items.

    (K - 1) / (8 ln 2) (1/n + 1/m), the first-order term of its expansion; contiguous text has more (METRICS: about three times).
    """
    return np.asarray((n_items - 1) / (8 * np.log(2)) * (1 / n + 1 / m))


def per_10k(counts: Floats, words: Floats) -> Floats:
    """Occurrences per 10,000 words, [R]."""
    return np.asarray(1e4 * counts / words)


def ratio(part: Floats, whole: Floats) -> Floats:
    """The quotient part / whole, [R]; NaN where the whole is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(part / whole)


def _one_each(items: Sequence[str], lexicon: Lexicon) -> Counts:
    return np.ones((len(items), 1), np.int64)


# How much text there is: counts that any metric may use.
CHARS = Feature("n_chars", ("characters",), "chars", _one_each)
WORDS = Feature("n_words", ("words",), "words", _one_each)


def n_words(totals: Totals) -> NDArray[np.float64]:
    """Words of each replicate, [R]."""
    return totals["n_words"][:, 0]


def at_least_words(n: int) -> Minimum:
    """A minimum of n words; the metric that uses it must list the feature WORDS."""
    return Minimum(n, "words", n_words)
