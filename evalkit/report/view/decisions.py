"""Puts a gate's decisions into words, a `DecisionRow` each, for the terminal, Markdown, JUnit and GitHub."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit._util.formatting import NBSP, Estimate, count, difference_unit, estimate, format_value, named, series, unit_after
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
        values: the baseline's value and the candidate's, as text; empty where they are not known.
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
    values: str = ""

    @property
    def listed(self) -> bool:
        """Whether tables list it: every measure of text, and of the audit what is not as before."""
        return not self.audit or self.decision != "pass"

    @property
    def change(self) -> str:
        """The difference with its unit and its interval."""
        return f"{self.value} {unit_after(self.value, self.unit)} ({self.interval})" if self.interval else self.value

    @property
    def allowed(self) -> str:
        """What was tolerated, as set where that is in floor units or a dose of a defect."""
        if not self.margin:
            return self.margin_set
        return f"{self.margin} ({self.margin_set})" if any(c.isalpha() for c in self.margin_set) else self.margin

    @property
    def gated(self) -> bool:
        """Whether a regression of it fails the gate."""
        return self.tier != "advisory"


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
    """The decisions that tables list, by `precedence`."""
    return sorted((row for row in decision_rows(results) if row.listed), key=precedence, reverse=True)


_TIERS = ("advisory", "supporting", "critical")


def precedence(row: DecisionRow) -> tuple[bool, bool, int, float]:
    """What tables list first: the audit, regressions that fail the gate, critical measures, those farthest beyond their margin."""
    margins = -math.inf if row.in_margins is None else row.in_margins
    return row.audit, row.gated and row.decision == "regression", _TIERS.index(row.tier), margins


def decision_row(results: Results, decision: Mapping[str, Any]) -> DecisionRow:
    """One decision in words."""
    declared = {**results.metrics, **gate_of(results).get("measures", {})}
    about = declared.get(decision["measure"], {"label": decision["measure"], "unit": ""})
    low, high = _ends(decision)
    # A difference of shares is in percentage points: "2 %" would read as a ratio.
    unit, scale = difference_unit(about["unit"])
    change = _change(decision["difference"], low, high, scale)
    return DecisionRow(
        measure=decision["measure"],
        label=about["label"],
        unit=unit,
        tier=decision["tier"],
        decision=decision["decision"],
        against=decision["against"],
        value=change.value,
        interval=change.interval,
        margin="" if decision["margin"] is None else format_value(scale * decision["margin"]),
        margin_set=str(decision["margin_set"]),
        margin_source=decision["margin_source"],
        in_margins=in_margins(decision, "difference"),
        reason=decision["reason"],
        passages_needed=decision["passages_needed"],
        audit="before" in decision,
        values=_values(decision, about["unit"]),
    )


def _values(decision: Mapping[str, Any], unit: str) -> str:
    """The baseline's value and the candidate's, "87 % → 81 %"; files of older versions have none."""
    before, now = decision.get("baseline_value"), decision.get("value")
    return "" if before is None or now is None else f"{_as_value(before, unit)} → {_as_value(now, unit)}"


def _as_value(value: float, unit: str) -> str:
    return f"{format_value(100 * value)}{NBSP}%" if unit == "share" else format_value(value)


def _change(value: float | None, low: float | None, high: float | None, scale: float) -> Estimate:
    """How much worse, with the interval; no interval where both ends are one."""
    if value is None or low is None or high is None:
        return Estimate("not measured", "")
    if value == low == high == 0:
        return Estimate("0, both at the human floor", "")
    if low == high:
        return estimate(scale * value, None, None, sign=True)
    return estimate(scale * value, scale * low, scale * high, sign=True)


def in_margins(decision: Mapping[str, Any], key: str) -> float | None:
    """A number of a decision in units of its margin; None where either is not known."""
    return decision[key] / decision["margin"] if decision["margin"] and decision[key] is not None else None


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
        highs = [decision["high"] for decision in gate_of(results)["decisions"] if decision["against"] == worst["against"]]
        most = max((high for high in highs if high is not None), default=None)
        text = f"The audit finds no fault in {candidate} more often {than.replace('than the', 'than in the')}, chance aside."
        return text if most is None else f"{text} So many passages do not rule out {format_value(100 * most)}{NBSP}points more."
    if results.verdict == "PASS":
        return _passed(results, f"{candidate} is not worse {than} by more than is allowed", gated, worst)
    return _undecided(results, candidate, than, gated, worst)


def _undecided(results: Results, candidate: str, than: str, gated: list[DecisionRow], worst: Mapping[str, Any]) -> str:
    """What stands in the way of a verdict, and what would help."""
    start = f"It is undecided whether {candidate} has become worse {than}"
    if worst["decision"] == "inconclusive" and worst["tier"] == "critical":
        others = [row for row in decision_rows(results) if _blocks(row) and row.measure != worst["measure"]]
        more = (
            f", and {count(len(others), 'more critical measure')} {'is' if len(others) == 1 else 'are'} undecided" if others else ""
        )
        return f"{start}: on {decision_row(results, worst).label} it measures {_size(results, worst)}{more}.{_remedy(results)}"
    missing = [row for row in gated if row.decision == "not measured"]
    if missing:
        why = f": {missing[0].reason}" if missing[0].reason else ""
        remedy = f" A policy that calls {_listed([row.measure for row in missing])} advisory decides without {'it' if len(missing) == 1 else 'them'}."
        return f"{_listed([row.label for row in missing])} could not be measured of {candidate}{why}.{remedy if why else ''}"
    return f"The policy calls no measure critical, so nothing decides whether {candidate} has become worse {than}."


def _blocks(row: DecisionRow) -> bool:
    return row.tier == "critical" and row.decision == "inconclusive" and row.against == "baseline"


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
        row = ranking.row(name, _metric_of(decision))
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


def _metric_of(decision: Mapping[str, Any]) -> str:
    """The metric of a decision; the oldest results name only the measure."""
    return str(decision.get("metric", decision["measure"].removesuffix(":over")))


def _fault(results: Results, worst: Mapping[str, Any]) -> str | None:
    """The measure that decided as reports of scores say a fault; None where its value is within the human range, or not known."""
    name, metric = str(results.candidates[0]["name"]), _metric_of(worst)
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
    """On what nothing became worse, what is undecided, and what is nearest to its limit."""
    nearest = f"Nearest to its limit is {decision_row(results, worst).label}, {_size(results, worst)}."
    undecided = [row for row in gated if row.decision != "pass"]
    if not undecided:
        on = f"any of {len(gated)} gated measures" if len(gated) > 1 else "the one gated measure"
        return f"{start} on {on}. {nearest}"
    critical = "" if any(row.tier == "critical" for row in undecided) else ", all critical ones among them"
    rest = f"{_listed([row.label for row in undecided])} {'is' if len(undecided) == 1 else 'are'} undecided"
    return f"{start} on {len(gated) - len(undecided)} of {len(gated)} gated measures{critical}; {rest}. {nearest}"


def _size(results: Results, worst: Mapping[str, Any]) -> str:
    """How much worse, with the interval, and how much is allowed."""
    row = decision_row(results, worst)
    value, margin = worst["difference"], worst["margin"]
    if value is None or margin is None:
        return "which could not be measured"
    scale = 100.0 if row.unit == "points" else 1.0
    interval = f"95{NBSP}% interval {row.interval}, " if row.interval else ""
    allowed = f"allowed {format_value(scale * margin)}" + (f"{NBSP}{row.unit}" if value == 0 else "")
    dose = f", as much as {row.margin_set.replace(' %', f'{NBSP}%')} does to human text" if "% of" in row.margin_set else ""
    amount = _amount(value, row.value.lstrip("+\u2212"), row.unit, decided=worst["decision"] != "inconclusive")
    moved = f", from {row.values.replace(' → ', ' to ')}" if row.values and value != 0 else ""
    return f"{amount}{moved} ({interval}{allowed}{dose})"


def _amount(value: float, amount: str, unit: str, *, decided: bool) -> str:
    """A difference as a sentence says it: "by 6 points" where it is decided, "6 points worse" where it is not."""
    if value == 0:
        return "no different"
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
    """What would decide an undecided run, as sentences with a space before them; empty where nothing can be said."""
    if results.verdict != "INCONCLUSIVE":
        return ""
    needed = _needed(results)
    if not needed:
        return " The difference lies at the margin itself, where no number of passages decides: a wider margin in the policy does."
    gate, said = gate_of(results), f" About {_roughly(needed):,} passages a side would decide"
    had, kept = results.shape["n_passages"], gate.get("baseline_passages")
    if kept is None:  # a file of before there were further looks
        return f"{said}."
    can_draw = bool(gate.get("can_draw_more"))
    if kept > had:
        return f"{said}; the baseline keeps {kept:,}, so {'leave --fixed out or raise --max-passages' if can_draw else 'give more samples'}."
    how = f"--max-passages {_roughly(needed)}" if can_draw else "more passages"
    return f"{said}, and the baseline keeps {kept:,}: save it again with {how}."


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
    looks = gate_of(results).get("looks", ())
    older += f"; {len(looks)} looks, at {series([str(look['n_passages']) for look in looks])} passages" if len(looks) > 1 else ""
    return f"Baseline {baseline['name']}: {baseline['spec']}, {baseline['n_passages']} passages, {baseline['date'][:10]}{commit}{older}"
