"""Keeps the state of a training in one file, from which the same training resumes: `StateKeeper` and `StateFile`.

An interrupt (Ctrl-C, or the system's request to end, SIGTERM or SIGHUP) is taken between two updates, where the state is whole, and not in the middle of one.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from evalkit._util.atomic import remove_file, write_atomically
from evalkit._util.foreign import read_bytes
from evalkit._util.signals import ENDING, exit_code_of, is_handled
from evalkit.errors import Interrupted, ModelError
from generators.storage.arrays import DamagedError, pack, unpack

FILE = "state.npz"
_ABOUT = "about"
_FORMAT = "evalkit-training-1"

T = TypeVar("T")


@dataclass(frozen=True)
class SavedState:
    """A training's state as it is saved: plain JSON values, and arrays by name."""

    plain: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


class StateFile:
    """The file of one training's state.

    Args:
        folder: made when something is first kept.
        key: hash of everything that decides what training gives; the state of another training is never resumed.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / FILE
        self.key = key

    def keep(self, state: SavedState) -> None:
        """Replaces what was kept.

        Raises:
            OutputError: when it cannot be written.
        """
        about = json.dumps({"format": _FORMAT, "key": self.key, "plain": dict(state.plain)}, allow_nan=False)
        write_atomically(self.path, pack({_ABOUT: np.array(about), **state.arrays}))

    def load(self) -> SavedState | None:
        """What was kept, or None where nothing was.

        Raises:
            ModelError: when it is damaged or belongs to another training.
        """
        try:
            arrays = unpack(read_bytes(self.path, most_bytes=sys.maxsize))
            about = json.loads(str(arrays.pop(_ABOUT)))
            format_, key, plain = about["format"], about["key"], about["plain"]
        except FileNotFoundError:
            return None
        except (OSError, DamagedError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise self.refused(f"is damaged ({error})") from error
        if format_ != _FORMAT or not isinstance(plain, dict):
            raise self.refused("has another format")
        if key != self.key:
            raise self.refused("belongs to another training (other options, seed, documents or version)")
        return SavedState(plain, arrays)

    def discard(self) -> None:
        """Removes what was kept."""
        remove_file(self.path)

    def refused(self, why: str) -> ModelError:
        """The error for a state that cannot be resumed, and why."""
        return ModelError(
            f'The state of training in "{self.path}" {why}.',
            remedy="Train with --restart to begin again, or choose another folder.",
        )


class StateKeeper:
    """Keeps the state of a running training at intervals, and stops the training after an interrupt.

    Args:
        file: where the state is kept; None keeps nothing, and leaves interrupts as they are.
        seconds: between two times that the state is kept.
    """

    def __init__(self, file: StateFile | None, *, seconds: float) -> None:
        self._file, self._seconds = file, seconds
        self._kept_at = time.monotonic()
        self._interrupted_by: int | None = None

    def resumed(self, restore: Callable[[SavedState], T]) -> T | None:
        """What `restore` makes of the state that an earlier run kept, or None where there is none.

        Raises:
            ModelError: when that state is damaged or belongs to another training.
        """
        saved = self._file.load() if self._file else None
        if self._file is None or saved is None:
            return None
        try:
            return restore(saved)
        except (KeyError, ValueError, TypeError) as error:
            raise self._file.refused(f"is damaged ({error})") from error

    @contextmanager
    def deferring_interrupts(self) -> Iterator[None]:
        """Notes the first interrupt for the next `keep`; a second one acts at once, as usual.

        Outside the main thread, where Python allows no signal handlers, and without a file, interrupts act as usual.
        """
        if self._file is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        handlers = {number: signal.getsignal(number) for number in ENDING if is_handled(number)}

        def note(number: int, frame: FrameType | None) -> None:
            self._interrupted_by = number
            signal.signal(number, handlers[signal.Signals(number)])

        for number in handlers:
            signal.signal(number, note)
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def keep(self, state: Callable[[], SavedState], *, after: str, ended: bool) -> None:
        """Keeps the state where it is time to, where the training has ended, or after an interrupt.

        Args:
            state: called where the state is kept.
            after: how much was trained, for people ("12 epochs").
            ended: whether the training has ended.

        Raises:
            Interrupted: after an interrupt, once the state is kept.
            OutputError: when the state cannot be written.
        """
        if self._file is None:
            return
        if self._interrupted_by is not None or ended or time.monotonic() - self._kept_at >= self._seconds:
            self._file.keep(state())
            self._kept_at = time.monotonic()
        if self._interrupted_by is not None:
            raise Interrupted(
                f'The training after {after} is kept in "{self._file.path}"; the same command resumes from there.',
                exit_code=exit_code_of(self._interrupted_by),
            )

    def discard(self) -> None:
        """Removes what was kept, where it must not be resumed."""
        if self._file:
            self._file.discard()
