"""Every declared metric passes the public conformance checks, and a broken one does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.checks import _Bench, check_metric, metric_checks
from evalkit.metrics import Metric, catalogue


@pytest.fixture(scope="module", params=sorted(catalogue(Metric)))
def bench(request):
    return _Bench(catalogue(Metric)[request.param])


@pytest.mark.parametrize("name", sorted(metric_checks()))
def test_metric_conforms(bench, name):
    metric_checks()[name](bench)


def test_words_that_do_not_make_up_the_difference_are_caught():
    metric = catalogue(Metric)["function.share"]
    with pytest.raises(AssertionError, match="words_add_up"):
        check_metric(replace(metric, listed=replace(metric.listed, scale=2.0)))


BROKEN = {
    "id": ("declaration", {"id": "Letters"}),
    "bounds": ("bounds", {"bounds": (0.5, 1.0)}),
    "constant": ("undefined", {"score": lambda totals, reference: np.zeros(len(totals)), "minimum": None}),
    "blind": ("worsens", {"score": lambda totals, reference: np.zeros(len(totals))}),
    "not vectorised": ("vectorised", {"score": lambda totals, reference: np.full(1, totals["letters"].sum())}),
    "order of rows": ("vectorised", {"score": lambda totals, reference: np.arange(len(totals)) / 1e3}),
}


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_a_faulty_metric_is_caught(fault):
    _, changes = BROKEN[fault]
    metric = catalogue(Metric)["letters.jsd"]
    if "minimum" in changes:
        changes = {**changes, "minimum": replace(metric.minimum, n=0)}
    faulty = replace(metric, items=(), profile=None, contributions=None, **changes)
    with pytest.raises(AssertionError, match=r"letters\.jsd|Letters"):
        check_metric(faulty)
