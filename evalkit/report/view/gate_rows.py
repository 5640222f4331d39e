"""Places a gate's decisions on the strips of the page, between no change and the most that is allowed: `gate_rows`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.report.view import decisions
from evalkit.report.view.run_diff import FieldDifference, as_text
from evalkit.results import Results

_SHOWN = (-2.0, 3.0)
"""Margins that a strip shows; 0 is no change and 1 the most that is allowed."""


@dataclass(frozen=True)
class GateRow:
    """One measure's decision.

    Args:
        words: of the decision.
        symbol: its shape.
        bad: whether it is a regression.
        dot, low, high: places on the strip, percent of its width; None where there is nothing to draw.
    """

    words: decisions.DecisionRow
    symbol: str
    bad: bool
    dot: float | None
    low: float | None
    high: float | None


def gate_rows(results: Results, *, advisory: bool) -> list[GateRow]:
    """The decisions on gated measures, or on advisory ones, as tables order them."""
    stored = [
        (decision, decisions.decision_row(results, decision))
        for decision in decisions.gate_of(results).get("decisions", ())
        if (decision["tier"] == "advisory") is advisory
    ]
    ordered = sorted(stored, key=lambda pair: decisions.precedence(pair[1]), reverse=True)
    return [_row(decision, words) for decision, words in ordered if words.listed]


def differing(results: Results) -> list[FieldDifference]:
    """The fields in which candidate and baseline differ, where that forbids a comparison."""
    fields = decisions.gate_of(results).get("not_comparable", ())
    return [FieldDifference(str(field["field"]), as_text(field["baseline"]), as_text(field["candidate"])) for field in fields]


def _row(decision: Mapping[str, Any], words: decisions.DecisionRow) -> GateRow:
    bad = decision["decision"] == "regression"
    # A regression was decided by the interval of all measures together, as `decisions` says it.
    prefix = "family_" if bad and decision["family_low"] is not None else ""
    places = [_place(decision, key) for key in ("difference", f"{prefix}low", f"{prefix}high")]
    return GateRow(words, decisions.MARKS.get(str(decision["decision"]), ""), bad, *places)


def _place(decision: Mapping[str, Any], key: str) -> float | None:
    low, high = _SHOWN
    margins = decisions.in_margins(decision, key)
    return None if margins is None else round(100 * (max(low + 0.05, min(high - 0.05, margins)) - low) / (high - low), 1)
