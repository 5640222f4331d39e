"""Makes the table of scores from plain values, `score_rows` and `overall_row`, so that templates choose no number and no wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.formatting import count, in_unit, interval_in_unit, unit_name
from evalkit.report.view.ranking import Ranking, human_range, is_human, overall_within_range, position_interval, within_range
from evalkit.results import ONE_VALUE, FloorSummary, Overall, Results, Row

DIRECTIONS = {"lower": "lower is better", "higher": "higher is better", "target": "closest is best"}
_STRIP = (-0.15, 1.15)
"""Positions that a strip shows; what lies beyond is drawn at its end."""


@dataclass(frozen=True)
class ScoreCell:
    """A candidate's entry on a metric.

    Args:
        value, interval: as shown; None where not measured, or without interval.
        note: why not measured, or what to keep in mind.
        within: whether it is in the human range; None where that is not known.
        closest: whether no generator is closer.
        position: 0 human, 1 noise.
        dot, low, high: where the strip has them, percent of its width.
    """

    value: str | None
    interval: str | None
    note: str | None
    within: bool | None
    closest: bool
    position: str | None
    dot: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ScoreRow:
    """A metric's line in the table of scores."""

    id: str
    label: str
    unit: str
    direction: str
    summary: str
    floor: str | None
    floor_range: str | None
    edge: float | None
    cells: Sequence[ScoreCell]


def score_rows(ranking: Ranking, order: Sequence[str], names: Sequence[str]) -> list[ScoreRow]:
    """The table of scores.

    Args:
        ranking: of the run.
        order: ids of the metrics, top to bottom.
        names: of the candidates, left to right.
    """
    return [_score_row(ranking, id_, names) for id_ in order]


def _score_row(ranking: Ranking, id_: str, names: Sequence[str]) -> ScoreRow:
    metric = ranking.metrics[id_]
    closest = ranking.closest_on(id_) if len(ranking.competing) > 1 else []
    floors = [row.floor for name in names if (row := ranking.row(name, id_)) is not None and row.floor is not None]
    targets = [row.target for name in names if (row := ranking.row(name, id_)) is not None and row.target is not None]
    floor = floors[0] if floors else None
    return ScoreRow(
        id=id_,
        label=metric["label"],
        unit=unit_name(metric["unit"]),
        direction=DIRECTIONS[metric["direction"]],
        summary=metric["summary"],
        floor=in_unit(floor.median, metric["unit"]) if floor else None,
        floor_range=_human_range(metric, floor, targets[0] if targets else None) if floor else None,
        edge=_edge_place(floor) if floor else None,
        cells=[_cell(ranking, ranking.row(name, id_), metric, closest=name in closest) for name in names],
    )


def _edge_place(floor: FloorSummary) -> float | None:
    """Where the human range ends on a strip, percent of its width."""
    if floor.damage_median is None or floor.damage_p95 is None or floor.noise is None or floor.noise <= floor.damage_p95:
        return None
    return strip_place((floor.damage_p95 - floor.damage_median) / (floor.noise - floor.damage_median))


@dataclass(frozen=True)
class OverallRow:
    """The line of mean positions.

    Args:
        floor, floor_range: of human text; None in older files.
        edge: where the human range ends on the strip.
        cells: one a candidate.
        counts: on how many measures each is within the human range.
        ranks: each one's rank, empty where there is none.
    """

    floor: str | None
    floor_range: str | None
    edge: float | None
    cells: Sequence[ScoreCell]
    counts: Sequence[str]
    ranks: Sequence[str]


def overall_row(ranking: Ranking, names: Sequence[str]) -> OverallRow:
    """Each candidate's mean position, and on how many measures it is within the human range."""
    by_name = {summary.name: summary for summary in ranking.summaries}
    positions = [ranking.overall(name) for name in names]
    floor = next((position.floor for position in positions if position.floor is not None), None)
    return OverallRow(
        floor=f"{floor.median:.2f}" if floor else None,
        floor_range=f"up to {floor.p95:.2f}" if floor else None,
        edge=strip_place(floor.p95) if floor else None,
        cells=[_overall_cell(position) for position in positions],
        counts=[f"{len(by_name[name].within)} of {by_name[name].n_measured} within" for name in names],
        ranks=[_rank(ranking, position) for position in positions],
    )


def _overall_cell(position: Overall) -> ScoreCell:
    if position.value is None:
        return ScoreCell(None, None, None, None, False, None, None, None, None)
    return ScoreCell(
        value=f"{position.value:.2f}",
        interval=f"{position.ci.low:.2f} to {position.ci.high:.2f}" if position.ci else None,
        note=None,
        within=overall_within_range(position),
        closest=False,
        position=f"{position.value:.2f}",
        dot=strip_place(position.value),
        low=strip_place(position.ci.low) if position.ci else None,
        high=strip_place(position.ci.high) if position.ci else None,
    )


def _rank(ranking: Ranking, position: Overall) -> str:
    """A candidate's rank; none without an interval, which would be needed to tell it from any other."""
    rank = ranking.rank(position.candidate) if position.ci is not None else None
    return "" if rank is None else f"rank {rank.rank} {rank.letters}"


def _human_range(metric: Mapping[str, Any], floor: FloorSummary, target: float | None) -> str:
    low, high = human_range(floor, metric, target) or (None, None)
    if low is not None and high is not None:
        return interval_in_unit(low, high, metric["unit"])
    if low is not None:
        return f"from {in_unit(low, metric['unit'])}"
    return "" if high is None else f"up to {in_unit(high, metric['unit'])}"


def _cell(ranking: Ranking, row: Row | None, metric: Mapping[str, Any], *, closest: bool) -> ScoreCell:
    if row is None or row.value is None:
        return ScoreCell(None, None, row.reason if row else None, None, False, None, None, None, None)
    ends = position_interval(row, metric)
    return ScoreCell(
        value=in_unit(row.value, metric["unit"]),
        interval=interval_in_unit(row.ci.low, row.ci.high, metric["unit"]) if row.ci else None,
        note=row.reason,
        within=within_range(row, metric),
        closest=closest,
        position=None if row.position is None else f"{row.position:.2f}".replace("-", "\u2212"),
        dot=None if row.position is None else strip_place(row.position),
        low=strip_place(ends[0]) if ends else None,
        high=strip_place(ends[1]) if ends else None,
    )


def strip_place(position: float) -> float:
    """Where a position lies on a strip, percent of its width."""
    low, high = _STRIP
    return round(100 * (max(low + 0.03, min(high - 0.03, position)) - low) / (high - low), 1)


def candidate_rows(results: Results) -> list[dict[str, str]]:
    """What each candidate is."""
    return [
        {
            "name": candidate["name"],
            "spec": candidate["spec"],
            "kind": "human text" if is_human(candidate) else candidate["kind"],
            "size": f"{count(candidate['n_passages'], 'passage')}, {candidate['n_chars']:,} characters"
            if candidate["n_passages"]
            else "not sampled",
            "bits": "" if candidate["bits_per_char"] is None else f"{candidate['bits_per_char']:.3f}",
            "bits_note": _bits_note(candidate.get("likelihood") or {}),
            "bits_reason": candidate.get("bits_reason") or "",
            "notes": "; ".join(candidate["notes"]),
        }
        for candidate in results.candidates
    ]


def _bits_note(likelihood: Mapping[str, Any]) -> str:
    """What a likelihood rests on: interval, bits per byte, documents, context, alphabet and what is outside it; "" in older files."""
    if likelihood.get("bits_per_char") is None:
        return ""
    interval = f"{likelihood['low']:.3f} to {likelihood['high']:.3f}; " if likelihood.get("low") is not None else ""
    # Results of before generators had an unknown symbol say nothing of it; for them other characters were impossible.
    known = "possible" if likelihood.get("unknown") is None else "known"
    alphabet = f", {likelihood['alphabet']:,} characters {known}" if likelihood.get("alphabet") else ""
    unknown = (likelihood.get("unknown") or {}).get("characters", 0)
    outside = f"; {count(unknown, 'character')} of the text outside them" if unknown else ""
    documents = count(likelihood["documents"], "document")
    return f"{interval}{likelihood['bits_per_byte']:.3f} per byte; {documents}, each character given {likelihood['given']}{alphabet}{outside}"


def longest_copies(ranking: Ranking, names: Sequence[str]) -> list[tuple[str, str]]:
    """Each candidate's longest copied stretch, in the words of its row."""
    rows = [(name, ranking.row(name, "copy.longest")) for name in names]
    return [
        (name, f"{row.value:,.0f} characters: {row.reason.removesuffix(ONE_VALUE).rstrip('; ')}")
        for name, row in rows
        if row is not None and row.value and row.reason
    ]
