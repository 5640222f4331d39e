"""Makes the library's requests from the options of a command; both `compare` and its relatives go through `evaluation_request`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.cli.options import CorpusOptions, MeasureOptions, ReadingOptions, ShapeOptions, TruncationOptions

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.evaluation.compare import Request


def evaluation_request(
    specs: Sequence[str],
    *,
    corpus: CorpusOptions,
    reading: ReadingOptions,
    measures: MeasureOptions,
    shape: ShapeOptions,
    seed: int,
    sampling: TruncationOptions,
    no_cache: bool,
    pooled: bool = True,
    families: Sequence[str] = (),
    kind: str = "compare",
) -> Request:
    """What is to be compared, with which corpus and on what.

    Args:
        specs: of the candidates.
        corpus, reading, measures, shape, seed, sampling, no_cache: the options of the command.
        pooled: whether measures of all passages together are reported too.
        families: the metrics where none was asked for; all of them unless given.
        kind: of the results.

    Raises:
        UsageError: for a candidate, metric or corpus that is unknown; before anything is fitted.
    """
    # Imported here so that --help and usage errors answer at once.
    from evalkit.evaluation.candidates import parse_candidates
    from evalkit.evaluation.compare import Request
    from evalkit.metrics import select, select_of_generators, select_pooled

    patterns = measures.patterns or families
    metrics = select(patterns, language=measures.language)
    candidates = parse_candidates(specs, cached=not no_cache)
    decoding = sampling.decoding()
    read_corpus, split = corpus.read(reading, seed=seed)
    request = Request(
        candidates=candidates,
        corpus=read_corpus,
        split=split,
        metrics=metrics,
        language=measures.language,
        n_passages=shape.passages,
        n_chars=shape.chars,
        seed=seed,
        decoding=decoding,
        read=reading.for_readers(),
        kind=kind,
    )
    if not pooled:
        return request
    return replace(request, pooled=select_pooled(patterns), of_generators=select_of_generators(measures.patterns))
