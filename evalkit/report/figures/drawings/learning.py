"""Draws training: each measure at the checkpoints of models, so that a reader sees when an ending appears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit._util.formatting import compact, count, rounded
from evalkit.report.figures.canvas import Plan, short
from evalkit.report.figures.checkpoints import BITS, MODEL_BITS, characters_of, in_words, measures_of, model_curves, ticks_between
from evalkit.report.figures.curves import MANY, Curve
from evalkit.report.figures.drawings.candidates import spoken_name
from evalkit.report.figures.drawings.curve_panels import Panel, draw_panels, panels_height
from evalkit.report.figures.drawings.frontier import title_of
from evalkit.report.view.ranking import Ranking

_MANY_SAID = " With so many checkpoints the line joins the medians of neighbours, and the pale band encloses all their intervals."
_LOG_FROM = 10.0
"""Ratio of the last to the first checkpoint beyond which the axis doubles."""


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where no checkpoints were scored."""
    models = [
        {**model, "checkpoints": sorted(model["checkpoints"], key=characters_of)}
        for model in ranking.results.learning
        if model["checkpoints"]
    ]
    by_id = (
        {id_: curves for id_ in measures_of(ranking, models) if (curves := model_curves(ranking, models, id_))} if models else {}
    )
    shown = {id_: curves for id_, curves in by_id.items() if not all(curve.constant for curve in curves)}
    if not shown:
        return None
    xs = [point.x for curves in shown.values() for curve in curves for point in curve.points]
    log = min(xs) > 0 and max(xs) > _LOG_FROM * min(xs)
    ticks = ticks_between(min(xs), max(xs), log=log)
    panels = [
        Panel(*((BITS, "of held-out text") if id_ == MODEL_BITS else title_of(ranking, id_)), _since(curves), curves, ticks, log)
        for id_, curves in shown.items()
    ]
    many = max(len(curve.measured) for curves in shown.values() for curve in curves) > MANY
    return Plan(
        finding=_finding(models, by_id),
        how="Each measure over the characters trained on. Grey: the human range; ● inside, ◆ outside, ○ range unknown; "
        f"pale: 95 % intervals.{_MANY_SAID if many else ''}",
        alt=" ".join(f"{panel.title}: {'; '.join(_in_words(curve, panel.unit) for curve in panel.curves)}." for panel in panels),
        height=lambda width: panels_height(panels, width),
        draw=lambda canvas: draw_panels(canvas, panels),
    )


def _finding(models: Sequence[Mapping[str, Any]], by_id: Mapping[str, Sequence[Curve]]) -> str:
    """How many measures are within the human range at each model's last checkpoint."""
    said = []
    for model in models:
        own = [curve.measured[-1].within for curves in by_id.values() for curve in curves if curve.label == model["name"]]
        known = [within for within in own if within is not None]
        if known:
            said.append((str(model["name"]), f"{sum(known)} of {count(len(known), 'measure')}"))
    if not said:
        return "Measures at the checkpoints of training"
    if len(models) == 1:
        size = rounded(models[0]["checkpoints"][-1]["characters"])
        return f"After {size} characters, {spoken_name(said[0][0])} has {said[0][1]} within the human range"
    return "Within the human range at the last checkpoint: " + ", ".join(f"{spoken_name(name)} {share}" for name, share in said)


def _since(curves: Sequence[Curve]) -> str:
    """From when on the only model of a figure is in the human range; several are said in the description."""
    if len(curves) > 1 or curves[0].human is None:
        return ""
    curve = curves[0]
    if curve.settled is not None:
        return "in range throughout" if curve.settled is curve.measured[0] else f"in range from {compact(curve.settled.x)} on"
    return "no longer in range" if any(place.within for place in curve.measured) else "not yet in range"


def _in_words(curve: Curve, unit: str) -> str:
    return f"{short(curve.label, 120)} {in_words(curve, unit)}"
