"""How often the gate is wrong, and what it sees: measured by running it many times on passages of known origin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from evalkit._util.threads import one_blas_thread
from evalkit.counts.feature import Counts, Floats, Layout, Totals
from evalkit.errors import NoVerdict
from evalkit.gating.decision import Decided, Decision, Verdict, conclude, decide, spreads_of
from evalkit.gating.measures import Measure, ids_of, measures_of
from evalkit.gating.policy import GATED, Policy
from evalkit.inference import Sample
from evalkit.metrics.base import Metric
from evalkit.results import FloorSummary

_Z = 1.959964


@dataclass(frozen=True)
class Setting:
    """A gate at one shape.

    Args:
        metrics: whose measures are looked at.
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
    """What a number of gates said.

    Args:
        verdicts: how often each.
        decisions: measure -> how often each.
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
        """The increase in damage that is called a regression with 80 % power, in the metric's unit: the median over runs."""
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


def pairs(n_first: int, n_second: int | None, n_passages: int, runs: int, *, seed: int) -> list[tuple[list[int], list[int]]]:
    """Rows of baseline and candidate for every run.

    Runs of one round share no passage; when the pool is used up it is shuffled again. Without a second pool both samples come from the first
    and never share a passage.

    Args:
        n_first, n_second: sizes of the pools.
        n_passages: of each sample.
        runs: how many pairs.
        seed: of the shuffling.

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
    first, second = _dealt(n_first, each, runs, rng), _dealt(n_second, n_passages, runs, rng) if n_second is not None else None
    if second is None:
        return [(rows[:n_passages], rows[n_passages:]) for rows in first]
    return list(zip(first, second, strict=True))


def _dealt(n: int, size: int, hands: int, rng: np.random.Generator) -> list[list[int]]:
    found: list[list[int]] = []
    while len(found) < hands:
        order = rng.permutation(n)
        found += [order[i : i + size].tolist() for i in range(0, n - size + 1, size)]
    return found[:hands]


def simulate(
    setting: Setting, baseline: Counts, candidate: Counts | None = None, *, runs: int, seed: int = 0, jobs: int = 1
) -> Rates:
    """Runs the whole gate many times.

    Args:
        setting: the gate.
        baseline: a pool of tallies of independent passages.
        candidate: another pool; None draws both samples from the first, so that every regression is a false alarm.
        runs: how many gates.
        seed: of drawing and of each run.
        jobs: processes; results do not depend on it.
    """
    chosen = pairs(len(baseline), None if candidate is None else len(candidate), setting.n_passages, runs, seed=seed)
    other = baseline if candidate is None else candidate
    work = [(baseline[first], other[second], seed + i) for i, (first, second) in enumerate(chosen)]
    run = partial(_one, _Portable.of(setting))
    if jobs == 1:
        results = list(map(run, work))
    else:
        with ProcessPoolExecutor(jobs) as pool:
            results = list(pool.map(run, work, chunksize=max(1, runs // (4 * jobs))))
    return _summed(results)


@dataclass(frozen=True)
class _Portable:
    """A setting that can be sent to another process: metrics by their ids, since their scores are functions."""

    ids: tuple[str, ...]
    floors: Mapping[str, FloorSummary | None]
    policy: Policy
    totals: Floats
    n_passages: int
    language: str

    @classmethod
    def of(cls, setting: Setting) -> _Portable:
        return cls(
            tuple(metric.id for metric in setting.metrics),
            setting.floors,
            setting.policy,
            setting.reference.matrix,
            setting.n_passages,
            setting.language,
        )

    def setting(self) -> Setting:
        from evalkit.metrics import catalogue

        known = catalogue(Metric, language=self.language)
        metrics = tuple(known[id_] for id_ in self.ids)
        layout = Layout.of(metrics)
        return Setting(metrics, self.floors, self.policy, Totals(self.totals, layout), self.n_passages, self.language)


_Outcome = tuple[Verdict, dict[str, tuple[Decision, float, float]]]


def _one(portable: _Portable, work: tuple[Counts, Counts, int]) -> _Outcome:
    setting = portable.setting()
    baseline, candidate, seed = work
    measures = setting.measures
    with one_blas_thread():
        decided = decide(
            spreads_of(setting.sample(candidate), measures, seed=seed),
            spreads_of(setting.sample(baseline), measures, seed=seed),
            measures,
            setting.policy,
            reference=setting.reference,
            n_passages=setting.n_passages,
            seed=seed,
        )
    return conclude(decided), {one.measure: (one.decision, _high(one), _reach(one)) for one in decided}


def _high(one: Decided) -> float:
    return np.nan if one.difference.high is None else one.difference.high


def _reach(one: Decided) -> float:
    """Margin, half of the family's interval, and .84 standard errors: 80 % of runs lie above that much less than the truth."""
    difference = one.difference
    if one.margin is None or difference.value is None or difference.family_low is None or difference.standard_error is None:
        return np.nan
    return one.margin + (difference.value - difference.family_low) + 0.8416 * difference.standard_error


def _summed(results: Sequence[_Outcome]) -> Rates:
    rates = Rates()
    for verdict, decisions in results:
        rates.verdicts[str(verdict)] += 1
        for measure, (decision, high, reach) in decisions.items():
            rates.decisions.setdefault(measure, Counter())[decision] += 1
            rates.highs.setdefault(measure, []).append(high)
            rates.reaches.setdefault(measure, []).append(reach)
    return rates


def smallest_dose(detect: Callable[[float], float], doses: Sequence[float], *, power: float = 0.8) -> float | None:
    """The dose at which detection reaches the power, by straight lines between the doses that were tried; None where none reaches it.

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
    """The metrics that have a gated measure."""
    return tuple(metric for metric in metrics if any(policy.threshold(id_).tier in GATED for id_ in ids_of(metric)))
