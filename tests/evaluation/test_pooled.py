"""Measures of all passages together: which have an interval, and what human text is beside them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import evalkit
from evalkit.counts.matrix import Scan
from evalkit.evaluation.pooled import PooledScorer, random_order
from evalkit.evaluation.reference import Fold, scan_slices
from evalkit.metrics import PairedMetric, PooledMetric, SizedMetric, catalogue
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


class TestOrder:
    """What stands in one window of words depends on the order of passages, so candidates and human text have a random one."""

    def test_measures_that_say_so_depend_on_the_order_and_no_others_do(self):
        passages = [piece for text in TALES for piece in slices(text, 1_000)][:72]
        orders = [np.arange(72), np.random.default_rng(0).permutation(72)]
        for measure in catalogue(PooledMetric).values():
            if measure.id not in {"copy.longest", "reverse.bits"}:
                first, second = (measure.value(Scan([passages[i] for i in order]), None) for order in orders)
                assert np.isfinite(first) and (first != pytest.approx(second, rel=1e-12)) == measure.in_order, measure.id

    def test_the_order_in_which_passages_are_given_changes_no_value(self):
        passages = [piece for text in TALES for piece in slices(text, 1_000)][:72]
        in_order = [measure for measure in catalogue(PooledMetric).values() if measure.in_order]
        scorer = PooledScorer(in_order, folds(4), None, Scan(["noise"]), seed=0)
        values = []
        for order in (np.arange(72), np.arange(72)[::-1], np.random.default_rng(1).permutation(72)):
            rows = scorer.rows("made", Scan([passages[i] for i in order]), n_units=72, units=np.arange(72))
            values.append([row.value for row in rows])
        assert values[0] == pytest.approx(values[1], rel=1e-12)
        assert values[0] == pytest.approx(values[2], rel=1e-12)

    def test_pieces_of_a_text_stay_together_and_copies_do_not(self):
        texts = ["a 1", "a 2", "b 1", "b 2", "b 3", "c 1"]
        order = random_order(texts, np.array([0, 0, 1, 1, 1, 2]), seed=3)
        assert [texts[i] for i in order if texts[i][0] == "b"] == ["b 1", "b 2", "b 3"]
        starts = [i for i, row in enumerate(order) if i == 0 or texts[row][0] != texts[order[i - 1]][0]]
        assert len(starts) == 3
        copies = ["same"] * 50 + [f"other {i}" for i in range(50)]
        mixed = [copies[i] for i in random_order(copies, seed=0)]
        assert sum(a == b for a, b in pairwise(mixed)) < 40

    def test_human_text_is_outside_in_about_one_of_twenty_draws(self):
        """Passages of held-out tales, in the order of the tales, beside twenty folds of which theirs is one."""
        measures = [catalogue(PooledMetric)[id_] for id_ in ("distinct.2", "lexical.yule_k", "heaps.exponent")]
        scorer = PooledScorer(measures, folds(60), None, Scan(["noise"]), seed=0)
        candidates = [np.sort(np.random.default_rng([9, i]).permutation(len(f.human))[:30]) for i, f in enumerate(scorer.folds)]
        scans = [fold.passages.take(rows) for fold, rows in zip(scorer.folds, candidates, strict=True)]
        rows = [scorer.rows("human", scan, n_units=30, units=np.arange(len(scan))) for scan in scans]
        rng, outside = np.random.default_rng(0), []
        for number, measure in enumerate(measures):
            human = scorer.human_values(measure, scans[0])
            for i in range(60):
                others = rng.choice(np.delete(np.arange(60), i), (5, 19))
                for chosen in others:
                    floor = scorer.floor(measure, human[np.append(chosen, i)])
                    outside.append(abs(rows[i][number].value - floor.median) > floor.damage_p95)
        assert 0.02 < np.mean(outside) < 0.085


def folds(n):
    """Folds of a fifth of the tales each, passages of 1,000 characters."""
    scan = scan_slices(TALES, 1_000)
    found = []
    for number in range(n):
        held_out = np.random.default_rng([4, number]).choice(len(TALES), 3, replace=False)
        rows = np.flatnonzero(np.isin(scan.origin.document, held_out))
        clusters = np.unique(scan.origin.document[rows], return_inverse=True)[1]
        found.append(Fold(np.empty((len(rows), 0), np.int64), clusters, None, None, scan.take(rows)))
    return found


def test_one_long_text_is_compared_with_stretches_of_human_text():
    """Pieces that follow each other are about one thing, and so differ more from other texts than as many scattered passages do."""
    measure = catalogue(PooledMetric)["distinct.1"]
    scorer = PooledScorer([measure], folds(20), None, Scan(["noise"]), seed=0)
    text = Scan(list(slices(TALES[0], 1_000))[:10])
    floors = {s: scorer.rows("a tale", text, n_units=1, units=np.zeros(10, np.int64), stretch=s)[0].floor for s in (1, 10)}
    assert floors[10].damage_p95 > 1.3 * floors[1].damage_p95


def test_of_twenty_human_values_the_bound_is_exceeded_by_one_more_in_five_of_a_hundred():
    measure = replace(SHARED, value=lambda scan, lexicon: 0.0)
    scorer = PooledScorer([measure], folds(1), None, Scan(["noise"]), seed=0)
    draws = np.random.default_rng(0).exponential(size=(4_000, 21))
    outside = [draw[20] > scorer.floor(measure, draw[:20]).damage_p95 for draw in draws]
    assert np.mean(outside) == pytest.approx(0.05, abs=0.012)


def test_too_little_text_says_how_much_is_needed(workspace):
    rows = {row.metric: row for row in evalkit.score(list(slices(TALES[0], 500)), metrics=["variety", "reverse"]).results}
    assert rows["variety.shared"].value is not None
    assert rows["reverse.bits"].value is None and rows["reverse.bits"].reason.endswith("of the 20,000 characters that it needs")
