"""Audits candidates (`Auditor`): what is wrong with their passages as they were given, beside held-out human text of the same length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from evalkit import __version__
from evalkit._util.entries import Arrays, Keep, anew, hash_of_texts
from evalkit._util.escape import visible
from evalkit.auditing.background import Background
from evalkit.auditing.given import Flags, Given, is_blank
from evalkit.errors import UsageError
from evalkit.evaluation.candidates import NO_LIKELIHOOD, Candidate, Drawn, read_samples
from evalkit.evaluation.provenance import candidate_facts, declaration, reference_facts, run_facts
from evalkit.evaluation.reference import Reference
from evalkit.inference.proportions import Rate, newcombe, rate, wilson
from evalkit.metrics import AuditMetric, catalogue
from evalkit.results import Audit, AuditFinding, CandidateAudit, FloorSummary, Interval, Results, Row
from evalkit.text.canonical import CANONICAL
from evalkit.text.corpus import Corpus
from evalkit.text.duplicates import identical
from evalkit.text.io.options import ReadOptions
from evalkit.text.passages import Passage, slices
from evalkit.text.split import Split
from evalkit.text.tokenize import TOKENIZER

SHORTEST_HUMAN = 20
"""Characters of the shortest human passages that are cut for comparison."""


class Auditor:
    """Runs every check of the catalogue on passages, and on held-out human text of the same length.

    Args:
        split: the reference; what its documents to learn from hold is ordinary, and those held out are the human text.
        background: what is ordinary, where it is known already.
        keep: keeps what is found in human text for later runs.
    """

    def __init__(self, split: Split, background: Background | None = None, *, keep: Keep = anew) -> None:
        self.checks = tuple(catalogue(AuditMetric).values())
        self._split = split
        self._background, self._keep = background, keep
        self._human: dict[int, dict[str, Rate]] = {}

    @property
    def background(self) -> Background:
        """What is ordinary in the reference."""
        if self._background is None:
            self._background = Background.of(document.text for document in self._split.train)
        return self._background

    def flags(self, given: Given) -> dict[str, Flags]:
        """Id of each check -> the passages with its fault."""
        return {check.id: check.flag(given, self.background) for check in self.checks}

    def human(self, n_chars: int) -> dict[str, Rate]:
        """Id of each check -> how many held-out human passages of so many characters have its fault."""
        n_chars = max(n_chars, SHORTEST_HUMAN)
        if n_chars not in self._human:
            # As they were given, and told apart by what is ordinary in what was given to learn from: the canonical form lacks some faults.
            texts = hash_of_texts(document.text for document in (*self._split.train, *self._split.held_out))
            checks = [f"{check.id} {check.version}" for check in self.checks]
            is_known = all(check.flag.__module__.startswith("evalkit.") for check in self.checks)
            keep = self._keep if is_known else anew
            kept = keep(f"faults of human passages of {n_chars} in {texts}, {checks}", lambda: self._faults_of_human(n_chars))
            effective = [None if np.isnan(size) else size for size in kept["effective"].tolist()]
            rows = zip(self.checks, kept["n"].tolist(), kept["of"].tolist(), effective, strict=True)
            self._human[n_chars] = {check.id: Rate(n, of, size) for check, n, of, size in rows}
        return self._human[n_chars]

    def _faults_of_human(self, n_chars: int) -> Arrays:
        """The rates of all checks in held-out passages, as arrays."""
        passages = [
            Passage(piece, document.id, document.id, group=document.group)
            for document in self._split.held_out
            for piece in slices(document.text, n_chars)
            if piece.strip()
        ]
        found = self.rates(Given(passages))
        rates = [found[check.id] for check in self.checks]
        return {
            "n": np.array([rate.n for rate in rates], np.int64),
            "of": np.array([rate.of for rate in rates], np.int64),
            "effective": np.array([np.nan if rate.effective is None else rate.effective for rate in rates], np.float64),
        }

    def rates(self, given: Given) -> dict[str, Rate]:
        """Id of each check -> how many passages have its fault."""
        return _rates(self.flags(given), given.passages)

    def audit(
        self,
        candidate: str,
        passages: Sequence[Passage],
        measured: Sequence[Passage] | None = None,
        *,
        n_chars: int | None = None,
    ) -> CandidateAudit:
        """What is wrong with one candidate's passages.

        Args:
            candidate: its name.
            passages: as they were given.
            measured: those that measures of text are scored on, cut to the shape of the run; None where none are.
            n_chars: characters of a passage at that shape.
        """
        given = Given(passages)
        flags, human = self.flags(given), self.human(given.median_chars)
        rates = _rates(flags, passages)
        return CandidateAudit(
            candidate=candidate,
            n_passages=len(given),
            n_chars=sum(map(len, given.texts)),
            n_with_text=given.with_text,
            n_distinct=len(set(identical(given.texts).tolist())),
            human_passages=next(iter(human.values())).of,
            findings=[
                self._finding(check, given, flags[check.id], found=rates[check.id], human=human[check.id], n_chars=n_chars)
                for check in self.checks
            ],
            n_measured=None if measured is None else len(measured),
            n_measured_with_text=None if measured is None else sum(not is_blank(passage.text) for passage in measured),
        )

    def _finding(
        self, check: AuditMetric, given: Given, flags: Flags, *, found: Rate, human: Rate, n_chars: int | None
    ) -> AuditFinding:
        first = next(iter(flags), None)
        return AuditFinding(
            metric=check.id,
            n=found.n,
            share=found.share,
            ci=Interval(*wilson(found)),
            human_n=human.n,
            human=human.share if human.of else None,
            beyond_human=self.beyond(check, found, human),
            n_effective=found.size,
            n_gated=None if n_chars is None else n_gated(check, given, flags, n_chars),
            passage=None if first is None else given.passages[first].id,
            text=None if first is None else flags[first].text,
            note=None if first is None else flags[first].note,
        )

    def beyond(self, check: AuditMetric, found: Rate, human: Rate) -> bool:
        """Whether surely more passages have a fault than human passages do.

        What sound text never has is sure at the first passage. For the rest the interval of the difference lies above 0, at a level that
        holds for all checks together (Bonferroni).
        """
        if not check.in_human_text and human.n == 0:
            return found.n > 0
        return newcombe(found, human, level=1 - 0.05 / len(self.checks))[0] > 0


def n_gated(check: AuditMetric, given: Given, flags: Flags, n_chars: int) -> int:
    """Passages with a fault that a gate counts at a shape: of a fault of the end those that are shorter than the shape."""
    return sum(not check.of_the_end or len(given.texts[i]) < n_chars for i in flags)


def _rates(flags: Mapping[str, Flags], passages: Sequence[Passage]) -> dict[str, Rate]:
    """How many passages have each fault; passages of one document or group are no independent ones."""
    # A passage that stands alone is a unit of its own; no document's id begins with a null character.
    units = [passage.group or passage.document or f"\0{i}" for i, passage in enumerate(passages)]
    clusters = units if len(set(units)) < len(units) else None
    return {id_: rate([i in flagged for i in range(len(passages))], clusters) for id_, flagged in flags.items()}


def binomial_quantile(level: float, n: int, p: float) -> int:
    """The least number of successes of n trials whose distribution function reaches a level.

    As `scipy.stats.binom.ppf` has it, which takes half a second to import.

    Args:
        level: above 0, below 1.
        n: trials.
        p: the chance of each.

    >>> binomial_quantile(0.5, 10, 0.3), binomial_quantile(0.95, 10, 0.0)
    (3, 0)
    """
    return int(np.searchsorted(special.bdtr(np.arange(n + 1), n, p), level))


def audit_samples(candidate: Candidate, corpus: Corpus, split: Split, *, read: ReadOptions, seed: int = 0) -> Results:
    """The results of an audit alone, of samples as they are.

    Args:
        candidate: samples on disk or in memory.
        corpus, split: the reference.
        read: how samples are read.
        seed: of the split, for the record.

    Raises:
        UsageError: for a generator, which has no passages until it is asked for some.
        InputError: when the samples cannot be read.
    """
    if candidate.kind != "samples":
        raise UsageError(
            f'"{visible(candidate.spec)}" is a generator, and an audit reads passages as they are.',
            remedy="Give a file, folder, glob or URL of samples; `evalkit score` audits what a generator yields.",
        )
    passages = read_samples(candidate, read)
    auditor = Auditor(split)
    audit = Audit(checks=declarations(auditor.checks), candidates=[auditor.audit(candidate.name, passages)])
    n_chars = max(1, Given(passages).median_chars)
    return Results(
        kind="audit",
        signature={
            "reference": {
                "corpus": corpus.name,
                "hash": corpus.hash,
                "fraction": split.fraction,
                "split_seed": split.seed,
                "held_out": sorted(document.id for document in split.held_out),
            },
            "canonical": CANONICAL,
            "tokenizer": TOKENIZER,
            "metrics": {check.id: check.version for check in auditor.checks},
            "word_lists": {},
            "shape": {"n_passages": len(passages), "n_chars": n_chars},
            "seed": seed,
            "version": __version__,
        },
        run=run_facts(),
        reference=reference_facts(corpus, split),
        shape={"n_passages": len(passages), "n_chars": n_chars},
        metrics={check.id: declaration(check) for check in auditor.checks},
        candidates=[candidate_facts(Drawn(candidate, tuple(passages), {}, NO_LIKELIHOOD))],
        results=audit_rows(audit, auditor.checks),
        audit=audit,
        warnings=list(split.warnings),
    )


def auditor_of(reference: Reference) -> Auditor:
    """An auditor that takes what an earlier run kept of a reference."""
    return Auditor(reference.split, reference.background(), keep=reference.keep)


def audit_of(auditor: Auditor, drawn: Sequence[Drawn], *, n_chars: int) -> Audit:
    """The audit of the candidates of a run.

    Args:
        auditor: of the reference.
        drawn: the candidates, with their passages at the shape of the run.
        n_chars: characters of a passage at that shape.
    """
    audits = [auditor.audit(item.candidate.name, item.given, item.passages, n_chars=n_chars) for item in drawn]
    return Audit(checks=declarations(auditor.checks), candidates=audits)


def declarations(checks: Iterable[AuditMetric]) -> dict[str, dict[str, Any]]:
    """The declarations of checks, so that results can be read without the catalogue."""
    return {
        check.id: {
            "label": check.label,
            "version": check.version,
            "summary": check.summary,
            "one": check.one,
            "many": check.many,
            "leads": check.leads,
            "in_human_text": check.in_human_text,
        }
        for check in checks
    }


def audit_rows(audit: Audit, metrics: Sequence[AuditMetric]) -> list[Row]:
    """The rows of the checks that were selected as metrics, candidate by candidate."""
    return [
        _row(candidate, finding)
        for candidate in audit.candidates
        for metric in metrics
        if (finding := candidate.finding(metric.id)) is not None
    ]


def _row(candidate: CandidateAudit, finding: AuditFinding) -> Row:
    floor = _floor(finding, candidate.n_passages)
    return Row(
        candidate=candidate.candidate,
        metric=finding.metric,
        value=finding.share,
        ci=finding.ci,
        floor=floor,
        delta=None if floor is None else finding.share - floor.median,
        n_units=candidate.n_passages,
    )


def _floor(finding: AuditFinding, n_passages: int) -> FloorSummary | None:
    """The share that as many human passages have: its median, and what 5 % of such samples exceed, by the binomial distribution."""
    if finding.human is None or not n_passages:
        return None
    median, p95 = (binomial_quantile(at, n_passages, finding.human) / n_passages for at in (0.5, 0.95))
    return FloorSummary(float(median), float(p95), float(median), float(p95))
