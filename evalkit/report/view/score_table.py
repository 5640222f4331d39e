"""What the HTML shows, as plain values: templates choose no numbers and no words that depend on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.formatting import count, in_unit, interval_in_unit, unit_name
from evalkit.report.view.standings import Board, human_range, is_human, position_interval, within_range
from evalkit.results import ONE_VALUE, FloorSummary, Overall, Results, Row

DIRECTIONS = {"lower": "lower is better", "higher": "higher is better", "target": "closest is best"}
_STRIP = (-0.15, 1.15)
"""Positions that a strip shows; what lies beyond is drawn at its end."""


@dataclass(frozen=True)
class Cell:
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
    cells: Sequence[Cell]


def score_rows(board: Board, order: Sequence[str], names: Sequence[str]) -> list[ScoreRow]:
    """The table of scores.

    Args:
        board: of the run.
        order: ids of the metrics, top to bottom.
        names: of the candidates, left to right.
    """
    return [_score_row(board, id_, names) for id_ in order]


def _score_row(board: Board, id_: str, names: Sequence[str]) -> ScoreRow:
    metric = board.metrics[id_]
    closest = board.closest_on(id_) if len(board.competing) > 1 else []
    floors = [row.floor for name in names if (row := board.row(name, id_)) is not None and row.floor is not None]
    targets = [row.target for name in names if (row := board.row(name, id_)) is not None and row.target is not None]
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
        cells=[_cell(board, board.row(name, id_), metric, closest=name in closest) for name in names],
    )


def _edge_place(floor: FloorSummary) -> float | None:
    """Where the human range ends on a strip."""
    if floor.damage_median is None or floor.damage_p95 is None or floor.noise is None or floor.noise <= floor.damage_p95:
        return None
    return strip_place((floor.damage_p95 - floor.damage_median) / (floor.noise - floor.damage_median))


@dataclass(frozen=True)
class OverallRow:
    """The line of mean positions.

    Args:
        floor, floor_range: of human text; None in files of before they were stored.
        edge: where the human range ends on the strip.
        cells: one a candidate.
        counts: on how many measures each is within the human range.
        ranks: each one's rank, empty where there is none.
    """

    floor: str | None
    floor_range: str | None
    edge: float | None
    cells: Sequence[Cell]
    counts: Sequence[str]
    ranks: Sequence[str]


def overall(board: Board, names: Sequence[str]) -> OverallRow:
    """Each candidate's mean position, and on how many measures it is within the human range."""
    by_name = {standing.name: standing for standing in board.standings}
    found = [board.overall(name) for name in names]
    floor = next((one.floor for one in found if one.floor is not None), None)
    return OverallRow(
        floor=f"{floor.median:.2f}" if floor else None,
        floor_range=f"up to {floor.p95:.2f}" if floor else None,
        edge=strip_place(floor.p95) if floor else None,
        cells=[_overall_cell(one) for one in found],
        counts=[f"{len(by_name[name].within)} of {by_name[name].n_measured} within" for name in names],
        ranks=[_rank(board, one) for one in found],
    )


def _overall_cell(one: Overall) -> Cell:
    if one.value is None:
        return Cell(None, None, None, None, False, None, None, None, None)
    return Cell(
        value=f"{one.value:.2f}",
        interval=f"{one.ci.low:.2f} to {one.ci.high:.2f}" if one.ci else None,
        note=None,
        within=one.value <= one.floor.p95 if one.floor else None,
        closest=False,
        position=f"{one.value:.2f}",
        dot=strip_place(one.value),
        low=strip_place(one.ci.low) if one.ci else None,
        high=strip_place(one.ci.high) if one.ci else None,
    )


def _rank(board: Board, one: Overall) -> str:
    """A candidate without an interval cannot be told from any other, which is no rank."""
    found = board.rank(one.candidate) if one.ci is not None else None
    return "" if found is None else f"rank {found.rank} {found.letters}"


def _human_range(metric: Mapping[str, Any], floor: FloorSummary, target: float | None) -> str:
    low, high = human_range(floor, metric, target) or (None, None)
    if low is not None and high is not None:
        return interval_in_unit(low, high, metric["unit"])
    if low is not None:
        return f"from {in_unit(low, metric['unit'])}"
    return "" if high is None else f"up to {in_unit(high, metric['unit'])}"


def _cell(board: Board, row: Row | None, metric: Mapping[str, Any], *, closest: bool) -> Cell:
    if row is None or row.value is None:
        return Cell(None, None, row.reason if row else None, None, False, None, None, None, None)
    ends = position_interval(row, metric)
    return Cell(
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


def _bits_note(found: Mapping[str, Any]) -> str:
    """What a likelihood rests on: interval, bits per byte, documents, context and alphabet; "" in files of before these were stored."""
    if found.get("bits_per_char") is None:
        return ""
    interval = f"{found['low']:.3f} to {found['high']:.3f}; " if found.get("low") is not None else ""
    alphabet = f", {found['alphabet']:,} characters possible" if found.get("alphabet") else ""
    return f"{interval}{found['bits_per_byte']:.3f} per byte; {count(found['documents'], 'document')}, each character given {found['given']}{alphabet}"


def longest_copies(board: Board, names: Sequence[str]) -> list[tuple[str, str]]:
    """Each candidate's longest copied stretch, in the words of its row."""
    rows = [(name, board.row(name, "copy.longest")) for name in names]
    return [
        (name, f"{row.value:,.0f} characters: {row.reason.removesuffix(ONE_VALUE).rstrip('; ')}")
        for name, row in rows
        if row is not None and row.value and row.reason
    ]
