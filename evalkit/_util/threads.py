"""Says what runs on how many threads: `n_processors`, small matrix products on one (`one_blas_thread`), and machine code that others run beside.

Functions of numbers become machine code without Python's lock by `compiled`; numba is loaded when the first one is declared.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar, cast

from evalkit._util.escape import visible

_F = TypeVar("_F", bound=Callable[..., Any])

log = logging.getLogger("evalkit")


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


def use_one_openmp_thread() -> None:
    """Lets the libraries loaded by now compute on one thread of OpenMP from now on, in this process.

    A copy of a process has none of its threads, and GNU's OpenMP would wait for them without end.
    """
    if find_spec("threadpoolctl") is not None:
        _controller.cache_clear()  # libraries may have been loaded since
        _controller().limit(limits=1, user_api="openmp")


def compiled(function: _F) -> _F:
    """The function as machine code, made when it is first called, and kept beside its source or in the user's cache folder.

    It runs without Python's lock, so that threads run it side by side. Where it cannot be kept, it is made again by the next run.
    """
    return compiled_with()(function)


def compiled_with(**options: Any) -> Callable[[_F], _F]:
    """As `compiled`, with further options of numba.

    Args:
        options: of `numba.njit`, such as `fastmath`.
    """
    from numba import njit

    def compile_(function: _F) -> _F:
        try:
            machine = njit(cache=True, nogil=True, **options)(function)
        except RuntimeError:  # neither folder can be written
            _CacheOfCode.complain("no folder for it can be written")
            return cast("_F", njit(nogil=True, **options)(function))
        machine._cache = _CacheOfCode(machine._cache)
        return cast("_F", machine)

    return compile_


class _CacheOfCode:
    """Numba's cache of one function, whose damage and whose full disk stop no run.

    Args:
        kept: the cache, with numba's interface. What is not defined here is its own.
    """

    has_complained = False

    def __init__(self, kept: Any) -> None:
        self.kept = kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kept, name)

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The machine code for arguments of such types, or None where it is not kept or cannot be read."""
        try:
            return self.kept.load_overload(signature, context)
        except Exception:  # noqa: BLE001 - a file that was cut short raises whatever pickle comes to
            # An index that cannot be read would keep what is compiled now from being kept.
            with suppress(OSError):
                self.kept.flush()
            return None

    def save_overload(self, signature: Any, code: Any) -> None:
        """Keeps machine code, which works for this run whether it can be kept or not."""
        try:
            self.kept.save_overload(signature, code)
        except Exception as error:  # noqa: BLE001 - no room, no rights, or an index that is damaged and cannot be written anew
            self.complain(visible(str(error)))

    @classmethod
    def complain(cls, why: str) -> None:
        """Says once that every run compiles again."""
        if not _CacheOfCode.has_complained:
            _CacheOfCode.has_complained = True
            log.warning(
                "Compiled code cannot be kept, so every run compiles it again: %s. Free some space, or set NUMBA_CACHE_DIR.", why
            )
