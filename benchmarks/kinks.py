"""Measures the coverage of differences in damage near a kink: a target, or the human floor below which damage counts as none.

Values are normal with known errors, so that only the rule for kinks is measured. One damage is far from its kink, the other a given number of
its own standard errors.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from evalkit.gating.measures import beyond_human
from evalkit.inference.difference import Side, ends
from evalkit.inference.jackknife import Spread
from evalkit.metrics import Metric, catalogue
from evalkit.metrics.base import Side as CountedSide

PAIRS, UNITS, ERROR, FAR = 10_000, 400, 0.001, 0.2
RATIOS, PLACES = (0.3, 1.0, 3.0), (-1.0, 0.0, 1.0, 2.0, 3.0)
KINKS = ("target", "floor")


def side(metric: Metric, value: float, error: float, *, target: float, floor: float) -> Side:
    influence = np.resize([1.0, -1.0], UNITS) * error / np.sqrt(UNITS)
    return Side(metric, Spread(value, influence, UNITS), target, floor)


def missed(kink: str, ratio: float, place: float, *, pairs: int, seed: int = 0) -> tuple[float, float]:
    """Shares of pairs whose true difference lies above and below the interval.

    Args:
        kink: "target" or "floor".
        ratio: the far side's error over the near side's.
        place: the near side's true distance from its kink, in its own errors; below 0 it lies under the floor.
        pairs: how many.
        seed: of the values.
    """
    metric = (
        catalogue(Metric)["wordlen.mean"]
        if kink == "target"
        else beyond_human(catalogue(Metric)["vocab.hit"], 0.0, side=CountedSide.MORE, id_="vocab.hit:over")
    )
    target, floor = (5.0, -np.inf) if kink == "target" else (0.0, 0.0)
    truth = FAR - max(place, 0.0) * ERROR
    above = below = 0
    for far, near in np.random.default_rng(seed).standard_normal((pairs, 2)):
        far_side = side(metric, target + FAR + far * ratio * ERROR, ratio * ERROR, target=target, floor=floor)
        near_side = side(metric, target + (place + near) * ERROR, ERROR, target=target, floor=floor)
        low, high = ends(far_side, near_side, 0.95, 2 * (UNITS - 1))
        above, below = above + (high < truth), below + (low > truth)
    return above / pairs, below / pairs


def main(arguments: Sequence[str] = ()) -> None:
    """Prints one Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks kinks", description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS, help="pairs of each setting")
    options = parser.parse_args(arguments)
    print("| kink | errors | " + " | ".join(f"{place:g}" for place in PLACES) + " |\n|---|---|" + "---|" * len(PLACES))
    for kink in KINKS:
        for ratio in RATIOS:
            cells = [
                ""
                if kink == "target" and place < 0
                else "{:.1f}, {:.1f}".format(*(100 * x for x in missed(kink, ratio, place, pairs=options.pairs)))
                for place in PLACES
            ]
            print(f"| {kink} | {ratio:g} : 1 | " + " | ".join(cells) + " |", flush=True)
