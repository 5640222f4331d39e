"""What a gate needs to know, most of it from the baseline: reference, split, shape, metrics and sampling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.config import Config, find_config, languages_of
from evalkit.errors import ModelError, NoVerdict, UsageError
from evalkit.evaluation.candidates import Candidate, parse_candidate
from evalkit.evaluation.request import EvaluationRequest
from evalkit.gating.baseline import Baseline, Store
from evalkit.gating.measures import known_measures
from evalkit.gating.policy import Policy, default_policy, parse_policy, read_policy
from evalkit.metrics import catalogue, select
from evalkit.metrics.base import Metric
from evalkit.text.corpus import Corpus, Split, read_corpus, split_corpus
from evalkit.text.io.readers import ReadOptions
from generators.base import Decoding

_SOURCE = {"reference": str, "fraction": float, "split_seed": int, "held_out": str | None}


def prepare(
    candidate: str | Candidate,
    *,
    baseline: str,
    policy: Path | None = None,
    reference: str | None = None,
    language: str | None = None,
    metrics: Sequence[str] = (),
    seed: int | None = None,
    decoding: Mapping[str, float | int | None] | None = None,
    read: ReadOptions | None = None,
    command: str = "",
    store: Store | None = None,
) -> GateRequest:
    """A request whose unset parts come from the baseline.

    Args:
        candidate: a specification, or one that is parsed already.
        baseline: a name in the store, or a file.
        policy: a file on top of the configuration's policy and the default one.
        reference: the corpus, where it does not lie where the baseline found it.
        language: code or path of the language profile; None takes the baseline's.
        metrics: ids or patterns; none: all that the baseline has.
        seed: of sampling; None takes one that neither baseline nor anchor used.
        decoding: temperature, top_k, top_p; what is None or missing is the baseline's.
        read: how samples and reference are read.
        command: what repeats the gate, without --seed.
        store: where named baselines lie.

    Raises:
        NoVerdict: when there is no such baseline, or it lacks a metric that was asked for.
        UsageError: when anything else that was given cannot be used.
    """
    parsed = parse_candidate(candidate) if isinstance(candidate, str) else candidate
    read = read or ReadOptions()
    last, anchor = (store or Store()).load(baseline)
    source = source_of(last, reference, language)
    spoken = str(source["language"])
    corpus, split = read_reference(source, read)
    used = seed if seed is not None else max(int(kept.signature["seed"]) for kept in (last, anchor) if kept is not None) + 1
    return GateRequest(
        candidate=parsed,
        baseline=last,
        anchor=anchor,
        name=baseline,
        corpus=corpus,
        split=split,
        metrics=metrics_of(last, metrics, spoken),
        language=spoken,
        policy=effective_policy(policy, language=spoken),
        seed=used,
        decoding=decoding_of(last, decoding or {}),
        read=read,
        command=f"{command} --seed {used}" if command else "",
        source=source,
    )


def language_of(baseline: Baseline) -> str:
    """Code or path of the language profile that a baseline was measured with; English where it was made before there were others."""
    return str(baseline.source.get("language", "en"))


def source_of(baseline: Baseline, reference: str | None = None, language: str | None = None) -> dict[str, object]:
    """How a baseline's reference was named and split, with another corpus or language where these are given.

    Raises:
        ModelError: when the baseline does not say.
    """
    source = dict(baseline.source)
    for key, kind in _SOURCE.items():
        if key not in source or not isinstance(source[key], kind) or isinstance(source[key], bool):
            raise ModelError(f"The baseline does not say how its reference was made ({key}).", remedy="Save it again.")
    source["language"] = language or language_of(baseline)
    return source if reference is None else {**source, "reference": reference}


def read_reference(source: Mapping[str, object], read: ReadOptions) -> tuple[Corpus, Split]:
    """The corpus that a source names, split as it says."""
    fraction, seed, held_out = source["fraction"], source["split_seed"], source["held_out"]
    assert isinstance(fraction, float)
    if not 0 < fraction < 1:
        raise UsageError(f"The share that is held out must be above 0 and below 1, not {fraction}.", remedy="See --held-out-share.")
    assert isinstance(seed, int)
    corpus = read_corpus(str(source["reference"]), options=read)
    return corpus, split_corpus(corpus, fraction=fraction, seed=seed, held_out=None if held_out is None else str(held_out))


def metrics_of(baseline: Baseline, patterns: Sequence[str], language: str) -> tuple[Metric, ...]:
    """The metrics of a baseline that match any pattern; without patterns all of them.

    Raises:
        NoVerdict: when it lacks one that was asked for.
    """
    kept = baseline.signature["metrics"]
    known = catalogue(Metric, language=language).values()
    chosen = (
        select(patterns, kind=Metric, language=language) if patterns else tuple(metric for metric in known if metric.id in kept)
    )
    missing = [metric.id for metric in chosen if metric.id not in kept]
    if missing:
        raise NoVerdict(f"The baseline has no {', '.join(missing)}.", remedy="Save it again with these metrics, or leave them out.")
    return chosen


def decoding_of(baseline: Baseline | None, given: Mapping[str, float | int | None]) -> Decoding:
    """How a baseline was sampled, with what is given in its place."""
    then = baseline.signature if baseline else {}
    values: dict[str, Any] = {
        key: then.get(key) if given.get(key) is None else given[key] for key in ("temperature", "top_k", "top_p")
    }
    return Decoding(**{key: value for key, value in values.items() if value is not None})


def effective_policy(path: Path | None = None, *, language: str = "en") -> Policy:
    """The policy of a file, on top of the configuration's, on top of the language's default."""
    config = find_config()
    policy = policy_of(config, language)
    return read_policy(path, known=_nameable(config, language), base=policy) if path is not None else policy


def policy_of(config: Config, language: str = "en") -> Policy:
    """A configuration's policy on top of the language's default."""
    if config.policy is None:
        return default_policy(language)
    known = _nameable(config, language)
    return parse_policy(config.policy, origin=f"{config.origin} [policy]", known=known, base=default_policy(language))


def _nameable(config: Config, language: str) -> list[str]:
    """The measures that a policy may name: of any language that is shipped or configured, since one policy may serve several baselines."""
    return known_measures(*dict.fromkeys([*languages_of(config), language]))


@dataclass(frozen=True, kw_only=True)
class GateRequest(EvaluationRequest):
    """A candidate to be judged against a baseline, at the baseline's shape.

    The metrics are all in the baseline, and the seed is another than the baseline's, so that the samples are independent.

    Args:
        candidate: the run to be judged.
        baseline: what it is compared with.
        anchor: an older baseline that stays when the other is replaced; None where there is none.
        name: how the baseline is called.
        policy: tiers and margins.
        command: what reproduces the run, for people.
        source: how the reference was named and split, for the baseline that the candidate may become.
    """

    metrics: Sequence[Metric]
    candidate: Candidate
    baseline: Baseline
    anchor: Baseline | None = None
    name: str
    policy: Policy
    command: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)
