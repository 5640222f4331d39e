"""Words that look misspelt: by hand, and by brute force with documents judged by the others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import scan_documents, scan_slices
from evalkit.matching.corpus_index import CorpusIndex

KNOWN = "The keeper saw the lamp that burned and the light went out over the straße in the café"
TEXT = st.lists(st.sampled_from(["lamp", "sea", "keepr", "Boat", "zyxw", "it's", "o'", "well-kept", "3rd", "."]), max_size=20).map(
    " ".join
)
DOCUMENTS = st.lists(TEXT, min_size=1, max_size=4)


def counts(text, documents=(KNOWN,), dictionary=frozenset()):
    """Words that look misspelt, and words that could."""
    index = CorpusIndex(scan_documents(list(documents)))
    return index.training(range(len(documents))).misspelt_counts(Scan([text]), dictionary)[0].tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The keepr saw the lamp", [1, 1]),  # the last word may be cut
        ("The keepr saw the keepr saw", [0, 2]),  # a word of the author's own comes again
        ("The Keepr saw the lamp went", [0, 1]),  # a name
        ("the keepr saw the lamp", [0, 0]),  # a text without a capital could hold names
        ("The keepr's light", [1, 1]),
        ("The al-hazred light", [0, 0]),
        ("The o'keepr saw o' hazred saw goin' out", [0, 0]),
        ("The venit tellus went that light", [0, 1]),  # unknown words beside each other are a phrase of another language
        ("The 1890s lamp went", [0, 1]),
        ("The 9keepr saw", [0, 0]),
        ("The STRASSE straße light", [0, 1]),
        ("The cafe\u0301 went", [0, 1]),
        ("Ключ маяк горит моря", [0, 0]),  # a phrase of unknown words, again
        (
            "\u0627\u0644\u0645\u0646\u0627\u0631\u0629 \u0643\u0627\u0646\u062a \u0645\u0636\u0627\u0621\u0629",
            [0, 0],
        ),  # no capitals
        ("", [0, 0]),
    ],
)
def test_by_hand(text, expected):
    assert counts(text) == expected


def test_a_dictionary_knows_what_the_corpus_does_not():
    assert counts("The tower saw the lamp went", dictionary={"tower"}) == [0, 2]
    assert counts("The tower saw the lamp went") == [1, 2]


@given(DOCUMENTS, st.data())
def test_documents_are_judged_by_the_other_training_documents(documents, data):
    rows = data.draw(st.sets(st.integers(0, len(documents) - 1)))
    index = CorpusIndex(scan_documents(documents))
    found = index.training(sorted(rows)).misspelt_counts(index.scan, frozenset())
    for row, text in enumerate(documents):
        others = index.training([other for other in rows if other != row])
        assert found[row].tolist() == others.misspelt_counts(Scan([text]), frozenset())[0].tolist()


@given(
    st.lists(st.sampled_from(["lamp", "tower", "keepr", "Boat", "zyxw", "sea"]), max_size=20),
    st.sets(st.sampled_from(["lamp", "keepr", "sea"])),
)
def test_by_brute_force(names, known):
    found = [0, 0]
    for i in range(1, len(names) - 1):
        is_plain = len(names[i]) >= 4 and names[i].islower() and "Boat" in names
        beside = [names[i - 1].lower(), names[i + 1].lower()]
        if is_plain and all(name in known for name in beside):
            found[0] += names[i] not in known and names.count(names[i]) == 1
            found[1] += 1
    assert counts(" ".join(names), documents=[" ".join(sorted(known)) or "nothing"]) == found


def test_slices_are_judged_as_if_they_were_foreign():
    rng = np.random.default_rng(0)
    common = ["The", "lamp", "tower", "went", "over", "dark", "of", "sea."]
    texts = [" ".join(rng.choice([*common, *rare], 200)) for rare in (["keepr"], ["stiars", "keepr"], ["lihgt"])]
    index, pieces = CorpusIndex(scan_documents(texts)), scan_slices(texts, 60)
    for rows in ([0, 1], [2], [0, 1, 2]):
        own = index.training(rows).misspelt_counts(pieces, frozenset())
        for row, (text, document) in enumerate(zip(pieces.texts, pieces.origin.document, strict=True)):
            others = index.training([other for other in rows if other != document])
            assert own[row].tolist() == others.misspelt_counts(Scan([text]), frozenset())[0].tolist()
        assert (own.sum(axis=0) > 5).all()
