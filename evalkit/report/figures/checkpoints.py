"""Training as figures: each measure at the checkpoints of a model, so that one sees -ing appear."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.formatting import (
    NBSP,
    compact,
    count,
    duration,
    format_value,
    in_unit,
    interval_in_unit,
    named,
    rounded,
    series,
    unit_name,
)
from evalkit.report.figures import style as figures
from evalkit.report.figures.line_chart import MANY, Point
from evalkit.report.figures.panels import Panel
from evalkit.report.figures.series import MOST, Course, panel, point, run_ends, unchanged
from evalkit.report.view.standings import Board

_ROWS = 60
"""Checkpoints in a table; the results have them all."""
BITS = "bits per character"


@dataclass(frozen=True)
class Table:
    """A model's checkpoints as numbers.

    Args:
        model: its name.
        what: which of its checkpoints.
        head, body: a line a checkpoint.
    """

    model: str
    what: str
    head: Sequence[str]
    body: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Learning:
    """The section of the report.

    Args:
        sentences: one a model.
        panels: one a measure that moves or leaves the human range.
        same: the other measures, as a sentence; empty where there is none.
        crowded: whether there are so many checkpoints that figures gather neighbours.
        tables: one a model.
    """

    sentences: Sequence[str]
    panels: Sequence[Panel]
    same: str
    crowded: bool
    tables: Sequence[Table]


def learning(board: Board) -> Learning | None:
    """The section, or None where no checkpoints were scored."""
    trained = [model for model in board.results.learning if model["checkpoints"]]
    if not trained:
        return None
    models = [{**model, "checkpoints": sorted(model["checkpoints"], key=lambda one: int(one["characters"]))} for model in trained]
    measures = _measures(board, models)
    same = _same(board, models, measures)
    with figures.style():
        panels = [_panel(board, models, id_) for id_ in measures if id_ not in same]
    return Learning(
        sentences=[_sentence(board, model, measures) for model in models],
        panels=panels,
        same=unchanged(board.metrics, same),
        crowded=any(len(model["checkpoints"]) > MANY for model in models),
        tables=[_table(board, model, measures) for model in models],
    )


def _measures(board: Board, models: Sequence[Mapping[str, Any]]) -> list[str]:
    """Headline metrics that some checkpoint has, the endings first: they are what one watches; "" stands for the model's own bits."""
    checkpoints = [one for model in models for one in model["checkpoints"]]
    scored = {row["metric"] for one in checkpoints for row in one["rows"] if row["value"] is not None}
    found = sorted((id_ for id_ in board.headline if id_ in scored), key=lambda id_: not id_.startswith("suffix."))
    return found + [""] * any(one["bits_per_char"] is not None for one in checkpoints)


def _same(board: Board, models: Sequence[Mapping[str, Any]], measures: Sequence[str]) -> dict[str, Course]:
    """The measures that never move, whichever model."""
    found = {id_: [one for model in models if (one := course(board, model, id_)).known] for id_ in measures if id_}
    return {
        id_: courses[0]
        for id_, courses in found.items()
        if all(one.same and one.known[0].value == courses[0].known[0].value for one in courses)
    }


def course(board: Board, model: Mapping[str, Any], id_: str) -> Course:
    """A metric, or "" the model's bits per character, at a model's checkpoints, over training characters."""
    if not id_:
        return Course(model["name"], [Point(one["characters"], one["bits_per_char"]) for one in model["checkpoints"]], None)
    human, points = run_ends(board, id_), []
    for one in model["checkpoints"]:
        row = _row(one, id_) or {"value": None, "ci": None}
        points.append(point(one["characters"], row["value"], row["ci"], board.metrics[id_], human))
    return Course(model["name"], points, human)


def _row(checkpoint: Mapping[str, Any], id_: str) -> Mapping[str, Any] | None:
    return next((row for row in checkpoint["rows"] if row["metric"] == id_), None)


def _panel(board: Board, models: Sequence[Mapping[str, Any]], id_: str) -> Panel:
    courses = [found for model in models if (found := course(board, model, id_)).known][:MOST]
    label = f"{board.metrics[id_]['label']}, {unit_name(board.metrics[id_]['unit'])}" if id_ else BITS
    unit = board.metrics[id_]["unit"] if id_ else "bits"
    finding = "; ".join(_finding(found, unit, several=len(courses) > 1) for found in courses)
    xs = [place.x for found in courses for place in found.points]
    log = min(xs) > 0 and max(xs) > 10 * min(xs)
    return panel(label, finding, f"{label} over training. {finding}.", courses, log=log, ticks=_ticks(min(xs), max(xs), log=log))


def _ticks(low: float, high: float, *, log: bool) -> dict[float, str]:
    """A few numbers of characters below the axis."""
    if not log:
        sizes = (base * 10.0**power for power in range(12) for base in (1, 2, 5))
        step = next(size for size in sizes if high - low <= 4 * size)
        places = [step * n for n in range(math.ceil(low / step), math.floor(high / step) + 1)] or [low]
        return {place: compact(place) for place in places}
    tens = [10.0**power for power in range(12) if low <= 10.0**power <= high]
    places = (
        tens
        if len(tens) > 1
        else [base * 10.0**power for power in range(12) for base in (1, 3) if low <= base * 10.0**power <= high]
    )
    return {place: compact(place) for place in places[:: -(-len(places) // 3)]}


def _finding(found: Course, unit: str, *, several: bool) -> str:
    said = _in_words(found, unit)
    return f"{found.name}: {said}" if several else f"{said[0].upper()}{said[1:]}"


def _in_words(found: Course, unit: str) -> str:
    first, last = found.known[0], found.known[-1]
    if found.human is None:
        return f"from {format_value(first.value or 0.0)} to {format_value(last.value or 0.0)}"
    if found.settled is first:
        return "within the human range from the first checkpoint on"
    if found.settled is not None:
        return f"within the human range from {rounded(found.settled.x)} characters on"
    when = "no longer" if any(place.within for place in found.known) else "not yet"
    return f"{when} within the human range ({format_value(last.value or 0.0)}{f'{NBSP}%' if unit == 'share' else ''})"


def _sentence(board: Board, model: Mapping[str, Any], measures: Sequence[str]) -> str:
    """What a model learned, and when."""
    found = {id_: one for id_ in measures if id_ and (one := course(board, model, id_)).known and one.human is not None}
    last, inside = model["checkpoints"][-1], sum(bool(one.known[-1].within) for one in found.values())
    size = f"{rounded(last['characters'])} characters ({duration(last['seconds'])})"
    of = "all" if inside == len(found) else f"{inside or 'none'} of"
    whole = f"after {size}, {of} {count(len(found), 'measure')} {'is' if inside == 1 else 'are'} within the human range"
    first = [id_ for id_ in found if id_.startswith("suffix.")][:2]
    learned = _endings({id_: found[id_] for id_ in first}, model)
    name = named(model["name"])
    return f"{name} {series(learned)}; {whole}." if learned else f"{name}: {whole}."


def _endings(found: Mapping[str, Course], model: Mapping[str, Any]) -> list[str]:
    """From when on a model writes which endings as often as people do."""
    places: dict[float | None, list[str]] = {}
    for id_, one in found.items():
        # A hyphen that does not break: "-" at the end of a line and "ed" at the start of the next is no ending.
        places.setdefault(one.settled.x if one.settled else None, []).append(f"\u2011{id_.partition('.')[2]}")
    never = places.pop(None, [])
    known = [(series(endings), _when(place, model)) for place, endings in places.items() if place is not None]
    said = [f"writes {endings} as often as people do {when}" for endings, when in known[:1]]
    said += [f"{endings} {when}" for endings, when in known[1:]]
    return said + ([f"does not write {series(never)} as often as people do"] if never else [])


def _when(place: float, model: Mapping[str, Any]) -> str:
    seconds = next(one["seconds"] for one in model["checkpoints"] if one["characters"] == place)
    return f"from {rounded(place)} characters ({duration(seconds)}) on"


def _table(board: Board, model: Mapping[str, Any], measures: Sequence[str]) -> Table:
    metrics = [id_ for id_ in measures if id_]
    heads = [f"{board.metrics[id_]['label']}, {unit_name(board.metrics[id_]['unit'])}" for id_ in metrics]
    shown, n = thinned(model["checkpoints"]), len(model["checkpoints"])
    return Table(
        model["name"],
        f"{len(shown)} of its {n:,} checkpoints, evenly spread" if len(shown) < n else "its checkpoints",
        ["characters", "updates", "time", BITS, *heads],
        [[*_progress(one), *(_value(_row(one, id_), board.metrics[id_]["unit"]) for id_ in metrics)] for one in shown],
    )


def thinned(checkpoints: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """As many checkpoints as a table has room for, evenly spread, the first and the last among them."""
    last = len(checkpoints) - 1
    if last < _ROWS:
        return checkpoints
    return [checkpoints[round(i * last / (_ROWS - 1))] for i in range(_ROWS)]


def _progress(one: Mapping[str, Any]) -> list[str]:
    bits = one["bits_per_char"]
    return [
        f"{one['characters']:,}",
        f"{one['updates']:,}",
        duration(one["seconds"]),
        "not measured" if bits is None else f"{bits:.3f}",
    ]


def _value(row: Mapping[str, Any] | None, unit: str) -> str:
    if row is None or row["value"] is None:
        return "not measured"
    if not row["ci"]:
        return in_unit(row["value"], unit)
    low, high = row["ci"]
    return f"{in_unit(row['value'], unit)}{NBSP}({interval_in_unit(low, high, unit)})"
