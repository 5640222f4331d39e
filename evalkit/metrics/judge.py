"""The judge: bits per character under a model of the reference's characters."""

from __future__ import annotations

import numpy as np

from evalkit.counts.feature import Counts, Feature, Lexicon
from evalkit.counts.matrix import Scan
from evalkit.matching.reference_lm import CONCENTRATION, ORDER, SKIPPED
from evalkit.metrics.base import Direction, Metric, Minimum, ratio


def _count(scan: Scan, lexicon: Lexicon) -> Counts:
    if lexicon.training is None:
        return np.zeros((len(scan), 2), np.int64)
    return lexicon.training.bit_counts(scan)


JUDGED = Feature("judged", ("thousandths of a bit", "characters"), "scan", _count, knows_reference=True)

METRICS = (
    Metric(
        id="judge.bits",
        label="bits per character for the judge",
        unit="bits per character",
        direction=Direction.TARGET,
        bounds=(0.0, None),
        version=1,
        summary="How surprised a model of the reference's letters, capitals and punctuation is by the text: below the target it quotes or loops, above it is noise.",
        formula=(
            f"mean of -log2 p(character | the {ORDER - 1} before it), p a hierarchical Dirichlet model of order {ORDER} with concentration "
            f"{CONCENTRATION:g}, fitted on the training documents; a training document is judged by the others; the first {SKIPPED} characters of a passage are not judged"
        ),
        source="MacKay and Peto 1995, A hierarchical Dirichlet language model",
        features=(JUDGED,),
        score=lambda totals, reference: ratio(totals["judged"][:, 0], totals["judged"][:, 1]) / 1000,
        minimum=Minimum(200, "characters", lambda totals: totals["judged"][:, 1]),
        headline=False,
    ),
)
