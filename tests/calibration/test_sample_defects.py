"""Defects of some passages of a sample, and of invisible characters: the right passages, the right dose, nothing else changed."""

from __future__ import annotations

import json
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.calibration import experiment
from evalkit.calibration.request import calibration_request
from evalkit.calibration.simulate import pairs
from evalkit.defects.planted import DEFECTS, defects_named, soft_hyphens, zero_width_spaces
from evalkit.defects.samples import (
    ERROR_TEXTS,
    NEAR_COPY_CHANGES,
    blank,
    copy,
    cut_off,
    fail,
    loop_half,
    n_hit,
    nearly_copy,
    scramble,
)

LINE = "The lamp above the harbour was lit, and nobody could say who had climbed to it in such a wind. "
WORDS = (LINE * 5).split()
SAMPLE = [" ".join([f"Tale{i}", *(f"{word}{i}" if k % 7 == i % 7 else word for k, word in enumerate(WORDS))]) for i in range(40)]
CHANGES = [defect for defect in DEFECTS if defect.corrupt]


def rng(seed=0):
    return np.random.default_rng(seed)


def changed(before, after):
    return [i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]


@pytest.mark.parametrize(
    ("n", "dose", "hit"),
    [
        (40, 0.05, 2),
        (40, 0.1, 4),
        (40, 0.15, 6),
        (100, 0.15, 15),
        (10, 0.05, 1),
        (30, 0.05, 2),
        (7, 0.1, 1),
        (0, 0.5, 0),
        (3, 1.0, 3),
        (5, 0.0, 0),
    ],
)
def test_a_dose_is_a_whole_number_of_passages(n, dose, hit):
    assert n_hit(n, dose) == hit


class TestSampleDefects:
    @pytest.mark.parametrize("defect", CHANGES, ids=lambda d: d.name)
    def test_the_right_number_of_passages_changes(self, defect):
        for dose in (0.0, *defect.doses):
            for seed in range(5):
                assert len(changed(SAMPLE, defect.corrupt(SAMPLE, dose, rng(seed)))) == n_hit(40, dose)

    @pytest.mark.parametrize("defect", CHANGES, ids=lambda d: d.name)
    def test_a_seed_reproduces_and_another_one_differs(self, defect):
        first, again, other = (defect.corrupt(SAMPLE, 0.1, rng(seed)) for seed in (3, 3, 4))
        assert first == again
        assert first != other

    @given(st.lists(st.text(), max_size=6), st.floats(0, 1), st.integers(0, 9))
    def test_any_sample_survives(self, texts, dose, seed):
        for defect in CHANGES:
            made = defect.corrupt(texts, dose, rng(seed))
            assert len(made) == len(texts)
            assert len(changed(texts, made)) <= n_hit(len(texts), dose)
            assert dose or made == texts

    def test_blank_passages_are_empty(self):
        made = blank(SAMPLE, 0.15, rng())
        assert [made[i] for i in changed(SAMPLE, made)] == [""] * 6

    def test_error_texts_are_messages(self):
        made = fail(SAMPLE, 0.4, rng())
        messages = {made[i] for i in changed(SAMPLE, made)}
        assert messages <= set(ERROR_TEXTS)
        assert len(messages) > 1

    def test_copies_stand_beside_their_originals(self):
        made = copy(SAMPLE, 0.4, rng())
        assert len(set(made)) == 24
        hit = set(changed(SAMPLE, made))
        assert {made[i] for i in hit} <= {text for i, text in enumerate(SAMPLE) if i not in hit}
        assert len(set(copy(SAMPLE, 1.0, rng()))) == 1  # one passage is left

    def test_near_copies_differ_from_their_originals_in_one_word_of_twenty(self):
        made = nearly_copy(SAMPLE, 0.2, rng())
        hit = changed(SAMPLE, made)
        for i in hit:
            words = made[i].split()
            differing = [sum(a != b for a, b in zip(words, SAMPLE[k].split(), strict=True)) for k in range(40) if k not in hit]
            assert 0 < min(differing) <= n_hit(len(words), NEAR_COPY_CHANGES)
        assert len(set(made)) == 40

    def test_cut_ends_stop_inside_a_word_of_the_second_half(self):
        made = cut_off(SAMPLE, 0.4, rng())
        lengths = set()
        for i in changed(SAMPLE, made):
            n = len(made[i])
            assert len(SAMPLE[i]) // 2 <= n < len(SAMPLE[i])
            assert SAMPLE[i].startswith(made[i])
            assert re.fullmatch(r"[^\W\d_]{2}", SAMPLE[i][n - 1 : n + 1])
            lengths.add(n)
        assert len(lengths) > 8  # at random places
        assert cut_off(["1 2 3 4", "a b c d"], 1.0, rng()) == ["1 2 3 4", "a b c d"]  # nowhere inside a word

    def test_looped_halves_repeat_their_last_forty_characters(self):
        made = loop_half(SAMPLE, 0.1, rng())
        for i in changed(SAMPLE, made):
            half = round(len(made[i]) / 2)
            assert made[i][:half] == SAMPLE[i][:half]
            tail = made[i][half - 40 : half]
            assert made[i][half:] == (tail * 20)[: len(made[i]) - half]

    def test_noise_has_the_characters_of_its_passage(self):
        made = scramble(SAMPLE, 0.1, rng())
        assert [sorted(text) for text in made] == [sorted(text) for text in SAMPLE]


class TestInvisibleCharacters:
    TEXT = LINE * 40

    @pytest.mark.parametrize("dose", [0.01, 0.05, 0.2])
    @pytest.mark.parametrize(
        ("change", "mark", "places"), [(zero_width_spaces, "\u200b", " "), (soft_hyphens, "\u00ad", r"[^\W\d_]{2,}")]
    )
    def test_the_dose_is_the_share_of_the_places(self, change, mark, places, dose):
        made = change(self.TEXT, dose, rng())
        n = len(re.findall(places, self.TEXT))
        assert made.replace(mark, "") == self.TEXT
        assert made.count(mark) == pytest.approx(dose * n, abs=4 * (dose * n) ** 0.5)  # four standard errors

    def test_a_full_dose_marks_every_place(self):
        assert zero_width_spaces("a bc  d", 1.0, rng()) == "a \u200bbc \u200b \u200bd"
        assert re.fullmatch("(\u00ad?[a-z]\u00ad?){2,} a t\u00ado\\.", soft_hyphens("several a to.", 1.0, rng()))
        assert soft_hyphens("I a 12 ___", 1.0, rng()) == "I a 12 ___"


class TestSimulatedGates:
    def test_samples_are_dealt_whole(self):
        dealt = pairs(100, 45, 10, 9, seed=1, whole=True)
        blocks = [tuple(second) for _, second in dealt]
        assert set(blocks) == {tuple(range(start, start + 10)) for start in (0, 10, 20, 30)}  # the last five are no sample
        assert max(blocks.count(block) for block in blocks) == 3  # nine gates deal four samples in turn
        assert [first for first, _ in dealt] == [first for first, _ in pairs(100, 40, 10, 9, seed=1)]

    @pytest.mark.parametrize("name", ["blank passages", "copies"])
    def test_every_gate_sees_the_dose(self, name, monkeypatch):
        request = calibration_request("ngram:order=3", metrics=["wordlen.w1"], n_passages=12, n_chars=300)
        calibration = experiment.Experiment(request)
        seen = []

        def spy(gate, baseline, candidate, *, whole, **options):
            seen.append((candidate, whole))
            return experiment.Rates(Counter(PASS=1))

        monkeypatch.setattr(experiment, "simulate", spy)
        defect = defects_named([name])[0]
        monkeypatch.setattr(experiment, "POOL", 4)
        list(calibration.cards(calibration.pool(), [defect], runs=3))
        assert len(seen) == len(defect.doses)
        for (tally, whole), dose in zip(seen, defect.doses, strict=True):
            assert (whole, len(tally)) == (True, 48)
            for sample in tally.reshape(4, 12, -1):
                rows = [tuple(row) for row in sample.tolist()]
                hit = rows.count((0,) * len(rows[0])) if name == "blank passages" else 12 - len(set(rows))
                assert hit == n_hit(12, dose)


def test_what_the_gate_does_not_see_is_said_first(workspace, evalkit):
    shape = ("-m", "wordlen.mean", "--passages", 10, "--chars", 300, "--runs", 10, "--defect-runs", 2)
    (workspace / "policy.toml").write_text('[metrics."wordlen.mean"]\ntier = "critical"\nmargin = 5.0\n')
    words = ("calibrate", "ngram:order=3", *shape, "--policy", "policy.toml", "--defect", "blank passages,truncation")
    code, out, _ = evalkit(*words)
    sentence = "Not seen in 80 % of gates, even at the highest dose tried: 15.0% of passages blank; the last "
    assert code == 0
    assert sentence in " ".join(out.split("What each")[0].split())
    markdown = evalkit(*words, "-f", "markdown")[1].replace("\u00a0", " ")
    assert sentence in markdown
    assert "| blank passages | not seen up to 15.0% of passages blank |" in markdown
    card = json.loads(evalkit(*words, "-f", "json")[1])["defects"]["blank passages"]
    assert (card["smallest"], card["highest_plain"]) == (None, "15.0% of passages blank")
