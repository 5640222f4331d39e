"""Words that no list has: verbs with pronouns written on to them, compounds, letters that case folding replaces."""

from __future__ import annotations

import pytest

from evalkit.evaluation.reference import base_lexicon


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "es",
            "dímelo dámelo decirle hablándole cayéndose cuéntame mirarlo dáselo oyéndonos traérnoslos averígualo tenérselo veintitrés",
        ),
        (
            "de",
            "größe füße fußboden straßenlaterne salzgeruch hinausging schiffsglocke hafenmeister tischuhr kirchhofsmauer siebente",
        ),
        ("en", "keeper harbour colour running"),
    ],
)
def test_words_of_the_language_are_known(code, words):
    dictionary = base_lexicon(code).dictionary
    assert [word for word in words.split() if word.casefold() not in dictionary] == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        # A host without the accent that spelling asks for, a host that is no word, a pronoun too many, a letter wrong.
        ("es", "cuentame hablandole xárme trámbolo decírmelotela dimelo mirarlp"),
        # A part that is no word, a linking element that German has not, parts of two letters, a letter wrong.
        ("de", "salzgeurch hafenmiester salzxgeruch zuan strassenlatrene"),
        ("en", "saltsmell decirle gr\u00f6sse"),
    ],
)
def test_misspelt_words_are_not(code, words):
    dictionary = base_lexicon(code).dictionary
    assert [word for word in words.split() if word.casefold() in dictionary] == []


@pytest.mark.parametrize("code", ["en", "es", "de"])
def test_a_line_without_a_space_is_no_word_and_takes_no_time(code):
    assert "ss" * 200_000 not in base_lexicon(code).dictionary
