"""Measures the words that near sentences have in common: `course.sentences`."""

from __future__ import annotations

from evalkit.matching.neighbours import BLOCK_CHARS, NEAR, SCALE
from evalkit.metrics.base import Direction, Family, Metric, Minimum, ratio, training_feature

NEIGHBOURS = training_feature(
    "neighbours", ("words shared", "thousandths expected"), lambda training, scan: training.neighbour_counts(scan)
)

METRICS = (
    Metric(
        id="course.sentences",
        family=Family.ORDER,
        label="words shared by near sentences",
        unit="times chance",
        direction=Direction.TARGET,
        bounds=(0.0, None),
        version=1,
        summary=(
            "How many times as many words near sentences have in common as they would in random order; 1 for shuffled sentences. Passages under "
            "2,000 characters have few sentences, so read it beside the floor."
        ),
        formula=(
            f"distinct words that sentences up to {NEAR} apart share / the same expected in random order, in blocks of about {BLOCK_CHARS:,} "
            "characters. Expected: the words that any two sentences of the block share, times the share of their pairs of words that belong to "
            "near sentences. The 200 most frequent words of the reference are left out"
        ),
        source="Halliday and Hasan 1976, Cohesion in English, for lexical cohesion; defined for evalkit",
        features=(NEIGHBOURS,),
        score=lambda totals, reference: SCALE * ratio(totals["neighbours"][:, 0], totals["neighbours"][:, 1]),
        minimum=Minimum(10_000, "thousandths of an expected word", lambda totals: totals["neighbours"][:, 1]),
        headline=False,
    ),
)
