"""Chooses the candidates of a comparison where none are named: `default_candidates`."""

from __future__ import annotations

from importlib.util import find_spec

from evalkit.errors import install_command
from evalkit.evaluation.compare import DEFAULT_CANDIDATES

_NEEDS = {"lstm": ("tensorflow", "lstm")}
"""Candidate -> the module that it needs, and the extra that installs it."""


def default_candidates() -> tuple[list[str], list[str]]:
    """The default candidates that can be fitted with what is installed, and a note about each that cannot.

    A candidate that was named and lacks a package ends the run; one that nobody asked for is left out.
    """
    absent = {spec: extra for spec, (module, extra) in _NEEDS.items() if find_spec(module) is None}
    notes = [
        f"The default candidate {spec} was left out: its packages are not installed. Install them with: {install_command(extra)}"
        for spec, extra in absent.items()
    ]
    return [spec for spec in DEFAULT_CANDIDATES if spec not in absent], notes
