"""Results go to MLflow, TensorBoard and Weights & Biases: the real libraries, each with a store of its own on the disk."""

from __future__ import annotations

import json
import logging
import re
import sys
from itertools import pairwise
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import MissingExtraError, TrackerError, UsageError
from evalkit.results import FamilyDistance, FloorSummary, Interval, Overall
from evalkit.trackers import TRACKERS, parse_destination
from evalkit.trackers.record import record_of
from tests.support.results import FAIR, GOOD, results
from tests.support.runs import gated

NAME = re.compile(r"[A-Za-z0-9_./-]+")


def run_of(value, **more):
    """Results of one candidate, whose letter divergence is given, with a distance over all families."""
    floor = FloorSummary(0.02, 0.08)
    return results(
        {"new": FAIR | {"letters.jsd": value}},
        overall=[Overall(candidate="new", value=0.3, ci=Interval(0.25, 0.35), floor=floor)],
        families=[
            FamilyDistance(
                candidate="new", family="letters", value=0.4, share=1.0, limit=0.1, metric="letters.jsd", distance=3.0, n_metrics=1
            )
        ],
        **more,
    )


def test_what_is_logged():
    run = run_of(0.002)
    record = record_of(run)
    assert record.numbers["evalkit/overall"] == 0.3
    assert record.numbers["evalkit/family.letters"] == 0.4
    assert record.numbers["evalkit/letters.jsd"] == 0.002
    assert record.ranges["evalkit_ranges/overall.low"] == 0.25
    assert record.ranges["evalkit_ranges/overall.human_high"] == 0.08
    assert record.ranges["evalkit_ranges/vocab.hit.high"] == run.row("new", "vocab.hit").ci.high
    assert record.ranges["evalkit_ranges/letters.jsd.human_high"] == 0.0006
    assert "evalkit_ranges/letters.jsd.human_low" not in record.ranges, "a distance cannot be too small"
    assert record.params["reference.hash"] == "a" * 64
    assert (record.params["seed"], record.params["version"], record.params["shape.n_chars"]) == ("0", "0.1.0", "1000")
    assert record.tags["sentence"].startswith("new ")
    assert set(record.files) == {"index.html", "results.json"}
    assert json.loads(record.files["results.json"])["kind"] == "compare"
    assert set(record_of(run, page=False).files) == {"results.json"}


def test_a_gate_logs_its_verdict_and_how_much_worse_each_measure_is():
    run = gated()
    record = record_of(run, prefix="nightly", page=False)
    assert (record.tags["verdict"], record.tags["exit_code"]) == (run.verdict, str(run.exit_code))
    assert record.decisions
    assert all(name.startswith("nightly_gate/") for name in record.decisions)


@given(st.lists(st.text(min_size=1, max_size=80), min_size=2, max_size=6, unique=True))
def test_whatever_candidates_are_called_every_number_has_a_name_that_all_trackers_take(names):
    record = record_of(results(dict.fromkeys(names, GOOD)), page=False)
    assert len(record.numbers) == len(names) * len(GOOD)
    keys = sorted(record.all_numbers)
    assert all(NAME.fullmatch(key) and ".." not in key.split("/") and len(key) < 250 for key in keys)
    assert not [name for name, following in pairwise(keys) if following.startswith(f"{name}/")], "a file and a folder of one name"


@pytest.fixture
def mlflow(tmp_path, monkeypatch):
    pytest.importorskip("mlflow", reason="MLflow is not installed (the extra mlflow)")
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # a database needs packages that mlflow-skinny leaves out
    mlflow.set_tracking_uri(f"file:{tmp_path}/mlruns")
    return mlflow


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_mlflow(mlflow, caplog, monkeypatch):
    run_of(0.002).log("mlflow", experiment="styles", run_name="first")
    assert mlflow.active_run() is None
    (own,) = mlflow.search_runs(experiment_names=["styles"], output_format="list")
    assert (own.info.run_name, own.info.status) == ("first", "FINISHED")
    assert own.data.metrics["evalkit/letters.jsd"] == 0.002
    assert own.data.params["evalkit.reference.hash"] == "a" * 64
    assert own.data.tags["evalkit.sentence"].startswith("new ")
    page = mlflow.artifacts.load_text(f"runs:/{own.info.run_id}/evalkit/index.html")
    assert page.startswith("<!doctype html>")

    monkeypatch.setattr(logging.getLogger("evalkit"), "propagate", True)
    with mlflow.start_run() as active:
        for step, value in enumerate((0.002, 0.0015, 0.001)):
            assert active.info.run_id in run_of(value).log("mlflow", step=step, page=False)
        assert caplog.messages == []
        changed = run_of(0.001)
        changed.signature["seed"] = 7
        changed.log("mlflow", step=3, page=False)
        assert [message for message in caplog.messages if "evalkit.seed" in message]
        assert mlflow.active_run() is not None, "the run of the user stays open"
    curve = mlflow.MlflowClient().get_metric_history(active.info.run_id, "evalkit/letters.jsd")
    assert [(point.step, point.value) for point in curve] == [(0, 0.002), (1, 0.0015), (2, 0.001), (3, 0.001)]
    assert mlflow.get_run(active.info.run_id).data.params["evalkit.seed"] == "0"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_weights_and_biases(tmp_path, monkeypatch):
    pytest.importorskip("wandb", reason="Weights & Biases is not installed (the extra wandb)")
    import wandb

    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.chdir(tmp_path)
    with wandb.init(project="training", dir=tmp_path) as run:
        run.log({"loss": 2.0}, step=500)  # ahead of the steps below, which must not be dropped for it
        for step, value in ((100, 0.002), (200, 0.001)):
            assert run.id in run_of(value).log("wandb", step=step, page=step == 200)
        assert wandb.run is run, "the run of the user stays open"
        assert run.config["evalkit"]["reference.hash"] == "a" * 64
        assert run.summary["evalkit/sentence"].startswith("new ")
        assert (run.summary["evalkit/letters.jsd"], run.summary["evalkit/step"]) == (0.001, 200)
    run_of(0.003).log("wandb", page=False)
    assert wandb.run is None
    wandb.teardown()  # its files are whole when its service has ended
    logged = {path.parent.name: path.read_bytes() for path in tmp_path.glob("wandb/offline-run-*/run-*.wandb")}
    assert len(logged) == 2
    assert all(b"evalkit/letters.jsd" in content for content in logged.values())
    assert [content for name, content in logged.items() if name.endswith(run.id) and b"index.html" in content]


@pytest.mark.filterwarnings("ignore")
def test_tensorboard(tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    for step, value in ((100, 0.002), (200, 0.001)):
        run_of(value).log("tensorboard", folder=str(folder), step=step, page=step == 200)
    assert (folder / "evalkit" / "step-200" / "index.html").is_file()
    assert len(list(folder.glob("events.*"))) == 1, "one file a process"

    # With this module TensorBoard reads without TensorFlow, which takes seconds to load.
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))
    accumulators = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="TensorBoard is not installed"
    )
    events = accumulators.EventAccumulator(str(folder))
    events.Reload()
    assert [(point.step, pytest.approx(point.value)) for point in events.Scalars("evalkit/letters.jsd")] == [
        (100, 0.002),
        (200, 0.001),
    ]
    (first, _) = events.Tensors("evalkit/results")
    assert first.tensor_proto.string_val[0].decode().startswith("new ")
    assert events.SummaryMetadata("evalkit/results").plugin_data.plugin_name == "text"


def test_a_package_that_is_missing_is_told_with_the_command_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setattr("evalkit.trackers.registry.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'evalkit-text\[mlflow\]'"):
        run_of(0.002).log("mlflow")
    with pytest.raises(MissingExtraError, match="wandb"):
        parse_destination("wandb")


def test_a_folder_of_runs_is_not_taken_for_the_package(monkeypatch, tmp_path):
    """Weights & Biases writes its runs into a folder that has its own name."""
    (tmp_path / "wandb").mkdir()
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    with pytest.raises(MissingExtraError):
        TRACKERS["wandb"].check_available()


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("tensorbord", {}, 'Did you mean "tensorboard"'),
        ("tensorboard", {"foldr": "x"}, 'Did you mean "folder"'),
        ("tensorboard", {"step": -1}, "at least 0"),
        ("tensorboard", {"prefix": "a/b"}, "letters, digits"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(name, options, says):
    with pytest.raises(UsageError, match=says):
        run_of(0.002).log(name, **options)


def test_a_tracker_that_fails_is_an_error_with_its_reason(monkeypatch):
    def broken(record, *, step=None):
        raise ConnectionError("no route to \x1b[31mhost")

    monkeypatch.setattr("evalkit.trackers.registry.Tracker.load", lambda self: broken)
    with pytest.raises(TrackerError, match=r"TensorBoard did not take the results \(ConnectionError: no route to [^\x1b]*host\)"):
        run_of(0.002).log("tensorboard")
