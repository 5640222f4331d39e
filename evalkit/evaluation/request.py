"""Declares what an evaluation needs to know: `EvaluationRequest`, and `CompareRequest` for runs of several candidates.

A gate and a calibration add their own fields (`evalkit.gating.request`, `evalkit.calibration.request`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evalkit.counts.feature import Layout
from evalkit.evaluation.candidates import Candidate
from evalkit.evaluation.reference import Reference
from evalkit.metrics.base import Declaration, Metric
from evalkit.metrics.registry import of_kind
from evalkit.text.corpus import Corpus, Split
from evalkit.text.io.options import ReadOptions
from generators.base import PLAIN, Decoding

if TYPE_CHECKING:
    from evalkit.engines import Engine


@dataclass(frozen=True, kw_only=True)
class EvaluationRequest:
    """The reference, what is measured on it, and how text is drawn and read.

    Args:
        corpus, split: the reference, and which of its documents are held out.
        metrics: the metrics to measure, of any kind.
        language: code or path of the language profile, that of the metrics.
        n_passages, n_chars: the shape of each sample; None takes what the samples on disk and the held-out text allow.
        seed: fixes fitting, sampling and resampling; the split has its own.
        decoding: how generators sample.
        read: how samples on disk are read.
        cached: whether the counts of the reference may be taken from those that earlier runs kept, and are kept.
    """

    corpus: Corpus
    split: Split
    metrics: Sequence[Declaration]
    language: str = "en"
    n_passages: int | None = None
    n_chars: int | None = None
    seed: int = 0
    decoding: Decoding = PLAIN
    read: ReadOptions = field(default_factory=ReadOptions)
    cached: bool = True

    def reference(self) -> Reference:
        """The reference, read and counted for the metrics that are measured on passages."""
        layout = Layout.of(of_kind(self.metrics, Metric))
        return Reference(self.corpus, self.split, layout, language=self.language, cached=self.cached)


@dataclass(frozen=True, kw_only=True)
class CompareRequest(EvaluationRequest):
    """Several candidates, each measured at the same shape.

    Args:
        candidates: at least one.
        kind: the command that asks, as results name it.
        engine: draws and scores candidates side by side; None does it in this process. Results do not depend on it.
        notes: what is to be said of the candidates before anything else, such as that one was left out.
    """

    candidates: Sequence[Candidate]
    kind: str = "compare"
    engine: Engine | None = None
    notes: Sequence[str] = ()
