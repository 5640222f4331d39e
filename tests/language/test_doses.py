"""The doses in which margins are given mean the same in every language: what is planted is made of the corpus's own words, letters and marks."""

from __future__ import annotations

import numpy as np
import pytest

import generators
from evalkit.defects.planted import defects_named
from evalkit.gating.policy import DOSES
from tests.support.paths import ROOT

PROSE = ROOT / "tests" / "language" / "data"
TEXTS = {
    "de": (PROSE / "de").glob("*.txt"),
    "es": (PROSE / "es").glob("*.txt"),
}
TEXTS = {code: [path.read_text(encoding="utf-8") for path in sorted(paths)] for code, paths in TEXTS.items()}
TEXTS["ru"] = ["Смотритель поднялся по лестнице; лампа горела. «Кто там?» — спросил он, и никто не ответил. " * 20] * 3


def planted(texts, name, dose):
    """Texts with a standard defect, as the gate plants it."""
    noise = [word for text in generators.create("unigram").fit(texts).sample(5, 1000, seed=0) for word in text.split()]
    (defect,) = defects_named([DOSES[name][0]])
    return [defect.apply(text, dose, np.random.default_rng(i), noise) for i, text in enumerate(texts)]


@pytest.mark.parametrize("code", TEXTS)
@pytest.mark.parametrize("name", DOSES)
def test_what_is_planted_is_of_the_language(code, name):
    texts = TEXTS[code]
    for before, after in zip(texts, planted(texts, name, max(DOSES[name][1])), strict=True):
        assert before != after
        assert set(after) <= set("".join(texts))


@pytest.mark.parametrize(("code", "marks"), [("es", "¿?—,."), ("de", ";,.?"), ("ru", ";,.?—")])
def test_its_own_marks_are_lost(code, marks):
    text = "".join(planted(TEXTS[code], "punctuation lost", 1.0))
    assert set(marks) <= set("".join(TEXTS[code]))
    assert not set(marks) & set(text)
