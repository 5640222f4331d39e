"""Compares two runs: `differences` of their settings, and `changes` of their measures where the runs are comparable."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from evalkit._util.formatting import NBSP, count, estimate, in_unit, named, series, unit_after
from evalkit.report.view.decisions import field_name
from evalkit.report.view.judging.marks import damage
from evalkit.results import Interval, Results, Row

DECIDING = ("reference", "canonical", "tokenizer", "metrics", "word_lists", "shape")
"""Fields of the signature that must agree for values to be comparable; the others are settings, whose change is shown."""
_HOW_SPLIT = ("reference.corpus", "reference.fraction", "reference.split_seed")
"""Fields that say how documents came to be held out; where the documents themselves are known, these decide."""

NOT_COMPARABLE = "NOT COMPARABLE"
_ORDER = {"worse": 0, "better": 1, "unchanged": 2, "unknown": 3}


@dataclass(frozen=True)
class FieldDifference:
    """A field of the signature in which two runs differ."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One candidate on one metric in two runs.

    Args:
        candidate, metric: which.
        label, unit: of the metric.
        before, after: the values as shown; "not measured" where there is none.
        difference: after - before, with its 95 % interval, as shown; empty where it is not known.
        state: "worse" and "better" where the interval leaves 0 out, "unchanged" where it does not, "unknown" without intervals.
    """

    candidate: str
    metric: str
    label: str
    unit: str
    before: str
    after: str
    difference: str
    state: Literal["worse", "better", "unchanged", "unknown"]


def differences(before: Results, after: Results) -> tuple[list[FieldDifference], list[FieldDifference]]:
    """The fields that forbid a comparison, and the settings that differ besides."""
    old, new = dict(flat(before.signature)), dict(flat(after.signature))
    # A metric that only one run chose takes no other metric's comparability away.
    absent = {key for key in old.keys() ^ new.keys() if key.startswith("metrics.")}
    fields = [
        FieldDifference(key, str(old.get(key, "none")), str(new.get(key, "none")))
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key) and key not in absent
    ]
    by_documents = "reference.held_out" in old and "reference.held_out" in new
    forbidding = [difference for difference in fields if decides(difference.field, by_documents=by_documents)]
    return forbidding, [difference for difference in fields if difference not in forbidding]


def decides(field: str, *, by_documents: bool) -> bool:
    """Whether runs that differ in a field of the signature cannot be compared.

    Args:
        field: its dotted name.
        by_documents: whether the signatures list the held-out documents.
    """
    return field.partition(".")[0] in DECIDING and not (by_documents and field in _HOW_SPLIT)


def flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested values as dotted names and text."""
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from flat(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", as_text(inner)


def as_text(value: object) -> str:
    """A setting's value as tables show it."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def changes(before: Results, after: Results) -> list[Change]:
    """Every candidate and metric that both runs have: significant changes first, the largest in units of its interval on top."""
    old = {(row.candidate, row.metric): row for row in before.results}
    pairs = [(old[row.candidate, row.metric], row) for row in after.results if (row.candidate, row.metric) in old]
    sized = [(_change(first, second, after.metrics[first.metric]), _size(first, second)) for first, second in pairs]
    return [change for change, _ in sorted(sized, key=lambda pair: (_ORDER[pair[0].state], -pair[1]))]


def _size(before: Row, after: Row) -> float:
    """A change in units of its interval, to put the largest first; 0 where there is none."""
    ends = _interval(before, after)
    if ends is None or before.value is None or after.value is None or ends[0] == ends[1]:
        return 0.0
    return abs(after.value - before.value) / (ends[1] - ends[0])


def _change(before: Row, after: Row, metric: Mapping[str, Any]) -> Change:
    unit, difference, state = metric["unit"], "", "unknown"
    if before.value is not None and after.value is not None:
        change = after.value - before.value
        if math.isclose(
            after.value, before.value, rel_tol=1e-9
        ):  # a sum in another order differs in its last bits, which is no change
            change = 0.0
        ends = _interval(before, after)
        low, high = ends or (None, None)
        shown = estimate(change, low, high, unit, sign=True)
        points = f"{NBSP}{unit_after(shown.value, 'points')}" if unit == "share" else ""
        difference = str(replace(shown, value=shown.value + points))
        if ends is not None:
            state = "unchanged" if ends[0] <= 0 <= ends[1] else _direction(before, after, metric)
    return Change(
        before.candidate, before.metric, metric["label"], "%" if unit == "share" else unit, _value(before, unit), _value(after, unit),
        difference, state,  # type: ignore[arg-type]
    )  # fmt: skip


def _interval(before: Row, after: Row) -> tuple[float, float] | None:
    """Of the difference of two independent values, from their own intervals (Zou and Donner 2008, as in the inference)."""
    if before.ci is None or after.ci is None or before.value is None or after.value is None:
        return None
    change = after.value - before.value
    below = math.hypot(after.value - after.ci.low, before.ci.high - before.value)
    above = math.hypot(after.ci.high - after.value, before.value - before.ci.low)
    return change - below, change + above


def _direction(before: Row, after: Row, metric: Mapping[str, Any]) -> str:
    assert before.value is not None
    assert after.value is not None
    return "worse" if damage(after.value, after, metric) > damage(before.value, before, metric) else "better"


def _value(row: Row, unit: str) -> str:
    return "not measured" if row.value is None else in_unit(row.value, unit)


def changes_sentence(before: Results, after: Results) -> str:
    """What happened between two runs, names between backticks."""
    forbidding, settings = differences(before, after)
    if forbidding:
        names = [field_name(difference.field) for difference in forbidding]
        shown = series(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"
        return f"{NOT_COMPARABLE}: the runs differ in {shown}."
    compared = changes(before, after)
    if not compared:
        return "The runs have no candidate in common."
    text = _summary(compared)
    return text + (
        f" {count(len(settings), 'setting')} changed: {series([setting.field for setting in settings[:4]])}." if settings else ""
    )


@dataclass(frozen=True)
class Since:
    """What happened since the last run.

    Args:
        folder, date: of that run.
        sentence: in words, names between backticks.
        forbidding, settings: fields that differ.
        moved: measures that changed beyond their intervals.
        n_still: measures that did not, or whose change has no interval.
    """

    folder: str
    date: str
    sentence: str
    forbidding: Sequence[FieldDifference]
    settings: Sequence[FieldDifference]
    moved: Sequence[Change]
    n_still: int


def remembered(before: Results) -> dict[str, Any]:
    """What the next run keeps of this one, to say what changed; see `Results.previous`."""
    rows = [
        {"candidate": row.candidate, "metric": row.metric, "value": row.value, "ci": [row.ci.low, row.ci.high] if row.ci else None, "target": row.target}
        for row in before.results
    ]  # fmt: skip
    return {"date": str(before.run["date"]), "signature": before.signature, "results": rows}


def since(results: Results) -> Since | None:
    """What happened since the run that these results remember, if they do."""
    previous = results.previous
    if previous is None:
        return None
    # Of the run before only the signature and the rows are kept. The rest is this run's, which does no harm: only shared rows are compared.
    rows = [Row(**{**row, "ci": Interval(*row["ci"]) if row["ci"] else None}) for row in previous["results"]]
    before = replace(results, signature=previous["signature"], results=rows)
    forbidding, settings = differences(before, results)
    compared = [] if forbidding else changes(before, results)
    moved = [change for change in compared if change.state in ("worse", "better")]
    return Since(
        previous["folder"], previous["date"], changes_sentence(before, results), forbidding, settings, moved, len(compared) - len(moved)
    )  # fmt: skip


def _summary(compared: Sequence[Change]) -> str:
    moved = {state: [change for change in compared if change.state == state] for state in ("worse", "better")}
    parts = [_moved(state, changed) for state, changed in moved.items() if changed]
    if not parts:
        return f"Nothing changed beyond its interval, of {count(len(compared), 'value')}."
    # Each interval holds on its own at 95 %: one value in twenty leaves it without any change.
    chance = max(1, round(0.05 * len(compared)))
    return f"Of {count(len(compared), 'value')}, {'; '.join(parts)}. At 95{NBSP}% each, about {chance} would move by chance."


def _moved(state: str, changed: Sequence[Change]) -> str:
    largest, joined = changed[0], ", most of all" if len(changed) > 1 else ":"
    values = f"{largest.before} to {largest.after}{NBSP}{largest.unit}"
    return f"{len(changed)} became {state}{joined} {named(largest.candidate)} on {largest.label} ({values})"


@dataclass(frozen=True)
class Run:
    """A run in a history: its results, and what of its signature differs from the run before it."""

    name: str
    results: Results
    breaks: Sequence[FieldDifference]
    settings: Sequence[FieldDifference]
