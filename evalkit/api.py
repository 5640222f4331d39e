"""Runs evaluations from Python: `compare`, `score`, `audit`, `gate` and `sweep` take names, paths, specifications or plain lists of texts.

They read no configuration file and write nothing to disk; the command line does both. All of them return `Results`, which show themselves in a
notebook, become a pandas table by `to_frame()`, a figure by `plot()` and a file by `save(path)`.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from evalkit.errors import UsageError
from evalkit.evaluation.candidates import Candidate, fitted_candidate, parse_candidate, parse_candidates, texts_candidate
from evalkit.text.documents import Corpus, Document
from evalkit.text.io.options import ReadOptions
from evalkit.text.split import HELD_OUT_SHARE
from generators.base import Decoding, Generator, Progress, silent

if TYPE_CHECKING:
    from distributed import Client

    from evalkit.engines import Engine
    from evalkit.evaluation.request import CompareRequest
    from evalkit.gating.baseline import Baseline
    from evalkit.gating.policy import Policy
    from evalkit.results import Results

TextsLike: TypeAlias = Iterable[str] | Iterable[Mapping[str, Any]]
"""Texts, or records with a text in one of their fields: a list, a `datasets.Dataset`, or whatever yields them one at a time, to its end."""
CandidateLike: TypeAlias = str | os.PathLike[str] | TextsLike | Generator
"""A specification (`ngram:order=8`), a path of samples, the samples themselves, one text a passage, or a fitted generator."""
CandidatesLike: TypeAlias = (
    Mapping[str, CandidateLike] | Sequence[str | os.PathLike[str] | Generator] | str | os.PathLike[str] | Generator
)
"""Candidates by name; or a list of specifications, paths and fitted generators; or one of these.

A list is always a list of candidates, and texts always have a name: `{"mine": texts}`.
"""
ReferenceLike: TypeAlias = str | os.PathLike[str] | TextsLike | Mapping[str, str] | Corpus
"""A corpus by name or path, its texts (one a document), its texts by document id, or a `Corpus`."""

BaselineLike: TypeAlias = "str | os.PathLike[str] | Baseline | TextsLike"
"""A baseline by name or file, a `Baseline`, or the texts of an accepted run, one a passage."""

TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)


def compare(
    candidates: CandidatesLike | None = None,
    *,
    reference: ReferenceLike = "embedded",
    group: str | None = None,
    held_out: str | None = None,
    held_out_share: float = HELD_OUT_SHARE,
    split_seed: int = 0,
    language: str = "en",
    metrics: str | Iterable[str] = (),
    passages: int | None = None,
    chars: int | None = None,
    seed: int = 0,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    read: ReadOptions | None = None,
    cached: bool = True,
    jobs: int = 1,
    client: Client | None = None,
    progress: Progress = silent,
) -> Results:
    """Compares generators or samples with a reference corpus.

    Args:
        candidates: a mapping from names to specifications, paths, lists of texts or fitted generators; or a list of specifications and
            paths, such as `"ngram:order=8"` or `"new=runs/new.jsonl"`, and fitted generators. None compares the default
            generators, without the LSTM where TensorFlow is not installed.
        reference: a corpus by name or path, a list of texts (one a document), a mapping from document ids to texts, or a `Corpus`.
        group: documents of the reference that belong together, such as the chapters of a book: a field of its records, a pattern over ids with
            one group in parentheses such as `(.+)-ch`, "auto" for numbered names and folders, or "none"; see `evalkit.text.groups.grouped`. None
            keeps the groups that a `Corpus` has, and otherwise groups what is clearly the numbered parts of several texts, with a warning.
        held_out: documents to hold out: a glob over their ids, or `every:10:4`.
        held_out_share: share of the corpus to hold out where `held_out` is None, above 0 and below 1.
        split_seed: chooses the documents to hold out, 0 or above; `seed` does not change them.
        language: code of a language, or the path of a profile.
        metrics: ids, groups, families or patterns such as `order.*`; `"all"` is the whole catalogue, nothing those that are judged.
        passages: passages of each candidate, or samples where they are on disk or in memory; None takes as many as all of them have.
        chars: characters of each passage; None takes that of the samples, or 1,000. Longer samples are cut into pieces, which are all judged.
        seed: fixes everything random but the split, 0 or above.
        temperature, top_k, top_p: how generators sample.
        read: how files and records are read, such as `ReadOptions(text_field="completion")`.
        cached: whether generators that are slow to fit, and the counts of the reference, come from the cache of earlier runs.
        jobs: processes that draw and score candidates side by side; results do not depend on it.
        client: of `dask.distributed`, on whose cluster candidates are drawn and scored; results do not depend on it.
        progress: called now and then with a message, the work done so far, and all of the work.

    Raises:
        EvalkitError: when something that was given cannot be used; the message says what to do.

    >>> import evalkit
    >>> mine = ["The lamp was lit at dusk, and the keeper went down to the water. " * 8] * 6
    >>> results = evalkit.compare({"mine": mine, "noise": "unigram"}, metrics="letters.jsd", passages=6, chars=300)
    >>> [row.candidate for row in results.results]
    ['mine', 'noise']
    """
    from evalkit.evaluation.compare import compare as run
    from evalkit.evaluation.defaults import default_candidates
    from evalkit.metrics import main_metrics

    chosen, notes = default_candidates() if candidates is None else (candidates, [])
    request = _request(
        _candidates(chosen, cached=cached, read=read),
        "compare",
        reference=reference,
        group=group,
        held_out=held_out,
        held_out_share=held_out_share,
        split_seed=split_seed,
        language=language,
        metrics=_patterns(metrics) or main_metrics(language),
        passages=passages,
        chars=chars,
        seed=seed,
        decoding=Decoding(temperature=temperature, top_k=top_k, top_p=top_p),
        read=read,
        cached=cached,
        engine=_engine(jobs, client),
    )
    return run(replace(request, notes=notes), progress=progress).results


def score(
    samples: CandidateLike,
    *,
    reference: ReferenceLike = "embedded",
    group: str | None = None,
    held_out: str | None = None,
    held_out_share: float = HELD_OUT_SHARE,
    split_seed: int = 0,
    language: str = "en",
    metrics: str | Iterable[str] = (),
    passages: int | None = None,
    chars: int | None = None,
    seed: int = 0,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    read: ReadOptions | None = None,
    cached: bool = True,
    jobs: int = 1,
    client: Client | None = None,
    progress: Progress = silent,
) -> Results:
    """Scores one candidate against a reference corpus, metric by metric.

    Args:
        samples: texts or records, one a passage, as a list or one at a time; a path of samples; a specification; or a fitted generator.
        metrics: ids, groups, families or patterns; nothing takes the whole catalogue.
        reference, group, held_out, held_out_share, split_seed, language: as for `compare`.
        passages, chars, seed, temperature, top_k, top_p, read: as for `compare`.
        cached, jobs, client, progress: as for `compare`.

    Raises:
        EvalkitError: when something that was given cannot be used; the message says what to do.

    >>> import evalkit
    >>> texts = [tale.text[:800] for tale in evalkit.read_corpus().documents]
    >>> evalkit.score(texts, metrics="wordlen.mean").row("texts", "wordlen.mean").n_units
    18
    """
    from evalkit.evaluation.compare import compare as run

    request = _request(
        [_candidate("texts", samples, cached=cached, read=read)],
        "score",
        reference=reference,
        group=group,
        held_out=held_out,
        held_out_share=held_out_share,
        split_seed=split_seed,
        language=language,
        metrics=_patterns(metrics),
        passages=passages,
        chars=chars,
        seed=seed,
        decoding=Decoding(temperature=temperature, top_k=top_k, top_p=top_p),
        read=read,
        cached=cached,
        engine=_engine(jobs, client),
    )
    return run(request, progress=progress).results


def audit(
    samples: str | os.PathLike[str] | TextsLike,
    *,
    reference: ReferenceLike = "embedded",
    group: str | None = None,
    held_out: str | None = None,
    held_out_share: float = HELD_OUT_SHARE,
    split_seed: int = 0,
    seed: int = 0,
    read: ReadOptions | None = None,
) -> Results:
    """Says what is wrong with samples as files of text: empty, copied, cut off, looping, misread; before any style is measured.

    Every `compare`, `score`, `gate` and `sweep` does the same before anything else; see docs/reference/audit.md.

    Args:
        samples: texts or records, one a passage, as a list or one at a time; or a path of samples.
        reference: what is ordinary, and the human text to compare with; as for `compare`.
        group, held_out, held_out_share, split_seed, seed, read: as for `compare`.

    Raises:
        EvalkitError: when something that was given cannot be used; the message says what to do.

    >>> import evalkit
    >>> texts = [f"The keeper counted {i} strokes of the bell before the lamp went out." for i in range(40)] + ["", "null"]
    >>> found = evalkit.audit(texts).audit.candidates[0].found
    >>> [(finding.metric, finding.n) for finding in found]
    [('audit.empty', 1), ('audit.error', 1), ('audit.near_identical', 39)]
    """
    from evalkit.evaluation.audit import audit_samples
    from evalkit.text.split import split_corpus

    read = _reading(read, group)
    corpus = _corpus(reference, read.group, read)
    split = split_corpus(corpus, fraction=held_out_share, seed=split_seed, held_out=held_out)
    return audit_samples(_candidate("texts", samples, cached=True, read=read), corpus, split, read=read, seed=seed)


def sweep(
    candidate: str | Generator,
    temperatures: Iterable[float] = TEMPERATURES,
    *,
    reference: ReferenceLike = "embedded",
    group: str | None = None,
    held_out: str | None = None,
    held_out_share: float = HELD_OUT_SHARE,
    split_seed: int = 0,
    language: str = "en",
    metrics: str | Iterable[str] = (),
    passages: int | None = None,
    chars: int | None = None,
    seed: int = 0,
    top_k: int | None = None,
    top_p: float | None = None,
    read: ReadOptions | None = None,
    cached: bool = True,
    progress: Progress = silent,
) -> Results:
    """Samples one generator at several temperatures, and scores each as a candidate of its own.

    Args:
        candidate: a generator by its specification, a saved model as `model:FOLDER`, or a fitted generator.
        temperatures: each above 0.
        metrics: ids, groups, families or patterns; nothing takes the whole catalogue.
        reference, group, held_out, held_out_share, split_seed, language, passages, chars, seed, top_k, top_p, read, cached, progress: as for `compare`.

    Raises:
        EvalkitError: when something that was given cannot be used, or the candidate cannot be sampled anew.

    >>> import evalkit
    >>> results = evalkit.sweep("ngram:order=3", [0.7, 1.0], metrics="letters.jsd", passages=6, chars=300)
    >>> [candidate["name"] for candidate in results.candidates]
    ['ngram:order=3 at 0.7', 'ngram:order=3 at 1']
    """
    from evalkit.gating.sweep import sweep as run

    request = _request(
        [_candidate("texts", candidate, cached=cached)],
        "sweep",
        reference=reference,
        group=group,
        held_out=held_out,
        held_out_share=held_out_share,
        split_seed=split_seed,
        language=language,
        metrics=_patterns(metrics),
        passages=passages,
        chars=chars,
        seed=seed,
        decoding=Decoding(top_k=top_k, top_p=top_p),
        read=read,
        cached=cached,
    )
    return run(request, sorted(set(temperatures)), progress=progress).results


def gate(
    candidate: CandidateLike,
    baseline: BaselineLike,
    *,
    policy: str | os.PathLike[str] | Policy | None = None,
    reference: ReferenceLike | None = None,
    group: str | None = None,
    language: str | None = None,
    metrics: str | Iterable[str] = (),
    max_passages: int | None = None,
    seed: int | None = None,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    read: ReadOptions | None = None,
    cached: bool = True,
    jobs: int = 1,
    client: Client | None = None,
    progress: Progress = silent,
) -> Results:
    """Decides whether a candidate has become worse than a baseline; `results.verdict` says PASS, REGRESSION, INCONCLUSIVE or NOT COMPARABLE.

    Args:
        candidate: a specification, a path of samples, a list of texts, one a passage, or a fitted generator.
        baseline: a name among the baselines in `.evalkit/baselines`, a file, a `Baseline`, or the texts of an accepted run, one a passage.
        policy: a policy, or the file of one; None takes the default one. No configuration file is read.
        reference: as for `compare`; None takes the baseline's, which is the embedded corpus where the baseline is given as texts.
        group: as for `compare`; None takes what grouped the baseline's documents.
        language: code of a language, or the path of a profile; None takes the baseline's.
        metrics: ids, groups, families or patterns; nothing takes all that the baseline has.
        max_passages: passages of a generator that are drawn at most, in stages, while nothing is decided; None draws as many as the baseline
            keeps, and 1 looks once.
        seed: of sampling; None takes one that the baseline did not use.
        temperature, top_k, top_p: how a generator samples; None takes the baseline's.
        read, cached, jobs, client, progress: as for `compare`.

    Raises:
        NoVerdict: when there is no such baseline, or it lacks a metric that was asked for, or it has too few texts.
        EvalkitError: when anything else that was given cannot be used.

    >>> import evalkit
    >>> tales = [document.text for document in evalkit.read_corpus().documents]
    >>> before = [tale[:1000] for tale in tales] + [tale[1000:2000] for tale in tales]
    >>> after = [text.replace("e", "x") for text in before]
    >>> results = evalkit.gate(after, before, metrics="letters.jsd")
    >>> results.verdict, results.exit_code
    ('REGRESSION', 1)
    """
    from evalkit.gating.policy import Policy
    from evalkit.gating.request import gate_request
    from evalkit.gating.run import gate as run

    corpus = os.fspath(reference) if isinstance(reference, os.PathLike) else reference
    corpus = corpus if corpus is None or isinstance(corpus, str) else _given(corpus, _reading(read, group))
    if not isinstance(baseline, str | os.PathLike) and isinstance(baseline, Iterable):
        corpus = _corpus("embedded" if corpus is None else corpus, group, read)
        baseline = _baseline_of(
            baseline, corpus, group, read, language=language or "en", metrics=_patterns(metrics), progress=progress
        )
    request = gate_request(
        _candidate("texts", candidate, cached=cached, read=read),
        baseline=os.fspath(baseline) if isinstance(baseline, str | os.PathLike) else baseline,
        policy=policy if policy is None or isinstance(policy, Policy) else Path(policy),
        reference=corpus,
        group=group,
        language=language,
        metrics=_patterns(metrics),
        seed=seed,
        decoding={"temperature": temperature, "top_k": top_k, "top_p": top_p},
        read=read,
        most_passages=max_passages,
        engine=_engine(jobs, client),
    )
    return run(request, progress=progress).outcome.results


def read_results(path: str | os.PathLike[str]) -> Results:
    """The results of an earlier run.

    Args:
        path: a results.json, or the folder of a run.

    Raises:
        ModelError: when the file is missing, damaged or no results.

    >>> import evalkit, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     evalkit.score(["The lamp was lit at dusk. " * 12] * 6, metrics="wordlen.mean").save(f"{folder}/results.json")
    ...     evalkit.read_results(folder).row("texts", "wordlen.mean").status
    'measured'
    """
    from evalkit.results import read

    return read(Path(path))


def _baseline_of(
    texts: TextsLike,
    corpus: Corpus,
    group: str | None,
    read: ReadOptions | None,
    *,
    language: str,
    metrics: Sequence[str],
    progress: Progress,
) -> Baseline:
    """The baseline that texts in memory make; nothing is kept on disk."""
    from evalkit.gating.saving import make_baseline

    candidate = _candidate("texts", texts, cached=True, read=read)
    request = _request(
        [candidate],
        "compare",
        reference=corpus,
        group=group,
        held_out=None,
        held_out_share=HELD_OUT_SHARE,
        split_seed=0,
        language=language,
        metrics=metrics,
        passages=len(candidate.passages or ()),
        chars=None,
        seed=0,
        decoding=Decoding(),
        read=None,
        cached=True,
    )
    source = {
        "reference": corpus.name,
        "held_out": None,
        "fraction": HELD_OUT_SHARE,
        "split_seed": 0,
        "language": language,
        "group": group,
    }
    return make_baseline(request, source=source, progress=progress)[1]


def _request(
    candidates: Sequence[Candidate],
    kind: str,
    *,
    reference: ReferenceLike,
    group: str | None,
    held_out: str | None,
    held_out_share: float,
    split_seed: int,
    language: str,
    metrics: Sequence[str],
    passages: int | None,
    chars: int | None,
    seed: int,
    decoding: Decoding,
    read: ReadOptions | None,
    cached: bool,
    engine: Engine | None = None,
) -> CompareRequest:
    """The request that the options of `compare`, `score` and `sweep` ask for."""
    from evalkit.evaluation.request import CompareRequest
    from evalkit.metrics import select
    from evalkit.text.split import split_corpus

    selected = select(metrics, language=language)  # a wrong id is reported before a long corpus is read
    read = _reading(read, group)
    corpus = _corpus(reference, read.group, read)
    return CompareRequest(
        candidates=candidates,
        kind=kind,
        corpus=corpus,
        split=split_corpus(corpus, fraction=held_out_share, seed=split_seed, held_out=held_out),
        metrics=selected,
        language=language,
        n_passages=passages,
        n_chars=chars,
        seed=seed,
        decoding=decoding,
        read=read,
        cached=cached,
        engine=engine,
    )


def _engine(jobs: int, client: Client | None) -> Engine | None:
    """What draws and scores candidates side by side; None where this process does it alone."""
    if jobs == 1 and client is None:
        return None
    from evalkit.engines import engine_of

    return engine_of(jobs, client)


def _reading(read: ReadOptions | None, group: str | None) -> ReadOptions:
    """How files are read, with what groups documents."""
    read = read or ReadOptions()
    return read if group is None else replace(read, group=group)


def _patterns(metrics: str | Iterable[str]) -> tuple[str, ...]:
    return (metrics,) if isinstance(metrics, str) else tuple(metrics)


def _corpus(reference: ReferenceLike, group: str | None, read: ReadOptions | None) -> Corpus:
    """The reference, read if it is not in memory, with its groups."""
    from evalkit.text.corpus import read_corpus
    from evalkit.text.groups import grouped

    if isinstance(reference, str | os.PathLike):
        return read_corpus(reference, options=_reading(read, group))
    return grouped(_given(reference, _reading(read, group)), group)


def _given(reference: TextsLike | Mapping[str, str] | Corpus, read: ReadOptions) -> Corpus:
    """A reference in memory, as it was given."""
    from evalkit.text.io.given import GivenReader

    if isinstance(reference, Corpus):
        return reference
    if isinstance(reference, Mapping):
        return Corpus("texts", tuple(Document(str(id_), _text(str(id_), text)) for id_, text in reference.items()))
    items = iter(reference)
    first = next(items, None)
    whole = () if first is None else itertools.chain([first], items)
    if isinstance(first, Mapping):
        reader = GivenReader("texts", whole, options=read)
        documents = tuple(reader.documents())  # the reports are there once all is read
        return Corpus("texts", documents, read=tuple(reader.reports))
    return Corpus("texts", tuple(Document(f"{i:04d}", _text(f"{i:04d}", text)) for i, text in enumerate(whole)))


def _text(id_: str, text: object) -> str:
    """The text of a document in memory."""
    if not isinstance(text, str):
        raise UsageError(
            f'The document "{id_}" of the reference is of the type {type(text).__name__}.',
            remedy='Give the texts as strings, or as records such as {"text": "..."}, one a document; or one path.',
        )
    return text


def _candidates(given: CandidatesLike, *, cached: bool, read: ReadOptions | None) -> list[Candidate]:
    if isinstance(given, Mapping):
        return [replace(_candidate(name, candidate, cached=cached, read=read), name=name) for name, candidate in given.items()]
    candidates = []
    for candidate in [given] if isinstance(given, str | os.PathLike | Generator) else given:
        if not isinstance(candidate, str | os.PathLike | Generator):
            raise UsageError(
                f"A candidate without a name is of the type {type(candidate).__name__}.",
                remedy='Name texts: compare({"mine": texts}).',
            )
        if isinstance(candidate, str) and _reads_like_text(candidate):
            raise UsageError(
                f'"{candidate[:40]} ..." is neither a specification nor a path.', remedy='Name texts: compare({"mine": texts}).'
            )
        candidates.append(candidate)
    if not any(isinstance(candidate, Generator) for candidate in candidates):
        # All at once, so that all wrong specifications are reported together.
        return parse_candidates([os.fspath(spec) for spec in candidates if not isinstance(spec, Generator)], cached=cached)
    parsed = [_candidate("texts", candidate, cached=cached, read=read) for candidate in candidates]
    names = [candidate.name for candidate in parsed]
    if len(set(names)) < len(names):
        raise UsageError(f"Two candidates have one name: {', '.join(names)}.", remedy='Name them: compare({"mine": generator}).')
    return parsed


def _reads_like_text(spec: str) -> bool:
    """Whether a text is given where a specification is expected: several words, and no sign of a path or of a generator's options."""
    return len(spec.split()) > 4 and not any(mark in spec for mark in "/\\:=*")


def _candidate(name: str, given: CandidateLike, *, cached: bool, read: ReadOptions | None = None) -> Candidate:
    """One candidate of any form; the name is for texts, which have none of their own."""
    if isinstance(given, Generator):
        return fitted_candidate(given.name, given)
    if isinstance(given, str | os.PathLike):
        return parse_candidate(os.fspath(given), cached=cached)
    return texts_candidate(name, given, read=read or ReadOptions())
