"""Renders the matrix of pairs as Markdown: for each measure the difference of every two candidates, its interval and its p."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit._util.formatting import estimate, unit_name
from evalkit.report.markdown.escape import code, plain
from evalkit.report.markdown.fitting import Section
from evalkit.results import Pair, Rank, Results

Pairs = Mapping[tuple[str, str], Pair]
_LEGEND = (
    "Damage of the row's candidate less that of the column's, with its 95 % interval and p (corrected for measures and pairs); above 0 the row "
    "is worse. Candidates that share a letter are tied: they do not differ significantly."
)


def pairwise_sections(results: Results, *, priority: int) -> list[Section]:
    """A folded table for each ranked measure, those left out last for which a comment has no room; nothing for a single candidate.

    Args:
        results: of a run.
        priority: of the section.
    """
    ranked = list(dict.fromkeys(rank.metric for rank in results.ranking if rank.metric in results.metrics))
    if not results.comparisons or not ranked:
        return []
    forms = [_folded(results, ranked[:n]) for n in (len(ranked), 8, 4, 2, 1) if n == len(ranked) or n < len(ranked)]
    return [Section([*forms, []], "differences between candidates", priority)]


def _folded(results: Results, ranked: Sequence[str]) -> list[str]:
    lines = ["", "<details><summary>Candidates against each other</summary>", "", _LEGEND, ""]
    for metric in ranked:
        lines += _matrix(results, metric)
    return [*lines, "</details>"]


def _matrix(results: Results, metric: str) -> list[str]:
    declared, ranks = results.metrics[metric], [rank for rank in results.ranking if rank.metric == metric]
    pairs = {(pair.a, pair.b): pair for pair in results.comparisons if pair.metric == metric}
    names = [rank.candidate for rank in ranks]
    unit = "points" if declared["unit"] == "share" else unit_name(declared["unit"])
    head = [f"{plain(declared['label'])}, {plain(unit)}", "rank", *(code(name) for name in names)]
    rows = [_row(rank, names, pairs, declared["unit"]) for rank in ranks]
    lines = [f"| {' | '.join(head)} |", f"|:--|:--|{'--:|' * len(names)}", *(f"| {' | '.join(row)} |" for row in rows), ""]
    # Said once: in the cells the same few reasons would take more room than all numbers.
    reasons = dict.fromkeys(
        pair.reason.removeprefix("no interval: ") for pair in pairs.values() if pair.delta is None and pair.reason
    )
    return [*lines, f"No interval: {plain('; '.join(reasons))}.", ""] if reasons else lines


def _row(rank: Rank, names: Sequence[str], pairs: Pairs, unit: str) -> list[str]:
    cells = ["" if name == rank.candidate else _cell(rank.candidate, name, pairs, unit) for name in names]
    return [code(rank.candidate), f"{rank.rank} {plain(rank.letters)}", *cells]


def _cell(row: str, column: str, pairs: Pairs, unit: str) -> str:
    # Each pair is stored once; read the other way round, its difference changes sign and its interval turns.
    pair, sign = (pairs[row, column], 1.0) if (row, column) in pairs else (pairs.get((column, row)), -1.0)
    if pair is None or pair.delta is None:
        return "no interval" if pair and pair.reason else "not measured"
    low, high = sorted((sign * pair.ci.low, sign * pair.ci.high)) if pair.ci is not None else (None, None)
    text = str(estimate(sign * pair.delta, low, high, unit, sign=True))
    return text + (f", p {_p(pair.p_adjusted)}" if pair.p_adjusted is not None else "")


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")
