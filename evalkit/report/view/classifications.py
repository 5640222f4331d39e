"""Puts into words how well a classifier tells candidates apart from human text or a baseline: `classification_notes`."""

from __future__ import annotations

from evalkit._util.formatting import NBSP, format_value, series
from evalkit.results import Classification, Results

_SHOWN = 3


def classification_notes(results: Results) -> list[tuple[str, str]]:
    """A note on each candidate that was tried to be told apart: its name, and a clause."""
    return [(found.candidate, _note(found)) for found in results.classifications if found.auc is not None]


def _note(found: Classification) -> str:
    assert found.auc is not None
    other = "the baseline's" if found.against == "baseline" else "human ones"
    text = f"a classifier tells unseen passages of it from {other} with an AUC of {found.auc:.2f}{_beside(found)}"
    columns = [
        f"{told.column} ({format_value(told.candidate)} against {format_value(told.other)})" for told in found.telltales[:_SHOWN]
    ]
    return f"{text}; most telling: {series(columns)}" if columns and found.auc > 0.5 else text


def _beside(found: Classification) -> str:
    """What that AUC is to be compared with, in brackets."""
    if found.floor is not None:
        return f" (human text of other documents {found.floor.median:.2f}, 95{NBSP}% of it up to {found.floor.p95:.2f})"
    return f" (p = {format_value(found.p)})" if found.p is not None else ""
