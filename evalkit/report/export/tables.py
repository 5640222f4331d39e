"""Renders results for other programs: JSON, CSV, and the flat rows of a data frame."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit._util.escape import visible
from evalkit.report.formats import Samples
from evalkit.report.view.judging.marks import human_range, overall_within_range, within_range
from evalkit.results import Results, Row

_COLUMNS = (
    "candidate", "metric", "unit", "value", "ci_low", "ci_high", "low", "high", "inside", "rank",
    "floor_median", "floor_p95", "floor_low", "floor_high", "target", "distance", "position", "delta",
    "delta_ci_low", "delta_ci_high", "p_raw", "p_adjusted", "mde", "n_units", "status", "reason",
)  # fmt: skip
OVERALL = "overall"
"""How a line names the distance over all measures."""
SHORT = (
    "candidate",
    "metric",
    "value",
    "ci_low",
    "ci_high",
    "floor_median",
    "floor_low",
    "floor_high",
    "distance",
    "n_units",
    "status",
    "reason",
)
"""The columns that a page holds: what its tables show."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render_json(results: Results, samples: Samples) -> str:
    """results.json itself."""
    return results.to_json()


def render_calibration_json(calibration: Mapping[str, Any]) -> str:
    """A calibration's summary."""
    return json.dumps(calibration, ensure_ascii=True, indent=1, allow_nan=False) + "\n"


def render_csv(results: Results, samples: Samples) -> str:
    """One line per candidate and check of the audit, then per candidate overall, and then per candidate and metric.

    Values are in the unit that the line names, shares from 0 to 1. `inside` says whether a value lies from `low` to `high`, the range of
    human text; an open end and what was not measured are empty.
    """
    return csv_text(results)


def csv_text(results: Results, *, digits: int = 17, columns: Sequence[str] = _COLUMNS) -> str:
    """`render_csv` with some of its columns, and numbers to so many significant digits; 17 keep them as they are."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    measured = {(row.candidate, row.metric) for row in results.results}
    # The audit of every candidate comes first, whatever was selected.
    audits = [row for row in audit_rows(results) if (row["candidate"], row["metric"]) not in measured]
    rows = [*audits, *overall_rows(results), *flat_rows(results)]
    writer.writerows({key: _cell(value, digits) for key, value in row.items()} for row in rows)
    return out.getvalue()


def flat_rows(results: Results) -> list[dict[str, object]]:
    """Rows with intervals, the human range, ranks and floors as columns of their own."""
    ranks = {(rank.candidate, rank.metric): rank.rank for rank in results.ranking}
    return [
        {
            "candidate": row.candidate,
            "metric": row.metric,
            "unit": results.metrics[row.metric]["unit"],
            "value": row.value,
            "ci_low": row.ci.low if row.ci else None,
            "ci_high": row.ci.high if row.ci else None,
            **_human(row, results.metrics[row.metric]),
            "rank": ranks.get((row.candidate, row.metric)),
            "floor_median": row.floor.median if row.floor else None,
            "floor_p95": row.floor.p95 if row.floor else None,
            "floor_low": row.floor.low if row.floor else None,
            "floor_high": row.floor.high if row.floor else None,
            "target": row.target,
            "distance": row.distance,
            "position": row.position,
            "delta": row.delta,
            "delta_ci_low": row.delta_ci.low if row.delta_ci else None,
            "delta_ci_high": row.delta_ci.high if row.delta_ci else None,
            "p_raw": row.p_raw,
            "p_adjusted": row.p_adjusted,
            "mde": row.mde,
            "n_units": row.n_units,
            "status": row.status,
            "reason": row.reason,
        }
        for row in results.results
    ]


def _human(row: Row, metric: Mapping[str, Any]) -> dict[str, object]:
    """The range of human text that decides whether a value is inside, and whether it is."""
    low, high = (human_range(row.floor, metric, row.target) if row.floor is not None else None) or (None, None)
    return {"low": low, "high": high, "inside": within_range(row, metric)}


def overall_rows(results: Results) -> list[dict[str, object]]:
    """Each candidate's overall distance: 0 human text, 1 unigram noise; none where it was not computed."""
    ranks = {rank.candidate: rank.rank for rank in results.ranking if rank.metric == OVERALL}
    return [
        dict.fromkeys(_COLUMNS)
        | {
            "candidate": overall.candidate,
            "metric": OVERALL,
            "unit": "human 0 to noise 1",
            "value": overall.value,
            "ci_low": overall.ci.low if overall.ci else None,
            "ci_high": overall.ci.high if overall.ci else None,
            "high": overall.floor.p95 if overall.floor else None,
            "inside": overall_within_range(overall),
            "rank": ranks.get(overall.candidate),
            "floor_median": overall.floor.median if overall.floor else None,
            "floor_p95": overall.floor.p95 if overall.floor else None,
            "status": "not measured" if overall.value is None else "measured",
        }
        for overall in results.overall
    ]


def audit_rows(results: Results) -> list[dict[str, object]]:
    """Every check of every candidate; for a human floor it has the share of human passages with the fault."""
    return [
        dict.fromkeys(_COLUMNS)
        | {
            "candidate": audit.candidate,
            "metric": finding.metric,
            "unit": "share",
            "value": finding.share,
            "ci_low": finding.ci.low,
            "ci_high": finding.ci.high,
            "floor_median": finding.human,
            "n_units": audit.n_passages,
            "status": "measured",
        }
        for audit in (results.audit.candidates if results.audit is not None else ())
        for finding in audit.findings
    ]


def _cell(value: object, digits: int) -> object:
    """Text that a spreadsheet would take for a formula is quoted with an apostrophe; names of candidates come from strangers."""
    if isinstance(value, float) and digits < 17:
        return float(f"{value:.{digits}g}")
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return "" if value is None else value
    return visible(f"'{value}" if value.startswith(_FORMULA_STARTS) else value)
