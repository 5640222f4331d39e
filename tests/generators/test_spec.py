"""Tests that a specification is read back as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import SpecError
from generators.spec import GeneratorSpec, parse_generator

names = st.from_regex(r"[a-z_]+", fullmatch=True)


@given(names, st.dictionaries(names, st.text()))
def test_a_written_specification_is_read_back(name, options):
    spec = GeneratorSpec(name, options)
    assert parse_generator(str(spec)) == spec


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("ngram", {}),
        (" ngram:order=8 , unit=word ", {"order": "8", "unit": "word"}),
        (
            'command:argv=sample.sh --seed={seed} "two words",timeout=5',
            {"argv": 'sample.sh --seed={seed} "two words"', "timeout": "5"},
        ),
        ('command:argv="sample.sh a,b ""c""" , timeout=5', {"argv": 'sample.sh a,b "c"', "timeout": "5"}),
        ('endpoint:prompt=""', {"prompt": ""}),
    ],
)
def test_known_specifications(text, options):
    assert parse_generator(text).options == options


@pytest.mark.parametrize(
    "text", ["", ":a=1", "a:", "a:b", "a:b=", "a:=1", "a: =1", "a:b=1,", "a:b=1,,c=2", 'a:b="x', 'a:b="x" y', "a:b=1,b=2"]
)
def test_what_is_no_specification_is_refused(text):
    with pytest.raises(SpecError):
        parse_generator(text)


@pytest.mark.parametrize("text", ["a:" + " " * 50_000, "a:b=" + '"' * 50_001, "a:b=x" + " " * 50_000 + '",', "a:" + "b" * 50_000])
def test_long_nonsense_is_refused_at_once(text):
    """Reading takes time in proportion to the length; the test's own limit is the runner's patience with a quadratic one (minutes)."""
    with pytest.raises(SpecError):
        parse_generator(text)
