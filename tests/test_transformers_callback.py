"""The callback for `transformers.Trainer`: its contract by the library's own dispatch, and a real training where torch is installed."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from evalkit.errors import MissingExtraError, UsageError
from evalkit.transformers_callback import sample_quality
from tests.support.huggingface.tiny import tiny_model

GOOD = ["The lamp above the harbour was lit and nobody could say who had climbed to it in such a wind as that. " * 10] * 5
BAD = ["xqzvk zvkjq kjxqz " * 50] * 5
SHAPE = {"metrics": ["vocab.hit"], "n_passages": 5, "n_chars": 900}
KEY = "evalkit/vocab.hit"
# Not ours to mend: what the libraries warn of among themselves.
pytestmark = pytest.mark.filterwarnings("ignore")
needs_torch = pytest.mark.skipif(not find_spec("torch"), reason="torch is not installed (the extra huggingface)")


@pytest.fixture(scope="module")
def transformers():
    return pytest.importorskip("transformers", reason="transformers is not installed (the extra huggingface)")


def test_options_that_make_no_sense():
    with pytest.raises(UsageError, match="at least 1"):
        sample_quality(every=0)


def test_without_transformers(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"evalkit-text\[huggingface\]"):
        sample_quality()


def evaluated(handler, args, state, control, step):
    """What the Trainer does at an evaluation: it logs its metrics, and then asks the callbacks."""
    metrics = {"eval_loss": 1.0, "eval_runtime": 0.1}
    state.global_step, state.epoch = step, step / 10
    state.log_history.append({**metrics, "step": step, "epoch": state.epoch})
    handler.on_evaluate(args, state, control, metrics)
    return metrics


def test_values_stand_among_the_metrics_and_stop_a_training(transformers):
    drawn = []

    def sample(model, n_passages, n_chars, seed):
        drawn.append((model, n_passages, n_chars, seed))
        return GOOD if len(drawn) < 2 else BAD

    quality = sample_quality(sample, every=2, seed=3, **SHAPE)
    handler = transformers.trainer_callback.CallbackHandler(
        [quality, transformers.EarlyStoppingCallback(early_stopping_patience=2)], "the model", None, None, None
    )
    args = SimpleNamespace(metric_for_best_model=KEY, greater_is_better=True, load_best_model_at_end=True, eval_strategy="steps")
    state, control = transformers.TrainerState(), transformers.TrainerControl()
    found = []
    for step in (10, 20, 30, 40):
        metrics = evaluated(handler, args, state, control, step)
        found.append(metrics[f"eval_{KEY}"])
        state.best_metric = max(found)  # as the Trainer keeps it
        if control.should_training_stop:
            break
    # The first evaluation is scored, and then every second: 1, 2 and, had it not ended, 4.
    assert drawn == [("the model", 5, 900, 3)] * 2
    good, bad, same = found
    assert good > bad == same
    assert step == 30, "two evaluations of patience after the best"
    assert [entry[f"eval_{KEY}"] for entry in state.log_history] == found
    json.dumps(state.log_history)  # as trainer_state.json holds it


def test_several_data_sets_at_one_step_are_scored_once(transformers):
    drawn = []
    quality = sample_quality(lambda *given: drawn.append(given) or GOOD, **SHAPE)
    state = transformers.TrainerState(global_step=10, epoch=1.0)
    args = SimpleNamespace(eval_strategy="steps")
    for prefix in ("eval_tales", "eval_news"):
        metrics = {f"{prefix}_runtime": 0.1}
        quality.on_evaluate(args, state, None, metrics)
        assert f"{prefix}_{KEY}" in metrics
    assert len(drawn) == 1


def test_a_training_without_evaluations_is_scored_by_epochs(transformers):
    quality = sample_quality(lambda *given: GOOD, **SHAPE)
    state = transformers.TrainerState(global_step=10, epoch=1.0)
    quality.on_epoch_end(SimpleNamespace(eval_strategy="steps"), state, None)
    assert state.log_history == []
    quality.on_epoch_end(SimpleNamespace(eval_strategy="no"), state, None)
    assert state.log_history == [{KEY: quality.history[0]["vocab.hit"], "epoch": 1.0, "step": 10}]


def test_a_trainer_that_is_known_reports_them(transformers):
    logged = []
    quality = sample_quality(lambda *given: GOOD, **SHAPE)
    quality.trainer = SimpleNamespace(log=logged.append)
    quality.on_evaluate(
        SimpleNamespace(eval_strategy="steps"), transformers.TrainerState(global_step=1), None, {"eval_runtime": 1.0}
    )
    assert list(logged[0]) == [f"eval_{KEY}"]


def test_a_trainer_without_a_tokenizer_says_so(transformers):
    with pytest.raises(UsageError, match="processing_class"):
        sample_quality(**SHAPE).on_evaluate(SimpleNamespace(), transformers.TrainerState(), None, {}, model=object())


@needs_torch
@pytest.mark.slow
def test_a_real_training(transformers, tmp_path):
    """A tiny model of characters learns a sentence; its samples are scored, the best is kept, and the training's state is as without them."""
    import torch

    def trained(folder, callbacks):
        model, tokenizer, rows = tiny_model()
        arguments = transformers.TrainingArguments(
            output_dir=str(tmp_path / folder), num_train_epochs=3, per_device_train_batch_size=8, learning_rate=0.02, eval_strategy="epoch",
            save_strategy="epoch", logging_strategy="epoch", load_best_model_at_end=True, report_to=[], use_cpu=True, disable_tqdm=True, seed=0,
            metric_for_best_model="evalkit/letters.jsd" if callbacks else "loss", greater_is_better=False,
        )  # fmt: skip
        trainer = transformers.Trainer(
            model, arguments, train_dataset=rows, eval_dataset=rows[:4], processing_class=tokenizer, callbacks=callbacks
        )
        trainer.train()
        return trainer

    quality = sample_quality(metrics=["letters.jsd"], n_passages=8, n_chars=300)
    trainer = trained("with", [quality])
    values = [one["letters.jsd"] for one in quality.history]
    assert len(values) == 3
    assert trainer.state.best_metric == pytest.approx(min(values))
    assert values[-1] < values[0], "it has learned letters"
    entries = [entry for entry in trainer.state.log_history if "eval_evalkit/letters.jsd" in entry]
    assert [entry["eval_evalkit/letters.jsd"] for entry in entries] == values
    assert all("eval_loss" in entry for entry in entries)
    plain = trained("without", [])
    losses = [[entry["loss"] for entry in run.state.log_history if "loss" in entry] for run in (trainer, plain)]
    assert losses[0] == losses[1], "sampling takes no random number from the training"
    assert torch.is_grad_enabled()
