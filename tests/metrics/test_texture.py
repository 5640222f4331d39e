"""Form, the course within passages, and passages unlike human ones: against independent arithmetic, and with defects planted."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit._util.resources import data_path
from evalkit.counts.feature import Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.counts.recurrence import REACH, lags
from evalkit.defects.planted import defects_named
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.reference import Reference, base_lexicon, scan_documents, scan_slices, with_training
from evalkit.judgment import WITHIN, Scale, TextSize
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.neighbours import NEAR, shared_by_neighbours
from evalkit.matching.single_passages import VALUES
from evalkit.metrics import Metric, catalogue
from evalkit.metrics.texture.capitals import CAPITALS, PLACES
from evalkit.metrics.texture.course import REPEATS
from evalkit.metrics.texture.marks import KINDS, MARKS
from evalkit.text.canonical import canonical
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.io.readers import read_documents
from evalkit.text.passages import slices
from tests.support.values import value

TALES = [document.text for document in read_documents(data_path("tales"))]
METRICS = [
    metric
    for metric in catalogue(Metric).values()
    if metric.group in {"form", "grammar", "course", "passages"} or metric.id in {"order.context", "order.surprises"}
]
N_CHARS = 2_000
LETTERS = st.text("ABab1'. !\"-,\n\u00e9", max_size=40)


def counted(feature, text):
    """The counts of one passage that are not 0, by column."""
    counts = Scan([text]).tally(Layout([feature]), base_lexicon())[0]
    return {feature.columns[i]: int(counts[i]) for i in np.flatnonzero(counts)}


class TestCapitals:
    @pytest.mark.parametrize(
        ("text", "places"),
        [
            ("", []),
            ("He", [5]),  # H begins the passage and has no place
            ("x. He (I) said", [0, 5, 1, 5, 5, 5, 5]),
            ('x? "He', [0, 5]),
            ("x, He", [1, 5]),
            ("x. he", [4, 5]),
            ("x heLlo", [5, 5, 2, 5, 5]),
            ("x NASA's I", [1, 2, 2, 2, 5, 1]),  # a word with a small letter is not in capitals
            ("x NASA DON'T", [3] * 8),
            ("OK x", [3, 3, 5]),
            ("x.\n\u00c9t\u00e9 3RD", [0, 5, 5, 3, 3]),
            ("x 3rd", [5, 5]),
        ],
    )
    def test_places_of_letters(self, text, places):
        """The first letter of a passage has no place, unless its word is in capitals."""
        assert Counter(counted(CAPITALS, text)) == Counter(PLACES[place] for place in places)

    @given(LETTERS)
    def test_every_letter_has_one_place(self, text):
        """All letters but the first, where nothing but white space, quotation marks and brackets stands before it."""
        letters = [char for char in canonical(text) if char.isalpha()]
        assert sum(counted(CAPITALS, text).values()) in (len(letters), len(letters) - 1)
        capitals = sum(n for place, n in counted(CAPITALS, text).items() if place in PLACES[:3])
        assert capitals <= sum(char.isupper() for char in letters)


class TestMarks:
    @pytest.mark.parametrize(
        ("text", "marks"),
        [
            ("a, b.", {"comma": 1, "full stop": 1}),
            ("a... b\u2026 c. . .", {"ellipsis": 2, "full stop": 3}),
            ("a -- b - c\u2014d well-known 1-2", {"dash": 3, "hyphen": 2}),
            ("don't, the sailors' boat, 'tis o' him", {"comma": 2}),
            ("'Go,' he said. 'Why?'", {"comma": 1, "full stop": 1, "question mark": 1, "single quotation mark": 4}),
            ("\u2018Go,\u2019 he said.", {"comma": 1, "full stop": 1, "single quotation mark": 2}),
            ("gone,' he said.", {"comma": 1, "full stop": 1, "single quotation mark": 1}),
            ("``Go,'' \u201cno\u201d \u00abno\u00bb \u201eno\"", {"comma": 1, "double quotation mark": 8}),
            ("\u300c\u884c\u304f\u3002\u300d", {"full stop": 1, "double quotation mark": 2}),
            ("(a) [b] *c* #d", {"bracket": 4, "other mark": 3}),
            ("6'2", {}),
        ],
    )
    def test_kinds_of_marks(self, text, marks):
        found = counted(MARKS, text)
        assert sum(found.values()) == len(canonical(text))
        assert {kind: n for kind, n in found.items() if kind != "no mark"} == marks

    def test_a_quotation_that_does_not_end_in_reach_has_one_mark(self):
        assert counted(MARKS, "'a " + "b " * 600 + "c.'")["single quotation mark"] == 1

    @given(LETTERS)
    def test_white_space_changes_no_mark_and_no_capital(self, text):
        text = canonical(text)
        wrapped = text.replace(" ", "\n")
        assert counted(MARKS, wrapped) == counted(MARKS, text)
        assert counted(CAPITALS, wrapped) == counted(CAPITALS, text)

    def test_the_reference_decides_which_quotation_marks_count(self):
        text = "'Go,' he said, and she said \"no\" again. " * 20
        assert value("form.quotes", [text], documents=['"Go."']) == pytest.approx(1e3 * 2 / 40, rel=0.02)
        assert value("form.quotes", [text], documents=["'Go,' he said. 'No.'"]) == pytest.approx(1e3 * 2 / 40, rel=0.02)


class TestCourse:
    @given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=90), min_size=1, max_size=3))
    def test_repeats_by_brute_force(self, passages):
        scan = Scan([" ".join(letters) for letters in passages])
        counts = scan.tally(Layout([REPEATS]), base_lexicon())
        for letters, row in zip(passages, counts, strict=True):
            n = len(letters) - REACH
            quarters = np.zeros((4, 2), int)
            for i in range(max(n, 0)):
                place = REACH + i
                quarters[4 * i // n] += (letters[place] in letters[place - REACH : place], 1)
            assert row.tolist() == quarters.ravel().tolist()

    @given(st.lists(st.text("ab c", max_size=30), max_size=3))
    def test_lags_by_brute_force(self, texts):
        expected = []
        for text in texts:
            words = text.split()
            expected += [next((lag for lag in range(1, i + 1) if words[i - lag] == words[i]), 0) for i in range(len(words))]
        assert lags(Scan(texts)).tolist() == expected

    def test_expected_words_are_the_mean_over_all_orders(self):
        """Sentences of equally many words, in all 720 orders."""
        sentences = ["aa bb", "aa cc", "bb dd", "ee ff", "cc gg", "hh ii"]

        def near(order):
            return sum(
                len(set(a.split()) & set(b.split()))
                for (i, a), (j, b) in itertools.combinations(enumerate(order), 2)
                if j - i <= NEAR
            )

        counts = shared_by_neighbours(["x"], lambda text: iter(sentences), ())[0]
        assert counts[0] == near(sentences)
        assert counts[1] / 1000 == pytest.approx(np.mean([near(order) for order in itertools.permutations(sentences)]), abs=1e-3)

    def test_long_texts_are_taken_in_blocks(self):
        """Each sentence comes again 2,000 characters on, in another block, so no two of a block share a word but `again`."""
        spelt = [first + second + third for first, second, third in itertools.product("abcdefgh", "ijklmno", "pqrst")]
        sentences = [f"{name} {name}x {name}yz again." for name in spelt[:100]]
        assert sum(map(len, sentences)) == pytest.approx(2_000, abs=100)
        assert shared_by_neighbours(["x"], lambda text: iter([*sentences, *sentences]), {"again"})[0].tolist() == [0, 0]
        assert shared_by_neighbours(["x"], lambda text: iter([*sentences[:9], *sentences[:9]]), {"again"})[0, 1] > 0


@pytest.fixture(scope="module")
def index():
    return CorpusIndex(scan_documents(TALES))


class TestSinglePassages:
    def test_passages_that_no_person_wrote_are_far_outside(self, index):
        training = index.training(range(len(TALES)))
        rng = np.random.default_rng(0)
        passages = list(slices(TALES[3], 1000))[:6]
        odd = [
            "".join(rng.choice(list(TALES[0]), 1000)),
            "<div class='x'>{}</div>;" * 42,
            "THE KEEPER WENT UP THE STAIR AND " * 30,
            "Die Glocke l\u00e4utete \u00fcber dem Moor, und niemand wu\u00dfte, wer sie zog. " * 15,
        ]
        found = training.unlike(Scan([*passages, *odd]))
        assert {one.passage for one in found if one.distance > 2} == set(range(6, 10))
        assert [one.distance for one in found] == sorted((one.distance for one in found), reverse=True)
        assert {one.value for one in found} <= set(VALUES)
        by_passage = {one.passage: one for one in found}
        assert by_passage[8].too_much and by_passage[8].value == "capitals"
        counts = training.outside_counts(Scan([*passages, *odd]))
        assert counts[:, 1].tolist() == [0] * 6 + [1] * 4
        assert (counts[:, 1] <= counts[:, 0]).all() and (counts[:, 0] <= counts[:, 2]).all()

    def test_about_one_in_a_hundred_of_the_training_text_is_outside(self, index):
        training = index.training(range(len(TALES)))
        outside, far, n = training.outside_counts(scan_slices(TALES, 1000)).sum(axis=0)
        assert n > 150
        assert outside / n <= 0.02
        assert far == 0

    @pytest.mark.parametrize("row", [2, 11])
    def test_a_slice_is_judged_as_if_its_document_were_not_there(self, index, row):
        others = index.training([i for i in range(len(TALES)) if i != row])
        scan = scan_slices(TALES, 1000)
        mine = np.flatnonzero(scan.origin.document == row)
        held_out = others.outside_counts(scan)[mine]
        assert np.abs(held_out - others.outside_counts(Scan([scan.texts[i] for i in mine]))).sum() <= 1

    def test_long_passages_are_looked_at_in_parts_and_short_ones_not_at_all(self, index):
        training = index.training(range(len(TALES)))
        counts = training.outside_counts(Scan([TALES[5][:5000], "Too short.", ""]))
        assert counts[0, 2] > 1
        assert counts[1:].sum() == 0

    def test_a_small_corpus_has_no_range(self):
        assert np.isnan(value("passages.outside", [TALES[0][:1000]], documents=["nothing at all"]))


def wrapped(text, width=70):
    return re.sub(rf"(.{{1,{width}}})(?:\s+|$)", r"\1\n", " ".join(text.split()))


# metric -> the planted defect that it must see, with its dose
PLANTED = {
    "form.capitals": ("lost capitals", 1.0),
    "form.places": ("capitalised words", 1.0),
    "form.punctuation": ("lost punctuation", 1.0),
    "form.quotes": ("lost quotation marks", 1.0),
    "form.marks": ("lost punctuation", 1.0),
    "form.lines": ("broken lines", 0.05),
    "form.paragraphs": ("joined paragraphs", 1.0),
    "course.repeats": ("looped text", 0.4),
    "course.bits": ("drifting text", 0.4),
    "passages.outside": ("noise passages", 0.2),
    "passages.far": ("noise passages", 0.02),
    "order.context": ("shuffled words", 0.4),
    "order.surprises": ("shuffled words", 0.2),
    "grammar.classes": ("shuffled words", 0.2),
    "grammar.distant": ("shuffled words", 0.4),
}


def spoilt(texts, name, dose):
    """Passages with a defect planted."""
    defect, rng = defects_named([name])[0], np.random.default_rng(5)
    if defect.corrupt is not None:
        return defect.corrupt(texts, dose, rng)
    return [defect.apply(text, dose, rng, ["xq"]) for text in texts]


@pytest.fixture(scope="module")
def measured():
    """Held-out tales and their floor: texts -> how far each metric is beyond the human range, in floor units."""
    corpus = read_corpus("embedded")
    reference = Reference(corpus, split_corpus(corpus, fraction=0.4), Layout.of(METRICS))
    floor = sample_floor(reference.folds(1000, n_folds=8, seed=0), n_passages=60, replicates=200, seed=0)
    by_id = {metric.id: metric for metric in METRICS}
    scales = {id_: Scale.of(metric, floor.values(metric), TextSize(60, 1000), np.nan) for id_, metric in by_id.items()}
    human = [text for document in reference.split.held_out for text in slices(canonical(document.text), 1000)][:60]

    def beyond(texts):
        scan = Scan(texts)
        totals = Totals(scan.tally(reference.layout, reference.lexicon).sum(axis=0, dtype=float), reference.layout)
        return {
            id_: abs(float(scales[id_].distances(metric.values(totals, reference.totals))[0])) - WITHIN
            for id_, metric in by_id.items()
        }

    return human, beyond


@pytest.mark.parametrize("id_", sorted(PLANTED))
def test_each_defect_is_seen_by_its_own_measure(measured, id_):
    human, beyond = measured
    assert len(human) == 60
    assert beyond(spoilt(human, *PLANTED[id_]))[id_] > 0


def test_layout_alone_changes_no_measure_but_those_of_lines(measured):
    human, beyond = measured
    plain, broken = beyond(human), beyond([wrapped(text) for text in human])
    assert {id_ for id_ in plain if not np.isclose(plain[id_], broken[id_], equal_nan=True, atol=1e-12)} <= {
        "form.lines",
        "form.paragraphs",
        "course.sentences",
        "passages.outside",
    }


def test_every_metric_of_the_families_has_a_defect():
    assert {metric.id for metric in METRICS} == {*PLANTED, "course.sentences"}
    assert all(not metric.headline for metric in METRICS)


@pytest.mark.slow
def test_shuffled_sentences_are_seen_by_the_words_that_near_ones_share(lovecraft):
    """100 passages of 2,000 characters, beside the human floor."""
    metric = catalogue(Metric)["course.sentences"]
    corpus = read_corpus(lovecraft)
    reference = Reference(corpus, split_corpus(corpus, held_out="every:10:4"), Layout.of([metric]))
    floor = sample_floor(reference.folds(N_CHARS, n_folds=8, seed=0), n_passages=100, replicates=200, seed=0).floor(metric)
    human = [text for document in reference.split.held_out for text in slices(canonical(document.text), N_CHARS)][:100]
    target = metric.values(reference.totals, reference.totals)[0]

    def damage(texts):
        totals = Totals(Scan(texts).tally(reference.layout, reference.lexicon).sum(axis=0, dtype=float), reference.layout)
        return abs(metric.values(totals, reference.totals)[0] - target)

    assert damage(spoilt(human, "shuffled sentences", 1.0)) > floor.damage_p95
    assert damage(human) <= floor.damage_p95


def test_what_the_lexicon_knows_decides_nothing_else(index):
    """Features of form are the same whatever the reference."""
    lexicons = [base_lexicon(), with_training(base_lexicon(), index, [0, 1])]
    for feature in (CAPITALS, MARKS):
        first, second = (feature.count([TALES[0]], lexicon) for lexicon in lexicons)
        assert (first == second).all()
    assert len(KINDS) == len(set(KINDS))
