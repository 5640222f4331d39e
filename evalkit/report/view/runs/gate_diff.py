"""Compares two gates, `gate_changes`: their verdicts, and each decision before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalkit._util.formatting import count, named, series
from evalkit.report.view.decisions import MARKS, DecisionRow, decision_rows, gate_of, symbol, verdict_sentence
from evalkit.results import Results

_SEVERITY = {"regression": 0, "inconclusive": 1, "not measured": 2, "pass": 3}
_ABSENT = "not asked"
_MOST_NAMED = 3
"""Decisions that the sentence names."""


@dataclass(frozen=True)
class GateChange:
    """A decision of two gates.

    Args:
        field: the measure, with its tier, and what it is compared with where that is not the baseline.
        before, after: the decision with the difference and what was allowed; "not asked" where a gate had none.
        changed: whether the decisions differ.
    """

    field: str
    before: str
    after: str
    changed: bool


@dataclass(frozen=True)
class GateChanges:
    """What became of a gate.

    Args:
        sentence: in words, names between backticks.
        verdicts: both verdicts with their sentences, before and after, names between backticks.
        decisions: those that changed, the gravest first, and then the gated ones that did not.
    """

    sentence: str
    verdicts: tuple[str, str]
    decisions: Sequence[GateChange]


def paired(before: Results, after: Results) -> Results:
    """The run before with the name that the candidate has afterwards: a gate has one, and its version is often part of the name."""
    if not before.kind == after.kind == "gate":
        return before
    old, new = (str(run.candidates[0]["name"]) for run in (before, after))
    return replace(before, results=[replace(row, candidate=new) if row.candidate == old else row for row in before.results])


def gate_changes(before: Results, after: Results) -> GateChanges | None:
    """What changed from one gate to the next; None where one of the runs is none.

    Args:
        before, after: the runs, which may have other baselines, policies and candidates: a decision is what it is.
    """
    if not before.kind == after.kind == "gate":
        return None
    old, new = _by_measure(before), _by_measure(after)
    keys = sorted(dict.fromkeys([*new, *old]), key=lambda key: _gravity(old.get(key), new.get(key)))
    pairs = [(old.get(key), new.get(key)) for key in keys]
    changed = [(a, b) for a, b in pairs if _decision(a) != _decision(b)]
    same = [(a, b) for a, b in pairs if _decision(a) == _decision(b) and b is not None and b.tier != "advisory" and b.listed]
    return GateChanges(
        sentence=_sentence(before, after, changed, len(pairs)),
        verdicts=(_verdict(before), _verdict(after)),
        decisions=[_change(*pair, changed=True) for pair in changed] + [_change(*pair, changed=False) for pair in same],
    )


def _by_measure(results: Results) -> Mapping[tuple[str, str], DecisionRow]:
    return {(row.measure, row.against): row for row in decision_rows(results)}


def _gravity(before: DecisionRow | None, after: DecisionRow | None) -> tuple[bool, int, float]:
    """Sorts gated measures before advisory ones, and in each those first that end gravest, or were gravest."""
    row = after or before
    assert row is not None
    worst = min(_SEVERITY.get(each.decision, 4) for each in (before, after) if each is not None)
    margins = row.in_margins
    return row.tier == "advisory", worst, 0.0 if margins is None else -margins


def _decision(row: DecisionRow | None) -> str:
    return _ABSENT if row is None else row.decision


def _change(before: DecisionRow | None, after: DecisionRow | None, *, changed: bool) -> GateChange:
    row = after or before
    assert row is not None
    against = "" if row.against == "baseline" else f", {row.against}"
    return GateChange(f"{row.label} ({row.tier}{against})", _shown(before), _shown(after), changed)


def _shown(row: DecisionRow | None) -> str:
    if row is None:
        return _ABSENT
    reason = f", {row.reason}" if row.decision == "not measured" and row.reason else ""
    change = f": {row.change}, allowed {row.allowed}" if row.decision != "not measured" else reason
    return f"{MARKS[row.decision]} {row.decision}{change}"


def _verdict(results: Results) -> str:
    return f"{symbol(results)} {results.verdict}: {verdict_sentence(results)}"


def _sentence(
    before: Results, after: Results, changed: Sequence[tuple[DecisionRow | None, DecisionRow | None]], n_decisions: int
) -> str:
    verdicts = f"Both gates end in {after.verdict}"
    if before.verdict != after.verdict:
        verdicts = f"{before.verdict} became {after.verdict}"
    old, new = (named(run.candidates[0]["name"]) for run in (before, after))
    who = new if old == new else f"{old} and then {new}"
    baselines = [named(gate_of(run)["baseline"]["name"]) for run in (before, after)]
    against = baselines[1] if baselines[0] == baselines[1] else " and then ".join(baselines)
    if not changed:
        return f"{verdicts}, for {who} against {against}; none of {count(n_decisions, 'decision')} changed."
    first = [_moved(*pair) for pair in changed[:_MOST_NAMED]]
    more = "" if len(changed) <= _MOST_NAMED else f" and {len(changed) - _MOST_NAMED} more"
    what = f"{', '.join(first)}{more}" if more else series(first)
    return f"{verdicts}, for {who} against {against}. {len(changed)} of {count(n_decisions, 'decision')} changed: {what}."


def _moved(before: DecisionRow | None, after: DecisionRow | None) -> str:
    row = after or before
    assert row is not None
    return f"{row.label.replace('`', chr(39))} from {_decision(before)} to {_decision(after)}"
