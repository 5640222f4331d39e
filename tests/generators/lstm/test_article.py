"""The article's experiments: prepared, trained and sampled as it did, and folded without changing what they compute."""

from __future__ import annotations

from contextlib import nullcontext
from copy import copy
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from evalkit.errors import InputError, NotScorableError, SpecError, UsageError
from generators import create
from generators.base import Decoding
from generators.lstm.article import EXPERIMENTS, prepare, windows_of
from generators.lstm.article_training import build, folded
from generators.lstm.model import LSTM
from generators.storage.models import load, save
from generators.training.hooks import Measurement, TrainingHooks

keras = pytest.importorskip("keras", reason="Keras is not installed (extra lstm)")

TEXT = "Of the sea I tell, and of the lamp that went out over it in the year of the comet. " * 40
SMALL = {
    name: replace(one, units=(6, 8) if one.next_block else (6, 6), epochs=2, batch=16, corpus_share=1.0)
    for name, one in EXPERIMENTS.items()
}


@cache
def trained(name: str) -> LSTM:
    """An experiment, trained once for all tests of it; its fixture `small` must be in place."""
    return LSTM(preset=name).fit([TEXT], seed=3)


def trained_for(name: str, sampler: str) -> LSTM:
    """The same to be sampled in a way. That it is one training is tested with the cache of models, which relies on it."""
    model = copy(trained(name))
    model.sample_like(LSTM(preset=name, sampler=sampler), [TEXT])
    return model


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, experiment in SMALL.items():
        monkeypatch.setitem(EXPERIMENTS, name, experiment)


def test_text_is_prepared_as_the_article_did() -> None:
    assert prepare(["One\tline\nand \u00e6ther", "Zo\u00eb"]) == "Onelineand aetherZoe"


def test_lovecraft_prepared_is_the_articles_text(lovecraft: Path) -> None:
    """The article's repository has 2,881,681 characters of 86 symbols."""
    text = prepare([path.read_text(encoding="utf-8") for path in sorted(lovecraft.glob("*.txt"))])
    assert len(text) == 2_881_681
    assert len(set(text)) == 86


def test_windows_do_not_overlap_and_targets_are_shifted_by_one() -> None:
    inputs, targets = windows_of(np.arange(107), replace(SMALL["strika-100-50"], window=10))
    assert inputs.shape == targets.shape == (10, 10)
    np.testing.assert_array_equal(inputs.ravel(), np.arange(100))
    np.testing.assert_array_equal(targets, inputs + 1)


def test_the_last_experiment_predicts_the_next_block() -> None:
    inputs, targets = windows_of(np.arange(107), SMALL["strika-10-10"])
    np.testing.assert_array_equal(targets, inputs + 10)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_folding_changes_nothing(name: str) -> None:
    """The numpy network, step by step, against the article's own layers, batch normalisation with moments other than 0 and 1."""
    experiment = replace(SMALL[name], window=9)
    model = build(experiment, 7)
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.2, 1.0, w.shape) if w.ndim == 1 else rng.normal(size=w.shape) for w in model.get_weights()])
    symbols = rng.integers(0, 7, (4, 9))
    expected = np.asarray(model(symbols))
    network = folded(model, experiment)
    state = network.zero_state(4)
    for t in range(9):
        state = network.step(state, symbols[:, t])
        probs = network.probs(state.hidden[-1])
        np.testing.assert_allclose(probs[:, :7], expected[:, t], atol=2e-5)
        assert (probs[:, 7] == 0).all()  # no document ever ends


@pytest.mark.parametrize(
    ("name", "sampler"), [("strika-100-50", "teacher-forced-argmax"), ("strika-100-50", "ancestral"), ("strika-10-10", "ancestral")]
)
def test_an_experiment_is_trained_sampled_saved_and_loaded(name: str, sampler: str, tmp_path: Path) -> None:
    model = trained_for(name, sampler)
    passages = model.sample(3, 70, seed=5)
    assert [len(text) for text in passages] == [70] * 3
    assert model.sample(1, 70, seed=5, first=2) == passages[2:]
    again = load(save(model, tmp_path / "model"))
    assert again.sample(3, 70, seed=5) == passages
    assert again.describe() == model.describe()
    history = model.describe()["history"]
    assert [len(history), history[1]["train_bce"] < history[0]["train_bce"]] == [2, True]
    if name == "strika-10-10":
        with pytest.raises(NotScorableError, match="block ahead"):
            again.bits_per_char(["of the sea"])
    else:
        assert np.isneginf(again.log2_prob("of")[-1])  # the article's model never ends a document
    with pytest.raises(UsageError, match="no temperature") if "forced" in sampler or "10-10" in name else nullcontext():
        again.sample(1, 10, decoding=Decoding(temperature=0.5))


def test_cut_short_it_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    """Stopped in its second epoch, after the first was kept."""
    cut, resumed = (LSTM(preset="strika-100-50") for _ in range(2))
    cut.training_hooks = TrainingHooks(folder=tmp_path, keep_seconds=0, on_measured=_raise_in_the_second_epoch)
    with pytest.raises(ZeroDivisionError):
        cut.fit([TEXT], seed=3)
    resumed.training_hooks = TrainingHooks(folder=tmp_path)
    whole = trained("strika-100-50")
    np.testing.assert_array_equal(resumed.fit([TEXT], seed=3).network.dense, whole.network.dense)
    assert resumed.describe()["epochs"] == 2


def _raise_in_the_second_epoch(measured: Measurement) -> None:
    if measured.updates > -(-len(TEXT) * 9 // 10 // 50 // 16):
        raise ZeroDivisionError


def test_scale_shortens_training() -> None:
    assert LSTM(preset="strika-125-30", scale=0.5).fit([TEXT], seed=1).describe()["epochs"] == 1


def test_teacher_forcing_writes_guesses_along_the_text() -> None:
    """A network that has learned the text by heart guesses the text itself, a character ahead."""
    text = "abcdefgh" * 60
    options = {
        "units": 24,
        "embedding": 8,
        "window": 16,
        "batch": 8,
        "learning_rate": 0.02,
        "epochs": 20.0,
        "dropout": 0.0,
        "weight_drop": 0.0,
    }
    model = LSTM(sampler="teacher-forced-argmax", **options).fit([text])
    for passage in model.sample(4, 40, seed=1):
        assert passage[3:] in text


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("lstm:preset=strika-100-50,units=50", "fixes units"),
        ("lstm:preset=strika-100-50,unit=word", "fixes unit"),
        ("lstm:scale=0.5", "article's presets"),
        ("lstm:preset=strika-10-10,scale=0", "above 0"),
        ("lstm:sampler=argmax", "sampler cannot be"),
        ("lstm:sampler=teacher-forced-argmax,unit=word", "unit=char"),
        ("lstm:preset=strika-100-5", "no preset"),
    ],
)
def test_options_that_make_no_sense_are_refused(spec: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        create(spec)


def test_too_little_text_is_refused() -> None:
    with pytest.raises(InputError, match="too few to train on"):
        LSTM(preset="strika-100-50").fit(["short"])
