"""Makes results.json from its schema: documents whose parts refer to each other as those of a run do (`results_document`)."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from evalkit.metrics import AuditMetric, Metric, PooledMetric, catalogue
from evalkit.results import schema
from tests.support.fuzz.schema import TEXTS, Maker

_UNDECIDED = ("INCONCLUSIVE", "NOT COMPARABLE")
NAMES = ("lstm", "ngram", "human", "unigram", "uniform", "lstm at 0.5", *TEXTS)


@cache  # of a file of the package
def _schema() -> dict[str, Any]:
    return schema()


def results_document(rng: random.Random) -> dict[str, Any]:
    """Results that conform to the schema and do not contradict themselves, with any numbers and texts that a run may have."""
    names = rng.sample(NAMES, rng.choice((1, 1, 2, 3, 4)))
    known = [id_ for kind in (Metric, PooledMetric) for id_ in catalogue(kind)]
    metrics = [*rng.sample(known, rng.choice((1, 3, 6))), *rng.sample(TEXTS, 1)]
    checks = list(catalogue(AuditMetric))
    texts = {
        **dict.fromkeys(("candidate", "a", "b", "explanations/", "excerpts/", "texts/", "traces/", "series/"), names),
        **dict.fromkeys(("metric", "metrics/", "pattern", "measure", "worse"), metrics),
        "checks/": checks,
        "measures/": checks,
    }
    maker = Maker(_schema(), rng, texts)
    document: dict[str, Any] = maker.document()
    document["schema_version"] = 1
    of_candidate = _schema()["properties"]["candidates"]["items"]
    document["candidates"] = [{**maker.value(of_candidate, ""), "name": name} for name in names]
    of_metric = _schema()["properties"]["metrics"]["additionalProperties"]
    document["metrics"] = {id_: maker.value(of_metric, id_) for id_ in metrics}
    if document["kind"] == "sweep":
        document["signature"]["temperature"] = [round(0.5 + 0.1 * i, 1) for i in range(len(names))]
    _fit_verdict(document, rng)
    _fit(document, rng)
    return document


def _fit_verdict(document: dict[str, Any], rng: random.Random) -> None:
    """Gives a gate a verdict that its decisions bear out, and all others none."""
    if document["kind"] != "gate":
        document.pop("verdict", None)
        document.pop("exit_code", None)
        return
    decisions = document["gate"]["decisions"]
    document["gate"]["worst"] = rng.choice(decisions) if decisions else None
    document["verdict"] = rng.choice(["PASS", "REGRESSION", *_UNDECIDED] if decisions else _UNDECIDED)
    document["exit_code"] = {"PASS": 0, "REGRESSION": 1}.get(document["verdict"], 3)


def _fit(document: dict[str, Any], rng: random.Random) -> None:
    """Makes the parts of a document agree."""
    for part in ("families", "human_tests", "classifications"):
        seen = {}
        for entry in document.get(part, ()):
            seen.setdefault((entry["candidate"], entry.get("family") if part == "families" else ""), entry)
        if part in document:
            document[part] = list(seen.values())
    for profile in document["profiles"]:
        _fit_profile(profile, rng)
    for excerpts in document.get("excerpts", {}).values():
        for excerpt in excerpts:
            # Readers let no half of a surrogate pair into a text.
            excerpt["text"] = re.sub("[\ud800-\udfff]", "\ufffd", excerpt["text"])
            if excerpt.get("surprise") is not None:
                excerpt["surprise"] = "".join(rng.choices("0123456789", k=len(excerpt["text"])))
            excerpt["spans"] = [span for span in excerpt["spans"] if span["start"] < span["end"] <= len(excerpt["text"])]
    for counts in document.get("texts", {}).values():
        counts["ranks"] = counts["ranks"][: len(counts["per_10k"])]
        counts["per_10k"] = counts["per_10k"][: len(counts["ranks"])]
    for checkpoint in (checkpoint for model in document.get("learning", ()) for checkpoint in model["checkpoints"]):
        checkpoint["rows"] = list({row["metric"]: row for row in checkpoint["rows"]}.values())
    _fit_audit(document, rng)
    for part in _objects(document):
        for key in ("ci", "delta_ci"):
            if isinstance(part.get(key), list):
                part[key] = sorted(part[key])
        ends = part.get("low"), part.get("high")
        if "p95" in part and any(end is not None for end in ends):
            given = [end for end in ends if end is not None]
            part["low"], part["high"] = min(given), max(given)


def _fit_profile(profile: dict[str, Any], rng: random.Random) -> None:
    profile["items"] = profile["items"] or ["e"]
    n = len(profile["items"])
    for values in (profile["reference"], *(part for series in profile["series"].values() for part in series.values())):
        values[:] = [*values, *(rng.choice((0.0, rng.random(), None)) for _ in range(n))][:n]


def _fit_audit(document: dict[str, Any], rng: random.Random) -> None:
    audit = document.get("audit")
    if not audit:
        return
    checks = list(audit["checks"])
    for candidate in audit["candidates"]:
        candidate["findings"] = candidate["findings"] if checks else []
        for finding in candidate["findings"]:
            finding["metric"] = rng.choice(checks)
            finding["n"] = min(finding["n"], candidate["n_passages"])


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects(child)
