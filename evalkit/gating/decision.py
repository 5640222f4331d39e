"""Decides each measure by the interval of its difference in damage and its margin (`decide`), and all of them together (`conclude`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from evalkit.counts.feature import Totals
from evalkit.gating.measures import Measure
from evalkit.gating.policy import GATED, Policy, Threshold, Tier
from evalkit.inference import SINGLE, Difference, Look, Sample, Spread, differences, passages_needed, spreads
from evalkit.results import number


class Decision(StrEnum):
    """The decision on one measure."""

    PASS = "pass"  # noqa: S105 - no password
    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"
    NOT_MEASURED = "not measured"


class Verdict(StrEnum):
    """The verdict on the candidate."""

    PASS = "PASS"  # noqa: S105 - no password
    REGRESSION = "REGRESSION"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_COMPARABLE = "NOT COMPARABLE"

    @property
    def exit_code(self) -> int:
        """The exit code of the process: 0 for a pass, 1 for a confirmed regression, 3 for no verdict."""
        return {"PASS": 0, "REGRESSION": 1}.get(self.value, 3)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One measure, decided against one baseline.

    Args:
        measure: its id.
        metric: the metric that it belongs to.
        against: "baseline" or "anchor".
        threshold: tier and margin, and where they were set.
        margin: in the metric's unit; None where it is in floor units and there is no floor.
        floor_unit: one floor unit in the metric's unit.
        decision: that follows from them.
        difference: damage beyond the baseline's, with its own interval and the one that holds for all gated measures at once.
        passages: passages a side that would decide, where it is undecided; None where more than 100,000 would be needed.
        reason: why it was not measured.
        values: of the metric, the baseline's and the candidate's; None where one is undefined.
        before: of a check of the audit, the rate that it is compared with: its source, n and of; None for measures of text.
    """

    measure: str
    metric: str
    against: str
    threshold: Threshold
    margin: float | None
    floor_unit: float | None
    decision: Decision
    difference: Difference
    passages: int | None = None
    reason: str | None = None
    values: tuple[float | None, float | None] = (None, None)
    before: Mapping[str, Any] | None = None

    @property
    def severity(self) -> float:
        """The difference in units of the margin; above 1 it is worse than tolerated."""
        if self.margin is None or self.difference.value is None:
            return -np.inf
        return self.difference.value / self.margin

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        difference = self.difference
        return {
            "measure": self.measure,
            "metric": self.metric,
            "against": self.against,
            "tier": self.threshold.tier,
            "tier_source": self.threshold.tier_source,
            "decision": self.decision,
            "baseline_value": number(self.values[0]),
            "value": number(self.values[1]),
            "difference": number(difference.value),
            "low": number(difference.low),
            "high": number(difference.high),
            "family_low": number(difference.family_low),
            "family_high": number(difference.family_high),
            "standard_error": number(difference.standard_error),
            "margin": number(self.margin),
            "margin_set": str(self.threshold.margin),
            "margin_source": self.threshold.margin_source,
            "floor_unit": number(self.floor_unit),
            "passages_needed": self.passages,
            "reason": self.reason,
            **({"before": dict(self.before)} if self.before is not None else {}),
        }


def spreads_of(sample: Sample, measures: Sequence[Measure], *, seed: int) -> dict[str, Spread]:
    """How every measure varies in a sample, computed once for a sample that is compared several times."""
    return spreads(sample, [measure.metric for measure in measures], seed=seed)


def decide(
    candidate: Mapping[str, Spread],
    baseline: Mapping[str, Spread],
    measures: Sequence[Measure],
    policy: Policy,
    *,
    reference: Totals,
    n_passages: int,
    seed: int,
    against: str = "baseline",
    level: float | None = None,
    look: Look = SINGLE,
) -> list[Decided]:
    """Every measure's decision.

    A regression is declared where the interval that holds for all gated measures at once lies wholly beyond the margin. So the chance of any
    false alarm is at most 1 - level. A measure passes where its own interval lies wholly within the margin: that all must pass is an
    intersection-union test, which needs no correction (Berger 1982).

    Args:
        candidate, baseline: from `spreads_of`.
        measures: in the order of the result.
        policy: tiers and margins.
        reference: totals of the reference, one row.
        n_passages: of either side.
        seed: of the family's critical value.
        against: "baseline" or "anchor".
        level: of the intervals; None takes the policy's.
        look: which look it is, of several at growing samples; the intervals of all looks hold together.
    """
    level = policy.level if level is None else level
    thresholds = {measure.id: policy.threshold(measure.id) for measure in measures}
    gated = [id_ for id_, threshold in thresholds.items() if threshold.tier in GATED]
    compared = differences(
        candidate,
        baseline,
        [measure.metric for measure in measures],
        reference,
        seed=seed,
        level=level,
        family=gated,
        floors={measure.id: measure.floor for measure in measures if measure.floor is not None},
        look=look,
    )
    decided = [_decided(measure, thresholds[measure.id], compared[measure.id], against, n_passages) for measure in measures]
    values = [tuple(measure.value(side[measure.id].value) for side in (baseline, candidate)) for measure in measures]
    return [replace(item, values=(before, now)) for item, (before, now) in zip(decided, values, strict=True)]


def _decided(measure: Measure, threshold: Threshold, difference: Difference, against: str, n_passages: int) -> Decided:
    margin = measure.margin(threshold.margin)
    decision, reason = _decision(difference, margin, gated=threshold.tier in GATED)
    if margin is None and threshold.margin.in_points:
        reason = f"its margin is in points, and its unit is {measure.metric.unit}"
    passages = _passages(difference, margin, n_passages) if decision is Decision.INCONCLUSIVE and margin is not None else None
    return Decided(
        measure=measure.id,
        metric=measure.of,
        against=against,
        threshold=replace(threshold, margin=measure.holding(threshold.margin)),
        margin=margin,
        floor_unit=measure.floor_unit,
        decision=decision,
        difference=difference,
        passages=passages,
        reason=reason,
    )


def _decision(difference: Difference, margin: float | None, *, gated: bool) -> tuple[Decision, str | None]:
    if margin is None:
        return Decision.NOT_MEASURED, "its margin is in floor units, and human text of this shape gives no floor"
    low = difference.family_low if gated else difference.low
    if difference.value is None or low is None or difference.high is None:
        return Decision.NOT_MEASURED, difference.reason or "undefined for this text"
    if low > margin:
        return Decision.REGRESSION, None
    return (Decision.PASS if difference.high < margin else Decision.INCONCLUSIVE), None


def _passages(difference: Difference, margin: float, n_passages: int) -> int | None:
    """Passages a side at which a difference of this size would be decided with 80 % power."""
    if difference.value is None or difference.standard_error is None:
        return None
    needed = passages_needed(
        abs(difference.value - margin), standard_error=difference.standard_error, n_passages=n_passages, most=100_000
    )
    # The formula describes the average run. This run was undecided, so it was too small whatever the formula says.
    return None if needed is None else max(needed, n_passages + 1)


def conclude(decided: Sequence[Decided]) -> Verdict:
    """The verdict that follows from all decisions.

    Any gated regression decides, against baseline or anchor. For a pass, every gated measure must be measured and every critical one must be
    within its margin of the baseline. The anchor can only reveal a regression: a slow improvement may leave it undecided for good. Checks of the
    audit do not stand for measures of text: where there are any of these, one of them must be critical.
    """
    gated = [item for item in decided if item.threshold.tier in GATED]
    if any(item.decision is Decision.REGRESSION for item in gated):
        return Verdict.REGRESSION
    against_baseline = [item for item in gated if item.against == "baseline"]
    critical = [item for item in against_baseline if item.threshold.tier is Tier.CRITICAL]
    of_text = [item for item in decided if item.before is None]
    if not any(item.before is None for item in critical) and (of_text or not critical):
        return Verdict.INCONCLUSIVE
    if any(item.decision is Decision.NOT_MEASURED for item in against_baseline):
        return Verdict.INCONCLUSIVE
    return Verdict.PASS if all(item.decision is Decision.PASS for item in critical) else Verdict.INCONCLUSIVE


def worst_of(decided: Sequence[Decided]) -> Decided | None:
    """The gated measure that decided, that stands in the way of a verdict, or that came nearest to its margin.

    Regressions come first, then undecided critical measures, then critical measures that passed, then supporting ones, each by severity. Among
    those that decide, the checks of the audit come first, in their own order: an empty passage explains what it does to the measures of text.
    One that passed comes after every measure of text.
    """
    gated = [item for item in decided if item.threshold.tier in GATED and item.decision is not Decision.NOT_MEASURED]
    order = {Decision.REGRESSION: 2, Decision.INCONCLUSIVE: 1}

    def rank(item: Decided) -> tuple[int, int, int, float]:
        critical = item.threshold.tier is Tier.CRITICAL
        # An undecided anchor, and an undecided supporting measure, stand in nobody's way.
        decides = item.decision is Decision.REGRESSION or (critical and item.against == "baseline")
        place = order.get(item.decision, 0) if decides else 0
        if item.before is not None:
            return place, 1 if place else -1, 0, 0.0
        return place, 0, int(critical) if place < 2 else 0, item.severity

    return max(gated, key=rank, default=None)
