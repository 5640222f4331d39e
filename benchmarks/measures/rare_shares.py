"""Measures the coverage of intervals of shares that are 0, or nearly so, in every passage.

Each passage has so many chances, such as words, and hits as a beta-binomial distribution gives them, with a correlation within the passage; the
metric declares another one. Where no passage has a hit, the interval is the rule of three's, and it should end below the true share in at most
2.5 % of samples. That is counted at shares just above the bound, ten times as many samples. The coverage of all intervals, those of the jackknife
included, is at shares in units of the bound.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.calibration.simulate import wilson
from evalkit.counts.feature import Counts, Feature, Layout, Lexicon, Totals
from evalkit.inference import Sample, value_intervals
from evalkit.inference.rule_of_three import independent, share_unseen
from evalkit.metrics.base import Direction, Family, Metric, Minimum, Proportion, ratio


def _never(items: Sequence[str], lexicon: Lexicon) -> Counts:
    raise AssertionError("these counts are drawn")


_COUNTS = Feature("counts", ("hits", "chances"), "chars", _never)
_LAYOUT = Layout([_COUNTS])
_REFERENCE = Totals(np.array([[0.0, 1e6]]), _LAYOUT)
TIMES = (0.1, 0.3, 1.0, 3.0)
"""Shares at which all intervals are counted, in units of the bound."""


@dataclass(frozen=True)
class Setting:
    """Passages of one kind.

    Args:
        n_units: passages.
        n_chances: chances of each.
        true: correlation of the chances of one passage.
        declared: the correlation that the metric takes them for.
    """

    n_units: int
    n_chances: int
    true: float
    declared: float

    def hits(self, share: float, n_samples: int, rng: np.random.Generator) -> Counts:
        """Hits of each passage, [samples x passages]."""
        shape = (n_samples, self.n_units)
        if self.true == 0:
            return rng.binomial(self.n_chances, share, shape)
        if self.true == 1:
            return self.n_chances * rng.binomial(1, share, shape)
        scale = 1 / self.true - 1
        return rng.binomial(self.n_chances, rng.beta(share * scale, (1 - share) * scale, shape))


SETTINGS = (
    Setting(100, 160, 0.0, 0.05),
    Setting(100, 160, 0.02, 0.05),
    Setting(100, 160, 0.05, 0.05),
    Setting(40, 80, 0.05, 0.05),
    Setting(100, 350, 0.0, 0.01),
    Setting(100, 350, 0.01, 0.01),
    Setting(100, 1, 0.0, 1.0),
    Setting(100, 160, 1.0, 1.0),
    Setting(100, 160, 1.0, 0.05),
)
"""Unknown words, endings, and loops at the default declarations, and at last passages that are all noise, which .05 does not allow for."""


def metric(correlation: float) -> Metric:
    """A share of hits."""
    return Metric(
        id="made.share",
        family=Family.WORDS,
        label="share",
        unit="share",
        direction=Direction.TARGET,
        bounds=(0.0, 1.0),
        version=1,
        summary="",
        formula="",
        source="",
        features=(_COUNTS,),
        score=lambda totals, reference: ratio(totals["counts"][:, 0], totals["counts"][:, 1]),
        minimum=Minimum(1, "chances", lambda totals: totals["counts"][:, 1]),
        proportion=Proportion(lambda t: t["counts"][:, 0], lambda t: t["counts"][:, 1], correlation=correlation),
    )


def bound(setting: Setting) -> float:
    """The upper end of the 95 % interval where no passage has a hit."""
    worth = independent(np.full(setting.n_units, float(setting.n_chances)), setting.declared)
    return share_unseen(float(worth.sum()), 0.025)


def missed(setting: Setting, *, n_samples: int, seed: int) -> int:
    """How many samples without a hit come from a share just above the bound: their intervals end too low."""
    rng = np.random.default_rng([seed, 1])
    batches = [setting.hits(1.0001 * bound(setting), min(1_000, n_samples - start), rng) for start in range(0, n_samples, 1_000)]
    return int(sum((~batch.any(axis=1)).sum() for batch in batches))


def covered(setting: Setting, share: float, *, n_samples: int, seed: int) -> int:
    """How many of the samples of one share have an interval that holds it."""
    made, n = metric(setting.declared), 0
    for hits in setting.hits(share, n_samples, np.random.default_rng([seed, 2])):
        tally = np.column_stack([hits, np.full(setting.n_units, setting.n_chances)])
        estimate = value_intervals(Sample(tally, np.arange(setting.n_units), _REFERENCE), [made])["made.share"]
        assert estimate.low is not None, "a share has an interval whatever the sample"
        assert estimate.high is not None, "likewise"
        n += estimate.low <= share <= estimate.high
    return n


def rows(settings: Sequence[Setting], *, n_samples: int, seed: int) -> Iterator[str]:
    """A row a setting."""
    for setting in settings:
        most, n = bound(setting), 10 * n_samples
        rate, low, high = wilson(missed(setting, n_samples=n, seed=seed), n)
        cells = [
            f"{setting.n_units} x {setting.n_chances}",
            f"{setting.true:g}, {setting.declared:g}",
            f"{100 * most:.3g} %",
            f"{100 * rate:.1f} ({100 * low:.1f}-{100 * high:.1f})",
        ]
        for times in TIMES:
            found, _, _ = wilson(covered(setting, min(times * most, 0.5), n_samples=n_samples, seed=seed), n_samples)
            cells.append(f"{100 * found:.1f}")
        yield f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks rare_shares", description=__doc__)
    parser.add_argument("--samples", type=int, default=2000, help="samples a share and setting")
    parser.add_argument("--seed", type=int, default=0, help="of the draws")
    given = parser.parse_args(arguments)
    head = [
        "passages x chances",
        "correlation, declared",
        "bound",
        "ends too low, %",
        *(f"coverage at {times:g} x, %" for times in TIMES),
    ]
    print(f"| {' | '.join(head)} |", "|---" * len(head) + "|", sep="\n")
    for row in rows(SETTINGS, n_samples=given.samples, seed=given.seed):
        print(row, flush=True)
