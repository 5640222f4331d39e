"""Counts of the reference are kept between runs: they give the same results to the bit, and are made again where anything they depend on changes."""

from __future__ import annotations

import json
import logging
import os
import time
from collections import Counter
from dataclasses import replace
from functools import cache
from pkgutil import resolve_name

import numpy as np
import pytest

import evalkit
from evalkit.counts.feature import Feature, Layout
from evalkit.evaluation import kept as kept_module
from evalkit.evaluation.kept import Kept
from evalkit.evaluation.reference import Reference
from evalkit.language.profile import load_language
from evalkit.metrics import Metric, select
from evalkit.metrics.base import PooledMetric
from evalkit.metrics.registry import of_kind
from evalkit.text.corpus import read_corpus, split_corpus

METRICS = of_kind(select(["letters.*", "vocab.hit", "novelty.*", "sentence.*"]), Metric)
SMALL = {"passages": 40, "chars": 600}
"""As many characters as measures of a fixed amount of text need."""


@cache
def corpus():
    """Some of the embedded corpus: enough for every part, and no more."""
    whole = read_corpus("embedded")
    return replace(whole, documents=tuple(replace(document, text=document.text[:6_000]) for document in whole.documents[:12]))


def split(**options):
    return split_corpus(corpus(), **options)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A cache of this test's own."""
    monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "counts"


def entries(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def plain(results):
    return {**json.loads(results.to_json()), "run": None}


def reference(**options):
    chosen = {"split": split(), "layout": Layout.of(METRICS), "cached": True, **options}
    return Reference(corpus(), chosen.pop("split"), chosen.pop("layout"), **chosen)


def folded(given, n_chars, *, seed):
    """The counts of three splits, which are made when one is asked for."""
    return given.folds(n_chars, n_folds=3, seed=seed)[0].human


def counted(given):
    """Everything that is counted of a reference, as one list."""
    folds = given.folds(800, n_folds=3, seed=1)
    return [given.totals.matrix, *(part for fold in folds for part in (fold.human, fold.totals.matrix)), folds[0].training.tally]


def never(*_, **__):
    raise AssertionError("made again")


SORTED = "evalkit.matching.search.SortedChunk.__init__"
MADE_ONCE = (
    "evalkit.auditing.background.Background.of",
    "evalkit.evaluation.audit.Auditor._faults_of_human",
    "evalkit.evaluation.scorer.generate",
    "evalkit.evaluation.pooled.PooledScorer._of_pools",
    "evalkit.evaluation.reference._as_matched",
    "evalkit.evaluation.reference.Reference._fold_counts",
    "evalkit.evaluation.reference.Reference._summed",
    "evalkit.evaluation.told_apart.human_areas",
    "evalkit.language.sentences.SentenceSplitter._learned",
    "evalkit.matching.reverse_lm.human",
    SORTED,
    "evalkit.matching.single_passages.SinglePassages._human_values",
    "evalkit.matching.spelling.DocumentWords.of",
    "evalkit.matching.word_lm.WordGrams.__init__",
)
"""What the second run with a reference must not make."""


def watched(monkeypatch, times):
    """Counts the calls of all that is made once."""
    for path in MADE_ONCE:
        owner, _, name = path.rpartition(".")
        original = getattr(resolve_name(owner), name)

        def call(*args, _original=original, _path=path, **options):
            times[_path] += 1
            return _original(*args, **options)

        monkeypatch.setattr(path, call)


class TestKept:
    def test_results_are_the_same_to_the_bit(self, folder, monkeypatch):
        texts = [document.text[place : place + 600] for document in corpus().documents for place in (0, 700, 1400, 2100)][:40]
        candidates = {"copied": texts, "misspelt": [text.replace("ea", "e") for text in texts]}

        def run(*, cached):
            return plain(evalkit.compare(candidates, reference=corpus(), metrics="*", cached=cached, **SMALL))

        times = Counter()
        with monkeypatch.context() as patch:
            watched(patch, times)
            first, after_first = run(cached=True), entries(folder)
            assert [made for made in MADE_ONCE if not times[made]] == []
            times.clear()
            second = run(cached=True)
        # Held-out text that samples quote is not judged, neither for the value nor for its note: so samples are sorted too.
        assert times.pop(SORTED) == 2 * len(candidates)
        assert times == Counter()
        assert first == second == run(cached=False)
        assert entries(folder) == after_first

    def test_counts_and_their_types_are_the_same(self, folder):
        made, kept, without = counted(reference()), counted(reference()), counted(reference(cached=False))
        for first, second, third in zip(made, kept, without, strict=True):
            np.testing.assert_array_equal(first, second)
            np.testing.assert_array_equal(first, third)
            assert first.dtype == second.dtype == third.dtype

    def test_they_are_not_counted_again(self, folder, monkeypatch):
        counted(reference())

        monkeypatch.setattr(Reference, "_summed", never)
        monkeypatch.setattr(Reference, "_fold_counts", never)
        counted(reference())

    def test_nothing_is_kept_unless_asked_for(self, folder):
        counted(reference(cached=False))
        samples = ["The lamp was lit at dusk. " * 40] * 12
        evalkit.score(samples, reference=corpus(), metrics=["letters.jsd"], cached=False, passages=12, chars=600)
        assert entries(folder) == []

    def test_a_folder_that_cannot_be_written_costs_a_warning(self, folder, caplog):
        folder.parent.mkdir()
        folder.write_text("a file in the place of the folder")
        with caplog.at_level(logging.WARNING, "evalkit"):
            assert len(counted(reference())) == 8
        assert "Counts of the reference cannot be kept in the cache" in caplog.text


def _other_text():
    first, *others = corpus().documents
    documents = (replace(first, text=first.text + " More."), *others)
    changed = replace(corpus(), documents=documents)
    return Reference(changed, split_corpus(changed), Layout.of(METRICS), cached=True)


CHANGES = {
    "another split": lambda patch: reference(split=split(seed=5)),
    "other columns": lambda patch: reference(layout=Layout.of(METRICS[:2])),
    "another language": lambda patch: reference(language="de"),
    "another text": lambda patch: _other_text(),
    "other code": lambda patch: (patch.setattr(kept_module, "_code_hash", lambda: "edited"), reference())[1],
    "other packages": lambda patch: (patch.setattr(kept_module, "versions_of", lambda *_: {"numpy": "0"}), reference())[1],
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_they_depend_on_makes_new_ones(change, folder, monkeypatch):
    reference()
    before = entries(folder)
    CHANGES[change](monkeypatch)
    assert set(entries(folder)) > set(before)


def test_folds_of_another_length_or_seed_are_others(folder):
    given = reference()
    before = len(entries(folder))
    for n_chars, seed in ((800, 1), (900, 1), (800, 2), (800, 1)):
        folded(given, n_chars, seed=seed)
    assert len(entries(folder)) == before + 3


def test_measures_of_other_packages_are_never_kept(folder):
    # Nobody knows when their code changes.
    def value(scan, lexicon):
        return 0.0

    ours = of_kind(select(["variety.shared", "reverse.bits"]), PooledMetric)
    given, numbers = reference(layout=Layout.of(METRICS)), iter(range(9))

    def make():
        return {"values": np.array([float(next(numbers))])}

    def kept(measures, key="of noise"):
        return given.keep_measured(key, measures, make)["values"].tolist()

    assert [kept(ours), kept(ours), kept(ours[:1]), kept(ours, "of another shape")] == [[0.0], [0.0], [1.0], [2.0]]
    newer = [replace(ours[0], version=ours[0].version + 1)]
    assert [kept(newer), kept(newer)] == [[3.0], [3.0]]
    theirs = [replace(ours[0], value=value)]
    assert [kept(theirs), kept(theirs)] == [[4.0], [5.0]]


def _cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


def _pickled(path):
    np.save(path, np.array([{"any": "object"}], dtype=object))


DAMAGE = {
    "cut off": _cut,
    "a bit changed": _flip,
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "of something else": lambda path: np.save(path, np.zeros(3)),
    "pickled objects": _pickled,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_made_again(damage, folder, caplog):
    before = reference()
    for entry in folder.iterdir():
        DAMAGE[damage](entry / "arrays.npy")
    with caplog.at_level(logging.WARNING, "evalkit"):
        np.testing.assert_array_equal(reference().totals.matrix, before.totals.matrix)
    assert "An entry of counts in the cache is damaged and is made again" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING, "evalkit"):
        reference()
    assert caplog.text == ""


def test_columns_of_other_packages_are_never_kept(folder):
    # Nobody knows when their code changes.
    def count(items, lexicon):
        return np.ones((len(items), 1), np.int64)

    layout = Layout([Feature("of_another_package", ("n",), "chars", count)])
    given = Kept(["a text"], np.zeros(1, np.int64), [0], layout, load_language())
    made = [given.counts("totals", lambda n=n: {"totals": np.array([n])})["totals"].tolist() for n in (1, 2)]
    assert made == [[1], [2]]
    Reference(corpus(), split(), layout, cached=True)
    assert entries(folder) == []


def test_every_column_of_ours_may_be_kept():
    features = Layout.of(of_kind(select(["*"]), Metric)).features
    assert [feature.name for feature in features if not feature.count.__module__.startswith("evalkit.")] == []


def test_the_oldest_go_when_there_are_too_many(folder, monkeypatch):
    given = reference()
    used_again = set(entries(folder))
    folded(given, 800, seed=0)
    (first,) = set(entries(folder)) - used_again
    folded(given, 800, seed=1)
    for name in entries(folder):
        os.utime(folder / name, (time.time() - (20 if name == first else 10),) * 2)
    # A little more than there is: entries of other folds differ by some bytes.
    room = int(1.1 * sum(path.stat().st_size for path in folder.rglob("*.npy")))
    monkeypatch.setattr(kept_module, "MAX_BYTES", room)
    monkeypatch.setattr(kept_module, "_MOST_SHARE", 1)
    folded(reference(), 800, seed=2)
    assert first not in entries(folder)
    assert used_again < set(entries(folder))
    assert len(entries(folder)) == len(used_again) + 2
    assert sum(file.stat().st_size for file in folder.rglob("*.npy")) <= room


def test_one_entry_does_not_push_out_all_others(folder, monkeypatch):
    reference()
    before = entries(folder)
    monkeypatch.setattr(kept_module, "MAX_BYTES", 20_000)
    folded(reference(), 800, seed=0)
    assert entries(folder) == before
