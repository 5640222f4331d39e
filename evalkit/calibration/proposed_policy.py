"""The policy that fits a candidate's A/A runs: margins within which it stays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evalkit._util.escape import visible
from evalkit.calibration.request import CalibrationRequest
from evalkit.calibration.simulate import Rates
from evalkit.gating.policy import GATED, Policy


def proposed_policy(trial: CalibrationRequest, rates: Rates) -> str:
    """The policy file that fits a trial's A/A runs, with what they said of the policy in use."""
    share, low, high = rates.share("REGRESSION")
    margins = {
        measure: margin for measure, margin in proposed_margins(rates).items() if trial.policy.threshold(measure).tier in GATED
    }
    comment = (
        f"Margins within which 99 % of {rates.runs} gates of {visible(trial.candidate.spec)} against itself stay, measure by measure,\n"
        f"at {trial.shape}, reference {visible(trial.corpus.name)} {trial.corpus.hash[:12]}, seed {trial.seed}.\n"
        f"False alarms under the policy in use: {100 * share:.1f} % ({100 * low:.1f} to {100 * high:.1f}).\n"
        "They are as tight as this run can decide; widen them to what you can bear."
    )
    return policy_toml(trial.policy, margins, comment=comment)


def proposed_margins(rates: Rates, *, share: float = 0.99) -> dict[str, float]:
    """For each measure the margin that this share of A/A runs stays within, in the metric's unit; only where it is above 0."""
    found = {}
    for measure, highs in rates.highs.items():
        if np.isfinite(highs).all():
            margin = float(np.quantile(highs, share))
            if margin > 0:
                found[measure] = margin
    return found


def policy_toml(policy: Policy, margins: Mapping[str, float], *, comment: str) -> str:
    """A policy file with the tiers of a policy and proposed margins, rounded up to two digits."""
    lines = [*(f"# {line}" for line in comment.splitlines()), f"level = {policy.level}", ""]
    for measure, margin in margins.items():
        digits = 1 - int(np.floor(np.log10(margin)))
        rounded = np.ceil(margin * 10.0**digits) / 10.0**digits
        lines += [
            f'[metrics."{measure}"]',
            f'tier = "{policy.threshold(measure).tier}"',
            f"margin = {rounded:.{max(digits, 0)}f}",
            "",
        ]
    return "\n".join(lines)
