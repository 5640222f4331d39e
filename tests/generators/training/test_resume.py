"""Tests that an interrupted training resumes where it was, to the same weights as if it had never stopped."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from evalkit.errors import InputError, Interrupted, ModelError
from generators.lstm.batches import Tape
from generators.lstm.fast_backend import FastBackend
from generators.lstm.keras_backend import Backend, KerasBackend
from generators.lstm.model import LSTM
from generators.lstm.network import Network
from generators.storage.arrays import pack, unpack
from generators.training.checkpoints import INDEX, SampledCheckpoint, read_index, write_checkpoint
from generators.training.hooks import TrainingHooks
from generators.training.resume import FILE, SavedState, StateFile

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (extra lstm)")

VERBS = ("rose", "fell", "spoke", "slept")
TEXTS = [
    " ".join(f"the {word} of the {other} sea that {verb}," for other in ("grey", "deep", "old") for verb in VERBS)
    for word in ("salt", "light", "bell", "tide")
]
SMALL = {"units": 16, "embedding": 8, "window": 8, "batch": 4, "epochs": 2, "dropout": 0.2, "weight_drop": 0.1}
SPEC = "lstm:" + ",".join(f"{key}={value}" for key, value in SMALL.items())


def fitted(session: TrainingHooks | None = None, **options: object) -> LSTM:
    model = LSTM(**{**SMALL, **options})
    if session:
        model.training_hooks = session
    return model.fit(TEXTS[:3], held_out=TEXTS[3:], seed=2)


@cache
def unbroken() -> LSTM:
    return fitted()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that came to its end, with its state; tests that change it work on a copy."""
    folder = tmp_path_factory.mktemp("finished")
    fitted(TrainingHooks(folder=folder))
    return folder


def assert_is_as_unbroken(found: LSTM) -> None:
    expected = unbroken()
    for name, values in expected.arrays().items():
        np.testing.assert_array_equal(found.arrays()[name], values, err_msg=name)
    untimed = [{k: v for k, v in point.items() if k != "seconds"} for point in expected.describe()["learning_curve"]]
    assert [{k: v for k, v in point.items() if k != "seconds"} for point in found.describe()["learning_curve"]] == untimed


def machine(kind: str) -> Backend:
    network = Network.initial(frequencies=np.ones(7), units=6, layers=2, embedding=4, rng=np.random.default_rng(0))
    if kind == "keras":
        return KerasBackend(network, batch=3, dropout=0.3, seed=1)
    return FastBackend(network, batch=3, dropout=0.3, weight_drop=0.2, seed=1, bfloat16=kind == "bfloat16")


@pytest.mark.parametrize("kind", ["keras", "float32", "bfloat16"])
def test_a_restored_backend_computes_the_same_updates(kind: str) -> None:
    tape = Tape.of([np.arange(200) % 6], end=6, window=8)
    windows = list(islice(tape.windows(3), 8))
    whole, halved = machine(kind), machine(kind)
    for window in windows[:4]:
        whole.update(window, 0.01)
    halved.restore({name: values.copy() for name, values in whole.snapshot().items()})
    for window in windows[4:]:
        assert float(whole.update(window, 0.01)) == float(halved.update(window, 0.01))
    for expected, found in zip(whole.weights(), halved.weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("after", [1, 7, 30])
def test_a_request_to_stop_keeps_the_state_and_training_goes_on(tmp_path: Path, after: int) -> None:
    told = []

    def stop(*_: object) -> None:
        told.append(1)
        if len(told) == after:
            os.kill(os.getpid(), signal.SIGINT)

    session = TrainingHooks(folder=tmp_path, keep_seconds=1e9, checkpoint_every=1, on_checkpoint=stop)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted, match="the same command resumes"):
        fitted(session)
    assert signal.getsignal(signal.SIGINT) is handler
    assert_is_as_unbroken(fitted(TrainingHooks(folder=tmp_path)))


def test_training_that_is_killed_at_any_moment_ends_as_an_unbroken_one(tmp_path: Path) -> None:
    """The process is killed outright, again and again, until it gets through."""
    corpus, model = tmp_path / "corpus", tmp_path / "model"
    corpus.mkdir()
    for number, text in enumerate(TEXTS):
        (corpus / f"{number}.txt").write_text(text, encoding="utf-8")
    program = (
        "import sys, time; from generators.lstm.training import Trainer; from generators.__main__ import main\n"
        "update = Trainer._update\n"
        "Trainer._update = lambda self, window: (update(self, window), time.sleep(0.02))[0]\n"  # time to be killed in
        "main()"
    )
    command = [sys.executable, "-c", program, "train", SPEC, "-o", str(model), "--reference", str(corpus), "--held-out", "3"]
    command += ["--keep-every", "0", "--seed", "2", "--score-every", "10", "--passages", "2", "--chars", "50"]
    rng, kills = random.Random(0), 0
    while not (model / "meta.json").exists():
        assert kills < 60
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            started = (model / "training" / FILE).stat().st_mtime_ns if (model / "training" / FILE).exists() else 0
            while process.poll() is None and not _newer(model / "training" / FILE, started):
                time.sleep(0.01)
            time.sleep(rng.uniform(0.05, 0.5))
            if kills < 2:
                process.kill()
                kills += 1
            _, errors = process.communicate()
            assert process.returncode in (0, -signal.SIGKILL), errors
    assert kills == 2
    from generators.storage.models import load

    assert_is_as_unbroken(load(model))
    assert [checkpoint.updates for checkpoint in read_index(model / "checkpoints")][:3] == [10, 20, 30]
    rows = list(csv.DictReader((model / "logs" / "training.csv").read_text(encoding="utf-8").splitlines()))
    curve = load(model).describe()["learning_curve"]
    assert [int(row["updates"]) for row in rows] == [point["updates"] for point in curve]
    assert not (model / "training").exists()


def _newer(path: Path, than: int) -> bool:
    return path.exists() and path.stat().st_mtime_ns > than


def test_state_of_another_training_is_refused(finished: Path) -> None:
    with pytest.raises(ModelError, match="another training") as caught:
        fitted(TrainingHooks(folder=finished), units=17)
    assert "--restart" in caught.value.remedy


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"not an archive"])
def test_damaged_state_is_refused(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE).write_bytes(damage)
    with pytest.raises(ModelError, match="damaged"):
        fitted(TrainingHooks(folder=tmp_path))


def test_state_without_all_of_its_parts_is_refused(finished: Path, tmp_path: Path) -> None:
    arrays = unpack((finished / FILE).read_bytes())
    del arrays["backend_3"]
    (tmp_path / FILE).write_bytes(pack(arrays))
    with pytest.raises(ModelError, match="damaged"):
        fitted(TrainingHooks(folder=tmp_path))


def test_what_is_kept_comes_back_and_for_the_same_key_only(tmp_path: Path) -> None:
    StateFile(tmp_path, "key").keep(SavedState({"updates": 3}, {}))
    assert StateFile(tmp_path, "key").load() == SavedState({"updates": 3}, {})
    assert StateFile(tmp_path / "empty", "key").load() is None
    with pytest.raises(ModelError, match="another training"):
        StateFile(tmp_path, "other").load()


def test_a_loss_that_is_no_number_leaves_no_state_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="smaller learning_rate"):
        fitted(TrainingHooks(folder=tmp_path, keep_seconds=0), learning_rate=3e38)
    assert not (tmp_path / FILE).exists()


def test_checkpoints_do_not_change_what_is_learned() -> None:
    seen = []
    session = TrainingHooks(
        checkpoint_every=10, on_checkpoint=lambda now: seen.append((now.updates, now.generator.sample(1, 30)[0]))
    )
    assert_is_as_unbroken(fitted(session))
    assert [updates for updates, _ in seen][:2] == [10, 20]
    assert len({text for _, text in seen}) > 1


class TestIndex:
    """The index of checkpoints, which may come from anywhere."""

    def write(self, folder: Path, updates: int, **values: float | None) -> None:
        one = SampledCheckpoint(
            updates=updates, characters=updates * 10, seconds=1.5, held_out_bits=2.0, file=f"{updates:08d}.jsonl", values=values
        )
        write_checkpoint(folder, one, ['{"text": "a"}\n'], spec="lstm", seed=0)

    def test_a_checkpoint_replaces_those_that_a_killed_run_made_beyond_it(self, tmp_path: Path) -> None:
        for updates in (3, 5, 10, 5):
            self.write(tmp_path, updates)
        assert [checkpoint.updates for checkpoint in read_index(tmp_path)] == [3, 5]

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("file", "../../etc/passwd"),
            ("file", "x.jsonl"),
            ("file", 3),
            ("updates", -1),
            ("seconds", "soon"),
            ("held_out_bits", "few"),
            ("more", 1),
        ],
    )
    def test_a_hostile_index_is_refused(self, tmp_path: Path, key: str, value: object) -> None:
        self.write(tmp_path, 5)
        index = json.loads((tmp_path / INDEX).read_text(encoding="utf-8"))
        index["checkpoints"][0][key] = value
        (tmp_path / INDEX).write_text(json.dumps(index), encoding="utf-8")
        with pytest.raises(ModelError, match="is not an index of checkpoints"):
            read_index(tmp_path)
