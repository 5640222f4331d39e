"""Renders pages over several runs: `write_index` of a folder, `render_comparison` of two runs, `render_history` of each measure over time."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from evalkit._util.atomic import write_atomically
from evalkit._util.escape import json_text
from evalkit._util.foreign import read_json
from evalkit._util.paths import is_folder
from evalkit.errors import InputError, ModelError
from evalkit.report.html.pictures import Picture, drawn
from evalkit.report.html.rendering import render_page
from evalkit.report.view import decisions
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.run_diff import NOT_COMPARABLE, Run, changes, changes_sentence, differences
from evalkit.results import Results, read

log = logging.getLogger("evalkit")

_CACHE = ".index.json"
_CACHE_VERSION = 5
_MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class Entry:
    """A run in an index.

    Args:
        folder: name of its folder.
        date: as in its results, sortable.
        kind: the command.
        corpus, corpus_hash: what it was compared with.
        candidates: their names.
        verdict: the sentence.
        state: of a gate; empty otherwise.
    """

    folder: str
    date: str
    kind: str
    corpus: str
    corpus_hash: str
    candidates: tuple[str, ...]
    verdict: str
    state: str


def entry(folder: Path) -> Entry:
    """A run's line in the index, from its results.json.

    Raises:
        ModelError: when it is not a results file.
    """
    results = read(folder)
    return Entry(
        folder=folder.name,
        date=str(results.run["date"]),
        kind=results.kind,
        corpus=str(results.reference["name"]),
        corpus_hash=str(results.reference["hash"])[:12],
        candidates=tuple(str(candidate["name"]) for candidate in results.candidates),
        verdict=conclude(results).sentence,
        state=results.verdict or "",
    )


def write_index(root: Path) -> Path:
    """Writes root/index.html over the runs below it, newest first; only runs that are new or changed are read.

    Args:
        root: a folder of runs' folders. What is no run, or cannot be read, is left out.
    """
    stamps = None
    # Two runs may end at the same time. The one that writes last may have looked first, so each looks again after it has written.
    while (now := _stamps(root)) != stamps:
        stamps = now
        _write_index(root, stamps)
    return root / "index.html"


def _stamps(root: Path) -> dict[str, str]:
    """The name of each run's folder below root, with what changes when its results do."""
    stamps = {}
    for file in sorted(root.glob("*/results.json")):
        with contextlib.suppress(OSError):  # removed since, or not ours to look at
            status = file.stat()
            stamps[file.parent.name] = f"{status.st_mtime_ns}-{status.st_size}"
    return stamps


def _write_index(root: Path, stamps: Mapping[str, str]) -> None:
    cache, runs = _read_cache(root), {}
    for name, stamp in stamps.items():
        cached = cache.get(name)
        runs[name] = cached if cached and cached["stamp"] == stamp else _stamped(root / name, stamp)
    if runs != cache:
        write_atomically(root / _CACHE, json_text({"version": _CACHE_VERSION, "runs": runs}))
    entries = [Entry(**{**run["entry"], "candidates": tuple(run["entry"]["candidates"])}) for run in runs.values() if run["entry"]]
    entries.sort(key=lambda entry_: (entry_.date, entry_.folder), reverse=True)
    context = {"entries": entries, "symbols": decisions.SYMBOLS}
    write_atomically(root / "index.html", render_page("index.html.j2", context))


def last_run(root: Path, results: Results) -> tuple[str, Results] | None:
    """The newest run below root of the same command and corpus that has a candidate in common: its folder's name, and its results."""
    names = {str(candidate["name"]) for candidate in results.candidates}
    alike = [
        run["entry"]
        for run in _read_cache(root).values()
        if run["entry"] and (run["entry"]["kind"], run["entry"]["corpus"]) == (results.kind, str(results.reference["name"]))
        and names & set(run["entry"]["candidates"])
    ]  # fmt: skip
    for latest in sorted(alike, key=lambda entry: (entry["date"], entry["folder"]), reverse=True):
        try:
            return latest["folder"], read(root / latest["folder"])
        except (InputError, ModelError):  # removed or damaged since, or not ours to look at
            continue
    return None


def _stamped(folder: Path, stamp: str) -> dict[str, Any]:
    try:
        indexed = entry(folder)
        return {"stamp": stamp, "entry": vars(indexed) | {"candidates": list(indexed.candidates)}}
    except Exception as error:  # noqa: BLE001 - a neighbour's results, which conform and yet may not fit together
        log.debug("%s is not listed: %s", folder, error)
        return {"stamp": stamp, "entry": None}


def _read_cache(root: Path) -> dict[str, Any]:
    try:
        data = read_json(root / _CACHE, most_bytes=_MOST_BYTES)
        runs = data["runs"].items() if data["version"] == _CACHE_VERSION else ()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {name: run for name, run in runs if _is_cached(name, run)}


def _is_cached(name: str, run: object) -> bool:
    """Whether a run of the cache is one that `_stamped` made: the file may be damaged, or come with a folder from elsewhere."""
    if not isinstance(run, dict) or set(run) != {"stamp", "entry"} or not isinstance(run["stamp"], str):
        return False
    kept = run["entry"]
    if kept is None:
        return True
    if not isinstance(kept, dict) or set(kept) != {field.name for field in fields(Entry)}:
        return False
    texts = [*(value for key, value in kept.items() if key != "candidates"), *_listed(kept["candidates"])]
    # A name with a slash, or "..", would lead out of the folder.
    return all(isinstance(text, str) for text in texts) and kept["folder"] == name == Path(name).name


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [None]


def render_comparison(before: Results, after: Results) -> str:
    """Two runs as one page."""
    from evalkit.report.view.runs.gate_diff import gate_changes, paired

    gates, before = gate_changes(before, after), paired(before, after)
    forbidding, settings = differences(before, after)
    compared = [] if forbidding else changes(before, after)
    text = changes_sentence(before, after).removeprefix(f"{NOT_COMPARABLE}: ")
    context = {
        "before": before,
        "after": after,
        "sentence": text[0].upper() + text[1:],
        "state": NOT_COMPARABLE if forbidding else "",
        "symbol": decisions.SYMBOLS[NOT_COMPARABLE],
        "gates": gates,
        "forbidding": forbidding,
        "settings": settings,
        "moved": [change for change in compared if change.state in ("worse", "better")],
        "still": [change for change in compared if change.state not in ("worse", "better")],
        "pictures": [] if forbidding else _before_and_after(before, after),
    }
    return render_page("comparison.html.j2", context)


def _before_and_after(before: Results, after: Results) -> list[tuple[str, Picture]]:
    """The ranking of each of two runs."""
    return [
        (when, picture)
        for when, run in (("Before", before), ("After", after))
        for picture in drawn(run, ["ranking"], narrow=True, id_=when.lower())
    ]


def runs_in(paths: Sequence[Path]) -> list[Run]:
    """The runs at or below paths, oldest first. What lies below a folder and cannot be read is left out, with a warning.

    Raises:
        ModelError: when a file that was named cannot be read.
        InputError: when there are none.
    """
    named = [(path, read(path)) for path in dict.fromkeys(paths) if not is_folder(path)]
    found = {file for path in paths if is_folder(path) for file in path.rglob("results.json")} - {path for path, _ in named}
    loaded = sorted(
        ((results, file.parent.name) for file, results in (*named, *_readable(sorted(found)))),
        key=lambda named_run: (str(named_run[0].run["date"]), named_run[1]),
    )
    if not loaded:
        raise InputError(
            f"There is no results.json below {', '.join(map(str, paths))}.", remedy="Name the folder that holds the runs."
        )
    runs: list[Run] = []
    for results, name in loaded:
        breaks, settings = differences(runs[-1].results, results) if runs else ([], [])
        runs.append(Run(name, results, breaks, settings))
    return runs


def _readable(files: Sequence[Path]) -> Iterator[tuple[Path, Results]]:
    for file in files:
        try:
            yield file, read(file)
        except (InputError, ModelError) as error:
            log.warning("A run is left out of the history: %s", error.problem)


def render_history(runs: Sequence[Run]) -> str:
    """Each headline measure over runs."""
    from evalkit.report.figures.curves import MANY
    from evalkit.report.figures.history import histories

    shown, left_out = histories(runs)
    context = {
        "runs": runs,
        "histories": shown,
        "left_out": left_out,
        "many": MANY,
        "pictures": drawn(runs, ["history"], narrow=True),
        "newest": conclude(runs[-1].results).sentence,
    }
    return render_page("history.html.j2", context)
