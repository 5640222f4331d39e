"""vocab.misspelt against planted defects on the embedded tales, and where it is not measured."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.defects.planted import misspell_letters
from evalkit.text.corpus import read_corpus
from evalkit.text.passages import slices
from tests.support.values import value


@pytest.fixture(scope="module")
def tales():
    """Documents, and passages of others."""
    texts = [document.text for document in read_corpus().documents]
    return texts[6:], [piece for text in texts[:6] for piece in slices(text, 1_500)]


def measured(texts, documents):
    return value("vocab.misspelt", texts, documents=documents)


def test_misspelt_letters_raise_it(tales):
    documents, human = tales
    rng = np.random.default_rng(0)
    doses = (0.0, 0.0025, 0.005, 0.01, 0.1, 0.5)
    values = [measured([misspell_letters(text, dose, rng) for text in human], documents) for dose in doses]
    # Six letters a word: half a percent of letters is three percent of words, less what becomes another word.
    assert values == sorted(values), values
    assert values[0] < 0.01
    assert values[2] - values[0] == pytest.approx(0.025, abs=0.01)
    assert values[-1] > 0.8


def test_names_and_foreign_phrases_do_not_raise_it(tales):
    documents, human = tales
    plain = measured(human, documents)
    for inserted in ("Qarvoth ", "venit tellus quondam ", "o'varg ", "al-varg "):
        more = [text.replace(" the ", f" the {inserted}", 5) for text in human]
        assert measured(more, documents) <= 1.05 * plain, inserted


def test_words_of_the_corpus_are_no_misspellings(tales):
    documents, _ = tales
    words = [word for text in documents for word in text.split()]
    shuffled = np.random.default_rng(0).permutation(words)
    assert measured([" ".join(shuffled[i : i + 300]) for i in range(0, 9_000, 300)], documents) == 0


def test_text_without_capitals_is_not_measured(tales):
    documents, human = tales
    assert np.isnan(measured([text.lower() for text in human], documents))
    assert np.isnan(measured([text.upper() for text in human], documents))
    # Arabic: The keeper saw the lamp that burned.
    arabic = "\u0631\u0623\u0649 \u0627\u0644\u062d\u0627\u0631\u0633 \u0627\u0644\u0645\u0635\u0628\u0627\u062d \u0627\u0644\u0645\u062d\u062a\u0631\u0642 "
    assert np.isnan(measured([arabic * 20], [arabic * 20]))
