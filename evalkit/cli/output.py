"""Delivers the results of a run: into a folder under reports/, the files that were asked for, and stdout."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import itertools
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from evalkit._util.atomic import draft_folder, put_new, remove_file, write_atomically
from evalkit._util.escape import json_text, visible
from evalkit._util.paths import exists, expanded, impossible, is_file, is_folder, is_link, resolved, status_of
from evalkit.cli.options import RunOutputOptions
from evalkit.errors import EvalkitError, NoVerdict, OutputError, UsageError
from evalkit.report import Samples, format_named, format_of, print_report

if TYPE_CHECKING:  # numpy and scipy would slow down every --help
    from evalkit.evaluation.compare import Outcome
    from evalkit.results import Results
    from evalkit.text.io.reports import ReadReport
    from evalkit.text.passages import Passage

log = logging.getLogger("evalkit")

REPORTS = Path("reports")
_STORE = ".evalkit"


class RequestedFiles:
    """The files that a command was asked to write: what an earlier run left in their place must never be taken for this one's.

    Args:
        values: paths, lists of them, or None.
        kinds: of results that the command writes.
    """

    def __init__(self, values: Iterable[Any], *, kinds: Iterable[str]) -> None:
        self.paths = [Path(path) for value in values if value for path in (value if isinstance(value, list | tuple) else [value])]
        self.kinds = frozenset(kinds)
        self.withdrawn = False

    def withdraw(self, inputs: Iterable[Any]) -> None:
        """Removes what is in their place, before any work is done; only a signal that nobody can catch then leaves nothing at all.

        Args:
            inputs: as for `spare`.

        Raises:
            OutputError: when it cannot be removed.
        """
        self.spare(inputs)
        for path in self.paths:
            if is_file(path) or is_link(path):
                remove_file(path)
        self.withdrawn = True

    def spare(self, inputs: Iterable[Any]) -> None:
        """Leaves out what the command reads: it is no output of an earlier run, and stays until it is replaced.

        Args:
            inputs: other values of the command line.
        """
        read = set(_files_read(inputs))
        self.paths = [path for path in self.paths if not _is_read(resolved(path), read)]

    def give_up(self, error: BaseException) -> None:
        """Says in those that were not written why, or removes them where their format cannot say so."""
        state, problem, remedy = how_it_ended(error)
        for path in self.paths:
            with contextlib.suppress(EvalkitError):  # what ended the command is said, not what followed from it
                if self.withdrawn and exists(path):  # this run has written it
                    continue
                text = (
                    format_of(path, *self.kinds).render_unfinished(problem, remedy, state=state) if len(self.kinds) == 1 else None
                )
                if text is not None:
                    write_atomically(path, text)
                elif is_file(path) or is_link(path):
                    remove_file(path)


def _is_read(path: Path, read: Set[Path]) -> bool:
    """Whether a command that reads some files and folders reads this one: itself, the results of a run, or a baseline."""
    return path in read or (path.name == "results.json" and not read.isdisjoint(path.parents)) or _STORE in path.parts


def how_it_ended(error: BaseException) -> tuple[str, str, str]:
    """An end without results: "no verdict" or "error", the problem and the remedy."""
    if isinstance(error, EvalkitError):
        return "no verdict" if isinstance(error, NoVerdict) else "error", error.problem, error.remedy
    if isinstance(error, Exception) and not isinstance(error, typer.Abort):
        said = getattr(error, "message", "") or f"Internal error: {type(error).__name__}: {error}"
        return "error", str(said), "The log of the command says more."
    return "error", "Interrupted.", "Run the same command again."


def _files_read(values: Iterable[Any]) -> Iterator[Path]:
    """The files and folders that values of a command line name, and those of the configuration."""
    from evalkit.config import FILE, PYPROJECT, VARIABLE

    words = [str(word) for value in values for word in (value if isinstance(value, list | tuple) else [value])]
    words += [FILE, PYPROJECT, os.environ.get(VARIABLE, "")]
    for word in words:
        for spec in dict.fromkeys((word, word.partition("=")[2], word.rpartition(":")[2])):
            if impossible(spec) is None:
                named = str(expanded(spec))
                matches = glob.glob(named, recursive=True) if glob.has_magic(named) else []  # noqa: PTH207 - the pattern is whole
                yield from (resolved(path) for path in [*([named] if spec and exists(named) else []), *matches])


def check_run_writable(outputs: Sequence[Path]) -> None:
    """Refuses outputs of a run that could not be written, before any work is done; its folder is one of them.

    Raises:
        UsageError: for a folder in the place of a file.
        OutputError: where there is no right to write.
    """
    check_files_writable(outputs)
    check_writable(REPORTS)


def check_files_writable(outputs: Sequence[Path]) -> None:
    """Refuses files that could not be written, before any work is done.

    Raises:
        UsageError: for a folder in the place of a file.
        OutputError: where there is no right to write, or no file can have the name.
    """
    for path in outputs:
        if (why := impossible(path)) is not None:
            raise OutputError(f'"{visible(str(path))}" cannot be written ({why}).', remedy="Choose another name.")
        if is_folder(path):
            raise UsageError(f'"{visible(str(path))}" is a folder.', remedy="Give the name of a file.")
        check_writable(path.parent)


def check_writable(folder: Path) -> None:
    """Refuses a folder in which no file can be made, whether it exists already or not.

    Raises:
        OutputError: no right to write, a file in the folder's place, a name that no folder can have, or a working folder that was
            removed.
    """
    existing = next(path for path in (folder, *folder.parents, Path()) if status_of(path, follow=False) is not None)
    if (why := impossible(folder)) is not None:
        problem = f"{why}."
    elif not folder.is_absolute() and not _has_working_folder():
        problem = "The working folder was removed."
    elif not is_folder(existing):
        problem = f'"{visible(str(existing))}" is not a folder.'
    elif not os.access(existing, os.W_OK | os.X_OK):
        problem = f'Nothing can be written into "{visible(str(existing.absolute()))}".'
    else:
        return
    raise OutputError(
        f'No results can be written to "{visible(str(folder))}". {problem}',
        remedy="Choose another place, or get the right to write there.",
    )


def _has_working_folder() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def deliver(outcome: Outcome, out: RunOutputOptions) -> None:
    """Writes the run's folder and the files that were asked for, prints the results, and last renews the index of all runs."""
    folder, results = write_run(outcome, REPORTS, outputs=out.files)
    if not out.quiet:
        say_what_was_read(results)
        show(results, format_=out.format_, folder=folder)
    log_to_trackers(results, outcome.passages, out)
    renew_index(REPORTS)


def log_to_trackers(results: Results, samples: Samples, out: RunOutputOptions) -> None:
    """Gives results to the trackers that were asked for; where one does not take them, a warning says so.

    The results are delivered by now, and no tracker can take them or their exit code away.
    """
    for destination in out.destinations:
        from evalkit.trackers import log as log_to

        try:
            place = log_to(results, destination.tracker, samples=samples, **destination.options)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is about the tracker
            log.warning("The results were not logged to %s: %s", destination.tracker.title, visible(" ".join(str(error).split())))
        else:
            if not out.quiet:
                typer.echo(visible(f"Logged to {destination.tracker.title}: {place}"), err=True)


def say_what_was_read(results: Results) -> None:
    """Writes to stderr what was read of each candidate and of the reference, so that a wrong field is seen at once."""
    from evalkit.report.view.readings import readings

    for name, line in readings(results):
        typer.echo(visible(f"{name}: read {line}"), err=True)


def say_reports(name: str, reports: Sequence[ReadReport]) -> None:
    """Writes to stderr what was read of a candidate whose run has no results."""
    from evalkit.report.view.readings import reading

    for report in reports:
        typer.echo(visible(f"{name}: read {reading(asdict(report), 'passage')}"), err=True)


def write_files(outputs: Sequence[Path], results: Results, samples: Samples) -> None:
    """Writes results to files, each in the format of its extension."""
    for path in outputs:
        write_atomically(path, format_of(path, results.kind).render(results, samples))


def show(results: Results, *, format_: str, folder: Path | None = None) -> None:
    """Prints results to stdout.

    Args:
        results: of a run.
        format_: of stdout.
        folder: of the run, which text names at its end.
    """
    if format_ != "text":
        typer.echo(format_named(format_, results.kind).render(results, {}), nl=False)
        return
    print_report(results)
    if folder is not None:
        typer.echo(f"\nReport  {folder / 'index.html'}\nResults {folder / 'results.json'}")


def write_run(
    outcome: Outcome, root: Path, *, outputs: Sequence[Path] = (), more: Mapping[str, str] | None = None
) -> tuple[Path, Results]:
    """Writes a new folder under root, whole or not at all: index.html, results.json and one file of samples a candidate.

    Args:
        outcome: what the run found.
        root: the folder of all runs.
        outputs: files that were asked for, written whether or not the folder can be.
        more: further files of the folder, name -> content.

    Raises:
        OutputError: when something cannot be written.
    """
    files = _sample_files(list(outcome.passages))
    candidates = [{**candidate, "samples": files[candidate["name"]]} for candidate in outcome.results.candidates]
    results = replace(outcome.results, candidates=candidates, previous=_previous(root, outcome.results))
    contents = {files[name]: samples_text(passages) for name, passages in outcome.passages.items()}
    try:
        return _write_folder(root / _run_name(results), results, outcome.passages, contents | dict(more or {})), results
    finally:
        write_files(outputs, results, outcome.passages)


def _write_folder(named: Path, results: Results, samples: Samples, contents: Mapping[str, str]) -> Path:
    with draft_folder(named) as draft:
        for name, content in contents.items():
            write_atomically(draft / name, content)
        write_files([draft / "index.html"], results, samples)
        write_atomically(draft / "results.json", results.to_json())
        return next(free for free in _names(named) if put_new(draft, free))


def renew_index(root: Path) -> None:
    """Writes the page that lists all runs below root; where that cannot be done, a warning says so.

    The run is delivered by now, and what lies beside it cannot take its results or its exit code away.
    """
    from evalkit.report.html.runs import write_index

    try:
        write_index(root)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is about other runs
        log.warning("The list of runs %s is not up to date: %s", root / "index.html", error)


def _previous(root: Path, results: Results) -> dict[str, Any] | None:
    """The values that a run stores of the last one like it; a gate is compared with its baseline instead."""
    from evalkit.report.html.runs import last_run
    from evalkit.report.view.run_diff import remembered, since

    if results.kind == "gate":
        return None
    try:
        last = last_run(root, results)
        previous = {"folder": last[0], **remembered(last[1])} if last is not None else None
        since(replace(results, previous=previous))  # what every report says of it can be said
        return previous
    except Exception as error:  # noqa: BLE001 - likewise
        log.warning("The results are shown without the run before them: %s", error)
        return None


def _names(folder: Path) -> Iterator[Path]:
    """The folder's name, then the same with 2, 3 ... behind it: the same run may be made twice within a second, by two programs at once."""
    yield folder
    yield from (folder.with_name(f"{folder.name}-{n}") for n in itertools.count(2))


def samples_text(passages: Sequence[Passage]) -> str:
    """Passages as JSON Lines."""
    lines = [{"id": p.id, "text": p.text, **({"document": p.document} if p.document else {})} for p in passages]
    return "".join(json_text(line) + "\n" for line in lines)


def _sample_files(names: Sequence[str]) -> dict[str, str]:
    """A safe and unique file name for each candidate's samples: their names may hold any character."""
    return {
        name: f"samples/{i:02d}-{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')[:40] or 'candidate'}.jsonl"
        for i, name in enumerate(names)
    }


def _run_name(results: Results) -> str:
    """Sorts by time, and differs for runs of the same second."""
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{results.kind}-{now}-{hashlib.sha256(results.to_json().encode()).hexdigest()[:6]}"
