"""The classifier against scikit-learn, on samples of known origin, and what it may never learn from."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.counts.feature import Feature, Layout
from evalkit.inference.classifier import (
    FEWEST,
    N_FOLDS,
    Labelled,
    Space,
    _ranks,
    classify,
    comparable,
    cross_fitted,
    fit,
    human_areas,
)
from tests.support.metrics import ITEMS, LAYOUT, Source


def independent(tally):
    return Labelled(tally, np.arange(len(tally)))


@pytest.fixture
def space():
    rng = np.random.default_rng(3)
    tally = np.concatenate([Source(0.4).tally(40, rng), Source().tally(60, rng)])
    return Space.of(tally.astype(float), LAYOUT)


LABELS = np.repeat([1.0, 0.0], [40, 60])


@pytest.mark.parametrize("n", [0, 1, 50])
def test_ranks_are_those_of_scipy(n):
    stats = pytest.importorskip("scipy.stats")
    scores = np.random.default_rng(n).integers(0, 8, (n, 3)) / 4
    np.testing.assert_array_equal(_ranks(scores), stats.rankdata(scores, axis=0) if n else scores)


class TestAgainstScikitLearn:
    def test_the_fit_is_that_of_ridge_logistic_regression(self, space):
        linear_model = pytest.importorskip("sklearn.linear_model")
        found = space.points @ fit(space, LABELS[:, None], np.ones((100, 1)))[:, 0]
        # The last coordinate is the intercept, whose prior is as wide as ten weights.
        columns = np.column_stack([space.columns, np.full(100, 10**0.5)])
        model = linear_model.LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(columns, LABELS)
        assert found == pytest.approx(model.decision_function(columns), abs=2e-3)

    def test_the_area_is_that_of_a_classifier_that_has_not_seen_the_fold(self, space):
        linear_model, metrics = pytest.importorskip("sklearn.linear_model"), pytest.importorskip("sklearn.metrics")
        folds = np.random.default_rng(0).permutation(100) % N_FOLDS
        columns = np.column_stack([space.columns, np.full(100, 10**0.5)])
        wins = pairs = 0.0
        for fold in range(N_FOLDS):
            tested = folds == fold
            model = linear_model.LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10, max_iter=10_000)
            scores = model.fit(columns[~tested], LABELS[~tested]).decision_function(columns[tested])
            n = LABELS[tested].sum() * (1 - LABELS[tested]).sum()
            wins, pairs = wins + n * metrics.roc_auc_score(LABELS[tested], scores), pairs + n
        assert cross_fitted(space, LABELS[:, None], folds)[0] == pytest.approx(wins / pairs, abs=0.005)

    def test_many_labellings_are_fitted_as_each_alone(self, space):
        rng = np.random.default_rng(1)
        labels = np.column_stack([LABELS, *(rng.permutation(LABELS) for _ in range(4))])
        folds = rng.permutation(100) % N_FOLDS
        alone = [cross_fitted(space, labels[:, [column]], folds)[0] for column in range(5)]
        assert cross_fitted(space, labels, folds) == pytest.approx(alone, abs=0.002)


def test_one_source_is_not_told_from_itself_more_often_than_is_said():
    rng = np.random.default_rng(11)
    p_values = []
    for seed in range(60):
        found = classify(
            independent(Source().tally(30, rng)), independent(Source().tally(40, rng)), LAYOUT, seed=seed, permutations=39
        )
        p_values.append(found.p)
    assert min(p_values) >= 1 / 40
    # 60 draws: three are expected at 5 %, and more than eight have a chance of 1 %.
    assert np.mean(np.array(p_values) <= 0.05) <= 8 / 60
    assert 0.35 < np.mean(p_values) < 0.68


def test_a_difference_is_seen_and_its_columns_are_named():
    rng = np.random.default_rng(2)
    found = classify(independent(Source(0.5).tally(60, rng)), independent(Source().tally(60, rng)), LAYOUT, seed=0, permutations=39)
    assert found.auc > 0.85
    assert found.p == 1 / 40
    gains = dict(zip(LAYOUT.columns, Source(0.5).shares > Source().shares, strict=True))
    assert len(found.columns) >= 3
    assert [gains[column.name] for column in found.columns[:3]] == [column.first > column.second for column in found.columns[:3]]
    assert [column.share for column in found.columns] == sorted((column.share for column in found.columns), reverse=True)
    assert 0 < sum(column.share for column in found.columns) <= 1 + 1e-12


def test_a_column_alone_is_heard_among_many():
    rng = np.random.default_rng(4)
    many = Feature("many", tuple(map(str, range(400))), "chars", ITEMS.count)
    one = Feature("one", ("mark",), "chars", ITEMS.count)
    layout = Layout([many, one])

    def sample(rate, n):
        return independent(np.column_stack([rng.poisson(3, (n, 400)), rng.poisson(rate, n)]))

    found = classify(sample(1.0, 60), sample(4.0, 60), layout, seed=0)
    assert found.columns[0].name == "one:mark"
    assert found.auc > 0.8


class Stories:
    """Passages of 30 documents, each with items of its own, and no other difference."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        shares = rng.dirichlet(np.full(12, 4.0), size=30)
        self.units = np.repeat(np.arange(30), 8)
        self.tally = np.array([rng.multinomial(300, shares[unit]) for unit in self.units])

    @property
    def labelled(self):
        return Labelled(self.tally, self.units)


def test_documents_are_not_learned_by_heart():
    """Where documents are known, none is in both training and test, and human text is no more than chance from human text."""
    known, unknown = (
        np.median(
            [np.median(human_areas(Stories(s).labelled, LAYOUT, n=60, by_document=by, seed=s, replicates=12)) for s in range(4)]
        )
        for by in (True, False)
    )
    assert 0.35 < known < 0.65
    assert unknown > known + 0.15


def test_whole_units_are_permuted_together():
    """Two documents a side differ by chance, and passages of one document agree: permuting passages would find a difference."""
    rng = np.random.default_rng(9)
    p_values = []
    for seed in range(20):
        stories = Stories(seed)
        first = rng.permutation(30)[:15]
        mine = np.isin(stories.units, first)
        found = classify(
            stories.labelled.rows(np.flatnonzero(mine)),
            stories.labelled.rows(np.flatnonzero(~mine)),
            LAYOUT,
            seed=seed,
            permutations=19,
        )
        p_values.append(found.p)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.2


def test_lengths_alone_are_no_difference():
    rng = np.random.default_rng(5)
    short, long = Source(length=150).tally(60, rng), Source(length=600).tally(60, rng)
    told = classify(independent(short), independent(long), LAYOUT, seed=0)
    rates = classify(
        Labelled(short, np.arange(60), np.full(60, 150)), Labelled(long, np.arange(60), np.full(60, 600)), LAYOUT, seed=0
    )
    assert told.auc == 1
    assert rates.auc < 0.75


def test_the_same_seed_gives_the_same():
    rng = np.random.default_rng(6)
    first, second = independent(Source(0.2).tally(150, rng)), independent(Source().tally(250, rng))
    found = [classify(first, second, LAYOUT, seed=3, permutations=9) for _ in range(2)]
    assert found[0] == found[1]
    assert (found[0].n_first, found[0].n_second) == (100, 200)


@pytest.mark.parametrize(
    ("n", "units", "reason"),
    [(FEWEST - 1, FEWEST - 1, "9 passages"), (40, N_FOLDS - 1, "4 independent units"), (0, 0, "0 passages")],
)
def test_too_little_is_said(n, units, reason):
    rng = np.random.default_rng(7)
    few = Labelled(Source().tally(n, rng), np.arange(n) % max(units, 1))
    found = classify(few, independent(Source().tally(50, rng)), LAYOUT, seed=0, permutations=9)
    assert found.auc is None and found.p is None and found.columns == ()
    assert found.reason.startswith(reason)


def test_columns_that_never_vary_tell_nothing():
    same = independent(np.full((20, 12), 7))
    found = classify(same, same, LAYOUT, seed=0, permutations=9)
    assert found.auc == 0.5
    assert found.p == 1
    assert found.columns == ()


def test_only_comparable_columns_are_kept():
    some = Feature("some", ("a", "b"), "chars", ITEMS.count, sampled=True)
    tally, layout = comparable(np.arange(28).reshape(2, 14), Layout([some, ITEMS]))
    assert layout.columns == LAYOUT.columns
    assert tally.tolist() == np.arange(28).reshape(2, 14)[:, 2:].tolist()
