"""The first screen of a terminal: verdict, ranking with intervals, heat and audit in 24 lines of 80 columns."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from evalkit.report.terminal.scores import print_results
from evalkit.report.terminal.sweep import print_sweep
from evalkit.report.view.judging.marks import INSIDE, OUTSIDE
from tests.support.judged import human, judged
from tests.support.results import FAIR, NOISE, results
from tests.support.runs import audited, swept

MEASURES = ("letters.jsd", "function.share", "vocab.hit", "order.context", "novelty.words_3", "variety.shared", "form.lines")
"""One of each family."""
VALUES = {
    "copier": {"novelty.words_3": 0.05},
    "noise": dict.fromkeys(MEASURES, 0.9) | {"form.lines": 200.0, "order.context": -1.0},
    "human": {},
    "good": {},
    "fair": {"order.context": 0.7},
    "ngram:order=8": {"order.context": 0.6},
    "ngram:unit=word,order=3": {"variety.shared": 0.4},
    **{f"model-{i}": {"order.context": 0.5 + 0.02 * i} for i in range(5)},
}


def run_of(n):
    """A run of the first so many candidates, in which every measure has a value."""
    every = {id_: human(id_)[1] for id_ in MEASURES}
    return judged({name: every | VALUES[name] for name in list(VALUES)[:n]})


def printed(run, *, width=80, print_=print_results, **options):
    out = io.StringIO()
    print_(run, console=Console(file=out, width=width, **options))
    return out.getvalue()


def head_of(run, **options):
    """The first 24 lines, and where the ranking ends."""
    return "\n".join(printed(run, **options).splitlines()[:23])


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("n", [1, 2, 5, 7, 12])
def test_it_holds_verdict_ranking_heat_and_audit(width, n):
    run = run_of(n)
    faults = {name: {"audit.cut_off": 2} for name in list(VALUES)[:n]}
    screen = head_of(audited(faults, run=run, of=100), width=width)
    lines = screen.splitlines()
    assert max(map(len, lines)) <= width
    assert all(name in screen.replace("\n", "") or "ngram" in name for name in list(VALUES)[:n])
    for name in list(VALUES)[:n]:
        overall = run.overall[list(VALUES).index(name)]
        assert f"{overall.value:.2f}" in screen
        assert f"{overall.ci.low:.2f} to {overall.ci.high:.2f}" in screen
    head = next(line for line in lines if line.startswith("candidate"))
    assert {"ters", "words", "ulary", "order", "nality", "iety", "form"} <= set(head.split())
    assert "Audit of" in screen or "have findings, which stand below" in screen
    # What is on the next screens begins after the audit.
    assert not re.search(r"^ ?(family|measure) ", screen, re.MULTILINE) or n < 7


def test_the_heat_tells_too_little_from_too_much_and_how_far():
    run = judged({
        "low": {"order.context": 0.6, "variety.shared": 0.02}, "high": {"order.context": 2.2, "variety.shared": 0.9}, "human": {},
    })  # fmt: skip
    rows = {line.split()[0]: line.split()[-2:] for line in head_of(run).splitlines() if line.startswith(("low", "high", "human"))}
    assert rows["human"] == [INSIDE, INSIDE]
    assert set(rows["low"][0]) == {"↓"}
    assert set(rows["high"][0]) == set(rows["high"][1]) == {"↑"}
    assert len(rows["high"][1]) > 1


@pytest.mark.parametrize("width", [34, 40, 60, 80, 120, 200])
def test_intervals_and_values_are_whole_at_every_width(width):
    run = run_of(7)
    text = printed(run, width=width)
    assert max(map(len, text.splitlines())) <= width
    for overall in run.overall:
        assert f"{overall.ci.low:.2f} to {overall.ci.high:.2f}" in text


def test_marks_are_never_dim():
    """Grey is for how to read it. Symbols, sides and the ends of strips say something."""
    run = replace(run_of(2), audit=None)
    for shown in (
        printed(run, force_terminal=True, color_system="truecolor"),
        printed(run_of(1), force_terminal=True, color_system="truecolor"),
    ):
        dim = "".join(re.findall(r"\x1b\[2m(.*?)\x1b\[0m", shown, re.DOTALL))
        legend = [line for line in dim.splitlines() if "within" in line or "too" in line]
        assert not set("«»") & set(dim)
        assert all(sign not in dim or legend for sign in (OUTSIDE, INSIDE))
        coloured = re.sub(r"\x1b\[2m.*?\x1b\[0m", "", shown, flags=re.DOTALL)
        assert OUTSIDE in coloured


def test_what_lies_beyond_a_strip_is_not_dim():
    shown = printed(results({"a": NOISE | {"vocab.hit": -3.0}}), force_terminal=True, color_system="truecolor")
    assert re.search(r"\x1b\[31m[«»]", shown)


def test_a_sweep_begins_with_the_same_screen():
    screen = head_of(swept(), print_=print_sweep)
    lines = screen.splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith("temperature")]
    assert heads and [line.split()[0] for line in lines[heads[0] + 2 : heads[0] + 6]] == ["0.5", "0.8", "1", "1.3"]


def test_findings_are_told_in_full_below_the_tables():
    run = audited({"a": {"audit.empty": 3, "audit.cut_off": 2}, "b": {}}, run=results({"a": FAIR, "b": FAIR}))
    text = printed(run)
    assert "1 more finding below" in " ".join(head_of(run).split())
    assert text.index("what is wrong there") > text.index("measure ")
    assert "nothing wrong with b" in head_of(run)
