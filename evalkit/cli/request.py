"""Makes the library's requests from the options of a command; both `compare` and its relatives go through `evaluation_request`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit.cli.options import CorpusOptions, MeasureOptions, ReadingOptions, ShapeOptions, TruncationOptions

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.evaluation.request import CompareRequest


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
    every_kind: bool = True,
    defaults: Sequence[str] = (),
    kind: str = "compare",
) -> CompareRequest:
    """The request that the options of a command describe.

    Args:
        specs: of the candidates.
        corpus, reading, measures, shape, seed, sampling, no_cache: the options of the command.
        every_kind: whether metrics of all passages together and of generators are reported too, not only those of the passage.
        defaults: the metrics where none was asked for; all of them unless given.
        kind: of the results.

    Raises:
        UsageError: for a candidate, metric or corpus that is unknown; before anything is fitted.
    """
    # Imported here so that --help and usage errors answer at once.
    from evalkit.evaluation.candidates import parse_candidates
    from evalkit.evaluation.request import CompareRequest
    from evalkit.metrics import Declaration, Metric, select

    patterns = measures.patterns or defaults
    metrics = select(patterns, kind=Declaration if every_kind else Metric, language=measures.language)
    candidates = parse_candidates(specs, cached=not no_cache)
    decoding = sampling.decoding()
    read_corpus, split = corpus.read(reading)
    return CompareRequest(
        candidates=candidates,
        corpus=read_corpus,
        split=split,
        metrics=metrics,
        language=measures.language,
        n_passages=shape.passages,
        n_chars=shape.chars,
        seed=seed,
        decoding=decoding,
        read=corpus.for_readers(reading),
        cached=not no_cache,
        kind=kind,
    )
