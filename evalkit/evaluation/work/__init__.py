"""Declares the units of work of an evaluation: to draw a candidate (`drawing`), to count passages and to score a candidate (`scoring`).

Each is a pure function of what it is given, so that it gives the same in this process, in another one and on another machine.
"""

from __future__ import annotations

__all__: list[str] = []
