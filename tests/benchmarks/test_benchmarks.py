"""Benchmarks are listed, explain their options, and those that need neither a peer nor minutes run at their smallest size."""

from __future__ import annotations

import importlib

import pytest

from benchmarks.__main__ import available, found, main
from benchmarks.interval_coverage import left_out


def test_all_are_listed_with_what_they_measure(capsys):
    assert main([]) == main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert len(available()) == 18
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
        (["rare_shares", "--samples", "2"], ["passages x chances", "correlation, declared", "bound"]),
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
