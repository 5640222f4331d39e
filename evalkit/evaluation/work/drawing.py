"""Draws candidates side by side, `drawn_beside`: each is fitted, sampled and asked for the likelihood of held-out text in a unit of work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from evalkit._util.escape import visible
from evalkit._util.foreign import UnreadableError, read_bytes
from evalkit._util.paths import is_file, names_in
from evalkit.engines import Engine
from evalkit.errors import ModelError
from evalkit.evaluation.candidates import Candidate, Drawn, Shape, generate, is_drawn_here
from evalkit.text.canonical import canonical
from evalkit.text.corpus import Split
from generators.base import Decoding, Progress

T = TypeVar("T")
_MOST_BYTES = 1 << 34
"""Of a file of a saved model."""


@dataclass(frozen=True)
class SplitTexts:
    """The documents of a split, which are all that it takes to draw a candidate.

    Args:
        split: the split.
    """

    split: Split

    @cached_property
    def held_out_texts(self) -> list[str]:
        """The held-out documents in canonical form."""
        return [canonical(document.text) for document in self.split.held_out]


@dataclass(frozen=True)
class Drawing:
    """What the drawing of all candidates shares.

    Args:
        split: what generators learn from.
        shape: of the passages.
        seed: of fitting and sampling.
        decoding: how generators sample.
    """

    split: Split
    shape: Shape
    seed: int
    decoding: Decoding


@dataclass(frozen=True)
class Sent:
    """A candidate that is drawn in another process.

    Args:
        candidate: to be drawn.
        model: the files of its saved model, which the other process may not see; empty where it is none.
    """

    candidate: Candidate
    model: Mapping[str, bytes]

    @classmethod
    def of(cls, candidate: Candidate) -> Sent:
        """A candidate with its model."""
        if candidate.kind != "model":
            return cls(candidate, {})
        folder = candidate.spec.partition(":")[2]
        try:
            paths = [Path(folder) / name for name in names_in(folder)]
            return cls(candidate, {path.name: read_bytes(path, most_bytes=_MOST_BYTES) for path in paths if is_file(path)})
        except (OSError, UnreadableError) as error:
            raise ModelError(f'The model in "{visible(folder)}" cannot be read: {visible(str(error))}.') from error

    def ready(self) -> Candidate:
        """The candidate as it can be drawn here, with its model in memory."""
        if not self.model:
            return self.candidate
        from generators.storage.models import load

        with TemporaryDirectory() as folder:
            for name, content in self.model.items():
                (Path(folder) / name).write_bytes(content)
            return replace(self.candidate, fitted=load(Path(folder)))


def draw(shared: Drawing, sent: Sent, progress: Progress) -> Drawn:
    """Draws a candidate; a unit of work. The fitted generator stays where it was fitted."""
    texts = SplitTexts(shared.split)
    drawn = generate(sent.ready(), texts, shared.shape, seed=shared.seed, decoding=shared.decoding, progress=progress)
    return replace(drawn, candidate=sent.candidate, generator=None)


def drawn_beside(
    engine: Engine, candidates: Sequence[Candidate], shared: Drawing, meanwhile: Callable[[], T], progress: Progress
) -> tuple[list[Drawn], T]:
    """Draws candidates that are no samples side by side, each a unit of work, while this process does something else.

    Args:
        engine: draws them; what cannot be sent is drawn here.
        candidates: to be drawn.
        shared: by all of them.
        meanwhile: what this process does.
        progress: told how far the drawing is.

    Returns:
        The candidates, and what was done meanwhile.
    """
    sent = [candidate for candidate in candidates if engine.jobs > 1 and _can_be_sent(candidate)]
    with engine.start(draw, shared, list(map(Sent.of, sent))) as work:
        done = meanwhile()
        texts, drawn = SplitTexts(shared.split), {}
        for candidate in candidates:
            if candidate not in sent:
                drawn[candidate.name] = generate(
                    candidate, texts, shared.shape, seed=shared.seed, decoding=shared.decoding, progress=progress
                )
        drawn |= {item.candidate.name: item for item in work.results(progress)}
    return [drawn[candidate.name] for candidate in candidates], done


def _can_be_sent(candidate: Candidate) -> bool:
    """Whether a candidate can be drawn in another process: it is not in the memory of this one, and starts and asks nothing that is.

    A command or a server has its own way of doing several things at once.
    """
    return candidate.fitted is None and is_drawn_here(candidate.spec)
