"""Makes a baseline by hand."""

from __future__ import annotations

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
