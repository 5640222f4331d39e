"""Records in results how they were made: the signature, the run, the reference and the candidates."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from evalkit import __version__
from evalkit._util.git import git_commit
from evalkit._util.urls import without_keys
from evalkit.evaluation.candidates import Drawn, Shape
from evalkit.evaluation.reference import Reference, signature_of
from evalkit.metrics.base import Declaration
from evalkit.text.canonical import CANONICAL, Changes, changes
from evalkit.text.corpus import Corpus, Split
from evalkit.text.groups import together, unit_of
from evalkit.text.tokenize import TOKENIZER
from generators.base import Decoding


def run_facts() -> dict[str, Any]:
    """Date, Python and commit of a run; never compared."""
    return {"date": datetime.now(UTC).isoformat(timespec="seconds"), "python": platform.python_version(), "commit": git_commit()}


def signature(
    metrics: Sequence[Declaration], reference: Reference, shape: Shape, *, seed: int, decoding: Decoding
) -> dict[str, Any]:
    """What must agree for two runs to be comparable."""
    return {
        "reference": dict(signature_of(reference)),
        "canonical": CANONICAL,
        "tokenizer": TOKENIZER,
        "metrics": {metric.id: metric.version for metric in metrics},
        "word_lists": dict(reference.lexicon.hashes),
        "shape": {"n_passages": shape.n_passages, "n_chars": shape.n_chars},
        "seed": seed,
        "temperature": decoding.temperature,
        "top_k": decoding.top_k,
        "top_p": decoding.top_p,
        "version": __version__,
    }


def reference_facts(corpus: Corpus, split: Split) -> dict[str, Any]:
    """The corpus and its split, for people."""
    documents = [*split.train, *split.held_out]
    return {
        "name": corpus.name,
        "hash": corpus.hash,
        "n_documents": len(documents),
        "n_chars": sum(len(document.text) for document in documents),
        **({"n_groups": len(set(map(unit_of, documents)))} if together(documents) else {}),
        "canonical": changed(document.text for document in (*split.train, *split.held_out)),
        "train": [document.id for document in split.train],
        "held_out": [document.id for document in split.held_out],
        **({"read": [asdict(report) for report in corpus.read]} if corpus.read else {}),
    }


def declaration(metric: Declaration) -> dict[str, Any]:
    """A metric's declaration, so that results can be read without the catalogue."""
    return {
        "label": metric.label,
        "unit": metric.unit,
        "direction": str(metric.direction),
        "bounds": list(metric.bounds),
        "version": metric.version,
        "summary": metric.summary,
        "headline": metric.headline,
        "family": str(metric.family),
        "judged": metric.judged,
        "gated": metric.gated,
        **({"apart": metric.explained_by} if metric.explained_by else {}),
    }


def candidate_facts(item: Drawn) -> dict[str, Any]:
    """A candidate: its specification, how much text it gave, its likelihood, and how its passages were brought to the shape."""
    return {
        "name": item.candidate.name,
        "spec": without_keys(item.candidate.spec),
        "kind": item.candidate.kind,
        "n_passages": len(item.passages),
        "n_chars": sum(len(passage.text) for passage in item.passages),
        "bits_per_char": item.likelihood.bits_per_char,
        "bits_reason": item.likelihood.reason or None,
        "likelihood": asdict(item.likelihood),
        "notes": list(item.notes),
        "describe": item.describe,
        "left_out": _left_out(item),
        "canonical": changed(passage.text for passage in item.given),
        **({"read": [asdict(report) for report in item.reports]} if item.reports else {}),
    }


def changed(texts: Iterable[str]) -> dict[str, object]:
    """What the canonical form changed of texts, as counts; empty where nothing."""
    return sum(map(changes, texts), Changes()).as_json()


def _left_out(item: Drawn) -> dict[str, Any] | None:
    """The text of a candidate that was given and is not judged; None where there is none."""
    left_out = item.left_out
    if left_out is None:
        return None
    return {
        "share": left_out.share,
        "n_chars": left_out.n_chars,
        "of": left_out.of,
        "warning": left_out.sentence(item.candidate.name),
    }
