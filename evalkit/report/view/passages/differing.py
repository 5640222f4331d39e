"""Finds where two candidates differ most, `differing_most`: measure by measure the letters, words and forms, with a passage of each that shows it.

The idea is that of compare-mt (Neubig et al. 2019), which lists the words and sentences on which two systems differ most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalkit._util.formatting import percent
from evalkit.report.view.explanations import item_in_words
from evalkit.report.view.ranking import ALPHA, Ranking
from evalkit.results import Pair, Place, Profile

_COMPARED = ("words.top200", "function.profile", "letters.jsd", "order.bigrams", "wordlen.jsd", "caps.before")
"""Distributions whose items people can look for in a text."""
_MOST_ITEMS, _MOST_MEASURES = 4, 3
_LEAST = 0.002
"""A difference of shares that is worth a line: two tenths of a percentage point."""


@dataclass(frozen=True)
class Item:
    """Something that one candidate has more of than the other.

    Args:
        name: of the letter, word or form.
        shares: of the two candidates and of the corpus, in percent.
        more: the candidate that has more of it.
        quotes: the candidate and a few words that show it, where the run kept some.
    """

    name: str
    shares: tuple[str, str, str]
    more: str
    quotes: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class MeasureDifference:
    """A measure on which the two differ: its label, whether that is significant after correction, and the items that make it up."""

    label: str
    significant: bool
    items: Sequence[Item]


@dataclass(frozen=True)
class Difference:
    """Where two candidates differ, the measure with the largest differences first."""

    first: str
    second: str
    measures: Sequence[MeasureDifference]


def differing_most(ranking: Ranking) -> Difference | None:
    """Where the two candidates of a run differ most; None where there are not two, or nothing is known."""
    competing = [name for name in ranking.names if name in ranking.competing]
    if len(competing) != 2 or ranking.temperatures:
        return None
    first, second = competing
    profiles = {profile.metric: profile for profile in ranking.results.profiles if {first, second} <= set(profile.series)}
    found = [_measure(ranking, profiles[id_], first, second) for id_ in _COMPARED if id_ in profiles]
    measures = sorted((each for each in found if each[1].items), key=lambda each: -each[0])[:_MOST_MEASURES]
    return Difference(first, second, [measure for _, measure in measures]) if measures else None


def _measure(ranking: Ranking, profile: Profile, first: str, second: str) -> tuple[float, MeasureDifference]:
    """The measure, and the sum of the differences of all shares, by which measures are ordered."""
    a, b = (profile.series[name].value for name in (first, second))
    gaps = {i: (a[i] or 0.0) - (b[i] or 0.0) for i in range(len(profile.items)) if a[i] is not None and b[i] is not None}
    largest = [i for i in sorted(gaps, key=lambda i: -abs(gaps[i])) if abs(gaps[i]) >= _LEAST][:_MOST_ITEMS]
    places = {name: _places(ranking, name, profile.metric) for name in (first, second)}
    items = []
    for i in largest:
        more = first if gaps[i] > 0 else second
        quotes = [(more, " ".join(place.text.split())) for place in places[more].get(profile.items[i], ())[:1]]
        shares = (percent(a[i] or 0.0), percent(b[i] or 0.0), percent(profile.reference[i] or 0.0))
        items.append(Item(item_in_words(profile.metric, profile.items[i]), shares, more, quotes))
    pair = _pair(ranking, first, second, profile.metric)
    significant = pair is not None and pair.p_adjusted is not None and pair.p_adjusted < ALPHA
    return sum(map(abs, gaps.values())), MeasureDifference(str(ranking.metrics[profile.metric]["label"]), significant, items)


def _places(ranking: Ranking, name: str, metric: str) -> Mapping[str, Sequence[Place]]:
    """Item -> where a candidate shows it."""
    explained = ranking.results.explanations.get(name)
    parts = explained.contributions if explained is not None else ()
    return {part.item: part.places for part in parts if part.metric == metric}


def _pair(ranking: Ranking, first: str, second: str, metric: str) -> Pair | None:
    wanted = {first, second}
    return next((pair for pair in ranking.results.comparisons if pair.metric == metric and {pair.a, pair.b} == wanted), None)
