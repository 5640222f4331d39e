"""Runs whose candidates are drawn and scored side by side: the same results as in one process, the same errors, and progress."""

from __future__ import annotations

import json
import pickle
import time

import pytest

import evalkit
from evalkit._util import workers
from evalkit.engines import Local
from evalkit.errors import EvalkitError, InputError, UsageError
from evalkit.evaluation.candidates import parse_candidates, texts_candidate
from evalkit.evaluation.compare import compared
from evalkit.evaluation.request import CompareRequest
from evalkit.evaluation.work.counting import Counting
from evalkit.evaluation.work.scoring import Scoring
from evalkit.metrics import main_metrics, select
from evalkit.text.corpus import split_corpus
from evalkit.text.documents import Corpus, Document
from tests.support.side_by_side import CANDIDATES, REFERENCE, SAMPLES, SHAPE, content


def run(jobs, **options):
    return content(evalkit.compare(CANDIDATES, reference=REFERENCE, **SHAPE, jobs=jobs, **options))


@pytest.fixture(scope="module")
def in_one_process():
    return run(1)


def test_results_do_not_depend_on_jobs(in_one_process):
    assert run(3) == in_one_process


def test_nor_do_those_of_one_candidate_whose_passages_are_counted_in_shards():
    one, three = (
        content(evalkit.score(SAMPLES, reference=REFERENCE, metrics=["words", "order"], **SHAPE, jobs=jobs)) for jobs in (1, 3)
    )
    assert one == three


def test_nor_do_those_of_a_gate_that_looks_again(workspace, evalkit):
    words = ("--reference", "tales", "-m", "letters.jsd,wordlen.mean", "-q")
    shape = ("--passages", 10, "--chars", 200, "--max-passages", 40)
    (workspace / "tales").mkdir()
    for name, text in REFERENCE.items():
        (workspace / "tales" / f"{name}.txt").write_text(text, encoding="utf-8")
    assert evalkit("baseline", "save", "main", "ngram:order=3", *shape, *words)[0] == 0
    said = []
    for jobs in (1, 2):
        code, _, err = evalkit("gate", "ngram:order=3", "--baseline", "main", "-o", "gate.json", "-j", jobs, *words)
        assert code in {0, 1, 3}, err
        plain = json.loads((workspace / "gate.json").read_text())
        del plain["run"]
        said.append(plain)
    assert said[0] == said[1]
    assert len(said[0]["gate"]["looks"]) > 1


def test_what_is_sent_to_a_process_that_is_no_copy_gives_the_same(in_one_process, monkeypatch):
    """As on systems where processes begin anew, and on other machines: scorer and reference are made again from documents and names."""
    corpus = Corpus("texts", tuple(Document(name, text) for name, text in REFERENCE.items()))
    request = CompareRequest(
        candidates=[*parse_candidates(["noise=unigram"]), texts_candidate("mine", SAMPLES)],
        corpus=corpus,
        split=split_corpus(corpus),
        metrics=select(main_metrics("en")),
        n_passages=SHAPE["passages"],
        n_chars=SHAPE["chars"],
    )
    run = compared(request)
    shared = pickle.loads(pickle.dumps(Scoring(run.scorer, True, 2)))
    assert shared.scorer is not run.scorer
    item = run.drawn[1]
    here, there = (scorer.scored("mine", item.passages, explains=True) for scorer in (run.scorer, shared.scorer))
    assert [vars(row) for row in there.rows] == [vars(row) for row in here.rows]
    assert (there.texts, there.excerpts, there.explanation) == (here.texts, here.excerpts, here.explanation)
    again = pickle.loads(pickle.dumps(Counting(run.scorer.reference, request.metrics)))
    assert again.reference is shared.scorer.reference  # it is made once in a process


def test_an_error_of_a_worker_is_that_of_one_process(evalkit, workspace):
    said = []
    for jobs in (1, 2):
        code, _, err = evalkit("compare", "unigram", "ngram:order=3", "--reference", workspace, "-j", jobs)
        said.append((code, err))
    assert said[0] == said[1]
    assert said[0][0] == 2


def _fails(seconds, item, progress):
    time.sleep(seconds[item])
    raise InputError(f"{item} cannot be read.", remedy="Write it again.")


def test_the_error_of_a_unit_comes_back_as_it_was_and_is_that_of_one_process():
    """Though the second unit fails first."""
    with pytest.raises(InputError) as caught, Local(2).start(_fails, {"a": 1.0, "b": 0.0, "c": 0.0}, ["a", "b", "c"]) as work:
        work.results()
    assert str(caught.value) == "a cannot be read.\nWrite it again."
    assert caught.value.exit_code == 2


def every_error(kind=EvalkitError):
    for below in kind.__subclasses__():
        if below.__module__.startswith("evalkit."):
            yield below
            yield from every_error(below)


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.__name__)
def test_every_error_can_be_sent(kind):
    error = kind.__new__(kind)
    EvalkitError.__init__(error, "It is broken.", remedy="Mend it.")
    error.exit_code = 7
    sent = pickle.loads(pickle.dumps(error))
    assert (type(sent), sent.args, vars(sent)) == (kind, error.args, vars(error))


def _ends(shared, item, progress):
    import os

    os._exit(9)


def test_a_worker_that_is_ended_is_one_clear_error():
    with pytest.raises(workers.WorkerError) as caught, Local(2).start(_ends, None, [1, 2]) as work:
        work.results()
    assert caught.value.exit_code == 4
    assert "fewer --jobs" in caught.value.remedy


def _says(shared, item, progress):
    import time

    progress(f"é {item} " + "x" * shared, item, 5)
    time.sleep(0.7)
    progress("too soon for anybody to see", 1, 1)
    return item * item


def test_progress_of_workers_is_shown():
    told = []
    with Local(2).start(_says, 3, [1, 2]) as work:
        assert work.results(lambda message, done, total: told.append((message, done, total))) == [1, 4]
    assert ("é 1 xxx", 1, 5) in told


def test_a_long_message_is_left_out():
    with Local(2).start(_says, 5000, [1, 2]) as work:
        assert work.results(lambda *said: pytest.fail(str(said[0][:20]))) == [1, 4]


@pytest.mark.parametrize("jobs", [0, -1, 100_000])
def test_jobs_are_a_number_of_processes(jobs):
    with pytest.raises(UsageError, match="jobs must be from 1"):
        Local(jobs)


def test_jobs_can_be_set_once_for_all_commands(workspace, evalkit, monkeypatch):
    monkeypatch.setenv("EVALKIT_JOBS", "2")
    code, out, _ = evalkit("validate", "-f", "json")
    options = json.loads(out)["options"]
    assert code == 0
    assert {name: options[name]["jobs"]["value"] for name in ("compare", "score", "gate", "calibrate")} == dict.fromkeys(
        ("compare", "score", "gate", "calibrate"), "2"
    )
