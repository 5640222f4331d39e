"""Scores candidates side by side, `scored_beside`: every process has the scorer, as it is or made again from the same documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.counts.feature import Counts
from evalkit.engines import Engine
from evalkit.evaluation.candidates import Drawn, Shape
from evalkit.evaluation.work.counting import Counting, ReferenceParts, made_once, one_at_a_time, tallies
from evalkit.text.passages import Passage
from generators.base import Progress

if TYPE_CHECKING:
    from evalkit.evaluation.scorer import ScoredCandidate, Scorer


@dataclass(frozen=True)
class ScorerParts:
    """What a scorer is made from again in another process.

    Args:
        reference: what candidates are compared with, and the ids of all metrics.
        shape, seed: as those of the scorer.
    """

    reference: ReferenceParts
    shape: Shape
    seed: int

    @classmethod
    def of(cls, scorer: Scorer) -> ScorerParts:
        """The parts of a scorer."""
        return cls(ReferenceParts.of(scorer.reference, scorer.declared), scorer.shape, scorer.seed)

    def scorer(self) -> Scorer:
        """The scorer, made once in a process."""
        from evalkit.evaluation.scorer import Scorer

        def make() -> Scorer:
            parts = self.reference
            return Scorer(parts.metrics_again(), parts.reference(), self.shape, seed=self.seed)

        return made_once(("scorer", self.reference.key, self.shape, self.seed), make)


@dataclass(frozen=True, eq=False)
class Scoring:
    """What the scoring of all candidates shares.

    Args:
        scorer: of the comparison.
        explains: whether what their differences consist of is found too.
        n: candidates.
    """

    scorer: Scorer
    explains: bool
    n: int

    def __reduce__(self) -> tuple[Any, ...]:
        return _scoring_again, (ScorerParts.of(self.scorer), self.explains, self.n)


def _scoring_again(parts: ScorerParts, explains: bool, n: int) -> Scoring:
    return Scoring(parts.scorer(), explains, n)


@dataclass(frozen=True)
class Measured:
    """A candidate to be scored.

    Args:
        number: its place among the candidates.
        name: of the candidate.
        passages: at the shape of the run.
        tally: their counts, where there are any yet.
    """

    number: int
    name: str
    passages: Sequence[Passage]
    tally: Counts | None = None


def score(shared: Scoring, item: Measured, progress: Progress) -> ScoredCandidate:
    """Scores a candidate; a unit of work."""
    progress(f"scoring {item.name}", item.number, shared.n)
    with one_at_a_time():
        return shared.scorer.scored(item.name, item.passages, explains=shared.explains, tally=item.tally)


def scored_beside(
    engine: Engine, scorer: Scorer, drawn: Sequence[Drawn], progress: Progress, *, explains: bool
) -> list[ScoredCandidate]:
    """Scores candidates side by side, each a unit of work.

    Where there are fewer of them than can be computed at the same time, their passages are counted in shards before.
    """
    shared = Scoring(scorer, explains, len(drawn))
    if engine.has_copies:
        scorer.prepare(drawn)
    counted: Sequence[Counts | None] = [None] * len(drawn)
    if len(drawn) < engine.jobs:
        counted = tallies(engine, Counting(scorer.reference, scorer.declared), [item.passages for item in drawn])
    items = [
        Measured(number, item.candidate.name, item.passages, tally)
        for number, (item, tally) in enumerate(zip(drawn, counted, strict=True))
    ]
    with engine.start(score, shared, items) as work:
        return work.results(progress)
