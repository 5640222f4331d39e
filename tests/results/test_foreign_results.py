"""Whatever results.json holds, it is refused with one clear error, or every form of output renders it.

A test tries 1,800 damaged documents, and renders a part of them. More:

    EVALKIT_FUZZ=50000 python -m pytest -q tests/results/test_foreign_results.py
"""

from __future__ import annotations

import json
import math
import os

import pytest

from evalkit._util.escape import encodable
from evalkit._util.foreign import UnreadableError, parse_json
from evalkit.errors import ModelError
from evalkit.results import from_dict
from tests.support.fuzz.shown import beside, rendered
from tests.support.mutations import mutated
from tests.support.runs import gated
from tests.support.whole import RUNS, whole

EXAMPLES = math.ceil(int(os.environ.get("EVALKIT_FUZZ", "1800")) / len(RUNS))
"""Of each of the runs."""


@pytest.mark.parametrize("kind", RUNS)
def test_damaged_results_are_refused_or_read(kind):
    document, n_read = json.loads(RUNS[kind]().to_json()), 0
    for i in range(EXAMPLES):
        text = json.dumps(mutated(document, f"{kind} {i}"))
        try:
            run = from_dict(parse_json(text))
        except (UnreadableError, ModelError):
            continue
        n_read += 1
        assert from_dict(parse_json(run.to_json())) == run
    assert EXAMPLES / 20 < n_read < EXAMPLES / 2  # otherwise the changes are too wild or too tame to show anything


@pytest.mark.parametrize("kind", RUNS)
def test_damaged_results_that_are_read_are_rendered(kind):
    base = RUNS[kind]()
    document = json.loads(base.to_json())
    for i in range(EXAMPLES // 30):
        try:
            run = from_dict(mutated(document, f"{kind} {i}", most=2))
        except ModelError:
            continue
        try:
            for _, make in (*rendered(run), *beside(run, base)):
                encodable(make()).encode()
        except Exception as error:
            raise AssertionError(f'mutated(document, "{kind} {i}", most=2)') from error


HOLES = {
    "places": lambda d: d["explanations"]["lstm"]["words"][0].update(places=[{"passage": 1, "text": "a"}]),
    "places with more": lambda d: d["explanations"]["lstm"]["words"][0].update(places=[{"passage": "", "text": "", "x": 1}]),
    "floor with more": lambda d: d["results"][0]["floor"].update(x=1),
    "per_10k": lambda d: d["explanations"]["lstm"]["words"][0].update(per_10k="many"),
    "reference_per_10k": lambda d: d["explanations"]["lstm"]["words"][0].update(reference_per_10k=-1),
    "likelihood": lambda d: d["candidates"][0].update(likelihood={"bits_per_char": 2.0, "low": 1.9}),
    "a shorter series": lambda d: d["profiles"][0]["series"]["lstm"]["value"].pop(),
    "a longer reference": lambda d: d["profiles"][0]["reference"].append(0.1),
    "no items": lambda d: d["profiles"][0].update(items=[]),
    "shares above all": lambda d: d["profiles"][0]["reference"].__setitem__(0, 50),
    "no candidates": lambda d: d.update(candidates=[]),
    "two of one name": lambda d: d["candidates"].append(d["candidates"][0]),
    "a row of nobody": lambda d: d["results"][0].update(candidate="nobody"),
    "a row of no metric": lambda d: d["results"][0].update(metric="no.such"),
    "a rank of nobody": lambda d: d["ranking"][0].update(candidate="nobody"),
    "a pair of nobody": lambda d: d["comparisons"][0].update(b="nobody"),
    "excerpts of nobody": lambda d: d["excerpts"].update(nobody=[]),
    "traces of nobody": lambda d: d["traces"].update(nobody=[]),
    "a finding of no check": lambda d: d["audit"]["candidates"][0]["findings"][0].update(metric="audit.none"),
    "more faults than passages": lambda d: d["audit"]["candidates"][0]["findings"][0].update(n=10**6),
    "a span outside the text": lambda d: d["excerpts"]["lstm"][0]["spans"].append({"start": 1, "end": 999, "kind": "loop"}),
    "a family of nobody": lambda d: d["families"][0].update(candidate="nobody"),
    "a family by no metric": lambda d: d["families"][0].update(metric="no.such"),
    "a family twice": lambda d: d["families"].append(d["families"][0]),
    "a test of nobody": lambda d: d["human_tests"][0].update(candidate="nobody"),
    "a test by no metric": lambda d: d["human_tests"][0].update(metric="no.such"),
    "two tests of all": lambda d: d["human_tests"].append(d["human_tests"][0]),
    "a classifier of nobody": lambda d: d["classifications"][0].update(candidate="nobody"),
    "worse on no metric": lambda d: d["candidates"][0].update(worse=["no.such:over"]),
    "worse on a number": lambda d: d["candidates"][0].update(worse=[1]),
    "another kind of errors": lambda d: d["traces"]["lstm"][0].update(errors="many"),
    "a distance in words": lambda d: d["results"][0].update(distance="far"),
    "a range backwards": lambda d: d["results"][0]["floor"].update(low=2, high=1),
    "half a range": lambda d: d["results"][0]["floor"].update(low=0, high=None),
    "an interval backwards": lambda d: d["results"][0].update(ci=[2, 1]),
    "a number beyond all measure": lambda d: d["results"][0].update(value=1e300),
    "a whole number beyond all measure": lambda d: d["results"][0].update(n_units=10**30),
    "infinity": lambda d: d["results"][0].update(value=float("inf")),
    "a gate in what is none": lambda d: d.update(gate={}),
    "a gate without decisions": lambda d: d.update(kind="gate", verdict="PASS", exit_code=0, gate={}),
    "a verdict of what is no gate": lambda d: d.update(verdict="PASS", exit_code=0),
    "two rows of one metric at a checkpoint": lambda d: (rows := d["learning"][0]["checkpoints"][0]["rows"]).append(rows[0]),
    "a sweep without temperatures": lambda d: d.update(kind="sweep"),
}


@pytest.mark.parametrize("name", HOLES)
def test_what_does_not_fit_is_refused(name):
    document = json.loads(whole().to_json())
    from_dict(document)
    HOLES[name](document)
    with pytest.raises(ModelError):
        from_dict(document)


GATE_HOLES = {
    "decision": ("decisions", 0, "tier"),
    "numbers": ("decisions", 0, "margin"),
    "baseline": ("baseline", "commit"),
    "command": ("command",),
    "measures": ("measures",),
    "fields": ("not_comparable",),
}


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(exit_code=0),
        lambda d: d.update(verdict="INCONCLUSIVE"),
        lambda d: d["gate"].update(worst=None),
        lambda d: d["gate"].update(worst={**d["gate"]["worst"], "margin": 7}),
    ],
    ids=["another exit code", "another verdict", "no measure that decided", "another measure that decided"],
)
def test_a_verdict_that_the_gate_does_not_bear_out_is_refused(change):
    document = json.loads(gated().to_json())
    from_dict(document)
    change(document)
    with pytest.raises(ModelError):
        from_dict(document)


@pytest.mark.parametrize("name", GATE_HOLES)
def test_a_gate_of_odd_parts_is_refused(name):
    document = json.loads(gated().to_json())
    node = document["gate"]
    *way, last = GATE_HOLES[name]
    for key in way:
        node = node[key]
    node[last] = [1]
    with pytest.raises(ModelError):
        from_dict(document)
