"""Measures how well a generator predicts documents: `Likelihood`, bits per character with an interval over documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from evalkit._util.formatting import count, percent
from evalkit.counts.feature import Counts, Feature, Floats, Layout, Totals
from evalkit.errors import NotScorableError
from evalkit.inference import Estimate, Sample, value_intervals
from evalkit.metrics.base import Direction, Metric, Minimum, ratio
from evalkit.metrics.model import BITS
from evalkit.results import Interval, Row
from generators.base import Generator

_PARTS = 1000
"""Tallies are whole numbers: thousandths of a bit."""
_MOST_LISTED = 10
"""Unknown characters that are named, the most frequent ones; text in another script has thousands."""
_MOST_NAMED = 3
"""Of them in a sentence."""


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """Characters of scored documents that the generator's training text does not have.

    Each costs the bits of the generator's unknown symbol, and those that say which of all code points outside the alphabet it is.

    Args:
        characters: how many there are.
        share: of all characters of the documents, 0 to 1.
        distinct: different ones.
        most_frequent: the ten most frequent as code points, such as U+2603, and how often each occurs; ties in the order of the text.
        share_of_bits: the part of all bits that they take, 0 to 1; None where bits were not measured. Bits of a word are shared evenly by its
            characters.
    """

    characters: int = 0
    share: float = 0.0
    distinct: int = 0
    most_frequent: tuple[tuple[str, int], ...] = ()
    share_of_bits: float | None = None

    def in_words(self, text: str) -> str:
        """A clause that says what they are and cost; "" where there is none of them.

        Args:
            text: name of what was scored, such as "the text".
        """
        if not self.characters:
            return ""
        named = [_named(point, n) for point, n in self.most_frequent[:_MOST_NAMED]]
        others = [f"{self.distinct - len(named):,} others"] if self.distinct > len(named) else []
        verb, take = ("is", "takes") if self.characters == 1 else ("are", "take")
        bits = "" if self.share_of_bits is None else f" and {take} {_percent(self.share_of_bits)} of the bits"
        share = f"{count(self.characters, 'character')} ({_percent(self.share)}) of {text}"
        return f"{share} {verb} outside its alphabet{bits}: {', '.join([*named, *others])}"


def _named(code_point: str, n: int) -> str:
    character = chr(int(code_point.removeprefix("U+"), 16))
    return f"{character!r}" if n == 1 else f"{character!r} {n:,} times"


def _percent(share: float) -> str:
    return f"{percent(share)} %" if share >= 0.0001 or not share else "less than 0.01 %"


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """Bits of documents under a generator.

    Args:
        bits_per_char: all bits over characters and ends of documents; None where `reason` says why.
        low, high: its 95 % interval over documents; None where there are fewer than five, or no value.
        bits_per_byte: all bits over bytes in UTF-8; None likewise.
        documents, characters: that were scored.
        given: what decides the next character, for people.
        alphabet: how many different characters training showed; None where the generator does not know.
        unknown: characters outside that alphabet; None where the generator does not know it.
        reason: why it was not measured, or why there is no interval.
    """

    bits_per_char: float | None = None
    low: float | None = None
    high: float | None = None
    bits_per_byte: float | None = None
    documents: int = 0
    characters: int = 0
    given: str | None = None
    alphabet: int | None = None
    unknown: Unknown | None = None
    reason: str = ""

    def unknown_in_words(self, text: str = "the text") -> str:
        """What stands outside the alphabet, as a clause; "" where nothing does, or the generator does not know."""
        return self.unknown.in_words(text) if self.unknown is not None else ""

    def summary(self) -> dict[str, Any]:
        """The value without its interval, as `generators score` prints it and saved models keep it; JSON values."""
        return {
            "documents": self.documents,
            "characters": self.characters,
            "bits_per_char": self.bits_per_char,
            "bits_per_byte": self.bits_per_byte,
            "unknown": asdict(self.unknown) if self.unknown is not None else None,
            "reason": self.reason if self.bits_per_char is None else "",
        }


def likelihood(generator: Generator, texts: Sequence[str], *, groups: Sequence[object] | None = None, seed: int = 0) -> Likelihood:
    """Bits of documents under a generator, or the reason why they could not be measured.

    Args:
        generator: fitted.
        texts: documents that it has not learned from.
        groups: what each belongs to, such as a book; None where each stands alone.
        seed: of the resampling behind the interval.
    """
    try:
        return measured_likelihood(generator, texts, groups=groups, seed=seed)
    except NotScorableError as error:
        return Likelihood(reason=error.problem.removesuffix("."))


def measured_likelihood(
    generator: Generator, texts: Sequence[str], *, groups: Sequence[object] | None = None, seed: int = 0
) -> Likelihood:
    """Bits of documents under a generator that gives probabilities; arguments as for `likelihood`.

    Raises:
        NotScorableError: when the generator has no probabilities.
    """
    scores = generator.log2_probs(texts)
    scored = Likelihood(
        documents=len(texts),
        characters=sum(map(len, texts)),
        given=generator.scored_given,
        alphabet=generator.alphabet_size,
        unknown=_unknown(texts, scores, generator.known_characters()),
    )
    impossible = _impossible(texts, scores)
    if not impossible:
        return _with_bits(scored, texts, scores, groups, seed=seed)
    if type(generator).scores_any_character and not generator.scores_any_character:
        impossible += "; it was saved before its kind had an unknown symbol, so train it again"
    return replace(scored, reason=impossible)


def _unknown(texts: Sequence[str], scores: Sequence[Floats], known: frozenset[str] | None) -> Unknown | None:
    """The characters of texts that are not known, and their part of the bits."""
    if known is None:
        return None
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    outside = Counter({character: n for character, n in counts.items() if character not in known})
    n = outside.total()
    if not n:
        return Unknown()
    bits, total = 0.0, -sum(float(log2_probs.sum()) for log2_probs in scores)
    for text, log2_probs in zip(texts, scores, strict=True):
        bits -= sum(float(log2_probs[i]) for i, character in enumerate(text) if character in outside)
    return Unknown(
        characters=n,
        share=n / counts.total(),
        distinct=len(outside),
        most_frequent=tuple((f"U+{ord(character):04X}", k) for character, k in outside.most_common(_MOST_LISTED)),
        share_of_bits=bits / total if np.isfinite(total) and total > 0 else None,
    )


def _impossible(texts: Sequence[str], scores: Sequence[Floats]) -> str:
    """The first character or end of a document of probability 0, in words; "" where there is none."""
    # A floor under such probabilities would make up a number, and its size would decide the comparison.
    for text, log2_probs in zip(texts, scores, strict=True):
        places = np.flatnonzero(np.isneginf(log2_probs))
        if len(places) and places[0] < len(text):
            return f"it gives the character {text[places[0]]!r} of the text probability 0"
        if len(places):
            return "it gives the end of a document probability 0"
    return ""


def _with_bits(
    scored: Likelihood, texts: Sequence[str], scores: Sequence[Floats], groups: Sequence[object] | None, *, seed: int
) -> Likelihood:
    bits = np.array([-float(log2_probs.sum()) for log2_probs in scores])
    symbols = np.array([len(log2_probs) for log2_probs in scores], dtype=np.int64)
    # Text that came as undecodable bytes may hold lone surrogates, which strict UTF-8 refuses.
    n_bytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    estimate = _estimate(bits, symbols, groups or range(len(texts)), seed=seed)
    return replace(
        scored,
        bits_per_char=float(bits.sum() / symbols.sum()),
        low=estimate.low,
        high=estimate.high,
        bits_per_byte=float(bits.sum() / n_bytes) if n_bytes else None,
        reason=(estimate.reason or "").replace("independent passage", "held-out document"),
    )


def _counted_elsewhere(texts: Sequence[str], lexicon: object) -> Counts:
    raise AssertionError("a likelihood is counted by the generator")


_FEATURE = Feature("likelihood", ("thousandths", "symbols"), "text", _counted_elsewhere)
_METRIC = Metric(
    id=BITS.id, family=BITS.family, label=BITS.label, unit=BITS.unit, direction=Direction.LOWER, bounds=BITS.bounds, version=BITS.version, summary=BITS.summary,
    formula=BITS.formula, source=BITS.source, features=(_FEATURE,), headline=False,
    score=lambda totals, reference: ratio(totals["likelihood"][:, 0], _PARTS * totals["likelihood"][:, 1]),
    minimum=Minimum(1, "characters", lambda totals: totals["likelihood"][:, 1]),
)  # fmt: skip


def _estimate(bits: Floats, symbols: Counts, groups: Sequence[object], *, seed: int) -> Estimate:
    """Value and interval like any metric's, with documents or groups of them as the units."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    clusters = np.array([numbers[group] for group in groups], np.int64)
    unit = "group" if len(numbers) < len(groups) else "passage"
    tally = np.column_stack([np.rint(_PARTS * bits).astype(np.int64), symbols])
    sample = Sample(tally, clusters, Totals(tally.sum(axis=0, dtype=np.float64), Layout.of([_METRIC])), unit)
    return value_intervals(sample, [_METRIC], seed=seed)[BITS.id]


def likelihood_row(candidate: str, measured: Likelihood, *, n_units: int | None = None) -> Row:
    """A candidate's row of results.

    Args:
        candidate: its name.
        measured: its bits.
        n_units: groups of documents; None where each document stands alone.
    """
    reasons = [reason for reason in (measured.reason, measured.unknown_in_words("the held-out text")) if reason]
    return Row(
        candidate=candidate,
        metric=BITS.id,
        value=measured.bits_per_char,
        ci=Interval(measured.low, measured.high) if measured.low is not None and measured.high is not None else None,
        n_units=measured.documents if n_units is None else min(n_units, measured.documents),
        status="measured" if measured.bits_per_char is not None else "not measured",
        reason="; ".join(reasons) or None,
    )
