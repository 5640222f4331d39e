"""Simulates the gate many times on passages of known origin (`simulate`), to measure its false alarms and its power (`Rates`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from evalkit._util.threads import one_blas_thread
from evalkit._util.workers import mapped
from evalkit.counts.feature import Counts, Floats, Layout, Totals
from evalkit.errors import NoVerdict
from evalkit.gating.decision import Decided, Decision, Verdict, conclude, decide, spreads_of
from evalkit.gating.measures import Measure, ids_of, measures_of
from evalkit.gating.policy import GATED, Policy
from evalkit.inference import Sample
from evalkit.metrics.base import Metric
from evalkit.results import FloorSummary

_Z = 1.959964
"""The 97.5th percentile of the normal distribution, for 95 % intervals."""
_Z_80 = 0.8416
"""Its 80th percentile, for 80 % power."""


@dataclass(frozen=True)
class SimulatedGate:
    """A gate at one shape.

    Args:
        metrics: whose measures are compared.
        floors: metric id -> human floor at this shape.
        policy: tiers and margins.
        reference: totals of the reference, one row.
        n_passages: of candidate and baseline.
        language: code or path of the language profile, that of the metrics.
    """

    metrics: tuple[Metric, ...]
    floors: Mapping[str, FloorSummary | None]
    policy: Policy
    reference: Totals
    n_passages: int
    language: str = "en"

    @property
    def measures(self) -> list[Measure]:
        """The measures of the metrics, gated or not."""
        return measures_of(self.metrics, self.floors)

    def sample(self, tally: Counts) -> Sample:
        """Independent passages as a sample."""
        return Sample(tally, np.arange(len(tally)), self.reference)


@dataclass
class Rates:
    """Verdicts and decisions of many gates.

    Args:
        verdicts: how often each was given.
        decisions: measure -> how often each was made.
        highs: measure -> upper end of its interval in each run, for the choice of margins.
        reaches: measure -> margin, family half-width and .84 standard errors of each run: the effect seen with 80 % power.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    decisions: dict[str, Counter[str]] = field(default_factory=dict)
    highs: dict[str, list[float]] = field(default_factory=dict)
    reaches: dict[str, list[float]] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """How many gates there were."""
        return self.verdicts.total()

    def share(self, verdict: str) -> tuple[float, float, float]:
        """A verdict's share with its 95 % Wilson interval."""
        return wilson(self.verdicts[verdict], self.runs)

    def smallest_effect(self, measure: str) -> float | None:
        """The increase in damage that is detected with 80 % power, in the metric's unit: the median over runs."""
        values = [value for value in self.reaches.get(measure, ()) if np.isfinite(value)]
        return float(np.median(values)) if values else None

    def detected(self, measure: str) -> float:
        """The share of runs in which a measure was found to have regressed."""
        return self.decisions.get(measure, Counter())[Decision.REGRESSION] / max(self.runs, 1)


def wilson(hits: int, n: int) -> tuple[float, float, float]:
    """A share of n trials with its 95 % interval (Wilson 1927).

    >>> [round(x, 4) for x in wilson(0, 500)]
    [0.0, 0.0, 0.0076]
    """
    if n == 0:
        return 0.0, 0.0, 1.0
    p = hits / n
    middle, half = p + _Z * _Z / (2 * n), _Z * np.sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n))
    return p, max(0.0, float((middle - half) / (1 + _Z * _Z / n))), min(1.0, float((middle + half) / (1 + _Z * _Z / n)))


def pairs(
    n_first: int, n_second: int | None, n_passages: int, runs: int, *, seed: int, whole: bool = False
) -> list[tuple[list[int], list[int]]]:
    """Rows of baseline and candidate for every run.

    Runs of one round share no passage; when the pool is used up it is shuffled again. Without a second pool both samples come from the first
    and never share a passage.

    Args:
        n_first, n_second: sizes of the pools.
        n_passages: of each sample.
        runs: how many pairs.
        seed: of the shuffling.
        whole: whether the second pool holds samples one after the other, which are dealt whole, in random order.

    Raises:
        NoVerdict: when a pool is too small for a single pair.
    """
    rng = np.random.default_rng([seed, n_first, n_passages])
    each = 2 * n_passages if n_second is None else n_passages
    if n_first < each or (n_second is not None and n_second < n_passages):
        raise NoVerdict(
            f"There are {n_first} passages, and a pair of samples takes {each}.",
            remedy="Give more passages, or ask for fewer a sample.",
        )
    first = _dealt(n_first, each, runs, rng)
    if n_second is None:
        return [(rows[:n_passages], rows[n_passages:]) for rows in first]
    if whole:
        samples = [sample for (sample,) in _dealt(n_second // n_passages, 1, runs, rng)]
        second = [list(range(sample * n_passages, (sample + 1) * n_passages)) for sample in samples]
    else:
        second = _dealt(n_second, n_passages, runs, rng)
    return list(zip(first, second, strict=True))


def _dealt(n: int, size: int, hands: int, rng: np.random.Generator) -> list[list[int]]:
    dealt: list[list[int]] = []
    while len(dealt) < hands:
        order = rng.permutation(n)
        dealt += [order[i : i + size].tolist() for i in range(0, n - size + 1, size)]
    return dealt[:hands]


def simulate(
    gate: SimulatedGate,
    baseline: Counts,
    candidate: Counts | None = None,
    *,
    runs: int,
    seed: int = 0,
    jobs: int = 1,
    whole: bool = False,
) -> Rates:
    """Runs the whole gate many times.

    Args:
        gate: the gate.
        baseline: a pool of tallies of independent passages.
        candidate: another pool; None draws both samples from the first, so that every regression is a false alarm.
        runs: how many gates.
        seed: of drawing and of each run.
        jobs: processes; results do not depend on it.
        whole: whether the candidate's pool holds samples one after the other, each of which is gated as it is.
    """
    n_candidate = None if candidate is None else len(candidate)
    rows = pairs(len(baseline), n_candidate, gate.n_passages, runs, seed=seed, whole=whole)
    other = baseline if candidate is None else candidate
    work = [(baseline[first], other[second], seed + i) for i, (first, second) in enumerate(rows)]
    run = partial(_simulated, _PortableGate.of(gate))
    return _summed(mapped(run, work, jobs=jobs, chunksize=max(1, runs // (4 * jobs))))


@dataclass(frozen=True)
class _PortableGate:
    """A gate that can be sent to another process: metrics by their ids, since their scores are functions."""

    ids: tuple[str, ...]
    floors: Mapping[str, FloorSummary | None]
    policy: Policy
    totals: Floats
    n_passages: int
    language: str

    @classmethod
    def of(cls, gate: SimulatedGate) -> _PortableGate:
        return cls(
            tuple(metric.id for metric in gate.metrics),
            gate.floors,
            gate.policy,
            gate.reference.matrix,
            gate.n_passages,
            gate.language,
        )

    def gate(self) -> SimulatedGate:
        from evalkit.metrics import catalogue

        known = catalogue(Metric, language=self.language)
        metrics = tuple(known[id_] for id_ in self.ids)
        layout = Layout.of(metrics)
        return SimulatedGate(metrics, self.floors, self.policy, Totals(self.totals, layout), self.n_passages, self.language)


_Simulated = tuple[Verdict, dict[str, tuple[Decision, float, float]]]


def _simulated(portable: _PortableGate, work: tuple[Counts, Counts, int]) -> _Simulated:
    gate = portable.gate()
    baseline, candidate, seed = work
    measures = gate.measures
    with one_blas_thread():
        decided = decide(
            spreads_of(gate.sample(candidate), measures, seed=seed),
            spreads_of(gate.sample(baseline), measures, seed=seed),
            measures,
            gate.policy,
            reference=gate.reference,
            n_passages=gate.n_passages,
            seed=seed,
        )
    return conclude(decided), {item.measure: (item.decision, _high(item), _reach(item)) for item in decided}


def _high(decided: Decided) -> float:
    return np.nan if decided.difference.high is None else decided.difference.high


def _reach(decided: Decided) -> float:
    """The true increase that this gate detects with 80 % power: margin, half of the family's interval, and .84 standard errors."""
    # A regression is declared where the estimate exceeds margin + half width, and 80 % of estimates exceed the truth less .84 standard errors.
    difference = decided.difference
    if decided.margin is None or difference.value is None or difference.family_low is None or difference.standard_error is None:
        return np.nan
    return decided.margin + (difference.value - difference.family_low) + _Z_80 * difference.standard_error


def _summed(results: Sequence[_Simulated]) -> Rates:
    rates = Rates()
    for verdict, decisions in results:
        rates.verdicts[str(verdict)] += 1
        for measure, (decision, high, reach) in decisions.items():
            rates.decisions.setdefault(measure, Counter())[decision] += 1
            rates.highs.setdefault(measure, []).append(high)
            rates.reaches.setdefault(measure, []).append(reach)
    return rates


def smallest_dose(detect: Callable[[float], float], doses: Sequence[float], *, power: float = 0.8) -> float | None:
    """The dose at which detection reaches the power, interpolated linearly between the doses that were tried; None where none reaches it.

    >>> smallest_dose({1.0: 0.2, 2.0: 0.6, 4.0: 1.0}.get, [1.0, 2.0, 4.0])
    3.0
    """
    before = (0.0, 0.0)
    for dose in doses:
        rate = detect(dose)
        if rate >= power:
            low, high = before[1], rate
            return before[0] + (dose - before[0]) * (power - low) / (high - low)
        before = (dose, rate)
    return None


def gated_metrics(metrics: Sequence[Metric], policy: Policy) -> tuple[Metric, ...]:
    """The metrics of which at least one measure is gated."""
    return tuple(metric for metric in metrics if any(policy.threshold(id_).tier in GATED for id_ in ids_of(metric)))
