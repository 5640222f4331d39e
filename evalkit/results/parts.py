"""Declares the parts of results: `Row`, `Interval`, `FloorSummary`, `Profile`, `Excerpt`, `Pair`, `Explanation` and others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

ONE_VALUE = "one value for all passages together, which has no interval"
"""The end of the reason of every measure of all passages together."""


def number(value: float | None) -> float | None:
    """A float that may stand in results: None for NaN and infinity."""
    return None if value is None or not math.isfinite(value) else float(value)


def numbers(values: Iterable[float]) -> list[float | None]:
    """`number` of each, to six significant digits."""
    # For the many shares of profiles, which are only shown: full precision would double the size of results.json.
    return [number(float(f"{value:.6g}")) for value in values]


@dataclass(frozen=True)
class Interval:
    """A confidence interval by its ends."""

    low: float
    high: float


@dataclass(frozen=True)
class FloorSummary:
    """The human floor: the value's median over human replicates, and the value that 5 % of them exceed.

    Args:
        median, p95: of the value, in the metric's unit.
        damage_median, damage_p95: the same of the distance from good; a row whose damage is at most damage_p95 is within the human range.
        noise: the distance from good of unigram noise.
        low, high: 95 % of human texts lie between them; low is None for distances, which cannot be too small. Both are None in older files.
        noise_distance: of unigram noise from human text, in floor units; position 1.
    """

    median: float
    p95: float
    damage_median: float | None = None
    damage_p95: float | None = None
    noise: float | None = None
    low: float | None = None
    high: float | None = None
    noise_distance: float | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One candidate on one metric.

    Args:
        value: as the metric defines it, in its unit; None where `status` is "not measured".
        ci: 95 % interval of the value that another sample of the same shape is expected to have.
        floor: the human floor of this shape.
        target: the reference's own value, for two-sided metrics.
        distance: from the human median in floor units: 1 is the end of the human range; below 0 it is too little, above 0 too much or, for
            distances, too far. None in older files and where there is no floor.
        position: the same on a logarithmic scale: 0 at the human median, 1 at unigram noise, below 0 on the other side than noise; None where
            noise lies within the human range.
        delta: value - target for two-sided metrics, value - floor median for the others; for a gate, damage beyond the baseline's.
        delta_ci: 95 % interval of delta.
        p_raw: probability of a delta at least as large if there were no difference.
        p_adjusted: the same, corrected for the number of simultaneous tests.
        mde: minimum detectable effect, which this run would have detected with 80 % power.
        n_units: independent units, passages or documents.
        reason: why it was not measured, or what limits it.
    """

    candidate: str
    metric: str
    value: float | None
    ci: Interval | None = None
    floor: FloorSummary | None = None
    target: float | None = None
    distance: float | None = None
    position: float | None = None
    delta: float | None = None
    delta_ci: Interval | None = None
    p_raw: float | None = None
    p_adjusted: float | None = None
    mde: float | None = None
    n_units: int = 0
    status: Literal["measured", "not measured"] = "measured"
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Series:
    """One candidate's shares of a distribution, their intervals, and what each item adds to the divergence."""

    value: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]
    contribution: Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A distribution metric item by item: the reference's shares and each candidate's."""

    metric: str
    items: Sequence[str]
    reference: Sequence[float | None]
    series: Mapping[str, Series]


@dataclass(frozen=True, kw_only=True)
class Span:
    """A marked stretch of an excerpt: text[start:end].

    Args:
        start, end: in code points of the excerpt's text.
        kind: "nonword" is in neither the corpus nor the dictionary, "copied" occurs in the training text, "shadow" agrees with it at a constant
            offset without quoting it, "loop" repeats itself, "overused" is a word that the explanation lists as used too often.
        source: for copied spans and shadows, the document that has the text.
    """

    start: int
    end: int
    kind: Literal["nonword", "copied", "shadow", "loop", "overused"]
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """A passage to be read.

    Args:
        role: "best", "median" and "worst" by `distance`, "random" by the seed, "example" because it has an overused word, "human" from the
            held-out documents where no distance is known.
        id: of the passage.
        text: the passage, or its beginning.
        n_chars: of the whole passage.
        document: that it was cut from.
        distance: mean damage over the headline metrics, each at most 1, that of unigram noise; None where nothing could be measured.
        spans: the marked stretches, by position.
        surprise: bits of each character under the reference's language model, a digit a character (9 for 9 and more); None where there is no
            model, and in older files.
    """

    role: Literal["best", "median", "worst", "random", "example", "human"]
    id: str
    text: str
    n_chars: int
    document: str | None = None
    distance: float | None = None
    spans: Sequence[Span] = ()
    surprise: str | None = None


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two candidates on one metric.

    Args:
        a: a candidate.
        b: the other.
        metric: the metric's id.
        delta: damage of a less that of b; above 0, a is worse.
        ci: 95 % interval of delta alone, not corrected for other comparisons.
        p_raw: of a permutation test of the difference of values; None where `reason` says why.
        p_adjusted: corrected for all metrics and all pairs of candidates.
        reason: why a number is missing.
    """

    a: str
    b: str
    metric: str
    delta: float | None
    ci: Interval | None = None
    p_raw: float | None = None
    p_adjusted: float | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class TextCounts:
    """What figures show of a text and no metric says.

    Args:
        distances: of each passage: mean damage over the headline metrics, each at most 1, that of unigram noise; None where nothing could be
            measured.
        copied: the shares of its phrases of 1, 2, 3 ... words that occur in the training text; empty where that was not counted.
        ranks: of words by how often they occur, 1 for the most frequent; evenly spaced on a logarithmic scale.
        per_10k: occurrences per 10,000 words of the word at each of those ranks.
    """

    distances: Sequence[float | None]
    copied: Sequence[float | None]
    ranks: Sequence[int]
    per_10k: Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Rank:
    """A candidate's place on one metric, or on "overall".

    Args:
        metric: the metric's id, or "overall" for all families together.
        candidate: its name.
        rank: 1 + the number of candidates that are significantly better; equal ranks are ties.
        letters: of two candidates that share a letter, neither is significantly better (compact letter display).
    """

    metric: str
    candidate: str
    rank: int
    letters: str


@dataclass(frozen=True, kw_only=True)
class Overall:
    """A candidate's distance from human text over all families together.

    Args:
        candidate: its name.
        value: the mean over families, 0 for human text and 1 for unigram noise; see `FamilyDistance`.
        ci: 95 % interval of the value that another sample of the same shape is expected to have.
        floor: median and 95th percentile of the same mean over human texts of this shape.
    """

    candidate: str
    value: float | None
    ci: Interval | None = None
    floor: FloorSummary | None = None


@dataclass(frozen=True, kw_only=True)
class FamilyDistance:
    """A candidate's distance from human text in one family.

    Args:
        candidate: its name.
        family: its name.
        value: on a logarithmic scale of floor units; the mean over families is `Overall.value`.
        share: of the sum over families; None where all are 0.
        limit: the value that 5 % of human texts exceed.
        metric: the metric of the family that is farthest off.
        distance: of that metric, as in its row.
        n_metrics: how many metrics of the family were measured.
    """

    candidate: str
    family: str
    value: float
    share: float | None
    limit: float
    metric: str
    distance: float
    n_metrics: int


@dataclass(frozen=True, kw_only=True)
class HumanTest:
    """Whether a candidate can be told from human text on any metric: one test of all of them at once.

    Args:
        candidate: its name.
        metric: the metric on which it is farthest off.
        distance: of that metric, in floor units, at least 0.
        limit: the distance that 5 % of left-out human texts reach on some metric.
        p: share of left-out human texts whose largest distance is at least as large; at most .05 where it can be told.
        n_metrics: how many metrics were asked.
    """

    candidate: str
    metric: str
    distance: float
    limit: float
    p: float
    n_metrics: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """An example of a finding: a few words of a passage.

    Args:
        passage: its id.
        text: the words, unchanged.
    """

    passage: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """The part of one item (a letter, a length, a word class, a word) in a divergence, or in the difference of a share of words.

    Args:
        value, reference: its share in the candidate and in the reference.
        contribution: positive where there is too much of it. For a divergence, the absolute values of all items sum to the value. For a share
            or rate of words, the contributions of all words sum to the value less the reference's own. For a share of known words, whose
            items are the unknown ones, they sum to the reference's less the value.
        low, high: ends of its 95 % interval over resampled passages; None where there are too few.
        places: from the passages that have the most of it; none where there is too little of it.
    """

    metric: str
    item: str
    value: float
    reference: float
    contribution: float
    low: float | None
    high: float | None
    places: Sequence[Place] = ()


@dataclass(frozen=True, kw_only=True)
class WordUse:
    """A word that is used more or less than in the reference.

    Args:
        per_10k, reference_per_10k: occurrences per 10,000 words.
        log_odds: logarithm of the ratio of the odds, shrunk by the prior; positive where it is used too much.
        z: log_odds in standard errors, which allow for words that cluster in passages and documents.
        p_adjusted: by Benjamini and Hochberg over all words tested; exploratory.
    """

    word: str
    count: int
    per_10k: float
    reference_per_10k: float
    log_odds: float
    z: float
    p_adjusted: float
    places: Sequence[Place] = ()


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why one candidate differs from the reference.

    Args:
        contributions: of each distribution metric, and of each share or rate of words, the ten largest, largest first.
        words: over- and underused words at a false discovery rate of 5 %, the largest |z| first.
        n_words_tested: how many words were tested.
    """

    contributions: Sequence[Contribution] = ()
    words: Sequence[WordUse] = ()
    n_words_tested: int = 0


ErrorKind = Literal["none", "guesses", "layout", "edits"]
"""Where a stretch does not agree with its document: nowhere; at single letters all along it, as a model's guesses; in nothing but white space,
punctuation, case and the order of its pieces; in what stands between exact pieces."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A stretch of a passage that follows a document of the corpus, by quoting it or by guessing it letter by letter.

    Args:
        passage: its id.
        start, n_chars: the stretch, in characters of the passage.
        document: its id.
        held_out: whether it is held out; a generator that follows such a document was given it while it sampled.
        place: where the stretch begins to follow it, in characters of the document's canonical text.
        agreement: share of characters that agree at a constant offset, the mean over windows of 150 characters.
        text, source_text: the beginning of the stretch, and the document's text at the same place.
        errors: what stands where the two do not agree; None in files of versions that did not say.
    """

    passage: str
    start: int
    n_chars: int
    document: str
    held_out: bool
    place: int
    agreement: float
    text: str
    source_text: str
    errors: ErrorKind | None = None


@dataclass(frozen=True, kw_only=True)
class Telltale:
    """A column of counts by which a classifier tells a candidate from what it is compared with.

    Args:
        column: `feature:column` of the tallies, such as `letters:e`.
        share: its part of the distance between the two in mean log odds, from 0 to 1.
        candidate, other: mean counts on either side: per 1,000 characters beside human text, a passage beside a baseline.
    """

    column: str
    share: float
    candidate: float
    other: float


@dataclass(frozen=True, kw_only=True)
class Classification:
    """How well a classifier tells passages of a candidate that it has not seen from others, by all counts at once.

    Args:
        candidate: its name.
        against: what it is told from.
        auc: area under the curve: .5 where passages cannot be told apart, 1 where they always can.
        p: chance of an AUC at least as large if there were nothing to tell: among AUCs of human text against human text of other
            documents, or of permutations of the candidate's and the baseline's passages.
        floor: the median and the 95th percentile of those AUCs; None where there are too few.
        n_candidate, n_other: passages that were used.
        telltales: the columns that gave it away, the most telling first.
        reason: why a number is missing.
    """

    candidate: str
    against: Literal["human text", "baseline"]
    auc: float | None
    p: float | None = None
    floor: FloorSummary | None = None
    n_candidate: int = 0
    n_other: int = 0
    telltales: Sequence[Telltale] = ()
    reason: str | None = None
