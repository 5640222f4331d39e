"""What goes on around the training of a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from generators.base import Generator, Progress
from generators.lstm.network import Network
from generators.training.session import Session
from generators.training.state import StateFile


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What goes on around a training.

    Args:
        session: where the state is kept, and who hears how it goes.
        state: the file of the state; None keeps nothing.
        generator: makes a generator of the network as it is, for checkpoints.
        progress: told the bits per character and the time left.
    """

    session: Session
    state: StateFile | None
    generator: Callable[[Network], Generator]
    progress: Progress
