"""Measures of all passages together: which have an interval, and what human text is beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import evalkit
from evalkit.counts.matrix import Scan
from evalkit.evaluation.pooled import PooledScorer
from evalkit.evaluation.reference import Fold
from evalkit.metrics import PairedMetric, SizedMetric, catalogue
from evalkit.text.corpus import read_corpus
from evalkit.text.passages import slices

TALES = [document.text for document in read_corpus().documents]
SHARED, REVERSE = catalogue(PairedMetric)["variety.shared"], catalogue(SizedMetric)["reverse.bits"]


def scored(measure, n_human, n_folds=3):
    """A scorer whose folds have so many human passages."""
    human = Scan([f"human passage {i}" for i in range(n_human)])
    folds = [Fold(np.empty((n_human, 0), np.int64), np.arange(n_human), None, None, human)] * n_folds
    return PooledScorer([measure], folds, None, Scan(["noise"]), seed=0)


def row(scorer, n, units=None):
    units = np.arange(n) if units is None else np.array(units)
    scan = Scan([f"a passage {i}" for i in range(n)])
    return scorer.rows("made", scan, n_units=int(units.max()) + 1, units=units)[0]


class TestPairs:
    MADE = replace(
        SHARED,
        value=lambda scan, lexicon: (len(scan) - 1) / 100,
        value_without=lambda scan, lexicon, units: 0.05 + 0.001 * np.arange(units.max() + 1),
    )

    def test_human_text_of_fewer_passages_is_scaled_to_as_many_pairs(self):
        assert row(scored(self.MADE, 5), 9).floor.median == pytest.approx(0.08)
        assert row(scored(self.MADE, 20), 9).floor.median == pytest.approx(0.08)  # as many as the candidate has
        assert row(scored(replace(self.MADE, bounds=(0.0, 0.06)), 5), 9).floor.median == pytest.approx(0.06)

    def test_the_interval_is_the_jackknifes(self):
        found = row(scored(self.MADE, 9), 9)
        assert found.reason is None and 0 < found.ci.low < 0.08 < found.ci.high

    def test_few_units_have_none_and_say_so(self):
        found = row(scored(self.MADE, 9), 9, units=[0, 1, 2] * 3)
        assert found.ci is None and found.reason == "no interval: 3 independent units, and it takes at least 5"

    def test_it_ends_at_the_bound(self):
        most = replace(self.MADE, value=lambda scan, lexicon: 0.99, value_without=lambda *_: np.linspace(0.7, 1, 9))
        assert row(scored(most, 9), 9).ci.high == 1


class TestSized:
    MADE = replace(
        REVERSE,
        value=lambda scan, lexicon: 2.0,
        note=lambda scan, lexicon: "a remark",
        amount=lambda scan: 100 * len(scan),
        human=lambda lexicon, n_passages, amount, seed: [amount / 1000, amount / 1000 + n_passages],
    )

    def test_human_text_is_its_own_and_of_the_same_amount(self):
        found = row(scored(self.MADE, 5), 10)
        assert found.floor.median == pytest.approx(1.0 + 5)
        assert found.ci is None and found.reason.startswith("a remark; one value for all passages")

    def test_without_human_text_it_is_not_measured(self):
        found = row(scored(replace(self.MADE, human=lambda *_: []), 5), 10)
        assert (found.value, found.status) == (None, "not measured") and "more training text" in found.reason

    def test_the_note_says_why_there_is_no_value(self):
        found = row(scored(replace(self.MADE, value=lambda *_: float("nan")), 5), 10)
        assert (found.value, found.reason) == (None, "a remark")


def test_a_sample_that_says_everything_twice(workspace):
    passages = [piece for text in TALES[:9] for piece in slices(text, 1_000)][:24]
    twice = [passages[i // 2] for i in range(24)]
    plain, copied = (evalkit.score(texts, metrics=["variety", "reverse"]) for texts in (passages, twice))
    found = {name: {row.metric: row for row in results.results} for name, results in (("plain", plain), ("copied", copied))}
    assert found["plain"]["variety.shared"].value < 0.05 and found["plain"]["variety.shared"].ci
    assert found["copied"]["variety.shared"].value == 1 > 20 * found["copied"]["variety.shared"].floor.p95
    reverse = {name: rows["reverse.bits"] for name, rows in found.items()}
    assert reverse["copied"].value > reverse["plain"].value + 0.1 and reverse["copied"].value > reverse["copied"].floor.p95
    assert "characters judged by a model of 20,000 characters" in reverse["plain"].reason


def test_too_little_text_says_how_much_is_needed(workspace):
    rows = {row.metric: row for row in evalkit.score(list(slices(TALES[0], 500)), metrics=["variety", "reverse"]).results}
    assert rows["variety.shared"].value is not None
    assert rows["reverse.bits"].value is None and rows["reverse.bits"].reason.endswith("of the 20,000 characters that it needs")
