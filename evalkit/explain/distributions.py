"""Takes distributions apart (`profiles`): the reference's share of each letter, length or class, and each sample's with an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evalkit.counts.feature import Lexicon, Totals
from evalkit.inference import FEWEST_UNITS, Sample
from evalkit.inference.sample import middle
from evalkit.metrics.base import Metric
from evalkit.results import Profile, Series, numbers

REPLICATES = 2000
"""Bootstrap replicates behind the intervals of shares."""


def series(metric: Metric, sample: Sample, resampled: Totals) -> Series:
    """One sample's shares of a distribution with percentile intervals, and what each adds to the metric.

    Args:
        metric: with a profile.
        sample: the candidate's tallies.
        resampled: their totals in bootstrap replicates.
    """
    assert metric.profile is not None
    observed = sample.observed()
    value = metric.profile(observed)[0]
    parts = metric.contributions(observed, sample.reference)[0] if metric.contributions else np.full(len(value), np.nan)
    if sample.n_resampled < FEWEST_UNITS:
        low = high = np.full(len(value), np.nan)
    else:
        low, high = middle(metric.profile(resampled))
    return Series(value=numbers(value), low=numbers(low), high=numbers(high), contribution=numbers(parts))


def profile(metric: Metric, reference: Totals, series_by_name: Mapping[str, Series], lexicon: Lexicon) -> Profile:
    """A metric's distribution in the reference and in samples.

    Args:
        metric: with a profile.
        reference: totals of the reference.
        series_by_name: each sample's part, by the sample's name.
        lexicon: of the reference; knows what items are called.
    """
    assert metric.profile is not None
    return Profile(
        metric=metric.id, items=metric.item_names(lexicon), reference=numbers(metric.profile(reference)[0]), series=series_by_name
    )


def profiles(metrics: Sequence[Metric], samples: Mapping[str, Sample], lexicon: Lexicon, *, seed: int) -> list[Profile]:
    """The profiles of all metrics that have one.

    Args:
        metrics: those without a profile are passed over.
        samples: by name, all compared with one reference.
        lexicon: of that reference.
        seed: of the bootstrap.
    """
    resampled = {name: sample.resampled(REPLICATES, seed=seed) for name, sample in samples.items()}
    reference = next(iter(samples.values())).reference
    return [
        profile(metric, reference, {name: series(metric, sample, resampled[name]) for name, sample in samples.items()}, lexicon)
        for metric in metrics
        if metric.profile
    ]


def baseline_series(name: str, candidate: str) -> str:
    """The name of a gate's baseline among its series, different from the candidate's.

    >>> baseline_series("main", "ngram"), baseline_series("main", "baseline main")
    ('baseline main', 'baseline main (baseline)')
    """
    label = f"baseline {name}"
    return label if label != candidate else f"{label} (baseline)"
