"""Fitted generators are kept, and a kept one is the same as one fitted anew, whatever happens to the cache."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import numpy as np
import pytest

import generators.storage.cache
import generators.storage.cache_key
from evalkit.errors import ModelError
from evalkit.evaluation.candidates import parse_candidates
from evalkit.evaluation.compare import compare
from evalkit.evaluation.request import CompareRequest
from evalkit.metrics import Metric, select
from evalkit.text.corpus import read_corpus, split_corpus
from generators import create
from generators.base import silent
from generators.lstm.model import LSTM
from generators.ngram.model import NGram
from generators.storage.cache import ModelCache, default_folder, key_of
from generators.training.hooks import TrainingHooks
from tests.support.paths import ROOT

DOCUMENTS = ["the lamp and the boat", "the boat and the water", "no lamp, no boat"]
HELD_OUT = ["the water and the lamp"]


@pytest.fixture
def fits(monkeypatch):
    """Counts how often an n-gram is really fitted, which here is one of the generators that are kept."""
    calls = []
    fit = NGram.fit

    def counted(self, documents, **options):
        calls.append(self.order)
        return fit(self, documents, **options)

    monkeypatch.setattr(NGram, "fit", counted)
    monkeypatch.setattr(NGram, "slow_to_fit", True)
    return calls


@pytest.fixture
def models(tmp_path):
    return ModelCache(tmp_path / "models")


@pytest.fixture
def heard(monkeypatch, caplog):
    """What the log is told."""
    monkeypatch.setattr(logging.getLogger("generators"), "propagate", True)
    caplog.set_level(logging.INFO, logger="generators")
    return caplog


def entries(cache):
    return sorted(path.name for path in cache.folder.iterdir())


def fit(cache, spec="ngram:order=3", documents=DOCUMENTS, seed=0, progress=silent):
    return cache.fit(create(spec), documents, held_out=HELD_OUT, seed=seed, progress=progress)


def test_the_second_fit_is_taken_from_the_cache_and_is_the_same(models, fits, heard):
    said = []
    first = fit(models)
    second = fit(models, progress=lambda message, done, total: said.append(message))
    assert fits == [3]
    assert second is not first
    assert second.sample(5, 200, seed=4) == first.sample(5, 200, seed=4)
    assert np.array_equal(second.log2_prob(HELD_OUT[0]), first.log2_prob(HELD_OUT[0]))
    assert second.describe() == first.describe()
    assert any("from the cache" in message for message in said)
    assert any("from the cache" in record.getMessage() for record in heard.records)


def test_the_key_holds_everything_that_decides_what_is_fitted(monkeypatch):
    def key(spec="ngram:order=3", documents=("ab", "c"), held_out=("d",), seed=0):
        return key_of(create(spec), documents, held_out=held_out, seed=seed)

    keys = [
        key(),
        key(spec="ngram:order=4"),
        key(spec="ngram:order=3,unit=word"),
        key(spec="unigram"),
        key(documents=("a", "bc")),
        key(documents=("c", "ab")),
        key(documents=("ab", "c", "")),
        key(documents=("ab", "c\ud800")),
        key(held_out=("e",)),
        key(documents=("ab",), held_out=("c", "d")),
        key(seed=1),
    ]
    assert len(set(keys)) == len(keys)
    assert key(spec="ngram:unit=char,order=3") == keys[0] == key()
    with monkeypatch.context() as patch:
        patch.setattr(NGram, "version", 99)
        assert key() not in keys
    with monkeypatch.context() as patch:
        patch.setattr(generators.storage.cache_key, "_versions", lambda: {"numpy": "0"})
        assert key() not in keys
    with monkeypatch.context() as patch:
        patch.setattr(generators.storage.cache_key, "_code_hash", lambda cls: "edited")
        assert key() not in keys


def damage_meta(entry):
    (entry / "meta.json").write_text("{")


def damage_arrays(entry):
    content = bytearray((entry / "arrays.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (entry / "arrays.npz").write_bytes(content)


def cut_arrays(entry):
    (entry / "arrays.npz").write_bytes((entry / "arrays.npz").read_bytes()[:100])


def remove_arrays(entry):
    (entry / "arrays.npz").unlink()


def swap_options(entry):
    meta = json.loads((entry / "meta.json").read_text())
    meta["options"]["order"] = meta["description"]["options"]["order"] = 2
    (entry / "meta.json").write_text(json.dumps(meta))


def another_key(entry):
    meta = json.loads((entry / "meta.json").read_text())
    (entry / "meta.json").write_text(json.dumps(meta | {"cache_key": "0" * 64}))


def become_a_file(entry):
    for path in entry.iterdir():
        path.unlink()
    entry.rmdir()
    entry.write_text("?")


def become_a_link(entry):
    moved = entry.parent.parent / "moved"
    entry.rename(moved)
    entry.symlink_to(moved)
    damage_meta(moved)


DAMAGE = [damage_meta, damage_arrays, cut_arrays, remove_arrays, swap_options, another_key, become_a_file, become_a_link]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda function: function.__name__)
def test_a_damaged_entry_is_fitted_again_and_replaced(models, fits, heard, damage):
    first = fit(models)
    (name,) = entries(models)
    damage(models.folder / name)
    again = fit(models)
    assert fits == [3, 3]
    assert again.sample(3, 100) == first.sample(3, 100)
    warnings = [record.getMessage() for record in heard.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "damaged" in warnings[0]
    assert fit(models).sample(3, 100) == first.sample(3, 100)
    assert fits == [3, 3]
    assert entries(models) == [name]


def test_the_entries_used_longest_ago_go_when_there_are_too_many(models, fits):
    fit(models, "ngram:order=2")
    fit(models, "ngram:order=3")
    old, used = (key_of(create(f"ngram:order={n}"), DOCUMENTS, held_out=HELD_OUT, seed=0) for n in (3, 2))
    for name, age in ((old, 200), (used, 300)):
        os.utime(models.folder / name, (time.time() - age,) * 2)
    fit(models, "ngram:order=2")  # used again, though it was made first
    models.max_bytes = sum(path.stat().st_size for path in models.folder.glob("*/*")) + 100
    fit(models, "ngram:order=4")
    new = key_of(create("ngram:order=4"), DOCUMENTS, held_out=HELD_OUT, seed=0)
    assert old not in entries(models)
    assert new in entries(models)
    assert sum(path.stat().st_size for path in models.folder.glob("*/*")) <= models.max_bytes


def test_a_model_larger_than_the_cache_is_used_and_not_kept(models, fits):
    fit(models, "ngram:order=2")
    models.max_bytes = 10
    assert fit(models, "ngram:order=4").sample(1, 10)
    assert len(entries(models)) == 1


def test_what_a_killed_program_left_behind_goes_after_a_day(models, fits):
    for name, age in ((".old", 2 * 86_400), (".new", 60)):
        (models.folder / name).mkdir(parents=True)
        (models.folder / name / "arrays.npz").write_bytes(b"half")
        os.utime(models.folder / name, (time.time() - age,) * 2)
    fit(models)
    assert ".old" not in entries(models)
    assert ".new" in entries(models)


@pytest.mark.skipif(os.name != "posix", reason="needs a folder that is a file's place")
def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path, fits, heard):
    (tmp_path / "file").write_text("")
    cache = ModelCache(tmp_path / "file" / "models")
    assert fit(cache).sample(1, 20) == fit(cache).sample(1, 20)
    assert fits == [3, 3]
    assert all("cannot be kept" in r.getMessage() for r in heard.records)
    assert heard.records


def test_threads_may_fit_the_same_at_once(models, fits):
    with ThreadPoolExecutor(8) as pool:
        samples = list(pool.map(lambda _: tuple(fit(models).sample(3, 100)), range(24)))
    assert len(set(samples)) == 1
    assert len(entries(models)) == 1


def test_readers_and_removers_do_not_trouble_each_other(models, fits, heard):
    """With room for one entry only, every run throws the other's out, in the midst of its reading."""
    fit(models)
    models.max_bytes = 1 + sum(path.stat().st_size for path in models.folder.glob("*/*"))
    orders = [2, 3] * 15
    with ThreadPoolExecutor(6) as pool:
        samples = list(pool.map(lambda n: tuple(fit(models, f"ngram:order={n}").sample(2, 50)), orders))
    assert len(set(samples)) == 2
    assert len({samples[0], samples[1]}) == 2
    assert not [record for record in heard.records if record.levelno >= logging.WARNING]


def test_programs_may_fit_the_same_at_once(tmp_path):
    code = (
        "import sys; from pathlib import Path; from generators import create; from generators.storage.cache import ModelCache\n"
        f"for n in (2, 3, 4): print(ModelCache(Path({str(tmp_path)!r})).fit(create(f'ngram:order={{n}}'), {DOCUMENTS!r}).sample(2, 80))"
    )
    started = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT, text=True) for _ in range(3)]
    outputs = {process.communicate(timeout=120)[0] for process in started}
    assert [process.returncode for process in started] == [0, 0, 0]
    assert len(outputs) == 1
    assert len([path for path in tmp_path.iterdir() if not path.name.startswith(".")]) == 3


def test_the_folder_is_the_users_or_the_one_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path))
    assert default_folder() == tmp_path / "models"
    monkeypatch.delenv("EVALKIT_CACHE")
    assert default_folder().name == "models"
    assert "evalkit" in str(default_folder())


def results_of(specs, *, cached):
    corpus = read_corpus("embedded")
    request = CompareRequest(
        candidates=parse_candidates(specs, cached=cached),
        corpus=corpus,
        split=split_corpus(corpus),
        metrics=select(["letters.jsd"], kind=Metric),
        n_passages=6,
        n_chars=200,
    )
    results = compare(request).results.to_dict()
    del results["run"]
    return json.dumps(results)


def test_results_do_not_show_whether_a_model_was_kept(monkeypatch, tmp_path, fits):
    monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path))
    fresh = results_of(["ngram:order=3"], cached=False)
    assert not (tmp_path / "models").exists()
    assert results_of(["ngram:order=3"], cached=True) == fresh
    assert fits == [3, 3]
    assert results_of(["ngram:order=3"], cached=True) == fresh
    assert fits == [3, 3]
    assert results_of(["ngram:order=3"], cached=False) == fresh
    assert fits == [3, 3, 3]


def test_compare_keeps_what_it_fits_unless_told_not_to(evalkit, monkeypatch, tmp_path, fits):
    monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path / "cache"))
    options = ["compare", "ngram:order=2", "-m", "letters.jsd", "--passages", "5", "--chars", "100"]
    assert evalkit(*options, "--no-cache")[0] == 0
    assert not (tmp_path / "cache").exists()
    for _ in range(2):
        assert evalkit(*options)[0] == 0
    assert fits == [2, 2]
    assert len(list((tmp_path / "cache" / "models").iterdir())) == 1
    assert evalkit("score", "ngram:order=2", *options[2:], "--no-cache")[0] == 0
    assert fits == [2, 2, 2]


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("tensorflow"), reason="TensorFlow is not installed")
def test_an_lstm_is_kept(models):
    spec = "lstm:units=8,layers=1,embedding=4,window=16,batch=4,epochs=1"
    texts = [document.text[:3000] for document in read_corpus("embedded").documents[:3]]
    anew = create(spec).fit(texts[1:3], held_out=texts[:1], seed=5)
    kept = [models.fit(create(spec), texts[1:3], held_out=texts[:1], seed=5) for _ in range(2)]
    assert len(entries(models)) == 1
    for other in kept:
        assert other.sample(3, 300, seed=2) == anew.sample(3, 300, seed=2)
        assert np.array_equal(other.log2_prob(texts[0]), anew.log2_prob(texts[0]))
    assert kept[1].describe() == kept[0].describe()


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("tensorflow"), reason="TensorFlow is not installed")
@pytest.mark.parametrize("preset", ["preset=strika-10-10,scale=.002", "units=8,layers=1,embedding=4,window=16,batch=4,epochs=1"])
def test_two_ways_to_sample_one_lstm_are_one_training(tmp_path, monkeypatch, preset):
    """Each of two caches fits one of the ways, and has to give the other as the other cache fitted it."""
    documents = [text * 60 for text in DOCUMENTS]
    samplers = ("ancestral", "teacher-forced-argmax")
    specs = {sampler: f"lstm:{preset},sampler={sampler}" for sampler in samplers}
    caches = {sampler: ModelCache(tmp_path / sampler) for sampler in samplers}
    fitted = {sampler: caches[sampler].fit(create(specs[sampler]), documents, held_out=HELD_OUT) for sampler in samplers}
    monkeypatch.setattr(LSTM, "fit", lambda *_, **__: pytest.fail("trained again"))
    for sampler, other in (samplers, samplers[::-1]):
        kept = caches[other].fit(create(specs[sampler]), documents, held_out=HELD_OUT)
        assert kept.sampler == sampler
        assert kept.sample(3, 100, seed=1) == fitted[sampler].sample(3, 100, seed=1)
        assert kept.describe()["options"] == fitted[sampler].describe()["options"]


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("tensorflow"), reason="TensorFlow is not installed")
def test_an_lstm_that_was_cut_short_goes_on(models):
    spec = "lstm:units=8,layers=1,embedding=4,window=16,batch=4,epochs=1"
    texts = ["the bell spoke once and the water answered. " * 30]
    whole = create(spec).fit(texts, seed=5)
    started = []

    def stop(now):
        started.append(now.updates)
        if len(started) == 4:
            raise KeyboardInterrupt

    cut = create(spec)
    cut.training_hooks = TrainingHooks(keep_seconds=0, on_measured=stop)
    with pytest.raises(KeyboardInterrupt):
        models.fit(cut, texts, seed=5)
    assert [path.suffix for path in models.folder.iterdir()] == [".training"]
    again = create(spec)
    again.training_hooks = TrainingHooks(on_measured=lambda now: started.append(now.updates))
    assert models.fit(again, texts, seed=5).sample(2, 100) == whole.sample(2, 100)
    assert started[4] >= started[3]
    assert len(entries(models)) == len(list(models.folder.iterdir())) == 1
    assert again.training_hooks.folder is None


def test_damaged_state_of_a_training_begins_anew(models, caplog):
    generator = create("lstm")
    work = models.folder / ".key.training"
    work.mkdir(parents=True)
    (work / "state.npz").write_bytes(b"damaged")
    with models._resumable(generator, "key"):
        assert not work.exists()
        assert generator.training_hooks.folder == work
    assert "begins anew" in caplog.text


def test_an_entry_that_another_program_replaces_during_the_reading_is_not_damaged(models, fits, heard, monkeypatch):
    """Removed and put there anew between a failed reading and the look whether it is still there."""
    fit(models)
    real, calls = generators.storage.cache.load, []

    def load_once_in_vain(entry):
        calls.append(entry)
        if len(calls) == 1:
            raise ModelError("arrays.npz cannot be read")
        return real(entry)

    monkeypatch.setattr(generators.storage.cache, "load", load_once_in_vain)
    n_fits = len(fits)
    fit(models)
    assert (len(calls), len(fits)) == (2, n_fits)
    assert not [record for record in heard.records if record.levelno >= logging.WARNING]


def test_the_key_covers_the_files_of_every_subfolder(tmp_path, monkeypatch):
    """And no more than its own file for a class whose module lies beside other people's."""
    cache_key = generators.storage.cache_key
    tree = shutil.copytree(ROOT / "generators", tmp_path / "generators", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "alone.py").write_text(
        "from generators.noise import Unigram\n\n\nclass Alone(Unigram):\n    pass\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(cache_key, "__file__", str(tree / "storage" / "cache_key.py"))
    alone = __import__("alone").Alone
    hash_now = cache_key._code_hash.__wrapped__
    try:
        seen = [hash_now(alone)]
        for name in ("base.py", "ngram/trie.py", "training/resume.py", "new/deep/file.py"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            with (tree / name).open("a", encoding="utf-8") as file:
                file.write("# changed\n")
            seen.append(hash_now(alone))
        assert len(set(seen)) == len(seen)
        (tmp_path / "beside.py").write_text("", encoding="utf-8")
        assert hash_now(alone) == seen[-1]
    finally:
        del sys.modules["alone"]
