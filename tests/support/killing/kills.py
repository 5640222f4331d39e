"""Kills a program at its n-th step on the file system, for every n."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator

_STEPS = frozenset(
    {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree", "shutil.copytree"}
)
"""What Python reports before it asks the system to do it."""
_KILLED = 113
_RAISED = 114


def killed_at(n: int, action: Callable[[], object]) -> bool:
    """Runs an action in a process of its own that ends, as by SIGKILL, before its n-th step; says whether it got so far.

    Raises:
        AssertionError: when the action raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads are not forked, and the action starts none
        pid = os.fork()
    if pid == 0:
        left = n

        def count(event: str, _: object) -> None:
            nonlocal left
            if event in _STEPS:
                left -= 1
                if left < 0:
                    os._exit(_KILLED)

        sys.addaudithook(count)
        try:
            action()
        except BaseException:  # noqa: BLE001 - the parent says so
            os._exit(_RAISED)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in {0, _KILLED}, code
    return code == _KILLED


def every_kill(action: Callable[[], object], *, prepare: Callable[[], object]) -> Iterator[int]:
    """Prepares and kills the action before its first step, its second and so on, to its end; yields after each, and once at the end."""
    n = 0
    while True:
        prepare()
        was_killed = killed_at(n, action)
        yield n
        if not was_killed:
            return
        n += 1
