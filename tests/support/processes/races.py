"""Starts several actions in the same moment, to show what they do to each other.

Threads take turns every hundredth of a millisecond instead of every five: they meet at more places, and none waits long for its turn.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Runs all actions in threads that start together; gives what they return, in their order."""
    barrier = threading.Barrier(len(actions))

    def start(action: Callable[[], Any]) -> Any:
        barrier.wait()
        return action()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(len(actions)) as pool:
            return list(pool.map(start, actions))
    finally:
        sys.setswitchinterval(before)
