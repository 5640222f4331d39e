"""A gate's decisions for the page: the words of `decisions`, and where each lies between no change and the most that is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.report import decisions
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


def gate_lines(results: Results) -> list[GateLine]:
    """The decisions, the worst first."""
    raw = list(decisions.facts(results).get("decisions", ()))
    pairs = zip(raw, decisions.lines(results), strict=True)
    return [
        _line(one, words) for one, words in sorted(pairs, key=lambda pair: -_in_margins(pair[0], pair[0].get("difference"), -1e9))
    ]


def _line(one: Mapping[str, Any], words: decisions.Line) -> GateLine:
    bad = one["decision"] == "regression"
    prefix = "family_" if bad and one.get("family_low") is not None else ""
    places = [_place(one, one.get(key)) for key in ("difference", f"{prefix}low", f"{prefix}high")]
    return GateLine(words, decisions.MARKS.get(str(one["decision"]), ""), bad, *places)


def _in_margins(one: Mapping[str, Any], value: float | None, otherwise: float) -> float:
    return value / one["margin"] if one.get("margin") and value is not None else otherwise


def _place(one: Mapping[str, Any], value: float | None) -> float | None:
    low, high = _SHOWN
    if not one.get("margin") or value is None:
        return None
    return float(round(100 * (max(low + 0.05, min(high - 0.05, value / one["margin"])) - low) / (high - low), 1))
