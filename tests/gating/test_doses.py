"""Doses: what a small defect does to human text is measured against the same text counted in the same way, so that no dose is no damage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.counts.feature import Layout
from evalkit.evaluation.reference import Reference
from evalkit.gating import doses as of_doses
from evalkit.gating.doses import dose_damages
from evalkit.gating.measures import measures_of
from evalkit.gating.policy import DOSES
from evalkit.matching import reference_lm
from evalkit.metrics import Metric, select
from evalkit.metrics.registry import of_kind
from evalkit.text.corpus import read_corpus, split_corpus

METRICS = of_kind(select(["judge.bits", "order.*", "vocab.hit", "novelty.*", "repeat.2", "form.*", "wordlen.w1"]), Metric)


@pytest.fixture(scope="module")
def corpus():
    """A reference so long, for what may be judged, that single characters of its own documents are judged and not all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference_lm, "MOST_JUDGED", 10_000)
        read = read_corpus("embedded")
        reference = Reference(read, split_corpus(read), Layout.of(METRICS))
        return reference, reference.folds(800, n_folds=4, seed=0)


def damages(corpus):
    reference, folds = corpus
    return dose_damages(reference, folds, measures_of(METRICS, {}), seed=0)


@pytest.fixture(scope="module")
def found(corpus):
    return damages(corpus)


def test_nothing_planted_is_no_damage(corpus, monkeypatch):
    planted = of_doses.defects_named
    monkeypatch.setattr(
        of_doses, "defects_named", lambda names: [replace(planted(names)[0], apply=lambda text, dose, rng, noise: text)]
    )
    moved = {value for by_dose in damages(corpus).values() for of in by_dose.values() for value in of.values()}
    assert moved == {0.0}


def test_damage_grows_with_the_dose_where_the_defect_is_seen(found):
    seen = {
        "words replaced": "judge.bits",
        "letters misspelt": "vocab.hit",
        "text repeated": "repeat.2",
        "punctuation lost": "form.punctuation",
    }
    assert seen.keys() == DOSES.keys()
    for name, metric in seen.items():
        small, large = (found[name][dose][metric] for dose in DOSES[name][1])
        assert 0 < 2 * small < large


def test_lost_punctuation_by_hand(corpus, found):
    """A twentieth of the marks is lost of text that has about 35 of them in 1,000 characters."""
    folds = corpus[1]
    marks = next(metric for metric in METRICS if metric.id == "form.punctuation")
    before = float(marks.values(folds[0].totals, folds[0].totals)[0])
    assert found["punctuation lost"][0.05]["form.punctuation"] == pytest.approx(0.05 * before, rel=0.25)


def test_what_defects_make_of_a_corpus_is_kept(monkeypatch, tmp_path):
    """A second baseline of one corpus plants nothing; another seed, or other splits, do."""
    monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path))
    metrics = of_kind(select(["wordlen.w1", "vocab.hit"]), Metric)
    read = read_corpus("embedded")

    def found(seed=0, n_chars=800, *, cached=True):
        reference = Reference(read, split_corpus(read), Layout.of(metrics), cached=cached)
        return dose_damages(reference, reference.folds(n_chars, n_folds=2, seed=0), measures_of(metrics, {}), seed=seed)

    first = found()
    assert first == found(cached=False)
    with monkeypatch.context() as patch:
        patch.setattr(of_doses, "_planted", lambda *_, **__: pytest.fail("defects are planted again"))
        assert found() == first
    assert found(seed=1) != first != found(n_chars=700)
