"""Measures whether the temperature of least overall is one that the gate calls a regression from the model's own 1.0 (`Sweep`)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.judgment.judge import OF_TEXT, Judge, reference_of
from benchmarks.judgment.ladders import Ladders
from evalkit.auditing.given import Given
from evalkit.calibration.simulate import gated_metrics
from evalkit.evaluation.audit import Auditor
from evalkit.evaluation.candidates import Passages, sampled
from evalkit.evaluation.human_floor import sample_floor
from evalkit.evaluation.scorer import FLOOR_REPLICATES
from evalkit.gating.audits import Before, audit_decisions
from evalkit.gating.decision import Decision, Verdict, conclude, decide, spreads_of
from evalkit.gating.measures import measures_of
from evalkit.gating.policy import GATED, default_policy
from evalkit.text.passages import Passage
from generators.base import Decoding, Generator

TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
MODELS = ("char-5", "char-8", "word-3", "quick", "base")
_OTHER = 1000
"""Added to the seed of the baseline, whose passages are others."""


@dataclass(frozen=True)
class Swept:
    """A sweep over temperature.

    Args:
        overall: temperature -> overall.
        verdict: of the gate on the temperature of least overall.
        regressions: the measures that it calls a regression.
    """

    overall: dict[float, float]
    verdict: Verdict
    regressions: Sequence[str]

    @property
    def best(self) -> float:
        """The temperature of least overall."""
        return min(self.overall, key=lambda temperature: self.overall[temperature])


class Gate:
    """The gate at its default policy, of the measures and audits that it decides by.

    Args:
        judge: with the reference and its folds.
        n_passages: of candidate and baseline.
    """

    def __init__(self, judge: Judge, n_passages: int) -> None:
        self.judge, self.n_passages, self.policy = judge, n_passages, default_policy()
        metrics = gated_metrics(OF_TEXT, self.policy)
        floor = sample_floor(judge.folds, n_passages=n_passages, replicates=FLOOR_REPLICATES, seed=judge.seed)
        self.measures = measures_of(metrics, {metric.id: floor.floor(metric) for metric in metrics})
        self.auditor = Auditor(judge.reference.split)

    def decide(self, candidate: Sequence[Passage], baseline: Sequence[Passage], *, seed: int) -> tuple[Verdict, list[str]]:
        """The verdict, and the measures that regressed."""
        reference = self.judge.reference
        rates = [self.auditor.rates(Given(passages)) for passages in (candidate, baseline)]
        before = {id_: Before("baseline", rate) for id_, rate in rates[1].items()}
        audited, level = audit_decisions(rates[0], before, self.policy)
        spreads = [spreads_of(reference.sample(passages), self.measures, seed=seed) for passages in (candidate, baseline)]
        decided = decide(
            *spreads,
            self.measures,
            self.policy,
            reference=reference.totals,
            n_passages=self.n_passages,
            seed=seed,
            level=level,
        )
        regressed = [
            item.measure for item in (*audited, *decided) if item.decision is Decision.REGRESSION and item.threshold.tier in GATED
        ]
        return conclude([*audited, *decided]), regressed


def swept(generator: Generator, ladders: Ladders, gate: Gate, *, seed: int, temperatures: Sequence[float] = TEMPERATURES) -> Swept:
    """Sweeps a model, and gates the temperature of least overall against other passages at 1.0."""

    def passages(temperature: float, seed: int) -> Passages:
        return sampled(generator, ladders.shape, seed=seed, decoding=Decoding(temperature=temperature))[0]

    drawn = {temperature: passages(temperature, seed) for temperature in temperatures}
    overall = {temperature: ladders.overall(found) for temperature, found in drawn.items()}
    best = min(overall, key=lambda temperature: overall[temperature])
    verdict, regressions = gate.decide(drawn[best], passages(1.0, seed + _OTHER), seed=seed)
    return Swept(overall, verdict, regressions)


def measure(corpus: str, given: argparse.Namespace) -> None:
    """Prints the sweeps of every model, one line a seed, as Markdown."""
    name = Path(corpus).name
    ladders = Ladders(
        reference_of(corpus, given.held_out), given.passages, given.chars, given.models.get(name, {}), seed=given.seed
    )
    gate = Gate(ladders.judge, given.passages)
    columns = " | ".join(f"{temperature:g}" for temperature in TEMPERATURES)
    print(f"| {name}, {given.passages} x {given.chars:,} | {columns} | least | gate | regressions |")
    print(f"|---|{'---|' * len(TEMPERATURES)}---|---|---|")
    wrong = n = 0
    for model in MODELS:
        generator = ladders.generator(model)
        for seed in range(given.seed, given.seed + given.seeds):
            found = swept(generator, ladders, gate, seed=seed)
            cells = " | ".join(f"{overall:.3f}" for overall in found.overall.values())
            regressions = ", ".join(found.regressions)
            print(f"| {model}, seed {seed} | {cells} | {found.best:g} | {found.verdict} | {regressions} |", flush=True)
            wrong, n = wrong + (found.verdict is Verdict.REGRESSION), n + 1
    print(f"\nOf {n} temperatures of least overall, the gate calls {wrong} a regression.\n", flush=True)
