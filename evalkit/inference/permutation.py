"""Tests whether two samples differ: by permutation, `permutation_test`, or by Welch's t, with p values corrected by `adjust`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from evalkit.counts.feature import Floats, Totals
from evalkit.errors import UsageError, one_of
from evalkit.inference.jackknife import Spread, score, welch_df
from evalkit.inference.resampling import subsets
from evalkit.inference.sample import FEWEST_UNITS, Sample
from evalkit.metrics.base import Metric

REPLICATES = 9999
_ROUNDING = 1e-12
"""Statistics that differ by less than this share are equal."""
_WELCH = "p from Welch's t: {0}s of one cannot be exchanged for {1}s of the other"


@dataclass(frozen=True, kw_only=True)
class DifferenceTest:
    """Whether two samples differ on one metric.

    Args:
        difference: value of the first sample less that of the second; None where either is undefined.
        p_raw: chance of a difference at least as large if both samples had one source; None where `reason` says why.
        p_adjusted: the same, corrected for the number of metrics so that the family-wise error is controlled.
        reason: why there is no test, or what to keep in mind.
    """

    difference: float | None
    p_raw: float | None = None
    p_adjusted: float | None = None
    reason: str | None = None


def permutation_test(
    a: Sample,
    b: Sample,
    metrics: Sequence[Metric],
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
    family: Collection[str] | None = None,
) -> dict[str, DifferenceTest]:
    """Tests whether two samples differ by more than random divisions of their pooled units do; two-sided.

    Args:
        a: a sample.
        b: another, compared with the same reference; either both have passages as units or both have documents.
        metrics: the metrics to test.
        seed: of the permutations.
        replicates: permutations besides the observed one.
        family: ids of the metrics that `p_adjusted` is about; None takes all.

    Returns:
        Metric id -> test, in the order of `metrics`. p = (count + 1) / (replicates + 1) (Phipson and Smyth 2010); adjusted by
        the step-down maximum of the standardised differences (Westfall and Young 1993, algorithm 4.1).
    """
    n_a, n_b = a.n_units, b.n_units
    if min(n_a, n_b) < FEWEST_UNITS:
        reason = f"no test: {min(n_a, n_b)} independent units, and it takes at least {FEWEST_UNITS} a side"
        return {metric.id: DifferenceTest(difference=None, reason=reason) for metric in metrics}
    pooled = np.concatenate([a.units, b.units])
    rng = np.random.default_rng([seed, n_a, n_b])
    divisions = subsets(n_a + n_b, n_a, replicates, rng=rng)
    # The observed division comes first and counts as one of the permutations, so that p is never 0.
    weights = np.concatenate([np.repeat([1.0, 0.0], [n_a, n_b])[None], divisions])
    first = Totals(weights @ pooled, a.layout)
    second = Totals(pooled.sum(axis=0) - first.matrix, a.layout)
    differences = np.stack([_differences(metric, first, second, a.reference) for metric in metrics])
    return _tests([metric.id for metric in metrics], differences, family)


def _differences(metric: Metric, first: Totals, second: Totals, reference: Totals) -> Floats:
    """Differences of the two groups' values, [1 + replicates]; all NaN where the observed groups have too little text."""
    differences = score(metric, first, reference) - score(metric, second, reference)
    observed = [metric.values(Totals(side.matrix[:1], side.layout), reference)[0] for side in (first, second)]
    return differences if np.isfinite(observed).all() else np.full_like(differences, np.nan)


def _tests(ids: Sequence[str], differences: Floats, family: Collection[str] | None) -> dict[str, DifferenceTest]:
    """Tests from differences [metrics x (1 + replicates)], the observed one first."""
    sizes = np.abs(differences)
    undefined = np.isnan(sizes.sum(axis=1))
    # Metrics have different units: each is scaled by its own spread, so that their largest can be taken. The spread includes the observed
    # difference, so that the scale is the same for every permutation.
    spread = np.sqrt(np.mean(differences**2, axis=1, keepdims=True))
    scaled = np.where(spread > 0, sizes / np.where(spread > 0, spread, 1.0), 0.0)
    # What is equal but for rounding counts as at least as large: that can only raise p.
    raw = np.mean(scaled >= scaled[:, :1] * (1 - _ROUNDING), axis=1)
    in_family = [row for row, id_ in enumerate(ids) if not undefined[row] and (family is None or id_ in family)]
    adjusted = dict(zip(in_family, _step_down(scaled[in_family]).tolist(), strict=True))
    tests = {}
    for row, id_ in enumerate(ids):
        if undefined[row]:
            tests[id_] = DifferenceTest(difference=None, reason="no test: undefined for one of the samples or permutations")
        else:
            tests[id_] = DifferenceTest(difference=float(differences[row, 0]), p_raw=float(raw[row]), p_adjusted=adjusted.get(row))
    return tests


def _step_down(scaled: Floats) -> Floats:
    """Adjusted p values, [metrics], of scaled statistics [metrics x (1 + replicates)], the observed one first."""
    adjusted = np.empty(len(scaled))
    order = np.argsort(scaled[:, 0], kind="stable")
    # From the smallest observed statistic up, each is compared with the maximum over itself and all smaller ones: a metric that was rejected
    # already does not make it harder for the rest.
    largest = np.zeros(scaled.shape[1])
    for row in order:
        largest = np.maximum(largest, scaled[row])
        adjusted[row] = np.mean(largest >= scaled[row, 0] * (1 - _ROUNDING))
    # The largest statistic is tested first, and none after it may have a smaller p.
    running = 0.0
    for row in order[::-1]:
        running = max(running, adjusted[row])
        adjusted[row] = running
    return adjusted


def source_tests(
    a: Sample,
    b: Sample,
    metrics: Sequence[Metric],
    *,
    spreads: tuple[Mapping[str, Spread], Mapping[str, Spread]],
    seed: int = 0,
    replicates: int = REPLICATES,
    family: Collection[str] | None = None,
) -> dict[str, DifferenceTest]:
    """Tests two samples by permutation, or by Welch's t where one has passages as units and the other documents or groups.

    Args:
        a, b, metrics, seed, replicates, family: as for `permutation_test`.
        spreads: of both samples, by metric id.
    """
    if a.kind_of_unit == b.kind_of_unit:
        return permutation_test(a, b, metrics, seed=seed, replicates=replicates, family=family)
    # The finer unit first, so that the sentence does not depend on the order of the samples.
    finer, coarser = sorted((a.kind_of_unit, b.kind_of_unit), key=("passage", "document", "group").index)
    return welch_tests(*spreads, family=family, reason=_WELCH.format(finer, coarser))


def welch_tests(
    left: Mapping[str, Spread], right: Mapping[str, Spread], *, family: Collection[str] | None = None, reason: str | None = None
) -> dict[str, DifferenceTest]:
    """Tests the difference of values by Welch's t, for samples whose units cannot be exchanged; adjusted by Holm's method.

    Args:
        left, right: spreads of the first and of the second sample, by metric id.
        family: ids of the metrics that `p_adjusted` is about; None takes all.
        reason: why it is this test.
    """
    raw = {}
    for id_, first in left.items():
        second = right[id_]
        if first.reason is None and second.reason is None:
            t = abs(first.value - second.value) / float(np.hypot(first.standard_error, second.standard_error))
            raw[id_] = float(2 * special.stdtr(welch_df(first, second), -t))
    adjusted = adjust({id_: p for id_, p in raw.items() if family is None or id_ in family})
    return {
        id_: DifferenceTest(difference=first.value - right[id_].value, p_raw=raw[id_], p_adjusted=adjusted.get(id_), reason=reason)
        if id_ in raw
        else DifferenceTest(difference=None, reason=(first.reason or right[id_].reason or "").replace("no interval", "no test"))
        for id_, first in left.items()
    }


def adjust(p_values: Mapping[str, float], *, method: Literal["holm", "bh"] = "holm") -> dict[str, float]:
    """Corrects p values for their number.

    Args:
        p_values: name -> p.
        method: "holm" controls the chance of any false positive (Holm 1979); "bh" the expected share of false positives among the
            positives (Benjamini and Hochberg 1995).

    Returns:
        The same names, adjusted p up to 1.

    >>> adjust({"a": .01, "b": .04, "c": .03})
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    if method not in ("holm", "bh"):
        raise UsageError(f'"{method}" is no correction of p values.', remedy=one_of(method, ("holm", "bh")))
    names = sorted(p_values, key=lambda name: p_values[name])
    m = len(names)
    p = np.array([p_values[name] for name in names])
    rank = np.arange(1, m + 1)
    # Holm steps down from the smallest p, Benjamini-Hochberg up from the largest; the running extreme keeps the order of the p values.
    holm, bh = np.maximum.accumulate(p * (m - rank + 1)), np.minimum.accumulate((p * m / rank)[::-1])[::-1]
    adjusted = np.minimum(holm if method == "holm" else bh, 1.0).tolist()
    by_name = dict(zip(names, adjusted, strict=True))
    return {name: by_name[name] for name in p_values}
