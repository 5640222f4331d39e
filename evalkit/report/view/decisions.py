"""Puts a gate's decisions into words, a `DecisionRow` each, for the terminal, Markdown, JUnit and GitHub."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit._util.formatting import NBSP, count, format_value, interval_in_unit, named, series
from evalkit.report.view.audit import lead
from evalkit.report.view.judging.marks import side_of, within_range
from evalkit.report.view.judging.wording import fault_clause
from evalkit.report.view.ranking import Ranking
from evalkit.results import Results

SYMBOLS = {"PASS": "✓", "REGRESSION": "✗", "INCONCLUSIVE": "?", "NOT COMPARABLE": "≠"}
_LONGEST_VALUE = 60
_MOST_FIELDS = 3
"""Fields that a sentence names."""
MARKS = {"pass": "✓", "regression": "✗", "inconclusive": "?", "not measured": "–"}  # noqa: RUF001 - a dash for nothing


@dataclass(frozen=True)
class DecisionRow:
    """One decision in words.

    Args:
        measure: its id; label and unit for people.
        tier, decision, against: as in results.json.
        value, interval: the difference, and its interval, as text; the interval is empty where there is none to show.
        margin: what was tolerated, in the unit; empty where that is not known.
        margin_set, margin_source: the margin as it was set, and where.
        in_margins: the difference in margins; above 1 it is worse than tolerated. None where it is not known.
        audit: whether it is a check of the audit, and no measure of text.
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
    audit: bool = False

    @property
    def listed(self) -> bool:
        """Whether tables list it: every measure of text, and of the audit what is not as before."""
        return not self.audit or self.decision != "pass"

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


def gate_of(results: Results) -> Mapping[str, Any]:
    """What a gate adds to results; empty for other results."""
    return results.gate or {}


def decision_rows(results: Results) -> Iterator[DecisionRow]:
    """Every decision, in the order of results.json."""
    for decision in gate_of(results).get("decisions", ()):
        yield decision_row(results, decision)


def worst_first(results: Results) -> list[DecisionRow]:
    """The decisions that tables list, those farthest beyond their margin first, and the audit before measures of text."""
    listed = [row for row in decision_rows(results) if row.listed]
    return sorted(listed, key=lambda row: (row.audit, -math.inf if row.in_margins is None else row.in_margins), reverse=True)


def decision_row(results: Results, decision: Mapping[str, Any]) -> DecisionRow:
    """One decision in words."""
    declared = {**results.metrics, **gate_of(results).get("measures", {})}
    about = declared.get(decision["measure"], {"label": decision["measure"], "unit": ""})
    low, high = _ends(decision)
    # A difference of shares is in percentage points: "2 %" would read as a ratio.
    unit, scale = ("points", 100.0) if about["unit"] == "share" else (about["unit"], 1.0)
    return DecisionRow(
        measure=decision["measure"],
        label=about["label"],
        unit=unit,
        tier=decision["tier"],
        decision=decision["decision"],
        against=decision["against"],
        value=_value(decision["difference"], low, high, scale),
        interval="" if low is None or high is None or low == high else f"{_signed(scale * low)} to {_signed(scale * high)}",
        margin="" if decision["margin"] is None else format_value(scale * decision["margin"]),
        margin_set=str(decision["margin_set"]),
        margin_source=decision["margin_source"],
        in_margins=in_margins(decision, "difference"),
        reason=decision["reason"],
        passages_needed=decision["passages_needed"],
        audit="before" in decision,
    )


def _value(value: float | None, low: float | None, high: float | None, scale: float) -> str:
    if value is None or low is None or high is None:
        return "not measured"
    if value == low == high == 0:
        return "0, both at the human floor"
    return _signed(scale * value)


def in_margins(decision: Mapping[str, Any], key: str) -> float | None:
    """A number of a decision in units of its margin; None where either is not known."""
    return decision[key] / decision["margin"] if decision["margin"] and decision[key] is not None else None


def _signed(value: float) -> str:
    """A number with its sign."""
    return f"{'+' if value > 0 else ''}{format_value(value)}".replace("-", "\u2212")


def verdict_sentence(results: Results) -> str:
    """The verdict in a sentence or two, without its word such as PASS; names between backticks.

    It begins with the gravest fault that the audit found in surely more passages than human text has. A regression is said as reports of scores
    say a fault: what is off, on which side, by which number, and then how much worse that is than the baseline.
    """
    audited = lead(results)
    return f"{audited} {_verdict(results, audited=True)}" if audited else _verdict(results, audited=False)


def _verdict(results: Results, *, audited: bool) -> str:
    gate, candidate = gate_of(results), named(results.candidates[0]["name"])
    fields = _listed([field_name(str(entry["field"])) for entry in gate["not_comparable"]])
    if fields and results.verdict == "REGRESSION":
        return f"{_decided(results, candidate, gate['worst'], brief=True)[:-1]}; its text cannot be compared, for they differ in {fields}."
    if fields:
        return f"{candidate} and the baseline {named(gate['baseline']['name'])} cannot be compared: they differ in {fields}."
    if gate["worst"] is None:
        return f"Nothing that is gated could be measured of {candidate}."
    return _decided(results, candidate, gate["worst"], brief=audited)


def _listed(fields: list[str]) -> str:
    """Fields as a sentence has room for them."""
    shown = (
        fields if len(fields) <= _MOST_FIELDS else [*fields[: _MOST_FIELDS - 1], f"{len(fields) - _MOST_FIELDS + 1} more fields"]
    )
    return series(shown)


def _decided(results: Results, candidate: str, worst: Mapping[str, Any], *, brief: bool) -> str:
    """What was decided, in one sentence if it is to be brief and in one or two otherwise."""
    than = f"than the {worst['against']} {named(gate_of(results)['baseline']['name'])}"
    rows = [row for row in decision_rows(results) if row.tier != "advisory" and row.against == worst["against"]]
    gated = [row for row in rows if not row.audit] or rows
    if results.verdict == "REGRESSION":
        return _regressed(results, f"{candidate} has become worse {than}", gated, worst, brief=brief)
    if results.verdict == "PASS" and "before" in worst:
        most = max(decision["high"] for decision in gate_of(results)["decisions"] if decision["against"] == worst["against"])
        return (
            f"The audit finds no fault in {candidate} more often {than.replace('than the', 'than in the')}, chance aside. So many passages "
            f"do not rule out {format_value(100 * most)}{NBSP}points more."
        )
    if results.verdict == "PASS":
        return _passed(results, f"{candidate} is not worse {than} by more than is allowed", gated, worst)
    missing = [row.label for row in gated if row.decision == "not measured"]
    if missing and worst["decision"] == "pass":
        return f"{_listed(missing)} could not be measured of {candidate}."
    if worst["decision"] == "pass":
        return f"The policy calls no measure critical, so nothing decides whether {candidate} has become worse {than}."
    label, size = decision_row(results, worst).label, _size(results, worst)
    return f"It is undecided whether {candidate} has become worse {than}: on {label} it measures {size}.{_remedy(results)}"


def _regressed(results: Results, start: str, gated: list[DecisionRow], worst: Mapping[str, Any], *, brief: bool) -> str:
    """What has become worse: in the words of a fault where it is one beside human text too, and else by the label of the measure."""
    n, size = sum(row.decision == "regression" for row in gated), _size(results, worst)
    if "before" in worst:
        more = f", and on {n} of {count(len(gated), 'gated measure')} of text" if n else ""
        return f"{start} on {decision_row(results, worst).label}, {size}{more}."
    more = f"worse on {n - 1} more of the {len(gated)} gated measures" if n > 1 else ""
    worst = _said_first(results, worst)
    clause, size = _fault(results, worst), _size(results, worst)
    if brief or clause is None:
        text = f"{start} on {decision_row(results, worst).label}, {size}"
        return f"{text}{f'; it is also {more}' if brief and more else ''}.{f' It is also {more}.' if more and not brief else ''}"
    return f"{start}: {clause}. That is worse {size}{f'; it is also {more}' if more else ''}."


def _said_first(results: Results, worst: Mapping[str, Any]) -> Mapping[str, Any]:
    """The regression that a sentence names: the one that decided, unless it is one of copying less than human text, which no report calls a fault."""
    ranking, name = Ranking(results), str(results.candidates[0]["name"])

    def is_fault(decision: Mapping[str, Any]) -> bool:
        row = ranking.row(name, str(decision["metric"]))
        return row is None or not ranking.copies_less(row)

    others = [
        decision
        for decision in gate_of(results)["decisions"]
        if decision["decision"] == "regression"
        and decision["tier"] != "advisory"
        and decision["against"] == worst["against"]
        and "before" not in decision
        and is_fault(decision)
    ]
    if is_fault(worst) or not others:
        return worst
    return max(others, key=lambda decision: in_margins(decision, "difference") or 0.0)


def _fault(results: Results, worst: Mapping[str, Any]) -> str | None:
    """The measure that decided as reports of scores say a fault; None where its value is within the human range, or not known."""
    name, metric = str(results.candidates[0]["name"]), str(worst["metric"])
    row = results.row(name, metric)
    if row is None or row.value is None or metric not in results.metrics:
        return None
    if within_range(row, results.metrics[metric]) is not False:
        return None
    # A rate that is better high has a measure for each side of human text.
    side = side_of(row, results.metrics[metric])
    over = worst["measure"] != metric
    if results.metrics[metric]["direction"] == "higher" and (side > 0) != over:
        return None
    return fault_clause(Ranking(results), name, metric)


def _passed(results: Results, start: str, gated: list[DecisionRow], worst: Mapping[str, Any]) -> str:
    """On what nothing became worse, how much is undecided, and what is nearest to its limit."""
    nearest = f"Nearest to its limit is {decision_row(results, worst).label}, {_size(results, worst)}."
    undecided = [row for row in gated if row.decision != "pass"]
    if not undecided:
        on = f"any of {len(gated)} gated measures" if len(gated) > 1 else "the one gated measure"
        return f"{start} on {on}. {nearest}"
    critical = "" if any(row.tier == "critical" for row in undecided) else ", all critical ones among them"
    rest = "the other is undecided" if len(undecided) == 1 else f"the other {len(undecided)} are undecided"
    return f"{start} on {len(gated) - len(undecided)} of {len(gated)} gated measures{critical}; {rest}. {nearest}"


def _size(results: Results, worst: Mapping[str, Any]) -> str:
    """How much worse, with the interval, and how much is allowed."""
    row = decision_row(results, worst)
    value, margin = worst["difference"], worst["margin"]
    if value is None or margin is None:
        return "which could not be measured"
    scale = 100.0 if row.unit == "points" else 1.0
    low, high = _ends(worst)
    interval = ""
    if low is not None and high is not None and not low == high == 0:
        interval = f"95{NBSP}% interval {interval_in_unit(scale * low, scale * high, row.unit)}, "
    allowed = f"allowed {format_value(scale * margin)}" + (f"{NBSP}{row.unit}" if value == 0 else "")
    return f"{_amount(scale * value, row.unit, decided=worst['decision'] != 'inconclusive')} ({interval}{allowed})"


def _amount(value: float, unit: str, *, decided: bool) -> str:
    """A difference as a sentence says it: "by 6 points" where it is decided, "6 points worse" where it is not."""
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
    "reference.groups": "which documents belong together",
    "reference.held_out": "what is held out",
    "reference.split_seed": "the seed of the split",
    "reference.fraction": "the share held out",
    "canonical": "the canonical form of text",
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


def _remedy(results: Results) -> str:
    """What would decide an undecided run, as a sentence with a space before it; empty where nothing can be said."""
    if results.verdict != "INCONCLUSIVE":
        return ""
    needed = _needed(results)
    if needed:
        return f" About {_roughly(needed):,} passages a side would decide."
    return " The difference lies at the margin itself, where no number of passages decides."


def shortened(value: object) -> str:
    """A field's value at a length that tables hold."""
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def _needed(results: Results) -> int | None:
    """Passages a side that would decide every critical measure; None where no number does, or nothing says it."""
    undecided = [row for row in decision_rows(results) if row.tier == "critical" and row.decision == "inconclusive"]
    numbers = [row.passages_needed for row in undecided if row.passages_needed]
    if numbers:
        return max(numbers) if len(numbers) == len(undecided) else None
    needed: int | None = gate_of(results).get("passages_needed")
    return needed


def _roughly(n: int) -> int:
    """A whole number as sentences say it: from a thousand on to two digits, rounded up.

    >>> _roughly(7), _roughly(804), _roughly(1904), _roughly(25_558)
    (7, 804, 2000, 26000)
    """
    step = int(10 ** (len(str(n)) - 2)) if n >= 1000 else 1
    return -(-n // step) * step


def provenance(results: Results) -> str:
    """Which baseline it was, as a line."""
    baseline = gate_of(results)["baseline"]
    commit = f", commit {baseline['commit'][:10]}" if baseline["commit"] else ""
    anchor = gate_of(results)["anchor"]
    older = f"; anchor of {anchor['date'][:10]}" if anchor else ""
    return f"Baseline {baseline['name']}: {baseline['spec']}, {baseline['n_passages']} passages, {baseline['date'][:10]}{commit}{older}"
