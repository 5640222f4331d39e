"""The tally matrix: additive, independent of order and chunking, and read once."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.counts.feature import Layout
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import base_lexicon, with_vocabulary
from evalkit.metrics import Metric, select

LAYOUT = Layout.of(select(kind=Metric))
LEXICON = with_vocabulary(base_lexicon(), ["house", "keeper's"])
TEXTS = st.lists(
    st.text(max_size=60) | st.sampled_from(["The keeper's house.", "nothing's walking", "\u2019tis \u0130\u0307 \ufb01ne", ""]),
    max_size=6,
)


@settings(deadline=None)
@given(TEXTS, st.integers(0, 6))
def test_tally_of_parts_is_the_tally_of_the_whole(texts, cut):
    whole = Scan(texts).tally(LAYOUT, LEXICON)
    parts = [Scan(part).tally(LAYOUT, LEXICON) for part in (texts[:cut], texts[cut:])]
    assert (np.concatenate(parts) == whole).all()
    assert whole.shape == (len(texts), LAYOUT.n_columns)


@settings(deadline=None)
@given(TEXTS)
def test_order_of_passages_changes_nothing_but_order(texts):
    assert (Scan(texts[::-1]).tally(LAYOUT, LEXICON)[::-1] == Scan(texts).tally(LAYOUT, LEXICON)).all()


def test_another_reference_recounts_only_what_depends_on_it():
    scan = Scan(["the house of the keeper", "lamp and house"])
    before = scan.tally(LAYOUT, LEXICON)
    other = with_vocabulary(base_lexicon(), ["lamp"])
    again = scan.retally(before, LAYOUT, other)
    assert (again == scan.tally(LAYOUT, other)).all()
    changed = np.flatnonzero((again != before).any(axis=0))
    assert all(LAYOUT.columns[i].startswith("vocabulary_hits:") for i in changed)
    assert len(changed) > 0


def test_two_features_of_one_name_are_refused():
    import dataclasses

    import pytest

    first = select(["letters.jsd"], kind=Metric)[0].features[0]
    with pytest.raises(ValueError, match="letters"):
        Layout([first, dataclasses.replace(first, columns=("a",))])
