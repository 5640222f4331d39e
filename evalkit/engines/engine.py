"""Declares what runs units of work, `Engine`, and runs them in processes of this machine, `Local`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from evalkit._util.workers import Told, Work, started, survives_fork
from evalkit.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client

MOST_JOBS = 1024
T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """Runs units of work."""

    @property
    def jobs(self) -> int:
        """Units that run at the same time; 1 where they run in this process."""

    @property
    def here(self) -> Local:
        """The processes of this machine, for work that is too small to send."""

    @property
    def has_copies(self) -> bool:
        """Whether units run in copies of this process, which have all that was computed here before."""

    def start(self, unit: Callable[[Any, T, Told], R], shared: Any, items: Sequence[T]) -> AbstractContextManager[Work[R]]:
        """Begins to compute items; what is not done when the context ends is given up.

        Args:
            unit: a function of a module that computes each, of what all share, the item, and what is told how far it is.
            shared: by all units. It is sent to other machines as pickle gives it.
            items: are sent too.
        """


@dataclass(frozen=True)
class Local:
    """Runs units of work in processes of this machine.

    Args:
        jobs: processes; 1 computes everything in this one.

    Raises:
        UsageError: when that is no number of processes.
    """

    jobs: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.jobs <= MOST_JOBS:
            raise UsageError(f"jobs must be from 1 to {MOST_JOBS:,}, not {self.jobs}.")

    @property
    def here(self) -> Local:
        return self

    @property
    def has_copies(self) -> bool:
        return self.jobs > 1 and survives_fork()

    def start(self, unit: Callable[[Any, T, Told], R], shared: Any, items: Sequence[T]) -> AbstractContextManager[Work[R]]:
        return started(partial(unit, shared), items, jobs=self.jobs)


ONE_PROCESS = Local()


def engine_of(jobs: int, client: Client | None = None) -> Engine:
    """What runs units of work: processes of this machine, or the cluster of a client where one is given.

    Args:
        jobs: processes of this machine.
        client: of `dask.distributed`.
    """
    if client is None:
        return Local(jobs)
    from evalkit.engines.cluster import Cluster

    return Cluster(client, Local(jobs))
