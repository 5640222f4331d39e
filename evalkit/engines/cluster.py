"""Runs units of work on a cluster of dask, `Cluster`; `connected` reaches one by the address of its scheduler."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import pickle
import platform
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from evalkit._util.entries import hash_of_code, versions_of
from evalkit._util.escape import visible
from evalkit._util.workers import Told, Work, unheard
from evalkit.engines.engine import ONE_PROCESS, Local
from evalkit.errors import MissingExtraError, UsageError, WorkerError

if TYPE_CHECKING:
    from distributed import Client, Future

T = TypeVar("T")
R = TypeVar("R")
_CONNECT_SECONDS = 10
_CLOSE_SECONDS = 5
_WORKER_SECONDS = 30
"""For the first worker of a cluster to appear."""
_SECONDS_BETWEEN = 0.25
_LARGE = "distributed.admin.large-graph-warning-threshold"
_PACKAGES = ("numpy", "numba", "scipy", "nltk", "simplemma", "pydivsufsort")
"""Whose versions may change what is measured."""
_GONE = WorkerError(
    "The scheduler of the cluster does not answer any more.",
    remedy="Look at its log, and run the same command again; without --engine dask it runs on this machine.",
)


class Cluster:
    """Runs units of work on the workers of a cluster; one that ends in the middle has its unit computed by another.

    Args:
        client: of `dask.distributed`.
        here: processes of this machine, for work that is too small to send.

    Raises:
        UsageError: when the workers have other code or other packages than this program, so that their results might differ.
        WorkerError: when there are no workers.
    """

    has_copies = False

    def __init__(self, client: Client, here: Local = ONE_PROCESS) -> None:
        if getattr(client, "asynchronous", False):
            raise UsageError("The client is asynchronous.", remedy="Give one that was made with asynchronous=False.")
        self.client, self.here = client, here
        with _as_errors_of_workers():
            client.wait_for_workers(1, timeout=_WORKER_SECONDS)
            facts = client.run(program_facts)
        self.jobs = max(2, len(facts))
        _check_alike(facts)

    @contextlib.contextmanager
    def start(self, unit: Callable[[Any, T, Told], R], shared: Any, items: Sequence[T]) -> Iterator[Work[R]]:
        import dask

        content = pickle.dumps(shared, protocol=pickle.HIGHEST_PROTOCOL)
        topic, key = f"evalkit-{uuid.uuid4().hex}", hashlib.sha256(content).hexdigest()
        said: dict[int, tuple[str, float, float]] = {}
        # What all units share is the result of a unit too, so that the scheduler makes it again when its worker has ended.
        with _as_errors_of_workers(), dask.config.set({_LARGE: "1 TB"}):
            sent = self.client.submit(_unchanged, content, key=f"evalkit-shared-{key}")
            self.client.subscribe_topic(topic, lambda event: said.update({event[1][0]: tuple(event[1][1:])}))
            futures = [
                self.client.submit(_compute, unit, sent, item, _Place(key, topic, number), key=f"{topic}-{number}", pure=False)
                for number, item in enumerate(items)
            ]
        try:
            yield _Remote(futures, said)
        finally:
            # Where the scheduler is gone, nobody can be told, and the client would wait for it to come back.
            if self.client.status == "running":
                with contextlib.suppress(Exception):  # what ended the work is said already
                    self.client.cancel([future for future in futures if not future.done()])
                    self.client.unsubscribe_topic(topic)


class _Remote(Generic[R]):
    """Items that a cluster computes.

    Args:
        futures: of the items.
        said: what each said last.
    """

    def __init__(self, futures: Sequence[Future[R]], said: dict[int, tuple[str, float, float]]) -> None:
        self._futures, self._said = futures, said

    def results(self, progress: Told = unheard) -> list[R]:
        with _as_errors_of_workers():
            while waiting := [number for number, future in enumerate(self._futures) if not future.done()]:
                self._raise_as_one_process()
                if waiting[0] in self._said:
                    progress(*self._said[waiting[0]])
                time.sleep(_SECONDS_BETWEEN)
            return [future.result() for future in self._futures]

    def _raise_as_one_process(self) -> None:
        """Raises the error of the first item that fails, once all before it are done: which that is, does not depend on who was quicker."""
        for future in itertools.takewhile(lambda future: future.done(), self._futures):
            if future.status in {"error", "cancelled"}:
                future.result()


@contextlib.contextmanager
def _as_errors_of_workers() -> Iterator[None]:
    """Turns what dask raises when a cluster fails into `WorkerError`; what a unit raises stays as it is."""
    from asyncio import CancelledError as Cancelled
    from concurrent.futures import CancelledError

    from distributed.client import ClosedClientError
    from distributed.comm import CommClosedError
    from distributed.scheduler import KilledWorker

    try:
        yield
    except KilledWorker as error:
        raise WorkerError(
            "Workers of the cluster ended again and again over one unit of work, perhaps because memory ran out.",
            remedy="Give workers more memory, or one thread each (--nthreads 1).",
        ) from error
    except TimeoutError as error:
        raise WorkerError("The cluster has no workers.", remedy="Start some, such as: dask worker ADDRESS --nthreads 1") from error
    except (CancelledError, Cancelled, CommClosedError, ClosedClientError) as error:
        raise WorkerError(_GONE.problem, remedy=_GONE.remedy) from error


def _unchanged(content: bytes) -> bytes:
    return content


_LOCK = threading.Lock()
_MOST_SHARED = 2
_shared: dict[str, Any] = {}
"""Of a worker: what the units of the last runs share, by its hash."""


@dataclass(frozen=True)
class _Place:
    """Where a unit belongs: the hash of what it shares, where it says how far it is, and its number."""

    shared: str
    topic: str
    number: int


def _compute(unit: Callable[[Any, T, Told], R], content: bytes, item: T, place: _Place) -> R:
    """Computes an item in a worker."""
    last = -_SECONDS_BETWEEN

    def tell(message: str, done: float, total: float) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= _SECONDS_BETWEEN:
            from distributed import get_worker

            last = now
            get_worker().log_event(place.topic, (place.number, message, done, total))

    with _LOCK:
        if place.shared not in _shared:
            for older in list(_shared)[: -(_MOST_SHARED - 1)]:
                del _shared[older]
            _shared[place.shared] = pickle.loads(content)  # noqa: S301 - from the program that this worker works for, as its code is
        shared = _shared[place.shared]
    return unit(shared, item, tell)


def _code() -> str:
    return hash_of_code(path for name in ("evalkit", "generators") for path in Path(_folder(name)).rglob("*.py"))


def _folder(package: str) -> str:
    found = find_spec(package)
    assert found is not None
    assert found.submodule_search_locations is not None
    return str(found.submodule_search_locations[0])


def program_facts() -> dict[str, str]:
    """What results may depend on beside texts and options: the code of this program, and the packages that it uses."""
    from evalkit import __version__

    return {"evalkit": __version__, "code": _code(), "python": platform.python_version(), **versions_of(*_PACKAGES)}


def _check_alike(of_workers: dict[str, dict[str, str]]) -> None:
    here = program_facts()
    for worker, there in of_workers.items():
        different = [
            f"{name} {there.get(name, 'none')[:12]}, here {here[name][:12]}" for name in here if there.get(name) != here[name]
        ]
        if different:
            raise UsageError(
                f"The worker {visible(worker)} has another program: {'; '.join(different)}.",
                remedy="Install the same versions on all machines, so that results do not depend on where they are computed.",
            )


@contextlib.contextmanager
def connected(address: str, here: Local = ONE_PROCESS) -> Iterator[Cluster]:
    """The cluster of a scheduler, until the context ends.

    Args:
        address: of the scheduler, such as tcp://10.0.0.5:8786.
        here: processes of this machine.

    Raises:
        MissingExtraError: when dask is not installed.
        UsageError: when that is no address.
        WorkerError: when no scheduler answers there.
    """
    if find_spec("distributed") is None:
        raise MissingExtraError("--engine dask", extra="cluster")
    from distributed import Client

    # One error says what happened; the log of the client would say it again, in many lines.
    for name in ("distributed.client", "distributed.core", "distributed.comm", "distributed.utils", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except OSError as error:  # a time-out is one too
        raise WorkerError(
            f'No scheduler answers at "{visible(address)}".',
            remedy="Check the address that `dask scheduler` printed, and that this machine can reach it.",
        ) from error
    except ValueError as error:
        raise UsageError(
            f'"{visible(address)}" is no address of a scheduler.', remedy="Write it as in tcp://10.0.0.5:8786."
        ) from error
    try:
        yield Cluster(client, here)
    finally:
        with contextlib.suppress(Exception):  # the scheduler may be gone
            client.close(timeout=_CLOSE_SECONDS)
