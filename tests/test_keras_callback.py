"""The Keras callback on a model of one weight."""

from __future__ import annotations

import csv
import inspect
import sys
import warnings

import numpy as np
import pytest

from evalkit.errors import MissingExtraError, UsageError
from evalkit.evaluation.online import HEADLINE, MonitorOptions, SampleMonitor
from evalkit.keras_callback import sample_quality

TEXTS = ["The lamp above the harbour was lit and nobody could say who had climbed to it in such a wind as that. " * 10] * 5


def test_a_callback_takes_what_a_monitor_takes():
    taken = inspect.signature(SampleMonitor).parameters
    assert set(MonitorOptions.__annotations__) == {each.name for each in taken.values() if each.kind is each.KEYWORD_ONLY}
    with pytest.raises(TypeError, match="evry"):
        sample_quality(lambda *_: [], evry=2)


def test_options_that_make_no_sense():
    with pytest.raises(UsageError, match="at least 1"):
        sample_quality(lambda *_: TEXTS, every=0)


def test_without_keras(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtraError, match="needs packages"):
        sample_quality(lambda *_: TEXTS)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_scores_stand_in_logs_and_tensorboard(tmp_path):
    keras = pytest.importorskip("keras")
    asked = []

    def sample(model, n_passages, n_chars, seed):
        asked.append((len(model.weights), n_passages, n_chars, seed))
        return TEXTS if len(asked) < 3 else ["xqzvk zvkjq kjxqz " * 50] * 5

    callback = sample_quality(sample, n_passages=5, n_chars=900, every=2, log_dir=str(tmp_path), seed=3)
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(np.zeros((4, 1)), np.zeros(4), epochs=4, verbose=0, callbacks=[callback]).history
    assert asked == [(2, 5, 900, 3)] * 3
    first, same, worse = (one["vocab.hit"] for one in callback.history)
    assert first == same > worse
    assert history["evalkit/vocab.hit"] == [first, same, same, worse]
    written = {(tag, step): value for tag, step, value in scalars(tmp_path)}
    assert {tag for tag, _ in written} == {f"evalkit/{id_}" for id_ in HEADLINE}
    assert {step for _, step in written} == {0, 1, 3}
    for step, values in zip((0, 1, 3), callback.history, strict=True):
        assert written["evalkit/vocab.hit", step] == pytest.approx(values["vocab.hit"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_csv_logger_and_early_stopping_have_a_value_at_every_epoch(tmp_path):
    """A short training whose samples get worse with each score: it ends by the patience, and the file has no gap."""
    keras = pytest.importorskip("keras")
    n_scores = 0

    def sample(model, n_passages, n_chars, seed):
        nonlocal n_scores
        n_scores += 1
        if n_scores == 3:
            return ["too little"]
        return [" ".join(["lamp", *["xqzvk"] * n_scores] * 60)] * 5

    callback = sample_quality(sample, metrics=["vocab.hit"], n_passages=5, n_chars=900, every=3)
    stopping = keras.callbacks.EarlyStopping("evalkit/vocab.hit", mode="max", patience=7)
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with warnings.catch_warnings():
        # Early stopping warns where an epoch lacks its value.
        warnings.filterwarnings("error", message=".*Early stopping.*")
        model.fit(
            np.zeros((4, 1)), np.zeros(4), epochs=30, verbose=0,
            callbacks=[callback, stopping, keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))],
        )  # fmt: skip
    rows = list(csv.DictReader((tmp_path / "log.csv").open()))
    values = [float(row["evalkit/vocab.hit"]) for row in rows]
    assert len(rows) == 8, "one epoch that was the best, and seven of patience"
    first, second, third = (values[place] for place in (0, 2, 5))
    # Epochs 1, 3 and 6 were scored; the third score had too little text, and its epoch keeps the value before.
    assert values == [first, first, second, second, second, third, third, third]
    assert first > second == third
    assert callback.history[2]["vocab.hit"] is None


def scalars(folder):
    """What TensorFlow reads in a folder of events, whose checksums it checks: (tag, step, value)."""
    tensorflow = pytest.importorskip("tensorflow")
    for path in sorted(folder.iterdir()):
        for record in tensorflow.data.TFRecordDataset(str(path)):
            event = tensorflow.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                yield value.tag, event.step, value.simple_value
