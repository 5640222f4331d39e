"""Proposes a policy (`proposed_policy`) whose margins a candidate stays within when it is compared with itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evalkit._util.escape import visible
from evalkit._util.formatting import estimate
from evalkit.calibration.request import CalibrationRequest
from evalkit.calibration.simulate import Rates
from evalkit.gating.policy import GATED, Policy


def proposed_policy(request: CalibrationRequest, rates: Rates) -> str:
    """The policy file that fits the A/A runs of a candidate; a comment records the false alarms under the policy in use."""
    share, low, high = rates.share("REGRESSION")
    alarms = estimate(share, low, high, "share", suffix=" %")
    margins = {
        measure: margin for measure, margin in proposed_margins(rates).items() if request.policy.threshold(measure).tier in GATED
    }
    comment = (
        f"Margins within which 99 % of {rates.runs} gates of {visible(request.candidate.spec)} against itself stay, measure by measure,\n"
        f"at {request.shape}, reference {visible(request.corpus.name)} {request.corpus.hash[:12]}, seed {request.seed}.\n"
        f"False alarms under the policy in use: {alarms}.\n"
        "They are as tight as this run can decide; widen them to what you can accept."
    )
    return policy_toml(request.policy, margins, comment=comment)


def proposed_margins(rates: Rates, *, share: float = 0.99) -> dict[str, float]:
    """For each measure the margin that this share of A/A runs stays within, in the metric's unit; only where it is above 0."""
    margins = {}
    for measure, highs in rates.highs.items():
        if np.isfinite(highs).all():
            margin = float(np.quantile(highs, share))
            if margin > 0:
                margins[measure] = margin
    return margins


def policy_toml(policy: Policy, margins: Mapping[str, float], *, comment: str) -> str:
    """A policy file with the tiers of a policy and proposed margins, rounded up to two digits."""
    lines = [*(f"# {line}" for line in comment.splitlines()), f"level = {policy.level}", ""]
    for measure, margin in margins.items():
        # Rounded up and never down: a margin below the quantile would be exceeded more often.
        digits = 1 - int(np.floor(np.log10(margin)))
        rounded = np.ceil(margin * 10.0**digits) / 10.0**digits
        lines += [
            f'[metrics."{measure}"]',
            f'tier = "{policy.threshold(measure).tier}"',
            f"margin = {rounded:.{max(digits, 0)}f}",
            "",
        ]
    return "\n".join(lines)
