"""Draws random results that could be, `runs`, for tests of what no report may say or draw."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from tests.support.judged import CATALOGUE, human, judged
from tests.support.page import HOSTILE
from tests.support.runs import audited

NAMES = [
    "a",
    "b",
    "new model",
    "`x`",
    "human",
    *(name for key, name in HOSTILE.items() if key not in ("a long word", "nothing", "lone surrogate")),
]
LEADS = ("audit.empty", "audit.identical", "audit.loops", "audit.markup", "audit.cut_off")


@st.composite
def values(draw, ids):
    """A candidate's values: most within or near the human range, some far off or not measured, within the metric's bounds."""
    found = {}
    for id_ in ids:
        low, median, high = human(id_)
        far = draw(st.one_of(st.floats(-1.2, 1.2), st.floats(-1, 1), st.floats(-60, 60), st.none()))
        if far is None:
            found[id_] = None
            continue
        value = (
            median + far * (high - median)
            if far > 0
            else median + far * (median - low)
            if low is not None
            else median * (1 + far / 60)
        )
        least, most = CATALOGUE[id_].bounds
        value = value if least is None else max(value, least)
        found[id_] = value if most is None else min(value, most)
    return found


@st.composite
def runs(draw, kind="compare"):
    """A run that could be: rows, families, overall and tests follow from each other, differences and audits are any."""
    ids = draw(st.lists(st.sampled_from(sorted(CATALOGUE)), min_size=1, max_size=6, unique=True))
    if draw(st.booleans()):
        ids = list(dict.fromkeys([*ids, "novelty.chars_20", "copy.shadow", "variety.shared"]))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    size = draw(st.sampled_from([(5, 500), (100, 1000)]))
    run = judged(
        {name: draw(values(ids)) for name in names},
        specs={"human": "human"},
        half=draw(st.sampled_from([0.0, 0.02, 0.2, 2.0])),
        n_passages=size[0],
        n_chars=size[1],
        kind=kind,
    )
    pairs = [pair for pair in run.comparisons if draw(st.booleans())]
    lost = draw(st.sampled_from(["nothing", "intervals", "pairs", "tests", "significance"]))
    if lost == "intervals":
        pairs = [replace(pair, ci=None, p_adjusted=None) for pair in run.comparisons]
    elif lost == "significance":
        pairs = [replace(pair, p_adjusted=draw(st.floats(0, 1))) for pair in run.comparisons]
    elif lost == "nothing":
        pairs = list(run.comparisons)
    run = replace(run, comparisons=pairs, human_tests=() if lost == "tests" else run.human_tests)
    if draw(st.integers(0, 3)) == 0:
        found = {
            name: {check: draw(st.integers(1, 100)) for check in draw(st.sets(st.sampled_from(LEADS), max_size=2))}
            for name in names
        }
        run = audited(found, run=run, distinct=draw(st.integers(1, 99)))
    if kind == "sweep":
        places = [round(0.5 + 0.1 * i, 1) for i in range(len(names))]
        run = replace(run, signature={**run.signature, "temperature": places})
    return run
