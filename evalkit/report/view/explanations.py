"""Explains in words why a candidate differs, a `Reasons` each, with links to the passages that show it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evalkit._util.formatting import NBSP, estimate, format_value, in_unit, percent, series, with_unit
from evalkit.report.view.judging.marks import within_range
from evalkit.report.view.passages.excerpts import MarkedPassage, Reading
from evalkit.results import Contribution, Place, Results, Row, WordUse
from evalkit.text.canonical import canonical, fold

_MOST_PARTS, _MOST_WORDS, _MOST_PARTS_EACH, _MOST_WORDS_EACH = 6, 6, 3, 4
_MOST_NAMED = 3
_PARTS = {
    "letters.jsd": ("the letter {}", "letters"),
    "wordlen.jsd": ("words of {} characters", "word lengths"),
    "function.profile": ("{}s", "word classes"),
    "words.top200": ("the word {}", "frequent words"),
    "order.bigrams": ("the letter pair {}", "letter pairs"),
    "caps.before": ("capitals after a {}", "the characters before capitals"),
}
"""Divergence in bits -> how its items are called, and what it is about."""
_MINUS = "\u2212"
_SPECIAL = {
    "words of 1 characters": "words of 1 character",
    "other wordss": "words of no closed class",
    "auxiliarys": "auxiliaries",
    "the word other words": "all other words together",
    "capitals after a lower case": "capitals after a small letter",
    "capitals after a punctuation": "capitals after punctuation",
}


@dataclass(frozen=True)
class Link:
    """A place on the page: the passage's id, and the anchor."""

    passage: str
    anchor: str


@dataclass(frozen=True)
class Part:
    """One item's part in a divergence.

    Args:
        sentence: in words.
        of_all: its share of the divergence, as text.
        links: passages on the page that have the most of it.
    """

    sentence: str
    of_all: str
    links: Sequence[Link]


@dataclass(frozen=True)
class UsedWord:
    """A word that is used too often or too rarely.

    Args:
        word: itself.
        rates: how often, and how often the corpus does.
        quote: text before it, itself, and after it, from one passage; None where it is used too rarely.
        links: its places in the passages on the page.
    """

    word: str
    rates: str
    quote: tuple[str, str, str] | None
    links: Sequence[Link]


@dataclass(frozen=True)
class ShareWords:
    """The words that make up the difference in a share or rate of words.

    Args:
        label: of the metric.
        values: the candidate's and the corpus's, as text.
        head: what the first words are: "too many", or "not among them" for shares of known words.
        often, rarely: words of which there are significantly too many and too few, each with what it adds.
        links: passages on the page that show one of the first.
    """

    label: str
    values: str
    head: str
    often: Sequence[str]
    rarely: Sequence[str]
    links: Sequence[Link]


@dataclass(frozen=True)
class Reasons:
    """What one candidate's differences consist of: words used too often and too rarely, the largest parts of divergences, and the words that shares of words consist of."""

    often: Sequence[UsedWord]
    rarely: Sequence[UsedWord]
    parts: Sequence[Part]
    shares: Sequence[ShareWords]
    n_words_tested: int

    @property
    def summary(self) -> str:
        """What there is to read, in a line: the words themselves and not their number."""
        often = f"overuses {_listed(self.often)}" if self.often else ""
        rarely = f"underuses {_listed(self.rarely)}" if self.rarely else ""
        return "; ".join(filter(None, (often, rarely))) or "no word stands out"


def _listed(uses: Sequence[UsedWord]) -> str:
    return series([use.word for use in uses[:_MOST_NAMED]])


def reasons(results: Results, names: Sequence[str], passages: Reading) -> dict[str, Reasons]:
    """The candidates whose differences were explained, those with something to say.

    Args:
        results: of a run.
        names: of the candidates, in the order of the page.
        passages: what the page shows, for links.
    """
    explained = {name: _reasons(results, name, passages.get(name, ())) for name in names if name in results.explanations}
    return {name: each for name, each in explained.items() if each.often or each.rarely or each.parts or each.shares}


def _reasons(results: Results, name: str, shown: Sequence[MarkedPassage]) -> Reasons:
    explained = results.explanations[name]
    totals = {row.metric: row.value for row in results.results if row.candidate == name}
    return Reasons(
        often=[_often(uses, shown) for uses in _together([use for use in explained.words if use.z > 0])][:_MOST_WORDS],
        rarely=[UsedWord(use.word, _rates(use), None, ()) for use in explained.words if use.z < 0][:_MOST_WORDS],
        parts=[_part(part, totals.get(part.metric), shown) for part in _largest(explained.contributions)],
        shares=_shares(results, name, shown),
        n_words_tested=explained.n_words_tested,
    )


def _rates(use: WordUse) -> str:
    return f"{_rate(use.per_10k)} per 10,000 words where the corpus has {_rate(use.reference_per_10k)}"


def _rate(per_10k: float) -> str:
    if 0 < per_10k < 0.05:
        return "fewer than 0.1"
    return "none" if per_10k == 0 else f"{per_10k:.0f}" if per_10k >= 9.5 else f"{per_10k:.1f}"


def _together(uses: Sequence[WordUse]) -> list[list[WordUse]]:
    """Overused words in groups: words of one phrase, which always stand beside each other, are one finding."""
    groups: list[list[WordUse]] = []
    for use in uses:
        alike = (group for group in groups if group[0].count == use.count and _beside(group[0], use) and _beside(use, group[0]))
        group = next(alike, None)
        if group is None:
            groups.append([use])
        else:
            group.append(use)
    return groups


def _beside(use: WordUse, other: WordUse) -> bool:
    """Whether a word stands in every example of another."""
    return bool(other.places) and all(re.search(rf"(?<!\w){re.escape(use.word)}(?!\w)", fold(place.text)) for place in other.places)


def _often(uses: Sequence[WordUse], shown: Sequence[MarkedPassage]) -> UsedWord:
    use = uses[0]
    links = [Link(passage.passage, passage.words[use.word]) for passage in shown if use.word in passage.words]
    quotes = [quote for place in use.places if (quote := _quote(use.word, place)) is not None]
    together = f"{use.word} (with {series([each.word for each in uses[1:]])})" if len(uses) > 1 else use.word
    return UsedWord(together, _rates(use), quotes[0] if quotes else None, links)


def _quote(word: str, place: Place) -> tuple[str, str, str] | None:
    """A place's text before the word, the word as it stands, and the text after it, on one line."""
    # Normalised as the tokenizer does it, or a curly apostrophe in the text would hide the word.
    text = " ".join(canonical(place.text).split())
    match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
    return (text[: match.start()], match[0], text[match.end() :]) if match else None


def _significant(part: Contribution) -> bool:
    """Whether chance does not explain it."""
    return part.low is None or part.high is None or not part.low <= 0 <= part.high


def _largest(parts: Sequence[Contribution]) -> list[Contribution]:
    """The largest parts of the divergences in bits that chance does not explain, no more than four of each divergence."""
    by_metric = {id_: [part for part in parts if part.metric == id_ and _significant(part)][:_MOST_PARTS_EACH] for id_ in _PARTS}
    largest = [part for parts_ in by_metric.values() for part in parts_]
    return sorted(largest, key=lambda part: -abs(part.contribution))[:_MOST_PARTS]


def _shares(results: Results, name: str, shown: Sequence[MarkedPassage]) -> list[ShareWords]:
    """Of each share or rate of words outside the human range, the words that chance does not explain; older files do not say which metrics those are."""
    # The strict variants of endings are left out: they say the same again.
    ids = [id_ for id_, metric in results.metrics.items() if metric.get("apart") in ("words", "missing words")]
    shares = (_words_of(results, name, id_, shown) for id_ in ids if not id_.endswith("_strict") and _outside(results, name, id_))
    return [share for share in shares if share.often or share.rarely]


def _outside(results: Results, name: str, id_: str) -> bool:
    row = results.row(name, id_)
    return row is not None and row.value is not None and not within_range(row, results.metrics[id_])


def _words_of(results: Results, name: str, id_: str, shown: Sequence[MarkedPassage]) -> ShareWords:
    metric, row = results.metrics[id_], results.row(name, id_)
    parts = [part for part in results.explanations[name].contributions if part.metric == id_ and _significant(part)]
    often, rarely = ([part for part in parts if (part.contribution > 0) == over][:_MOST_WORDS_EACH] for over in (True, False))
    places = {place.passage for part in often for place in part.places}
    return ShareWords(
        label=metric["label"],
        values=_values(row, metric["unit"]),
        head="not among them" if metric["apart"] == "missing words" else "too many",
        often=[_with_amount(part, metric["unit"]) for part in often],
        rarely=[_with_amount(part, metric["unit"]) for part in rarely],
        links=[Link(passage.passage, passage.anchor) for passage in shown if passage.passage in places],
    )


def _values(row: Row | None, unit: str) -> str:
    if row is None or row.value is None:
        return ""
    corpus = f" where the corpus has {in_unit(row.target, unit)}" if row.target is not None else ""
    return f"{with_unit(row.value, unit)}{corpus}"


def _with_amount(part: Contribution, unit: str) -> str:
    amount = format_value(abs(100 * part.contribution if unit == "share" else part.contribution))
    return f"{part.item} ({'+' if part.contribution > 0 else _MINUS}{amount})"


def item_in_words(metric: str, item: str) -> str:
    """An item of a divergence as sentences call it.

    >>> item_in_words("letters.jsd", "e"), item_in_words("wordlen.jsd", "1")
    ('the letter e', 'words of 1 character')
    """
    text = _PARTS[metric][0].format(item)
    return _SPECIAL.get(text, text)


def _part(part: Contribution, total: float | None, shown: Sequence[MarkedPassage]) -> Part:
    about, item = _PARTS[part.metric][1], item_in_words(part.metric, part.item)
    much = "too many" if part.value > part.reference else "too few"
    places = {place.passage for place in part.places}
    return Part(
        f"{item}: {percent(part.value)}{NBSP}% where the corpus has {percent(part.reference)}{NBSP}%, {much}",
        _of_all(part, total, about),
        [Link(passage.passage, passage.anchor) for passage in shown if passage.passage in places],
    )


def _of_all(part: Contribution, total: float | None, about: str) -> str:
    if not total:
        return ""
    share = 100 * abs(part.contribution) / total
    if part.low is None or part.high is None:
        return f"{share:.0f}{NBSP}% of the difference in {about}"
    low, high = sorted(100 * abs(end) / total for end in (part.low, part.high))
    shown = estimate(share, low, high, decimals=0)
    return f"{shown.value}{NBSP}% of the difference in {about}, {shown.interval}"
