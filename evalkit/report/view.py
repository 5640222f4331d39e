"""What the HTML shows, as plain values: templates choose no numbers and no words that depend on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.report.highlight import KINDS, Slice, slices
from evalkit.report.numbers import count, in_unit, interval_in_unit, unit_name
from evalkit.report.standing import Board, is_human, position_interval, within_range
from evalkit.results import Excerpt, FloorSummary, Results, Row
from evalkit.text.passages import Passage

DIRECTIONS = {"lower": "lower is better", "higher": "higher is better", "target": "nearest the corpus is best"}
ROLES = {"best": "Best", "worst": "Worst", "random": "At random", "human": "Human"}
FLAWS = {
    "nonword": ("unknown word", "unknown words"),
    "copied": ("copied stretch", "copied stretches"),
    "shadow": ("stretch along the corpus", "stretches along the corpus"),
    "loop": ("loop", "loops"),
}
"""Kind of flaw -> its name for one and for several."""
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
        floor_range=_human_range(metric, floor.p95, floor.damage_p95, targets[0] if targets else None) if floor else None,
        edge=_edge_place(floor) if floor else None,
        cells=[_cell(board, board.row(name, id_), metric, closest=name in closest) for name in names],
    )


def _edge_place(floor: FloorSummary) -> float | None:
    """Where the human range ends on a strip."""
    if floor.damage_median is None or floor.damage_p95 is None or floor.noise is None or floor.noise <= floor.damage_p95:
        return None
    return strip_place((floor.damage_p95 - floor.damage_median) / (floor.noise - floor.damage_median))


def overall(board: Board, names: Sequence[str]) -> list[dict[str, Any]]:
    """Each candidate's mean position, and on how many measures it is within the human range."""
    by_name = {standing.name: standing for standing in board.standings}
    return [
        {
            "position": None if by_name[name].position is None else f"{by_name[name].position:.2f}",
            "rank": _rank(board, name),
            "within": len(by_name[name].within),
            "measured": by_name[name].n_measured,
        }
        for name in names
    ]


def _rank(board: Board, name: str) -> str:
    found = board.rank(name)
    return "" if found is None else f"rank {found.rank} {found.letters}"


def _human_range(metric: Mapping[str, Any], p95: float, edge: float | None, target: float | None) -> str:
    if metric["direction"] == "target":
        if edge is None or target is None:
            return ""
        least = (metric.get("bounds") or [None, None])[0]
        low = target - edge if least is None else max(target - edge, least)
        return interval_in_unit(low, target + edge, metric["unit"])
    return f"{'up to' if metric['direction'] == 'lower' else 'from'} {in_unit(p95, metric['unit'])}"


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


@dataclass(frozen=True)
class Marked:
    """A passage to read."""

    role: str
    title: str
    note: str
    slices: Sequence[Slice]
    counts: Mapping[str, int]
    kinds: str


def marked(excerpt: Excerpt) -> Marked:
    """An excerpt ready for the page."""
    pieces = slices(excerpt.text, excerpt.spans)
    counts = {kind: sum(span.kind == kind for span in excerpt.spans) for kind in KINDS}
    notes = [excerpt.document or f"passage {excerpt.id}"]
    if excerpt.distance is not None:
        notes.append(f"distance {excerpt.distance:.2f}")
    sources = dict.fromkeys(span.source for span in excerpt.spans if span.source)
    if sources:
        notes.append(f"follows {', '.join(sources)}")
    if len(excerpt.text) < excerpt.n_chars:
        notes.append(f"its first {len(excerpt.text):,} of {excerpt.n_chars:,} characters")
    return Marked(
        role=excerpt.role,
        title=ROLES[excerpt.role],
        note=", ".join(notes),
        slices=pieces,
        counts={kind: n for kind, n in counts.items() if n},
        kinds=" ".join(kind for kind, n in counts.items() if n),
    )


def reading(results: Results, samples: Mapping[str, Sequence[Passage]]) -> dict[str, list[Marked]]:
    """Passages to read by candidate, "" for human text; old files without excerpts give their first samples, unmarked."""
    found = {}
    for name in ["", *(candidate["name"] for candidate in results.candidates)]:
        chosen = list(results.excerpts.get(name, ())) or [_plain(passage) for passage in samples.get(name, ())[:2]]
        found[name] = [marked(excerpt) for excerpt in chosen]
    return found


def _plain(passage: Passage) -> Excerpt:
    return Excerpt(
        role="random", id=passage.id, text=passage.text[:1500], n_chars=len(passage.text), document=passage.document, distance=None
    )


def provenance(results: Results) -> list[tuple[str, str]]:
    """Everything that the numbers depend on, flat, as names and values."""
    found: list[tuple[str, str]] = []

    def walk(prefix: str, value: object) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                walk(f"{prefix}.{key}" if prefix else str(key), inner)
        elif isinstance(value, (list, tuple)):
            found.append((prefix, ", ".join(str(item) for item in value) or "none"))
        else:
            found.append((prefix, "none" if value is None else str(value)))

    walk("", {key: value for key, value in results.signature.items() if key != "metrics"})
    walk("run", results.run)
    return found


def candidate_rows(results: Results) -> list[dict[str, str]]:
    """What each candidate is."""
    return [
        {
            "name": candidate["name"],
            "spec": candidate["spec"],
            "kind": "human text" if is_human(candidate) else candidate["kind"],
            "size": f"{count(candidate['n_passages'], 'passage')}, {candidate['n_chars']:,} characters",
            "bits": "" if candidate["bits_per_char"] is None else f"{candidate['bits_per_char']:.3f}",
            "bits_reason": candidate.get("bits_reason") or "",
            "notes": "; ".join(candidate["notes"]),
        }
        for candidate in results.candidates
    ]


def certainty(board: Board) -> list[str]:
    """What the numbers rest on, in sentences."""
    results = board.results
    shape = results.shape
    size = f"{count(shape['n_passages'], 'passage')} of {shape['n_chars']:,} characters"
    lines = [
        f"Each candidate was judged on {size}; the passage is the unit, and for human text the document.",
        "The human range comes from held-out human text of the same shape, over further random splits of the corpus by document.",
        (
            "The intervals are for the value that another sample of the same shape would have, at 95 % for each measure alone; "
            "across a whole table about one in twenty leaves its true value out."
        ),
    ]
    without = sum(row.value is not None and row.ci is None for row in results.results)
    if without:
        reasons = sorted({row.reason for row in results.results if row.value is not None and row.ci is None and row.reason})
        lines.append(f"{count(without, 'value')} without an interval: {'; '.join(reasons[:3])}.")
    missing = sum(row.value is None for row in results.results)
    if missing:
        lines.append(f"{count(missing, 'value was', 'values were')} not measured for want of text; none of them counts as 0.")
    return lines


def longest_copies(board: Board, names: Sequence[str]) -> list[tuple[str, str]]:
    """Each candidate's longest copied stretch, in the words of its row."""
    rows = [(name, board.row(name, "copy.longest")) for name in names]
    return [
        (name, f"{row.value:,.0f} characters: {row.reason}") for name, row in rows if row is not None and row.value and row.reason
    ]


def detectable(board: Board, order: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    """The smallest effect by metric and candidate, where any was computed."""
    lines = []
    for id_ in order:
        metric = board.metrics[id_]
        rows = [board.row(name, id_) for name in names]
        if any(row is not None and row.mde is not None for row in rows):
            values = ["" if row is None or row.mde is None else in_unit(row.mde, metric["unit"]) for row in rows]
            lines.append({"label": metric["label"], "unit": _points(metric["unit"]), "values": values})
    return lines


def _points(unit: str) -> str:
    return "percentage points" if unit == "share" else unit
