"""Says how certain a run is: what the numbers rest on, and how often such numbers have been right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evalkit._util.formatting import NBSP, count, in_unit
from evalkit.report.view.ranking import Ranking
from evalkit.results import ONE_VALUE

COVERAGE = (92.3, 97.2)
"""Least and greatest measured coverage of a nominal 95 % interval over the required metrics and four settings, percent (docs/reference/measured/intervals.md)."""
BLOCK_COVERAGE = (91.7, 98.9)
"""The same of the blocks of one long text, over the headline metrics and the streams of n-grams (docs/reference/measured/intervals.md)."""
TEST_ERRORS = (4.0, 5.9)
"""The same of false rejections by a test at 5 %."""
GATE_ERRORS = (0, 500, 0.8)
"""False regressions of the whole gate, in how many runs of each of four settings, and the upper end of the 95 % interval, percent."""
_NONE = "no interval: "


def certainty(ranking: Ranking) -> list[str]:
    """What the numbers rest on."""
    if ranking.results.verdict == "NOT COMPARABLE":
        return ["Nothing was measured: the values of these runs cannot be compared.", *_gate(ranking)]
    return [*_basis(ranking), *_gate(ranking), *_gaps(ranking)]


def _basis(ranking: Ranking) -> Iterator[str]:
    shape = ranking.results.shape
    size = f"{count(shape['n_passages'], 'passage')} of {shape['n_chars']:,} characters"
    yield f"Each candidate was judged on {size}; the passage is the unit, and for human text the document."
    yield "The human range holds 95 % of held-out human texts of the same shape, over further random splits of the corpus by document."
    if any(row.ci is not None for row in ranking.results.results):
        yield (
            f"The 95{NBSP}% intervals come from leaving out each passage in turn (jackknife). Each holds for one measure alone, and is for the "
            f"value that another sample of the same shape would have. On known generators they covered it in {_range(COVERAGE)} of samples."
        )
    if any((row.reason or "").startswith("interval from blocks") for row in ranking.results.results):
        yield (
            "One long text is one unit. Its interval comes from leaving out blocks of consecutive pieces in turn, as long as the text's memory asks for. "
            f"On streams of n-grams such intervals covered the value in {_range(BLOCK_COVERAGE)} of streams."
        )
    if ranking.results.comparisons:
        yield (
            "Two candidates differ where a permutation test, corrected for all measures and pairs, is significant, or their intervals do not overlap. "
            f"A single test at 5{NBSP}% raised a false alarm in {_range(TEST_ERRORS)} of pairs from one source."
        )


def _gate(ranking: Ranking) -> Iterator[str]:
    if ranking.results.kind == "gate":
        wrong, runs, upper = GATE_ERRORS
        yield (
            f"An unchanged model was called a regression in {wrong} of {runs} runs of the whole gate in each of four settings (so in at most {upper:g}{NBSP}% "
            f"of runs, with 95{NBSP}% confidence)."
        )


def _range(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.1f} to {ends[1]:.1f}{NBSP}%"


def _gaps(ranking: Ranking) -> Iterator[str]:
    rows = ranking.results.results
    reasons = [row.reason for row in rows if row.value is not None and row.ci is None]
    if reasons:
        distinct = dict.fromkeys(_short(reason) for reason in reasons if reason)
        why = f": {'; '.join(list(distinct)[:3])}" if distinct else ""
        yield f"{count(len(reasons), 'value has', 'values have')} no interval{why}."
    missing = sum(row.value is None for row in rows)
    if missing:
        yield f"{count(missing, 'value was', 'values were')} not measured, because there is too little text; that never counts as 0."


def _short(reason: str) -> str:
    return "one value for all passages together" if reason.endswith(ONE_VALUE) else reason.removeprefix(_NONE)


def detectable(ranking: Ranking, order: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    """The smallest effect by metric and candidate, where any was computed."""
    return [row for id_ in order if any((row := _smallest(ranking, id_, names))["values"])]


def _smallest(ranking: Ranking, id_: str, names: Sequence[str]) -> dict[str, Any]:
    metric: Mapping[str, Any] = ranking.metrics[id_]
    rows = [ranking.row(name, id_) for name in names]
    values = ["" if row is None or row.mde is None else in_unit(row.mde, metric["unit"]) for row in rows]
    return {
        "label": metric["label"],
        "unit": "percentage points" if metric["unit"] == "share" else metric["unit"],
        "values": values,
    }
