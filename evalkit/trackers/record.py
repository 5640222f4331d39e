"""Declares `Record`, what a tracker of experiments is given of results: numbers, parameters, tags and files; `record_of` makes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalkit._util.escape import visible
from evalkit.errors import UsageError
from evalkit.report import Samples, format_named
from evalkit.report.export.tables import audit_rows, flat_rows, overall_rows
from evalkit.report.view import conclude, decision_rows
from evalkit.results import Results

_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LONGEST_NAME = 60
_LISTED_APART = ("metrics", "word_lists", "held_out")
"""Parts of a signature with a line for each metric, word list or document; results.json has them."""
_RANGE = {"ci_low": "low", "ci_high": "high", "low": "human_low", "high": "human_high"}


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is logged of results.

    Every name begins with the prefix. Names hold letters, digits and `_ . - /` only, which every tracker takes, and no name is the beginning of
    another one's path, since trackers may keep each in a file.

    Args:
        prefix: `evalkit` unless another was asked for.
        title: the command: the name of a run that is made for the results.
        numbers: `PREFIX/overall`, `PREFIX/family.NAME` and `PREFIX/METRIC`; with several candidates `PREFIX/CANDIDATE/METRIC`.
        ranges: below `PREFIX_ranges/`, the ends of each number's 95 % interval (`.low`, `.high`) and of the human range (`.human_low`,
            `.human_high`) where there are such.
        decisions: of a gate, below `PREFIX_gate/`: how much worse each measure is, in margins; above 1 it is worse than allowed.
        params: how the results were made, whatever must agree for two runs to be comparable: the reference with its hash, shape, seed, version.
        tags: the command, the sentence, and of a gate its verdict.
        files: name -> content: results.json and the HTML page, if it was asked for.
    """

    prefix: str
    title: str
    numbers: Mapping[str, float]
    ranges: Mapping[str, float]
    decisions: Mapping[str, float]
    params: Mapping[str, str]
    tags: Mapping[str, str]
    files: Mapping[str, str] = field(repr=False)

    @property
    def sentence(self) -> str:
        """What the results say first."""
        return self.tags["sentence"]

    @property
    def all_numbers(self) -> dict[str, float]:
        """Every number by name."""
        return {**self.numbers, **self.ranges, **self.decisions}


def record_of(results: Results, *, prefix: str = "evalkit", page: bool = True, samples: Samples | None = None) -> Record:
    """What is logged of results.

    Args:
        results: of a run of any kind.
        prefix: what every name begins with.
        page: whether the HTML page is one of the files.
        samples: candidate -> its passages, which the page shows beside those that the results hold.

    Raises:
        UsageError: for a prefix that no tracker could take.
    """
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(
            f'The prefix "{visible(prefix)}" cannot begin a name.',
            remedy="Write at most 40 letters, digits, hyphens and underscores.",
        )
    numbers, ranges = _numbers(results, prefix)
    pages = {"index.html": format_named("html", results.kind).render(results, samples or {})} if page else {}
    return Record(
        prefix=prefix,
        title=f"evalkit {results.kind}",
        numbers=numbers,
        ranges=ranges,
        decisions={f"{prefix}_gate/{row.measure}": row.in_margins for row in decision_rows(results) if row.in_margins is not None},
        params=_params(results),
        tags=_tags(results),
        files={**pages, "results.json": results.to_json()},
    )


def numbers_of(results: Results) -> dict[str, float]:
    """The numbers of results by their names without a prefix: `overall`, `family.NAME` and `METRIC`."""
    return {name.removeprefix("evalkit/"): value for name, value in _numbers(results, "evalkit")[0].items()}


def _numbers(results: Results, prefix: str) -> tuple[dict[str, float], dict[str, float]]:
    """The numbers, and their ranges."""
    places = _places([str(candidate["name"]) for candidate in results.candidates])
    numbers: dict[str, float] = {}
    ranges: dict[str, float] = {}
    for row in (*audit_rows(results), *overall_rows(results), *_families(results), *flat_rows(results)):
        if row["value"] is None:
            continue
        name = f"{places[str(row['candidate'])]}{row['metric']}"
        numbers[f"{prefix}/{name}"] = _float(row["value"])
        ranges |= {f"{prefix}_ranges/{name}.{end}": _float(row[key]) for key, end in _RANGE.items() if row.get(key) is not None}
    return numbers, ranges


def _families(results: Results) -> Iterator[dict[str, object]]:
    for family in results.families:
        yield {"candidate": family.candidate, "metric": f"family.{family.family}", "value": family.value, "high": family.limit}


def _float(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _places(candidates: Sequence[str]) -> dict[str, str]:
    """The part of the names that stands for each candidate; nothing where there is only one."""
    if len(candidates) == 1:
        return {candidates[0]: ""}
    places: dict[str, str] = {}
    for name in candidates:
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name)[:_LONGEST_NAME].strip("-.") or "candidate"
        number = next(i for i in range(1, len(candidates) + 2) if _numbered(plain, i) not in places.values())
        places[name] = _numbered(plain, number)
    return places


def _numbered(name: str, number: int) -> str:
    return f"{name}/" if number == 1 else f"{name}-{number}/"


def _params(results: Results) -> dict[str, str]:
    specs = {str(candidate["name"]): str(candidate["spec"]) for candidate in results.candidates}
    named = ", ".join(name if name == spec else f"{name}={spec}" for name, spec in specs.items())
    return {"candidates": visible(named), **_flat(results.signature), "commit": str(results.run.get("commit"))}


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Nested values as texts, the names joined by dots; those with a line for each metric or document are left out."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and key not in _LISTED_APART:
            flat |= _flat(value, f"{above}{key}.")
        elif key not in _LISTED_APART:
            flat[f"{above}{key}"] = visible(str(value))
    return flat


def _tags(results: Results) -> dict[str, str]:
    decided = {"verdict": results.verdict, "exit_code": str(results.exit_code)} if results.verdict is not None else {}
    return {
        "kind": results.kind,
        **decided,
        "sentence": visible(conclude(results).sentence.replace("`", "")),
        "date": str(results.run.get("date")),
    }
