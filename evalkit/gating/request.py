"""Makes the request of a gate (`gate_request`): reference, split, metrics and sampling come from the baseline unless given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.config import NO_CONFIG, Config, languages_of
from evalkit.errors import ModelError, NoVerdict, UsageError
from evalkit.evaluation.candidates import Candidate, parse_candidate
from evalkit.evaluation.request import EvaluationRequest
from evalkit.gating.baseline import Baseline, Store
from evalkit.gating.measures import known_measures
from evalkit.gating.policy import Policy, default_policy, parse_policy, read_policy
from evalkit.inference import doubling
from evalkit.metrics import catalogue, select
from evalkit.metrics.base import Metric
from evalkit.text.corpus import Corpus, Split, read_corpus, split_corpus
from evalkit.text.groups import NONE, grouped
from evalkit.text.io.readers import ReadOptions
from generators.base import Decoding

if TYPE_CHECKING:
    from evalkit.engines import Engine

_SOURCE = {"reference": str, "fraction": float, "split_seed": int, "held_out": str | None}


@dataclass(frozen=True, kw_only=True)
class GateRequest(EvaluationRequest):
    """A candidate to be compared with a baseline, at the baseline's shape.

    The metrics are all in the baseline, and the seed is another than the baseline's, so that the samples are independent.

    Args:
        candidate: that may have become worse.
        baseline: what it is compared with.
        anchor: an older baseline that stays when the other is replaced; None where there is none.
        name: of the baseline.
        policy: tiers and margins.
        command: the command that repeats the run, for people.
        source: how the reference was named and split, for the baseline that the candidate may become.
        most_passages: that are drawn while nothing is decided; None draws as many as the baseline keeps.
        engine: draws the candidate while the reference is read, and counts its passages in shards; None does it in this process.
        whole: the baseline with all that it keeps, where `baseline` is the part of it that one look compares with; None elsewhere.
    """

    metrics: Sequence[Metric]
    candidate: Candidate
    baseline: Baseline
    anchor: Baseline | None = None
    name: str
    policy: Policy
    command: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)
    most_passages: int | None = None
    engine: Engine | None = None
    whole: Baseline | None = None

    @property
    def kept(self) -> Baseline:
        """The baseline with all that it keeps."""
        return self.whole or self.baseline

    @property
    def looks(self) -> tuple[int, ...]:
        """The passages of each look, rising."""
        most = self.kept.sizes[-1] if self.most_passages is None else min(self.most_passages, self.kept.sizes[-1])
        return doubling(len(self.kept.tally), most)

    def at(self, n_passages: int) -> GateRequest:
        """The request of one look: baseline and anchor with their first n passages; no anchor where that has fewer."""
        anchor = self.anchor if self.anchor is None or self.anchor.sizes[-1] >= n_passages else None
        return replace(
            self,
            baseline=self.kept.at(n_passages),
            anchor=anchor if anchor is None else anchor.at(n_passages),
            whole=self.kept,
        )


def gate_request(
    candidate: str | Candidate,
    *,
    baseline: str | Baseline,
    policy: Path | Policy | None = None,
    reference: str | Corpus | None = None,
    group: str | None = None,
    language: str | None = None,
    metrics: Sequence[str] = (),
    seed: int | None = None,
    decoding: Mapping[str, float | int | None] | None = None,
    read: ReadOptions | None = None,
    command: str = "",
    most_passages: int | None = None,
    store: Store | None = None,
    config: Config = NO_CONFIG,
    engine: Engine | None = None,
) -> GateRequest:
    """A request whose unset parts come from the baseline.

    Args:
        candidate: a specification, or one that is parsed already.
        baseline: a name in the store, a file, or a baseline that was read.
        policy: a policy, or the file of one, which adds to the configuration's and the default one.
        reference: a corpus, or its name; None takes the one that the baseline names.
        group: what groups its documents (`evalkit.text.groups.grouped`); None takes what grouped the baseline's.
        language: code or path of the language profile; None takes the baseline's.
        metrics: ids or patterns; an empty list takes all that the baseline has.
        seed: of sampling; None takes one that neither baseline nor anchor used.
        decoding: temperature, top_k, top_p; those that are None or missing are the baseline's.
        read: how samples and reference are read.
        command: the command that repeats the gate, without --seed.
        most_passages: that are drawn while nothing is decided; None draws as many as the baseline keeps.
        store: of named baselines.
        config: whose policy the given one adds to; the command line passes its own, a library has none.
        engine: draws and counts; None does it in this process. Results do not depend on it.

    Raises:
        NoVerdict: when there is no such baseline, or it lacks a metric that was asked for.
        UsageError: when anything else that was given cannot be used.
    """
    parsed = parse_candidate(candidate) if isinstance(candidate, str) else candidate
    read = read or ReadOptions()
    last, anchor = (baseline, None) if isinstance(baseline, Baseline) else (store or Store()).load(baseline)
    corpus = reference if isinstance(reference, Corpus) else None
    source = source_of(last, reference.name if isinstance(reference, Corpus) else reference, language, group)
    profile = str(source["language"])
    corpus, split = read_reference(source, read, corpus=corpus)
    if seed is None:
        # With the baseline's own seed a generator would repeat the baseline's passages, and the two samples would not be independent.
        seed = max(int(kept.signature["seed"]) for kept in (last, anchor) if kept is not None) + 1
    return GateRequest(
        candidate=parsed,
        baseline=last,
        anchor=anchor,
        name=baseline if isinstance(baseline, str) else str(last.candidate["name"]),
        corpus=corpus,
        split=split,
        metrics=metrics_of(last, metrics, profile),
        language=profile,
        policy=effective_policy(policy, config=config, language=profile),
        seed=seed,
        decoding=decoding_of(last, decoding or {}),
        read=reading_of(source, read),
        cached=parsed.cached,
        command=f"{command} --seed {seed}" if command else "",
        source=source,
        most_passages=most_passages,
        engine=engine,
    )


def language_of(baseline: Baseline) -> str:
    """Code or path of the language profile that a baseline was measured with."""
    # The oldest baselines do not name it: there was only English.
    return str(baseline.source.get("language", "en"))


def source_of(
    baseline: Baseline, reference: str | None = None, language: str | None = None, group: str | None = None
) -> dict[str, object]:
    """The source of a baseline, how its reference was named, grouped and split, with another corpus, language or group where these are given.

    Raises:
        ModelError: when the baseline does not record it.
    """
    source = dict(baseline.source)
    for key, kind in _SOURCE.items():
        if key not in source or not isinstance(source[key], kind) or isinstance(source[key], bool):
            raise ModelError(f"The baseline does not record how its reference was made ({key}).", remedy="Save it again.")
    source["language"] = language or language_of(baseline)
    # In baselines of before there were groups, every document stood alone.
    kept = source.get("group", NONE)
    source["group"] = group if group is not None else kept if isinstance(kept, str) else None
    return source if reference is None else {**source, "reference": reference}


def read_reference(source: Mapping[str, object], read: ReadOptions, *, corpus: Corpus | None = None) -> tuple[Corpus, Split]:
    """The corpus that a source names, or the one that is given, with the split that the source describes."""
    fraction, seed, held_out = source["fraction"], source["split_seed"], source["held_out"]
    assert isinstance(fraction, float)
    if not 0 < fraction < 1:
        raise UsageError(f"The share that is held out must be above 0 and below 1, not {fraction}.", remedy="See --held-out-share.")
    assert isinstance(seed, int)
    read = reading_of(source, read)
    corpus = grouped(corpus, read.group) if corpus else read_corpus(str(source["reference"]), options=read)
    return corpus, split_corpus(corpus, fraction=fraction, seed=seed, held_out=None if held_out is None else str(held_out))


def reading_of(source: Mapping[str, object], read: ReadOptions) -> ReadOptions:
    """How the reference of a source is read, with what groups its documents."""
    group = source.get("group")
    return replace(read, group=group if isinstance(group, str) else None)


def metrics_of(baseline: Baseline, patterns: Sequence[str], language: str) -> tuple[Metric, ...]:
    """The metrics of a baseline that match any pattern; without patterns all of them.

    Raises:
        NoVerdict: when it lacks one that was asked for.
    """
    kept = baseline.signature["metrics"]
    if not patterns:
        return tuple(metric for metric in catalogue(Metric, language=language).values() if metric.id in kept)
    selected = select(patterns, kind=Metric, language=language)
    missing = [metric.id for metric in selected if metric.id not in kept]
    if missing:
        raise NoVerdict(f"The baseline has no {', '.join(missing)}.", remedy="Save it again with these metrics, or leave them out.")
    return selected


def decoding_of(baseline: Baseline | None, given: Mapping[str, float | int | None]) -> Decoding:
    """How a baseline was sampled, with the given values in place of its own."""
    recorded = baseline.signature if baseline else {}
    values: dict[str, Any] = {
        key: recorded.get(key) if given.get(key) is None else given[key] for key in ("temperature", "top_k", "top_p")
    }
    return Decoding(**{key: value for key, value in values.items() if value is not None})


def effective_policy(given: Path | Policy | None = None, *, config: Config = NO_CONFIG, language: str = "en") -> Policy:
    """The given policy, which adds to a configuration's, which adds to the language's default.

    Args:
        given: a policy, which is used as it is, or the file of one.
        config: of the command line; a library has none.
        language: code or path of the language profile.
    """
    if isinstance(given, Policy):
        return given
    policy = policy_of(config, language)
    return read_policy(given, known=_measures_named(config, language), base=policy) if given is not None else policy


def policy_of(config: Config, language: str = "en") -> Policy:
    """A configuration's policy, which adds to the language's default."""
    if config.policy is None:
        return default_policy(language)
    known = _measures_named(config, language)
    return parse_policy(config.policy, origin=f"{config.origin} [policy]", known=known, base=default_policy(language))


def _measures_named(config: Config, language: str) -> list[str]:
    """The measures that a policy may name."""
    # Those of every language that is shipped or configured, since one policy may serve baselines of several languages.
    return known_measures(*dict.fromkeys([*languages_of(config), language]))
