"""Declares what the audit found (`Audit`): for each candidate and check how many passages, of how many, and an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evalkit.results.parts import Interval


@dataclass(frozen=True, kw_only=True)
class AuditFinding:
    """One check of one candidate.

    Args:
        metric: the check's id, such as "audit.empty".
        n: passages with the fault.
        share: of all passages, 0 to 1.
        ci: 95 % interval of the share (Wilson's).
        human_n: held-out human passages of the same length with the fault.
        human: their share; None where there is no human text.
        beyond_human: whether surely more passages have it than human passages do.
        n_effective: independent passages that the share rests on.
        n_gated: passages with the fault that a gate counts; fewer than n for a fault of the end, which counts in passages that are shorter
            than the shape of the run. None where there is no shape.
        passage: id of the first passage with the fault; None where there is none.
        text: the place in that passage, safe to print.
        note: what is wrong there.
    """

    metric: str
    n: int
    share: float
    ci: Interval
    human_n: int = 0
    human: float | None = None
    beyond_human: bool = False
    n_effective: float = 0.0
    n_gated: int | None = None
    passage: str | None = None
    text: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class CandidateAudit:
    """What the audit found in one candidate's passages as they were given, before any of them was cut or left out.

    Args:
        candidate: its name.
        n_passages: passages that were given.
        n_chars: their characters.
        n_with_text: passages that show anything.
        n_distinct: different passages, white space aside.
        human_passages: held-out human passages that they are compared with.
        findings: one a check, the gravest check first.
        n_measured: passages that measures of text were scored on; None where none were.
        n_measured_with_text: how many of these show anything: the others add nothing to any measure.
    """

    candidate: str
    n_passages: int
    n_chars: int
    n_with_text: int
    n_distinct: int
    human_passages: int
    findings: Sequence[AuditFinding]
    n_measured: int | None = None
    n_measured_with_text: int | None = None

    @property
    def found(self) -> list[AuditFinding]:
        """The checks that found something."""
        return [finding for finding in self.findings if finding.n]

    def finding(self, metric: str) -> AuditFinding | None:
        """What one check found; None where it was not made."""
        return next((finding for finding in self.findings if finding.metric == metric), None)


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The audit of all candidates of a run.

    Args:
        checks: id -> its declaration: label, version, summary, what is said of one passage (`one`) and of several (`many`), and whether a
            report's first sentence says it (`leads`).
        candidates: one each.
    """

    checks: Mapping[str, Mapping[str, Any]]
    candidates: Sequence[CandidateAudit]

    def of(self, candidate: str) -> CandidateAudit | None:
        """The audit of one candidate; None where there is none."""
        return next((audit for audit in self.candidates if audit.candidate == candidate), None)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; intervals as [low, high]."""
        plain = asdict(self)
        for candidate in plain["candidates"]:
            for finding in candidate["findings"]:
                finding["ci"] = [finding["ci"]["low"], finding["ci"]["high"]]
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Audit:
        """From JSON values that conform to the schema."""
        return cls(
            checks=plain["checks"],
            candidates=[
                CandidateAudit(
                    **{
                        **candidate,
                        "findings": [AuditFinding(**{**one, "ci": Interval(*one["ci"])}) for one in candidate["findings"]],
                    }
                )
                for candidate in plain["candidates"]
            ],
        )
