"""Passages of known origin in any number, good and spoilt, for calibrating a gate and for its sensitivity card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

import generators
from evalkit.calibration.defects import Defect
from evalkit.calibration.request import CalibrationRequest
from evalkit.calibration.simulate import Rates, Setting, gated_metrics, simulate, smallest_dose
from evalkit.counts.feature import Counts
from evalkit.counts.matrix import Scan
from evalkit.errors import NoVerdict
from evalkit.evaluation.candidates import Candidate, read_samples, ready
from evalkit.evaluation.human_floor import sample_floor
from evalkit.gating.run import of_one_length
from evalkit.text.passages import fit_length
from generators.base import Decoding, Generator, Progress, silent
from generators.human import Human

CUT_MARGIN = 40
FOLDS, REPLICATES = 20, 1000
CERTAIN = 0.95
"""A defect that is detected so often is not tried at higher doses, once the dose of the card is reached."""


@dataclass(frozen=True)
class Card:
    """How one defect is seen.

    Args:
        defect: what was planted.
        gate: dose -> share of gates that said REGRESSION.
        measures: measure -> dose -> share of gates in which it regressed.
        refused: the dose from which on runs are not comparable, since passages are too short; None where there is none.
    """

    defect: Defect
    gate: dict[float, float] = field(default_factory=dict)
    measures: dict[str, dict[float, float]] = field(default_factory=dict)
    refused: float | None = None

    def smallest(self, measure: str | None = None) -> float | None:
        """The dose that is seen with 80 % power, by the gate or by one measure; None where the highest is not."""
        rates = self.gate if measure is None else self.measures.get(measure, {})
        return smallest_dose(lambda dose: rates[dose], sorted(rates))

    def plain(self, measure: str | None = None) -> str | None:
        """That dose in words."""
        dose = self.smallest(measure)
        return None if dose is None else self.defect.plain.format(dose)


class Workshop:
    """Draws passages of a trial and tallies them, once for all runs.

    Args:
        trial: what is calibrated.
        progress: told how far the work is.
    """

    def __init__(self, trial: CalibrationRequest, *, progress: Progress = silent) -> None:
        self.trial, self.progress = trial, progress
        self.metrics = tuple(trial.metrics)
        if not gated_metrics(self.metrics, trial.policy):
            raise NoVerdict("The policy gates none of the chosen metrics.", remedy="Choose other metrics or another policy.")
        progress("reading the reference", 0, 1)
        self.reference = trial.reference()

    @cached_property
    def setting(self) -> Setting:
        """The gate at this shape, with the human floor."""
        self.progress("measuring the human floor", 0, 1)
        n_passages, n_chars = self.trial.shape.n_passages, self.trial.shape.n_chars
        folds = self.reference.folds(n_chars, n_folds=FOLDS, seed=self.trial.seed)
        sample = sample_floor(folds, n_passages=n_passages, replicates=REPLICATES, seed=self.trial.seed)
        floors = {metric.id: sample.floor(metric) for metric in self.metrics}
        return Setting(self.metrics, floors, self.trial.policy, self.reference.totals, n_passages, self.trial.language)

    @cached_property
    def generator(self) -> Generator:
        """The candidate's generator, fitted or loaded."""
        return ready(self.trial.candidate, self.reference, seed=self.trial.seed, progress=self.progress)

    def texts(self, n: int, *, seed: int, decoding: Decoding | None = None) -> list[str]:
        """Passages of the candidate: n of a generator, all of those on disk.

        Raises:
            NoVerdict: when they are not independent of each other.
        """
        n_chars = self.trial.shape.n_chars
        if self.trial.candidate.kind == "samples":
            passages = read_samples(self.trial.candidate, self.trial.read)
            documents = [passage.document for passage in passages if passage.document is not None]
            if len(set(documents)) < len(documents):
                raise _dependent(self.trial.candidate)
            return [fit_length(passage.text, n_chars) for passage in passages]
        if isinstance(self.generator, Human):
            raise _dependent(self.trial.candidate)
        self.progress("sampling", 0, 1)
        drawn = self.generator.sample(n, n_chars + CUT_MARGIN, seed=seed, decoding=decoding or self.trial.decoding)
        return [fit_length(text, n_chars) for text in drawn]

    def tally(self, texts: Sequence[str]) -> Counts:
        """Tallies, one row a passage."""
        return Scan(list(texts)).tally(self.reference.layout, self.reference.lexicon)

    def false_alarms(self, pool: Counts, *, runs: int, jobs: int = 1) -> Rates:
        """The gate on samples of one source."""
        self.progress("judging the candidate against itself", 0, 1)
        return simulate(self.setting, pool, runs=runs, seed=self.trial.seed, jobs=jobs)

    def cards(self, good: Counts, defects: Sequence[Defect], *, runs: int, jobs: int = 1) -> Iterator[Card]:
        """How each planted defect is seen, at rising doses until it is certain."""
        if not defects:
            return
        texts = self.texts(len(good), seed=self.trial.seed + 2)
        if self.trial.candidate.kind == "samples":
            # There are no others to spoil, and no passage may stand on both sides.
            good, texts = good[::2], texts[1::2]
        train = [document.text for document in self.trial.split.train]
        noise = generators.create("unigram").fit(train).sample(50, 2000, seed=self.trial.seed)
        words = [word for text in noise for word in text.split()]
        for done, defect in enumerate(defects):
            if defect.apply is not None or self.trial.candidate.kind != "samples":
                self.progress(f"planting {defect.name}", done, len(defects))
                yield self._card(defect, good, texts, words, runs=runs, jobs=jobs)

    def _card(self, defect: Defect, good: Counts, texts: Sequence[str], words: Sequence[str], *, runs: int, jobs: int) -> Card:
        card = Card(defect)
        for dose in self._doses(defect):
            spoilt = self._spoilt(defect, dose, texts, words)
            if not of_one_length(_mean_length(texts), _mean_length(spoilt)):
                return replace(card, refused=dose)
            rates = simulate(self.setting, good, self.tally(spoilt), runs=runs, seed=self.trial.seed, jobs=jobs)
            card.gate[dose] = rates.verdicts["REGRESSION"] / rates.runs
            for measure in rates.decisions:
                card.measures.setdefault(measure, {})[dose] = rates.detected(measure)
            if card.gate[dose] >= CERTAIN and dose >= defect.shown:
                break
        return card

    def _doses(self, defect: Defect) -> list[float]:
        """The doses that there are: a temperature stays above 0."""
        return [dose for dose in defect.doses if self.trial.decoding.temperature + defect.warmer * dose > 0]

    def _spoilt(self, defect: Defect, dose: float, texts: Sequence[str], words: Sequence[str]) -> list[str]:
        if defect.apply is None:
            changed = replace(self.trial.decoding, temperature=self.trial.decoding.temperature + defect.warmer * dose)
            return self.texts(len(texts), seed=self.trial.seed + 3, decoding=changed)
        rng = np.random.default_rng([self.trial.seed, round(dose * 1e6)])
        return [defect.apply(text, dose, rng, words) for text in texts]


def _mean_length(texts: Sequence[str]) -> float:
    return float(np.mean([len(text) for text in texts]))


def _dependent(candidate: Candidate) -> NoVerdict:
    return NoVerdict(
        f'Passages of "{candidate.name}" share documents, so that dealing them into two samples would give samples that depend on each other.',
        remedy="Calibrate a generator, a saved model, or samples that were drawn independently.",
    )
