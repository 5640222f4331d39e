"""What asks for more than memory holds ends at once in exit 2 with a remedy, whatever asks for it: an option, a specification, a file."""

from __future__ import annotations

import json
import signal

import pytest

from evalkit._util import memory
from evalkit._util.memory import most_memory, require_memory
from evalkit.errors import UsageError
from evalkit.gating.baseline import read_baseline
from generators import create
from tests.support.baselines import made

HUGE = str(2**63)
COMMANDS = {
    "characters": ("compare", "unigram", "--chars", HUGE),
    "characters and passages": ("compare", "unigram", "--chars", "100000000000", "--passages", "10"),
    "passages": ("compare", "unigram", "--passages", HUGE),
    "passages of human text": ("score", "human", "--passages", HUGE),
    "characters of human text": ("score", "human", "--chars", HUGE),
    "characters of samples": ("score", "samples.txt", "--chars", HUGE),
    "passages of a sweep": ("sweep", "unigram", "--temperature", "0.5,1", "--passages", HUGE),
    "passages of a baseline": ("baseline", "save", "main", "unigram", "--passages", HUGE),
    "characters of a baseline": ("baseline", "save", "main", "unigram", "--chars", HUGE),
    "units": ("compare", "lstm:units=1000000000"),
    "layers": ("compare", "lstm:layers=1000000000"),
    "embedding": ("compare", "lstm:embedding=1000000000000"),
    "runs of a calibration": ("calibrate", "unigram", "--baseline", "main", "--runs", HUGE),
    "a temperature": ("compare", "unigram", "--temperature", "1e-320"),
}
OF_GENERATORS = {
    "characters": ("sample", "unigram", "--chars", HUGE),
    "passages": ("sample", "unigram", "--passages", HUGE),
    "the first passage": ("sample", "unigram", "--first", str(10**23)),
    "the first passage of human text": ("sample", "human", "--first", str(10**23)),
    "units": ("train", "lstm:units=1000000000", "-o", "model"),
    "characters of checkpoints": ("train", "lstm", "--score-every", "10", "--chars", HUGE, "-o", "model"),
    "a temperature": ("sample", "unigram", "--temperature", "1e-320"),
}


@pytest.fixture(autouse=True)
def in_time():
    """Ends a test that works, or a machine would run out of memory."""

    def late(*_):
        pytest.fail("it began to work")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, 20)  # of the processor's time, since others may use the machine
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_asks_for_too_much(workspace, evalkit, name):
    (workspace / "samples.txt").write_text("The keeper of the lamp walked down to the water and counted the boats. " * 100)
    code, out, err = evalkit(*COMMANDS[name])
    assert (code, out) == (2, ""), err
    assert len(err.strip().splitlines()) <= 4
    assert not (workspace / "reports").exists()


@pytest.mark.parametrize("name", OF_GENERATORS)
def test_a_command_of_the_generators_that_asks_for_too_much(workspace, capsys, name):
    from evalkit.cli.run import exit_code
    from generators.cli import app

    code = exit_code(lambda: app(args=list(OF_GENERATORS[name]), prog_name="generators", standalone_mode=False))
    assert code == 2, capsys.readouterr().err
    assert list(workspace.iterdir()) == []


@pytest.mark.parametrize("spec", ["unigram", "uniform", "ngram:order=2", "human"])
@pytest.mark.parametrize(("n_passages", "n_chars", "first"), [(2**63, 9, 0), (1, 2**63, 0), (2, 9, 2**64 - 1), (1, 9, -1)])
def test_a_generator_that_is_asked_for_too_much(spec, n_passages, n_chars, first):
    fitted = create(spec).fit(["a b"], held_out=["a b"])
    if spec == "human" and n_passages > 1:
        pytest.skip("it yields what there is")
    with pytest.raises(UsageError):
        fitted.sample(n_passages, n_chars, first=first)


def test_the_last_number_of_a_passage():
    assert create("unigram").fit(["a b"]).sample(1, 3, first=2**64 - 1)


def test_a_small_baseline_of_many_columns_and_passages(tmp_path):
    """One megabyte that lists columns and passages without counts would take 27 gigabytes."""
    document = json.loads(made().to_json())
    n = 60_000
    document |= {"columns": [f"{i:x}" for i in range(n)], "tally": [[]] * n, "clusters": list(range(n))}
    (tmp_path / "a.json").write_text(json.dumps(document))
    assert (tmp_path / "a.json").stat().st_size < 2 << 20
    with pytest.raises(UsageError, match=r"28\.8 GB"):
        read_baseline(tmp_path / "a.json")


def test_a_baseline_of_endless_passages(tmp_path):
    document = json.loads(made().to_json())
    document["shape"]["n_chars"] = 2**40
    (tmp_path / "a.json").write_text(json.dumps(document))
    with pytest.raises(UsageError, match="shape"):
        read_baseline(tmp_path / "a.json")


class TestMemory:
    def test_there_is_some(self):
        assert 1 << 28 < most_memory() < 1 << 50

    def test_the_least_of_all_limits_counts(self, tmp_path, monkeypatch):
        (tmp_path / "new").write_text("12345\n")
        (tmp_path / "old").write_text("max\n")
        monkeypatch.setattr(memory, "_CGROUPS", (tmp_path / "new", tmp_path / "old", tmp_path / "none"))
        assert most_memory() == 12345
        require_memory(12345, "It", remedy="Ask for less.")
        with pytest.raises(UsageError, match=r"It would take 0\.0 GB .* and this process may have 0\.0 GB\.\nAsk for less\."):
            require_memory(12346, "It", remedy="Ask for less.")
