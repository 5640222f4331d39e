"""The LSTM as a generator: it learns, repeats itself under a seed, is saved and scores as it samples."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from evalkit.errors import InputError, MissingExtraError, ModelError, SpecError, UsageError
from evalkit.evaluation.likelihood import likelihood
from generators import create
from generators.base import Decoding
from generators.lstm.keras_backend import load_tensorflow
from generators.lstm.model import LSTM
from generators.lstm.training_state import TrainingState, learning_rate

pytest.importorskip("tensorflow")

PERIODIC = "abcde " * 200
SMALL = {"units": 24, "layers": 1, "embedding": 8, "window": 16, "batch": 8, "learning_rate": 0.02}


@cache
def periodic() -> LSTM:
    return LSTM(**SMALL, epochs=16, dropout=0.0, weight_drop=0.0).fit([PERIODIC] * 4, held_out=[PERIODIC[:300]], seed=1)


def tiny(**options: Any) -> LSTM:
    return LSTM(**{**SMALL, "units": 8, "epochs": 2, **options})


def test_learns_a_periodic_text() -> None:
    model = periodic()
    # The end of a document is the one surprise left: it comes once in 301 symbols, so it is scored apart.
    assert -model.log2_prob(PERIODIC[:300])[:-1].mean() < 0.1
    assert "abcde abcde abcde" in model.sample(1, 60, seed=5)[0]


def test_scores_agree_with_steps() -> None:
    model = periodic()
    text = "abcde cab"
    state, stepped = model.initial_state(1), []
    for symbol in [*model.codec.encode(text), model.end]:
        stepped.append(np.log2(model.next_probs(state)[0, symbol]))
        state = model.advance(state, np.array([symbol]))
    np.testing.assert_allclose(model.log2_prob(text), stepped, atol=1e-5)


def test_documents_scored_together_score_as_alone() -> None:
    model = periodic()
    documents = ["abcde abc", "", "e", "cab" * 900]
    alone = sum(float(model.log2_prob(text).sum()) for text in documents)
    assert model.bits_per_char(documents) == pytest.approx(-alone / sum(len(t) + 1 for t in documents), abs=1e-5)
    assert len(model.log2_prob("cab" * 900)) == 2701


def test_a_character_never_seen_costs_bits_and_the_text_goes_on() -> None:
    model = periodic()
    scores = model.log2_prob("abZabcde abcde abcde")
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(scores[:2], model.log2_prob("ab")[:2])
    # No character occurs once, so the unknown one is as likely as one symbol of the 4 x 1,201 that were trained on; and it is one of all code
    # points but six.
    odds = 1 / (4 * 1201)
    assert scores[2] == pytest.approx(np.log2(odds / (1 + odds) / (0x110000 - 6)))
    assert scores[-6:-1].mean() > -0.5  # back in step after two periods


def test_characters_seen_once_say_how_likely_an_unknown_one_is() -> None:
    model = tiny().fit([PERIODIC + "xyz" + PERIODIC], seed=0)
    state = model.initial_state(1)
    for symbol in model.codec.encode("abcde x"):
        probs, drawn = model.next_probs(state)[0], model.sampling_probs(state)[0]
        once = drawn[model.codec.encode("xyz")].sum()
        odds = max(once, 1 / (2 * 1200 + 3 + 1))
        assert probs[model.codec.unknown] == pytest.approx(odds / (1 + odds))
        assert probs.sum() == pytest.approx(1)
        assert drawn[model.codec.unknown] == 0
        state = model.advance(state, np.array([symbol]))


def test_a_model_saved_without_an_unknown_symbol_finds_unknown_characters_impossible() -> None:
    before = {name: values for name, values in periodic().arrays().items() if name not in ("hapaxes", "targets")}
    again = LSTM(**SMALL)
    again.restore(before, periodic().describe())
    assert not again.scores_any_character
    scores = again.log2_prob("abZab")
    assert np.isfinite(scores[:2]).all()
    assert np.isneginf(scores[2:]).all()
    np.testing.assert_allclose(again.log2_prob("abcde"), periodic().log2_prob("abcde"), atol=1e-3)
    assert again.sample(2, 60, seed=9) == periodic().sample(2, 60, seed=9)
    assert "train it again" in likelihood(again, ["abZab"]).reason


@pytest.mark.parametrize(
    "damage",
    [
        {"hapaxes": np.array([6], np.uint32)},
        {"hapaxes": np.array([-1])},
        {"hapaxes": np.array([[0]], np.uint32)},
        {"targets": np.array([0], np.uint64)},
        {"targets": np.array([1.5])},
        {"targets": np.array([], np.uint64)},
    ],
    ids=str,
)
def test_damaged_rare_characters_are_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="rare characters"):
        LSTM(**SMALL).restore(periodic().arrays() | damage, periodic().describe())


def test_the_end_of_a_document_resets_the_stream() -> None:
    model = periodic()
    state = model.initial_state(2)
    for symbol in model.codec.encode("abc"):
        state = model.advance(state, np.full(2, symbol))
    after = model.advance(state, np.array([model.end, 0]))
    fresh = model.initial_state(2)
    np.testing.assert_array_equal(after.hidden[0][0], fresh.hidden[0][0])
    np.testing.assert_array_equal(after.cell[0][0], fresh.cell[0][0])
    assert not np.allclose(after.hidden[0][1], fresh.hidden[0][1])
    np.testing.assert_array_equal(state.hidden[0][0], state.hidden[0][1])


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second, other = (tiny().fit([PERIODIC], seed=seed) for seed in (0, 0, 1))
    for name, values in first.arrays().items():
        np.testing.assert_array_equal(values, second.arrays()[name])
    assert not np.array_equal(first.network.dense, other.network.dense)


def test_a_passage_is_the_same_whatever_is_asked_for_beside_it() -> None:
    model = periodic()
    many = model.sample(70, 40, seed=3)
    assert model.sample(1, 40, seed=3) == many[:1]
    assert model.sample(3, 40, seed=3, first=66) == many[66:69]


def test_a_prompt_is_continued() -> None:
    assert periodic().sample(1, 6, seed=1, decoding=Decoding(prompt="abcde abcde ab", temperature=0.3)) == ["cde ab"]


def test_restored_arrays_give_the_same_text() -> None:
    model = periodic()
    again = LSTM(**SMALL)
    again.restore(model.arrays(), model.describe())
    assert again.sample(2, 100, seed=9) == model.sample(2, 100, seed=9)
    assert again.describe()["held_out_bits_per_char"] == model.describe()["held_out_bits_per_char"]
    assert all(values.dtype != object for values in model.arrays().values())


def test_describe_tells_what_training_measured() -> None:
    described = periodic().describe()
    # V = 7 with the end; 7 x 8 + (8 + 24 + 1) x 96 + (24 + 1) x 7
    assert described["parameters"] == 56 + 3168 + 175
    assert described["updates"] > 0
    assert described["characters_seen"] > len(PERIODIC)
    assert 0 < described["held_out_bits_per_char"] < 0.2
    assert described["seconds"] > 0


@pytest.mark.parametrize("documents", [["a"], ["a", "b", ""], ["ab\nab", "x" * 40], ["\ud83d\ude00 na\u00efve"]])
def test_documents_shorter_than_a_window(documents: list[str]) -> None:
    model = tiny().fit(documents, held_out=documents)
    assert np.isfinite(model.bits_per_char(documents))
    assert len(model.sample(2, 10, seed=0)[1]) == 10


def test_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="at least one character"):
        tiny().fit(["", ""])


def test_held_out_documents_keep_the_best_weights() -> None:
    """A random text has nothing to generalise from, so the held-out bits rise while the training bits fall."""
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("abcdefgh"), 400)) for _ in range(4)]
    model = tiny(units=48, epochs=60).fit(texts[:2], held_out=texts[2:], seed=0)
    described = model.describe()
    bits = [point["held_out_bits"] for point in described["learning_curve"]]
    assert described["stopped_early"]
    assert described["held_out_bits_per_char"] == min(bits) < bits[-1]
    assert model.bits_per_char(texts[2:]) == pytest.approx(min(bits), abs=0.01)


def test_without_held_out_documents_the_last_weights_are_kept() -> None:
    described = tiny().fit([PERIODIC]).describe()
    assert described["held_out_bits_per_char"] is None
    assert not described["stopped_early"]


def test_best_counts_what_it_waited() -> None:
    at = TrainingState()
    for bits in (3.0, 2.0, 2.5, 2.25):
        at.offer(bits, [np.array([bits], np.float32)])
    assert (at.best_bits, at.best[0][0], at.waited) == (2.0, 2.0, 2)


def test_minutes_end_training_by_the_clock() -> None:
    described = tiny(epochs=None, minutes=0.05).fit([PERIODIC * 20]).describe()
    assert 3.0 <= described["seconds"] < 60


def test_a_loss_that_is_no_number_stops_with_advice() -> None:
    with pytest.raises(InputError, match="smaller learning_rate"):
        tiny(learning_rate=3e38, epochs=20).fit([PERIODIC])


def test_progress_tells_bits_and_time() -> None:
    messages: list[str] = []
    tiny().fit([PERIODIC], progress=lambda message, done, total: messages.append(message))
    assert messages
    for part in ("bits per character", "loss", "characters/s", "s left"):
        assert all(part in message for message in messages)


def test_the_schedule_rises_and_falls() -> None:
    assert learning_rate(1.0, 0, 0.0) == pytest.approx(1 / 20)
    assert learning_rate(1.0, 100, 0.0) == pytest.approx(1.0)
    # Half way the cosine is 0: .3 + .7 / 2
    assert learning_rate(1.0, 100, 0.5) == pytest.approx(0.65)
    assert learning_rate(1.0, 100, 1.0) == pytest.approx(0.3)


def test_the_average_by_hand() -> None:
    """Shares of 1, 9/10 and 9/11: the newest of n weighs 9 of n + 8."""
    at = TrainingState()
    for value in (4.0, 14.0, 2.0):
        at.take_into_average([np.array([value], np.float32)])
    assert at.average[0] == pytest.approx(2 / 11 * (0.1 * 4 + 0.9 * 14) + 9 / 11 * 2)


def test_what_is_kept_is_the_average_and_training_goes_on_from_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring leaves the training itself as it is: without held-out documents the same weights are averaged."""
    averages = []
    monkeypatch.setattr(
        TrainingState, "take_into_average", lambda self, weights: (take(self, weights), averages.append(self.average))
    )
    kept = [tiny().fit([PERIODIC], held_out=held_out, seed=1).network.flat for held_out in ([PERIODIC], [])]
    for one, other, average in zip(*kept, averages[-1], strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(one, average)


take = TrainingState.take_into_average


def test_missing_tensorflow_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tensorflow", None)
    with pytest.raises(MissingExtraError, match="lstm"):
        load_tensorflow()


def test_options_are_checked_together() -> None:
    with pytest.raises(UsageError, match=r"units must be at least 1.*minutes must be above 0.*dropout"):
        LSTM(units=0, minutes=0, dropout=1.0)
    with pytest.raises(SpecError, match="no preset"):
        create("lstm:preset=qick")
    assert create("lstm:units=32,minutes=0.5").options()["minutes"] == 0.5
