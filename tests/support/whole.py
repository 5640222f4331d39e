"""Makes a run of every kind, and one with something in every part of results, by hand."""

from __future__ import annotations

from dataclasses import replace

from evalkit.results import Interval, Overall, Pair, Rank, Trace
from tests.support.results import FIVE, TEXTS, results
from tests.support.runs import audited, checkpoints_of, explained, gated, remembering, swept


def whole():
    """A run with something in every part of results."""
    pairs = [Pair(a="lstm", b="noise", metric="letters.jsd", delta=0.1, ci=Interval(0, 0.2), p_raw=0.01, p_adjusted=0.02)]
    trace = Trace(
        passage="0000", start=0, n_chars=9, document="one", held_out=False, place=3, agreement=0.9, text="ab", source_text="ac"
    )
    run = audited({"lstm": {"audit.empty": 3}, "noise": {}}, run=explained(), kind="compare")
    return replace(
        run,
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
    "five": lambda: results(FIVE, texts=TEXTS),
    "gate": gated,
    "gate with an audit": lambda: audited({"ngram": {"audit.empty": 3}}, run=gated(), kind="gate"),
    "sweep": swept,
    "audit": lambda: audited({"a": {"audit.copies": 5}}, kind="audit"),
}
