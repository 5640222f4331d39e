"""Makes the table of scores from plain values, `score_rows` and `overall_row`, so that templates choose no number and no wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.formatting import count, unit_name
from evalkit.report.view.digits import RowDigits, places_apart
from evalkit.report.view.judging.marks import (
    INSIDE,
    OUTSIDE,
    UNKNOWN,
    edge_places,
    floor_units,
    overall_within_range,
    place_interval,
    place_of,
    side_mark,
    side_of,
    within_range,
)
from evalkit.report.view.ranking import Ranking, is_human
from evalkit.results import ONE_VALUE, FloorSummary, Overall, Results, Row

DIRECTIONS = {"lower": "lower is better", "higher": "higher is better", "target": "closest is best"}
_STRIP = (-1.2, 1.2)
"""Places that a strip shows, as `place_of` has them; what lies beyond is drawn at its end, with an arrow."""


@dataclass(frozen=True)
class ScoreCell:
    """A candidate's entry on a metric.

    Args:
        value, interval: as shown; None where not measured, or without interval.
        note: why not measured, or what to keep in mind.
        within: whether it is in the human range; None where that is not known.
        closest: whether it is significantly closer to human text than every other generator.
        distance: from the human median in words: floor units and the side; of older files, the position between human text and noise. None where
            it is not known.
        side: the mark of the side, empty within the human range.
        dot, low, high: where the strip has them, percent of its width.
        beyond: -1 or 1 where the value lies beyond the strip's left or right end, else 0.
    """

    value: str | None
    interval: str | None
    note: str | None
    within: bool | None
    closest: bool
    distance: str | None = None
    side: str = ""
    dot: float | None = None
    low: float | None = None
    high: float | None = None
    beyond: int = 0

    @property
    def short_note(self) -> str:
        """What to keep in mind, in two words where it is why there is no interval: the page says that once."""
        return "no interval" if self.note and self.interval is None else self.note or ""

    @property
    def mark(self) -> str:
        """Its mark, by whether it is in the human range."""
        return mark_of(self.within)


@dataclass(frozen=True)
class ScoreRow:
    """A metric's line in the table of scores.

    Args:
        id, label, unit, direction, summary: of the metric.
        family: that it belongs to; empty for none, and in older files.
        floor, floor_range: the median and the range of human text, as shown.
        edges: the ends of the human range on a strip, percent of its width.
        noise: on which side of human text unigram noise lies: -1, 1, or 0 where that is not known.
        cells: one a candidate.
    """

    id: str
    label: str
    unit: str
    direction: str
    summary: str
    family: str
    floor: str | None
    floor_range: str | None
    edges: tuple[float, float] | None
    noise: int
    cells: Sequence[ScoreCell]


def mark_of(within: bool | None) -> str:
    """The mark of a value: within the human range, outside it, or where that is not known."""
    return UNKNOWN if within is None else INSIDE if within else OUTSIDE


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
    rows = [ranking.row(name, id_) for name in names]
    floor = next((row.floor for row in rows if row is not None and row.floor is not None), None)
    digits = RowDigits(rows, metric)
    return ScoreRow(
        id=id_,
        label=metric["label"],
        unit=unit_name(metric["unit"]),
        direction=DIRECTIONS[metric["direction"]],
        summary=metric["summary"],
        family=str(metric.get("family") or ""),
        floor=digits.text(floor.median) if floor else None,
        floor_range=digits.human_range() if floor else None,
        edges=_edges(floor),
        noise=_noise_side(floor),
        cells=[_cell(row, metric, digits, closest=name in closest) for name, row in zip(names, rows, strict=True)],
    )


def _noise_side(floor: FloorSummary | None) -> int:
    """On which side of human text unigram noise lies; in older files strips are of distances from good, which noise is at the right end of."""
    if floor is None:
        return 0
    if floor.noise_distance is None:
        return 1
    return (floor.noise_distance > 1) - (floor.noise_distance < -1)


def _edges(floor: FloorSummary | None) -> tuple[float, float] | None:
    """Where the human range ends on a strip, percent of its width."""
    places = edge_places(floor) if floor is not None else None
    return None if places is None else (strip_place(places[0]), strip_place(places[1]))


@dataclass(frozen=True)
class OverallRow:
    """The line of overall distances.

    Args:
        floor, floor_range: of human text; None in older files.
        edges: the ends of the human range on the strip.
        cells: one a candidate.
        counts: on how many measures each is within the human range.
        ranks: each one's rank, empty where there is none.
    """

    floor: str | None
    floor_range: str | None
    edges: tuple[float, float] | None
    cells: Sequence[ScoreCell]
    counts: Sequence[str]
    ranks: Sequence[str]


def overall_row(ranking: Ranking, names: Sequence[str]) -> OverallRow:
    """Each candidate's overall distance, and on how many measures it is within the human range."""
    by_name = {summary.name: summary for summary in ranking.summaries}
    positions = [ranking.overall(name) for name in names]
    floor = next((position.floor for position in positions if position.floor is not None), None)
    values = [position.value for position in positions if position.value is not None]
    places = places_apart(values, floor.p95 if floor else None)
    return OverallRow(
        floor=f"{floor.median:.{places}f}" if floor else None,
        floor_range=f"up to {floor.p95:.{places}f}" if floor else None,
        edges=(strip_place(0.0), strip_place(floor.p95)) if floor else None,
        cells=[_overall_cell(position, places) for position in positions],
        counts=[f"{len(by_name[name].within)} of {by_name[name].n_measured} within" for name in names],
        ranks=[_rank(ranking, position) for position in positions],
    )


def _overall_cell(position: Overall, places: int) -> ScoreCell:
    if position.value is None:
        return ScoreCell(None, None, None, None, False)
    return ScoreCell(
        value=f"{position.value:.{places}f}",
        interval=f"{position.ci.low:.{places}f} to {position.ci.high:.{places}f}" if position.ci else None,
        note=None,
        within=overall_within_range(position),
        closest=False,
        distance=f"{position.value:.2f} from human text",
        dot=strip_place(position.value),
        low=strip_place(position.ci.low) if position.ci else None,
        high=strip_place(position.ci.high) if position.ci else None,
        beyond=_beyond(position.value),
    )


def _rank(ranking: Ranking, position: Overall) -> str:
    """A candidate's rank; none without an interval, which would be needed to tell it from any other."""
    rank = ranking.rank(position.candidate) if position.ci is not None else None
    return "" if rank is None else f"rank {rank.rank} {rank.letters}"


def _cell(row: Row | None, metric: Mapping[str, Any], digits: RowDigits, *, closest: bool) -> ScoreCell:
    if row is None or row.value is None:
        return ScoreCell(None, None, row.reason if row else None, None, False)
    ends, place = place_interval(row, metric), place_of(row, metric)
    return ScoreCell(
        value=digits.value(row),
        interval=digits.interval(row) or None,
        note=row.reason,
        within=within_range(row, metric),
        closest=closest,
        distance=distance_in_words(row, metric),
        side=side_mark(row, metric),
        dot=None if place is None else strip_place(place),
        low=strip_place(ends[0]) if ends else None,
        high=strip_place(ends[1]) if ends else None,
        beyond=0 if place is None else _beyond(place),
    )


def distance_in_words(row: Row, metric: Mapping[str, Any]) -> str | None:
    """How far a value is from the human median, and on which side; None where that is not known."""
    if row.distance is None:
        return None if row.position is None else f"position {row.position:.2f}".replace("-", "\u2212")
    return f"{floor_units(row.distance)} {'too far' if metric['direction'] == 'lower' else {-1: 'too little', 0: '', 1: 'too much'}[side_of(row, metric)]}".strip()


def strip_place(place: float) -> float:
    """Where a place lies on a strip, percent of its width."""
    low, high = _STRIP
    return round(100 * (max(low + 0.05, min(high - 0.05, place)) - low) / (high - low), 1)


def _beyond(place: float) -> int:
    """On which end of a strip a place lies beyond it."""
    return (place > _STRIP[1] - 0.05) - (place < _STRIP[0] + 0.05)


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
