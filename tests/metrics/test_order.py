"""order.bigrams against worked arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.counts.feature import Layout, Totals
from evalkit.evaluation.reference import base_lexicon
from evalkit.metrics import Metric, catalogue
from evalkit.metrics.order import BIGRAMS, PAIRS


def pairs(text):
    counts = BIGRAMS.count([text], base_lexicon())[0]
    return {PAIRS[i]: int(counts[i]) for i in np.flatnonzero(counts)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The hat", {"th": 1, "he": 1, "ha": 1, "at": 1}),
        ("don't", {"do": 1, "on": 1}),
        ("a b-c ä", {}),
        ("aaa\nbb", {"aa": 2, "bb": 1}),
        ("", {}),
    ],
)
def test_pairs_lie_within_words(text, expected):
    assert pairs(text) == expected


def test_divergence_by_hand():
    # ab ab against ab cd: p = (1, 0), q = (.5, .5), so the divergence is .311278 bits, as for any distributions of that shape.
    metric = catalogue(Metric)["order.bigrams"]
    layout = Layout.of([metric])
    totals = [Totals(BIGRAMS.count([text], base_lexicon()).astype(float), layout) for text in ("ab ab", "ab cd")]
    assert metric.score(*totals)[0] == pytest.approx(0.311278, abs=5e-7)


def test_swapped_letters_raise_it_and_leave_letter_frequencies_alone():
    metrics = [catalogue(Metric)[id_] for id_ in ("order.bigrams", "letters.jsd")]
    text = "the old tower above the river was silent when the lamps were lit " * 40
    swapped = text.replace("the", "hte").replace("river", "rievr")
    for metric, grows in zip(metrics, (True, False), strict=True):
        layout = Layout.of([metric])
        count = metric.features[0].count

        def totals(string, layout=layout, count=count, of=metric.features[0].of):
            items = [string] if of == "text" else list(string)
            return Totals(count(items, base_lexicon()).sum(axis=0, dtype=float), layout)

        value = metric.score(totals(swapped), totals(text))[0]
        assert value > 0.05 if grows else value == 0
