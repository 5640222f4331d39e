"""The Keras callback on a model of one weight."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from evalkit.errors import MissingExtraError, UsageError
from evalkit.keras_callback import HEADLINE, sample_quality

TEXTS = ["The lamp above the harbour was lit and nobody could say who had climbed to it in such a wind as that. " * 10] * 5


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
        return TEXTS if len(asked) < 2 else ["xqzvk zvkjq kjxqz " * 50] * 5

    callback = sample_quality(sample, n_passages=5, n_chars=900, every=2, log_dir=str(tmp_path), seed=3)
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(np.zeros((4, 1)), np.zeros(4), epochs=4, verbose=0, callbacks=[callback]).history
    assert asked == [(2, 5, 900, 3)] * 2
    assert callback.history[0]["vocab.hit"] > callback.history[1]["vocab.hit"]
    assert history["evalkit/vocab.hit"] == [one["vocab.hit"] for one in callback.history]
    written = {(tag, step): value for tag, step, value in scalars(tmp_path)}
    assert {tag for tag, _ in written} == {f"evalkit/{id_}" for id_ in HEADLINE}
    for step, values in zip((1, 3), callback.history, strict=True):
        assert written["evalkit/vocab.hit", step] == pytest.approx(values["vocab.hit"])


def scalars(folder):
    """What TensorBoard's scalar plugin finds in a folder of events: (tag, step, value)."""
    tensorflow = pytest.importorskip("tensorflow")
    for path in sorted(folder.iterdir()):
        for record in tensorflow.data.TFRecordDataset(str(path)):
            event = tensorflow.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name == "scalars"
                yield value.tag, event.step, float(tensorflow.make_ndarray(value.tensor))
