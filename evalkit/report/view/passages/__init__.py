"""Prepares passages for reading: their marks, their human neighbours of the same rank, and what tells two candidates apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.view.passages.differing import Difference, differing_most
    from evalkit.report.view.passages.excerpts import MarkedPassage, Reading, flaw_kinds, marked_passages
    from evalkit.report.view.passages.highlight import Slice, slices
    from evalkit.report.view.passages.pairing import ReadingRoom, beside, is_noise

__all__ = [
    "Difference",
    "MarkedPassage",
    "Reading",
    "ReadingRoom",
    "Slice",
    "beside",
    "differing_most",
    "flaw_kinds",
    "is_noise",
    "marked_passages",
    "slices",
]

__getattr__ = lazy_names(
    __name__,
    {
        "ReadingRoom": "evalkit.report.view.passages.pairing",
        "beside": "evalkit.report.view.passages.pairing",
        "is_noise": "evalkit.report.view.passages.pairing",
        "Difference": "evalkit.report.view.passages.differing",
        "differing_most": "evalkit.report.view.passages.differing",
        "MarkedPassage": "evalkit.report.view.passages.excerpts",
        "Reading": "evalkit.report.view.passages.excerpts",
        "flaw_kinds": "evalkit.report.view.passages.excerpts",
        "marked_passages": "evalkit.report.view.passages.excerpts",
        "Slice": "evalkit.report.view.passages.highlight",
        "slices": "evalkit.report.view.passages.highlight",
    },
)
