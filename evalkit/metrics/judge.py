"""Measures how well a language model of the reference predicts the text: `judge.bits`."""

from __future__ import annotations

from evalkit.matching.reference_lm import CONCENTRATION, ORDER, SKIPPED
from evalkit.metrics.base import Direction, Family, Metric, Minimum, ratio, training_feature

# Counts are whole numbers, so bits are counted in thousandths.
JUDGED = training_feature(
    "judged", ("thousandths of a bit", "characters"), lambda training, scan: training.bit_counts(scan), sampled=True
)

METRICS = (
    Metric(
        id="judge.bits",
        family=Family.LETTERS,
        label="bits per character, reference model",
        unit="bits per character",
        direction=Direction.TARGET,
        bounds=(0.0, None),
        version=1,
        summary=(
            "How many bits a character of the text takes under a character model of the reference: below the target the text quotes or loops, "
            "above it is noise."
        ),
        formula=(
            f"mean of -log2 p(character | the {ORDER - 1} before it), p a hierarchical Dirichlet model of order {ORDER} with concentration "
            f"{CONCENTRATION:g}, fitted on the training documents; a training document is scored by the others; the first {SKIPPED} characters "
            "of a passage are not scored; characters that the corpus does not have are one symbol, as probable as any that the training documents "
            "do not have: which of them it is is not counted, so that they cost the same as a character of one training document alone"
        ),
        source="MacKay and Peto 1995, A hierarchical Dirichlet language model",
        features=(JUDGED,),
        score=lambda totals, reference: ratio(totals["judged"][:, 0], totals["judged"][:, 1]) / 1000,
        minimum=Minimum(200, "characters", lambda totals: totals["judged"][:, 1]),
        headline=False,
    ),
)
