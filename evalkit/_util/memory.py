"""Refuses work that memory cannot hold before it begins: `require_memory`."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from evalkit.errors import UsageError

_CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux says how much a container may take, in its newer and its older way."""


def require_memory(n_bytes: int, what: str, *, remedy: str) -> None:
    """Refuses work whose data cannot fit into memory.

    Args:
        n_bytes: that it takes at least.
        what: takes them, as the beginning of a sentence.
        remedy: what to ask for in its place, one sentence.

    Raises:
        UsageError: when this process may not have so many.

    >>> require_memory(10**18, "10 passages of 10**17 characters", remedy="Ask for less.")
    Traceback (most recent call last):
    evalkit.errors.UsageError: 10 passages of 10**17 characters would take 1,000,000,000.0 GB of memory or more, ...
    """
    available = most_memory()
    if n_bytes > available:
        raise UsageError(
            f"{what} would take {n_bytes / 10**9:,.1f} GB of memory or more, and this process may have {available / 1e9:,.1f} GB.",
            remedy=remedy,
        )


def most_memory() -> int:
    """The bytes that this process may have at most: what the machine has, or the limit of a container, shell or batch system."""
    limits = [sys.maxsize]
    with contextlib.suppress(AttributeError, ValueError, OSError):
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with contextlib.suppress(ImportError, OSError):
        import resource

        limits += [limit for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA) if (limit := resource.getrlimit(kind)[0]) > 0]
    for file in _CGROUPS:
        with contextlib.suppress(OSError, ValueError):  # "max" where there is no limit
            limits.append(int(file.read_text(encoding="ascii")))
    return min(limits)
