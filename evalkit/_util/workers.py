"""Shares work among processes that end when this one does: `mapped` waits for all of it, `started` lets other work go on meanwhile."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import connection
from multiprocessing.context import BaseContext
from typing import Any, Generic, Protocol, TypeVar

from evalkit._util.signals import ENDING
from evalkit._util.threads import use_one_openmp_thread
from evalkit.errors import WorkerError

__all__ = ["Told", "Work", "mapped", "started", "survives_fork", "unheard"]

T = TypeVar("T")
R = TypeVar("R")
_PLACE_BYTES = 512
"""Room for what one item last said, as JSON."""
_SECONDS_BETWEEN = 0.25
"""Between two things that an item says, and between two looks at what was said."""
_GRACE_SECONDS = 10.0
"""For a worker that was asked to end: a training keeps its state first."""
_NOT_FORKED = ("jax", "tensorflow", "torch")
"""Packages whose threads a copy of the process would lack, so that it might wait for them without end."""


class Told(Protocol):
    """Is told how far work is: what is being done, and how much of how much is done."""

    def __call__(self, message: str, done: float, total: float) -> None: ...


def unheard(message: str, done: float, total: float) -> None:
    """Is told how far work is, and tells nobody."""


def survives_fork() -> bool:
    """Whether workers may be copies of this process, which have all that it has; otherwise they begin anew and are sent what they need."""
    return sys.platform == "linux" and not any(name in sys.modules for name in _NOT_FORKED)


def mapped(function: Callable[[T], R], items: Sequence[T], *, jobs: int, chunksize: int = 1) -> list[R]:
    """What a function gives for each item, in their order, computed by several processes.

    An interrupt ends the processes, and so does the death of this one, whatever its cause.

    Args:
        function: of a module, since it may be sent to other processes.
        items: can be sent too.
        jobs: processes; 1 computes everything in this one.
        chunksize: items that a process takes at a time.

    Raises:
        WorkerError: when a process was ended from outside.
    """
    if jobs == 1:
        return list(map(function, items))
    chunks = [items[start : start + chunksize] for start in range(0, len(items), chunksize)]
    with started(partial(_of_chunk, function), chunks, jobs=jobs) as work:
        return [result for results in work.results() for result in results]


def _of_chunk(function: Callable[[T], R], items: Sequence[T], progress: Told) -> list[R]:
    return list(map(function, items))


class Work(Protocol[R]):
    """Items that are being computed."""

    def results(self, progress: Told = unheard) -> list[R]:
        """What each item gives, in their order, once all are done.

        Args:
            progress: is told what the first item says that is not done.

        Raises:
            WorkerError: when a process was ended from outside.
        """


@contextlib.contextmanager
def started(function: Callable[[T, Told], R], items: Sequence[T], *, jobs: int) -> Iterator[Work[R]]:
    """Begins to compute items in processes, which end with the context.

    Args:
        function: what each of them computes; where processes are copies of this one (`survives_fork`), it may be anything, and elsewhere it is
            sent.
        items: are sent.
        jobs: processes; 1 computes the items in this one, when their results are asked for.
    """
    if jobs == 1 or not items:
        yield _Here(function, items)
        return
    context = multiprocessing.get_context("fork" if survives_fork() else "spawn")
    board = _Board(context, len(items))
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(min(jobs, len(items)), context, initializer=_begin, initargs=(function, board))
    try:
        yield _Elsewhere([pool.submit(_compute, number, item) for number, item in enumerate(items)], board)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        _end(set(multiprocessing.active_children()) - before)
        raise
    pool.shutdown()


class _Here(Generic[T, R]):
    """Items that are computed in this process, one after another."""

    def __init__(self, function: Callable[[T, Told], R], items: Sequence[T]) -> None:
        self._function, self._items = function, items

    def results(self, progress: Told = unheard) -> list[R]:
        return [self._function(item, progress) for item in self._items]


class _Elsewhere(Generic[R]):
    """Items that other processes compute."""

    def __init__(self, futures: Sequence[Future[R]], board: _Board) -> None:
        self._futures, self._board = futures, board

    def results(self, progress: Told = unheard) -> list[R]:
        try:
            waiting = set(self._futures)
            while waiting:
                _, waiting = wait(waiting, timeout=_SECONDS_BETWEEN, return_when=FIRST_COMPLETED)
                self._raise_as_one_process()
                self._tell(progress)
            return [future.result() for future in self._futures]
        except BrokenProcessPool as error:
            raise WorkerError(
                "A worker process was ended from outside, perhaps because memory ran out.",
                remedy="Run the same command with fewer --jobs.",
            ) from error

    def _raise_as_one_process(self) -> None:
        """Raises the error of the first item that fails, once all before it are done: which that is, does not depend on who was quicker."""
        done = list(itertools.takewhile(Future.done, self._futures))
        for future in done:
            future.result()
        failed = next((number for number, future in enumerate(self._futures) if future.done() and future.exception()), None)
        for future in self._futures[failed:] if failed is not None else ():
            future.cancel()

    def _tell(self, progress: Told) -> None:
        first = next((number for number, future in enumerate(self._futures) if not future.done()), None)
        said = None if first is None else self._board.read(first)
        if said is not None:
            progress(*said)


class _Board:
    """What each item last said: memory that processes share, so that nobody waits for a reader."""

    def __init__(self, context: BaseContext, n_items: int) -> None:
        self._memory: Any = context.RawArray(ctypes.c_char, _PLACE_BYTES * n_items)

    def write(self, item: int, said: tuple[str, float, float]) -> None:
        """Keeps what an item says in place of what it said before."""
        content = json.dumps(said).encode("ascii")
        if len(content) < _PLACE_BYTES:
            self._memory[_PLACE_BYTES * item : _PLACE_BYTES * (item + 1)] = content.ljust(_PLACE_BYTES, b"\0")

    def read(self, item: int) -> tuple[str, float, float] | None:
        """What an item said last; None where it said nothing yet, or is saying something else."""
        content: bytes = self._memory[_PLACE_BYTES * item : _PLACE_BYTES * (item + 1)]
        try:
            message, done, total = json.loads(content.rstrip(b"\0"))
        except ValueError:
            return None
        return message, done, total


_mine: dict[str, Any] = {}
"""Of a worker: what it computes, and where it says how far it is."""


def _begin(function: Callable[[Any, Told], Any], board: _Board) -> None:
    """Makes this process a worker."""
    _mine.update(function=function, board=board)
    use_one_openmp_thread()
    # Ctrl-C in a terminal reaches every process of the program. The one that started the others decides what becomes of them.
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    # A worker that waits for work would wait for ever when its parent has died.
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_end, args=(parent.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _compute(number: int, item: Any) -> Any:
    board, last = _mine["board"], -_SECONDS_BETWEEN

    def tell(message: str, done: float, total: float) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= _SECONDS_BETWEEN:
            last = now
            board.write(number, (message, done, total))

    return _mine["function"](item, tell)


def _end(workers: set[multiprocessing.process.BaseProcess]) -> None:
    """Asks workers to end, and ends those that do not."""
    for worker in workers:
        worker.terminate()
    deadline = time.monotonic() + _GRACE_SECONDS
    for worker in workers:
        with contextlib.suppress(KeyboardInterrupt):  # who asks twice waits no longer
            worker.join(max(0.0, deadline - time.monotonic()))
        worker.kill()
