"""Every declared metric passes the public conformance checks, and a broken one does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.checks import MetricSubject, check_metric, metric_checks
from evalkit.counts.feature import Feature
from evalkit.metrics import Metric, catalogue


@pytest.fixture(scope="module", params=sorted(catalogue(Metric)))
def subject(request):
    return MetricSubject(catalogue(Metric)[request.param])


@pytest.mark.parametrize("name", sorted(metric_checks()))
def test_metric_conforms(subject, name):
    metric_checks()[name](subject)


def test_words_that_do_not_make_up_the_difference_are_caught():
    metric = catalogue(Metric)["function.share"]
    with pytest.raises(AssertionError, match="words_add_up"):
        check_metric(replace(metric, listed=replace(metric.listed, scale=2.0)))


def knowing(words, lexicon):
    """Counts that depend on the reference."""
    return np.array([[word in lexicon.vocabulary] for word in words], dtype=np.int64)


def faulty(**changes):
    """The letter divergence with something wrong, and without its items, which would be wrong too."""
    return replace(catalogue(Metric)["letters.jsd"], items=(), profile=None, contributions=None, **changes)


LETTERS = catalogue(Metric)["letters.jsd"]
# fault -> the metric, the check that must fail, and words of its message
FAULTY = {
    "id in capitals": (faulty(id="letters.JSD"), "declaration_is_complete", 'family.name in lower case, not "letters.JSD"'),
    "id without a family": (faulty(id="letters"), "declaration_is_complete", "family.name"),
    "no source": (faulty(source=" "), "declaration_is_complete", "the source must be given"),
    "no sentence": (faulty(summary="A divergence"), "declaration_is_complete", "full stop"),
    "version 0": (faulty(version=0), "declaration_is_complete", "1 or more"),
    "bounds turned round": (faulty(bounds=(1.0, 0.0)), "declaration_is_complete", "below the upper one"),
    "bounds too narrow": (faulty(bounds=(0.5, 1.0)), "values_are_within_bounds", "below the bound 0.5"),
    "no features": (faulty(features=()), "features_are_declared", "at least one feature"),
    "columns of one name": (
        faulty(features=(replace(LETTERS.features[0], columns=("a",) * 26),)),
        "features_are_declared",
        'columns of the feature "letters"',
    ),
    "reference not declared": (
        faulty(features=(*LETTERS.features, Feature("known_words", ("known",), "words", knowing))),
        "counts_that_know_the_reference_say_so",
        "knows_reference=True: known_words",
    ),
    "no minimum": (faulty(minimum=replace(LETTERS.minimum, n=0)), "nothing_is_not_a_value", "above 0"),
    "too high a minimum": (faulty(minimum=replace(LETTERS.minimum, n=10**9)), "values_are_within_bounds", "lower the minimum"),
    "blind": (faulty(score=lambda totals, reference: np.zeros(len(totals))), "a_planted_defect_worsens_it", "no defect"),
    "one value for all rows": (
        faulty(score=lambda totals, reference: np.full(1, totals["letters"].sum())),
        "score_is_vectorised",
        "beside it",
    ),
    "order of rows": (faulty(score=lambda totals, reference: np.arange(len(totals)) / 1e3), "score_is_vectorised", "beside it"),
    "one row of the reference only": (
        faulty(score=lambda totals, reference: LETTERS.score(totals, reference) * (1 + (len(reference) > 1))),
        "score_takes_a_reference_a_row",
        "one row of it",
    ),
    "damage of the reference": (
        faulty(score=lambda totals, reference: np.full(len(totals), 0.5)),
        "reference_is_perfect",
        "not 0.5",
    ),
    "an error": (faulty(score=lambda totals, reference: totals["lettres"]), "score_is_vectorised", "the metric raised KeyError"),
    "items without a profile": (replace(LETTERS, profile=None), "parts_add_up", "needs a profile"),
    "a profile without items": (replace(LETTERS, items=()), "parts_add_up", "needs items"),
    "parts of another value": (
        replace(LETTERS, contributions=lambda totals, reference: 2 * LETTERS.contributions(totals, reference)),
        "parts_add_up",
        "must sum to the value",
    ),
}


@pytest.mark.parametrize("fault", sorted(FAULTY))
def test_a_faulty_metric_is_caught_by_name_and_told_why(fault):
    metric, check, message = FAULTY[fault]
    with pytest.raises(AssertionError) as caught:
        check_metric(metric)
    head, _, explanation = str(caught.value).partition(f"\n{check}: ")
    assert message in explanation
    assert head.startswith(f"{metric.id} fails")


def test_all_failures_are_told_at_once():
    with pytest.raises(AssertionError, match=r"fails 2 of \d+ checks") as caught:
        check_metric(faulty(source="", bounds=(0.5, 1.0)))
    assert "the source must be given" in str(caught.value)
    assert "below the bound" in str(caught.value)


@pytest.mark.parametrize("thing", [3, "letters.jsd", catalogue()["copy.longest"]])
def test_only_metrics_of_counts_can_be_checked(thing):
    with pytest.raises(TypeError, match=r"evalkit\.metrics\.Metric, not"):
        check_metric(thing)
