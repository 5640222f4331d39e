"""Every measure sees one canonical text: what nobody sees changes none, and where lines end changes none of words and matches."""

from __future__ import annotations

import random
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.counts.feature import Layout
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import base_lexicon, scan_documents, with_training
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.metrics.base import Metric, PooledMetric
from evalkit.metrics.registry import catalogue
from evalkit.text import read_corpus, slices
from tests.support.texts import INVISIBLE

METRICS = list(catalogue(Metric).values())
LAYOUT = Layout.of(METRICS)
OF_LAYOUT = ("before_capitals", "line_ends")
"""Features that count line ends, and so must change with them."""
IN_PART = ("outside",)
"""Features in which line ends are one value of several, so that they may change with them."""


@pytest.fixture(scope="module")
def lexicon():
    tales = read_corpus().documents[:6]
    index = CorpusIndex(scan_documents([tale.text for tale in tales]), [tale.id for tale in tales])
    return with_training(base_lexicon(), index, range(len(tales)))


@pytest.fixture(scope="module")
def passages():
    """Half of the training text itself, half of another tale, and prose with typographic marks."""
    tales = read_corpus().documents
    own, other = (list(slices(tale.text, 700))[:4] for tale in (tales[2], tales[9]))
    return [*own, *other, "\u201cIt\u2019s \u2014 café, naïve\u2026 Don\u2019t!\u201d he\u2019d said.\n\n" * 12]


def rates(passages, lexicon) -> np.ndarray:
    return Scan(passages).tally(LAYOUT, lexicon)


@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_invisible_characters_change_no_measure(passages, lexicon, seed):
    rng = random.Random(seed)
    spoilt = ["".join(char + rng.choice(INVISIBLE) * (rng.random() < 0.2) for char in text) for text in passages]
    assert np.array_equal(rates(spoilt, lexicon), rates(passages, lexicon))
    for metric in catalogue(PooledMetric).values():
        pair = [metric.value(Scan(texts * 6), lexicon) for texts in (spoilt, passages)]
        assert pair[0] == pair[1] or np.isnan(pair).all(), metric.id


def wrapped(text: str, width: int, end: str) -> str:
    """The text with its lines broken elsewhere, paragraph by paragraph."""
    paragraphs = [textwrap.fill(p, width, break_long_words=False, break_on_hyphens=False) for p in text.split("\n\n")]
    return (end + end).join(paragraph.replace("\n", end) for paragraph in paragraphs)


@pytest.mark.parametrize(("width", "end"), [(1, "\n"), (30, "\n"), (72, "\r\n"), (72, "\n    ")])
def test_where_lines_end_changes_no_word_and_no_match(passages, lexicon, width, end):
    before, after = rates(passages, lexicon), rates([wrapped(text, width, end) for text in passages], lexicon)
    for feature in (feature for feature in LAYOUT.features if feature.name not in IN_PART):
        same = np.array_equal(before[:, LAYOUT[feature.name]], after[:, LAYOUT[feature.name]])
        assert same == (feature.name not in OF_LAYOUT), feature.name


def test_paragraphs_that_run_on_as_one_line_change_no_word_and_no_match(passages, lexicon):
    before, after = rates(passages, lexicon), rates([" ".join(text.split()) for text in passages], lexicon)
    for feature in LAYOUT.features:
        if feature.name not in (*OF_LAYOUT, *IN_PART, "sentence_lengths"):
            assert np.array_equal(before[:, LAYOUT[feature.name]], after[:, LAYOUT[feature.name]]), feature.name


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_how_accents_are_encoded_changes_no_measure(lexicon, form):
    import unicodedata

    text = "L'été où Zoë rêvait d'un café à Ångström, l'œil naïf; ọ̀rọ̀ x̂y. " * 20
    assert np.array_equal(rates([text], lexicon), rates([unicodedata.normalize(form, text)], lexicon))


def test_marks_belong_to_their_letter(lexicon):
    """x with a circumflex is one letter, and none of the English alphabet; Python has no single character for it."""
    layout = Layout.of([catalogue(Metric)[name] for name in ("letters.other", "order.bigrams")])
    tally = Scan(["x\u0302y ax\u0302"]).tally(layout, lexicon)
    assert tally[0, layout["letters"]].sum() == 2 and tally[0, layout["other_letters"]].sum() == 2
    assert tally[0, layout["letter_bigrams"]].sum() == 0


@pytest.mark.parametrize("name", ["soft_hyphens", "zero_width"])
def test_small_inputs_that_once_failed(name, lexicon):
    path = Path(__file__).parents[2] / "../shared/cases" / f"{name}.txt"
    if not path.is_file():
        pytest.skip("the small inputs are not beside the project")
    text = path.read_text(encoding="utf-8")
    clean = "".join(char for char in text if char not in INVISIBLE)
    assert np.array_equal(rates([text], lexicon), rates([clean], lexicon)) and clean != text
