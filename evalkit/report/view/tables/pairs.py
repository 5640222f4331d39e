"""Puts candidates against each other: the matrix of all pairs overall, `pair_matrix`, and who is tied on which measure, `rank_table`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from evalkit._util.formatting import estimate
from evalkit.report.view.ranking import ALPHA, Ranking
from evalkit.results import Pair

_FEWEST, _MOST = 2, 4
"""Decimals of distances."""


@dataclass(frozen=True)
class PairCell:
    """Two candidates.

    Args:
        difference: distance of the row's candidate less that of the column's, as shown; empty where it is not known.
        interval, p: its 95 % interval and its p, corrected for measures and pairs; empty where there is none.
        note: why there is no difference; else empty.
        apart: whether it is significant after correction.
    """

    difference: str = ""
    interval: str = ""
    p: str = ""
    note: str = ""
    apart: bool = False


@dataclass(frozen=True)
class PairRow:
    """A candidate beside all that are nearer to human text."""

    name: str
    cells: Sequence[PairCell]


@dataclass(frozen=True)
class PairMatrix:
    """All pairs, each once; the nearest candidate is the first column and has no row."""

    columns: Sequence[str]
    rows: Sequence[PairRow]


def pair_matrix(ranking: Ranking) -> PairMatrix | None:
    """The pairs of a run by their overall distance; None where no two candidates were compared."""
    pairs = {(pair.a, pair.b): pair for pair in ranking.results.comparisons if pair.metric == "overall"}
    names = [name for name in ranking.names if any(name in pair for pair in pairs)]
    if len(names) < 2:
        return None
    decimals = _decimals(pairs.values())
    rows = [PairRow(name, [_cell(name, other, pairs, decimals) for other in names[:i]]) for i, name in enumerate(names)][1:]
    return PairMatrix(names[:-1], rows)


def _decimals(pairs: Iterable[Pair]) -> int:
    """So many that the middle interval shows two digits of its width."""
    widths = [pair.ci.high - pair.ci.low for pair in pairs if pair.ci is not None and pair.ci.high > pair.ci.low]
    return min(_MOST, max(_FEWEST, 1 - math.floor(math.log10(median(widths))))) if widths else _FEWEST


def _cell(row: str, column: str, pairs: Mapping[tuple[str, str], Pair], decimals: int) -> PairCell:
    # Each pair is stored once; read the other way round, its difference changes sign and its interval turns.
    pair, sign = (pairs[row, column], 1.0) if (row, column) in pairs else (pairs.get((column, row)), -1.0)
    if pair is None or pair.delta is None:
        return PairCell(note="no interval" if pair is not None and "no interval" in (pair.reason or "") else "not compared")
    low, high = sorted((sign * pair.ci.low, sign * pair.ci.high)) if pair.ci is not None else (None, None)
    shown = estimate(sign * pair.delta, low, high, sign=True, decimals=decimals)
    p = "" if pair.p_adjusted is None else _p(pair.p_adjusted)
    apart = pair.p_adjusted is not None and pair.p_adjusted < ALPHA
    return PairCell(shown.value, shown.interval, p, apart=apart)


def _p(value: float) -> str:
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".")


@dataclass(frozen=True)
class RankRow:
    """A measure with each candidate's rank and letters, such as "1 ab"; empty for those without a rank."""

    label: str
    cells: Sequence[str]


@dataclass(frozen=True)
class RankTable:
    """Ranks by measure; of two candidates that share a letter, neither is significantly nearer to human text."""

    names: Sequence[str]
    rows: Sequence[RankRow]


def rank_table(ranking: Ranking) -> RankTable | None:
    """The ranks of a run, overall first; None where there are none."""
    ranks = {(rank.metric, rank.candidate): f"{rank.rank} {rank.letters}" for rank in ranking.results.ranking}
    if not ranks:
        return None
    names = [name for name in ranking.names if any(candidate == name for _, candidate in ranks)]
    metrics = [metric for metric in dict.fromkeys(metric for metric, _ in ranks) if metric in ranking.metrics]
    labels = {"overall": "overall", **{id_: str(ranking.metrics[id_]["label"]) for id_ in metrics}}
    rows = [RankRow(label, [ranks.get((id_, name), "") for name in names]) for id_, label in labels.items()]
    return RankTable(names, [row for row in rows if any(row.cells)])
