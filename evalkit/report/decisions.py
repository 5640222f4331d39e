"""A gate's results in words, shared by the terminal, Markdown, JUnit and GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.report.numbers import format_value
from evalkit.results import Results

SYMBOLS = {"PASS": "✓", "REGRESSION": "✗", "INCONCLUSIVE": "?", "NOT COMPARABLE": "≠"}
MARKS = {"pass": "✓", "regression": "✗", "inconclusive": "?", "not measured": "–"}  # noqa: RUF001 - a dash for nothing


@dataclass(frozen=True)
class Line:
    """One decision in words.

    Args:
        measure: its id; label and unit for people.
        tier, decision, against: as in results.json.
        change: the difference with its interval, as text.
        margin: what was tolerated, and where that was set.
    """

    measure: str
    label: str
    unit: str
    tier: str
    decision: str
    against: str
    change: str
    margin: str
    margin_source: str
    reason: str | None
    passages_needed: int | None


def symbol(results: Results) -> str:
    """One character for the verdict."""
    return SYMBOLS.get(str(results.verdict), "?")


def facts(results: Results) -> Mapping[str, Any]:
    """What the gate adds to results; empty for other results."""
    return results.gate or {}


def lines(results: Results) -> Iterator[Line]:
    """Every decision, in the order of results.json."""
    for decision in facts(results).get("decisions", ()):
        yield _line(results, decision)


def _line(results: Results, decision: Mapping[str, Any]) -> Line:
    declared = {**results.metrics, **facts(results).get("measures", {})}
    about = declared.get(decision["measure"], {"label": decision["measure"], "unit": ""})
    family = decision["family_low"] is not None and decision["decision"] == "regression"
    low, high = (decision["family_low"], decision["family_high"]) if family else (decision["low"], decision["high"])
    unit, scale = ("points", 100.0) if about["unit"] == "share" else (about["unit"], 1.0)
    return Line(
        measure=decision["measure"],
        label=about["label"],
        unit=unit,
        tier=decision["tier"],
        decision=decision["decision"],
        against=decision["against"],
        change=_change(decision["difference"], low, high, scale),
        margin=_margin(decision, scale),
        margin_source=decision["margin_source"],
        reason=decision["reason"],
        passages_needed=decision["passages_needed"],
    )


def _change(value: float | None, low: float | None, high: float | None, scale: float) -> str:
    if value is None or low is None or high is None:
        return "not measured"
    if value == low == high == 0:
        return "0, both at the human floor"
    return f"{signed(scale * value)} [{signed(scale * low)}, {signed(scale * high)}]"


def _margin(decision: Mapping[str, Any], scale: float) -> str:
    """The margin in the metric's unit, and as it was set where that is in floor units."""
    if decision["margin"] is None:
        return str(decision["margin_set"])
    size = format_value(scale * decision["margin"])
    return f"{size} ({decision['margin_set']})" if "floor" in decision["margin_set"] else size


def signed(value: float) -> str:
    """A number with its sign."""
    return f"{'+' if value > 0 else ''}{format_value(value)}"


def headline(results: Results) -> str:
    """The verdict in one sentence, without the verdict's word."""
    gate, candidate = facts(results), results.candidates[0]["name"]
    baseline = gate["baseline"]
    if gate["not_comparable"]:
        fields = ", ".join(entry["field"] for entry in gate["not_comparable"])
        return f"{candidate} and the baseline {baseline['name']} differ in {fields}."
    worst = gate["worst"]
    if worst is None:
        return f"Nothing that is gated could be measured of {candidate}."
    line = _line(results, worst)
    beside = f"margin {line.margin}, against the {line.against} {baseline['name']}"
    if results.verdict == "REGRESSION":
        return f"{candidate} has become worse on {line.label} by {line.change} {line.unit} ({beside})."
    if results.verdict == "PASS":
        return f"{candidate} is no worse than tolerated on any gated measure; nearest to its limit is {line.label}, {line.change} {line.unit} ({beside})."
    missing = [one.measure for one in lines(results) if one.decision == "not measured" and one.tier != "advisory"]
    if missing and line.decision == "pass":
        return f"{', '.join(missing)} could not be measured of {candidate}."
    return f"It is undecided whether {candidate} has become worse on {line.label}: {line.change} {line.unit} ({beside}).{remedy(results)}"


def remedy(results: Results) -> str:
    """What would decide an undecided run, as a sentence with a space before it; empty where nothing can be said."""
    needed = facts(results).get("passages_needed")
    if results.verdict != "INCONCLUSIVE":
        return ""
    if needed:
        return f" About {needed:,} passages a side would decide."
    return " The difference lies at the margin itself, where no number of passages decides."


def provenance(results: Results) -> str:
    """Which baseline it was, as a line."""
    baseline = facts(results)["baseline"]
    commit = f", commit {baseline['commit'][:10]}" if baseline["commit"] else ""
    anchor = facts(results)["anchor"]
    older = f"; anchor of {anchor['date'][:10]}" if anchor else ""
    return f"Baseline {baseline['name']}: {baseline['spec']}, {baseline['n_passages']} passages, {baseline['date'][:10]}{commit}{older}"
