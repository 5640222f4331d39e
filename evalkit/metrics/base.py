"""Declares a metric (`Metric`): additive counts per passage, and a score that turns summed counts into a number.

Text is read once, into a matrix of counts with one row a passage. Every interval, test and floor is a weight matrix times that matrix,
followed by the metric's own `score`. A new metric is therefore one declaration in one file of this package, and has all of them.

The second half of the module is the arithmetic that the scores of several families share: shares, rates, the Jensen-Shannon divergence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evalkit.counts.feature import Counts, Feature, Floats, Lexicon, Totals

if TYPE_CHECKING:
    from evalkit.auditing.background import Background
    from evalkit.auditing.given import Flags, Given
    from evalkit.counts.matrix import Scan
    from evalkit.matching.training_index import TrainingIndex

OVERALL = "overall"
"""Stands for the headline metrics together: the id of their mean position, and of the ranking by all of them."""


class Side(StrEnum):
    """On which side of human text a metric counts in the distance of its family."""

    BOTH = "both"
    LESS = "less"
    """Only below it, as for the share of text that is not copied: copying less than people do is told by it, and is no fault."""
    MORE = "more"
    """Only above it."""


class Direction(StrEnum):
    """Which values of a metric are good."""

    LOWER = "lower"
    """A distance: the nearer to 0 the better, down to the human floor; below it means nothing."""
    HIGHER = "higher"
    """A rate that human text has nearly in full, such as words that exist."""
    TARGET = "target"
    """Two-sided: the reference's own value is the target, and more is as bad as less."""


class Family(StrEnum):
    """The question of a reader that a metric answers; overall is the mean over families, so that none counts twice."""

    LETTERS = "letters"
    """Do its letters, pairs and short strings of letters look right?"""
    WORDS = "words"
    """Are its words as long, and are endings, function words and frequent words used as often?"""
    VOCABULARY = "vocabulary"
    """Are its words words, and are some of them new?"""
    ORDER = "order"
    """Do words and sentences follow each other?"""
    ORIGINALITY = "originality"
    """How much of it is copied from the corpus?"""
    VARIETY = "variety"
    """Does it repeat itself, within a passage or from one to the next?"""
    FORM = "form"
    """Are sentences, capitals, punctuation and lines as in the corpus?"""


@dataclass(frozen=True)
class Minimum:
    """How much text a metric needs before its value means anything.

    Args:
        n: the least number of units.
        what: the units, a noun in the plural, for messages.
        count: totals -> number of such units, [R].
    """

    n: int
    what: str
    count: Callable[[Totals], Floats]


@dataclass(frozen=True)
class Listed:
    """The words that a share of words is about, so that the share can be explained word by word.

    Each word of `part` adds scale x (its share of the words of `whole` in the sample, less that in the reference). Over all words of `part`
    that sums to the value less the reference's own, or to its negative where the metric counts all words but these.

    Args:
        part: (distinct words, lexicon) -> whether each is listed, [n].
        whole: (distinct words, lexicon) -> whether each is one of those that the share is of, [n].
        scale: of the share: 1, or 10,000 for rates.
        misses: whether the metric counts the words that are *not* listed, as shares of known words do.
    """

    part: Callable[[Sequence[str], Lexicon], NDArray[np.bool_]]
    whole: Callable[[Sequence[str], Lexicon], NDArray[np.bool_]]
    scale: float = 1.0
    misses: bool = False


@dataclass(frozen=True)
class Proportion:
    """That a metric is offset + scale x hits / chances, so that it has an interval where there is no hit at all, or nothing else.

    Then no unit differs from another, and only the number of chances tells how rare hits, or misses, may be: the rule of three
    (`evalkit.inference.rule_of_three`).

    Args:
        hits, chances: of each replicate, [R].
        scale: of the share: 1, or 10,000 for rates.
        correlation: how much chances of one passage agree at most (intraclass correlation, 0 to 1). 1 takes a passage for a single chance,
            which is right without any assumption.
        offset: what is added.
    """

    hits: Callable[[Totals], Floats]
    chances: Callable[[Totals], Floats]
    scale: float = 1.0
    correlation: float = 1.0
    offset: float = 0.0


def every_word(words: Sequence[str], lexicon: Lexicon) -> NDArray[np.bool_]:
    """True for every word, for metrics that are a share of all words, [n]."""
    return np.ones(len(words), bool)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What every metric declares, however it is measured; help, tables, JSON, docs and conformance checks derive from it.

    The subclasses are the four ways of being measured: `Metric`, `PooledMetric`, `GeneratorMetric` and `AuditMetric`.

    Args:
        id: `group.name`, stable; metrics of one group are declared in one file.
        family: the question that it answers.
        label: a few words for table heads.
        unit: of the value, for people.
        direction: which values are good.
        bounds: least and greatest possible value; None where there is none.
        version: 1 at first, and raised when the same text begins to give another value.
        summary: one sentence that says what it measures and how to read it.
        formula: the definition, in plain text.
        source: paper or document that defines it.
        needs: how much text, or what else, it needs before it can be measured, for people.
        headline: whether it belongs in the short table.
        judged: whether it counts in the distance of its family, in `overall` and in the test of all measures at once; otherwise it is only reported.
        counts: on which side it counts in the distance of its family and in `overall`.
    """

    id: str
    family: Family
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
    judged: bool = False
    counts: Side = Side.BOTH

    gated: ClassVar[bool] = False
    """Whether the gate may compare it. Only a value with an interval can be compared."""
    interval: ClassVar[str]
    """Where its interval comes from, for people."""

    @property
    def group(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def explained_by(self) -> Literal["items", "words", "missing words"] | None:
        """The parts by which `score --explain` explains the value; None where it has none."""
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
    """A metric that is a score of additive counts. Weighting the counts of passages gives every interval, test and floor.

    Args:
        id, label, unit, direction, bounds, version, summary, formula, source, headline: as for `Declaration`; `needs` derives from `minimum`.
        features: the counts it needs.
        score: (totals of R replicates, totals of the reference, 1 or R rows) -> values [R]; NaN where it is undefined.
        minimum: how much text it needs.
        items: the parts that a distribution has, such as letters; `profile` and `contributions` have a column for each.
        names: lexicon -> the items' names where they depend on the reference, as its most frequent words do.
        profile: totals -> share of each item, [R x items].
        contributions: (totals, reference) -> the part of the value that each item makes up, [R x items]; positive where the item is used too
            much, negative where too little.
        listed: the words that a share or rate of words is about.
        proportion: that it is a share of counts, for those that may be 0 or 1 in every passage.

    >>> from evalkit.metrics import catalogue
    >>> metric = catalogue(Metric)["letters.jsd"]
    >>> str(metric.family), str(metric.direction), metric.needs
    ('letters', 'lower', '200 letters')
    """

    features: tuple[Feature, ...]
    score: Callable[[Totals, Totals], Floats]
    minimum: Minimum
    needs: str = field(init=False)
    headline: bool = True
    judged: bool = True
    items: tuple[str, ...] = ()
    names: Callable[[Lexicon], tuple[str, ...]] | None = None
    profile: Callable[[Totals], Floats] | None = None
    contributions: Callable[[Totals, Totals], Floats] | None = None
    listed: Listed | None = None
    proportion: Proportion | None = None

    gated: ClassVar[bool] = True
    interval: ClassVar[str] = "over resampled passages"

    def __post_init__(self) -> None:
        # The declaration is frozen, and what it needs follows from its minimum.
        object.__setattr__(self, "needs", f"{self.minimum.n:,} {self.minimum.what}")

    @property
    def explained_by(self) -> Literal["items", "words", "missing words"] | None:
        """The parts by which `score --explain` explains the value; None where it has none."""
        if self.listed is not None:
            return "missing words" if self.listed.misses else "words"
        return "items" if self.items else None

    def item_names(self, lexicon: Lexicon) -> tuple[str, ...]:
        """The names of the items, for people."""
        return self.names(lexicon) if self.names is not None else self.items

    def values(self, totals: Totals, reference: Totals) -> Floats:
        """The values of R replicates, [R]; NaN where there is too little text or the score is undefined."""
        # Replicates without, say, a single sentence are no error: their values are undefined, and NumPy need not warn of each.
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.asarray(self.score(totals, reference), dtype=np.float64)
        enough = self.minimum.count(totals) >= self.minimum.n
        return np.where(enough & np.isfinite(values), values, np.nan)


@dataclass(frozen=True, kw_only=True)
class PooledMetric(Declaration):
    """A metric of all passages together that is no function of summed counts: an extreme, or a statistic of one fixed size.

    It is reported beside the human range and never gated: without resampling there is no interval (docs/adr/0005).

    Args:
        id, label, unit, direction, bounds, version, summary, formula, source, needs, headline: as for `Declaration`. For two-sided ones the
            human median is the target.
        value: (scan of all passages, lexicon) -> the value; NaN where there is too little text.
        in_order: whether the value depends on which passages follow each other. It is then measured in a random order, as human text is.
        note: (scan, lexicon) -> a remark on this value, such as where a copied stretch is from; "" for none.
    """

    value: Callable[[Any, Lexicon], float]
    in_order: bool = False
    note: Callable[[Any, Lexicon], str] = lambda scan, lexicon: ""

    interval: ClassVar[str] = "none: one value for all passages together, beside the human range"


@dataclass(frozen=True, kw_only=True)
class PairedMetric(PooledMetric):
    """A metric of all passages together that counts what pairs of them have in common, and so grows with their number.

    What is left without some passages can be computed exactly, so that it has a jackknife interval. It is not gated.

    Args:
        id, label, unit, direction, bounds, version, summary, formula, source, needs, headline, value, note: as for `PooledMetric`.
        value_without: (scan, lexicon, unit of each passage) -> the value without each unit, [units].
    """

    value_without: Callable[[Any, Lexicon, Counts], Floats]
    judged: bool = True

    interval: ClassVar[str] = "over passages, each left out in turn"


@dataclass(frozen=True, kw_only=True)
class SizedMetric(PooledMetric):
    """A metric of a fixed amount of text of all passages together, with human text of its own beside it.

    Other human text than the held-out passages: those are what it is measured on.

    Args:
        id, label, unit, direction, bounds, version, summary, formula, source, needs, headline, value: as for `PooledMetric`.
        note: also says why a value is NaN.
        amount: scan -> how much of it is measured; 0 where there is too little.
        human: (lexicon, passages, amount, seed) -> values of as much human text in as many passages; none where there is too little.
    """

    amount: Callable[[Any], int]
    human: Callable[[Lexicon, int, int, int], Sequence[float]]
    judged: bool = True


@dataclass(frozen=True, kw_only=True)
class GeneratorMetric(Declaration):
    """A metric of the generator itself rather than of its text; samples on disk have none.

    Args:
        id, label, unit, direction, bounds, version, summary, formula, source, needs, headline: as for `Declaration`.
    """

    interval: ClassVar[str] = "over resampled held-out documents"


@dataclass(frozen=True, kw_only=True)
class AuditMetric(Declaration):
    """A share of passages with a fault that shows in them as they were given, before any is cut or left out.

    All of them are measured in every run, whatever was selected, and the gate compares each with the baseline's own rate (docs/reference/audit.md). They
    are in the order of their gravity: where a run has several findings, the first is said first.

    Args:
        id, label, unit, direction, bounds, version, summary, formula, source, needs, headline: as for `Declaration`.
        flag: (passages as given, background of the reference) -> the passages with the fault, and why.
        one, many: what is said of one such passage, and of several: "is empty", "are empty".
        in_human_text: whether sound text has it now and then, so that only more of it than human text has is a fault.
        leads: whether a report's first sentence says it; otherwise the audit's own block does.
        knows_reference: whether it depends on what the reference holds.
        of_the_end: whether it looks at the end of a passage alone. The gate counts such a fault only in passages that end before the shape
            does: where longer ones end was the caller's choice, and the baseline's were cut between words.
    """

    flag: Callable[[Given, Background], Flags]
    one: str
    many: str
    in_human_text: bool
    leads: bool
    knows_reference: bool = False
    of_the_end: bool = False
    unit: str = "share"
    direction: Direction = Direction.LOWER
    bounds: tuple[float | None, float | None] = (0.0, 1.0)
    needs: str = "1 passage"

    gated: ClassVar[bool] = True
    interval: ClassVar[str] = "Wilson's, over passages"


def shares(counts: Floats) -> Floats:
    """Counts as shares of their row's sum, [R x k]; NaN in rows whose sum is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def jensen_shannon_parts(p: Floats, q: Floats) -> Floats:
    """Each item's part of the Jensen-Shannon divergence in bits, [R x k], at least 0; each row sums to the divergence.

    (p log2(p / m) + q log2(q / m)) / 2 with m = (p + q) / 2 (Lin 1991, "Divergence measures based on the Shannon entropy"); 0 log 0 is 0.
    """
    middle = (p + q) / 2
    nats = special.rel_entr(p, middle) + special.rel_entr(q, middle)
    # Rounding may leave a part that is 0 at -1e-17.
    return np.asarray(np.maximum(nats / (2 * np.log(2)), 0.0))


def jensen_shannon(counts: Floats, reference: Floats) -> Floats:
    """Jensen-Shannon divergence in bits between rows of counts and of reference counts, [R], from 0 to 1.

    >>> jensen_shannon(np.array([[.5, .5]]), np.array([[1.0, 0.0]])).round(6)
    array([0.311278])
    """
    p, q = shares(counts), shares(reference)
    # Replicates come by the thousand, and H(m) - (H(p) + H(q)) / 2 takes fewer logarithms than the sum of the items' parts.
    value = _p_log_p(p) / 2 + _p_log_p(q) / 2 - _p_log_p((p + q) / 2)
    return np.clip(value, 0.0, 1.0)


def _p_log_p(p: Floats) -> Floats:
    """Sum of p log2 p over each row, [R]; 0 log 0 counts as 0."""
    positive = p > 0
    # A mask doubles the time that the logarithms take, and few rows need one.
    logarithms = np.log2(p) if positive.all() else np.log2(p, where=positive, out=np.zeros_like(p))
    return np.asarray(np.einsum("ij,ij->i", p, logarithms))


def jensen_shannon_contributions(counts: Floats, reference: Floats) -> Floats:
    """Each item's part of the divergence, [R x k]: positive where the item is used more than in the reference, negative where less."""
    p, q = shares(counts), shares(reference)
    return jensen_shannon_parts(p, q) * np.where(p >= q, 1.0, -1.0)


def small_sample_bias(n_items: int, n: Floats, m: Floats) -> Floats:
    """Expected Jensen-Shannon divergence in bits between n and m independent draws from one distribution over K items, [R].

    (K - 1) / (8 ln 2) (1/n + 1/m), the first term of the expansion of the plug-in estimate, as Miller (1955) has it for entropy. Letters of
    contiguous text are not independent, and diverge about three times as much.

    Args:
        n_items: K.
        n, m: number of draws on either side, [R].
    """
    return np.asarray((n_items - 1) / (8 * np.log(2)) * (1 / n + 1 / m))


def per_10k(counts: Floats, words: Floats) -> Floats:
    """Occurrences per 10,000 words, [R]."""
    return np.asarray(1e4 * counts / words)


def ratio(part: Floats, whole: Floats) -> Floats:
    """The quotient part / whole, [R]; NaN where the whole is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(part / whole)


class Divergence(TypedDict):
    """The fields of a `Metric` that is a Jensen-Shannon divergence."""

    score: Callable[[Totals, Totals], Floats]
    profile: Callable[[Totals], Floats]
    contributions: Callable[[Totals, Totals], Floats]


def divergence_of(histogram: Callable[[Totals], Floats]) -> Divergence:
    """Score, profile and contributions of a metric that is the Jensen-Shannon divergence of a histogram: `Metric(**divergence_of(...), ...)`.

    Args:
        histogram: totals -> occurrences of each item, [R x items].
    """
    return {
        "score": lambda totals, reference: jensen_shannon(histogram(totals), histogram(reference)),
        "profile": lambda totals: shares(histogram(totals)),
        "contributions": lambda totals, reference: jensen_shannon_contributions(histogram(totals), histogram(reference)),
    }


def training_feature(
    name: str, columns: tuple[str, ...], count: Callable[[TrainingIndex, Scan], Counts], *, sampled: bool = False
) -> Feature:
    """A feature that is counted by looking passages up in the training documents; 0 where there are none.

    Args:
        name, columns, sampled: as for `Feature`.
        count: (training documents, scan of the passages) -> counts [passages x columns].
    """

    def count_scan(scan: Scan, lexicon: Lexicon) -> Counts:
        if lexicon.training is None:
            return np.zeros((len(scan), len(columns)), np.int64)
        return count(lexicon.training, scan)

    return Feature(name, columns, "scan", count_scan, knows_reference=True, sampled=sampled)


def _one_each(items: Sequence[str], lexicon: Lexicon) -> Counts:
    return np.ones((len(items), 1), np.int64)


WORDS_CORRELATION = 0.01
"""Of words with an ending and the like within a passage: at most .004 in passages of Lovecraft, and less in those of n-grams."""


def rate_of_words(hits: Callable[[Totals], Floats]) -> Proportion:
    """A rate per 10,000 words; the metric that uses it must list the feature WORDS."""
    return Proportion(hits, n_words, scale=1e4, correlation=WORDS_CORRELATION)


# The amount of text, which any metric may need.
CHARS = Feature("n_chars", ("characters",), "chars", _one_each)
WORDS = Feature("n_words", ("words",), "words", _one_each)


def n_words(totals: Totals) -> NDArray[np.float64]:
    """Words of each replicate, [R]."""
    return totals["n_words"][:, 0]


def at_least_words(n: int) -> Minimum:
    """A minimum of n words; the metric that uses it must list the feature WORDS."""
    return Minimum(n, "words", n_words)
