"""Where a run's results go: a folder under reports/, the files asked for, and stdout."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from evalkit._util.atomic import draft_folder, put_new, write_atomically
from evalkit._util.escape import visible
from evalkit.errors import OutputError, UsageError, one_of
from evalkit.report import format_of, print_report, render
from evalkit.results import Results
from evalkit.text.passages import Passage

if TYPE_CHECKING:  # numpy and scipy would slow down every --help
    from evalkit.evaluation.compare import Outcome

REPORTS = Path("reports")
_STDOUT = ("text", "json", "markdown")


def check_outputs(outputs: Sequence[Path], format_: str, *, run: bool = False) -> None:
    """Refuses outputs that could not be written, before any work is done.

    Args:
        outputs: files that were asked for.
        format_: of stdout.
        run: whether a folder of the run will be written too.

    Raises:
        UsageError: for an extension or format that is unknown, or a folder in the place of a file.
        OutputError: where there is no right to write.
    """
    if format_ not in _STDOUT:
        raise UsageError(f'There is no format "{format_}".', remedy=one_of(format_, _STDOUT))
    for path in outputs:
        format_of(path, "compare")
        if path.is_dir():
            raise UsageError(f'"{path}" is a folder.', remedy="Give the name of a file.")
        check_writable(path.parent)
    if run:
        check_writable(REPORTS)


def check_writable(folder: Path) -> None:
    """Refuses a folder in which no file could be made, whether it is there already or not.

    Raises:
        OutputError: no right to write, or a file in the folder's place.
    """
    there = next(path for path in (folder, *folder.parents, Path()) if os.path.lexists(path))
    if not there.is_dir():
        problem = f'"{visible(str(there))}" is no folder.'
    elif not os.access(there, os.W_OK | os.X_OK):
        problem = f'Nothing can be written into "{visible(str(there.absolute()))}".'
    else:
        return
    raise OutputError(
        f'No results can be written to "{visible(str(folder))}". {problem}',
        remedy="Choose another place, or get the right to write there.",
    )


def deliver(outcome: Outcome, *, outputs: Sequence[Path], format_: str, quiet: bool) -> Path:
    """Writes the run's folder and the files asked for, prints the results, and returns the folder."""
    folder, results = write_run(outcome, REPORTS)
    for path in outputs:
        write_atomically(path, render(results, path.suffix, samples=outcome.passages))
    if not quiet:
        show(results, format_=format_, outcome=outcome, folder=folder)
    return folder


def show(results: Results, *, format_: str, outcome: Outcome, folder: Path) -> None:
    """Prints results to stdout."""
    if format_ == "text":
        print_report(results)
        typer.echo(f"\nReport  {folder / 'index.html'}\nResults {folder / 'results.json'}")
    else:
        suffix = {"json": ".json", "markdown": ".md"}[format_]
        typer.echo(render(results, suffix, samples=outcome.passages), nl=False)


def write_run(outcome: Outcome, root: Path, *, more: Mapping[str, str] | None = None) -> tuple[Path, Results]:
    """Writes a new folder under root, whole or not at all: index.html, results.json and one file of samples a candidate.

    Args:
        outcome: what the run found.
        root: the folder of all runs.
        more: further files, name -> content.

    Raises:
        OutputError: when it cannot be written.
    """
    from evalkit.report.html.runs import write_index

    files = _sample_files(list(outcome.passages))
    candidates = [{**candidate, "samples": files[candidate["name"]]} for candidate in outcome.results.candidates]
    results = replace(outcome.results, candidates=candidates, previous=_previous(root, outcome.results))
    named = root / _run_name(results)
    with draft_folder(named) as draft:
        for name, passages in outcome.passages.items():
            write_atomically(draft / files[name], samples_text(passages))
        write_atomically(draft / "index.html", render(results, ".html", samples=outcome.passages))
        write_atomically(draft / "results.json", results.to_json())
        for name, content in (more or {}).items():
            write_atomically(draft / name, content)
        folder = next(free for free in _names(named) if put_new(draft, free))
    write_index(root)
    return folder, results


def _previous(root: Path, results: Results) -> dict[str, Any] | None:
    """What the run remembers of the last one like it; a gate is held against its baseline instead."""
    from evalkit.report.html.runs import last_run
    from evalkit.report.view.run_diff import remembered

    found = last_run(root, results) if results.kind != "gate" else None
    return {"folder": found[0], **remembered(found[1])} if found is not None else None


def _names(folder: Path) -> Iterator[Path]:
    """The folder's name, then the same with 2, 3 ... behind it: the same run may be made twice within a second, by two programs at once."""
    yield folder
    yield from (folder.with_name(f"{folder.name}-{n}") for n in itertools.count(2))


def samples_text(passages: Sequence[Passage]) -> str:
    """Passages as JSON Lines."""
    lines = [{"id": p.id, "text": p.text, **({"document": p.document} if p.document else {})} for p in passages]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _sample_files(names: Sequence[str]) -> dict[str, str]:
    """A safe and unique file name for each candidate's samples; names come from strangers."""
    return {
        name: f"samples/{i:02d}-{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')[:40] or 'candidate'}.jsonl"
        for i, name in enumerate(names)
    }


def _run_name(results: Results) -> str:
    """Sorts by time, and differs for runs of the same second."""
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{results.kind}-{now}-{hashlib.sha256(results.to_json().encode()).hexdigest()[:6]}"
