"""How sure a run is, in sentences: what the numbers rest on, and how often such numbers have been right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evalkit._util.formatting import NBSP, count, in_unit
from evalkit.report.view.standings import Board
from evalkit.results import ONE_VALUE

COVERAGE = (92.3, 97.2)
"""Least and greatest measured coverage of a nominal 95 % interval over the required metrics and four settings, percent (docs/statistics.md)."""
TEST_ERRORS = (4.0, 5.9)
"""The same of false rejections by a test at 5 %."""
GATE_ERRORS = (0, 500, 0.8)
"""False regressions of the whole gate, in how many runs of each of four settings, and the upper end of the 95 % interval, percent."""
_NONE = "no interval: "


def certainty(board: Board) -> list[str]:
    """What the numbers rest on."""
    if board.results.verdict == "NOT COMPARABLE":
        return ["Nothing was measured: values of unlike runs mean different things.", *_gate(board)]
    return [*_basis(board), *_gate(board), *_gaps(board)]


def _basis(board: Board) -> Iterator[str]:
    shape = board.results.shape
    size = f"{count(shape['n_passages'], 'passage')} of {shape['n_chars']:,} characters"
    yield f"Each candidate was judged on {size}; the passage is the unit, and for human text the document."
    yield "The human range is what 95 % of held-out human texts of the same shape keep to, over further random splits of the corpus by document."
    if any(row.ci is not None for row in board.results.results):
        yield (
            "The intervals, from leaving out each passage in turn, are for the value that another sample of the same shape would have, at 95"
            f"{NBSP}% for each measure alone. Measured on known generators they hold it in {_range(COVERAGE)} of samples."
        )
    if board.results.comparisons:
        yield (
            "Two candidates differ where a permutation test, corrected for all measures and pairs, or intervals that lie apart say so. A single test "
            f"at 5{NBSP}% was measured to cry wolf in {_range(TEST_ERRORS)} of pairs from one source."
        )


def _gate(board: Board) -> Iterator[str]:
    if board.results.kind == "gate":
        wrong, runs, most = GATE_ERRORS
        yield (
            f"An unchanged model was called a regression in {wrong} of {runs} runs of the whole gate in each of four settings (so in at most {most:g}{NBSP}% "
            f"of runs, with 95{NBSP}% confidence)."
        )


def _range(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.1f} to {ends[1]:.1f}{NBSP}%"


def _gaps(board: Board) -> Iterator[str]:
    rows = board.results.results
    reasons = [row.reason for row in rows if row.value is not None and row.ci is None]
    if reasons:
        known = dict.fromkeys(_short(reason) for reason in reasons if reason)
        why = f": {'; '.join(list(known)[:3])}" if known else ""
        yield f"{count(len(reasons), 'value stands', 'values stand')} without an interval{why}."
    missing = sum(row.value is None for row in rows)
    if missing:
        yield f"{count(missing, 'value was', 'values were')} not measured for want of text; that never counts as 0."


def _short(reason: str) -> str:
    return "one value for all passages together" if reason.endswith(ONE_VALUE) else reason.removeprefix(_NONE)


def detectable(board: Board, order: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    """The smallest effect by metric and candidate, where any was computed."""
    return [line for id_ in order if any((line := _smallest(board, id_, names))["values"])]


def _smallest(board: Board, id_: str, names: Sequence[str]) -> dict[str, Any]:
    metric: Mapping[str, Any] = board.metrics[id_]
    rows = [board.row(name, id_) for name in names]
    values = ["" if row is None or row.mde is None else in_unit(row.mde, metric["unit"]) for row in rows]
    return {
        "label": metric["label"],
        "unit": "percentage points" if metric["unit"] == "share" else metric["unit"],
        "values": values,
    }
