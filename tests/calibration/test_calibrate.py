"""calibrate, plan, sweep and the planted defects."""

from __future__ import annotations

import json
import re
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.calibration.simulate import smallest_dose
from evalkit.defects import form as form_defects
from evalkit.defects.planted import DEFECTS, loop, misspell, shuffle_words, swap_letters, truncate, unigram_words
from evalkit.errors import UsageError
from evalkit.gating.sweep import parse_temperatures
from evalkit.results import from_dict, validate

TEXT = "The lamp above the harbour was lit, and nobody could say who had climbed to it in such a wind. " * 20
IN_FORM = f'{TEXT}\n\n"Who?" he asked. {TEXT}'
QUICK = ("-m", "letters.jsd,vocab.hit", "--passages", 12, "--chars", 600)


class TestDefects:
    @pytest.mark.parametrize("defect", [d for d in DEFECTS if d.apply], ids=lambda d: d.name)
    def test_a_dose_of_nothing_changes_nothing_and_a_full_one_does(self, defect):
        assert defect.apply(IN_FORM, 0.0, np.random.default_rng(0), ["xq"]) == IN_FORM
        assert defect.apply(IN_FORM, 1.0, np.random.default_rng(0), ["xq"]) != IN_FORM

    @pytest.mark.parametrize("defect", [d for d in DEFECTS if d.apply], ids=lambda d: d.name)
    def test_a_seed_reproduces(self, defect):
        first, second = (defect.apply(TEXT, 0.3, np.random.default_rng(3), ["xq"]) for _ in range(2))
        assert first == second

    @given(st.text(), st.floats(0, 1), st.integers(0, 9))
    def test_any_text_survives(self, text, dose, seed):
        for defect in DEFECTS:
            if defect.apply:
                assert isinstance(defect.apply(text, dose, np.random.default_rng(seed), ["xq"]), str)

    def test_doses_are_what_they_say(self):
        rng = np.random.default_rng(0)
        words = TEXT.split()
        changed = [a != b for a, b in zip(words, misspell(TEXT, 0.2, rng).split(), strict=True)]
        assert np.mean(changed) == pytest.approx(0.2, abs=0.05)  # 380 words: a standard error of .02
        assert unigram_words(TEXT, 0.2, rng, ["xq"]).split().count("xq") / len(words) == pytest.approx(0.2, abs=0.06)
        swapped = swap_letters(TEXT, 0.02, rng)
        moved = sum(a != b for a, b in zip(TEXT, swapped, strict=True)) / sum(char.isalpha() for char in TEXT)
        assert moved == pytest.approx(0.033, abs=0.015)  # two letters a swap, less pairs of equal letters and ends of words
        assert sorted(shuffle_words(TEXT, 0.5, rng).split()) == sorted(words)
        assert len(truncate(TEXT, 0.25, rng)) == round(0.75 * len(TEXT))
        assert len(loop(TEXT, 0.5, rng)) == len(TEXT)

    @pytest.mark.parametrize(
        ("change", "pattern"),
        [
            (form_defects.lose_capitals, "[A-Z]"),
            (form_defects.lose_marks, "[.,;]"),
            (form_defects.lose_quotes, '"'),
            (form_defects.join_paragraphs, "\n\n"),
            (form_defects.break_lines, " "),
        ],
    )
    def test_doses_of_form_are_shares_of_what_is_there(self, change, pattern):
        text = f'"{TEXT}"\n\n' * 40
        before, after = (len(re.findall(pattern, one)) for one in (text, change(text, 0.4, np.random.default_rng(0))))
        # A joined paragraph leaves a space. Four standard errors of a share.
        assert (before - after) / before == pytest.approx(0.4, abs=4 * (0.24 / before) ** 0.5)
        assert len(re.findall(pattern, change(text, 1.0, np.random.default_rng(0)))) == 0

    def test_form_alone_changes(self):
        rng = np.random.default_rng(0)
        words = IN_FORM.split()
        assert form_defects.lose_capitals(IN_FORM, 0.5, rng).lower() == IN_FORM.lower()
        assert form_defects.capitalise(IN_FORM, 0.5, rng).lower() == IN_FORM.lower()
        assert form_defects.break_lines(IN_FORM, 0.5, rng).split() == words
        assert form_defects.join_paragraphs(IN_FORM, 1.0, rng).split() == words
        sentences = re.split(r"(?<=[.!?])\s+", IN_FORM.strip())
        assert sorted(re.split(r"(?<=[.!?])\s+", form_defects.shuffle_sentences(IN_FORM.strip(), 0.7, rng))) == sorted(sentences)

    def test_text_drifts_in_its_second_half_more_and_more(self):
        text = "a" * 40_000
        wrong = np.array([char != "a" for char in form_defects.drift(text, 0.4, np.random.default_rng(0))])
        quarters = wrong.reshape(4, -1).mean(axis=1)
        # The mean chances of the last two quarters are .1 and .3, and one letter of 26 is the same by chance.
        assert quarters == pytest.approx([0, 0, 0.1 * 25 / 26, 0.3 * 25 / 26], abs=0.02)


class TestSmallestDose:
    def test_none_where_the_highest_is_not_seen(self):
        assert smallest_dose({0.1: 0.2, 0.2: 0.7}.get, [0.1, 0.2]) is None

    def test_the_first_dose_may_be_enough(self):
        assert smallest_dose({0.1: 1.0}.get, [0.1]) == pytest.approx(0.08)


class TestTemperatures:
    @pytest.mark.parametrize(("text", "n"), [("0.5:1.2:0.1", 8), ("1:1:0.1", 1), ("0.7,0.7,1", 2), ("0.9", 1)])
    def test_ranges_and_lists(self, text, n):
        assert len(parse_temperatures(text)) == n

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a",
            "1:0.5:0.1",
            "0:1:0.1",
            "0.5:1",
            "0.5:1:0",
            "0.5:1:-1",
            "1:2:1e-9",
            "-1,1",
            "nan",
            "inf",
            "1:2:nan",
            "0.5:1:0.1,2",
        ],
    )
    def test_what_is_neither(self, text):
        with pytest.raises(UsageError, match="gives no temperatures"):
            parse_temperatures(text)


class TestCommands:
    @pytest.mark.slow
    def test_calibrate_measures_and_proposes_a_policy(self, workspace, evalkit):
        shape = ("-m", "letters.jsd,vocab.hit,wordlen.mean", "--passages", 20, "--chars", 1500)
        runs = ("--runs", 20, "--defect-runs", 10, "--defect", "misspelt words,truncation")
        code, out, err = evalkit("calibrate", "ngram:order=8", *shape, *runs, "-o", "policy.toml", "-f", "json")
        assert (code, err) == (0, "")
        facts = json.loads(out)
        assert sum(share for share, _, _ in facts["verdicts"].values()) == pytest.approx(1)
        assert set(facts["defects"]) == {"misspelt words", "truncation"}
        assert facts["defects"]["truncation"]["smallest"] is None
        assert facts["defects"]["truncation"]["not_comparable_from"] in {0.2, 0.4}  # a fifth, give or take a character
        assert facts["measures"]["wordlen.mean"]["tier"] == "advisory"
        hits = facts["measures"]["vocab.hit"]
        assert hits["smallest_effect"] > 0
        rates = facts["defects"]["misspelt words"]["gate"]
        assert rates["0.01"] <= 0.2
        assert max(rates.values()) >= 0.8
        assert facts["defects"]["misspelt words"]["smallest"].endswith("% of words misspelt")
        proposed = tomllib.loads((workspace / "policy.toml").read_text())
        assert proposed["metrics"]["vocab.hit"]["margin"] >= hits["proposed_margin"]
        assert "wordlen.mean" not in proposed["metrics"]
        assert evalkit("validate", "policy.toml")[0] == 0

    def test_every_defect_is_on_the_card_of_every_measure(self, workspace, evalkit):
        shape = ("-m", "letters.jsd,wordlen.mean", "--passages", 10, "--chars", 300)
        code, out, _ = evalkit("calibrate", "unigram", *shape, "--runs", 10, "--defect-runs", 1, "-f", "markdown")
        card = out.partition("**Sensitivity")[2].partition("**")[2].partition("**")[0]
        head, _, *rows = [line.strip("| ").split(" | ") for line in card.strip().splitlines()]
        assert code == 0
        assert head == ["measure", *(defect.plain.format(defect.shown) for defect in DEFECTS)]
        assert [row[0] for row in rows] == ["the gate", "letter divergence", "mean word length"]
        assert all(cell in {"0", "100"} for row in rows for cell in row[1:])

    def test_calibrate_prints_its_tables(self, workspace, evalkit):
        quick = ("-m", "letters.jsd", "--passages", 10, "--chars", 300, "--runs", 10, "--defect-runs", 2, "--defect", "temperature")
        code, out, _ = evalkit("calibrate", "ngram:order=3", *quick, "--temperature", 0.15)
        assert code == 0
        for part in ("REGRESSION", "80 % power", "Sensitivity", "0.02:", "0.1:"):
            assert part in out
        assert "0.15:" not in out  # a temperature of 0 is none

    def test_a_baseline_is_calibrated_at_its_own_shape(self, workspace, evalkit):
        assert evalkit("baseline", "save", "b", "ngram:order=3", *QUICK, "--temperature", 0.9, "-q")[0] == 0
        code, out, _ = evalkit("calibrate", "--baseline", "b", "--runs", 10, "--defect-runs", 0, "-f", "json")
        facts = json.loads(out)
        assert (code, facts["candidate"], facts["shape"]) == (0, "ngram:order=3", {"n_passages": 12, "n_chars": 600})
        assert set(facts["measures"]) == {"letters.jsd", "vocab.hit", "vocab.hit:over"}
        words = ("ngram:order=3", *QUICK, "--temperature", 0.9, "--runs", 10, "--defect-runs", 0, "-f", "json")
        alone = evalkit("calibrate", *words, "--max-passages", 400)[1]
        assert json.loads(alone) == facts
        assert facts["looks"] == [12, 24, 48, 96, 192, 400]
        assert json.loads(evalkit("calibrate", *words)[1])["looks"] == [12]

    @pytest.mark.parametrize(
        "words",
        [
            (),
            ("unigram", "--defect", "temprature"),
            ("unigram", "--held-out-share", 1),
            ("unigram", "-f", "html"),
            ("unigram", "-o", "p.json"),
        ],
    )
    def test_what_cannot_be_calibrated(self, workspace, evalkit, words):
        assert evalkit("calibrate", *words)[0] == 2

    @pytest.mark.parametrize("candidate", ["human", "documents.jsonl"])
    def test_passages_that_share_documents_are_not_dealt(self, workspace, evalkit, candidate):
        lines = [json.dumps({"text": TEXT, "document": str(i // 2)}) + "\n" for i in range(40)]
        (workspace / "documents.jsonl").write_text("".join(lines))
        code, _, err = evalkit("calibrate", candidate, *QUICK, "--document-field", "document")
        assert (code, "share documents" in err) == (3, True)

    def test_calibrate_with_too_few_samples_has_no_verdict(self, workspace, evalkit):
        (workspace / "s.jsonl").write_text("".join(json.dumps({"text": TEXT}) + "\n" for _ in range(15)))
        code, _, err = evalkit("calibrate", "s.jsonl", *QUICK)
        assert (code, "15 passages" in err) == (3, True)

    def test_plan_counts_passages_and_refuses_what_is_no_effect(self, workspace, evalkit):
        assert evalkit("baseline", "save", "b", "ngram:order=3", *QUICK, "-q")[0] == 0
        rows = {row["measure"]: row for row in json.loads(evalkit("plan", "--baseline", "b", "-f", "json")[1])}
        assert set(rows) == {"letters.jsd", "vocab.hit", "vocab.hit:over"}
        assert rows["vocab.hit:over"]["passages_to_pass"] > 0
        margin = rows["vocab.hit"]["margin"]

        def needed(effect):
            return json.loads(evalkit("plan", "--baseline", "b", "--effect", f"vocab.hit={effect}", "-f", "json")[1])[0]

        assert needed(margin / 2)["remark"].startswith("within the margin")
        # Four times the passages see an excess over the margin that is half as large.
        near, far = needed(1.05 * margin)["passages"], needed(1.1 * margin)["passages"]
        assert near == pytest.approx(4 * far, rel=0.05)

        for effect in ("vocab.hit", "vocab.hit=", "vocab.hit=-1", "vocab.hit=nan", "vocab.hti=1"):
            assert evalkit("plan", "--baseline", "b", "--effect", effect)[0] == 2, effect

    def test_sweep_goes_from_repetition_to_noise(self, workspace, evalkit):
        code, out, _ = evalkit("sweep", "ngram:order=4", "--temperature", "0.6,1,1.6", *QUICK, "-o", "a.json")
        assert code == 0
        assert "reads most like" in out
        data = json.loads((workspace / "a.json").read_text())
        validate(data)
        results = from_dict(data)
        assert results.kind == "sweep"
        values = [results.row(candidate["name"], "vocab.hit").value for candidate in results.candidates]
        assert values == sorted(values, reverse=True)

    def test_samples_cannot_be_swept(self, workspace, evalkit):
        (workspace / "s.txt").write_text(TEXT)
        assert evalkit("sweep", "s.txt")[0] == 2
