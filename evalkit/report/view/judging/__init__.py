"""Judges rows beside human text, for every form of report.

- `marks` says whether a value is within the human range, on which side it lies, and where strips show it.
- `faults` says which fault of a candidate is named, and which of its faults forbid that it wins.
- `wording` puts a fault into words, with its side and its number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.view.judging.faults import disqualifying, gravest
    from evalkit.report.view.judging.marks import side_of, within_range
    from evalkit.report.view.judging.wording import fault_clause

__all__ = ["disqualifying", "fault_clause", "gravest", "side_of", "within_range"]

__getattr__ = lazy_names(
    __name__,
    {
        "disqualifying": "evalkit.report.view.judging.faults",
        "gravest": "evalkit.report.view.judging.faults",
        "side_of": "evalkit.report.view.judging.marks",
        "within_range": "evalkit.report.view.judging.marks",
        "fault_clause": "evalkit.report.view.judging.wording",
    },
)
