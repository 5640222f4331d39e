"""Runs evaluations: reads the reference, draws candidates at one shape, scores them, and puts all of it into `Results`.

- `request`, `candidates`, `reference`: what is compared with what.
- `scorer`, `human_floor`, `human_text`, `pooled`, `likelihood`, `checkpoints`: what is computed from passages.
- `compare`, `online`: the runs; gates and sweeps are runs of `evalkit.gating`.
- `rows`, `provenance`: what every run writes into its results.

Classes can be imported from here, and are loaded when they are first used. Functions are in the modules of their names:
`evalkit.evaluation.compare.compare`, `evalkit.evaluation.likelihood.likelihood`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.evaluation.candidates import Candidate, Drawn, Samples, Shape, parse_candidate, parse_candidates
    from evalkit.evaluation.compare import Outcome
    from evalkit.evaluation.human_floor import FloorSample, sample_floor
    from evalkit.evaluation.likelihood import Likelihood
    from evalkit.evaluation.online import SampleScores
    from evalkit.evaluation.reference import Reference
    from evalkit.evaluation.request import CompareRequest, EvaluationRequest
    from evalkit.evaluation.scorer import Scorer

__all__ = [
    "Candidate",
    "CompareRequest",
    "Drawn",
    "EvaluationRequest",
    "FloorSample",
    "Likelihood",
    "Outcome",
    "Reference",
    "SampleScores",
    "Samples",
    "Scorer",
    "Shape",
    "parse_candidate",
    "parse_candidates",
    "sample_floor",
]

__getattr__ = lazy_names(
    __name__,
    {
        "CompareRequest": "evalkit.evaluation.request",
        "EvaluationRequest": "evalkit.evaluation.request",
        "FloorSample": "evalkit.evaluation.human_floor",
        "Likelihood": "evalkit.evaluation.likelihood",
        "Outcome": "evalkit.evaluation.compare",
        "Reference": "evalkit.evaluation.reference",
        "SampleScores": "evalkit.evaluation.online",
        "Scorer": "evalkit.evaluation.scorer",
        "sample_floor": "evalkit.evaluation.human_floor",
        **dict.fromkeys(
            ("Candidate", "Drawn", "Samples", "Shape", "parse_candidate", "parse_candidates"), "evalkit.evaluation.candidates"
        ),
    },
)
