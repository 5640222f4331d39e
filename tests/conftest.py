"""What all tests share."""

from __future__ import annotations

import logging
import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from tests.support.gate import ngram_pool, rng, small_gate  # noqa: F401 - fixtures of several folders
from tests.support.paths import ARTICLE, CORPORA

# The same examples every time: a run is red for a change and not by chance. A busy machine is no fault of a test either.
settings.register_profile(
    "repeatable", max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
# New examples every time, to look for faults: pytest --hypothesis-profile=explore
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def lovecraft():
    """The folder of Lovecraft's stories, which is never part of the project."""
    folder = CORPORA / "lovecraft"
    if not folder.is_dir():
        pytest.skip("the Lovecraft corpus is not beside the project (see data/corpora.json for where it is from)")
    return folder


@pytest.fixture(scope="session")
def shared_corpora():
    """The folder of corpora that are never part of the project."""
    if not CORPORA.is_dir():
        pytest.skip("the corpora for tests are not beside this checkout")
    return CORPORA


@pytest.fixture(scope="session")
def article_samples():
    """The samples that the article prints."""
    folder = ARTICLE / "samples"
    if not folder.is_dir():
        pytest.skip("the article's samples are not beside the project")
    return folder


@pytest.fixture(scope="session", autouse=True)
def ctrl_c():
    """Ctrl-C works in the programs that tests start: what a shell runs in the background ignores it, and its children inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """A cache of the tests' own, which their workers share: they neither use nor fill the user's."""
    ours = tmp_path_factory.getbasetemp()
    folder = (ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours) / "cache"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVALKIT_CACHE", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def loggers():
    """Puts back what a command that runs in this process does to the log."""
    names = ("evalkit", "generators", "matplotlib")
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in map(logging.getLogger, names)]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """An empty folder to run commands in."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("EVALKIT_") and name != "EVALKIT_CACHE"]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def evalkit(workspace, capsys):
    """Runs the command line in this process: evalkit("compare", "unigram") -> (exit code, stdout, stderr)."""
    from evalkit.cli import app
    from evalkit.cli.run import exit_code

    def run(*args):
        code = exit_code(lambda: app(args=[str(arg) for arg in args], prog_name="evalkit", standalone_mode=False))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
