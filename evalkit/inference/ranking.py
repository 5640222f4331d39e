"""Rankings that show ties as ties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """An order of candidates.

    Args:
        ranks: candidate -> 1 + the number of candidates that are better beyond doubt; equal numbers are ties.
        letters: candidate -> letters; two candidates that share one do not differ beyond doubt (compact letter display, Piepho 2004).
    """

    ranks: Mapping[str, int]
    letters: Mapping[str, str]
