"""What a dry run says of time and memory is what docs/benchmarks.md lists, and holds for the runs that were measured."""

from __future__ import annotations

import csv
import re
from types import SimpleNamespace

import pytest

from evalkit.cli.setup.estimate import cost_of
from evalkit.evaluation.candidates import parse_candidate
from tests.support.docs import tables
from tests.support.paths import ROOT

SECTION = (
    (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8").partition("## What `--dry-run` says")[2].partition("\n## ")[0]
)
RUNS = list(csv.DictReader(tables.kept(SECTION).splitlines()))


def number(text):
    return float(text.replace(",", ""))


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run["run"])
def test_a_measured_run_lies_within_what_is_said(run):
    candidates = [parse_candidate("unigram")] * int(run["candidates"])
    cost = cost_of(SimpleNamespace(n_chars=int(number(run["characters of the reference"]))), candidates)
    measured = number(run["measured, s"])
    assert (round(cost.seconds), round(cost.memory / 1e6)) == pytest.approx(
        (number(run["estimate, s"]), number(run["estimate, MB"]))
    )
    assert f"{measured / cost.seconds:.1f}" == run["factor"]
    assert 0.5 < measured / cost.seconds < 2
    assert 0.5 < number(run["measured, MB"]) / (cost.memory / 1e6) < 1.2


def test_an_lstm_takes_its_preset_or_its_minutes_and_programs_are_not_known():
    corpus = SimpleNamespace(n_chars=1000)
    alone = cost_of(corpus, [parse_candidate("unigram")])
    assert cost_of(corpus, [parse_candidate("lstm:preset=base")]).seconds == alone.seconds + 480
    assert cost_of(corpus, [parse_candidate("lstm:minutes=2")]).seconds == alone.seconds + 120
    unknown = cost_of(corpus, [parse_candidate("mine=command:argv=cat,seeded=false")])
    assert (unknown.unknown, "what mine needs" in str(unknown)) == (("mine",), True)


def test_the_range_is_half_to_twice():
    low, high = re.match(
        r"(\d+) s to (\d+) s on two cores", str(cost_of(SimpleNamespace(n_chars=1000), [parse_candidate("unigram")]))
    ).groups()
    assert 3.5 < int(high) / int(low) < 4.5
