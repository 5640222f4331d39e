"""Draws training: each measure at the checkpoints of a model, so that a reader sees when an ending appears."""

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
    estimate,
    format_value,
    named,
    rounded,
    series,
    unit_name,
)
from evalkit.report.figures.curves import Curve, Point, constant_curves, point, range_of_run
from evalkit.report.view.ranking import Ranking

_MOST_ROWS = 60
"""Checkpoints in a table; the results have them all."""
_MOST_DIGITS = 21
"""One more than a whole number in results may have."""
BITS = "bits per character"
MODEL_BITS = ""
"""Stands among the ids of metrics for the bits per character that training itself measured."""


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
    """The section of the page.

    Args:
        sentences: one a model.
        constant: the measures that never move, as a sentence; empty where there is none.
        tables: one a model.
    """

    sentences: Sequence[str]
    constant: str
    tables: Sequence[Table]


def learning(ranking: Ranking) -> Learning | None:
    """The section, or None where no checkpoints were scored."""
    trained = [model for model in ranking.results.learning if model["checkpoints"]]
    if not trained:
        return None
    models = [{**model, "checkpoints": sorted(model["checkpoints"], key=characters_of)} for model in trained]
    measures = measures_of(ranking, models)
    constant = _constant(ranking, models, measures)
    return Learning(
        sentences=[_sentence(ranking, model, measures) for model in models],
        constant=constant_curves(ranking.metrics, constant),
        tables=[_table(ranking, model, measures) for model in models],
    )


def characters_of(checkpoint: Mapping[str, Any]) -> int:
    """How much a checkpoint was trained on."""
    return int(checkpoint["characters"])


def measures_of(ranking: Ranking, models: Sequence[Mapping[str, Any]]) -> list[str]:
    """Headline metrics that some checkpoint has, the endings first, since they are what people watch; the model's own bits last."""
    checkpoints = [checkpoint for model in models for checkpoint in model["checkpoints"]]
    scored = {row["metric"] for checkpoint in checkpoints for row in checkpoint["rows"] if row["value"] is not None}
    ids = sorted((id_ for id_ in ranking.headline if id_ in scored), key=lambda id_: not id_.startswith("suffix."))
    return ids + [MODEL_BITS] * any(checkpoint["bits_per_char"] is not None for checkpoint in checkpoints)


def _constant(ranking: Ranking, models: Sequence[Mapping[str, Any]], measures: Sequence[str]) -> dict[str, Curve]:
    """The measures that never move, whichever model, each with the curve of one of them."""
    constant = {}
    for id_ in measures:
        curves = model_curves(ranking, models, id_)
        first = curves[0]
        if id_ and all(curve.constant and curve.measured[0].value == first.measured[0].value for curve in curves):
            constant[id_] = first
    return constant


def model_curves(ranking: Ranking, models: Sequence[Mapping[str, Any]], id_: str) -> list[Curve]:
    """The curve of each model that was measured."""
    return [curve for model in models if (curve := checkpoint_curve(ranking, model, id_)).measured]


def checkpoint_curve(ranking: Ranking, model: Mapping[str, Any], id_: str) -> Curve:
    """A metric at a model's checkpoints, over training characters; "" stands for the model's own bits per character."""
    if id_ == MODEL_BITS:
        return Curve([Point(at["characters"], at["bits_per_char"]) for at in model["checkpoints"]], model["name"])
    human, points = range_of_run(ranking, id_), []
    for checkpoint in model["checkpoints"]:
        row = _row(checkpoint, id_) or {"value": None, "ci": None}
        points.append(point(checkpoint["characters"], row["value"], row["ci"], ranking.metrics[id_], human))
    return Curve(points, model["name"], human)


def _row(checkpoint: Mapping[str, Any], id_: str) -> Mapping[str, Any] | None:
    return next((row for row in checkpoint["rows"] if row["metric"] == id_), None)


def ticks_between(low: float, high: float, *, log: bool) -> dict[float, str]:
    """A few numbers of characters below the axis."""
    if not log:
        sizes = (base * 10.0**power for power in range(_MOST_DIGITS) for base in (1, 2, 5))
        step = next(size for size in sizes if high - low <= 4 * size)
        places = [step * n for n in range(math.ceil(low / step), math.floor(high / step) + 1)] or [low]
        return {place: compact(place) for place in places}
    places = _powers(low, high, (1,))
    if len(places) < 2:
        places = _powers(low, high, (1, 3))
    return {place: compact(place) for place in places[:: -(-len(places) // 3)]}


def _powers(low: float, high: float, bases: Sequence[int]) -> list[float]:
    """The multiples of powers of ten between two ends."""
    return [place for power in range(_MOST_DIGITS) for base in bases if low <= (place := base * 10.0**power) <= high]


def in_words(curve: Curve, unit: str) -> str:
    """From when on a curve is within the human range."""
    first, last = curve.measured[0], curve.measured[-1]
    if curve.human is None:
        return f"from {format_value(first.value or 0.0)} to {format_value(last.value or 0.0)}"
    if curve.settled is first:
        return "within the human range from the first checkpoint on"
    if curve.settled is not None:
        return f"within the human range from {rounded(curve.settled.x)} characters on"
    when = "no longer" if any(place.within for place in curve.measured) else "not yet"
    return f"{when} within the human range ({format_value(last.value or 0.0)}{f'{NBSP}%' if unit == '%' else ''})"


def _sentence(ranking: Ranking, model: Mapping[str, Any], measures: Sequence[str]) -> str:
    """What a model learned, and when."""
    curves = {id_: checkpoint_curve(ranking, model, id_) for id_ in measures if id_}
    curves = {id_: curve for id_, curve in curves.items() if curve.measured and curve.human is not None}
    last, inside = model["checkpoints"][-1], sum(bool(curve.measured[-1].within) for curve in curves.values())
    size = f"{rounded(last['characters'])} characters ({duration(last['seconds'])})"
    of = "all" if inside == len(curves) else f"{inside or 'none'} of"
    whole = f"after {size}, {of} {count(len(curves), 'measure')} {'is' if inside == 1 else 'are'} within the human range"
    endings = [id_ for id_ in curves if id_.startswith("suffix.")][:2]
    learned = _endings({id_: curves[id_] for id_ in endings}, model)
    name = named(model["name"])
    return f"{name} {series(learned)}; {whole}." if learned else f"{name}: {whole}."


def _endings(curves: Mapping[str, Curve], model: Mapping[str, Any]) -> list[str]:
    """From when on a model writes which endings as often as people do."""
    by_start: dict[float | None, list[str]] = {}
    for id_, curve in curves.items():
        # A hyphen that does not break: "-" at the end of a line and "ed" at the start of the next is no ending.
        by_start.setdefault(curve.settled.x if curve.settled else None, []).append(f"\u2011{id_.partition('.')[2]}")
    never = by_start.pop(None, [])
    learned = [(series(endings), _when(start, model)) for start, endings in by_start.items() if start is not None]
    clauses = [f"writes {endings} as often as people do {when}" for endings, when in learned[:1]]
    clauses += [f"{endings} {when}" for endings, when in learned[1:]]
    return clauses + ([f"does not write {series(never)} as often as people do"] if never else [])


def _when(characters: float, model: Mapping[str, Any]) -> str:
    seconds = next(checkpoint["seconds"] for checkpoint in model["checkpoints"] if checkpoint["characters"] == characters)
    return f"from {rounded(characters)} characters ({duration(seconds)}) on"


def _table(ranking: Ranking, model: Mapping[str, Any], measures: Sequence[str]) -> Table:
    metrics = [id_ for id_ in measures if id_]
    heads = [f"{ranking.metrics[id_]['label']}, {unit_name(ranking.metrics[id_]['unit'])}" for id_ in metrics]
    shown, n = thinned(model["checkpoints"]), len(model["checkpoints"])
    return Table(
        model["name"],
        f"{len(shown)} of its {n:,} checkpoints, evenly spread" if len(shown) < n else "its checkpoints",
        ["characters", "updates", "time", BITS, *heads],
        [[*_progress(at), *(_value(_row(at, id_), ranking.metrics[id_]["unit"]) for id_ in metrics)] for at in shown],
    )


def thinned(checkpoints: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """As many checkpoints as a table has room for, evenly spread, the first and the last among them."""
    last = len(checkpoints) - 1
    if last < _MOST_ROWS:
        return checkpoints
    return [checkpoints[round(i * last / (_MOST_ROWS - 1))] for i in range(_MOST_ROWS)]


def _progress(checkpoint: Mapping[str, Any]) -> list[str]:
    bits = checkpoint["bits_per_char"]
    return [
        f"{checkpoint['characters']:,}",
        f"{checkpoint['updates']:,}",
        duration(checkpoint["seconds"]),
        "not measured" if bits is None else f"{bits:.3f}",
    ]


def _value(row: Mapping[str, Any] | None, unit: str) -> str:
    if row is None or row["value"] is None:
        return "not measured"
    low, high = row["ci"] or (None, None)
    return str(estimate(row["value"], low, high, unit)).replace(" (", f"{NBSP}(")
