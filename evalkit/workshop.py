"""Passages of known origin in any number, good and spoilt, for calibrating a gate and for its sensitivity card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

import generators
from evalkit.calibrate import Rates, Setting, gated_metrics, simulate, smallest_dose
from evalkit.candidates import Candidate, Shape, read_samples
from evalkit.errors import NoVerdict, UsageError
from evalkit.inference.floor import sample_floor
from evalkit.metrics.base import Counts, Layout, Metric
from evalkit.policy import Policy
from evalkit.reference import Reference
from evalkit.results import FloorSummary
from evalkit.sensitivity import DEFECTS, TEMPERATURE, Defect
from evalkit.tally import Scan
from evalkit.text.corpus import Corpus, Split
from evalkit.text.passages import fit_length
from evalkit.text.sources import ReadOptions
from generators.base import PLAIN, Decoding, Generator, Progress, silent

CUT_MARGIN = 40
FOLDS, REPLICATES = 20, 1000
CERTAIN = 0.95
"""A defect that is detected so often is not tried at higher doses."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What is calibrated.

    Args:
        candidate: whose passages are compared with each other.
        corpus, split: the reference.
        metrics: the chosen metrics; only gated ones are used.
        language: code or path of the language profile, that of the metrics.
        policy: tiers and margins.
        shape: of each sample.
        seed: of everything random.
        decoding: how the generator samples.
        read: how samples on disk are read.
    """

    candidate: Candidate
    corpus: Corpus
    split: Split
    metrics: Sequence[Metric]
    policy: Policy
    shape: Shape
    language: str = "en"
    seed: int = 0
    decoding: Decoding = PLAIN
    read: ReadOptions = field(default_factory=ReadOptions)


@dataclass(frozen=True)
class Card:
    """How one defect is seen.

    Args:
        defect: what was planted.
        gate: dose -> share of gates that said REGRESSION.
        measures: measure -> dose -> share of gates in which it regressed.
    """

    defect: Defect
    gate: dict[float, float]
    measures: dict[str, dict[float, float]]

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

    def __init__(self, trial: Trial, *, progress: Progress = silent) -> None:
        self.trial, self.progress = trial, progress
        self.metrics = gated_metrics(trial.metrics, trial.policy)
        if not self.metrics:
            raise NoVerdict("The policy gates none of the chosen metrics.", remedy="Choose other metrics or another policy.")
        progress("reading the reference", 0, 1)
        layout = Layout(feature for metric in self.metrics for feature in metric.features)
        self.reference = Reference(trial.corpus, trial.split, layout, language=trial.language)

    @cached_property
    def setting(self) -> Setting:
        """The gate at this shape, with the human floor."""
        self.progress("measuring the human floor", 0, 1)
        n_passages, n_chars = self.trial.shape.n_passages, self.trial.shape.n_chars
        folds = self.reference.folds(n_chars, n_folds=FOLDS, seed=self.trial.seed)
        sample = sample_floor(folds, n_passages=n_passages, replicates=REPLICATES, seed=self.trial.seed)
        floors: dict[str, FloorSummary | None] = {}
        for metric in self.metrics:
            floor = sample.floor(metric)
            floors[metric.id] = FloorSummary(floor.median, floor.p95, floor.damage_median, floor.damage_p95) if floor else None
        return Setting(self.metrics, floors, self.trial.policy, self.reference.totals, n_passages, self.trial.language)

    @cached_property
    def generator(self) -> Generator:
        """The candidate's generator, fitted or loaded.

        Raises:
            UsageError: for samples on disk, which cannot be drawn again.
        """
        candidate = self.trial.candidate
        if candidate.kind == "samples":
            raise UsageError("Samples on disk cannot be drawn anew.", remedy="Give a generator or a saved model.")
        if candidate.kind == "model":
            from generators.saved import load

            return load(Path(candidate.spec.partition(":")[2]))
        self.progress(f"fitting {candidate.name}", 0, 1)
        train = [document.text for document in self.trial.split.train]
        held_out = [document.text for document in self.trial.split.held_out]
        return generators.create(candidate.spec).fit(train, held_out=held_out, seed=self.trial.seed)

    def texts(self, n: int, *, seed: int, decoding: Decoding | None = None) -> list[str]:
        """Passages of the candidate: n of a generator, all of those on disk."""
        n_chars = self.trial.shape.n_chars
        if self.trial.candidate.kind == "samples":
            return [fit_length(p.text, n_chars) for p in read_samples(self.trial.candidate, self.trial.read)]
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

    def cards(self, good: Counts, *, runs: int, jobs: int = 1) -> Iterator[Card]:
        """How each planted defect is seen, at rising doses until it is certain."""
        texts = self.texts(len(good), seed=self.trial.seed + 2)
        train = [document.text for document in self.trial.split.train]
        noise = generators.create("unigram").fit(train).sample(50, 2000, seed=self.trial.seed)
        words = [word for text in noise for word in text.split()]
        for done, defect in enumerate(DEFECTS):
            if defect.apply is None and self.trial.candidate.kind == "samples":
                continue
            gate: dict[float, float] = {}
            measures: dict[str, dict[float, float]] = {}
            for dose in defect.doses:
                self.progress(f"planting {defect.name}", done, len(DEFECTS))
                rates = simulate(
                    self.setting, good, self._spoilt(defect, dose, texts, words), runs=runs, seed=self.trial.seed, jobs=jobs
                )
                gate[dose] = rates.verdicts["REGRESSION"] / rates.runs
                for measure in rates.decisions:
                    measures.setdefault(measure, {})[dose] = rates.detected(measure)
                if gate[dose] >= CERTAIN:
                    break
            yield Card(defect, gate, measures)

    def _spoilt(self, defect: Defect, dose: float, texts: Sequence[str], words: Sequence[str]) -> Counts:
        rng = np.random.default_rng([self.trial.seed, round(dose * 1e6)])
        if defect.apply is not None:
            return self.tally([defect.apply(text, dose, rng, words) for text in texts])
        assert defect.name == TEMPERATURE
        colder = replace(self.trial.decoding, temperature=self.trial.decoding.temperature - dose)
        return self.tally(self.texts(len(texts), seed=self.trial.seed + 3, decoding=colder))
