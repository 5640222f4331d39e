"""A gate's results in words, shared by the terminal, Markdown, JUnit and GitHub."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit._util.formatting import NBSP, format_value, interval_in_unit, named, series
from evalkit.results import Results

SYMBOLS = {"PASS": "✓", "REGRESSION": "✗", "INCONCLUSIVE": "?", "NOT COMPARABLE": "≠"}
MARKS = {"pass": "✓", "regression": "✗", "inconclusive": "?", "not measured": "–"}  # noqa: RUF001 - a dash for nothing


@dataclass(frozen=True)
class Line:
    """One decision in words.

    Args:
        measure: its id; label and unit for people.
        tier, decision, against: as in results.json.
        value, interval: the difference, and its interval, as text; the interval is empty where there is none to show.
        margin: what was tolerated, in the unit; empty where that is not known.
        margin_set, margin_source: the margin as it was set, and where.
        in_margins: the difference in margins; above 1 it is worse than tolerated. None where it is not known.
    """

    measure: str
    label: str
    unit: str
    tier: str
    decision: str
    against: str
    value: str
    interval: str
    margin: str
    margin_set: str
    margin_source: str
    in_margins: float | None
    reason: str | None
    passages_needed: int | None

    @property
    def change(self) -> str:
        """The difference with its unit and its interval."""
        return f"{self.value} {self.unit} ({self.interval})" if self.interval else self.value

    @property
    def allowed(self) -> str:
        """What was tolerated, as set where that is in floor units."""
        if not self.margin:
            return self.margin_set
        return f"{self.margin} ({self.margin_set})" if "floor" in self.margin_set else self.margin


def symbol(results: Results) -> str:
    """One character for the verdict."""
    return SYMBOLS.get(str(results.verdict), "?")


def facts(results: Results) -> Mapping[str, Any]:
    """What the gate adds to results; empty for other results."""
    return results.gate or {}


def lines(results: Results) -> Iterator[Line]:
    """Every decision, in the order of results.json."""
    for decision in facts(results).get("decisions", ()):
        yield in_words(results, decision)


def worst_first(results: Results) -> list[Line]:
    """Every decision, those farthest beyond their margin first."""
    return sorted(lines(results), key=lambda line: -math.inf if line.in_margins is None else line.in_margins, reverse=True)


def in_words(results: Results, decision: Mapping[str, Any]) -> Line:
    """One decision for people."""
    declared = {**results.metrics, **facts(results).get("measures", {})}
    about = declared.get(decision["measure"], {"label": decision["measure"], "unit": ""})
    low, high = _ends(decision)
    unit, scale = ("points", 100.0) if about["unit"] == "share" else (about["unit"], 1.0)
    return Line(
        measure=decision["measure"],
        label=about["label"],
        unit=unit,
        tier=decision["tier"],
        decision=decision["decision"],
        against=decision["against"],
        value=_value(decision["difference"], low, high, scale),
        interval="" if low is None or high is None or low == high else f"{signed(scale * low)} to {signed(scale * high)}",
        margin="" if decision["margin"] is None else format_value(scale * decision["margin"]),
        margin_set=str(decision["margin_set"]),
        margin_source=decision["margin_source"],
        in_margins=in_margins(decision, "difference"),
        reason=decision["reason"],
        passages_needed=decision["passages_needed"],
    )


def _value(value: float | None, low: float | None, high: float | None, scale: float) -> str:
    if value is None or low is None or high is None:
        return "not measured"
    if value == low == high == 0:
        return "0, both at the human floor"
    return signed(scale * value)


def in_margins(decision: Mapping[str, Any], key: str) -> float | None:
    """A number of a decision in units of its margin; None where either is not known."""
    return decision[key] / decision["margin"] if decision["margin"] and decision[key] is not None else None


def signed(value: float) -> str:
    """A number with its sign."""
    return f"{'+' if value > 0 else ''}{format_value(value)}".replace("-", "\u2212")


def headline(results: Results) -> str:
    """The verdict in a sentence or two, without the verdict's word; names between backticks."""
    gate, candidate = facts(results), named(results.candidates[0]["name"])
    if gate["not_comparable"]:
        fields = series([field_name(str(entry["field"])) for entry in gate["not_comparable"]])
        return f"{candidate} and the baseline {named(gate['baseline']['name'])} cannot be compared: they differ in {fields}."
    if gate["worst"] is None:
        return f"Nothing that is gated could be measured of {candidate}."
    return _decided(results, candidate, gate["worst"])


def _decided(results: Results, candidate: str, worst: Mapping[str, Any]) -> str:
    than = f"than the {worst['against']} {named(facts(results)['baseline']['name'])}"
    gated = [one for one in lines(results) if one.tier != "advisory" and one.against == worst["against"]]
    if results.verdict == "REGRESSION":
        n = sum(one.decision == "regression" for one in gated)
        among = f" It has also become worse on {n - 1} more of the {len(gated)} gated measures." if n > 1 else ""
        return f"{candidate} has become worse {than} on {in_words(results, worst).label}, {_size(results, worst)}.{among}"
    if results.verdict == "PASS":
        return _passed(results, f"{candidate} is not worse {than} by more than is allowed on", gated, worst)
    missing = [one.label for one in gated if one.decision == "not measured"]
    if missing and worst["decision"] == "pass":
        return f"{series(missing)} could not be measured of {candidate}."
    if worst["decision"] == "pass":
        return f"The policy calls no measure critical, so nothing decides whether {candidate} has become worse {than}."
    label, size = in_words(results, worst).label, _size(results, worst)
    return f"It is undecided whether {candidate} has become worse {than}: on {label} it measures {size}.{remedy(results)}"


def _passed(results: Results, start: str, gated: list[Line], worst: Mapping[str, Any]) -> str:
    """On what nothing became worse, how much is undecided, and what is nearest to its limit."""
    nearest = f"earest to its limit is {in_words(results, worst).label}, {_size(results, worst)}."
    undecided = [one for one in gated if one.decision != "pass"]
    if not undecided:
        on = f"any of {len(gated)} gated measures" if len(gated) > 1 else "the one gated measure"
        return f"{start} {on}; n{nearest}"
    critical = "" if any(one.tier == "critical" for one in undecided) else ", all critical ones among them"
    rest = "the other is undecided" if len(undecided) == 1 else f"the other {len(undecided)} are undecided"
    return f"{start} {len(gated) - len(undecided)} of {len(gated)} gated measures{critical}; {rest}. N{nearest}"


def _size(results: Results, worst: Mapping[str, Any]) -> str:
    """How much worse, how sure, and how much is allowed."""
    line = in_words(results, worst)
    value, margin = worst["difference"], worst["margin"]
    if value is None or margin is None:
        return "which could not be measured"
    scale = 100.0 if line.unit == "points" else 1.0
    low, high = _ends(worst)
    sure = "" if low is None or high is None else f"95{NBSP}% interval {interval_in_unit(scale * low, scale * high, line.unit)}, "
    allowed = (
        f"allowed {format_value(scale * margin)}{NBSP}{line.unit}" if value == 0 else f"allowed {format_value(scale * margin)}"
    )
    sure = "" if low == high == 0 else sure
    return f"{_amount(scale * value, line.unit, decided=worst['decision'] != 'inconclusive')} ({sure}{allowed})"


def _amount(value: float, unit: str, *, decided: bool) -> str:
    """A difference as a sentence says it: of what is decided by how much, of what is not how it looks."""
    if value == 0:
        return "no different"
    amount = format_value(abs(value))
    unit = "point" if (amount, unit) == ("1", "points") else unit
    if not decided:
        return f"{amount}{NBSP}{unit} {'worse' if value > 0 else 'better'}"
    return f"{'by' if value > 0 else 'better by'} {amount}{NBSP}{unit}"


def _ends(decision: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The interval that decided: the family's for a regression, the measure's own otherwise."""
    if decision["family_low"] is not None and decision["decision"] == "regression":
        return decision["family_low"], decision["family_high"]
    return decision["low"], decision["high"]


_FIELDS = {
    "reference.hash": "the corpus",
    "reference.corpus": "the corpus's name",
    "reference.held_out": "what is held out",
    "reference.split_seed": "the seed of the split",
    "reference.fraction": "the share held out",
    "tokenizer": "the tokenizer",
    "shape.n_passages": "the number of passages",
    "shape.n_chars": "the length of passages",
    "mean length of a passage": "the mean length of passages",
}


def field_name(field: str) -> str:
    """A field of the signature as sentences name it.

    >>> field_name("metrics.letters.jsd"), field_name("word_lists.fw-v1"), field_name("tokenizer")
    ('the version of letters.jsd', 'the word list fw-v1', 'the tokenizer')
    """
    group, _, rest = field.partition(".")
    if field in _FIELDS or not rest:
        return _FIELDS.get(field, field)
    return {"metrics": f"the version of {rest}", "word_lists": f"the word list {rest}"}.get(group, field)


def remedy(results: Results) -> str:
    """What would decide an undecided run, as a sentence with a space before it; empty where nothing can be said."""
    if results.verdict != "INCONCLUSIVE":
        return ""
    needed = _needed(results)
    if needed:
        return f" About {roughly(needed):,} passages a side would decide."
    return " The difference lies at the margin itself, where no number of passages decides."


def _needed(results: Results) -> int | None:
    """Passages a side that would decide every critical measure; None where no number does, or nothing says it."""
    undecided = [one.passages_needed for one in lines(results) if one.tier == "critical" and one.decision == "inconclusive"]
    known = [n for n in undecided if n]
    if known:
        return max(known) if len(known) == len(undecided) else None
    needed: int | None = facts(results).get("passages_needed")
    return needed


def roughly(n: int) -> int:
    """A whole number as sentences say it: from a thousand on to two digits, rounded up.

    >>> roughly(7), roughly(804), roughly(1904), roughly(25_558)
    (7, 804, 2000, 26000)
    """
    step = int(10 ** (len(str(n)) - 2)) if n >= 1000 else 1
    return -(-n // step) * step


def provenance(results: Results) -> str:
    """Which baseline it was, as a line."""
    baseline = facts(results)["baseline"]
    commit = f", commit {baseline['commit'][:10]}" if baseline["commit"] else ""
    anchor = facts(results)["anchor"]
    older = f"; anchor of {anchor['date'][:10]}" if anchor else ""
    return f"Baseline {baseline['name']}: {baseline['spec']}, {baseline['n_passages']} passages, {baseline['date'][:10]}{commit}{older}"
