"""Runs units of work in this process, in several (`Local`) or on a cluster (`evalkit.engines.cluster`), with the same results.

A unit of work is a pure function of what all units share, of its own item, and of nothing else, so that it does not matter where it runs.
"""

from __future__ import annotations

from evalkit.engines.engine import ONE_PROCESS, Engine, Local, engine_of

__all__ = ["ONE_PROCESS", "Engine", "Local", "engine_of"]
