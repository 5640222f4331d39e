"""One line of the table that `python -m benchmarks all` prints: `Ratio`, what evalkit and a peer did in the same run."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """How fast evalkit and a peer are at the same work.

    Args:
        work: that both do.
        unit: of the rates, such as "MB/s"; more is better.
        ours: evalkit's rate.
        peer: who else did it.
        theirs: the peer's rate.
    """

    work: str
    unit: str
    ours: float
    peer: str
    theirs: float

    @property
    def times(self) -> float:
        """How many times as fast as the peer evalkit is."""
        return self.ours / self.theirs


def processor_seconds(run: Callable[[], object]) -> float:
    """Processor time of a piece of work, that of programs which it starts included: other work on the machine changes it little."""
    before = _used()
    run()
    return _used() - before


def wall_seconds(run: Callable[[], object]) -> float:
    """Seconds by the clock."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def fastest(run: Callable[[], object], repeats: int = 3) -> float:
    """The least processor time of several runs."""
    return min(processor_seconds(run) for _ in range(repeats))


def _used() -> float:
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
