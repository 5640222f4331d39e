"""Shares work among processes that end when this one does, `mapped`."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import TypeVar

__all__ = ["mapped"]

T = TypeVar("T")
R = TypeVar("R")


def mapped(function: Callable[[T], R], items: Sequence[T], *, jobs: int, chunksize: int = 1) -> list[R]:
    """What a function gives for each item, in their order, computed by several processes.

    An interrupt ends the processes at once, and so does the death of this one, whatever its cause.

    Args:
        function: of a module, since it is sent to other processes.
        items: can be sent too.
        jobs: processes; 1 computes everything in this one.
        chunksize: items that a process takes at a time.
    """
    if jobs == 1:
        return list(map(function, items))
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, initializer=_end_with_parent)
    try:
        results = list(pool.map(function, items, chunksize=chunksize))
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in set(multiprocessing.active_children()) - before:
            worker.kill()
        raise
    pool.shutdown()
    return results


def _end_with_parent() -> None:
    """Ends this process when its parent has died, for which a worker that waits for work would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_end, args=(parent.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
