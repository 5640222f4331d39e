"""The tutorial's commands run as they stand, in an empty folder, one after the other."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.processes.forked import Programs

PAGE = (ROOT / "docs" / "tutorials" / "first-hour.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
METRICS = "letters,wordlen,vocab,order.bigrams,novelty.words_3"
"""What the commands measure here, given by the environment: with all measures each would take many times as long."""
OURS = re.compile(r'(?:python -m (generators)|(evalkit)) (.*?)( \|\| echo "exit code \$\?")?$')


@pytest.mark.slow
def test_every_command_does_what_the_page_says(tmp_path):
    with Programs() as programs:
        output = ["\n".join(ran(line, tmp_path, programs) for line in block.splitlines()) for block in BLOCKS]
    assert "characters" in output[0]
    (page,) = tmp_path.glob("reports/compare-*/index.html")
    assert page.stat().st_size > 10_000
    assert re.search(r"The audit finds (no grave fault|nothing wrong)", output[3])
    assert "mine can be told from book.txt" in " ".join(output[3].split())
    gates = output[4]
    assert "PASS" in gates
    assert "REGRESSION" in gates
    assert re.findall(r"^exit code (\d)$", gates, re.MULTILINE) == ["1"]


def ran(line: str, folder: Path, programs: Programs) -> str:
    """What a line prints; its exit code is 0, or the line says it."""
    # A test has no minute for the LSTM, whose training has tests of its own.
    line = line.replace("train lstm ", "train ngram:order=5 ")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "EVALKIT_METRICS": METRICS}
    if ours := OURS.match(line):
        done = programs.run("-m", ours[1] or ours[2], *shlex.split(ours[3]), folder=folder, environment=environment)
        if ours[4] and done.returncode:
            return f"{done.stdout}\nexit code {done.returncode}\n"
    else:
        script = re.sub("^python ", f"{sys.executable} ", line)
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=folder, env=environment, check=False)
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stdout
