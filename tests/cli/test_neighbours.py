"""A finished run is delivered whatever lies beside it: damaged results, pipes, and a damaged list of runs."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest

from evalkit.evaluation.compare import Outcome
from evalkit.gating.baseline import Store
from evalkit.report.html.runs import _CACHE_VERSION
from evalkit.results import Rank
from tests.support.baselines import made
from tests.support.results import FAIR, NOISE, results
from tests.support.runs import gated

RUN = results({"ngram": FAIR, "noise": NOISE})
INCONSISTENT = replace(RUN, ranking=[Rank(metric="overall", candidate="nobody", rank=1, letters="a")], metrics={})


def deep(levels):
    return "[" * levels + "]" * levels


def odd(original, **changes):
    return json.dumps(original.to_dict() | changes)


NEIGHBOURS = {
    "empty": lambda path: path.write_text(""),
    "no JSON": lambda path: path.write_text("{"),
    "no UTF-8": lambda path: path.write_bytes(b'{"a": "\xff"}'),
    "nested too deeply to be parsed": lambda path: path.write_text(deep(200_000)),
    "nested too deeply to be copied": lambda path: path.write_text(odd(RUN, run={"date": "2099", "x": json.loads(deep(400))})),
    "half a surrogate pair": lambda path: path.write_text(odd(RUN).replace('"Lovecraft"', '"\\ud800"').replace("2026", "2099")),
    "parts that do not fit together": lambda path: path.write_text(odd(INCONSISTENT)),
    "a number beyond all measure": lambda path: path.write_text(odd(RUN).replace("0.0005", "1e999")),
    "a number of ten thousand digits": lambda path: path.write_text(
        odd(RUN).replace('"n_units": 100', f'"n_units": {"9" * 10_000}')
    ),
    "a newer version": lambda path: path.write_text('{"schema_version": 99}'),
    "a pipe": os.mkfifo,
    "a folder": lambda path: path.mkdir(),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "not ours to read": lambda path: (path.write_text("{}"), path.chmod(0)),
}
ENTRY = {
    "folder": "a", "date": "2099", "kind": "compare", "corpus": "Lovecraft", "corpus_hash": "a", "candidates": ["ngram"], "verdict": "v", "state": "",
}  # fmt: skip


def list_of(runs):
    return json.dumps({"version": _CACHE_VERSION, "runs": runs})


def listed(**entry):
    return list_of({"a": {"stamp": "1-1", "entry": ENTRY | entry}})


LISTS = {
    "nested too deeply": lambda path: path.write_text(deep(200_000)),
    "of another form": lambda path: path.write_text(list_of([1])),
    "without stamps": lambda path: path.write_text(list_of({"a": {"entry": None}})),
    "with half an entry": lambda path: path.write_text(list_of({"a": {"stamp": "1-1", "entry": {"kind": "compare"}}})),
    "with candidates that are none": lambda path: path.write_text(listed(candidates=[["ngram"]])),
    "with dates that cannot be sorted": lambda path: path.write_text(listed(date=1)),
    "with a folder elsewhere": lambda path: path.write_text(listed(folder="../../elsewhere")),
    "a pipe": os.mkfifo,
    "a folder": lambda path: path.mkdir(),
}


@dataclass(frozen=True)
class Asked:
    """A gate that was asked for, as far as the command looks at it."""

    engine: object = None


@pytest.fixture
def in_time():
    """Ends a test that waits for a pipe."""

    def late(*_):
        pytest.fail("it waits for something")  # which is no OSError, and so is caught nowhere

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def regression(evalkit, monkeypatch):
    """Runs `gate` on a regression that was found, and checks that all of it is delivered."""
    found = SimpleNamespace(
        outcome=Outcome(gated(), {"ngram": ()}), successor=SimpleNamespace(to_json=lambda: '{"evalkit_baseline": 1}')
    )
    monkeypatch.setattr("evalkit.gating.request.gate_request", lambda *_, **__: Asked())
    monkeypatch.setattr("evalkit.gating.run.gate", lambda *_, **__: found)

    def run(workspace):
        code, out, err = evalkit("gate", "unigram", "--baseline", "main", "-o", "out.junit.xml")
        assert code == 1, err
        assert "REGRESSION" in out
        assert 'failures="2"' in (workspace / "out.junit.xml").read_text()
        assert list(workspace.glob("reports/gate-*/candidate.baseline.json"))
        return err

    return run


@pytest.mark.usefixtures("in_time")
class TestDelivery:
    @pytest.mark.parametrize("name", NEIGHBOURS)
    def test_of_a_gate_beside_damaged_results(self, workspace, regression, name):
        (workspace / "reports" / "a").mkdir(parents=True)
        NEIGHBOURS[name](workspace / "reports" / "a" / "results.json")
        regression(workspace)
        page = (workspace / "reports" / "index.html").read_text()
        assert 'href="gate-' in page

    @pytest.mark.parametrize("name", LISTS)
    def test_of_a_gate_beside_a_damaged_list(self, workspace, regression, name):
        (workspace / "reports").mkdir()
        LISTS[name](workspace / "reports" / ".index.json")
        err = regression(workspace)
        assert ("not up to date" in err) == (name == "a folder")

    def test_of_a_gate_where_the_list_cannot_be_written(self, workspace, regression):
        (workspace / "reports" / "index.html").mkdir(parents=True)
        assert "not up to date" in regression(workspace)

    @pytest.mark.parametrize("name", NEIGHBOURS)
    def test_of_a_comparison_that_follows_damaged_results(self, workspace, evalkit, monkeypatch, name):
        """The list names the damaged run as the one before."""
        monkeypatch.setattr("evalkit.evaluation.compare.compare", lambda *_, **__: Outcome(RUN, {"ngram": (), "noise": ()}))
        (workspace / "reports" / "a").mkdir(parents=True)
        (workspace / "reports" / ".index.json").write_text(listed())
        NEIGHBOURS[name](workspace / "reports" / "a" / "results.json")
        code, out, err = evalkit("compare", "unigram", "-o", "a.md", "-q")
        assert (code, out) == (0, ""), err
        assert "ngram" in (workspace / "a.md").read_text()

    def test_of_files_where_the_folder_of_the_run_cannot_be_written(self, workspace, evalkit, monkeypatch):
        """Rights and room may go while a run works."""
        from evalkit.errors import OutputError

        def full(*_):
            raise OutputError("no room")

        monkeypatch.setattr("evalkit.evaluation.compare.compare", lambda *_, **__: Outcome(RUN, {"ngram": (), "noise": ()}))
        monkeypatch.setattr("evalkit.cli.output.draft_folder", full)
        code, _, err = evalkit("compare", "unigram", "-o", "a.md")
        assert (code, "no room" in err) == (2, True)
        assert "ngram" in (workspace / "a.md").read_text()

    def test_of_a_list_of_baselines(self, workspace, evalkit):
        store = Store(workspace / ".evalkit" / "baselines")
        store.save("sound", made())
        (store.folder / "damaged.json").write_text("{}")
        os.mkfifo(store.folder / "pipe.json")
        code, out, err = evalkit("baseline", "list")
        assert (code, "sound" in out) == (0, True)
        assert "damaged.json" in err
        assert "pipe" in err

    @pytest.mark.parametrize("name", NEIGHBOURS)
    def test_of_a_history(self, workspace, evalkit, name):
        for folder in ("a", "b"):
            (workspace / "reports" / folder).mkdir(parents=True)
        (workspace / "reports" / "b" / "results.json").write_text(RUN.to_json())
        NEIGHBOURS[name](workspace / "reports" / "a" / "results.json")
        code, out, err = evalkit("history", "reports")
        assert code == 0, err
        assert "b" in out
        named = workspace / "reports" / "a" / "results.json"
        assert evalkit("history", named)[0] in {0, 2}
