"""The command line `python -m generators`: list, train, sample, score. The commands stand in the table of `evalkit.cli`."""

from __future__ import annotations

from evalkit.cli import generators_app as app

__all__ = ["app"]
