"""Distances of single passages, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.inference import Sample
from evalkit.judgment.passages import passage_distances
from tests.support.metrics import N_ITEMS, REFERENCE, TWO_SIDED, metric

# The reference has 12 of 78 of the last item.
TARGET = 12 / 78


def sample(*last_of_ten):
    """Passages of ten items each, so many of them the last one; None for a passage without any."""
    tally = np.zeros((len(last_of_ten), N_ITEMS), dtype=np.int64)
    for i, n in enumerate(last_of_ten):
        if n is not None:
            tally[i, 0], tally[i, -1] = 10 - n, n
    return Sample(tally, np.arange(len(tally)), REFERENCE)


def test_a_distance_is_damage_in_units_of_noise_and_at_most_one():
    near, far = passage_distances(sample(1, 10), [TWO_SIDED], {TWO_SIDED.id: 0.5})
    assert near == pytest.approx((TARGET - 0.1) / 0.5)
    assert far == 1.0  # (1 - 12/78) / .5 is 1.7


def test_a_passage_on_which_nothing_can_be_measured_has_none():
    distances = passage_distances(sample(1, None), [TWO_SIDED], {TWO_SIDED.id: 0.5})
    assert np.isfinite(distances).tolist() == [True, False]


def test_what_is_undefined_is_left_out_of_the_mean_and_so_is_a_metric_without_noise():
    undefined = metric("made.undefined", TWO_SIDED.direction, (0.0, 1.0), lambda t, r: np.full(len(t), np.nan))
    far = metric("made.far", TWO_SIDED.direction, (0.0, 1.0), lambda t, r: np.ones(len(t)))
    (alone,) = passage_distances(sample(1), [TWO_SIDED], {TWO_SIDED.id: 0.5})
    (beside,) = passage_distances(sample(1), [TWO_SIDED, undefined, far], {TWO_SIDED.id: 0.5, undefined.id: 0.5})
    assert alone == beside
    (both,) = passage_distances(sample(1), [TWO_SIDED, undefined, far], {TWO_SIDED.id: 0.5, undefined.id: 0.5, far.id: 0.5})
    assert both == pytest.approx(alone / 2)  # the third has the value of the reference, so its distance is 0
