"""Puts what a figure shows into words: its finding, which is its title, and the text for those who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit._util.formatting import series
from evalkit.report.view.judging.marks import within_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import Profile, Series

_LEAST = 0.001
"""A share must be off by a tenth of a percentage point to be worth a word."""


def shares_finding(ranking: Ranking, profile: Profile, candidate: str) -> str:
    """What a panel of shares shows."""
    row, series_ = ranking.row(candidate, profile.metric), profile.series[candidate]
    if row is not None and row.value is None:
        return f"Not measured: {row.reason}"
    inside = row is not None and within_range(row, ranking.metrics[profile.metric])
    outside = [
        (series_.value[i] or 0.0, profile.reference[i] or 0.0, item)
        for i, item in enumerate(profile.items)
        if is_significant(series_, profile.reference, i)
        and abs((series_.value[i] or 0.0) - (profile.reference[i] or 0.0)) >= _LEAST
    ]
    largest = sorted(outside, key=lambda item: -abs(item[0] - item[1]))[:3]
    if inside or not largest:
        return "Within the human range" if inside else "No item stands out"
    return _over_and_under(largest)


def _over_and_under(items: Sequence[tuple[float, float, str]]) -> str:
    over = [f"{item} (+{100 * (value - expected):.1f})" for value, expected, item in items if value > expected]
    under = [f"{item} (\u2212{100 * (expected - value):.1f})" for value, expected, item in items if value < expected]
    parts = [f"too {word} {series(texts)}" for word, texts in (("many", over), ("few", under)) if texts]
    return f"{parts[0][0].upper()}{parts[0][1:]}" + (f"; {parts[1]}" if len(parts) > 1 else "")


def lengths_finding(ranking: Ranking, profile: Profile, candidate: str) -> str:
    """What a panel of word lengths shows."""
    row = ranking.row(candidate, profile.metric)
    if row is not None and row.value is None:
        return f"Not measured: {row.reason}"
    mean, corpus = mean_item(profile.items, profile.series[candidate].value), mean_item(profile.items, profile.reference)
    if row is not None and within_range(row, ranking.metrics[profile.metric]):
        return "Within the human range"
    if mean is None or corpus is None:
        return shares_finding(ranking, profile, candidate)
    if abs(mean - corpus) < 0.1:
        return f"The mean is right ({mean:.2f}), the spread is not"
    return f"Words too {'long' if mean > corpus else 'short'}: mean {mean:.2f}, corpus {corpus:.2f}"


def is_significant(series: Series, reference: Sequence[float | None], item: int) -> bool:
    """Whether the interval of an item's share leaves the corpus's share out."""
    low, high, expected = series.low[item], series.high[item], reference[item]
    return low is not None and high is not None and expected is not None and not low <= expected <= high


_MOST_DIGITS = 9
"""Of an item that is a number; a file may hold any."""


def mean_item(items: Sequence[str], shares: Sequence[float | None]) -> float | None:
    """The mean of items that are numbers ("20+" counts as 20), or None where they are not."""
    numbers = [item.rstrip("+") for item in items]
    if not all(number.isdecimal() and len(number) <= _MOST_DIGITS for number in numbers):
        return None
    return sum(int(number) * (share or 0.0) for number, share in zip(numbers, shares, strict=True))
