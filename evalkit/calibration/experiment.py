"""Draws clean and corrupted passages to simulate gate runs: `Experiment` counts false alarms and makes a `SensitivityCard` a defect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

import generators
from evalkit.calibration.request import CalibrationRequest
from evalkit.calibration.simulate import Rates, SimulatedGate, gated_metrics, simulate, smallest_dose
from evalkit.counts.feature import Counts
from evalkit.counts.matrix import Scan
from evalkit.defects.planted import Defect
from evalkit.errors import NoVerdict
from evalkit.evaluation.candidates import Candidate, Shape, read_samples, ready, sampled
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.reference import Fold
from evalkit.evaluation.shape import one_piece_each
from evalkit.gating.doses import dose_damages
from evalkit.gating.looks import of_one_length
from evalkit.gating.measures import measures_of
from evalkit.results import FloorSummary
from evalkit.text.io.reports import ReadReport
from generators.base import Decoding, Generator, Progress, silent
from generators.human import Human

POOL = 20
"""Size of the pool that simulated gates deal their samples from, in samples."""
LOOKS = 4
"""The same in samples of the last look, where a gate looks again."""
FOLDS, REPLICATES = 20, 1000
"""Of the human floor, as in a comparison."""
CERTAIN = 0.95
"""Detection rate from which higher doses of a defect are not tried, once the dose of the card is reached."""
_POOL_SEED, _PLANTED_SEED, _WARMER_SEED = 1, 2, 3
"""Added to the seed, so that the pool, the passages that get defects, and those at another temperature are independent draws."""


@dataclass(frozen=True)
class SensitivityCard:
    """How often one planted defect is detected.

    Args:
        defect: that was planted.
        gate: dose -> share of gates with the verdict REGRESSION.
        measures: measure -> dose -> share of gates in which it regressed.
        refused: the lowest dose at which runs are not comparable, since passages become too short; None where there is none.
    """

    defect: Defect
    gate: dict[float, float] = field(default_factory=dict)
    measures: dict[str, dict[float, float]] = field(default_factory=dict)
    refused: float | None = None

    def smallest(self, measure: str | None = None) -> float | None:
        """The dose that the gate or one measure detects with 80 % power; None where not even the highest dose is."""
        rates = self.gate if measure is None else self.measures.get(measure, {})
        return smallest_dose(lambda dose: rates[dose], sorted(rates))

    @property
    def highest(self) -> float | None:
        """The highest dose that was tried; None where not even the lowest gave comparable runs."""
        return max(self.gate, default=None)

    def plain(self, measure: str | None = None) -> str | None:
        """That dose in plain units, as a phrase."""
        dose = self.smallest(measure)
        return None if dose is None else self.defect.plain.format(dose)


class Experiment:
    """Draws and counts the passages of a calibration, once for all simulated gates.

    Args:
        request: what is calibrated.
        progress: told how far the work is.

    Attributes:
        read: what was read, of samples on disk, once their texts were asked for.
    """

    def __init__(self, request: CalibrationRequest, *, progress: Progress = silent) -> None:
        self.request, self.progress = request, progress
        self.read: tuple[ReadReport, ...] = ()
        self.metrics = tuple(request.metrics)
        if not gated_metrics(self.metrics, request.policy):
            raise NoVerdict("The policy gates none of the chosen metrics.", remedy="Choose other metrics or another policy.")
        progress("reading the reference", 0, 1)
        self.reference = request.reference()

    @cached_property
    def gate(self) -> SimulatedGate:
        """The gate at this shape, with the human floor."""
        self.progress("measuring the human floor", 0, 1)
        n_passages, n_chars = self.request.shape.n_passages, self.request.shape.n_chars
        folds = self.reference.folds(n_chars, n_folds=FOLDS, seed=self.request.seed)
        floors = {n: self._floors(folds, n) for n in self.request.sizes}
        first = floors.pop(n_passages)
        doses = dose_damages(self.reference, folds, measures_of(self.metrics, first), seed=self.request.seed)
        return SimulatedGate(
            self.metrics,
            first,
            self.request.policy,
            self.reference.totals,
            n_passages,
            self.request.language,
            further=floors,
            doses=doses,
        )

    def _floors(self, folds: Sequence[Fold], n_passages: int) -> dict[str, FloorSummary | None]:
        sample = sample_floor(folds, n_passages=n_passages, replicates=REPLICATES, seed=self.request.seed)
        return {metric.id: sample.floor(metric) for metric in self.metrics}

    @cached_property
    def generator(self) -> Generator:
        """The candidate's generator, fitted or loaded."""
        return ready(self.request.candidate, self.reference, seed=self.request.seed, progress=self.progress)

    def pool(self) -> Counts:
        """The tallies of clean passages that simulated gates deal their samples from."""
        n = max(POOL * self.request.n_passages, LOOKS * self.request.sizes[-1])
        return self.tally(self.texts(n, seed=self.request.seed + _POOL_SEED))

    def texts(self, n: int, *, seed: int, decoding: Decoding | None = None) -> list[str]:
        """Passages of the candidate: n of a generator, all of those on disk.

        Raises:
            NoVerdict: when they are not independent of each other.
        """
        n_chars = self.request.n_chars
        if self.request.candidate.kind == "samples":
            samples = read_samples(self.request.candidate, self.request.read)
            self.read = samples.reports
            documents = [passage.document for passage in samples if passage.document is not None]
            if len(set(documents)) < len(documents):
                raise _dependent(self.request.candidate)
            # One piece of each sample, so that all are independent; any of them, so that ends are judged as often as beginnings.
            return [passage.text for passage in one_piece_each(samples, n_chars, seed=seed)]
        if isinstance(self.generator, Human):
            raise _dependent(self.request.candidate)
        self.progress("sampling", 0, 1)
        passages, _ = sampled(self.generator, Shape(n, n_chars), seed=seed, decoding=decoding or self.request.decoding)
        return [passage.text for passage in passages]

    def tally(self, texts: Sequence[str]) -> Counts:
        """Tallies, one row a passage."""
        return Scan(list(texts)).tally(self.reference.layout, self.reference.lexicon)

    def false_alarms(self, pool: Counts, *, runs: int, jobs: int = 1) -> Rates:
        """Runs the gate on pairs of samples of one source, so that every regression is a false alarm."""
        self.progress("judging the candidate against itself", 0, 1)
        return simulate(self.gate, pool, runs=runs, seed=self.request.seed, jobs=jobs)

    def cards(self, good: Counts, defects: Sequence[Defect], *, runs: int, jobs: int = 1) -> Iterator[SensitivityCard]:
        """The card of each planted defect, at rising doses until it is detected nearly always.

        Args:
            good: the tallies of clean passages.
            defects: to be planted.
            runs: gates at each dose.
            jobs: processes.
        """
        if not defects:
            return
        texts = self.texts(len(good), seed=self.request.seed + _PLANTED_SEED)
        if self.request.candidate.kind == "samples":
            # Samples on disk cannot be drawn again, and no passage may be in both samples of a gate: half of them get the defects.
            good, texts = good[::2], texts[1::2]
        train = [document.text for document in self.request.split.train]
        noise = generators.create("unigram").fit(train).sample(50, 2000, seed=self.request.seed)
        words = [word for text in noise for word in text.split()]
        for done, defect in enumerate(defects):
            if not defect.warmer or self.request.candidate.kind != "samples":
                self.progress(f"planting {defect.name}", done, len(defects))
                yield self._card(defect, good, texts, words, runs=runs, jobs=jobs)

    def _card(
        self, defect: Defect, good: Counts, texts: Sequence[str], words: Sequence[str], *, runs: int, jobs: int
    ) -> SensitivityCard:
        card = SensitivityCard(defect)
        for dose in self._doses(defect):
            corrupted = self._corrupted(defect, dose, texts, words)
            if not of_one_length(_mean_length(texts), _mean_length(corrupted)):
                return replace(card, refused=dose)
            whole = defect.corrupt is not None
            tally = self._tally_samples(corrupted) if whole else self.tally(corrupted)
            rates = simulate(self.gate, good, tally, runs=runs, seed=self.request.seed, jobs=jobs, whole=whole)
            card.gate[dose] = rates.verdicts["REGRESSION"] / rates.runs
            for measure in rates.decisions:
                card.measures.setdefault(measure, {})[dose] = rates.detected(measure)
            if card.gate[dose] >= CERTAIN and dose >= defect.shown:
                break
        return card

    def _doses(self, defect: Defect) -> list[float]:
        """The doses of a defect that can be planted."""
        # A temperature must stay above 0.
        return [dose for dose in defect.doses if self.request.decoding.temperature + defect.warmer * dose > 0]

    def _corrupted(self, defect: Defect, dose: float, texts: Sequence[str], words: Sequence[str]) -> list[str]:
        if defect.warmer:
            changed = replace(self.request.decoding, temperature=self.request.decoding.temperature + defect.warmer * dose)
            return self.texts(len(texts), seed=self.request.seed + _WARMER_SEED, decoding=changed)
        rng = np.random.default_rng([self.request.seed, round(dose * 1e6)])  # a stream of its own for each dose
        if defect.corrupt is not None:
            # Sample by sample: every gate sees as many corrupted passages as the dose says, and copies beside their originals.
            return [text for sample in self._samples(texts) for text in defect.corrupt(sample, dose, rng)]
        assert defect.apply is not None, "a defect changes the temperature, texts or samples"
        return [defect.apply(text, dose, rng, words) for text in texts]

    def _samples(self, texts: Sequence[str]) -> list[Sequence[str]]:
        """As many samples of the size of the gate's last look as the passages make; the rest is left out."""
        n = self.request.sizes[-1]
        return [texts[start : start + n] for start in range(0, len(texts) - n + 1, n)]

    def _tally_samples(self, texts: Sequence[str]) -> Counts:
        """Tallies of samples that follow one another, each counted on its own, as a gate counts it."""
        return np.concatenate([self.tally(sample) for sample in self._samples(texts)] or [self.tally([])])


def _mean_length(texts: Sequence[str]) -> float:
    return float(np.mean([len(text) for text in texts]))


def _dependent(candidate: Candidate) -> NoVerdict:
    return NoVerdict(
        f'Passages of "{candidate.name}" share documents, so two samples of them would not be independent.',
        remedy="Calibrate a generator, a saved model, or samples that were drawn independently.",
    )
