"""Calibrates the gate: counts its false alarms on a candidate against itself, plants defects of known size, and proposes a policy.

- `request`, `experiment`, `summary`: a calibration from its options to its findings.
- `simulate`: the gate, run many times.
- `evalkit.defects`: how text is corrupted.
- `proposed_policy`: margins that fit.

Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.calibration.experiment import Experiment, SensitivityCard
    from evalkit.calibration.proposed_policy import policy_toml, proposed_margins
    from evalkit.calibration.request import CalibrationRequest, calibration_request
    from evalkit.calibration.simulate import Rates, SimulatedGate, gated_metrics
    from evalkit.defects.planted import DEFECTS, Defect, defects_named

__all__ = [
    "DEFECTS",
    "CalibrationRequest",
    "Defect",
    "Experiment",
    "Rates",
    "SensitivityCard",
    "SimulatedGate",
    "calibration_request",
    "defects_named",
    "gated_metrics",
    "policy_toml",
    "proposed_margins",
]

__getattr__ = lazy_names(
    __name__,
    {
        **dict.fromkeys(("DEFECTS", "Defect", "defects_named"), "evalkit.defects.planted"),
        **dict.fromkeys(("Experiment", "SensitivityCard"), "evalkit.calibration.experiment"),
        **dict.fromkeys(("policy_toml", "proposed_margins"), "evalkit.calibration.proposed_policy"),
        **dict.fromkeys(("CalibrationRequest", "calibration_request"), "evalkit.calibration.request"),
        **dict.fromkeys(("Rates", "SimulatedGate", "gated_metrics"), "evalkit.calibration.simulate"),
    },
)
