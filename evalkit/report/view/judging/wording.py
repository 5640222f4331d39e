"""Puts a fault into words, `fault_clause`: what is off, on which side, by which number, and what human text has."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from evalkit._util.formatting import NBSP, format_value, percent, unit_after
from evalkit.report.view.judging.marks import human_range, side_of
from evalkit.report.view.ranking import Ranking
from evalkit.results import Row

_LEAST = 1e-9
"""Values nearer to 0 are what rounding left of it."""
_FINEST = 6
"""Digits at which two figures are shown at most to tell them apart."""


@dataclass(frozen=True)
class Wording:
    """How a fault on one metric is said. Texts hold {value} and {human}, what human text has.

    Args:
        more, less: where there is too much of it, and too little. Distances have `more` only.
        none: where there is none of it and there should be; empty where `less` will do.
        of: the figure that is said, from the value; None for the value itself.
        unit: of that figure, where it is not the metric's own.
        signed: whether the figure is a change.
    """

    more: str
    less: str = ""
    none: str = ""
    of: Callable[[float], float] | None = None
    unit: str | None = None
    signed: bool = False


def _off(what: str, be: str = "are") -> Wording:
    """Of a distance in bits, words or characters."""
    return Wording(f"its {what} {be} off by {{value}} ({{human}})")


def _share(many: str, few: str | None = None, none: str = "") -> Wording:
    """Of a share whose sides have a sentence each; `few` is "only" before `many` unless given."""
    return Wording(f"{{value}} {many} ({{human}})", f"only {{value}} {few or many} ({{human}})", none and f"{none} ({{human}})")


def _rate(things: str, unit: str) -> Wording:
    """Of a rate of things."""
    return Wording(
        f"it has too many {things} ({{value}} {unit}; {{human}})",
        f"it has too few {things} ({{value}} {unit}; {{human}})",
        f"it has no {things} ({{human}} {unit})",
    )


def _words(word: str) -> Wording:
    return Wording(
        f'it uses the word "{word}" too often ({{value}} per 10,000 words; {{human}})',
        f'it uses the word "{word}" too rarely ({{value}} per 10,000 words; {{human}})',
        f'it never uses the word "{word}" ({{human}} per 10,000 words)',
    )


def _too(subject: str, more: str, less: str, unit: str) -> Wording:
    """Of a mean."""
    return Wording(f"{subject} too {more} ({{value}} {unit}; {{human}})", f"{subject} too {less} ({{value}} {unit}; {{human}})")


def _unknown(more: str, less: str, none: str) -> Wording:
    """Of a share of known words, said as what is unknown: there is too little of that where the metric is too high."""
    return Wording(more, less, none, of=lambda known: 1 - known)


def _novel(spans: str) -> Wording:
    """Of a share that is not copied, said as what is."""
    return Wording(
        f"it copies less than human text ({{value}} of its {spans}; {{human}})",
        f"it copies too much ({{value}} of its {spans}; {{human}})",
        f"it copies less than human text (none of its {spans}; {{human}})",
        of=lambda novel: 1 - novel,
    )


def _repeated(things: str) -> Wording:
    return Wording(
        f"it repeats itself ({{value}} of its {things} recur within 50 words; {{human}})",
        f"it repeats too little ({{value}} of its {things} recur within 50 words; {{human}})",
        f"it never repeats (none of its {things} recurs within 50 words; {{human}})",
    )


_PER_10K, _PER_1000 = "per 10,000 words", "per 1,000 characters"
WORDINGS = {
    "letters.jsd": _off("letter frequencies"),
    "letters.jsd_corrected": _off("letter frequencies, corrected for size,"),
    "letters.other": _share("of its letters are in no alphabet of the corpus", none="all its letters are in the alphabet"),
    "order.bigrams": _off("letter pairs"),
    "order.unseen_6": _share("of its 6-character strings are new to the corpus", none="none of its 6-character strings is new"),
    "judge.bits": Wording(
        "its text is too hard to guess ({value} bits a character; {human})",
        "its text is too easy to guess ({value} bits a character; {human})",
    ),
    "delta.burrows": _off("frequent words"),
    "delta.cosine": Wording("its frequent words are off by a cosine Delta of {value} ({human})"),
    "words.top200": _off("frequent words"),
    "function.share": Wording(
        "too many of its words are function words ({value}; {human})",
        "too few of its words are function words ({value}; {human})",
    ),
    "function.profile": _off("mix of function words", "is"),
    "pronoun.share": Wording(
        "too many of its words are personal pronouns ({value}; {human})",
        "too few of its words are personal pronouns ({value}; {human})",
    ),
    "preposition.share": Wording(
        "too many of its words are prepositions ({value}; {human})",
        "too few of its words are prepositions ({value}; {human})",
    ),
    "suffix.tion_interior": Wording(
        "it has -tion inside words too often (in {value} of cases; {human})",
        "it has -tion inside words too rarely (in {value} of cases; {human})",
    ),
    "wordlen.w1": _off("word lengths"),
    "wordlen.jsd": _off("word lengths"),
    "wordlen.mean": _too("its words are", "long", "short", "characters on average"),
    "wordlen.share_2_5": Wording(
        "too many of its words have 2 to 5 letters ({value}; {human})",
        "too few of its words have 2 to 5 letters ({value}; {human})",
    ),
    "vocab.hit": _unknown(
        "it has hardly any new word ({value} of its longer words are unknown to the corpus; {human})",
        "{value} of its longer words are unknown to the corpus ({human})",
        "it has no new word (none of its longer words is unknown; {human})",
    ),
    "vocab.dictionary": _unknown(
        "too few of its longer words are in no dictionary ({value}; {human})",
        "{value} of its longer words are in no dictionary ({human})",
        "none of its longer words is missing in the dictionary ({human})",
    ),
    "vocab.misspelt": _share("of its longer words look misspelt", none="none of its longer words looks misspelt"),
    "order.avoided": Wording(
        "its words do not follow each other ({value} are pairs that the corpus avoids; {human})",
        "too few of its pairs of words are pairs that the corpus avoids ({value}; {human})",
    ),
    "order.context": Wording(
        "its words follow each other like copied phrases (context saves {value} bits a word; {human})",
        "its words do not follow each other (context saves {value} bits a word; {human})",
    ),
    "order.surprises": Wording(
        "too many of its common words do not fit those before them ({value}; {human})",
        "too few of its common words are unexpected ({value}; {human})",
        "none of its common words is unexpected ({human})",
    ),
    "grammar.classes": Wording("its clauses are not built like the author's, off by {value} ({human})"),
    "grammar.distant": Wording(
        "its sentences are too much alike (distant words share {value} bits; {human})",
        "its words do not follow each other beyond phrases (distant words share {value} bits; {human})",
    ),
    "course.sentences": Wording(
        "its near sentences share too many words ({value} times chance; {human})",
        "its sentences do not follow each other (near ones share words {value} times chance; {human})",
    ),
    "novelty.chars_20": _novel("20-character spans"),
    "novelty.chars_30": _novel("30-character spans"),
    "novelty.words_3": _novel("3-word phrases"),
    "novelty.words_4": _novel("4-word phrases"),
    "copy.shadow": _share("of its text runs along passages of the corpus"),
    "repeat.1": _repeated("words"),
    "repeat.2": _repeated("2-word phrases"),
    "repeat.3": _repeated("3-word phrases"),
    "repeat.4": _repeated("4-word phrases"),
    "repeat.loop": Wording(
        "it repeats itself ({value} of its passages end in a loop; {human})",
        "only {value} of its passages end in a loop ({human})",
        "none of its passages ends in a loop ({human})",
    ),
    "course.repeats": Wording(
        "it repeats itself towards the end of passages (repeated words change by {value} points; {human})",
        "it repeats itself at the beginning of passages (repeated words change by {value} points; {human})",
        of=lambda share: 100 * share,
        unit="points",
        signed=True,
    ),
    "course.bits": Wording(
        "its passages get harder to guess towards their end ({value} bits a character; {human})",
        "its passages get easier to guess towards their end ({value} bits a character; {human})",
        signed=True,
    ),
    "passages.outside": Wording(
        "{value} passages are unlike single human passages ({human})",
        "too few of its passages are unusual ({value} passages; {human})",
        "none of its passages is unusual ({human})",
    ),
    "passages.far": Wording(
        "{value} passages are nothing like human ones ({human})",
        "too few of its passages are unusual ({value} passages; {human})",
        "none of its passages is unusual ({human})",
    ),
    "variety.shared": Wording("it repeats itself ({value} of its 20-character spans stand in other passages; {human})"),
    "reverse.bits": Wording("it teaches little (a model of it needs {value} bits a character; {human})"),
    "caps.after_space": Wording(
        "too many of its capitals follow a space ({value}; {human})", "too few of its capitals follow a space ({value}; {human})"
    ),
    "caps.after_lower": Wording(
        "it has capitals inside words ({value} of its capitals; {human})",
        "it has too few capitals inside words ({value} of its capitals; {human})",
    ),
    "caps.before": _off("characters before capitals"),
    "form.capitals": Wording(
        "it has too many capitals ({value} of its letters; {human})",
        "it has too few capitals ({value} of its letters; {human})",
        "it has no capitals ({human} of letters)",
    ),
    "form.places": Wording("its capitals stand in the wrong places, off by {value} ({human})"),
    "form.punctuation": _rate("punctuation marks", _PER_1000),
    "form.quotes": _rate("quotation marks", _PER_1000),
    "form.marks": _off("mix of punctuation and quotation marks", "is"),
    "form.lines": Wording(
        f"its layout is off, with too many line ends ({{value}} {_PER_1000}; {{human}})",
        f"its layout is off, with too few line ends ({{value}} {_PER_1000}; {{human}})",
        f"its layout is off, with no line ends ({{human}} {_PER_1000})",
    ),
    "form.paragraphs": Wording(
        f"its layout is off, with too many paragraphs ({{value}} {_PER_1000}; {{human}})",
        f"its layout is off, with too few paragraphs ({{value}} {_PER_1000}; {{human}})",
        f"its layout is off, with no paragraphs ({{human}} {_PER_1000})",
    ),
    "sentence.w1": _off("sentence lengths"),
    "sentence.mean": _too("its sentences are", "long", "short", "words on average"),
    **{f"word.{word}": _words(word) for word in ("the", "that", "than")},
}
"""Metric -> how its faults are said; those of other metrics are said by their label."""
_OFF_UNITS = ("bits", "words", "characters", "standard deviations")
"""Units of distances that are said after the figure."""


@dataclass(frozen=True)
class _Case:
    """A measured value and what human text has.

    Args:
        value, human: figures in `unit`; human is None where it is not known.
        low, high: the human range; None for an end that is open or not known.
        side: -1 too little, 1 too much.
        one_sided: whether it is a distance.
        reference: whose figure `human` is.
        n_passages: of the candidate.
    """

    metric: str
    label: str
    unit: str
    value: float
    human: float | None
    low: float | None
    high: float | None
    side: int
    one_sided: bool
    reference: str
    n_passages: int


def fault_clause(ranking: Ranking, candidate: str, metric: str) -> str:
    """How a candidate's measured row differs from human text, as a clause about "it"."""
    row = ranking.rows[candidate, metric]
    n_passages = next(int(each["n_passages"]) for each in ranking.candidates if each["name"] == candidate)
    case = _case(row, ranking, n_passages)
    if metric.startswith("suffix.") and case.unit == _PER_10K:
        return _said(_rate(case.label.replace(", strict", " (strict count)"), _PER_10K), case)
    wording = WORDINGS.get(metric)
    return _said(_by_label(case), case, in_full=True) if wording is None else _said(wording, case)


def _case(row: Row, ranking: Ranking, n_passages: int) -> _Case:
    assert row.value is not None
    metric = ranking.metrics[row.metric]
    low, high = (human_range(row.floor, metric, row.target) if row.floor is not None else None) or (None, None)
    # In older files two-sided measures are compared with the corpus itself.
    by_target = row.distance is None and row.target is not None
    human = row.target if by_target else row.floor.median if row.floor is not None else None
    one_sided = metric["direction"] == "lower"
    return _Case(
        metric=row.metric,
        # Names stand between backticks in sentences, and a label must not begin one.
        label=str(metric["label"]).replace("`", "'"),
        unit=str(metric["unit"]).replace("`", "'"),
        value=_clean(row.value),
        human=None if human is None else _clean(high if one_sided and high is not None else human),
        low=low,
        high=high,
        side=side_of(row, metric) or 1,
        one_sided=one_sided,
        reference="the corpus" if by_target else "human text",
        n_passages=n_passages,
    )


def _clean(value: float) -> float:
    """A value without what is left of rounding, as where a share of 0 was converted and back."""
    return 0.0 if abs(value) < _LEAST else value


def _by_label(case: _Case) -> Wording:
    """The wording of a metric that has none of its own."""
    be = "are" if case.label.endswith("s") else "is"
    if case.one_sided:
        return Wording(f"its {case.label} {be} too large ({{value}}; {{human}})")
    off = f"its {case.label} {be} too"
    return Wording(f"{off} high ({{value}}; {{human}})", f"{off} low ({{value}}; {{human}})")


def _said(wording: Wording, case: _Case, *, in_full: bool = False) -> str:
    """The clause; in full with the figure's unit and the whole human range, where the wording has neither."""
    figure = wording.of or (lambda value: value)
    unit = wording.unit or case.unit
    value, human = figure(case.value), None if case.human is None else figure(case.human)
    text = wording.more if case.side > 0 or not wording.less else wording.less
    # Of what is unknown or copied there is too little where the metric itself is too high.
    too_little = (case.side > 0) == (figure(1.0) < figure(0.0))
    if value == 0 and wording.none and too_little:
        text = wording.none
    own, theirs = _figures(value, human, unit)
    if wording.signed:
        own, theirs = _signed(own, value), _signed(theirs, human or 0.0)
    if in_full or (case.one_sided and unit in _OFF_UNITS):
        own = _with_unit(own, unit)
    if case.metric.startswith("passages."):
        own, text = _of_passages(case, own, text)
    return text.format(value=own, human=_reference(case, theirs, in_full=in_full))


def _reference(case: _Case, human: str, *, in_full: bool) -> str:
    """What human text has, after its name."""
    if not human:
        return f"no {case.reference} to compare with"
    if case.one_sided and case.high is not None:
        return f"{case.reference}: up to {human}"
    if in_full and case.low is not None and case.high is not None:
        return f"{case.reference}: {' to '.join(_figures(case.low, case.high, case.unit))}"
    return f"{case.reference}: {human}"


def _signed(figure: str, value: float) -> str:
    return f"+{figure}" if figure and value > 0 else figure


def _with_unit(figure: str, unit: str) -> str:
    return figure if unit == "share" else f"{figure}{NBSP}{unit_after(figure, unit)}"


def _of_passages(case: _Case, share: str, text: str) -> tuple[str, str]:
    """A share of passages as so many of them, where it is a whole number, and the text that agrees with it."""
    n = round(case.value * case.n_passages)
    if not math.isclose(case.value * case.n_passages, n, abs_tol=1e-6):
        return f"{share} of its", text
    return f"{n:,} of its {case.n_passages:,}", text.replace("passages are", "passages is") if n == 1 else text


def _figures(value: float, human: float | None, unit: str) -> tuple[str, str]:
    """Two figures with as many digits as tell them apart."""
    as_text = rough_percent if unit == "share" else _spoken
    pair = as_text(value), "" if human is None else as_text(human)
    for digits in range(2, _FINEST + 1):
        if human is None or pair[0] != pair[1]:
            break
        pair = _finer(value, digits, unit), _finer(human, digits, unit)
    return pair


def _spoken(value: float) -> str:
    """A number to three digits, without zeros at its end."""
    text = format_value(value)
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "\u2212")


def _finer(value: float, digits: int, unit: str) -> str:
    scaled, sign = (100 * value, f"{NBSP}%") if unit == "share" else (value, "")
    if scaled == 0:
        return f"0{sign}"
    places = max(0, digits - 1 - math.floor(math.log10(abs(scaled))))
    return f"{scaled:,.{places}f}{sign}".replace("-", "\u2212")


def rough_percent(share: float) -> str:
    """A share as sentences say it.

    >>> [rough_percent(x).replace(chr(160), " ") for x in (0.31, 0.052, 1.0, 0.99996, 0.00002)]
    ['31 %', '5.2 %', '100 %', '99.996 %', '0.002 %']
    """
    if share < 0.0995 or 0.995 < share < 1:
        text = percent(share)
        # What is not all of it, or not none of it, is not said to be.
        if share not in (0, 1) and float(text) in (0, 100):
            return _finer(share, 1 if share < 0.5 else 5, "share")
    else:
        text = f"{100 * share:.0f}"
    return f"{text}{NBSP}%".replace("-", "\u2212")
