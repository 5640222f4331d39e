"""The benchmark of the verdict at its smallest: ladders, human text, cheats and temperatures on the embedded corpus."""

from __future__ import annotations

import json
import random
import re
import string

import pytest

from benchmarks.judgment import PARTS, main
from benchmarks.judgment import cheats as of_cheats
from benchmarks.judgment.cheats import EXPECTED, HUMAN, Cheats, Fault, faults
from benchmarks.judgment.humans import HumanTexts, reference_in_chapters
from benchmarks.judgment.judge import METRICS, Judge, reference_of
from benchmarks.judgment.ladders import Ladder, Ladders, Ranked, kendall, wrong_pairs
from benchmarks.judgment.temperatures import Gate, swept
from evalkit.gating.decision import Verdict

N_PASSAGES, N_CHARS = 24, 1000
TOO_SHORT = ("delta.burrows", "delta.cosine", "suffix.tion_interior", "course.sentences", "reverse.bits")


@pytest.fixture(scope="module")
def reference():
    return reference_of("embedded")


@pytest.fixture(scope="module")
def ladders(reference):
    return Ladders(reference, N_PASSAGES, N_CHARS, {})


class TestLadders:
    def test_overall_falls_with_the_order(self, ladders):
        ladder = ladders.orders((1, 2, 3, 5))
        assert ladder.spearman == -1
        assert ladder.steps[1] == pytest.approx(1, abs=0.02)

    def test_overall_falls_with_the_share_of_human_text(self, ladders):
        ladder = ladders.mixtures("ngram:order=5", 3)
        assert (list(ladder.steps), ladder.spearman) == ([0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1], -1)
        assert ladder.steps[1] < 0.1

    def test_overall_falls_with_the_share_of_training_text(self, ladders):
        assert ladders.training_shares("ngram:order=5", (0.02, 0.2, 1.0)).spearman == -1

    def test_models_are_ranked_by_likelihood_and_overall(self, ladders):
        models = ladders.ranked(("char-3", "char-6"))
        assert models["char-3"].bits > models["char-6"].bits
        assert models["char-3"].overall > models["char-6"].overall

    def test_correlations_by_hand(self):
        assert Ladder("", -1, {1: 0.9, 2: 0.5, 3: 0.6}).spearman == pytest.approx(-0.5)
        models = {"a": Ranked(2.0, 0.1), "b": Ranked(2.2, 0.3), "c": Ranked(2.25, 0.2), "d": Ranked(2.5, 0.25)}
        # Of six pairs, b stands before neither c nor d: two the wrong way round, of which c is less than .1 bits apart.
        assert kendall(models) == pytest.approx((4 - 2) / 6)
        assert wrong_pairs(models) == [("b", "d")]


class TestHumanText:
    def test_little_of_it_is_told(self, reference):
        texts = HumanTexts(reference, N_PASSAGES, N_CHARS, n_splits=40, n_pooled=3, n_audited=3)
        drawn = list(texts.draws(80))
        assert sum(one.told for one in drawn) <= 8  # 4 are expected at most, and 8 are exceeded in 2 %
        assert [one.audit for one in drawn[:4]] == ["", "", "", None]
        # All but those that so little text is too short for.
        assert {metric.id for metric in METRICS} - drawn[0].distances.keys() <= set(TOO_SHORT)
        outside = [abs(distance) > 1 for one in drawn for distance in one.distances.values()]
        assert 0.01 < sum(outside) / len(outside) < 0.08

    def test_chapters_of_a_book_are_drawn_together(self):
        texts = HumanTexts(reference_in_chapters("embedded", 3000, least=10_000), 6, 1000, n_splits=22, n_pooled=1, n_audited=1)
        assert len(list(texts.draws(3))) == 3


def sentences(text):
    return re.split(r"(?<=[.!?])\s+", text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, ladders):
    """Human passages, and what was done to them, under the names of cheats."""
    rng = random.Random(0)
    human = [passage.text for passage in ladders.passages("human")]
    train = [document.text for document in ladders.reference.split.train]
    made = {
        "human": human,
        "memorised": [text[i * N_CHARS : (i + 1) * N_CHARS] for text in train for i in range(2)][:N_PASSAGES],
        "words_shuffled": [" ".join(rng.sample(text.split(), len(text.split()))) for text in human],
        "typos_1_percent": [
            "".join(rng.choice(string.ascii_lowercase) if char.isalpha() and rng.random() < 0.02 else char for char in text)
            for text in human
        ],
        "each_passage_twice": [*human[: N_PASSAGES // 2]] * 2,
        "empty_15_percent": ["" if i % 6 == 0 else text for i, text in enumerate(human)],
        "lower_case": [text.lower() for text in human],
    }
    path = tmp_path_factory.mktemp("cheats")
    for name, texts in made.items():
        (path / f"{name}.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    (path / "unknown.jsonl").write_text(json.dumps({"text": human[0]}) + "\n")
    return path


class TestCheats:
    def test_the_first_fault_is_of_the_right_kind(self, folder):
        found = dict(faults(Cheats(of_cheats.reference_of("embedded"), N_CHARS), [folder]))
        wrong = {path.stem: str(fault) for path, fault in found.items() if not fault.is_one_of(EXPECTED[path.stem])}
        assert len(found) == 7
        assert wrong == {}

    def test_a_fault_is_one_of_a_family_or_of_a_metric(self):
        fault = Fault("form", "form.lines")
        assert str(fault) == "form (form.lines)"
        assert fault.is_one_of(("form.lines",))
        assert fault.is_one_of(("order", "form"))
        assert not fault.is_one_of(("form.quotes", HUMAN))

    def test_metrics_and_families_that_are_expected_exist(self):
        assert {kind for kinds in EXPECTED.values() for kind in kinds} <= of_cheats.kinds()


class TestTemperatures:
    def test_the_best_one_is_no_regression_and_a_low_one_is(self, ladders):
        gate, generator = Gate(ladders.judge, N_PASSAGES), ladders.generator("char-5")
        best = swept(generator, ladders, gate, seed=0, temperatures=(0.8, 1.0))
        assert best.verdict is not Verdict.REGRESSION
        low = swept(generator, ladders, gate, seed=0, temperatures=(0.4,))
        assert (low.best, low.verdict) == (0.4, Verdict.REGRESSION)
        assert low.regressions


class TestTheCommand:
    def test_parts_that_cannot_be_measured_say_why(self, capsys, tmp_path):
        main([*PARTS, "--reference", str(tmp_path / "corpora" / "none")])
        lines = [line for line in capsys.readouterr().out.splitlines() if line]
        assert lines == [
            f"{part} of none: skipped, since there is no folder {tmp_path.name}/corpora/none beside the project" for part in PARTS
        ]
        main(["cheats", "--reference", "embedded"])
        assert capsys.readouterr().out == "cheats: skipped, since no folder of them is given with --cheats\n\n"

    def test_an_unknown_part_is_refused(self, capsys):
        with pytest.raises(SystemExit):
            main(["ladder"])
        assert "there is no part ladder; there are ladders, humans, cheats, temperatures" in capsys.readouterr().err

    def test_human_text_prints_its_tables(self, capsys):
        main(["humans", "--reference", "embedded", "--passages", "10", "--splits", "21", "--draws", "2", "--pooled", "1"])
        out = capsys.readouterr().out
        assert "| embedded, 10 x 1,000 | 2 of 21 splits |" in out
        assert [metric.id for metric in METRICS if f"\n| {metric.id} | " not in out and metric.id not in TOO_SHORT] == []


def test_one_judge_measures_human_text_of_a_shape_once(ladders):
    passages, judge = ladders.passages("human"), Judge(ladders.reference, N_CHARS)
    first = judge.judge(passages)
    assert judge.judge(passages).distances == pytest.approx(first.distances, nan_ok=True)
    assert len(first.families) == 7
