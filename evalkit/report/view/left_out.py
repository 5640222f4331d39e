"""Finds what was given and not judged, which every report says first: `not_judged`, and `later_warnings` for all else."""

from __future__ import annotations

from evalkit.results import Results


def not_judged(results: Results) -> list[str]:
    """A sentence for each candidate of which not all was judged, with the share in percent."""
    left_out = [candidate.get("left_out") for candidate in results.candidates]
    return [str(each["warning"]) for each in left_out if each]


def later_warnings(results: Results) -> list[str]:
    """The other warnings of a run."""
    first = not_judged(results)
    return [warning for warning in results.warnings if warning not in first]
