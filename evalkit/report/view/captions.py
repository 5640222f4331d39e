"""Puts what a figure shows into words: its finding, which is its title, and the text for those who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit._util.formatting import NBSP, series, with_unit
from evalkit.report.view.judging.marks import within_range
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.ratios import Ratio
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


def ratios_finding(ratios: Sequence[Ratio]) -> str:
    """What a panel of ratios shows."""
    missing = [ratio.label for ratio in ratios if ratio.log2 is None and ratio.significant]
    outside = sorted((r for r in ratios if r.significant and r.log2 is not None), key=lambda r: -abs(r.log2 or 0.0))
    if not missing and not outside:
        return "All within what chance explains"
    if missing:
        none = f"No words in {series(missing)}" if all(label.startswith("-") for label in missing) else f"None of {series(missing)}"
        return none + _more(len(outside))
    return f"{outside[0].label[0].upper()}{outside[0].label[1:]} {_times(2 ** (outside[0].log2 or 0.0))}" + _more(len(outside) - 1)


def _more(n: int) -> str:
    return f", and {n} more {'differs' if n == 1 else 'differ'}" if n else ""


def _times(factor: float) -> str:
    return (
        f"{factor:.1f}{NBSP}times as often as in the corpus"
        if factor >= 1.05
        else f"at {100 * factor:.0f}{NBSP}% of the corpus's rate"
    )


def endings_finding(ranking: Ranking, metric: str) -> str:
    """How many candidates write an ending as often as people do, as the title of its row of panels."""
    rows = [row for name in ranking.competing if (row := ranking.row(name, metric)) is not None and row.value is not None]
    inside = sum(bool(within_range(row, ranking.metrics[metric])) for row in rows)
    floor = rows[0].floor if rows else None
    if floor is None:
        return family_finding(ranking, metric)
    ending = f"-{metric.partition('.')[2]} as often as people do ({with_unit(floor.median, ranking.metrics[metric]['unit'])})"
    if len(rows) == 1:
        return f"it {'writes' if inside else 'does not write'} {ending}"
    return {0: f"none writes {ending}", len(rows): f"all write {ending}"}.get(
        inside, f"{inside} of {len(rows)} write{'s' if inside == 1 else ''} {ending}"
    )


def family_finding(ranking: Ranking, metric: str) -> str:
    """How many candidates are within the human range on a metric, as the title of its row of panels."""
    rows = [row for name in ranking.competing if (row := ranking.row(name, metric)) is not None and row.value is not None]
    inside = [row for row in rows if within_range(row, ranking.metrics[metric])]
    if not rows:
        return "not measured"
    floor = rows[0].floor
    human = f" (human text: {with_unit(floor.median, ranking.metrics[metric]['unit'])})" if floor else ""
    if len(rows) == 1:
        value = with_unit(rows[0].value or 0.0, ranking.metrics[metric]["unit"])
        return f"{value}, {'' if inside else 'not '}within the human range{human}"
    if len(inside) == len(rows):
        return f"all are within the human range{human}"
    if not inside:
        return f"none is within the human range{human}"
    return f"{len(inside)} of {len(rows)} within the human range{human}"


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
