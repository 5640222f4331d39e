"""Renders results for other programs: JSON, CSV, and the flat rows of a data frame."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit._util.escape import visible
from evalkit.report.formats import Samples
from evalkit.results import Results

_COLUMNS = (
    "candidate", "metric", "value", "ci_low", "ci_high", "floor_median", "floor_p95", "floor_low", "floor_high", "target",
    "distance", "position", "delta",
    "delta_ci_low", "delta_ci_high", "p_raw", "p_adjusted", "mde", "n_units", "status", "reason",
)  # fmt: skip
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
    """One line per candidate and check of the audit, and then per candidate and metric; what was not measured is empty."""
    return csv_text(results)


def csv_text(results: Results, *, digits: int = 17, columns: Sequence[str] = _COLUMNS) -> str:
    """`render_csv` with some of its columns, and numbers to so many significant digits; 17 keep them as they are."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    measured = {(row.candidate, row.metric) for row in results.results}
    # The audit of every candidate comes first, whatever was selected.
    rows = [*(row for row in audit_rows(results) if (row["candidate"], row["metric"]) not in measured), *flat_rows(results)]
    writer.writerows({key: _cell(value, digits) for key, value in row.items()} for row in rows)
    return out.getvalue()


def flat_rows(results: Results) -> list[dict[str, object]]:
    """Rows with intervals and floors as columns of their own."""
    return [
        {
            "candidate": row.candidate,
            "metric": row.metric,
            "value": row.value,
            "ci_low": row.ci.low if row.ci else None,
            "ci_high": row.ci.high if row.ci else None,
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


def audit_rows(results: Results) -> list[dict[str, object]]:
    """Every check of every candidate; for a human floor it has the share of human passages with the fault."""
    return [
        dict.fromkeys(_COLUMNS)
        | {
            "candidate": audit.candidate,
            "metric": finding.metric,
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
    if not isinstance(value, str):
        return "" if value is None else value
    return visible(f"'{value}" if value.startswith(_FORMULA_STARTS) else value)
