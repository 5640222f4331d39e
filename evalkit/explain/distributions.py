"""Distributions taken apart: the reference's shares of each letter, length or class, and each sample's with intervals."""

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
    """One sample's parts of a distribution, with percentile intervals of the shares.

    Args:
        metric: with a profile.
        sample: whose.
        resampled: its totals in bootstrap replicates.
    """
    assert metric.profile is not None
    observed = sample.observed()
    value = metric.profile(observed)[0]
    parts = metric.contributions(observed, sample.reference)[0] if metric.contributions else np.full(len(value), np.nan)
    if sample.n_units < FEWEST_UNITS:
        low = high = np.full(len(value), np.nan)
    else:
        low, high = middle(metric.profile(resampled))
    return Series(value=numbers(value), low=numbers(low), high=numbers(high), contribution=numbers(parts))


def profile(metric: Metric, reference: Totals, found: Mapping[str, Series], lexicon: Lexicon) -> Profile:
    """A metric's distribution in the reference and in samples by name; the lexicon knows what its items are called."""
    assert metric.profile is not None
    return Profile(
        metric=metric.id, items=metric.item_names(lexicon), reference=numbers(metric.profile(reference)[0]), series=found
    )


def profiles(metrics: Sequence[Metric], samples: Mapping[str, Sample], lexicon: Lexicon, *, seed: int) -> list[Profile]:
    """All distributions taken apart.

    Args:
        metrics: those without a profile are passed over.
        samples: by name, all held against one reference.
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
    """What a gate calls the series of its baseline: unlike any candidate's.

    >>> baseline_series("main", "ngram"), baseline_series("main", "baseline main")
    ('baseline main', 'baseline main (baseline)')
    """
    called = f"baseline {name}"
    return called if called != candidate else f"{called} (baseline)"
