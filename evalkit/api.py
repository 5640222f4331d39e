"""Runs evaluations from Python: `compare`, `score`, `gate` and `sweep` take names, paths, specifications or plain lists of texts.

They read no configuration file and write nothing to disk; the command line does both. All of them return `Results`, which show themselves in a
notebook, become a pandas table by `to_frame()`, a figure by `plot()` and a file by `save(path)`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from evalkit.errors import UsageError
from evalkit.evaluation.candidates import Candidate, parse_candidate, parse_candidates, texts_candidate
from evalkit.text.documents import Corpus, Document
from evalkit.text.io.options import ReadOptions
from evalkit.text.split import HELD_OUT_SHARE
from generators.base import PLAIN, Decoding, Progress, silent

if TYPE_CHECKING:
    from evalkit.gating.baseline import Baseline
    from evalkit.gating.policy import Policy
    from evalkit.results import Results

CandidateLike: TypeAlias = str | os.PathLike[str] | Sequence[str]
"""A specification (`ngram:order=8`), a path of samples, or the samples themselves, one text a passage."""
ReferenceLike: TypeAlias = str | os.PathLike[str] | Sequence[str] | Mapping[str, str] | Corpus
"""A corpus by name or path, its texts (one a document), its texts by document id, or a `Corpus`."""

TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)


def compare(
    candidates: Mapping[str, CandidateLike] | Sequence[str | os.PathLike[str]] | str | os.PathLike[str] | None = None,
    *,
    reference: ReferenceLike = "embedded",
    held_out: str | None = None,
    held_out_share: float = HELD_OUT_SHARE,
    language: str = "en",
    metrics: str | Iterable[str] = (),
    passages: int | None = None,
    chars: int | None = None,
    seed: int = 0,
    decoding: Decoding = PLAIN,
    read: ReadOptions | None = None,
    cached: bool = True,
    progress: Progress = silent,
) -> Results:
    """Compares generators or samples with a reference corpus.

    Args:
        candidates: a mapping from names to specifications, paths or lists of texts; or a list of specifications and paths, such as
            `"ngram:order=8"` or `"new=runs/new.jsonl"`. None compares the default generators.
        reference: a corpus by name or path, a list of texts (one a document), a mapping from document ids to texts, or a `Corpus`.
        held_out: documents to hold out: a glob over their ids, or `every:10:4`.
        held_out_share: share of the corpus to hold out where `held_out` is None, above 0 and below 1.
        language: code of a language, or the path of a profile.
        metrics: ids, families or patterns such as `order.*`; `"all"` is the whole catalogue, nothing the headline families.
        passages: passages of each candidate; None takes as many as all of them have.
        chars: characters of each passage; None takes the length that all of them have, at most 1,000.
        seed: fixes everything random, 0 or above.
        decoding: how generators sample.
        read: how files are read, such as `ReadOptions(text_field="completion")`.
        cached: whether generators that are slow to fit come from the cache of fitted ones.
        progress: called now and then with a message, the work done and the whole.

    Raises:
        EvalkitError: when something that was given cannot be used; the message says what to do.

    >>> import evalkit
    >>> mine = ["The lamp was lit at dusk, and the keeper went down to the water. " * 8] * 6
    >>> results = evalkit.compare({"mine": mine, "noise": "unigram"}, metrics="letters.jsd", passages=6, chars=300)
    >>> [row.candidate for row in results.results]
    ['mine', 'noise']
    """
    from evalkit.evaluation.compare import DEFAULT_CANDIDATES
    from evalkit.evaluation.compare import compare as run
    from evalkit.evaluation.request import CompareRequest
    from evalkit.metrics import main_families

    patterns = _patterns(metrics) or main_families(language)
    parsed = _candidates(DEFAULT_CANDIDATES if candidates is None else candidates, cached=cached)
    facts = _evaluation(
        reference, patterns, language=language, held_out=held_out, held_out_share=held_out_share, seed=seed, read=read
    )
    request = CompareRequest(candidates=parsed, n_passages=passages, n_chars=chars, decoding=decoding, **facts)
    return run(request, progress=progress).results


def score(
    samples: CandidateLike,
    *,
    reference: ReferenceLike = "embedded",
    held_out: str | None = None,
    held_out_share: float = HELD_OUT_SHARE,
    language: str = "en",
    metrics: str | Iterable[str] = (),
    passages: int | None = None,
    chars: int | None = None,
    seed: int = 0,
    decoding: Decoding = PLAIN,
    read: ReadOptions | None = None,
    cached: bool = True,
    progress: Progress = silent,
) -> Results:
    """Scores one candidate against a reference corpus, metric by metric.

    Args:
        samples: a list of texts, one a passage; a path of samples; or a specification.
        metrics: ids, families or patterns; nothing takes the whole catalogue.
        reference, held_out, held_out_share, language, passages, chars, seed, decoding, read, cached, progress: as for `compare`.

    Raises:
        EvalkitError: when something that was given cannot be used; the message says what to do.

    >>> import evalkit
    >>> texts = [f"The keeper counted {i} strokes of the bell before the lamp went out." for i in range(40)]
    >>> evalkit.score(texts, metrics="wordlen.mean").row("texts", "wordlen.mean").n_units
    40
    """
    from evalkit.evaluation.compare import compare as run
    from evalkit.evaluation.request import CompareRequest

    parsed = [_candidate("texts", samples, cached=cached)]
    patterns = _patterns(metrics)
    facts = _evaluation(
        reference, patterns, language=language, held_out=held_out, held_out_share=held_out_share, seed=seed, read=read
    )
    request = CompareRequest(candidates=parsed, kind="score", n_passages=passages, n_chars=chars, decoding=decoding, **facts)
    return run(request, progress=progress).results


def sweep(
    spec: str,
    temperatures: Iterable[float] = TEMPERATURES,
    *,
    reference: ReferenceLike = "embedded",
    held_out: str | None = None,
    held_out_share: float = HELD_OUT_SHARE,
    language: str = "en",
    metrics: str | Iterable[str] = (),
    passages: int | None = None,
    chars: int | None = None,
    seed: int = 0,
    decoding: Decoding = PLAIN,
    read: ReadOptions | None = None,
    cached: bool = True,
    progress: Progress = silent,
) -> Results:
    """Samples one generator at several temperatures, and scores each as a candidate of its own.

    Args:
        spec: a generator, or a saved model as `model:FOLDER`.
        temperatures: each above 0.
        metrics: ids, families or patterns; nothing takes the whole catalogue.
        reference, held_out, held_out_share, language, passages, chars, seed, decoding, read, cached, progress: as for `compare`.

    Raises:
        EvalkitError: when something that was given cannot be used, or the candidate cannot be sampled anew.

    >>> import evalkit
    >>> results = evalkit.sweep("ngram:order=3", [0.7, 1.0], metrics="letters.jsd", passages=6, chars=300)
    >>> [candidate["name"] for candidate in results.candidates]
    ['ngram:order=3 at 0.7', 'ngram:order=3 at 1']
    """
    from evalkit.evaluation.request import CompareRequest
    from evalkit.evaluation.sweep import sweep as run

    parsed = [parse_candidate(spec, cached=cached)]
    patterns = _patterns(metrics)
    facts = _evaluation(
        reference, patterns, language=language, held_out=held_out, held_out_share=held_out_share, seed=seed, read=read
    )
    request = CompareRequest(candidates=parsed, kind="sweep", n_passages=passages, n_chars=chars, decoding=decoding, **facts)
    return run(request, sorted(set(temperatures)), progress=progress).results


def gate(
    candidate: CandidateLike,
    baseline: str | os.PathLike[str] | Baseline,
    *,
    policy: str | os.PathLike[str] | Policy | None = None,
    reference: ReferenceLike | None = None,
    language: str | None = None,
    metrics: str | Iterable[str] = (),
    seed: int | None = None,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    read: ReadOptions | None = None,
    cached: bool = True,
    progress: Progress = silent,
) -> Results:
    """Decides whether a candidate has become worse than a baseline; `results.verdict` says PASS, REGRESSION, INCONCLUSIVE or NOT COMPARABLE.

    Args:
        candidate: a specification, a path of samples, or a list of texts, one a passage.
        baseline: a name among the baselines in `.evalkit/baselines`, a file, or a baseline that was read.
        policy: a policy, or the file of one; None takes the default one. No configuration file is read.
        reference: the corpus, where it does not lie where the baseline found it; as for `compare`.
        language: code of a language, or the path of a profile; None takes the baseline's.
        metrics: ids, families or patterns; nothing takes all that the baseline has.
        seed: of sampling; None takes one that the baseline did not use.
        temperature, top_k, top_p: how a generator samples; None takes the baseline's.
        read, cached, progress: as for `compare`.

    Raises:
        NoVerdict: when there is no such baseline, or it lacks a metric that was asked for.
        EvalkitError: when anything else that was given cannot be used.

    >>> import evalkit
    >>> evalkit.gate("ngram:order=3", "no-such-baseline")
    Traceback (most recent call last):
    ...
    evalkit.errors.NoVerdict: There is no baseline "no-such-baseline" in .evalkit/baselines.
    Save one with: evalkit baseline save no-such-baseline CANDIDATE
    """
    from evalkit.gating.policy import Policy
    from evalkit.gating.request import gate_request
    from evalkit.gating.run import gate as run

    request = gate_request(
        _candidate("texts", candidate, cached=cached),
        baseline=os.fspath(baseline) if isinstance(baseline, str | os.PathLike) else baseline,
        policy=policy if policy is None or isinstance(policy, Policy) else Path(policy),
        reference=reference if reference is None or isinstance(reference, str) else _corpus(reference, read),
        language=language,
        metrics=_patterns(metrics),
        seed=seed,
        decoding={"temperature": temperature, "top_k": top_k, "top_p": top_p},
        read=read,
    )
    return run(request, progress=progress).outcome.results


def read_results(path: str | os.PathLike[str]) -> Results:
    """The results of an earlier run.

    Args:
        path: a results.json, or the folder of a run.

    Raises:
        ModelError: when the file is missing, damaged or no results.

    >>> import evalkit
    >>> evalkit.read_results("reports/no-such-run")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    evalkit.errors.ModelError: ...
    """
    from evalkit.results import read

    return read(Path(path))


def _evaluation(
    reference: ReferenceLike,
    patterns: Sequence[str],
    *,
    language: str,
    held_out: str | None,
    held_out_share: float,
    seed: int,
    read: ReadOptions | None,
) -> dict[str, Any]:
    """The fields of a request that depend on more than one option."""
    from evalkit.metrics import select
    from evalkit.text.split import split_corpus

    chosen = select(patterns, language=language)  # a wrong id is known at once, before a long corpus is read
    corpus = _corpus(reference, read)
    return {
        "corpus": corpus,
        "split": split_corpus(corpus, fraction=held_out_share, seed=seed, held_out=held_out),
        "metrics": chosen,
        "language": language,
        "seed": seed,
        "read": read or ReadOptions(),
    }


def _patterns(metrics: str | Iterable[str]) -> tuple[str, ...]:
    return (metrics,) if isinstance(metrics, str) else tuple(metrics)


def _corpus(reference: ReferenceLike, read: ReadOptions | None) -> Corpus:
    from evalkit.text.corpus import read_corpus

    if isinstance(reference, Corpus):
        return reference
    if isinstance(reference, str | os.PathLike):
        return read_corpus(reference, options=read or ReadOptions())
    texts = reference if isinstance(reference, Mapping) else {f"{i:04d}": text for i, text in enumerate(reference)}
    for id_, text in texts.items():
        if not isinstance(text, str):
            raise UsageError(
                f'The document "{id_}" of the reference is of the type {type(text).__name__}.',
                remedy="Give the texts as strings, one a document, or one path.",
            )
    return Corpus("texts", tuple(Document(str(id_), text) for id_, text in texts.items()))


def _candidates(
    given: Mapping[str, CandidateLike] | Sequence[str | os.PathLike[str]] | str | os.PathLike[str], *, cached: bool
) -> list[Candidate]:
    if isinstance(given, Mapping):
        return [_candidate(name, candidate, cached=cached, renamed=True) for name, candidate in given.items()]
    specs = [given] if isinstance(given, str | os.PathLike) else list(given)
    for spec in specs:
        if not isinstance(spec, str | os.PathLike):
            raise UsageError(
                f"A candidate without a name is of the type {type(spec).__name__}.",
                remedy='Name texts: compare({"mine": texts}).',
            )
        if isinstance(spec, str) and _reads_like_text(spec):
            raise UsageError(
                f'"{spec[:40]} ..." is neither a specification nor a path.', remedy='Name texts: compare({"mine": texts}).'
            )
    return parse_candidates([os.fspath(spec) for spec in specs], cached=cached)


def _reads_like_text(spec: str) -> bool:
    """Whether a text stands where a specification is expected: several words, and no sign of a path or of a generator's options."""
    return len(spec.split()) > 4 and not any(mark in spec for mark in "/\\:=*")


def _candidate(name: str, given: CandidateLike, *, cached: bool, renamed: bool = False) -> Candidate:
    """One candidate of any form; texts get the name, and so does everything else where it is to be renamed."""
    if not isinstance(given, str | os.PathLike):
        return texts_candidate(name, given)
    parsed = parse_candidate(os.fspath(given), cached=cached)
    return replace(parsed, name=name) if renamed else parsed
