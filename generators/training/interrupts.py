"""Ctrl-C and the request to end, heard between two updates instead of in the middle of one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_HEARD = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Stop:
    """Whether the program was asked to stop."""

    asked: bool = False


@contextmanager
def heard() -> Iterator[Stop]:
    """Turns the first request to stop into a flag; a second one acts at once, as it always does.

    Outside the main thread, where Python lets no one listen, requests act as they always do.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.getsignal(number) for number in _HEARD}

    def ask(number: int, frame: FrameType | None) -> None:
        stop.asked = True
        signal.signal(number, before[signal.Signals(number)])

    for number in _HEARD:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
