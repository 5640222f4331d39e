"""Simulates the gate many times on passages of known origin (`simulate`), to measure its false alarms and its power (`Rates`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from evalkit._util.threads import one_blas_thread
from evalkit._util.workers import mapped
from evalkit.counts.feature import Counts, Floats, Layout, Totals
from evalkit.errors import NoVerdict
from evalkit.gating.audits import Before, audit_decisions
from evalkit.gating.decision import Decided, Decision, Verdict, conclude, decide, spreads_of
from evalkit.gating.measures import Damages, Measure, ids_of, measures_of
from evalkit.gating.policy import GATED, Policy
from evalkit.inference import Look, Sample
from evalkit.inference.proportions import Rate
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
        n_passages: of candidate and baseline, at the first look.
        language: code or path of the language profile, that of the metrics.
        further: passages of each further look -> human floor there; empty for a gate that looks once.
        doses: what standard defects do to human text; None where margins are in other units.
    """

    metrics: tuple[Metric, ...]
    floors: Mapping[str, FloorSummary | None]
    policy: Policy
    reference: Totals
    n_passages: int
    language: str = "en"
    further: Mapping[int, Mapping[str, FloorSummary | None]] = field(default_factory=dict)
    doses: Damages | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Passages of a side at each look."""
        return (self.n_passages, *self.further)

    @property
    def measures(self) -> list[Measure]:
        """The measures of the metrics at the first look, gated or not."""
        return self.measures_at(self.n_passages)

    def measures_at(self, n_passages: int) -> list[Measure]:
        """The measures at one look; their margins are those of the first."""
        floors = self.further.get(n_passages, self.floors)
        return measures_of(self.metrics, floors, units=self.floors, doses=self.doses)

    def sample(self, tally: Counts, clusters: Counts | None = None) -> Sample:
        """Passages as a sample; independent ones unless their units are given."""
        return Sample(tally, np.arange(len(tally)) if clusters is None else clusters, self.reference)


@dataclass(frozen=True)
class Passages:
    """Passages of one side of simulated gates.

    Args:
        tally: their counts, [n x columns].
        clusters: the unit of each, [n]; None where all are independent.
        faults: check of the audit -> whether each passage has its fault, [n]; empty where there is no audit.
    """

    tally: Counts
    clusters: Counts | None = None
    faults: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.tally)

    def take(self, rows: Sequence[int]) -> Passages:
        """Some of the passages."""
        clusters = None if self.clusters is None else np.unique(self.clusters[rows], return_inverse=True)[1]
        return Passages(self.tally[rows], clusters, {check: found[rows] for check, found in self.faults.items()})

    def rates(self) -> dict[str, Rate]:
        """Check of the audit -> how many of the passages have its fault; which are copies depends on the others that were drawn."""
        n, distinct = len(self), len(self) if self.clusters is None else len(set(self.clusters.tolist()))
        hits = {check: int(found.sum()) for check, found in self.faults.items()} | {"audit.identical": n - distinct}
        return {check: Rate(hit, n, n if check == "audit.identical" else distinct) for check, hit in hits.items()}


@dataclass
class Rates:
    """Verdicts and decisions of many gates.

    Args:
        verdicts: how often each was given.
        decisions: measure -> how often each was made.
        highs: measure -> upper end of its interval in each run, for the choice of margins.
        reaches: measure -> margin, family half-width and .84 standard errors of each run: the effect seen with 80 % power.
        passages: of a side that each run compared at its last look.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    decisions: dict[str, Counter[str]] = field(default_factory=dict)
    highs: dict[str, list[float]] = field(default_factory=dict)
    reaches: dict[str, list[float]] = field(default_factory=dict)
    passages: list[int] = field(default_factory=list)

    @property
    def mean_passages(self) -> float:
        """Passages of a side, on average."""
        return float(np.mean(self.passages)) if self.passages else np.nan

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
    baseline: Counts | Passages,
    candidate: Counts | Passages | None = None,
    *,
    runs: int,
    seed: int = 0,
    jobs: int = 1,
    whole: bool = False,
) -> Rates:
    """Runs the whole gate many times, all of its looks.

    Args:
        gate: the gate.
        baseline: a pool of independent passages, or of their tallies.
        candidate: another pool; None draws both samples from the first, so that every regression is a false alarm.
        runs: how many gates.
        seed: of drawing and of each run.
        jobs: processes; results do not depend on it.
        whole: whether the candidate's pool holds samples of the last look's size one after the other, each of which is gated as it is.
    """
    first = baseline if isinstance(baseline, Passages) else Passages(baseline)
    other = first if candidate is None else candidate if isinstance(candidate, Passages) else Passages(candidate)
    n_candidate = None if candidate is None else len(other)
    rows = pairs(len(first), n_candidate, gate.sizes[-1], runs, seed=seed, whole=whole)
    work = [(first.take(of_first), other.take(of_other), seed + i) for i, (of_first, of_other) in enumerate(rows)]
    run = partial(_simulated, _PortableGate.of(gate))
    return _summed(mapped(run, work, jobs=jobs, chunksize=max(1, runs // (4 * jobs))))


@dataclass(frozen=True)
class _PortableGate:
    """A gate that can be sent to another process: metrics by their ids, since their scores are functions."""

    ids: tuple[str, ...]
    totals: Floats
    rest: SimulatedGate

    @classmethod
    def of(cls, gate: SimulatedGate) -> _PortableGate:
        ids = tuple(metric.id for metric in gate.metrics)
        return cls(ids, gate.reference.matrix, replace(gate, metrics=(), reference=Totals(np.zeros((1, 0)), Layout(()))))

    def gate(self) -> SimulatedGate:
        from evalkit.metrics import catalogue

        known = catalogue(Metric, language=self.rest.language)
        metrics = tuple(known[id_] for id_ in self.ids)
        return replace(self.rest, metrics=metrics, reference=Totals(self.totals, Layout.of(metrics)))


_Simulated = tuple[Verdict, dict[str, tuple[Decision, float, float]], int]


def _simulated(portable: _PortableGate, work: tuple[Passages, Passages, int]) -> _Simulated:
    gate = portable.gate()
    baseline, candidate, seed = work
    for number, n in enumerate(gate.sizes):
        rows = range(n)
        with one_blas_thread():
            decided = _look(gate, candidate.take(rows), baseline.take(rows), Look.of(gate.sizes, number), seed=seed)
        verdict = conclude(decided)
        if verdict is not Verdict.INCONCLUSIVE:
            break
    return verdict, {item.measure: (item.decision, _high(item), _reach(item)) for item in decided}, n


def _look(gate: SimulatedGate, candidate: Passages, baseline: Passages, look: Look, *, seed: int) -> list[Decided]:
    audits: list[Decided] = []
    level = None
    if baseline.faults:
        before = {check: Before("baseline", rate) for check, rate in baseline.rates().items()}
        audits, level = audit_decisions(candidate.rates(), before, gate.policy, look=look)
    measures = gate.measures_at(len(candidate))
    of_text = decide(
        spreads_of(gate.sample(candidate.tally, candidate.clusters), measures, seed=seed),
        spreads_of(gate.sample(baseline.tally, baseline.clusters), measures, seed=seed),
        measures,
        gate.policy,
        reference=gate.reference,
        n_passages=len(candidate),
        seed=seed,
        level=level,
        look=look,
    )
    return [*audits, *of_text]


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
    for verdict, decisions, n_passages in results:
        rates.verdicts[str(verdict)] += 1
        rates.passages.append(n_passages)
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
