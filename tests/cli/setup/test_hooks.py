"""The hooks of pre-commit, run in another repository as pre-commit runs them: entry and args, at the root, without a terminal."""

from __future__ import annotations

import json
import os
import random
import shlex
import subprocess
import sys

import pytest
import yaml

from evalkit.text.corpus import read_corpus
from evalkit.text.passages import slices
from tests.support.paths import ROOT

HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A repository of somebody else, with samples and a baseline of them."""
    folder = tmp_path_factory.mktemp("other")
    (folder / "bin").mkdir()
    (folder / "bin" / "evalkit").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m evalkit "$@"\n')
    (folder / "bin" / "evalkit").chmod(0o755)
    tales = [piece for tale in read_corpus().documents for piece in list(slices(tale.text, 1000))[::2]]
    write(folder, "good.jsonl", tales)
    write(folder, "bad.jsonl", [tale.replace(",", "").replace(".", "") for tale in tales])
    assert run(folder, "evalkit baseline save main good.jsonl -m form.punctuation -q").returncode == 0
    return folder


def write(folder, name, texts):
    (folder / name).write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")


def run(folder, words):
    env = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return subprocess.run(shlex.split(words), cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def test_each_is_what_pre_commit_takes():
    for hook in HOOKS.values():
        assert (hook["language"], hook["pass_filenames"], hook["entry"].split()[0]) == ("python", False, "evalkit")


@pytest.mark.parametrize(("samples", "worse"), [("good.jsonl", False), ("bad.jsonl", True)])
def test_a_gate_stops_worse_samples(repository, samples, worse):
    done = run(repository, f"{HOOKS['evalkit-gate']['entry']} {samples} --baseline main")
    assert done.returncode == worse, done.stdout + done.stderr


def test_a_run_takes_its_file(repository):
    text = '[run]\ncommand = "gate"\n[gate]\nbaseline = "main"\n[[candidates]]\nspec = "bad.jsonl"\n'
    (repository / "evalkit.toml").write_text(text, encoding="utf-8")
    try:
        done = run(repository, HOOKS["evalkit-run"]["entry"])
    finally:
        (repository / "evalkit.toml").unlink()
    assert (done.returncode, "REGRESSION" in done.stdout) == (1, True), done.stderr


@pytest.mark.parametrize(("texts", "code"), [([""], 3), ([], 0)])
def test_an_audit_stops_grave_faults(repository, texts, code):
    words = " ".join(tale.text for tale in read_corpus().documents).split()
    rng = random.Random(0)
    write(repository, "new.jsonl", [" ".join(rng.choices(words, k=60)) for _ in range(20)] + texts)
    done = run(repository, f"{HOOKS['evalkit-audit']['entry']} new.jsonl")
    assert done.returncode == code, done.stdout + done.stderr
