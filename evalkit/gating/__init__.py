"""Gates candidates: keeps baselines, compares a candidate with one under a policy, and gives the verdict.

- `baseline`: runs that later runs are compared with.
- `policy`, `measures`: what is gated, and how much worse it may become.
- `decision`: the statistical rule.
- `request`, `looks`, `run`, `results`: a gate from its options to its results.
- `saving`, `further`: how baselines are made, and the passages that they keep for further looks.
- `sweep`: temperatures, of which the gate says which are worse than temperature 1.

Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.gating.baseline import Baseline, Store, read_baseline
    from evalkit.gating.decision import Decided, Decision, Verdict, conclude, decide
    from evalkit.gating.measures import Measure, known_measures, measures_of
    from evalkit.gating.policy import Margin, Policy, Rule, Threshold, Tier, default_policy, parse_policy, read_policy
    from evalkit.gating.request import GateRequest, gate_request
    from evalkit.gating.run import GateOutcome, gate
    from evalkit.gating.saving import make_baseline

__all__ = [
    "Baseline",
    "Decided",
    "Decision",
    "GateOutcome",
    "GateRequest",
    "Margin",
    "Measure",
    "Policy",
    "Rule",
    "Store",
    "Threshold",
    "Tier",
    "Verdict",
    "conclude",
    "decide",
    "default_policy",
    "gate",
    "gate_request",
    "known_measures",
    "make_baseline",
    "measures_of",
    "parse_policy",
    "read_baseline",
    "read_policy",
]

__getattr__ = lazy_names(
    __name__,
    {
        **dict.fromkeys(("Baseline", "Store", "read_baseline"), "evalkit.gating.baseline"),
        **dict.fromkeys(("Decided", "Decision", "Verdict", "conclude", "decide"), "evalkit.gating.decision"),
        **dict.fromkeys(("Measure", "known_measures", "measures_of"), "evalkit.gating.measures"),
        **dict.fromkeys(
            ("Margin", "Policy", "Rule", "Threshold", "Tier", "default_policy", "parse_policy", "read_policy"),
            "evalkit.gating.policy",
        ),
        **dict.fromkeys(("GateRequest", "gate_request"), "evalkit.gating.request"),
        **dict.fromkeys(("GateOutcome", "gate"), "evalkit.gating.run"),
        "make_baseline": "evalkit.gating.saving",
    },
)
