"""Draws a candidate's passages look by look, `Supply`: as many as the baseline at first, and more while nothing is decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from evalkit.evaluation.candidates import Drawn, Samples, Shape, generate, read_samples, ready, sampled
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.request import EvaluationRequest
from evalkit.evaluation.shape import samples_at_shape, samples_of_length
from evalkit.gating.decision import Verdict
from evalkit.gating.request import GateRequest
from evalkit.inference import SINGLE, Look
from generators.base import Progress, silent
from generators.human import Human

_LENGTH_TOLERANCE = 0.2
"""Largest difference of two mean lengths, as a share of the baseline's, at which passages are still of one shape."""


@dataclass(frozen=True)
class LookTaken:
    """What one look found.

    Args:
        n_passages: of either side.
        verdict: that followed.
    """

    n_passages: int
    verdict: Verdict

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {"n_passages": self.n_passages, "verdict": str(self.verdict)}


class Supply:
    """Passages of a candidate, more at every look.

    A generator writes further passages. Samples on disk are what they are: there is one look, at all that they have and the baseline keeps.

    Args:
        request: of the gate.
        samples: of a candidate that is read; None of a generator.
    """

    def __init__(self, request: GateRequest) -> None:
        self.request = request
        self.samples = read_samples(request.candidate, request.read) if request.candidate.kind == "samples" else None

    def read(self) -> Drawn | None:
        """The passages of samples, as many as there are, at least those of the baseline's shape; None for a generator.

        Pieces of longer samples are as many as the baseline's shape has: more of them would be no more independent.
        """
        if self.samples is None:
            return None
        first, *_, most = (*self.request.looks, self.request.looks[-1])
        drawn = _at_shape(self.request, self.samples, most)
        whole = all(passage.piece is None for passage in drawn.passages)
        return drawn if whole and len(drawn.passages) >= first else _at_shape(self.request, self.samples, first)

    @property
    def _shape(self) -> Shape:
        """Of the first look."""
        return Shape(self.request.looks[0], self.request.baseline.shape["n_chars"])

    def first(self, progress: Progress) -> tuple[Reference, Drawn]:
        """The reference, and the candidate with the passages of the first look.

        Args:
            progress: told how far the drawing is.
        """
        request, read = self.request, self.read()
        if read is not None:
            return request.reference(), read
        if request.engine is None:
            reference = request.reference()
            drawn = generate(
                request.candidate, reference, self._shape, seed=request.seed, decoding=request.decoding, progress=progress
            )
            return reference, drawn
        from evalkit.evaluation.work.drawing import Drawing, drawn_beside

        shared = Drawing(request.split, self._shape, request.seed, request.decoding)
        [drawn], reference = drawn_beside(request.engine, [request.candidate], shared, request.reference, progress)
        return reference, drawn

    def draw(self, drawn: Drawn, reference: Reference, progress: Progress) -> Iterator[tuple[Look, Drawn]]:
        """Each look with the candidate's passages, the earlier ones being the first of the later ones.

        Args:
            drawn: the candidate with the passages of the first look.
            reference: that a generator is fitted on.
            progress: told how far the drawing is.
        """
        if self.samples is not None:
            yield SINGLE, drawn
            return
        request, sizes = self.request, self.request.looks
        if not can_draw_more(drawn):
            sizes = sizes[:1]
        yield Look.of(sizes, 0), drawn
        for i, n in enumerate(sizes[1:], 1):
            said = f"undecided at {len(drawn.passages)} passages, drawing up to {n}"
            if drawn.generator is None:  # it was fitted in another process
                drawn = replace(drawn, generator=ready(request.candidate, reference, seed=request.seed, progress=progress))
            drawn = draw_more(drawn, replace(self._shape, n_passages=n), request, progress=_saying(said, progress))
            if len(drawn.passages) < n:
                return
            yield Look.of(sizes, i), drawn


def can_draw_more(drawn: Drawn) -> bool:
    """Whether a candidate can write any number of passages; there is only so much human text."""
    candidate = drawn.candidate
    return candidate.kind != "samples" and not candidate.is_human and not isinstance(drawn.generator, Human)


def draw_more(drawn: Drawn, shape: Shape, request: EvaluationRequest, *, progress: Progress = silent) -> Drawn:
    """The candidate with as many passages as a shape has, those that it had being the first."""
    assert drawn.generator is not None
    first = len(drawn.passages)
    more, given = sampled(
        drawn.generator,
        replace(shape, n_passages=shape.n_passages - first),
        seed=request.seed,
        first=first,
        decoding=request.decoding,
        progress=progress,
    )
    return replace(drawn, passages=(*drawn.passages, *more), read=(*drawn.given, *given), describe=drawn.generator.describe())


def _saying(message: str, progress: Progress) -> Progress:
    """A callback that is told how far the drawing is, and says why there is more of it."""
    return lambda _, done, total: progress(message, done, total)


def _at_shape(request: GateRequest, samples: Samples, n_passages: int) -> Drawn:
    """Samples at the baseline's shape, or as many passages of its length as there are."""
    shape, because = Shape(n_passages, request.baseline.shape["n_chars"]), f"the baseline has {n_passages}"
    drawn = samples_at_shape(request.candidate, samples, shape, seed=request.seed, because=because)
    drawn = replace(drawn, reports=samples.reports)
    if of_one_length(request.baseline.mean_chars, mean_chars(drawn)):
        return drawn
    # Samples of another length make pieces of another length, which have other values. Cut to length they can be compared, if not whole.
    cut = samples_of_length(request.candidate, samples, shape, seed=request.seed, because=because)
    cut = replace(cut, reports=samples.reports)
    return cut if of_one_length(request.baseline.mean_chars, mean_chars(cut)) else drawn


def mean_chars(drawn: Drawn) -> float:
    """Mean length of the passages, in characters."""
    return sum(len(passage.text) for passage in drawn.passages) / max(len(drawn.passages), 1)


def of_one_length(baseline: float, candidate: float) -> bool:
    """Whether passages of these two mean lengths, in characters, can be compared."""
    return abs(candidate - baseline) <= _LENGTH_TOLERANCE * baseline
