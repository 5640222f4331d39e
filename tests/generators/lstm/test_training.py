"""Training ends when its plan is done, however many measurements it makes on the way."""

from __future__ import annotations

import dataclasses

import pytest

from generators.lstm.model import LSTM
from generators.lstm.presets import PRESETS
from generators.lstm.training import Trainer

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (extra lstm)")


@pytest.mark.slow
@pytest.mark.parametrize("evaluations", [9, 11, 20])
def test_training_ends_although_a_sum_of_fractions_is_above_one(monkeypatch, evaluations):
    """1/11 added eleven times is 1.0000000000000002, which the part done never reaches."""
    total = 0.0
    for _ in range(evaluations):
        total += 1 / evaluations
    assert total > 1
    tiny = dataclasses.replace(PRESETS["quick"], evaluations=evaluations, updates=evaluations * 2, units=8)
    monkeypatch.setitem(PRESETS, "quick", tiny)
    planned = iter(range(evaluations * 2))
    update = Trainer._update
    # A training that never ends would hang the suite: it fails at the first update beyond its plan.
    monkeypatch.setattr(Trainer, "_update", lambda trainer, window: (next(planned), update(trainer, window))[1])
    model = LSTM().fit(["the bell spoke once and the water answered. " * 40])
    assert model.sample(1, 5)
    assert list(planned) == []
