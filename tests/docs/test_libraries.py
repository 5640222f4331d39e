"""The how-tos of trackers and of Hugging Face: every snippet and command runs as it stands, one after the other, in an empty folder."""

from __future__ import annotations

import os
import re
import shlex
from importlib.util import find_spec

import pytest

from tests.support.paths import ROOT
from tests.support.processes.forked import Programs

FOLDER = ROOT / "docs" / "howto"
BLOCK = re.compile(r"```(python|sh)\n(.*?)```", re.DOTALL)
TINY = "from tests.support.huggingface.tiny import tiny_model\nmodel, tokenizer, rows = tiny_model()\n"
"""What the snippet of the Trainer needs of its reader: a model, its tokenizer and rows to train on."""
NEEDED = {"trackers": ("mlflow", "wandb"), "hugging-face": ("datasets", "evaluate")}


@pytest.mark.slow
@pytest.mark.parametrize("page", NEEDED)
def test_what_a_page_shows_runs(page, tmp_path):
    absent = [name for name in NEEDED[page] if not find_spec(name)]
    if absent:
        pytest.skip(f"{' and '.join(absent)} is not installed")
    blocks = BLOCK.findall((FOLDER / f"{page}.md").read_text(encoding="utf-8"))
    snippets = [text for kind, text in blocks if kind == "python"]
    trainer = [text for text in snippets if "Trainer(" in text]
    if not all(map(find_spec, ("torch", "accelerate"))):
        snippets = [text for text in snippets if text not in trainer]
    script = "\n".join(TINY + text if text in trainer else text for text in snippets)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": f"file:{tmp_path}/mlruns",
        "MLFLOW_ALLOW_FILE_STORE": "true",
        "WANDB_MODE": "offline",
        "WANDB_SILENT": "true",
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "hub"),
        "CUDA_VISIBLE_DEVICES": "",
    }
    (tmp_path / "page.py").write_text(script, encoding="utf-8")
    lines = [line for kind, text in blocks if kind == "sh" for line in text.strip().splitlines()]
    assert {line.split()[0] for line in lines} == {"evalkit"}
    with Programs() as programs:
        for words in (["page.py"], *(["-m", *shlex.split(line)] for line in lines)):
            done = programs.run(*words, folder=tmp_path, environment=environment)
            assert done.returncode == 0, f"{words}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    made = {
        "trackers": ["mlruns", "wandb", "runs/style", "runs/curve", "runs/command"],
        "hugging-face": ["written", "runs/loop"],
    }
    assert [name for name in made[page] if not (tmp_path / name).is_dir()] == []
    if page == "hugging-face" and len(snippets) == sum(kind == "python" for kind, _ in blocks):
        assert list(tmp_path.glob("trained/checkpoint-*"))
