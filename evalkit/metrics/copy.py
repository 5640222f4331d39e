"""Measures copying: the longest quoted stretch, `copy.longest`, and text that runs along the corpus, `copy.shadow`."""

from __future__ import annotations

from evalkit._util.escape import visible
from evalkit.counts.feature import Lexicon
from evalkit.counts.matrix import Scan
from evalkit.matching.alignment import QUOTED, THRESHOLD, WINDOW
from evalkit.metrics.base import Direction, Family, Metric, Minimum, PooledMetric, Side, ratio, training_feature

_LONGEST_QUOTE = 200
"""Characters of a copied stretch that are quoted."""
SHADOWS = training_feature("shadows", ("agreeing", "characters"), lambda training, scan: training.shadow_counts(scan), sampled=True)


def _longest(scan: Scan, lexicon: Lexicon) -> float:
    copy = lexicon.training.longest_copy(scan) if lexicon.training else None
    return float(copy.n_chars) if copy else float("nan")


def _place_of_longest(scan: Scan, lexicon: Lexicon) -> str:
    copy = lexicon.training.longest_copy(scan) if lexicon.training else None
    if copy is None or lexicon.training is None:
        return ""
    text = visible(scan.texts[copy.passage][copy.start : copy.start + copy.n_chars])
    shown = text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}..."
    return f'passage {copy.passage} has "{shown}" from character {copy.place} of {lexicon.training.index.names[copy.document]}'


METRICS = (
    Metric(
        id="copy.shadow",
        family=Family.ORIGINALITY,
        counts=Side.MORE,
        label="runs along the corpus",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=2,
        summary=(
            "The share of characters that agree with one passage of the corpus at a constant offset; above 0 where a model was given the true "
            "text and printed its guesses, and where text of the corpus is quoted, re-wrapped or edited. The results name each document and place, "
            "and by what stands where the two differ which of these it is."
        ),
        formula=(
            f"characters that agree with one document at a constant offset, in windows of {WINDOW} characters of which at least "
            f"{THRESHOLD:.0%} do (more in passages under 120 characters) / characters; the offset is the one for which most patterns of 32 "
            f"characters (letter or not) are the same; held-out documents count unless {QUOTED:.0%} agree, which is held-out text itself"
        ),
        source="defined for evalkit; the published samples of Strika 2019 agree on 45 to 61 %",
        features=(SHADOWS,),
        score=lambda totals, reference: ratio(totals["shadows"][:, 0], totals["shadows"][:, 1]),
        minimum=Minimum(300, "characters", lambda totals: totals["shadows"][:, 1]),
        headline=True,
    ),
    PooledMetric(
        id="copy.longest",
        family=Family.ORIGINALITY,
        label="longest copied stretch",
        unit="characters",
        direction=Direction.TARGET,
        bounds=(0.0, None),
        version=1,
        summary="The longest stretch of text that occurs letter for letter in the training text; the results quote it and name its place.",
        formula=(
            "max over positions i of L(i), the length of the longest substring ending at i that occurs in the training text; white space of any "
            "kind counts as a space"
        ),
        source="defined for evalkit; 156 characters between two of Lovecraft's stories",
        needs="any text",
        value=_longest,
        note=_place_of_longest,
    ),
)
