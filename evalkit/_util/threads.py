"""Counts processors, `n_processors`, and keeps small matrix products on one thread, `one_blas_thread`."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def n_processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# Finding the pools takes a millisecond, and a sampling asks at every step. numpy and scipy, whose products are meant, are
# loaded before the first call; a library that is loaded later keeps its threads.
@cache
def _controller() -> Any:
    """The thread pools of the libraries loaded by now."""
    return import_module("threadpoolctl").ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[object]:
    """A context in which numpy multiplies matrices on one thread, where threadpoolctl is installed to arrange it.

    Small products gain nothing from more threads, and lose much where other programs keep the cores busy.
    """
    # A product of 64 x 256 by 256 x 1024 takes a fifth of a millisecond. OpenBLAS's threads wait for one another at each; where
    # other work has one of the cores they wait for whole time slices (measured: 20 times slower on two busy cores, no faster on
    # two quiet ones). Resampling multiplies matrices of such sizes too: a comparison of the six n-gram, noise and human
    # candidates spends 4.2 s of CPU instead of 5.3 s.
    if find_spec("threadpoolctl") is None:
        return nullcontext()
    limited: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limited
