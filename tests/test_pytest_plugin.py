"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from evalkit.pytest_plugin import assert_no_regression
from tests.support.paths import ROOT

SHAPE = ("--passages", 40, "--chars", 1000, "-m", "letters.jsd,vocab.hit")
POLICY = '[metrics."letters.jsd"]\nmargin = "8 floor"\n[metrics."vocab.hit"]\nmargin = "4 floor"\n'


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The folder of a project with a baseline and a policy."""
    from evalkit.cli import app
    from evalkit.cli.run import exit_code

    folder = tmp_path_factory.mktemp("saved")
    (folder / "policy.toml").write_text(POLICY)
    words = ["baseline", "save", "main", "ngram:order=6", *map(str, SHAPE), "-q"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert exit_code(lambda: app(args=words, prog_name="evalkit", standalone_mode=False)) == 0
    return folder


@pytest.fixture
def project(saved, workspace):
    """A copy of it to work in."""
    return shutil.copytree(saved, workspace, dirs_exist_ok=True)


def test_pass_regression_and_no_verdict(project):
    results = assert_no_regression("ngram:order=6", baseline="main", policy="policy.toml")
    assert results.verdict == "PASS"
    with pytest.raises(AssertionError, match=r"REGRESSION: ngram:order=2 has become worse[\s\S]*vocab\.hit \(critical") as failure:
        assert_no_regression("ngram:order=2", baseline="main", policy="policy.toml")
    assert "policy.toml" in str(failure.value)


def test_texts_in_memory(project):
    from evalkit.errors import NoVerdict
    from evalkit.text.corpus import read_corpus, split_corpus
    from generators import create

    train = [document.text for document in split_corpus(read_corpus(), seed=0).train]
    texts = create("ngram:order=6").fit(train).sample(40, 1000, seed=5)
    assert assert_no_regression(texts, baseline="main", policy="policy.toml").verdict == "PASS"
    with pytest.raises(NoVerdict, match="NOT COMPARABLE"):
        assert_no_regression(texts[:3], baseline="main", policy="policy.toml")


def test_the_fixture_in_a_project(project):
    """One test passes, one fails, one errs; the verdict is a property in JUnit's file.

    It is a process of its own: pytest's own fixture for such tests unloads what was imported meanwhile, numba among it, which cannot be loaded twice.
    """
    (project / "test_model.py").write_text(
        """
def test_good(evalkit_gate):
    evalkit_gate("ngram:order=6", baseline="main", policy="policy.toml")

def test_bad(evalkit_gate):
    evalkit_gate("ngram:order=2", baseline="main", policy="policy.toml")

def test_unknown(evalkit_gate):
    evalkit_gate("ngram:order=6", baseline="none")
"""
    )
    # Named below, so that the test is the same whether or not the package with its entry point is installed.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    options = ("-p", "evalkit.pytest_plugin", "-p", "no:cacheprovider", "--junitxml=j.xml", "--no-header", "test_model.py")
    done = subprocess.run([sys.executable, "-m", "pytest", *options], capture_output=True, text=True, env=environment, check=False)
    assert re.search(r"^=+ 2 failed, 1 passed\b", done.stdout, re.MULTILINE), done.stdout
    assert "AssertionError: REGRESSION: ngram:order=2" in done.stdout
    assert "NoVerdict: There is no baseline" in done.stdout
    assert '<property name="evalkit_verdict" value="PASS"' in (project / "j.xml").read_text()


def test_the_plugin_loads_nothing_heavy():
    code = "import sys, evalkit.pytest_plugin; print(sorted({'numpy', 'scipy', 'pandas', 'tensorflow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
