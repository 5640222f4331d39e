"""Measures processor time in yardsticks, so that a bound on it means the same on a slow machine and beside other work."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

N_ITEMS = 60_000


def yardsticks(work: Callable[[], object], *, tries: int = 3) -> float:
    """Processor time of some work in yardsticks, each timed right before and after it: the least of some tries.

    A yardstick takes .08 s where the bounds were chosen.
    """
    return min(_once(work) for _ in range(tries))


def _once(work: Callable[[], object]) -> float:
    before, own, after = _seconds(_yardstick), _seconds(work), _seconds(_yardstick)
    return 2 * own / (before + after)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _yardstick() -> int:
    """Objects, dictionaries, text and a pattern, as drawing and rendering use them."""
    rows = [{"number": number, "text": f"{number / 7:.3f}"} for number in range(N_ITEMS)]
    joined = ",".join(sorted(str(row["text"]) for row in rows))
    return len(re.findall(r"\d\.\d{2}", joined))
