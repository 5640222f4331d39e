"""The book is the unit of split, human floor and cluster, and runs with other groups are not comparable."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

import evalkit
from evalkit.counts.feature import Layout, Totals
from evalkit.errors import InputError
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.reference import Reference, signature_of
from evalkit.gating.baseline import Store
from evalkit.inference.resampling import subsets_of_groups
from evalkit.metrics import Metric, select
from evalkit.text.corpus import Corpus, Document, read_corpus, split_corpus
from evalkit.text.groups import grouped
from evalkit.text.passages import Passage, slices

METRICS = ["letters.jsd", "wordlen.w1", "function.share", "suffix.ing", "suffix.ed"]
VOWELS = "aeiou"
N_CHAPTERS = 4


def written(text: str, author: int) -> str:
    """The text in the spelling and the manner of an author: some vowels are others, and some words are left out."""
    rng = random.Random(author)
    one, other = rng.sample(VOWELS, 2)
    changed, short, ending = (rng.uniform(0, 0.5) for _ in range(3))
    words = [
        word
        for word in text.split(" ")
        if rng.random() > (short if len(word) < 4 else ending if word.endswith(("ing", "ed")) else 0)
    ]
    return "".join(other if char == one and rng.random() < changed else char for char in " ".join(words))


BOOKS = {f"book {chr(97 + i)}": written(document.text, i) for i, document in enumerate(read_corpus().documents)}


def chapters_of(*books: str) -> dict[str, str]:
    return {
        f"{book} ch{i + 1}": text[i * len(text) // N_CHAPTERS : (i + 1) * len(text) // N_CHAPTERS]
        for book in books
        for text in [BOOKS[book]]
        for i in range(N_CHAPTERS)
    }


CHAPTERS = chapters_of(*list(BOOKS)[:7])
SAMPLES = [piece for text in list(BOOKS.values())[:7] for piece in slices(text, 600)][::3]
SHAPE = {"passages": 10, "chars": 600}


def outside(known: list[str], unseen: list[str], *, group: str) -> float:
    """The share of books and measures in which an unseen book lies outside of the human range of others."""
    metrics = select(METRICS, kind=Metric)
    corpus = grouped(Corpus("books", tuple(Document(id_, text) for id_, text in chapters_of(*known).items())), group)
    reference = Reference(corpus, split_corpus(corpus), Layout.of(metrics))
    floors = sample_floor(reference.folds(500, n_folds=20, seed=0), n_passages=20, replicates=400, seed=0)
    totals = [reference.sample([Passage(text, "") for text in list(slices(BOOKS[book], 500))[:20]]).observed() for book in unseen]
    scored = Totals(np.concatenate([each.matrix for each in totals]), reference.layout)
    damages = {
        metric.id: metric.damage(metric.values(scored, reference.totals), metric.values(reference.totals, reference.totals))
        for metric in metrics
    }
    return float(np.mean([damages[metric.id] > floors.floor(metric).damage_p95 for metric in metrics]))


def test_an_unseen_book_is_outside_far_less_often():
    names = list(BOOKS)
    folds = [(names[i : i + 9], names[:i] + names[i + 9 :]) for i in (0, 3, 6, 9)]
    without, with_groups = (float(np.mean([outside(*fold, group=group) for fold in folds])) for group in ("none", "auto"))
    assert without > 0.35
    assert with_groups < 0.2


def test_groups_are_taken_where_names_are_clear_and_said():
    default, auto, none = (
        evalkit.score(SAMPLES, reference=CHAPTERS, group=group, metrics=METRICS, **SHAPE) for group in (None, "auto", "none")
    )
    assert default.results == auto.results != none.results
    assert default.reference["n_groups"] == 7
    assert "n_groups" not in none.reference
    assert any("parts of 7 texts" in warning and "--group none" in warning for warning in default.warnings)
    assert any("7 groups" in warning and "1 measure of 8" in warning for warning in default.warnings)
    held_out = {id_.rpartition(" ")[0] for id_ in default.reference["held_out"]}
    assert held_out.isdisjoint({id_.rpartition(" ")[0] for id_ in default.reference["train"]})


def test_the_signature_carries_the_grouping_and_is_as_before_without():
    layout = Layout.of(select(METRICS, kind=Metric))

    def signature(corpus: Corpus) -> dict[str, object]:
        return dict(signature_of(Reference(corpus, split_corpus(corpus, held_out="*ch1"), layout)))

    alone = Corpus("books", tuple(Document(id_, text) for id_, text in CHAPTERS.items()))
    each = Corpus("books", tuple(Document(id_, text, id_) for id_, text in CHAPTERS.items()))
    pairs = Corpus("books", tuple(Document(id_, text, f"pair {i // 2}") for i, (id_, text) in enumerate(CHAPTERS.items())))
    assert list(signature(alone)) == ["corpus", "hash", "fraction", "split_seed", "held_out"]
    assert signature(each) == signature(alone)
    with pytest.raises(InputError, match="All groups"):
        split_corpus(pairs, held_out="*ch[13]")
    paired = dict(signature_of(Reference(pairs, split_corpus(pairs, held_out="*a ch1"), layout)))
    assert paired["hash"] == signature(alone)["hash"]
    assert len(str(paired["groups"])) == 64


def test_human_text_has_its_groups_as_units():
    results = evalkit.compare(["human", "unigram"], reference=CHAPTERS, metrics=METRICS, **SHAPE)
    held_out = {id_.rpartition(" ")[0] for id_ in results.reference["held_out"]}
    rows = {(row.candidate, row.metric): row for row in results.results}
    assert rows["human", "letters.jsd"].n_units == len(held_out)
    assert rows["unigram", "letters.jsd"].n_units == SHAPE["passages"]
    assert "independent group" in rows["human", "letters.jsd"].reason


def test_results_with_groups_are_kept_whole(tmp_path):
    results = evalkit.score(SAMPLES, reference=CHAPTERS, metrics=METRICS, **SHAPE)
    results.save(tmp_path / "results.json")
    assert evalkit.read_results(tmp_path / "results.json").to_json() == results.to_json()


class TestGates:
    @pytest.fixture
    def folder(self, workspace):
        books = workspace / "books"
        books.mkdir()
        for id_, text in CHAPTERS.items():
            (books / f"{id_}.txt").write_text(text, encoding="utf-8")
        (workspace / "samples.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in SAMPLES), encoding="utf-8")
        return workspace

    def saved(self, evalkit, *options):
        shape = ("--passages", 24, "--chars", 600, "-m", ",".join(METRICS))
        code, _, err = evalkit("baseline", "save", "main", "samples.jsonl", "--reference", "books", *shape, *options)
        assert code == 0, err

    def verdict(self, evalkit, folder, *options):
        evalkit("gate", "samples.jsonl", "--baseline", "main", "-o", "a.json", *options)
        return json.loads((folder / "a.json").read_text(encoding="utf-8"))

    def test_the_grouping_is_the_baselines(self, folder, evalkit):
        self.saved(evalkit, "--group", "(.+) ch")
        results = self.verdict(evalkit, folder)
        assert results["verdict"] != "NOT COMPARABLE"
        assert results["reference"]["n_groups"] == 7

    def test_another_grouping_is_not_comparable_by_its_name(self, folder, evalkit):
        self.saved(evalkit)
        results = self.verdict(evalkit, folder, "--group", "none")
        assert results["verdict"] == "NOT COMPARABLE"
        assert results["gate"]["not_comparable"][0]["field"] == "reference.groups"
        assert "--group" in results["warnings"][0]

    def test_a_baseline_of_before_there_were_groups_stays_comparable(self, folder, evalkit):
        self.saved(evalkit, "--group", "none")
        path = Store().path("main")
        kept = json.loads(path.read_text(encoding="utf-8"))
        del kept["source"]["group"], kept["unit"]
        path.write_text(json.dumps(kept), encoding="utf-8")
        results = self.verdict(evalkit, folder)
        assert results["verdict"] != "NOT COMPARABLE"
        assert "groups" not in results["signature"]["reference"]

    def test_the_option_may_come_from_the_environment(self, folder, evalkit, monkeypatch):
        monkeypatch.setenv("EVALKIT_GROUP", "none")
        evalkit("score", "samples.jsonl", "--reference", "books", "-m", "letters.jsd", "-o", "a.json")
        results = json.loads((folder / "a.json").read_text(encoding="utf-8"))
        assert "groups" not in results["signature"]["reference"]

    def test_a_field_of_the_samples_makes_their_groups(self, folder, evalkit):
        rows = [{"text": text, "book": f"b{i % 3}"} for i, text in enumerate(SAMPLES)]
        reference = [{"text": text, "book": id_[:6]} for id_, text in CHAPTERS.items()]
        for name, records in (("a.jsonl", rows), ("books.jsonl", reference)):
            (folder / name).write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        evalkit("score", "a.jsonl", "--reference", "books.jsonl", "--group", "book", "-m", "letters.jsd", "-o", "a.json")
        results = json.loads((folder / "a.json").read_text(encoding="utf-8"))
        assert results["results"][0]["n_units"] == 3
        assert results["reference"]["n_groups"] == 7


def test_a_replicate_is_of_as_few_groups_as_have_enough():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(5), [8, 3, 6, 2, 6])
    for size in (2, 6, 9, 25, 30):
        weights = subsets_of_groups(groups, size, 200, rng=rng)
        assert (weights.sum(axis=1) == size).all()
        assert weights.max() == -(-size // 25)
    drawn = subsets_of_groups(groups, 9, 500, rng=rng)
    by_group = np.stack([drawn[:, groups == group].sum(axis=1) for group in range(5)], axis=1)
    sizes = np.bincount(groups)
    # All but the last group of a replicate are drawn whole.
    assert (((by_group > 0) & (by_group < sizes)).sum(axis=1) <= 1).all()
    assert np.allclose(subsets_of_groups(groups, 2, 20_000, rng=rng).mean(axis=0)[groups == 1], 2 / 5 / 3, atol=0.02)
