"""Holds, writes and reads results.json, the product of every run; everything that is shown anywhere is rendered from it.

- `results`: `Results`, the whole.
- `audit`: what is wrong with the passages as they were given.
- `parts`: its rows, intervals, profiles, excerpts and other parts.
- `reading`: from a file back to `Results`, checked against `results.schema.json`.
"""

from evalkit.results.audit import Audit, AuditFinding, CandidateAudit
from evalkit.results.parts import (
    ONE_VALUE,
    Classification,
    Contribution,
    ErrorKind,
    Excerpt,
    Explanation,
    FamilyDistance,
    FloorSummary,
    HumanTest,
    Interval,
    Overall,
    Pair,
    Place,
    Profile,
    Rank,
    Row,
    Series,
    Span,
    Telltale,
    TextCounts,
    Trace,
    WordUse,
    number,
    numbers,
)
from evalkit.results.reading import from_dict, read, schema, validate
from evalkit.results.results import SCHEMA_VERSION, Results

__all__ = [
    "ONE_VALUE",
    "SCHEMA_VERSION",
    "Audit",
    "AuditFinding",
    "CandidateAudit",
    "Classification",
    "Contribution",
    "ErrorKind",
    "Excerpt",
    "Explanation",
    "FamilyDistance",
    "FloorSummary",
    "HumanTest",
    "Interval",
    "Overall",
    "Pair",
    "Place",
    "Profile",
    "Rank",
    "Results",
    "Row",
    "Series",
    "Span",
    "Telltale",
    "TextCounts",
    "Trace",
    "WordUse",
    "from_dict",
    "number",
    "numbers",
    "read",
    "schema",
    "validate",
]
