"""Makes results of other kinds by hand: a gate's, a sweep's, those of a training, explained ones, and a run that follows another."""

from __future__ import annotations

from dataclasses import replace

from evalkit.evaluation.audit import audit_rows, declarations
from evalkit.evaluation.provenance import declaration
from evalkit.metrics import AuditMetric, catalogue
from evalkit.report.view.run_diff import remembered
from evalkit.results import (
    Audit,
    AuditFinding,
    CandidateAudit,
    Contribution,
    Explanation,
    FloorSummary,
    Interval,
    Overall,
    Place,
    Span,
    WordUse,
)
from tests.support.results import FAIR, GOOD, NOISE, excerpt, results


def decision(measure, difference, low, high, *, verdict, margin=0.05, tier="critical"):
    return {
        "measure": measure,
        "metric": measure,
        "against": "baseline",
        "tier": tier,
        "tier_source": "default",
        "decision": verdict,
        "difference": difference,
        "low": low,
        "high": high,
        "family_low": low,
        "family_high": high,
        "standard_error": 0.01,
        "margin": margin,
        "margin_set": "1 floor",
        "margin_source": "default",
        "floor_unit": 0.05,
        "passages_needed": None,
        "reason": None if difference is not None else "17 of the 200 words that it needs",
    }


DECISIONS = [
    decision("suffix.ing", 0.0, -0.02, 0.02, verdict="pass"),
    decision("vocab.hit", 0.2, 0.15, 0.25, verdict="regression"),
    decision("wordlen.w1", None, None, None, verdict="not measured", tier="supporting"),
]


BASELINE = {
    "name": "main",
    "spec": "ngram:order=8",
    "commit": "0123456789abcdef",
    "date": "2026-01-01",
    "n_passages": 100,
    "seed": 0,
}


def gated(verdict="REGRESSION", *, decisions=DECISIONS, different=(), worst=1, passages_needed=None):
    gate = {
        "policy": {},
        "baseline": BASELINE,
        "anchor": None,
        "command": "evalkit gate ngram:order=3 --baseline main",
        "decisions": list(decisions),
        "worst": decisions[worst] if decisions else None,
        "passages_needed": passages_needed,
        "not_comparable": list(different),
        "measures": {},
    }
    code = {"PASS": 0, "REGRESSION": 1}.get(verdict, 3)
    return replace(results({"ngram": FAIR}, kind="gate"), verdict=verdict, exit_code=code, gate=gate)


def audited(counts, *, run=None, kind="score", human=0.0, of=100, distinct=100, beyond=True, text="a <b>`place`|", **more):
    """A run whose audit found something: candidate -> check -> passages with its fault."""
    run = run or results({name: {} if kind == "audit" else FAIR for name in counts}, kind=kind)
    checks = catalogue(AuditMetric)
    candidates = [
        CandidateAudit(
            candidate=name,
            n_passages=of,
            n_chars=of * 1000,
            n_with_text=of - found.get("audit.empty", 0),
            n_distinct=distinct,
            human_passages=120,
            findings=[
                AuditFinding(
                    metric=id_,
                    n=found.get(id_, 0),
                    share=found.get(id_, 0) / of,
                    ci=Interval(0.01, 0.3),
                    human=human,
                    human_n=round(human * 120),
                    beyond_human=beyond and id_ in found,
                    n_effective=of,
                    passage=f"{name}:7" if id_ in found else None,
                    text=text if id_ in found else None,
                    note="what is wrong there" if id_ in found else None,
                )
                for id_ in checks
            ],
            n_measured=of,
            n_measured_with_text=of - found.get("audit.empty", 0),
        )
        for name, found in counts.items()
    ]
    audit = Audit(checks=declarations(checks.values()), candidates=candidates)
    metrics = {id_: declaration(check) for id_, check in checks.items()} if kind == "audit" else run.metrics
    rows = audit_rows(audit, list(checks.values())) if kind == "audit" else run.results
    return replace(run, audit=audit, metrics=metrics, results=rows, **more)


# Human -ing is 280 +- 40, known words 88 % and more, word lengths at most 0.1 off; each model here learns them in that order.
STEPS = [
    (10_000, {"suffix.ing": 20.0, "vocab.hit": 0.05, "wordlen.w1": 1.0}),
    (100_000, {"suffix.ing": 250.0, "vocab.hit": 0.4, "wordlen.w1": 0.5}),
    (1_000_000, {"suffix.ing": 270.0, "vocab.hit": 0.89, "wordlen.w1": 0.3}),
]


def checkpoint(characters, values, *, bits=2.0):
    rows = [{"metric": id_, "value": value, "ci": [value * 0.9, value * 1.1]} for id_, value in values.items()]
    return {
        "updates": characters // 100,
        "characters": characters,
        "seconds": characters / 1000,
        "bits_per_char": bits,
        "rows": rows,
    }


def checkpoints_of(name="lstm", steps=STEPS, **options):
    return {"name": name, "checkpoints": [checkpoint(*step, **options) for step in steps]}


KNOWN_WORDS = {0.5: 0.5, 0.8: 0.93, 1.0: 0.9, 1.3: 0.3}  # temperature -> share of known words; human text has 88 % and more


def swept(*, intervals=None, values=KNOWN_WORDS):
    names = {f"ngram at {place:g}": GOOD | {"vocab.hit": known} for place, known in values.items()}
    run = results(names, kind="sweep")
    signature = {**run.signature, "temperature": list(values)}
    overall = [
        Overall(candidate=name, value=0.1 * i, ci=(intervals or {}).get(name), floor=FloorSummary(0.02, 0.15))
        for i, name in zip((4, 1, 0, 6), names, strict=True)
    ]
    return replace(run, signature=signature, overall=overall)


def remembering(after, before, folder="a"):
    return replace(after, previous={"folder": folder, **remembered(before)})


def use(word, per_10k, reference, *, z=5.0, places=()):
    return WordUse(
        word=word, count=9, per_10k=per_10k, reference_per_10k=reference, log_odds=z / 3, z=z, p_adjusted=0.001, places=places
    )


def part(metric, item, value, reference, contribution, low, high, places=()):
    return Contribution(
        metric=metric, item=item, value=value, reference=reference, contribution=contribution, low=low, high=high, places=places
    )


TEXT = "He tot the tot lamp."


TOT = Span(start=3, end=6, kind="overused")


AGAIN = Span(start=11, end=14, kind="overused")


WORDS = (
    use("tot", 12.34, 0.0, places=[Place(passage="0000", text="He  tot\nthe lamp")]),
    use("elsewhere", 3.0, 1.0, places=[Place(passage="0099", text="not shown elsewhere")]),
    use("the", 500.0, 688.0, z=-6.0),
)


PARTS = (
    part("letters.jsd", "e", 0.14, 0.125, 0.0002, 0.0001, 0.0003, places=[Place(passage="0000", text=TEXT[:5])]),
    part("letters.jsd", "q", 0.001, 0.0011, -0.00001, -0.0001, 0.00005),
    part("wordlen.w1", "9", 0.1, 0.01, 0.2, 0.1, 0.3),
)


def explained(*spans, words=WORDS, parts=PARTS, name="lstm"):
    run = results({name: FAIR, "noise": NOISE}, texts={name: TEXT, "": "human"})
    explanation = Explanation(words=list(words), contributions=list(parts), n_words_tested=40)
    excerpts = {**run.excerpts, name: [excerpt(TEXT, *spans)]}
    return replace(run, explanations={name: explanation}, excerpts=excerpts)


CALIBRATED = {
    "candidate": "ngram:order=8",
    "shape": {"n_passages": 20, "n_chars": 2000},
    "reference": {"corpus": "Lovecraft", "hash": "abc"},
    "seed": 0,
    "runs": 50,
    "verdicts": {"REGRESSION": [0.0, 0.0, 0.06], "PASS": [0.9, 0.8, 0.95], "INCONCLUSIVE": [0.1, 0.05, 0.2]},
    "measures": {
        "vocab.hit": {
            "label": "words the corpus knows",
            "tier": "critical",
            "passed": 0.9,
            "smallest_effect": 0.02,
            "unit": "share",
            "proposed_margin": 0.03,
            "sees": {"misspelt words": "2 % of words misspelt"},
        }
    },
    "defects": {
        "misspelt words": {
            "smallest": "2 % of words misspelt",
            "shown": 0.05,
            "shown_plain": "5 % of words misspelt",
            "not_comparable_from": None,
            "gate": {"0.02": 0.4, "0.05": 1.0},
            "measures": {"vocab.hit": {"0.05": 1.0}},
        }
    },
}
