"""Estimates what a comparison will take before it begins, `cost_of`: the shape of the passages, time and memory.

The figures come from runs of 0.2 to 60 MB, which docs/benchmarks.md lists. What other programs and servers take is not known before they are asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import generators
from evalkit._util.formatting import bare, duration
from evalkit._util.memory import most_memory
from evalkit.evaluation.candidates import Candidate, Shape, read_samples
from evalkit.evaluation.request import CompareRequest
from evalkit.evaluation.shape import equal_shape
from evalkit.text.canonical import canonical
from evalkit.text.corpus import Corpus

_START = 13.0
"""Seconds that the smallest run takes: imports, the human floor, intervals and tests."""
_PER_CANDIDATE = 2.0
"""Seconds a candidate: fitting an n-gram, sampling and measuring."""
_MANY_CHARS = 5_000_000
"""Characters of a reference beyond which each further one costs less."""
_PER_CHAR, _PER_FURTHER_CHAR = 16e-6, 8e-6
"""Seconds a character of the reference: it is counted, and searched for copies."""
_PRESETS = {"quick": 60.0, "base": 480.0, "large": 3000.0}
"""Seconds that an LSTM trains, by its preset."""
_MEMORY = 650_000_000
_MEMORY_PER_CHAR, _MEMORY_PER_FURTHER_CHAR = 330, 150
_ELSEWHERE = frozenset({"command", "endpoint", "huggingface"})
_UNCERTAINTY = 2.0


@dataclass(frozen=True)
class Cost:
    """What a run will take, roughly.

    Args:
        seconds: between half and twice of these, without what is not known.
        memory: bytes.
        unknown: names of the candidates whose time is not known.
    """

    seconds: float
    memory: int
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        low, high = (bare(duration(self.seconds * factor)) for factor in (1 / _UNCERTAINTY, _UNCERTAINTY))
        more = f", and what {', '.join(self.unknown)} needs, which is not known" if self.unknown else ""
        return f"{low} to {high} on two cores{more}"

    def memory_in_words(self) -> str:
        """Memory beside what this process may have."""
        return f"about {self.memory / 1e9:.1f} GB of {most_memory() / 1e9:.0f} GB"


@dataclass(frozen=True)
class _HeldOut:
    """Held-out text that nothing was counted of."""

    held_out_texts: list[str]


def shape_of(request: CompareRequest) -> Shape:
    """The shape of a comparison, known without counting the reference.

    Raises:
        InputError, UsageError: as the comparison would.
    """
    on_disk = {c.name: read_samples(c, request.read) for c in request.candidates if c.kind == "samples"}
    return equal_shape(request, on_disk, _HeldOut([canonical(document.text) for document in request.split.held_out]))


def cost_of(corpus: Corpus, candidates: Sequence[Candidate]) -> Cost:
    """Time and memory that it takes to judge candidates beside a corpus; an LSTM that is kept from an earlier run takes less."""
    few = min(corpus.n_chars, _MANY_CHARS)
    further = corpus.n_chars - few
    fits = [_fit_seconds(candidate) for candidate in candidates]
    return Cost(
        _START
        + _PER_CHAR * few
        + _PER_FURTHER_CHAR * further
        + _PER_CANDIDATE * len(candidates)
        + sum(seconds or 0.0 for seconds in fits),
        _MEMORY + _MEMORY_PER_CHAR * few + _MEMORY_PER_FURTHER_CHAR * further,
        tuple(candidate.name for candidate, seconds in zip(candidates, fits, strict=True) if seconds is None),
    )


def _fit_seconds(candidate: Candidate) -> float | None:
    """Seconds that fitting takes beside what every candidate takes; None where that is not known."""
    name = candidate.spec.partition(":")[0]
    if candidate.kind != "generator" or name in generators.NAMES.ours.keys() - {*_ELSEWHERE, "lstm"}:
        return 0.0
    if name != "lstm":
        return None
    options = generators.parse_generator(candidate.spec).options
    if "minutes" in options:
        return 60 * float(options["minutes"])
    return _PRESETS.get(options.get("preset", "quick")) if options.keys() <= {"preset", "seed"} else None
