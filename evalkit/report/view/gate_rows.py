"""A gate's decisions for the page: the words of `decisions`, and where each lies between no change and the most that is allowed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.report.view import decisions
from evalkit.report.view.run_diff import Difference, as_text
from evalkit.results import Results

_SHOWN = (-2.0, 3.0)
"""Margins that a strip shows; 0 is no change and 1 the most that is allowed."""


@dataclass(frozen=True)
class GateLine:
    """One measure's decision.

    Args:
        words: of the decision.
        symbol: its shape.
        bad: whether it is a regression.
        dot, low, high: places on the strip, percent of its width; None where there is nothing to draw.
    """

    words: decisions.Line
    symbol: str
    bad: bool
    dot: float | None
    low: float | None
    high: float | None


def gate_lines(results: Results, *, advisory: bool) -> list[GateLine]:
    """The decisions on gated measures, or on advisory ones, the worst first."""
    raw = [one for one in decisions.facts(results).get("decisions", ()) if (one["tier"] == "advisory") is advisory]
    return [_line(one, decisions.in_words(results, one)) for one in sorted(raw, key=_badness, reverse=True)]


def differing(results: Results) -> list[Difference]:
    """The fields in which candidate and baseline differ, where that forbids a comparison."""
    found = decisions.facts(results).get("not_comparable", ())
    return [Difference(str(one["field"]), as_text(one["baseline"]), as_text(one["candidate"])) for one in found]


def _badness(one: Mapping[str, Any]) -> float:
    found = decisions.in_margins(one, "difference")
    return -math.inf if found is None else found


def _line(one: Mapping[str, Any], words: decisions.Line) -> GateLine:
    bad = one["decision"] == "regression"
    prefix = "family_" if bad and one["family_low"] is not None else ""
    places = [_place(one, key) for key in ("difference", f"{prefix}low", f"{prefix}high")]
    return GateLine(words, decisions.MARKS.get(str(one["decision"]), ""), bad, *places)


def _place(one: Mapping[str, Any], key: str) -> float | None:
    low, high = _SHOWN
    found = decisions.in_margins(one, key)
    return None if found is None else round(100 * (max(low + 0.05, min(high - 0.05, found)) - low) / (high - low), 1)
