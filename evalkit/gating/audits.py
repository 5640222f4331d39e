"""Decides the checks of the audit, `audit_decisions`: the candidate's rate of each fault against the baseline's own.

A rate has no tallies and no damage beyond itself, and most are 0 of n on both sides, where no variance can be estimated. So the interval of the
difference is Newcombe's, which few passages make too narrow, so that an exact test must agree. A pass is no proof of equality: it says that no
more was found than the baseline has, its margin and chance aside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.evaluation.audit import Auditor, declarations
from evalkit.gating.baseline import Baseline
from evalkit.gating.decision import Decided, Decision
from evalkit.gating.policy import GATED, Policy, Threshold
from evalkit.gating.request import GateRequest
from evalkit.inference import SINGLE, Difference, Look
from evalkit.inference.proportions import Rate, fisher, newcombe, quantile
from evalkit.metrics import AuditMetric
from evalkit.results import Audit, AuditFinding, CandidateAudit
from evalkit.text.passages import Passage

DEFAULT_MARGIN = 0.05
"""A share of passages, where a policy sets none that is a share."""
SHARE = 0.2
"""The audits' part of the permitted chance of a false alarm, where any of them can decide; the measures of text have the rest."""
CHANCE = 0.9
"""Level of the two-sided interval whose upper end chance alone may reach: one sample of twenty at the baseline's own rate lies above it."""
_MOST_PASSAGES = 100_000


@dataclass(frozen=True)
class Before:
    """The rate that a candidate is compared with.

    Args:
        source: "baseline", "anchor", or "human" where the baseline is from before there were audits.
        rate: of passages with the fault.
    """

    source: str
    rate: Rate

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {"source": self.source, "n": self.rate.n, "of": self.rate.of}


@dataclass(frozen=True)
class AuditedCandidate:
    """A candidate that was audited, with the decisions.

    Args:
        audit: what was found, for the results.
        checks: all of them, by id.
        decided: one a check, against the baseline and the anchor; none where nothing was decided.
        warnings: what stands in for what, in sentences.
        level: that is left for the measures of text, against one baseline.
    """

    audit: Audit
    checks: Mapping[str, AuditMetric]
    decided: Sequence[Decided]
    warnings: Sequence[str]
    level: float


def audited(
    request: GateRequest,
    given: Sequence[Passage],
    measured: Sequence[Passage],
    *,
    others: Mapping[str, Baseline],
    same_reference: bool,
    look: Look = SINGLE,
    auditor: Auditor | None = None,
) -> AuditedCandidate:
    """Audits a candidate and decides every check.

    Args:
        request: of the gate.
        given: the candidate's passages as they were given.
        measured: those at the shape of the baseline, on which measures of text are scored.
        others: "baseline", and "anchor" where there is one that can be compared with.
        same_reference: whether the reference is the baseline's. Where it is not, checks that know the reference decide nothing.
        look: which look it is, of several at growing samples.
        auditor: of the reference; a new one where none is given.
    """
    auditor = auditor or Auditor(request.split)
    found = auditor.audit(request.candidate.name, given, measured, n_chars=request.baseline.shape["n_chars"])
    rates = {finding.metric: _rate(finding, found) for finding in found.findings}
    human = auditor.human(request.baseline.shape["n_chars"])
    # Two comparisons share the permitted chance of a false alarm in equal parts (Bonferroni).
    level = 1 - (1 - request.policy.level) / len(others)
    checks = {check.id: check for check in auditor.checks if same_reference or not check.knows_reference}
    decided: list[Decided] = []
    text_level = level
    for against, other in others.items():
        before = {id_: _before(other, check, human[id_], against) for id_, check in checks.items()}
        decisions, left = audit_decisions(
            rates, before, request.policy, against=against, level=level, alone=not request.metrics, look=look
        )
        decided += decisions
        text_level = min(text_level, left)
    return AuditedCandidate(
        audit=Audit(checks=declarations(auditor.checks), candidates=[found]),
        checks=checks,
        decided=decided,
        warnings=_stand_ins(request, found, decided),
        level=text_level,
    )


def _rate(finding: AuditFinding, audit: CandidateAudit) -> Rate:
    return Rate(finding.n if finding.n_gated is None else finding.n_gated, audit.n_passages, finding.n_effective)


def _before(other: Baseline, check: AuditMetric, human: Rate, against: str) -> Before:
    kept = (other.audit or {}).get(check.id)
    if kept is None or kept["version"] != check.version:
        return Before("human", human)
    return Before(against, Rate(int(kept["n"]), int(kept["of"]), float(kept["effective"])))


def _stand_ins(request: GateRequest, found: CandidateAudit, decided: Sequence[Decided]) -> list[str]:
    stood_in = [
        item for item in decided if item.before is not None and item.before["source"] == "human" and item.against == "baseline"
    ]
    if not stood_in:
        return []
    which = "The audit" if len(stood_in) == len(found.findings) else f"Of the audit {', '.join(item.measure for item in stood_in)}"
    why = f'the baseline "{request.name}" was saved before it kept such counts, or with another version of them'
    return [
        f"{which} compares with {found.human_passages:,} passages of human text: {why}. Save it again to compare with its own rate."
    ]


def audit_decisions(
    found: Mapping[str, Rate],
    before: Mapping[str, Before],
    policy: Policy,
    *,
    against: str = "baseline",
    level: float | None = None,
    alone: bool = False,
    look: Look = SINGLE,
) -> tuple[list[Decided], float]:
    """Every check's decision, and the level that is left for the measures of text.

    A check that found so little on both sides together that no division of it between them could be a regression cannot raise a false alarm
    either, and costs the others nothing (Tarone 1990). Those that could share a fifth of the permitted chance, in equal parts.

    Args:
        found: the candidate's rates.
        before: the rates that they are compared with.
        policy: tiers and margins.
        against: "baseline" or "anchor".
        level: of the family of all gated measures; None takes the policy's.
        alone: whether there are no measures of text to share the chance with.
        look: which look it is, of several at growing samples; the chance of each check is spread over all of them.
    """
    level = policy.level if level is None else level
    part = (1 - level) * (1.0 if alone else SHARE)
    thresholds = {id_: policy.threshold(id_) for id_ in before}
    alone_level = look.level(1 - part)
    able = [
        id_
        for id_, threshold in thresholds.items()
        if threshold.tier in GATED and _attainable(found[id_], before[id_].rate, _margin(threshold), alone_level)
    ]
    family, own = look.level(1 - part / max(1, len(able))), look.level(level)
    decided = [_decided(id_, found[id_], before[id_], thresholds[id_], against, level=own, family=family) for id_ in before]
    return decided, 1 - ((1 - level) - part) if able and not alone else level


def _attainable(a: Rate, b: Rate, margin: float, level: float) -> bool:
    """Whether the passages with a fault on both sides together, were all of them the candidate's, would be a regression."""
    most = Rate(min(a.n + b.n, a.of), a.of, a.effective)
    return _is_regression(most, Rate(0, b.of, b.effective), margin, level)


def _is_regression(a: Rate, b: Rate, margin: float, level: float) -> bool:
    return newcombe(a, b, level=level)[0] > margin and fisher(a, b) <= (1 - level) / 2


def _margin(threshold: Threshold) -> float:
    # A policy that sets floor units for an audit by name is refused; one that matches it by chance, as "*.short" does, has no say.
    return DEFAULT_MARGIN if threshold.margin.in_floors else threshold.margin.size


def _decided(id_: str, found: Rate, before: Before, threshold: Threshold, against: str, *, level: float, family: float) -> Decided:
    margin, rate = _margin(threshold), before.rate
    low, high = newcombe(found, rate, level=level)
    family_low, family_high = newcombe(found, rate, level=family)
    gated = threshold.tier in GATED
    value = found.share - rate.share
    if _is_regression(found, rate, margin, family if gated else level):
        decision = Decision.REGRESSION
    elif value <= margin + allowance(found, rate):
        decision = Decision.PASS
    else:
        decision = Decision.INCONCLUSIVE
    return Decided(
        measure=id_,
        metric=id_,
        against=against,
        threshold=threshold,
        margin=margin,
        floor_unit=None,
        decision=decision,
        difference=Difference(
            value=value,
            low=low,
            high=high,
            n_units=found.of,
            family_low=family_low if gated else None,
            family_high=family_high if gated else None,
        ),
        passages=_passages(found, rate, margin, family) if decision is Decision.INCONCLUSIVE else None,
        values=(rate.share, found.share),
        before=before.plain(),
    )


def allowance(a: Rate, b: Rate) -> float:
    """What chance adds to the difference of two samples of the baseline's own rate in all but one of twenty, a share.

    1.645 standard errors of the difference at the rate (n + 1/2) / (N + 1) of the baseline, which is above 0 for 0 of N too (Jeffreys' prior).

    >>> round(allowance(Rate(0, 40), Rate(0, 40)), 3), round(allowance(Rate(0, 120), Rate(0, 120)), 3)
    (0.04, 0.014)
    """
    if not a.of or not b.of:
        return 0.0
    rate = (b.share * b.size + 0.5) / (b.size + 1)
    return quantile(CHANCE) * math.sqrt(rate * (1 - rate) * (1 / a.size + 1 / b.size))


def _passages(a: Rate, b: Rate, margin: float, level: float) -> int | None:
    """Passages a side at which the observed rates would be a regression; None where more than 100,000 would be needed."""
    n = max(a.of, b.of, 1)
    while n < _MOST_PASSAGES:
        n = n + max(1, n // 20)
        if _is_regression(Rate(round(a.share * n), n), Rate(round(b.share * n), n), margin, level):
            return n
    return None


def audit_counts(audit: CandidateAudit, checks: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a baseline keeps of an audit: of each check its version, the passages with the fault, all passages, and independent ones."""
    return {
        finding.metric: {
            "version": int(checks[finding.metric]["version"]),
            "n": finding.n if finding.n_gated is None else finding.n_gated,
            "of": audit.n_passages,
            "effective": finding.n_effective,
        }
        for finding in audit.findings
    }
