"""Makes the request of a calibration (`calibration_request`): a candidate at one shape, taken from a baseline or named on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.calibration.simulate import gated_metrics
from evalkit.config import NO_CONFIG, Config
from evalkit.evaluation.candidates import Candidate, Shape, parse_candidate
from evalkit.evaluation.request import EvaluationRequest
from evalkit.gating.baseline import Baseline, Store
from evalkit.gating.policy import Policy
from evalkit.gating.request import decoding_of, effective_policy, metrics_of, read_reference, reading_of, source_of
from evalkit.inference import doubling
from evalkit.metrics import select
from evalkit.metrics.base import Metric
from evalkit.text.corpus import EMBEDDED
from evalkit.text.io.readers import ReadOptions
from evalkit.text.split import HELD_OUT_SHARE

DEFAULT_SHAPE = Shape(40, 2000)
"""The smallest shape at which the critical measures of the default policy can be decided (docs/reference/measured/gate.md)."""


@dataclass(frozen=True, kw_only=True)
class CalibrationRequest(EvaluationRequest):
    """A candidate to be gated against itself many times.

    At least one of the metrics must be gated.

    Args:
        candidate: that is gated.
        policy: tiers and margins.
        most_passages: of the last look of every gate; None for gates that look once.
    """

    metrics: Sequence[Metric]
    candidate: Candidate
    policy: Policy
    n_passages: int = DEFAULT_SHAPE.n_passages
    n_chars: int = DEFAULT_SHAPE.n_chars
    most_passages: int | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Passages of a side at each look; samples on disk are what they are, and gated at one look."""
        if self.most_passages is None or self.candidate.kind == "samples":
            return (self.n_passages,)
        return doubling(self.n_passages, self.most_passages)

    @property
    def shape(self) -> Shape:
        """The shape of each sample."""
        return Shape(self.n_passages, self.n_chars)


def calibration_request(
    candidate: str | None = None,
    *,
    baseline: str | None = None,
    policy: Path | None = None,
    reference: str | None = None,
    group: str | None = None,
    held_out: str | None = None,
    fraction: float | None = None,
    split_seed: int | None = None,
    language: str | None = None,
    metrics: Sequence[str] = (),
    n_passages: int | None = None,
    n_chars: int | None = None,
    most_passages: int | None = None,
    seed: int = 0,
    decoding: Mapping[str, float | int | None] | None = None,
    read: ReadOptions | None = None,
    cached: bool = True,
    store: Store | None = None,
    config: Config = NO_CONFIG,
) -> CalibrationRequest:
    """A request whose unset parts come from a baseline, or else from the defaults.

    Args:
        candidate: a specification; the baseline's unless given.
        baseline: a name in the store, or a file.
        policy: a file, which adds to the configuration's policy and the default one.
        reference, group, held_out, fraction, split_seed: the corpus, and how it is grouped and split.
        language: code or path of the language profile.
        metrics: ids or patterns; an empty list takes those that are gated.
        n_passages, n_chars: the shape of each sample.
        most_passages: of the last look of every gate; None takes what the baseline keeps, and one look where there is no baseline.
        seed: of everything random but the split.
        decoding: temperature, top_k, top_p.
        read: how samples and reference are read.
        cached: whether a generator that is slow to fit may come from the cache.
        store: of named baselines.
        config: whose policy the given one adds to; the command line passes its own, a library has none.

    Raises:
        NoVerdict: when there is no such baseline, or it lacks a metric that was asked for.
        UsageError: when anything else that was given cannot be used.
    """
    kept = (store or Store()).load(baseline)[0] if baseline is not None else None
    source = _given_split(
        source_of(kept, reference, language, group) if kept else _source_of_options(reference, language, group),
        held_out=held_out,
        fraction=fraction,
        split_seed=split_seed,
    )
    corpus, split = read_reference(source, read or ReadOptions())
    profile = str(source["language"])
    rules = effective_policy(policy, config=config, language=profile)
    shape = Shape(**kept.shape) if kept else DEFAULT_SHAPE
    spec = candidate if candidate is not None else str(kept.candidate["spec"]) if kept else ""
    return CalibrationRequest(
        candidate=parse_candidate(spec, cached=cached),
        corpus=corpus,
        split=split,
        metrics=_metrics(kept, metrics, profile, rules),
        policy=rules,
        n_passages=n_passages or shape.n_passages,
        n_chars=n_chars or shape.n_chars,
        most_passages=most_passages if most_passages is not None or kept is None else kept.sizes[-1],
        language=profile,
        seed=seed,
        decoding=decoding_of(kept, decoding or {}),
        read=reading_of(source, read or ReadOptions()),
        cached=cached,
    )


def _source_of_options(reference: str | None, language: str | None, group: str | None) -> dict[str, object]:
    """A source, as baselines keep it, from the options alone."""
    return {
        "reference": reference or EMBEDDED,
        "held_out": None,
        "fraction": HELD_OUT_SHARE,
        "split_seed": 0,
        "language": language or "en",
        "group": group,
    }


def _given_split(source: dict[str, object], **given: object) -> dict[str, object]:
    """A source with what was given of its split in place of its own."""
    return source | {key: value for key, value in given.items() if value is not None}


def _metrics(kept: Baseline | None, patterns: Sequence[str], language: str, policy: Policy) -> tuple[Metric, ...]:
    selected = metrics_of(kept, patterns, language) if kept else select(patterns, kind=Metric, language=language)
    return selected if patterns else gated_metrics(selected, policy)
