"""Runs on a cluster of processes: the same results as in one process, whatever becomes of a worker, and one error where it fails."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

import evalkit
from evalkit.engines import Local, cluster
from evalkit.errors import InputError, UsageError, WorkerError
from tests.support.docs import follow
from tests.support.paths import ROOT
from tests.support.side_by_side import CANDIDATES, REFERENCE, SHAPE, content

dask = pytest.importorskip("dask", reason="dask is not installed (the extra cluster)")
distributed = pytest.importorskip("distributed", reason="dask is not installed (the extra cluster)")


@pytest.fixture(scope="module")
def client():
    """A cluster of two processes on this machine."""
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    with distributed.LocalCluster(**options, silence_logs="CRITICAL") as workers, distributed.Client(workers) as client:
        yield client


@pytest.fixture(scope="module")
def in_one_process():
    return content(evalkit.compare(CANDIDATES, reference=REFERENCE, **SHAPE))


def test_results_are_those_of_one_process_though_a_worker_is_killed(client, in_one_process):
    killed = []

    def kill(message, done, total):
        if message.startswith("scoring") and not killed:
            killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    results = evalkit.compare(CANDIDATES, reference=REFERENCE, **SHAPE, client=client, progress=kill)
    assert len(killed) == 1
    assert content(results) == in_one_process


def _says(shared, item, progress):
    progress(f"computing {item}", item, 3)
    time.sleep(shared)
    return item + 1


def test_progress_of_workers_is_shown(client):
    told = []
    with cluster.Cluster(client).start(_says, 1.0, [1, 2]) as work:
        assert work.results(lambda *said: told.append(said)) == [2, 3]
    assert ("computing 1", 1, 3) in told


def _fails(shared, item, progress):
    raise InputError(f"{item} cannot be read.", remedy="Write it again.")


def test_the_error_of_a_unit_comes_back_as_it_was(client):
    with pytest.raises(InputError) as caught, cluster.Cluster(client).start(_fails, None, ["a"]) as work:
        work.results()
    assert str(caught.value) == "a cannot be read.\nWrite it again."


class Failing:
    """A future that ends with an error once it was looked at a few times."""

    def __init__(self, n_looks, problem):
        self.n_looks, self.problem = n_looks, problem

    def done(self):
        self.n_looks -= 1
        return self.n_looks < 0

    @property
    def status(self):
        return "error" if self.n_looks < 0 else "pending"

    def result(self):
        raise InputError(self.problem)


def test_of_several_units_that_fail_the_error_is_that_of_one_process():
    """Whichever worker is quicker. The futures are made up, since a cluster decides which worker computes what."""
    with pytest.raises(InputError, match="the first"):
        cluster._Remote([Failing(3, "the first"), Failing(0, "the second")], {}).results()


def test_a_scheduler_that_vanishes_is_one_clear_error():
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": "127.0.0.1:0"}
    brief = dask.config.set({"distributed.comm.timeouts.connect": "1s"})  # nobody shall wait long for the scheduler to come back
    with brief, distributed.LocalCluster(**options, silence_logs="CRITICAL") as workers:
        client = distributed.Client(workers)
        engine = cluster.Cluster(client)
        threading.Timer(1.0, lambda: workers.sync(workers.scheduler.close)).start()
        with pytest.raises(WorkerError) as caught, engine.start(_says, 2.0, [1]) as work:
            work.results()
        client.close(timeout=1)
    assert caught.value.exit_code == 4
    assert "scheduler" in caught.value.problem


def test_a_scheduler_that_cannot_be_reached_ends_in_4(evalkit, monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.5)
    words = ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    code, out, err = evalkit("compare", "unigram", *words)
    assert (code, out) == (4, "")
    assert err.startswith('Error: No scheduler answers at "tcp://127.0.0.1:9".\n')
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--engine", "dask"), "go together"),
        (("--scheduler", "tcp://127.0.0.1:9"), "go together"),
        (("--engine", "dusk"), 'Did you mean "dask"?'),
        (("--engine", "dask", "--scheduler", "ftp://127.0.0.1"), "no address of a scheduler"),
    ],
)
def test_what_cannot_be_an_engine_ends_in_2(evalkit, words, said):
    code, _, err = evalkit("score", "unigram", *words)
    assert code == 2, err
    assert said in " ".join(err.replace("│", " ").split())


def test_workers_of_another_version_are_refused(client):
    here = cluster.program_facts()
    assert client.run(cluster.program_facts) == dict.fromkeys(client.nthreads(), here)
    with pytest.raises(UsageError, match=r"tcp://b has another program: evalkit 0, here .*; numpy none, here"):
        cluster._check_alike({"tcp://a": here, "tcp://b": {**here, "evalkit": "0", "numpy": "none"}})


def test_an_asynchronous_client_is_refused():
    class Asynchronous:
        asynchronous = True

    with pytest.raises(UsageError, match="asynchronous"):
        cluster.Cluster(Asynchronous(), Local())


def test_the_page_does_what_it_says(client, workspace, evalkit):
    """From laptop to cluster, with the scheduler of these tests in the place of the page's."""
    page = (ROOT / "docs/howto/cluster.md").read_text(encoding="utf-8")
    here = workspace / "page.md"
    here.write_text(page.replace("tcp://10.0.0.5:8786", client.scheduler.address), encoding="utf-8")
    namespace = follow(here, evalkit)
    assert namespace["same"]
