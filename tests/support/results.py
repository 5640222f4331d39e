"""Results made by hand, so that a test can say in one line what a run found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit.results import Excerpt, FloorSummary, Interval, Pair, Profile, Results, Row, Series, Span

METRICS = {
    "letters.jsd": ("letter divergence", "bits", "lower", (0.0, 1.0)),
    "wordlen.w1": ("word-length distance", "characters", "lower", (0.0, None)),
    "vocab.hit": ("words the corpus knows", "share", "higher", (0.0, 1.0)),
    "suffix.ing": ("words in -ing", "per 10,000 words", "target", (0.0, 10_000.0)),
    "function.share": ("function words", "share", "target", (0.0, 1.0)),
    "novelty.chars_20": ("20-character spans not copied", "share", "target", (0.0, 1.0)),
    "copy.shadow": ("runs along the corpus", "share", "target", (0.0, 1.0)),
}
HUMAN = {
    "letters.jsd": 0.0003,
    "wordlen.w1": 0.05,
    "vocab.hit": 0.9,
    "suffix.ing": 280.0,
    "function.share": 0.5,
    "novelty.chars_20": 0.99,
    "copy.shadow": 0.0,
}
DAMAGE = {  # median and 95th percentile of human damage, and damage of noise
    "letters.jsd": (0.0003, 0.0006, 0.0001),
    "wordlen.w1": (0.05, 0.1, 1.2),
    "vocab.hit": (0.1, 0.12, 0.99),
    "suffix.ing": (12.0, 40.0, 280.0),
    "function.share": (0.01, 0.03, 0.45),
    "novelty.chars_20": (0.002, 0.004, 0.01),
    "copy.shadow": (0.0, 0.001, 0.0),
}
GOOD = {id_: value for id_, value in HUMAN.items() if id_ != "copy.shadow"}
NOISE = {
    "letters.jsd": 0.0001,
    "wordlen.w1": 1.25,
    "vocab.hit": 0.01,
    "suffix.ing": 0.0,
    "function.share": 0.05,
    "novelty.chars_20": 1.0,
}
FAIR = {
    "letters.jsd": 0.0005,
    "wordlen.w1": 0.08,
    "vocab.hit": 0.7,
    "suffix.ing": 260.0,
    "function.share": 0.49,
    "novelty.chars_20": 0.991,
}
FIVE = {"lstm": FAIR, "ngram": GOOD, "human": GOOD, "unigram": NOISE, "uniform": NOISE}
TEXTS = dict.fromkeys(FIVE, "It was a grotch.\n\nOf the sea.") | {"": "He looked at the sea."}


def row(candidate: str, metric: str, value: float | None, *, n: int = 100, width: float = 0.05, reason: str | None = None) -> Row:
    """A row with an interval of the given relative half-width."""
    direction = METRICS[metric][2]
    median, edge, noise = DAMAGE[metric]
    target = HUMAN[metric] if direction == "target" else None
    p95 = {"lower": edge, "higher": 1 - edge, "target": HUMAN[metric] + edge}[direction]
    floor = FloorSummary(HUMAN[metric], p95, median, edge, noise)
    if value is None:
        return Row(
            candidate=candidate,
            metric=metric,
            value=None,
            floor=floor,
            n_units=n,
            status="not measured",
            reason=reason or "too little",
        )
    damage = {"lower": value, "higher": 1 - value, "target": abs(value - HUMAN[metric])}[direction]
    position = None if noise <= edge else (damage - median) / (noise - median)
    half = width * max(abs(value), 0.001)
    return Row(
        candidate=candidate, metric=metric, value=value, ci=Interval(value - half, value + half), floor=floor, target=target,
        position=position, delta=value - HUMAN[metric], n_units=n, mde=half,
    )  # fmt: skip


def candidate(name: str, *, spec: str | None = None, n_passages: int = 100, n_chars: int = 100_000) -> dict[str, object]:
    """What results say of a candidate."""
    return {
        "name": name, "spec": spec or "ngram:order=8", "kind": "generator", "n_passages": n_passages, "n_chars": n_chars, "bits_per_char": None,
        "bits_reason": "made by hand", "notes": [], "describe": {},
    }  # fmt: skip


def results(
    candidates: Mapping[str, Mapping[str, float | None]],
    *,
    specs: Mapping[str, str] | None = None,
    n_passages: int = 100,
    n_chars: int = 1000,
    width: float = 0.05,
    reason: str | None = None,
    texts: Mapping[str, str] | None = None,
    corpus: str = "Lovecraft",
    comparisons: Sequence[Pair] = (),
    kind: str = "compare",
    **more: object,
) -> Results:
    """A run: candidate -> metric -> value."""
    ids = list(dict.fromkeys(metric for values in candidates.values() for metric in values))
    return Results(
        kind=kind,
        signature={
            "reference": {"corpus": corpus, "hash": "a" * 64}, "tokenizer": "word-v1", "metrics": dict.fromkeys(ids, 1), "word_lists": {},
            "shape": {"n_passages": n_passages, "n_chars": n_chars}, "seed": 0, "version": "0.1.0",
        },
        run={"date": "2026-01-02T03:04:05+00:00"},
        reference={"name": corpus, "hash": "a" * 64, "n_documents": 10, "n_chars": 10**6, "train": ["one"], "held_out": ["two"]},
        shape={"n_passages": n_passages, "n_chars": n_chars},
        metrics={
            id_: {"label": label, "unit": unit, "direction": direction, "bounds": list(bounds), "version": 1, "summary": f"What {label} is.", "headline": True}
            for id_, (label, unit, direction, bounds) in METRICS.items()
            if id_ in ids
        },
        candidates=[
            candidate(name, spec=(specs or {}).get(name), n_passages=n_passages, n_chars=n_passages * n_chars) for name in candidates
        ],
        results=[row(name, id_, value, n=n_passages, width=width, reason=reason) for name, values in candidates.items() for id_, value in values.items()],
        profiles=profiles(list(candidates)),
        excerpts={name: [excerpt(text)] for name, text in (texts or {}).items()},
        comparisons=comparisons,
        **more,
    )  # fmt: skip


def profiles(names: Sequence[str]) -> list[Profile]:
    """A profile of three letters and one of three lengths."""
    share = [0.5, 0.3, 0.2]
    series = Series(value=[0.6, 0.3, 0.1], low=[0.55, 0.25, 0.08], high=[0.65, 0.35, 0.12], contribution=[0.01, 0.0, -0.02])
    return [
        Profile(metric="letters.jsd", items=["e", "t", "a"], reference=share, series=dict.fromkeys(names, series)),
        Profile(metric="wordlen.w1", items=["1", "2", "3+"], reference=share, series=dict.fromkeys(names, series)),
    ]


def excerpt(text: str, *spans: Span, role: str = "random") -> Excerpt:
    """A passage to read."""
    return Excerpt(role=role, id="0000", text=text, n_chars=len(text), document=None, distance=0.5, spans=spans)
