"""Results with families, distances and the test of all measures, made by hand: a test says what was measured, and the rest follows from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from evalkit.evaluation.provenance import declaration
from evalkit.metrics import Metric, PooledMetric, catalogue
from evalkit.metrics.base import Declaration, Direction, Side
from evalkit.results import FamilyDistance, FloorSummary, HumanTest, Interval, Overall, Pair, Results, Row
from tests.support.results import candidate

CATALOGUE: dict[str, Declaration] = {
    id_: metric for kind in (Metric, PooledMetric) for id_, metric in catalogue(kind).items() if metric.judged
}
"""Every metric that is judged."""
RANGES = {
    "copy.shadow": (0.0, 0.0, 0.001),
    "caps.after_lower": (0.0, 0.0, 0.005),
    "course.bits": (-0.2, 0.01, 0.2),
    "course.repeats": (-0.02, 0.0, 0.02),
    "form.capitals": (0.025, 0.03, 0.035),
    "form.lines": (2.0, 3.0, 4.0),
    "form.places": (None, 0.0002, 0.0005),
    "form.punctuation": (25.0, 32.0, 39.0),
    "form.quotes": (0.5, 1.8, 3.0),
    "novelty.chars_20": (0.985, 0.99, 0.995),
    "novelty.words_3": (0.85, 0.87, 0.89),
    "order.context": (1.0, 1.22, 1.4),
    "passages.far": (0.0, 0.0, 0.01),
    "passages.outside": (0.0, 0.01, 0.05),
    "repeat.1": (0.19, 0.21, 0.23),
    "repeat.loop": (0.0, 0.0, 0.01),
    "variety.shared": (None, 0.01, 0.02),
    "vocab.dictionary": (0.94, 0.96, 0.98),
    "vocab.hit": (0.82, 0.85, 0.88),
}
"""Metric -> low end, median and high end of human text, where it is not that of its unit."""
_UNITS = {"share": (0.2, 0.3, 0.4), "per 10,000 words": (150.0, 200.0, 250.0), "per 1,000 characters": (15.0, 20.0, 25.0)}
_OTHERS = (4.0, 5.0, 6.0)
NOISE = 30.0
"""Distance of unigram noise on every metric."""
LIMIT = 2.4
"""The distance beyond which the test of all metrics tells a text from human text."""
FAMILY_LIMIT = 0.12


def human(id_: str) -> tuple[float | None, float, float]:
    """Low end, median and high end of human text on a metric."""
    metric = CATALOGUE[id_]
    if id_ in RANGES:
        return RANGES[id_]
    low, median, high = _UNITS.get(metric.unit, _OTHERS)
    if metric.direction is Direction.LOWER or metric.bounds[1] == 1:
        low, median, high = (low, median, high) if metric.unit == "share" else (0.02, 0.03, 0.05)
    return (None if metric.direction is Direction.LOWER else low), median, high


def distance(id_: str, value: float) -> float:
    """The distance of a value, in floor units of straight lines."""
    low, median, high = human(id_)
    if value >= median:
        return (value - median) / (high - median)
    return 0.0 if low is None or low == median else (value - median) / (median - low)


def judged_row(name: str, id_: str, value: float | None, *, width: float = 0.02, n: int = 100, reason: str | None = None) -> Row:
    """A row with an interval of the given relative half-width."""
    metric, (low, median, high) = CATALOGUE[id_], human(id_)
    target = median if metric.direction is Direction.TARGET else None
    floor = FloorSummary(median, high, low=low, high=high, noise_distance=NOISE)
    if value is None:
        return Row(
            candidate=name, metric=id_, value=None, floor=floor, status="not measured", reason=reason or "3 of the 30 that it needs"
        )
    half, far = width * max(abs(value), 1e-6), distance(id_, value)
    return Row(
        candidate=name, metric=id_, value=value, ci=Interval(value - half, value + half), floor=floor, target=target, distance=far,
        position=math.copysign(math.log1p(abs(far)) / math.log1p(NOISE), far), n_units=n,
    )  # fmt: skip


def _counted(id_: str, far: float) -> float:
    side = CATALOGUE[id_].counts
    return far if side is Side.BOTH else min(far, 0.0) if side is Side.LESS else max(far, 0.0)


def families_of(name: str, distances: Mapping[str, float]) -> list[FamilyDistance]:
    """The families of a candidate, from its distances."""
    found = []
    for family in dict.fromkeys(str(CATALOGUE[id_].family) for id_ in CATALOGUE):
        members = {id_: far for id_, far in distances.items() if CATALOGUE[id_].family == family}
        if members:
            mean = sum(_counted(id_, far) ** 2 for id_, far in members.items()) / len(members)
            value = max(0.0, math.log1p(math.sqrt(mean)) - 0.4) / (math.log1p(NOISE) - 0.4)
            worst = max(members, key=lambda id_: (abs(_counted(id_, members[id_])), abs(members[id_])))
            found.append(FamilyDistance(
                candidate=name, family=family, value=value, share=None, limit=FAMILY_LIMIT, metric=worst, distance=members[worst],
                n_metrics=len(members),
            ))  # fmt: skip
    total = sum(family.value for family in found)
    return [replace(family, share=family.value / total if total else None) for family in found]


def human_test_of(name: str, distances: Mapping[str, float]) -> HumanTest:
    """The test of all metrics at once, from its distances."""
    metric = max(distances, key=lambda id_: abs(distances[id_]))
    largest = abs(distances[metric])
    return HumanTest(
        candidate=name, metric=metric, distance=largest, limit=LIMIT, p=0.001 if largest > LIMIT else 0.6, n_metrics=len(distances)
    )


def judged(
    candidates: Mapping[str, Mapping[str, float | None]],
    *,
    n_passages: int = 100,
    n_chars: int = 1000,
    half: float = 0.02,
    width: float = 0.02,
    specs: Mapping[str, str] | None = None,
    corpus: str = "Lovecraft",
    kind: str = "compare",
    **more: object,
) -> Results:
    """A run: candidate -> metric -> value, None where it could not be measured.

    Args:
        candidates: what was measured; where a candidate has no value of a metric that another has, it has the human median.
        n_passages, n_chars: the shape.
        half: half the width of the intervals of overall and of its differences.
        width: relative half-width of the intervals of values.
        specs: candidate -> specification.
        corpus, kind: of the run.
        more: further fields of results.
    """
    ids = list(dict.fromkeys(id_ for values in candidates.values() for id_ in values))
    filled = {name: {id_: values.get(id_, human(id_)[1]) for id_ in ids} for name, values in candidates.items()}
    rows = {
        name: [judged_row(name, id_, value, width=width, n=n_passages) for id_, value in values.items()]
        for name, values in filled.items()
    }
    distances = {name: {row.metric: row.distance for row in of if row.distance is not None} for name, of in rows.items()}
    families = {name: families_of(name, found) for name, found in distances.items()}
    values = {name: sum(family.value for family in of) / len(of) if of else None for name, of in families.items()}
    return Results(
        kind=kind,
        signature={
            "reference": {"corpus": corpus, "hash": "a" * 64}, "tokenizer": "word-v1", "metrics": dict.fromkeys(ids, 1), "word_lists": {},
            "shape": {"n_passages": n_passages, "n_chars": n_chars}, "seed": 0, "version": "0.1.0",
        },
        run={"date": "2026-01-02T03:04:05+00:00"},
        reference={"name": corpus, "hash": "a" * 64, "n_documents": 10, "n_chars": 10**6, "train": ["one"], "held_out": ["two"]},
        shape={"n_passages": n_passages, "n_chars": n_chars},
        metrics={id_: declaration(CATALOGUE[id_]) for id_ in ids},
        candidates=[candidate(name, spec=(specs or {}).get(name), n_passages=n_passages, n_chars=n_passages * n_chars) for name in candidates],
        results=[row for of in rows.values() for row in of],
        profiles=[],
        **{
            "families": [family for of in families.values() for family in of],
            "human_tests": [human_test_of(name, found) for name, found in distances.items() if found],
            "overall": [
                Overall(candidate=name, value=value, ci=None if value is None else Interval(max(0.0, value - half), value + half), floor=FloorSummary(0.02, 0.05))
                for name, value in values.items()
            ],
            "comparisons": pairs_of(values, half=half),
            **more,
        },
    )  # fmt: skip


def pairs_of(values: Mapping[str, float | None], *, half: float) -> list[Pair]:
    """The differences of overall, significant where their interval leaves 0 out."""
    names: Sequence[str] = list(values)
    pairs = []
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            first, second = values[a], values[b]
            if first is not None and second is not None:
                delta = first - second
                p = 0.001 if abs(delta) > half else 0.5
                pairs.append(
                    Pair(a=a, b=b, metric="overall", delta=delta, ci=Interval(delta - half, delta + half), p_raw=p, p_adjusted=p)
                )
    return pairs
