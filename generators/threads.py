"""Small matrix products on one thread."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


@cache
def _controller() -> Any:
    """The thread pools of the libraries loaded by now."""
    return import_module("threadpoolctl").ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[object]:
    """A context in which numpy multiplies matrices on one thread, where threadpoolctl is installed to arrange it.

    A product of 64 x 256 by 256 x 1024 takes a fifth of a millisecond. OpenBLAS's threads wait for one another at each; where other work has
    one of the cores they wait for whole time slices (measured: 20 times slower on two busy cores, no faster on two quiet ones).
    """
    if find_spec("threadpoolctl") is None:
        return nullcontext()
    limited: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limited
