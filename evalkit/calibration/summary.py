"""Sums up a calibration as JSON values: `summary` is what the command prints and what every report of it is made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evalkit.calibration.experiment import Card
from evalkit.calibration.proposed_policy import proposed_margins
from evalkit.calibration.request import CalibrationRequest
from evalkit.calibration.simulate import Rates

VERDICTS = ("REGRESSION", "PASS", "INCONCLUSIVE")


def summary(trial: CalibrationRequest, rates: Rates, cards: Sequence[Card]) -> dict[str, Any]:
    """All that a calibration found, as JSON values.

    Args:
        trial: what was calibrated.
        rates: of the gates on the candidate against itself.
        cards: one a planted defect.
    """
    proposed = proposed_margins(rates)
    units = {metric.id: metric.unit for metric in trial.metrics}
    return {
        "candidate": trial.candidate.spec,
        "shape": vars(trial.shape),
        "reference": {"corpus": trial.corpus.name, "hash": trial.corpus.hash},
        "seed": trial.seed,
        "runs": rates.runs,
        "verdicts": {verdict: list(rates.share(verdict)) for verdict in VERDICTS},
        "measures": {
            measure: {
                "tier": trial.policy.threshold(measure).tier,
                "passed": counts["pass"] / rates.runs,
                "smallest_effect": rates.smallest_effect(measure),
                "unit": units.get(measure.removesuffix(":over"), ""),
                "proposed_margin": proposed.get(measure),
                "sees": {card.defect.name: words for card in cards if (words := card.plain(measure)) is not None},
            }
            for measure, counts in rates.decisions.items()
        },
        "defects": {card.defect.name: _defect(card) for card in cards},
    }


def _defect(card: Card) -> dict[str, Any]:
    return {
        "smallest": card.plain(),
        "shown": card.defect.shown,
        "shown_plain": card.defect.plain.format(card.defect.shown),
        "not_comparable_from": card.refused,
        "gate": {str(dose): rate for dose, rate in card.gate.items()},
        "measures": {m: {str(dose): rate for dose, rate in seen.items()} for m, seen in card.measures.items()},
    }
