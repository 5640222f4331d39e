"""Fills in the generated part of docs/reference/results.md: the keys of results.json by its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generators_page import filled

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "results.md"
SCHEMA = ROOT / "evalkit" / "results" / "results.schema.json"
MEANS = {
    "schema_version": "version of this form",
    "kind": "which command made it",
    "signature": "what must agree for two runs to be comparable",
    "run": "date, command and settings",
    "reference": "the corpus: its name, hash, size, and which documents were held out",
    "shape": "number and length of passages",
    "metrics": "each measure by its id: label, unit, direction, version, summary",
    "candidates": "name, specification, size, bits per character and notes of each candidate",
    "audit": "what is wrong with passages as files of text",
    "results": "a row for each candidate and measure",
    "profiles": "what a measure consists of, item by item: letters, lengths, words",
    "comparisons": "the difference of every two candidates on each measure",
    "ranking": "ranks and ties on each measure",
    "overall": "each candidate's mean distance over families",
    "families": "each candidate's distance in each family",
    "human_tests": "whether a candidate can be told from human text: one test of all measures",
    "learning": "values at each checkpoint of a trained model",
    "previous": "the last comparable run and what changed",
    "explanations": "the words and letters behind a measure",
    "excerpts": "passages that show a fault",
    "traces": "what is marked in the texts",
    "texts": "counts of each candidate's text",
    "classifications": "how well a classifier tells a candidate from human text",
    "warnings": "what to keep in mind, the gravest first",
    "verdict": "the sentence, or of a gate PASS, REGRESSION, INCONCLUSIVE or NOT COMPARABLE",
    "exit_code": "of the gate that made it",
    "gate": "baseline, policy and a decision for each gated measure",
}
"""Key of results.json -> what it holds."""


def results_page() -> str:
    """docs/reference/results.md with its table renewed.

    Raises:
        LookupError: when the schema has a key that this page does not explain, or lacks one that it does.
    """
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    if unlike := MEANS.keys() ^ schema["properties"].keys():
        raise LookupError(f"docs/pages/results_page.py and the schema of results differ: {', '.join(sorted(unlike))}")
    rows = (
        f"| `{key}` | {_kind(value)} | {'yes' if key in schema['required'] else 'no'} | {MEANS[key]} |"
        for key, value in schema["properties"].items()
    )
    page = PAGE.read_text(encoding="utf-8")
    return filled(page, "keys", "\n".join(["| key | type | always there | holds |\n|---|---|---|---|", *rows]))


def _kind(schema: Mapping[str, Any]) -> str:
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return " or ".join(kinds)
    return "one of a few words" if "enum" in schema else "object"
