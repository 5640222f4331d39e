"""Compares runs that have more to compare than measures: `gate_changes` says what became of the verdict and the decisions of a gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.view.runs.gate_diff import GateChange, GateChanges, gate_changes, paired

__all__ = ["GateChange", "GateChanges", "gate_changes", "paired"]

__getattr__ = lazy_names(__name__, dict.fromkeys(__all__, "evalkit.report.view.runs.gate_diff"))
