"""Texts and records that a program gives: lists, data sets of the Hugging Face library, and what comes one at a time."""

from __future__ import annotations

import pytest

import evalkit
from evalkit.errors import InputError, UsageError

TEXTS = [
    f"{i}. The lamp above the harbour was lit, and nobody could say who had climbed to it in such a wind. " * 6 for i in range(8)
]
BOOK = [f"Chapter {i}. It rained, and the keeper counted the strokes of the bell before the lamp went out. " * 12 for i in range(8)]
RECORDS = [{"prompt": f"Go on, {i}.", "completion": text} for i, text in enumerate(TEXTS)]
SMALL = {"metrics": "letters.jsd", "reference": BOOK}


def values(results):
    return [(row.candidate, row.metric, row.value, row.ci) for row in results.results]


@pytest.fixture(scope="module")
def expected():
    return values(evalkit.score(TEXTS, **SMALL))


@pytest.fixture(scope="module")
def datasets():
    return pytest.importorskip("datasets", reason="datasets is not installed")


def test_records_are_read_as_those_of_a_file(expected):
    results = evalkit.score(RECORDS, **SMALL)
    assert values(results) == expected
    (report,) = results.candidates[0]["read"]
    assert (report["field"], report["n_texts"], report["format"]) == ("completion", 8, "records of a program")


@pytest.mark.parametrize("form", ["iterator of texts", "iterator of records", "data set", "stream", "column"])
def test_whatever_yields_them_is_taken_to_its_end(form, expected, request):
    if form in ("data set", "stream", "column"):
        datasets = request.getfixturevalue("datasets")
        of_list = datasets.Dataset.from_list(RECORDS)
        stream = datasets.IterableDataset.from_generator(lambda: iter(RECORDS))
        given = {"data set": of_list, "stream": stream, "column": of_list["completion"]}[form]
    else:
        given = iter(TEXTS if form == "iterator of texts" else RECORDS)
    assert values(evalkit.score(given, **SMALL)) == expected


def test_a_stream_is_a_reference_too(datasets, expected):
    def rows():
        yield from ({"story": text, "note": "old"} for text in BOOK)

    stream = datasets.IterableDataset.from_generator(rows)
    read = evalkit.ReadOptions(text_field="story")
    results = evalkit.score(TEXTS, metrics="letters.jsd", reference=stream, read=read)
    # Ids are other than those of a list, and the split goes by them.
    assert results.reference["n_documents"] == 8
    assert results.reference["read"][0]["field"] == "story"
    assert results.row("texts", "letters.jsd").value is not None


def test_splits_are_candidates_by_name(datasets):
    splits = datasets.DatasetDict({"old": datasets.Dataset.from_list(RECORDS), "new": datasets.Dataset.from_list(RECORDS[:4] * 2)})
    results = evalkit.compare(splits, **SMALL)
    assert [candidate["name"] for candidate in results.candidates] == ["old", "new"]


def test_a_record_without_text_says_why():
    found = evalkit.audit([*RECORDS[:5], {"prompt": "Go on.", "completion": None, "error": "timeout"}], reference=BOOK)
    assert "audit.error" in {finding.metric for finding in found.audit.candidates[0].found}


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ([*RECORDS, "a text"], InputError, "record 9 is text, not an object, unlike the records before it"),
        ([*TEXTS, {"text": "a record"}], UsageError, "Text 8 .* is of the type dict"),
        ([{"text": "a", "completion": "b"}], InputError, "--text-field"),
        ([3], UsageError, "of the type int"),
        (iter(()), UsageError, "has no texts"),
    ],
)
def test_what_cannot_be_read_is_refused(given, error, says):
    with pytest.raises(error, match=says):
        evalkit.score(given, **SMALL)


def test_a_stream_without_a_name_is_refused_at_its_first_record():
    def endless():
        while True:
            yield {"text": "It rained."}

    with pytest.raises(UsageError, match="Name texts"):
        evalkit.compare(endless())


def test_a_gate_takes_streams_for_all_three():
    tales = [tale.text for tale in evalkit.read_corpus().documents]
    before, now = ([{"text": tale[start : start + 500]} for tale in tales] for start in (0, 500))
    results = evalkit.gate(iter(now), iter(before), reference=({"text": tale} for tale in tales), metrics="letters.jsd")
    assert results.verdict != "NOT COMPARABLE"
    assert results.reference["n_documents"] == len(tales)
