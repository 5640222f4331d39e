"""Makes a run of every kind, and one with something in every part of results, by hand."""

from __future__ import annotations

from dataclasses import replace

from evalkit.results import Classification, FamilyDistance, FloorSummary, HumanTest, Interval, Overall, Pair, Rank, Telltale, Trace
from tests.support.judged import judged
from tests.support.results import FIVE, TEXTS, results
from tests.support.runs import audited, checkpoints_of, explained, gated, remembering, swept


def whole():
    """A run with something in every part of results."""
    pairs = [Pair(a="lstm", b="noise", metric="letters.jsd", delta=0.1, ci=Interval(0, 0.2), p_raw=0.01, p_adjusted=0.02)]
    trace = Trace(
        passage="0000",
        start=0,
        n_chars=9,
        document="one",
        held_out=False,
        place=3,
        agreement=0.9,
        text="ab",
        source_text="ac",
        errors="guesses",
    )
    run = audited({"lstm": {"audit.empty": 3}, "noise": {}}, run=explained(), kind="compare")
    far = replace(run.results[0], floor=FloorSummary(0.1, 0.2, low=None, high=0.2, noise_distance=30.0), distance=4.0)
    family = FamilyDistance(
        candidate="lstm", family="letters", value=0.4, share=1.0, limit=0.1, metric="letters.jsd", distance=4.0, n_metrics=1
    )
    told = Classification(
        candidate="lstm", against="human text", auc=0.9, p=0.01, floor=FloorSummary(0.5, 0.6), n_candidate=50, n_other=60,
        telltales=[Telltale(column="letters:e", share=0.5, candidate=1.0, other=2.0)],
    )  # fmt: skip
    return replace(
        run,
        candidates=[{**run.candidates[0], "worse": ["letters.jsd"]}, *run.candidates[1:]],
        results=[far, *run.results[1:]],
        families=[family],
        human_tests=[HumanTest(candidate="lstm", metric="letters.jsd", distance=4.0, limit=2.4, p=0.01, n_metrics=1)],
        classifications=[told],
        comparisons=pairs,
        ranking=[
            Rank(metric="letters.jsd", candidate="lstm", rank=1, letters="a"),
            Rank(metric="letters.jsd", candidate="noise", rank=1, letters="a"),
            Rank(metric="overall", candidate="lstm", rank=1, letters="a"),
            Rank(metric="overall", candidate="noise", rank=2, letters="b"),
        ],
        overall=[Overall(candidate="lstm", value=0.4, ci=Interval(0.3, 0.5)), Overall(candidate="noise", value=1.0)],
        learning=[checkpoints_of("lstm")],
        traces={"lstm": [trace]},
    )


RUNS = {
    "compare": lambda: remembering(whole(), whole()),
    "judged": lambda: judged(
        {
            "lstm": {"letters.jsd": 0.3, "form.capitals": 0.05, "vocab.hit": 0.85},
            "ngram": {"novelty.words_3": 0.1, "order.context": 0.2},
        }
    ),
    "five": lambda: results(FIVE, texts=TEXTS),
    "gate": gated,
    "gate with an audit": lambda: audited({"ngram": {"audit.empty": 3}}, run=gated(), kind="gate"),
    "sweep": swept,
    "audit": lambda: audited({"a": {"audit.copies": 5}}, kind="audit"),
}
