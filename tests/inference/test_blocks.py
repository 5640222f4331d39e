"""Blocks of one text: their intervals are right on streams with and without a memory, and where they could not be there are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.feature import Totals
from evalkit.inference import Sample, source_tests, spreads, value_intervals
from evalkit.inference.blocks import FEWEST_BLOCKS, FEWEST_PIECES, MOST_BLOCKS, drift, in_blocks, memory_of
from evalkit.inference.resampling import subsets_in_stretches
from tests.support.metrics import DISTANCE, HIGHER, LAYOUT, RARE, REFERENCE, TWO_SIDED, Source

METRICS = (DISTANCE, TWO_SIDED, HIGHER)


def stream(n, rng, *, memory=0.0, strength=0.5, trend=0.0):
    """The pieces of a text whose tilt is an autoregression of the first order, [n x items]."""
    tilts = np.empty(n)
    tilt = rng.standard_normal()
    for i in range(n):
        tilt = memory * tilt + np.sqrt(1 - memory**2) * rng.standard_normal()
        tilts[i] = tilt
    tilts = 0.5 + strength * tilts + trend * np.linspace(-1, 1, n)
    return np.stack([rng.multinomial(300, Source(tilt=tilt).shares) for tilt in tilts])


def one_text(tally):
    text = np.zeros(len(tally), np.int64)
    return Sample(tally, text, REFERENCE, blocks=in_blocks(tally, text))


def independent(tally):
    """The wrong way: every piece a unit."""
    return Sample(tally, np.arange(len(tally)), REFERENCE)


def autoregression(n, memory, rng):
    series = np.zeros(n)
    for i in range(1, n):
        series[i] = memory * series[i - 1] + rng.standard_normal()
    return series


@pytest.fixture(scope="module")
def truth():
    """The expected value of each metric over many texts of so many pieces, by memory and number of pieces."""
    known = {}

    def of(n, memory):
        if (n, memory) not in known:
            rng = np.random.default_rng(1)
            totals = [stream(n, rng, memory=memory).sum(axis=0) for _ in range(400)]
            known[n, memory] = {
                metric.id: np.mean([metric.values(_row(total), REFERENCE)[0] for total in totals]) for metric in METRICS
            }
        return known[n, memory]

    return of


def _row(total):
    return Totals(total[None].astype(np.float64), LAYOUT)


def covered(n, memory, truth, *, make=one_text, texts=120):
    """The share of intervals that hold the truth, over all metrics, and the share of texts that have intervals."""
    rng, hits, given_ = np.random.default_rng(2), [], []
    for _ in range(texts):
        estimates = value_intervals(make(stream(n, rng, memory=memory)), METRICS)
        given_.append(estimates[TWO_SIDED.id].low is not None)
        hits += [e.low <= truth[id_] <= e.high for id_, e in estimates.items() if e.low is not None]
    return np.mean(hits) if hits else np.nan, np.mean(given_)


class TestCoverage:
    def test_of_texts_without_memory(self, truth):
        share, given_ = covered(60, 0.0, truth(60, 0.0))
        assert 0.90 <= share <= 0.985
        assert given_ >= 0.88  # each test for drift is wrong in 5 % of texts

    def test_of_texts_with_a_memory_that_pieces_do_not_allow_for(self, truth):
        known = truth(240, 0.6)
        share, given_ = covered(240, 0.6, known)
        assert 0.88 <= share <= 0.985
        assert given_ >= 0.6
        assert covered(240, 0.6, known, make=independent)[0] < 0.82

    def test_of_texts_with_too_long_a_memory_is_not_claimed(self, truth):
        assert covered(120, 0.97, truth(120, 0.97), texts=60)[1] <= 0.1

    def test_of_texts_that_drift_is_not_claimed(self):
        rng = np.random.default_rng(3)
        samples = [one_text(stream(80, rng, strength=0.05, trend=0.3)) for _ in range(20)]
        assert sum(sample.is_in_blocks for sample in samples) <= 2
        reason = next(sample.blocks.reason for sample in samples if not sample.is_in_blocks)
        assert "pieces" in reason


class TestStreamsOfAGenerator:
    """The benchmark `long_texts` at a small size: docs/reference/measured/intervals.md has it at full size."""

    @pytest.fixture(scope="class")
    @classmethod
    def measured(cls):
        from benchmarks.long_texts import coverage, generated
        from benchmarks.pools import fitted, lovecraft
        from evalkit.metrics import Metric, select

        metrics = [metric for metric in select(kind=Metric) if metric.headline]
        reference = lovecraft(metrics, corpus="embedded")
        streams = generated(fitted("ngram:order=5", reference), reference, n_streams=80, n_pieces=40, n_chars=400)
        return coverage(streams, metrics, reference, 40, most=80)

    def test_intervals_hold_the_truth_as_often_as_they_say(self, measured):
        given_ = {id_: each for id_, each in measured.by_metric.items() if each.trials >= 40}
        assert len(given_) >= 7
        assert all(each.hits / each.trials >= 0.86 for each in given_.values()), given_
        assert 0.92 <= sum(each.hits for each in given_.values()) / sum(each.trials for each in given_.values()) <= 0.985

    def test_most_streams_have_one(self, measured):
        assert measured.given >= 0.85


class TestBlocks:
    @given(sizes=st.lists(st.integers(1, 120), min_size=1, max_size=4), seed=st.integers(0, 5))
    def test_are_consecutive_and_of_one_text(self, sizes, seed):
        text = np.repeat(np.arange(len(sizes)), sizes)
        blocks = in_blocks(stream(len(text), np.random.default_rng(seed)), text)
        assert (blocks.n_texts, blocks.n_pieces) == (len(sizes), len(text))
        if blocks.of is None:
            assert blocks.reason
            return
        assert (np.diff(blocks.of) >= 0).all()
        assert set(np.diff(blocks.of)) <= {0, 1}
        assert all(len(set(text[blocks.of == block])) == 1 for block in range(blocks.n_blocks))
        assert len(text) >= FEWEST_PIECES
        if len(sizes) == 1:
            assert FEWEST_BLOCKS <= blocks.n_blocks <= MOST_BLOCKS
            assert np.ptp(np.bincount(blocks.of)) <= 1

    def test_are_longer_where_the_text_has_a_memory(self):
        rng = np.random.default_rng(5)
        short = [in_blocks(stream(300, rng), np.zeros(300, np.int64)).n_blocks for _ in range(10)]
        long = [in_blocks(stream(300, rng, memory=0.7, strength=0.6), np.zeros(300, np.int64)).n_blocks for _ in range(10)]
        assert np.median(short) == 30
        assert 0 < np.median([n for n in long if n]) < 25

    def test_are_said(self):
        blocks = in_blocks(stream(290, np.random.default_rng(0)), np.zeros(290, np.int64))
        assert str(blocks) == "one text; 290 consecutive pieces, 30 blocks of 9.7"

    @pytest.mark.parametrize("n", [1, 12, 39])
    def test_take_enough_pieces(self, n):
        sample = one_text(stream(n, np.random.default_rng(0)))
        estimate = value_intervals(sample, [TWO_SIDED])[TWO_SIDED.id]
        assert estimate.value is not None
        assert estimate.low is None
        assert (
            estimate.reason
            == f"no interval: {n} piece{'s' * (n != 1)} of one text, and blocks of one text's pieces take at least 40"
        )

    def test_of_a_text_that_never_changes_give_no_interval(self):
        tally = np.tile(np.arange(1, 13) * 10, (60, 1))
        spread = spreads(one_text(tally), [TWO_SIDED], seed=0)[TWO_SIDED.id]
        assert spread.reason == "no interval: the value does not vary from one unit to another"

    def test_give_no_interval_of_what_most_of_them_have_not(self):
        rng = np.random.default_rng(4)
        tally = rng.multinomial(300, [0.0, *[1 / 11] * 11], size=60)
        tally[[5, 30], 0] = 1
        estimate = value_intervals(one_text(tally), [RARE])[RARE.id]
        assert estimate.value > 0
        assert estimate.reason == "no interval: most blocks of the text have none of what it counts"

    def test_say_what_the_interval_is_from(self):
        sample = one_text(stream(60, np.random.default_rng(0)))
        estimate = value_intervals(sample, [TWO_SIDED])[TWO_SIDED.id]
        assert estimate.reason == "interval from blocks left out in turn: one text; 60 consecutive pieces, 30 blocks of 2"
        assert estimate.df == 29
        assert sample.n_units == 1

    def test_are_not_exchanged_for_passages(self):
        rng = np.random.default_rng(6)
        text, passages = one_text(stream(60, rng)), independent(stream(60, rng))
        both = (spreads(text, METRICS, seed=0), spreads(passages, METRICS, seed=0))
        tests = source_tests(text, passages, METRICS, spreads=both)
        assert {test.reason for test in tests.values()} == {
            "p from Welch's t: blocks of one text cannot be exchanged for units of the other"
        }
        assert all(0 < test.p_raw <= 1 for test in tests.values())

    def test_are_drawn_whole_by_the_bootstrap(self):
        sample = one_text(stream(60, np.random.default_rng(0)))
        weights = sample.weights(50, seed=0)
        assert weights.shape == (50, 60)
        assert all((weights[:, 2 * i] == weights[:, 2 * i + 1]).all() for i in range(30))


class TestMemory:
    @pytest.mark.parametrize("memory", [0.3, 0.6])
    def test_is_that_of_an_autoregression(self, memory):
        """The sum of |k| R(k) over that of R(k) is 2 m / (1 - m^2)."""
        series = autoregression(5_000, memory, np.random.default_rng(0))
        assert memory_of(series) == pytest.approx(2 * memory / (1 - memory**2), rel=0.4)

    def test_is_none_where_values_are_independent_or_alternate(self):
        rng = np.random.default_rng(0)
        assert sum(memory_of(rng.standard_normal(200)) > 0 for _ in range(100)) <= 5
        assert memory_of(np.tile([0.0, 1.0], 50)) == memory_of(np.ones(50)) == 0

    def test_drift_is_found_at_its_level(self):
        rng = np.random.default_rng(0)
        p = np.array([drift(rng.standard_normal((8, 100)), np.arange(100) // 4) for _ in range(400)])
        assert 0.02 <= np.mean(p < 0.05) <= 0.09
        assert drift(rng.standard_normal((8, 100)) + np.linspace(-2, 2, 100), np.arange(100) // 4) < 1e-6


class TestStretches:
    @given(
        sizes=st.lists(st.integers(1, 15), min_size=1, max_size=8),
        size=st.integers(1, 60),
        stretch=st.integers(2, 20),
        seed=st.integers(0, 5),
    )
    def test_hold_as_many_passages_as_were_asked_for(self, sizes, size, stretch, seed):
        clusters = np.repeat(np.arange(len(sizes)), sizes)
        weights = subsets_in_stretches(clusters, size, stretch, 7, rng=np.random.default_rng(seed))
        assert weights.shape == (7, len(clusters))
        assert (weights.sum(axis=1) == size).all()
        assert np.ptp(weights, axis=1).max() <= 1

    def test_follow_each_other_in_one_document(self):
        clusters = np.repeat(np.arange(6), 20)
        for row in subsets_in_stretches(clusters, 20, 5, 50, rng=np.random.default_rng(0)):
            drawn = np.flatnonzero(row)
            runs = np.split(drawn, np.flatnonzero(np.diff(drawn) > 1) + 1)
            # An offset makes a document's first and last stretch shorter, and the last one of all is cut.
            assert len(runs) <= 8

    def test_every_passage_is_drawn_about_as_often(self):
        clusters = np.repeat(np.arange(4), 25)
        weights = subsets_in_stretches(clusters, 30, 6, 4000, rng=np.random.default_rng(0))
        assert weights.mean(axis=0) == pytest.approx(np.full(100, 0.3), abs=0.06)
