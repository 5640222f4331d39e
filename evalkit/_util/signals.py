"""Ends a program on SIGTERM and SIGHUP the way Ctrl-C does, `Ending`, so that `finally` runs and nothing is left half-written.

Cancelling a CI job, `timeout` and `docker stop` send SIGTERM, and a terminal that closes sends SIGHUP. Python would end at once.
"""

from __future__ import annotations

import signal
from types import FrameType

__all__ = ["ENDING", "Ending", "exit_code_of", "is_handled"]

ENDING = tuple(signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if name in signal.Signals.__members__)
"""The signals that ask a program to end; not every system has all."""


def exit_code_of(number: int) -> int:
    """The exit code of a program that a signal ended, as every shell expects it.

    >>> exit_code_of(signal.SIGTERM)
    143
    """
    return 128 + number


def is_handled(number: signal.Signals) -> bool:
    """Whether a signal is not ignored; `nohup` starts programs that ignore SIGHUP, and it must stay so."""
    return signal.getsignal(number) not in {signal.SIG_IGN, None}


class Ending:
    """Raises KeyboardInterrupt at the first signal that asks the program to end, and knows which one it was."""

    def __init__(self) -> None:
        self.number = signal.SIGINT

    def install(self) -> None:
        """Takes SIGTERM and SIGHUP; Ctrl-C raises KeyboardInterrupt without us."""
        for number in ENDING:
            if number != signal.SIGINT and is_handled(number):
                signal.signal(number, self._end)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.number = signal.Signals(number)
        # Who asks once often asks again; the second time must not come in the middle of tidying up.
        for other in ENDING:
            if other != signal.SIGINT:
                signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt
