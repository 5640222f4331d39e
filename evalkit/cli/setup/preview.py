"""Says what a command would do, for `--dry-run`: candidates, reference, shape, outputs, time and memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit._util.urls import without_keys

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.evaluation.candidates import Candidate
    from evalkit.evaluation.request import CompareRequest, EvaluationRequest
    from evalkit.gating.request import GateRequest

NOTHING_DONE = "Dry run: nothing was fitted, measured or written."


def preview_comparison(request: CompareRequest, *, writes: Sequence[str | Path]) -> None:
    """Prints what a comparison, a score or the saving of a baseline would do; `writes` are its files and folders."""
    from evalkit.cli.setup.estimate import shape_of

    _print(
        request,
        request.candidates,
        [*([("note", note) for note in request.notes]), ("passages", f"{shape_of(request)} of each candidate")],
        what=request.kind,
        writes=writes,
    )


def preview_gate(request: GateRequest, *, writes: Sequence[str | Path]) -> None:
    """Prints what a gate would do."""
    from evalkit.gating.policy import GATED

    shape = request.baseline.shape
    gated = sum(request.policy.threshold(metric.id).tier in GATED for metric in request.metrics)
    looks = f"; further looks at {', '.join(map(str, request.looks[1:]))} while undecided" if len(request.looks) > 1 else ""
    lines = [
        ("baseline", f"{request.name}, of {request.baseline.date}"),
        ("passages", f"{count(shape['n_passages'], 'passage')} x {count(shape['n_chars'], 'character')}{looks}"),
        ("decides by", count(gated, "gated measure")),
    ]
    _print(request, [request.candidate], lines, what="gate", writes=writes)


def _print(
    request: EvaluationRequest,
    candidates: Sequence[Candidate],
    lines: Sequence[tuple[str, str]],
    *,
    what: str,
    writes: Sequence[str | Path],
) -> None:
    from evalkit.cli.setup.estimate import cost_of

    cost = cost_of(request.corpus, candidates)
    held_out = f"{len(request.split.held_out)} of {count(len(request.corpus.documents), 'document')} held out"
    rows = [
        ("would", what),
        *((f"{candidate.kind}", f"{candidate.name} ({without_keys(candidate.spec)})") for candidate in candidates),
        ("reference", f"{request.corpus.name}, {count(request.corpus.n_chars, 'character')}, {held_out}"),
        *lines,
        ("measures", str(len(request.metrics))),
        ("writes", ", ".join(map(str, writes))),
        ("time", str(cost)),
        ("memory", cost.memory_in_words()),
    ]
    width = max(len(key) for key, _ in rows)
    typer.echo("\n".join(visible(f"{key:<{width}}  {value}") for key, value in rows))
    typer.echo(NOTHING_DONE)
