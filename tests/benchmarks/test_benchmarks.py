"""Benchmarks are listed, explain their options, and those that need neither a peer nor minutes run at their smallest size."""

from __future__ import annotations

import ast
import importlib
import os

import pytest

from benchmarks.__main__ import available, found, main
from benchmarks.interval_coverage import left_out
from benchmarks.reliability.planting import faults, warm


def test_all_are_listed_with_what_they_measure(capsys):
    assert main([]) == main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert len(available()) == 27
    for name, line in available().items():
        assert line.endswith(".")
        assert f"  {name:18} {line}\n" in shown


def test_an_unknown_name_is_refused_with_those_that_there_are(capsys):
    assert main(["keras"]) == 2
    assert f"There are: {', '.join(available())}." in capsys.readouterr().err


@pytest.mark.parametrize("name", available())
def test_each_explains_its_options(name, capsys):
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m benchmarks {name} ")


class Caught(Exception):
    """Carries a benchmark's parser out of its `main`."""


@pytest.mark.parametrize("name", available())
def test_no_option_goes_without_help(name, monkeypatch):
    def catch(parser, *_):
        raise Caught(parser)

    monkeypatch.setattr("argparse.ArgumentParser.parse_args", catch)
    with pytest.raises(Caught) as caught:
        importlib.import_module(found()[name][0]).main([])
    assert [action.dest for action in caught.value.args[0]._actions if not action.help] == []


@pytest.mark.parametrize(
    ("arguments", "columns"),
    [
        (
            ["books", "embedded", "--books", "3", "--rounds", "1", "--chapter", "2000", "--least", "5000", "--passages", "5"],
            ["books", "without groups", "with groups", "1 of books + 1"],
        ),
        (
            ["duplicates", "embedded", "--passages", "3", "--chars", "300", "--timed", "10"],
            ["300 characters", "shared", "clustered"],
        ),
        (["kinks", "--pairs", "2"], ["kink", "errors", "-1", "0", "1", "2", "3"]),
        (["shadows", "--passages", "2", "--human", "2"], ["text", "passages flagged", "characters that agree"]),
        (
            ["long_texts", "ngram:order=5", "--streams", "4", "--lengths", "40", "--chars", "200"],
            ["metric", "ngram:order=5, 40 pieces"],
        ),
        (
            ["disorder", "--reference", "embedded", "--lags", "3", "--passages", "10", "--chars", "500"],
            ["measure", "shuffled sentences, seen in %"],
        ),
        (
            ["relative", "--orders", "5", "--pool", "30", "--chars", "200", "--sizes", "10", "--pairs", "4"],
            ["source", "passages a sample", "false alarms, percent"],
        ),
        (["rare_shares", "--samples", "2"], ["passages x chances", "correlation, declared", "bound"]),
        (["fuzz", "--documents", "50"], ["kind", "documents", "read and shown", "faults"]),
        (["soak", "--runs", "2", "--programs", "1"], ["programs", "runs", "lost"]),
        (["surface", "--chars", "3000"], ["", "W1 length", "the/10k", "-ing/10k"]),
    ],
    ids=lambda value: value[0],
)
def test_the_smallest_run_prints_its_table(arguments, columns, capsys):
    main(arguments)
    head, _, first, *_ = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in head.strip("|").split("|")][: len(columns)] == columns
    assert first.count("|") == head.count("|")


def test_left_out_human_text_is_compared_with_twenty_values():
    outside = left_out("embedded", 0.2, 24, 500, n_draws=21)
    measured = {id_: counts for id_, counts in outside.items() if counts[1]}
    assert {"lexical.hdd", "distinct.2", "heaps.exponent", "variety.shared"} <= set(measured)
    assert {n for _, n in measured.values()} == {210}
    # 5 % of what are in effect some twenty samples and as many measures that depend on each other.
    assert 0 < sum(hits for hits, _ in measured.values()) < 0.15 * 210 * len(measured)


def test_memory_of_matching_is_measured(capsys):
    main(["matching", "--megabytes", "1"])
    assert capsys.readouterr().out.startswith("1 MB of corpus (")


SOURCE = """
TWICE = lambda a, /: a * 2

class Shop:
    limit = 3

    def f(self, a, b):
        "A docstring: 1 < 2."
        def inner(c):
            return c - b
        try:
            total = [inner(x) for x in range(a) if x < b]
        finally:
            b += 1
        return max(a, 1) if a < b and not b == -5 else sum(total) + self.limit
"""


def test_planted_faults_change_the_code(tmp_path, monkeypatch):
    source = (
        "def f(a: int = 1, *, b) -> 'x < 3':\n    return max(a, 1) if a < b and a else f'{a} of {zip(b, strict=True)} ' + 2 * b\n"
    )
    (tmp_path / "code.py").write_text(source)
    monkeypatch.setattr(faults, "ROOT", tmp_path)
    for sentences in (False, True):
        made = faults.faults_of(tmp_path / "code.py", sentences=sentences)
        texts = {ast.unparse(faults.planted(fault, sentences=sentences)) for fault in made}
        assert len(texts) == len(made) == 9 + sentences
        assert ast.unparse(ast.parse(source)) not in texts
        assert {(fault.line, fault.first, fault.last) for fault in made} == {(1, 1, 1), (2, 2, 2)}


def test_probes_change_no_result_and_see_what_runs():
    seen, values = [], []
    for tree in (ast.parse(SOURCE), faults.with_probes(SOURCE)):
        namespace = {faults.PROBE: seen.append}
        exec(compile(tree, "shop", "exec"), namespace)
        values.append([namespace["TWICE"](4), *(namespace["Shop"]().f(a, b) for a, b in [(0, 3), (5, 2), (2, 9)])])
    assert values[0] == values[1]
    assert set(seen) == {2, 9, 10, 11, 12, 14, 15}


def test_a_fault_is_planted_in_the_outermost_function_that_it_changes(tmp_path, monkeypatch):
    (tmp_path / "shop.py").write_text(SOURCE)
    monkeypatch.setattr(faults, "ROOT", tmp_path)
    old, names = compile(SOURCE, "shop", "exec"), {}
    for fault in faults.faults_of(tmp_path / "shop.py"):
        try:
            changed = list(warm._different(old, compile(faults.planted(fault), "shop", "exec")))
        except warm.CannotBePlanted:
            changed = []
        names[fault.line] = [before.co_qualname for before, _ in changed]
    assert names == {2: ["<lambda>"], 5: [], **{line: ["Shop.f"] for line in (10, 12, 14, 15)}}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_work_in_processes_of_its_own(recwarn):
    def endless():
        while True:
            pass

    found = dict(warm.all_forked([(lambda i=i: i * i, 5) for i in range(5)] + [(endless, 1)], jobs=3))
    assert found == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16, 5: warm.ENDLESS}
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        warm.forked(lambda: 1 / 0, seconds=5)
