"""Puts what was read into words, a line for each file or kind of files: `readings` of all candidates, `reading` of one report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evalkit._util.escape import visible
from evalkit._util.formatting import count, series
from evalkit.results import Results

REFERENCE = "reference"
"""How the lines call the corpus."""
_MOST_CHARACTERS = 5
"""Named of those that were removed or replaced."""
_MOST_LINES = 20
"""Of one candidate or corpus; a folder may hold a file of another form for each of its passages."""


def readings(results: Results) -> Iterator[tuple[str, str]]:
    """What was read, by the name of the candidate; results of older versions and texts in memory have nothing of it."""
    sources = [(str(candidate["name"]), candidate, "passage") for candidate in results.candidates]
    for name, facts, noun in [*sources, (REFERENCE, results.reference, "document")]:
        read = facts.get("read", [])
        yield from ((name, reading(report, noun)) for report in read[:_MOST_LINES])
        if len(read) > _MOST_LINES:
            yield name, f"and files of {count(len(read) - _MOST_LINES, 'other form')}, all in results.json"


def rewritten(results: Results) -> Iterator[tuple[str, str]]:
    """What the canonical form changed, by the name of the candidate; nothing where it changed nothing, and of results of older versions."""
    for name, facts in [*((str(candidate["name"]), candidate) for candidate in results.candidates), (REFERENCE, results.reference)]:
        if clauses := _rewritten(facts.get("canonical", {})):
            yield name, "; ".join(clauses)


def _rewritten(canonical: Mapping[str, Any]) -> list[str]:
    """Clauses, one for each kind of change.

    >>> _rewritten({"invisible": {"U+200B": 1200, "U+00AD": 3}, "composed": 1})
    ['1,203 invisible characters removed (U+200B 1,200 times and U+00AD 3 times)', '1 accented letter joined']
    """
    listed = {"invisible": ("invisible character", "removed"), "apostrophes": ("other apostrophe", "read as '")}
    counted = {
        "composed": ("accented letter", "joined"),
        "spaces": ("white-space character", "joined or replaced"),
        "surrogates": ("half of a surrogate pair", "replaced by U+FFFD"),
    }
    of_characters = [
        f"{count(sum(canonical[kind].values()), noun)} {done} ({_characters(canonical[kind])})"
        for kind, (noun, done) in listed.items()
        if canonical.get(kind)
    ]
    return of_characters + [
        f"{count(canonical[kind], noun)} {done}" for kind, (noun, done) in counted.items() if canonical.get(kind)
    ]


def _characters(counts: Mapping[str, int]) -> str:
    named = [f"{code} {'once' if n == 1 else f'{n:,} times'}" for code, n in list(counts.items())[:_MOST_CHARACTERS]]
    rest = len(counts) - len(named)
    return series([*named, f"{count(rest, 'other')}"] if rest else named)


def reading(report: Mapping[str, Any], noun: str) -> str:
    """What was read from a file, in one line that is safe to print.

    Args:
        report: an entry of `read` in results.json.
        noun: what the texts are.

    >>> plain = {"file": "out.csv", "n_files": 1, "format": "CSV", "delimiter": "semicolon", "field": "output", "n_records": 120}
    >>> reading({**plain, "n_texts": 120, "n_missing": 3, "n_chars": 118204, "beginning": "The lamp was"}, "passage")
    '120 passages, 118,204 characters, from out.csv (CSV, semicolon, field output; 3 without text): "The lamp was..."'
    """
    files = f"{count(report['n_files'], 'file')}, the first {report['file']}" if report["n_files"] > 1 else report["file"]
    how = [
        report["format"],
        report.get("delimiter"),
        f"field {report['field']}" if report.get("field") else None,
        report.get("shape"),
    ]
    joined = f"; {count(report['n_records'], 'record')}" if report["n_records"] != report["n_texts"] else ""
    missing = f"; {report['n_missing']:,} without text" if report.get("n_missing") else ""
    sha256 = f"; sha256 {report['sha256']}" if report.get("sha256") else ""
    cut = "..." if len(report["beginning"]) < report["n_chars"] else ""
    return visible(
        f"{count(report['n_texts'], noun)}, {report['n_chars']:,} characters, from {files} "
        f'({", ".join(part for part in how if part)}{joined}{missing}{sha256}): "{report["beginning"]}{cut}"'
    )
