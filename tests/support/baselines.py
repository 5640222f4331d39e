"""Makes a baseline by hand."""

from __future__ import annotations

import json

import numpy as np

from evalkit.counts.feature import Layout
from evalkit.gating.baseline import Baseline
from evalkit.metrics import Metric, catalogue
from evalkit.results import FloorSummary

LAYOUT = Layout(catalogue(Metric)["letters.jsd"].features)


def made(tally=None, **changes):
    tally = np.arange(12 * 26).reshape(12, 26) % 7 if tally is None else tally
    fields = {
        "candidate": {"name": "good", "spec": "ngram:order=8", "kind": "generator"},
        "signature": {"reference": {"hash": "ab"}, "metrics": {"letters.jsd": 1}, "word_lists": {}, "shape": {}, "seed": 0},
        "source": {"reference": "embedded", "held_out": None, "fraction": 0.2, "split_seed": 0},
        "shape": {"n_passages": 12, "n_chars": 1000},
        "mean_chars": 987.5,
        "columns": LAYOUT.columns,
        "tally": tally.astype(np.int64),
        "clusters": np.arange(len(tally)),
        "values": {"letters.jsd": {"value": 0.001, "standard_error": None}},
        "floors": {"letters.jsd": FloorSummary(0.1, 0.2, 0.1, 0.2, None)},
        "date": "2026-01-01T00:00:00+00:00",
        "commit": None,
    }
    return Baseline(**{**fields, **changes})


def older(baseline):
    """The file of a baseline as format version 1 had it: the counts of each passage as [column, count, column, count ...]."""
    plain = json.loads(baseline.to_json())
    rows = [[int(value) for i in np.flatnonzero(row) for value in (i, row[i])] for row in baseline.tally]
    counts = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    facts = json.dumps({**{key: value for key, value in plain.items() if key != "tally"}, "evalkit_baseline": 1}, indent=1)
    return f'{facts[:-2]},\n "tally": [\n{counts}\n ]\n}}\n'
