"""Tests how a preset adapts to the corpus."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generators.lstm.model import LSTM
from generators.lstm.presets import PRESETS

QUICK = replace(PRESETS["quick"], window=64, batch=32, updates=1000, dropout=0.4, weight_drop=0.2, nominal_minutes=2.0)


def test_a_text_read_ten_times_keeps_the_dropping() -> None:
    # 1000 updates of 32 x 64 characters are 2,048,000: 10.24 times 200,000.
    suited = QUICK.suited_to(n_windows=3125, n_targets=200_000)
    assert (suited.batch, suited.updates, suited.dropout, suited.weight_drop) == (32, 1000, 0.4, 0.2)


def test_a_text_read_a_few_times_is_dropped_from_less() -> None:
    # 2,048,000 / 372,364 = 5.5 times, half way from 1 to 10.
    suited = QUICK.suited_to(n_windows=5819, n_targets=372_364)
    assert suited.dropout == pytest.approx(0.2, abs=1e-3)
    assert suited.weight_drop == pytest.approx(0.1, abs=1e-3)
    assert QUICK.suited_to(n_windows=46_875, n_targets=3_000_000).dropout == 0.0


def test_minutes_are_held_against_the_nominal_ones() -> None:
    # Four minutes are twice the nominal two, so 4,096,000 characters: 11 times, where 1000 updates are 5.5.
    assert replace(QUICK, minutes=4.0).suited_to(n_windows=5819, n_targets=372_364).dropout == 0.4


def test_a_small_corpus_has_fewer_streams_and_updates() -> None:
    suited = QUICK.suited_to(n_windows=20, n_targets=1200)
    # 20 windows feed 5 streams; 40 passes over them are 160 updates.
    assert (suited.batch, suited.updates) == (5, 160)
    assert QUICK.suited_to(n_windows=1, n_targets=2).batch == 1


def test_what_is_given_is_not_adapted() -> None:
    made = LSTM(dropout=0.4)._configuration()
    assert made.adaptive == ("weight_drop",)
    assert made.suited_to(n_windows=10**6, n_targets=64 * 10**6).dropout == 0.4


def test_adapting_twice_changes_nothing_more() -> None:
    once = QUICK.suited_to(n_windows=5819, n_targets=372_364)
    assert once.suited_to(n_windows=5819, n_targets=372_364) == once


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_valid_options(name: str) -> None:
    assert LSTM(preset=name)._configuration() == PRESETS[name]
