"""One of a thing is said in the singular, wherever a number meets its noun."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from evalkit._util.formatting import unit_after, with_unit
from evalkit.evaluation.candidates import Shape
from evalkit.inference.blocks import in_blocks
from evalkit.inference.classifier import Labelled, too_few
from evalkit.report import formats
from evalkit.report.view.judging.marks import floor_units
from tests.support.judged import judged
from tests.support.results import FAIR, results
from tests.support.runs import audited

ONE = re.compile(
    r"(?<![\d.,\u2212-])1(?:\u00a0| )(passages|characters|words|bits|points|pieces|texts|documents|candidates|measures|updates|floor units)\b"
)


def test_shapes():
    assert str(Shape(1, 1)) == "1 passage x 1 character"
    assert str(Shape(40, 1000)) == "40 passages x 1,000 characters"


@pytest.mark.parametrize(
    "unit", ["bits", "words", "characters", "points", "standard deviations", "bits per character", "floor units"]
)
def test_units(unit):
    assert unit_after("1", unit) == unit.replace("s", "", 1) if unit != "standard deviations" else "standard deviation"
    assert unit_after("2", unit) == unit_after("1.0", unit) == unit_after("0", unit) == unit
    assert ONE.search(with_unit(1.0, unit)) is None


def test_units_without_a_plural_stay():
    assert unit_after("1", "share") == "share"
    assert unit_after("1", "per 10,000 words") == "per 10,000 words"
    assert floor_units(1.0).replace("\u00a0", " ") == "1 floor unit"


def test_blocks_and_classifiers():
    """A reason why there is no interval, and why nothing was learned."""
    assert in_blocks(np.ones((1, 2), dtype=np.int64), np.zeros(1, dtype=np.int64)).reason.startswith("1 piece of one text")
    one = Labelled(np.ones((1, 2), dtype=np.int64), np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64))
    assert too_few(one, one).startswith("1 passage, and")


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_run_of_one(form):
    run = audited({"a": {"audit.empty": 1}}, run=results({"a": FAIR}), of=1, distinct=1)
    run = replace(run, shape={"n_passages": 1, "n_chars": 1})
    for each in (run, judged({"a": {"order.context": 2.0}}, n_passages=1, n_chars=1)):
        text = formats.format_named(form, "compare").render(each, {})
        assert ONE.findall(" ".join(text.split())) == []
        assert re.search(r"1 passage [x\u00d7] 1 character\b", text)
