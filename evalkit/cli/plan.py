"""Runs `evalkit plan`: how many passages it takes to see an effect of a given size."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evalkit.cli import options as opt
from evalkit.errors import UsageError, one_of

if TYPE_CHECKING:  # numpy would slow down every --help
    from evalkit.gating.baseline import Baseline
    from evalkit.gating.policy import Policy


def plan(
    baseline: opt.BaselineName,
    effect: Annotated[
        list[str] | None,
        typer.Option(
            "--effect",
            metavar="MEASURE=SIZE",
            help="Increase in damage to detect, in the metric's unit (of a share, .02 is 2 points), or as in 2 points; repeatable.",
        ),
    ] = None,
    power: Annotated[float, typer.Option("--power", min=0.5, max=0.999, help="Probability of detecting the effect.")] = 0.8,
    policy: opt.PolicyFile = None,
    format_: opt.ListingFormat = "text",
) -> None:
    """Say how many passages a side it takes to detect an effect, given the noise of a baseline."""
    from evalkit.config import find_config
    from evalkit.gating.baseline import Store
    from evalkit.gating.measures import units_of
    from evalkit.gating.request import effective_policy, language_of

    kept, _ = Store().load(baseline)
    noises, units = _noises(kept, language_of(kept)), units_of(language_of(kept))
    rows = planned(
        kept,
        noises,
        effective_policy(policy, config=find_config(), language=language_of(kept)),
        _effects(effect or [], units, noises),
        power=power,
    )
    if format_ == "json":
        typer.echo(json.dumps(rows, ensure_ascii=True, indent=1, allow_nan=False))
        return
    from evalkit._util.formatting import amount
    from evalkit.report.terminal.scores import print_table

    def cell(row: Mapping[str, Any], key: str) -> str:
        value = row[key]
        return "" if value is None else amount(value, units[row["measure"]]) if isinstance(value, float) else str(value)

    head = ("measure", "margin", "effect", "passages to see it", "passages to pass", "remark")
    keys = ("measure", "margin", "effect", "passages", "passages_to_pass", "remark")
    print_table(
        f"Passages a side for {power:.0%} power, now {len(kept.tally)}", head, [[cell(row, key) for key in keys] for row in rows]
    )


def _noises(baseline: Baseline, language: str) -> dict[str, float | None]:
    """Measure -> standard error of one sample of the baseline's shape; both measures of a share have the same."""
    from evalkit.gating.measures import ids_of
    from evalkit.metrics import Metric, catalogue

    metrics = catalogue(Metric, language=language)
    pairs = [(metrics[id_], value["standard_error"]) for id_, value in baseline.values.items() if id_ in metrics]
    return {measure: noise for metric, noise in pairs for measure in ids_of(metric)}


def _effects(texts: list[str], units: Mapping[str, str], noises: Mapping[str, float | None]) -> dict[str, float]:
    from evalkit._util.formatting import unit_name
    from evalkit.gating.measures import SHARE

    effects = {}
    for text in texts:
        measure, _, size = text.partition("=")
        number, scale = (size.removesuffix("points"), 0.01) if size.endswith("points") else (size, 1.0)
        try:
            value = scale * float(number)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value > 0):
            raise UsageError(
                f'"{text}" is not an effect.',
                remedy='Write MEASURE=SIZE with a size above 0, such as vocab.hit=0.02 or "vocab.hit=2 points".',
            )
        if measure not in noises:
            raise UsageError(f'The baseline has no "{measure}".', remedy=one_of(measure, noises))
        if size.endswith("points") and units[measure] != SHARE:
            raise UsageError(
                f'"{text}" is in points, which only shares have; {measure} is in {unit_name(units[measure])}.',
                remedy=f"Write the size in that unit, such as {measure}=0.1.",
            )
        effects[measure] = value
    return effects


def planned(
    baseline: Baseline, noises: Mapping[str, float | None], policy: Policy, effects: Mapping[str, float], *, power: float
) -> list[dict[str, Any]]:
    """One row a gated measure, or a measure with an effect.

    The noise of a difference is that of both sides, root 2 times the baseline's. An effect is a regression when its interval lies beyond the
    margin, so what must be seen is its excess over the margin, at a level shared by all gated measures (Bonferroni); an unchanged candidate passes when
    the margin itself could be seen.
    """
    from evalkit.gating.baseline import FEWEST_PASSAGES
    from evalkit.gating.measures import damages_of, floor_unit
    from evalkit.gating.policy import GATED, OVER
    from evalkit.inference import passages_needed

    n_gated = sum(policy.threshold(measure).tier in GATED for measure in noises)
    alpha = 1 - policy.level

    def needed(size: float, error: float, level: float) -> int | None:
        n = passages_needed(size, standard_error=error, n_passages=len(baseline.tally), alpha=level, power=power)
        return None if n is None else max(n, FEWEST_PASSAGES)

    rows = []
    for measure, noise in noises.items():
        threshold = policy.threshold(measure)
        if measure not in effects and (effects or threshold.tier not in GATED):
            continue
        dose = threshold.margin.dose
        damages = (damages_of(baseline.doses, measure) or {}).get(dose)
        margin = threshold.margin.value(floor_unit(baseline.floors.get(measure.removesuffix(OVER))), damages)
        effect = effects.get(measure)
        row: dict[str, Any] = {
            "measure": measure,
            "margin": margin,
            "effect": effect,
            "passages": None,
            "passages_to_pass": None,
            "remark": "",
        }
        if noise is None or margin is None:
            row["remark"] = "its noise or its floor was not measured"
        else:
            error = math.sqrt(2) * noise
            row["passages_to_pass"] = needed(margin, error, alpha)
            if effect is not None and effect <= margin:
                row["remark"] = "within the margin: the policy tolerates it"
            elif effect is not None:
                row["passages"] = needed(effect - margin, error, alpha / max(1, n_gated))
        rows.append(row)
    return rows
