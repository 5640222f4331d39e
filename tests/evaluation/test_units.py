"""Copies of one text, passages of one document and of one group are one unit, in every run and in every gate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evalkit
from evalkit.evaluation.units import units_of
from evalkit.inference import Sample, source_tests, spreads
from evalkit.text.corpus import read_corpus
from evalkit.text.passages import Passage, slices
from tests.support.metrics import REFERENCE, TWO_SIDED

PIECES = [piece for document in read_corpus().documents for piece in slices(document.text, 600)]
METRICS = ["letters.jsd", "wordlen.w1", "function.share"]


def passages_of(*parts: tuple[int, str | None, str | None]) -> list[Passage]:
    return [Passage(PIECES[text], f"{i}", document, group=group) for i, (text, document, group) in enumerate(parts)]


PASSAGES = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([None, "a", "b", "c"]), st.sampled_from([None, "a", "g", "h"])), max_size=10
).map(lambda parts: passages_of(*parts))


def closure(passages: list[Passage]) -> list[set[int]]:
    """The units by the definition, without a graph."""
    units = [{i} for i in range(len(passages))]
    for i, one in enumerate(passages):
        for j, other in enumerate(passages):
            named = (one.document is not None and one.document == other.document) or (
                one.group is not None and one.group == other.group
            )
            if named or one.text == other.text:
                joined = next(unit for unit in units if i in unit) | next(unit for unit in units if j in unit)
                units = [unit for unit in units if not unit & joined] + [joined]
    return units


@given(PASSAGES)
def test_units_join_documents_groups_and_copies(passages: list[Passage]):
    clusters = units_of(passages).clusters
    expected = {frozenset(unit) for unit in closure(passages)}
    assert {frozenset(np.flatnonzero(clusters == unit).tolist()) for unit in range(len(expected))} == expected


@pytest.mark.parametrize(
    ("parts", "noun", "said"),
    [
        ([(0, None, None), (1, None, None)], "passage", "2 independent passages"),
        ([(0, "a", None), (1, "b", None)], "passage", "2 independent passages"),
        ([(0, None, None), (0, None, None)], "distinct passage", "1 distinct passage"),
        ([(0, None, None), (0, None, None), (1, None, None)], "distinct passage", "2 distinct passages"),
        ([(0, "a", None), (1, "a", None), (2, "b", None)], "document", "2 independent documents"),
        ([(0, "a", "g"), (1, "b", "g")], "group", "1 independent group"),
        ([(0, "a", "g"), (1, "a", "g")], "document", "1 independent document"),
    ],
)
def test_a_unit_has_a_name(parts, noun: str, said: str):
    units = units_of(passages_of(*parts))
    sample = Sample(np.ones((len(parts), REFERENCE.matrix.shape[1]), np.int64), units.clusters, REFERENCE, units.noun, units.copies)
    assert (sample.unit, sample.units_said()) == (noun, said)


def test_samples_with_copies_are_tested_like_any_other():
    """A permutation test exchanges distinct passages; for documents beside passages it is Welch's."""
    rng = np.random.default_rng(0)
    tally = rng.integers(1, 20, size=(12, REFERENCE.matrix.shape[1]))
    plain = Sample(tally, np.arange(12), REFERENCE)
    copied = replace(plain, clusters=np.minimum(np.arange(12), 8), unit="distinct passage")
    documents = replace(copied, unit="document")

    def reason(a: Sample, b: Sample) -> str | None:
        both = (spreads(a, [TWO_SIDED], seed=0), spreads(b, [TWO_SIDED], seed=0))
        return source_tests(a, b, [TWO_SIDED], spreads=both, replicates=99)[TWO_SIDED.id].reason

    assert reason(plain, copied) is None
    assert reason(documents, plain) == reason(plain, documents)
    assert "passages of one cannot be exchanged for documents of the other" in reason(plain, documents)


@pytest.fixture(scope="module")
def results():
    return evalkit.score([PIECES[3]] * 60, metrics=METRICS, passages=60, chars=600)


class TestSixtyCopies:
    def test_they_are_one_unit_without_an_interval(self, results):
        assert {row.n_units for row in results.results} == {1}
        assert all(row.value is not None and row.ci is None for row in results.results)
        assert {row.reason for row in results.results} == {"no interval: 1 distinct passage, and it takes at least 5"}

    def test_that_is_the_first_thing_said(self, results):
        assert results.warnings[0].startswith("texts: 60 passages, 1 distinct. ")

    def test_no_word_is_found_overused_for_being_copied(self, results):
        alone = evalkit.score([PIECES[3]], metrics=METRICS, passages=1, chars=600)
        assert [use.word for use in results.explanations["texts"].words] == [use.word for use in alone.explanations["texts"].words]


def test_near_copies_are_said_with_their_number():
    upper = [PIECES[row].upper() if row % 2 else PIECES[row] for row in [0, 1, 2, 3, 4, 5, 6, 7] for _ in (0, 1)]
    texts = [*upper[:8], *(text.swapcase() for text in upper[8:]), *upper[8:]]
    results = evalkit.score(texts, metrics=METRICS, passages=len(texts), chars=600)
    assert results.warnings[0].startswith("texts: 24 passages, 12 distinct, and 8 where nearly identical ones count once. ")
    assert "8 distinct passages" in results.warnings[0]
    assert {row.n_units for row in results.results} == {8}


def test_the_interval_of_copies_is_that_of_distinct_passages():
    """Every passage twice tells no more than every passage once."""
    once = evalkit.score(PIECES[:30], metrics=["function.share"], passages=30, chars=600).results[0]
    twice = evalkit.score(PIECES[:30] * 2, metrics=["function.share"], passages=60, chars=600).results[0]
    assert twice.value == once.value
    assert twice.ci == once.ci
    assert (once.n_units, twice.n_units) == (30, 30)


def test_empty_passages_are_no_copies_that_are_said():
    texts = [*PIECES[:12], *[""] * 3]
    results = evalkit.score(texts, metrics=METRICS, passages=15, chars=600)
    assert not any("distinct" in warning for warning in results.warnings)


def test_distinct_passages_are_not_said():
    results = evalkit.score(PIECES[:20], metrics=METRICS, passages=20, chars=600)
    assert not any("distinct" in warning for warning in results.warnings)
