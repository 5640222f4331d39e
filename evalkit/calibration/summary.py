"""Sums up a calibration as JSON values: `summary` is what the command prints and what every report of it is made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evalkit.calibration.experiment import SensitivityCard
from evalkit.calibration.proposed_policy import proposed_margins
from evalkit.calibration.request import CalibrationRequest
from evalkit.calibration.simulate import Rates
from evalkit.gating.policy import OVER

VERDICTS = ("REGRESSION", "PASS", "INCONCLUSIVE")


def summary(request: CalibrationRequest, rates: Rates, cards: Sequence[SensitivityCard]) -> dict[str, Any]:
    """The findings of a calibration, as JSON values.

    Args:
        request: what was calibrated.
        rates: of the gates on the candidate against itself.
        cards: one a planted defect.
    """
    proposed = proposed_margins(rates)
    units = {metric.id: metric.unit for metric in request.metrics}
    labels = {metric.id: metric.label for metric in request.metrics}
    labels |= {f"{id_}{OVER}": f"{label}, above human text" for id_, label in labels.items()}
    return {
        "candidate": request.candidate.spec,
        "shape": {"n_passages": request.shape.n_passages, "n_chars": request.shape.n_chars},
        "reference": {"corpus": request.corpus.name, "hash": request.corpus.hash},
        "seed": request.seed,
        "runs": rates.runs,
        "looks": list(request.sizes),
        "mean_passages": rates.mean_passages,
        "verdicts": {verdict: list(rates.share(verdict)) for verdict in VERDICTS},
        "measures": {
            measure: {
                "label": labels.get(measure, measure),
                "tier": request.policy.threshold(measure).tier,
                "passed": counts["pass"] / rates.runs,
                "smallest_effect": rates.smallest_effect(measure),
                "unit": units.get(measure.removesuffix(OVER), ""),
                "proposed_margin": proposed.get(measure),
                "sees": {card.defect.name: words for card in cards if (words := card.plain(measure)) is not None},
            }
            for measure, counts in rates.decisions.items()
        },
        "defects": {card.defect.name: _defect(card) for card in cards},
    }


def _defect(card: SensitivityCard) -> dict[str, Any]:
    highest = card.highest
    return {
        "smallest": card.plain(),
        "highest_plain": None if highest is None else card.defect.plain.format(highest),
        "shown": card.defect.shown,
        "shown_plain": card.defect.plain.format(card.defect.shown),
        "not_comparable_from": card.refused,
        "gate": {str(dose): rate for dose, rate in card.gate.items()},
        "measures": {m: {str(dose): rate for dose, rate in seen.items()} for m, seen in card.measures.items()},
    }
