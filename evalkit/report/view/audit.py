"""Puts what the audit found into words: `audit_blocks` for every form of report, and `lead`, with which a conclusion begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.formatting import NBSP, count, estimate, n_words, named, percent, series
from evalkit.results import AuditFinding, CandidateAudit, Results

IDENTICAL = "audit.identical"
MOST_WORDS = 25
"""Words of the first sentence of a conclusion, a name counted as one."""
_MOST_LED = 2
"""Candidates of which a conclusion names the gravest finding, where there is room."""


@dataclass(frozen=True)
class AuditLine:
    """One finding in words.

    Args:
        metric: the check's id, and its label.
        sentence: how many passages, of how many, and of how many human ones.
        passages, share, human: the same as cells of a table, the share with its interval.
        before: the rate that a gate compares with, in words; else empty.
        example: where it is, and what is wrong there.
        beyond: whether surely more passages have it than human passages do.
    """

    metric: str
    label: str
    sentence: str
    passages: str
    share: str
    human: str
    before: str
    example: str
    beyond: bool


@dataclass(frozen=True)
class AuditBlock:
    """What the audit found in some candidates.

    Args:
        names: one candidate, or all those in which it found nothing.
        lines: the findings, the gravest first; none where it found nothing.
        clean: what is said where it found nothing.
        scored: with how many passages the measures of text were scored, where that is not all of them; else empty.
    """

    names: Sequence[str]
    lines: Sequence[AuditLine]
    clean: str
    scored: str


def audit_blocks(results: Results) -> list[AuditBlock]:
    """What the audit found, candidate by candidate, and at the end those in which it found nothing; empty for results without an audit."""
    if results.audit is None:
        return []
    baseline = _baseline_counts(results)
    faulty = [audit for audit in results.audit.candidates if audit.found]
    blocks = [
        AuditBlock((audit.candidate,), [_line(results, audit, finding, baseline) for finding in audit.found], "", _scored(audit))
        for audit in faulty
    ]
    clean = [audit for audit in results.audit.candidates if not audit.found]
    if clean:
        blocks.append(AuditBlock([audit.candidate for audit in clean], [], _clean(clean, alone=not faulty), ""))
    return blocks


def _line(results: Results, audit: CandidateAudit, finding: AuditFinding, baseline: Mapping[str, str]) -> AuditLine:
    assert results.audit is not None
    check = results.audit.checks[finding.metric]
    human = "not known" if finding.human is None else f"{percent(finding.human)}{NBSP}%"
    beside = f"human text: {human}" + (f"; {baseline[finding.metric]}" if finding.metric in baseline else "")
    low, high = finding.ci.low, finding.ci.high
    return AuditLine(
        metric=finding.metric,
        label=str(check["label"]),
        sentence=f"{_of(finding, audit)} {_says(check, finding, audit)} ({beside})",
        passages=f"{finding.n:,} of {audit.n_passages:,}",
        share=str(estimate(finding.share, low, high, "share", suffix=f"{NBSP}%")),
        human=human,
        before=baseline.get(finding.metric, ""),
        example=_example(finding),
        beyond=finding.beyond_human,
    )


def _of(finding: AuditFinding, audit: CandidateAudit) -> str:
    return f"{finding.n:,} of {count(audit.n_passages, 'passage')}"


def _says(check: Mapping[str, Any], finding: AuditFinding, audit: CandidateAudit) -> str:
    says = str(check["one" if finding.n == 1 else "many"])
    return f"{says}, {audit.n_distinct:,} distinct" if finding.metric == IDENTICAL else says


def _example(finding: AuditFinding) -> str:
    parts = [f'"{finding.text}"' if finding.text else "", finding.note or ""]
    return f"{finding.passage}: {', '.join(part for part in parts if part)}"


def _scored(audit: CandidateAudit) -> str:
    """With how many passages the measures of text were scored."""
    if audit.n_measured is None or audit.n_measured_with_text in (None, audit.n_measured):
        return ""
    assert audit.n_measured_with_text is not None
    empty = audit.n_measured - audit.n_measured_with_text
    return (
        f"The measures of text were scored on {count(audit.n_measured, 'passage')}, of which {audit.n_measured_with_text:,} "
        f"{'has' if audit.n_measured_with_text == 1 else 'have'} text; the other {empty:,} count as passages without any."
    )


def _clean(audits: Sequence[CandidateAudit], *, alone: bool) -> str:
    """What is said of candidates in which nothing was found."""
    sizes = sorted({audit.n_passages for audit in audits})
    if alone and len(audits) == 1:
        return f"nothing wrong with {count(sizes[0], 'passage')}"
    each = " each" if len(audits) > 1 else ""
    size = f"{count(sizes[0], 'passage')}{each}" if len(sizes) == 1 else f"{sizes[0]:,} to {count(sizes[-1], 'passage')} each"
    return f"nothing wrong with {series([named(audit.candidate) for audit in audits])} ({size})"


def _baseline_counts(results: Results) -> dict[str, str]:
    """Check -> the baseline's own rate in words; empty for what is no gate."""
    decisions = (results.gate or {}).get("decisions", ())
    found = {}
    for decision in decisions:
        before = decision.get("before")
        if before is not None and decision["against"] == "baseline":
            found[str(decision["measure"])] = before_in_words(before)
    return found


def before_in_words(before: Mapping[str, Any]) -> str:
    """The rate that a gate compares with: the baseline's, or human text's where the baseline has none.

    >>> before_in_words({"source": "baseline", "n": 0, "of": 120})
    'baseline: 0 of 120'
    """
    return f"{'human text in its place' if before['source'] == 'human' else before['source']}: {before['n']:,} of {before['of']:,}"


def lead(results: Results, *, without: str | None = None, others: int = 0) -> str:
    """The sentence with which a conclusion begins where the audit found a grave fault in more passages than human text has; else empty.

    Args:
        results: of a run.
        without: a check that the conclusion says by itself.
        others: further candidates that copy or repeat themselves, which the sentence counts at its end.
    """
    if results.audit is None:
        return ""
    checks = results.audit.checks
    led = [
        (list(checks).index(finding.metric), -finding.share, audit, finding)
        for audit in results.audit.candidates
        if (finding := gravest(results, audit)) is not None and finding.metric != without
    ]
    if not led:
        return ""
    led.sort(key=lambda entry: entry[:2])
    clauses = [
        f"{_of(finding, audit)} of {named(audit.candidate)} {_says(checks[finding.metric], finding, audit)}{_human(finding)}"
        for _, _, audit, finding in led[:_MOST_LED]
    ]
    text = ""
    for shown in range(min(_MOST_LED, len(led)), 0, -1):
        text = "; ".join([*clauses[:shown], *_rest(len(led) - shown, others)])
        if n_words(text) <= MOST_WORDS:
            break
    return f"{text}."


def _rest(n_led: int, n_others: int) -> list[str]:
    """A clause on candidates that are not named: so many of those that the audit found faults of, and of others; [] for none."""
    if n_led:
        n = n_led + n_others
        return [f"{count(n, 'more candidate')} {'has' if n == 1 else 'have'} faults"]
    return [f"{n_others} more {'copies or repeats itself' if n_others == 1 else 'copy or repeat themselves'}"] if n_others else []


def gravest(results: Results, audit: CandidateAudit) -> AuditFinding | None:
    """The gravest finding that concerns surely more passages than human text has; None where none does."""
    assert results.audit is not None
    led = [finding for finding in audit.found if finding.beyond_human and results.audit.checks[finding.metric]["leads"]]
    return led[0] if led else None


def has_grave_fault(results: Results) -> bool:
    """Whether the first sentence of an audit names a fault of any candidate."""
    return results.audit is not None and any(gravest(results, audit) is not None for audit in results.audit.candidates)


def _human(finding: AuditFinding) -> str:
    return "" if finding.human is None else f" (human text: {percent(finding.human)}{NBSP}%)"
