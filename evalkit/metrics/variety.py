"""Measures the variety of a sample as a whole: spans that its passages share, `variety.shared`, and what it teaches, `reverse.bits`."""

from __future__ import annotations

from evalkit.counts.feature import Counts, Floats, Lexicon
from evalkit.counts.matrix import Scan
from evalkit.matching import reverse_lm
from evalkit.matching.shared_spans import SharedSpans
from evalkit.metrics.base import Direction, Family, PairedMetric, SizedMetric

SPAN = 20
"""Characters. Shorter spans are common phrases; passages that are copies share longer ones too."""
_FEWEST_SPANS = 500
_HUMAN_DRAWS = 20
"""Human texts behind the floor of reverse.bits; each is fitted and judged like a candidate, which takes an eighth of a second."""


def _spans(scan: Scan) -> SharedSpans | None:
    """The shared spans; None where there is too little text."""
    found = SharedSpans.of(scan.texts, SPAN) if len(scan) > 1 else None
    return found if found is not None and found.n_spans.sum() >= _FEWEST_SPANS else None


def _shared(scan: Scan, lexicon: Lexicon) -> float:
    found = _spans(scan)
    return found.share if found is not None else float("nan")


def _shared_without(scan: Scan, lexicon: Lexicon, units: Counts) -> Floats:
    return SharedSpans.of(scan.texts, SPAN).shares_without(units)


def _reverse(scan: Scan, lexicon: Lexicon) -> reverse_lm.Judged | None:
    if lexicon.training is None:
        return None
    return reverse_lm.judge(scan.texts, lexicon.training, reverse_lm.amount(scan.texts))


def _reverse_bits(scan: Scan, lexicon: Lexicon) -> float:
    judged = _reverse(scan, lexicon)
    return judged.bits if judged is not None else float("nan")


def _reverse_note(scan: Scan, lexicon: Lexicon) -> str:
    judged = _reverse(scan, lexicon)
    if judged is None:
        return ""
    return judged.reason or f"{judged.n_judged:,} held-out characters judged by a model of {judged.n_fitted:,} characters"


def _reverse_human(lexicon: Lexicon, n_passages: int, amount: int, seed: int) -> list[float]:
    if lexicon.training is None or not amount:
        return []
    return reverse_lm.human(lexicon.training, n_passages, amount, n_draws=_HUMAN_DRAWS, seed=seed)


METRICS = (
    PairedMetric(
        id="variety.shared",
        family=Family.VARIETY,
        label=f"{SPAN}-character spans shared with other passages",
        unit="share",
        direction=Direction.LOWER,
        bounds=(0.0, 1.0),
        version=1,
        summary=(
            f"The share of spans of {SPAN} characters that stand in another passage of the same sample too: names and refrains in human text, and "
            "nearly all of it where a model says the same thing again and again."
        ),
        formula=(
            f"positions of all passages that begin a span of {SPAN} characters which also stands in another passage / positions that begin a span; "
            "white space of any kind counts as a space; it grows with the number of passages, so human text of fewer is scaled to as many pairs"
        ),
        source="defined for evalkit, as novelty.chars_20 with the other passages in place of the training text",
        needs=f"two passages, {_FEWEST_SPANS} spans of {SPAN} characters in all",
        value=_shared,
        value_without=_shared_without,
    ),
    SizedMetric(
        id="reverse.bits",
        family=Family.VARIETY,
        # It rises with every fault, lost capitals and misspelt words too, so that it would call them a want of variety.
        judged=False,
        label="bits per character of held-out text, model of the samples",
        unit="bits per character",
        direction=Direction.LOWER,
        bounds=(0.0, None),
        version=1,
        summary=(
            "How many bits a character of held-out human text takes under a character model of the samples: high where they say little, say the "
            "same again and again, or hold noise. The human floor is what as many characters of the training text teach."
        ),
        formula=(
            f"mean of -log2 p(character | the {reverse_lm.ORDER - 1} before it) over held-out text, p a hierarchical Dirichlet model of order "
            f"{reverse_lm.ORDER}, as for judge.bits, fitted to the same share of every passage, a multiple of {reverse_lm.STEP:,} characters in all, "
            f"at most {reverse_lm.MOST_CHARS:,}; held-out text that stands in the samples in stretches of {reverse_lm.QUOTED} characters is not "
            f"judged; of long texts, {reverse_lm.MOST_JUDGED:,} characters are"
        ),
        source="Semeniuta, Severyn and Gelly 2018, On accurate evaluation of GANs for language generation (reverse language model score)",
        needs=(
            f"{reverse_lm.FEWEST_CHARS:,} characters of samples, {reverse_lm.FEWEST_JUDGED:,} of held-out text that they do not quote, and as much "
            "training text as samples for the human floor"
        ),
        value=_reverse_bits,
        note=_reverse_note,
        amount=lambda scan: reverse_lm.amount(scan.texts),
        human=_reverse_human,
    ),
)
