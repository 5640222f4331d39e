"""Reads and checks results.json (`read`, `validate`), of this version and of older ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit._util.escape import encodable, visible
from evalkit._util.foreign import UnreadableError, parse_json, read_json
from evalkit._util.paths import is_folder
from evalkit.errors import ModelError
from evalkit.results.audit import Audit
from evalkit.results.consistency import contradictions
from evalkit.results.parts import (
    Classification,
    Contribution,
    Excerpt,
    Explanation,
    FamilyDistance,
    FloorSummary,
    HumanTest,
    Interval,
    Overall,
    Pair,
    Place,
    Profile,
    Rank,
    Row,
    Series,
    Span,
    Telltale,
    TextCounts,
    Trace,
    WordUse,
)
from evalkit.results.results import SCHEMA_VERSION, Results

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

_SCHEMA_FILE = Path(__file__).with_name("results.schema.json")
_MOST_BYTES = 256 << 20


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of results.json; the caller's own copy."""
    loaded: dict[str, Any] = json.loads(_SCHEMA_FILE.read_text(encoding="utf-8"))
    return loaded


@cache  # of a file of the package, which does not change while a process runs
def _validator() -> Draft202012Validator:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema())


def validate(data: object, *, origin: str = "results") -> None:
    """Checks JSON values against the schema, and that their parts fit together.

    Raises:
        ModelError: with the first three places that do not conform.
    """
    try:
        # The validator takes no lone surrogates, which names of files may have.
        checked = parse_json(encodable(json.dumps(data, ensure_ascii=False)))
        errors = sorted(("/".join(map(str, error.instance_path)), error.message) for error in _validator().iter_errors(checked))
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"{origin} is not a results file: {error}", remedy="Give a results.json that evalkit wrote.") from error
    errors = errors or list(contradictions(checked))
    if errors:
        places = "; ".join(f"{path or 'top level'}: {visible(message[:120])}" for path, message in errors[:3])
        raise ModelError(f"{origin} is not a results file: {places}", remedy="Give a results.json that evalkit wrote.")


def from_dict(data: Mapping[str, Any], *, origin: str = "results") -> Results:
    """Results from JSON values of this or an older schema version.

    Raises:
        ModelError: when they do not conform, or come from a newer version.
    """
    version = data.get("schema_version") if isinstance(data, Mapping) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ModelError(
            f"{origin} has schema version {version}; this evalkit reads up to {SCHEMA_VERSION}.", remedy="Upgrade evalkit."
        )
    validate(data, origin=origin)
    fields = dict(data)
    fields["results"] = [_row(row) for row in data["results"]]
    fields["audit"] = Audit.from_dict(data["audit"]) if data.get("audit") else None
    fields["profiles"] = [
        Profile(**{**profile, "series": {name: Series(**series) for name, series in profile["series"].items()}})
        for profile in data["profiles"]
    ]
    fields["comparisons"] = [Pair(**{**pair, "ci": _interval(pair["ci"])}) for pair in data.get("comparisons", [])]
    fields["overall"] = [
        Overall(**{**overall, "ci": _interval(overall["ci"]), "floor": _floor(overall["floor"])})
        for overall in data.get("overall", [])
    ]
    fields["families"] = [FamilyDistance(**family) for family in data.get("families", [])]
    fields["human_tests"] = [HumanTest(**test) for test in data.get("human_tests", [])]
    fields["ranking"] = [Rank(**rank) for rank in data.get("ranking", [])]
    fields["explanations"] = {name: _explanation(plain) for name, plain in data.get("explanations", {}).items()}
    fields["texts"] = {name: TextCounts(**plain) for name, plain in data.get("texts", {}).items()}
    fields["traces"] = {name: [Trace(**trace) for trace in traces] for name, traces in data.get("traces", {}).items()}
    fields["classifications"] = [_classification(plain) for plain in data.get("classifications", [])]
    fields["excerpts"] = {
        name: [Excerpt(**{**excerpt, "spans": [Span(**span) for span in excerpt["spans"]]}) for excerpt in excerpts]
        for name, excerpts in data.get("excerpts", {}).items()
    }
    return Results(**fields)


def _explanation(plain: Mapping[str, Any]) -> Explanation:
    def placed(part: Mapping[str, Any]) -> dict[str, Any]:
        return {**part, "places": [Place(**place) for place in part["places"]]}

    return Explanation(
        contributions=[Contribution(**placed(part)) for part in plain["contributions"]],
        words=[WordUse(**placed(part)) for part in plain["words"]],
        n_words_tested=plain["n_words_tested"],
    )


def _classification(plain: Mapping[str, Any]) -> Classification:
    telltales = [Telltale(**telltale) for telltale in plain["telltales"]]
    return Classification(**{**plain, "floor": _floor(plain["floor"]), "telltales": telltales})


def _row(plain: Mapping[str, Any]) -> Row:
    row = dict(plain)
    for key in ("ci", "delta_ci"):
        row[key] = _interval(row.get(key))
    row["floor"] = _floor(row.get("floor"))
    return Row(**row)


def _interval(plain: Sequence[float] | None) -> Interval | None:
    return Interval(*plain) if plain else None


def _floor(plain: Mapping[str, Any] | None) -> FloorSummary | None:
    return FloorSummary(**plain) if plain else None


def read(path: str | Path) -> Results:
    """Results from a file, or from the results.json of a run's folder.

    Raises:
        ModelError: when it cannot be read or is not a results file.
    """
    given = Path(path)
    file = given / "results.json" if is_folder(given) else given
    try:
        data = read_json(file, most_bytes=_MOST_BYTES)
    except (OSError, UnreadableError) as error:
        raise ModelError(
            f"{visible(str(file))} cannot be read: {visible(str(error))}", remedy="Give a results.json or the folder of a run."
        ) from error
    if not isinstance(data, dict):
        raise ModelError(f"{visible(str(file))} is not a results file.", remedy="Give a results.json or the folder of a run.")
    return from_dict(data, origin=visible(str(file)))
