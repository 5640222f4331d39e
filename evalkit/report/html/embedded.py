"""Embeds data in the page: what its tables show, as JSON (`script_json`) and as a table to download (`csv_address`).

The complete results.json lies beside the page. A copy of it would make up half of the page.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from evalkit._util.escape import encodable
from evalkit.report.view.judging.marks import human_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import Interval

DIGITS = 5
"""Significant digits of the numbers embedded in the page."""
COLUMNS = ("candidate", "metric", "value", "low", "high", "human_low", "human_high")
"""Of the embedded rows: the value with its 95 % interval, and the range of human text."""


def csv_address(ranking: Ranking) -> str:
    """The rows of the table of scores as a data address: the page stays one file, and its policy forbids requests."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(["" if value is None else value for value in row] for row in _rows(ranking))
    return f"data:text/csv;charset=utf-8,{quote(encodable(out.getvalue()), safe=' ,:;()/.-_')}"


def script_json(ranking: Ranking) -> str:
    """What the page shows, for its data block: small, and without a character of markup."""
    results = ranking.results
    data: dict[str, Any] = {
        "schema_version": results.schema_version,
        "kind": results.kind,
        "signature": {**results.signature, "metrics": None, "reference": {**results.signature["reference"], "held_out": None}},
        "run": results.run,
        "reference": {key: results.reference[key] for key in ("name", "hash") if key in results.reference},
        "shape": results.shape,
        "candidates": [
            {key: candidate[key] for key in ("name", "spec", "kind", "bits_per_char")} for candidate in results.candidates
        ],
        "overall": [
            {"candidate": each.candidate, "value": each.value, "ci": _ends(each.ci), "human": each.floor and each.floor.p95}
            for each in results.overall
        ],
        "columns": COLUMNS,
        "results": list(_rows(ranking)),
        **({} if results.gate is None else {"verdict": results.verdict, "exit_code": results.exit_code}),
    }
    text = json.dumps(_rounded(data), ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("'", "\\u0027")


def _rows(ranking: Ranking) -> Iterator[list[Any]]:
    """A row for each candidate and headline metric, as `COLUMNS` says."""
    for name in ranking.names:
        for id_ in ranking.headline:
            row = ranking.row(name, id_)
            if row is not None:
                floor = row.floor and human_range(row.floor, ranking.metrics[id_], row.target)
                yield _rounded([name, id_, row.value, *(_ends(row.ci) or (None, None)), *(floor or (None, None))])


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _rounded(value: Any) -> Any:
    """JSON values with numbers to five significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, (list, tuple)) else value
