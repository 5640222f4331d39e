"""Benchmarks of speed, memory and error rates, run by `python -m benchmarks`.

Each runs beside its peer in the same run and prints ratios; nothing here fails for being slow. A benchmark is a module with a `main(arguments)`.
"""

from __future__ import annotations
