"""Spanish and German prose, written for these tests: human text is within its own range, and planted defects are outside it."""

from __future__ import annotations

import pytest

from benchmarks.measures.languages import LANGUAGES, PLANTED, compared, corpus_of, ids_of, known_words, outside
from evalkit.language.profile import DEFAULT, load_language, shipped
from evalkit.language.sentences import SentenceSplitter

FOREIGN = [code for code in LANGUAGES if code != DEFAULT]


def test_the_languages_that_are_measured_ship():
    assert set(LANGUAGES) <= set(shipped())


@pytest.mark.parametrize("code", FOREIGN)
def test_planted_defects_are_seen_and_human_text_is_not_called_faulty(code):
    results = compared(code)
    assert outside(results, "human text") == []
    for planted in PLANTED:
        assert set(outside(results, planted.name)) & set(ids_of(planted, code)), planted.name


@pytest.mark.parametrize("code", FOREIGN)
def test_the_dictionary_knows_human_text_and_no_noise(code):
    known = known_words(code)
    assert known["human"] > 0.985  # all but names and a few numerals
    assert known["noise"] < 0.02


@pytest.mark.parametrize("code", FOREIGN)
def test_no_sentence_of_the_prose_ends_in_an_abbreviation_or_an_ordinal(code):
    texts = [document.text for document in corpus_of(code).documents]
    sentences = [sentence for text in texts for sentence in SentenceSplitter(texts, load_language(code)).split(text)]
    ends = {sentence.split()[-1] for sentence in sentences}
    assert not ends & {
        "Dr.",
        "Prof.",
        "Nr.",
        "B.",
        "M.",
        "3.",
        "14.",
        "12.",
        "16.",
        "2.",
        "21.",
        "9.",
        "Sr.",
        "prof.",
        "núm.",
        "ej.",
    }
    assert len(sentences) > 350
