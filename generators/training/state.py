"""The state of a training in one file, replaced as a whole, from which the same training goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit._util.atomic import write_atomically
from evalkit.errors import ModelError
from generators.storage.arrays import DamagedError, pack, unpack

FILE = "state.npz"
_ABOUT = "about"
_FORMAT = "evalkit-training-1"


@dataclass(frozen=True)
class State:
    """What was kept: plain JSON values, and arrays by name."""

    plain: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


class StateFile:
    """The kept state of one training in a folder.

    Args:
        folder: made when something is first kept.
        key: of everything that decides what training gives; state of another training is never gone on with.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / FILE
        self.key = key

    def keep(self, state: State) -> None:
        """Replaces what was kept.

        Raises:
            OutputError: when it cannot be written.
        """
        about = json.dumps({"format": _FORMAT, "key": self.key, "plain": dict(state.plain)}, allow_nan=False)
        write_atomically(self.path, pack({_ABOUT: np.array(about), **state.arrays}))

    def load(self) -> State | None:
        """What was kept, or None where nothing was.

        Raises:
            ModelError: when it is damaged or belongs to another training.
        """
        try:
            arrays = unpack(self.path.read_bytes())
            about = json.loads(str(arrays.pop(_ABOUT)))
            found, key, plain = about["format"], about["key"], about["plain"]
        except FileNotFoundError:
            return None
        except (OSError, DamagedError, KeyError, TypeError, ValueError) as error:
            raise self.refused(f"is damaged ({error})") from error
        if found != _FORMAT or not isinstance(plain, dict):
            raise self.refused("has another format")
        if key != self.key:
            raise self.refused("belongs to another training (other options, seed, documents or version)")
        return State(plain, arrays)

    def discard(self) -> None:
        """Removes what was kept."""
        self.path.unlink(missing_ok=True)

    def refused(self, why: str) -> ModelError:
        """The error for state that cannot be gone on with, and why."""
        return ModelError(
            f'The state of training in "{self.path}" {why}.',
            remedy="Train with --restart to begin anew, or choose another folder.",
        )
