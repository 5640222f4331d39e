"""Every recipe of CONTRIBUTING.md is followed to the letter in a copy of the tree, through the linter, its own commands and the docs' check."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TITLE, AFTER = re.compile(r'title="([^"]+)"'), re.compile(r'after="([^"]+)"')
PLACES = {
    "a metric": (1, 1),
    "a generator": (1, 1),
    "an output format": (1, 1),
    "a command": (1, 1),
    "a language": (1, 0),
    "a plot": (1, 1),
}
"""New files and edited files of each recipe."""
SHOWN = {
    "a metric": (["evalkit", "metrics", "show", "density.words"], "words / characters"),
    "a generator": (["generators", "list"], "stutter"),
    "an output format": (["evalkit", "compare", "--help"], "tsv"),
    "a command": (["evalkit", "--help"], "words"),
    "a language": (["evalkit", "compare", "--help"], "en, de, es, it"),
    "a plot": (None, "intervals"),
}
"""A command that shows what was added, and what it says."""


def recipe(heading: str) -> str:
    return CONTRIBUTING.split(f"## Add {heading}\n", 1)[1].partition("\n## ")[0]


def insert(path: Path, line: str, block: str) -> None:
    """Adds lines after the one that begins so, or after the opening of the table that it begins."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [number for number, text in enumerate(lines) if text.strip().startswith(line)]
    assert len(places) == 1, f"{line!r} stands {len(places)} times in {path.name}"
    place = places[0] + 1
    if lines[place].strip() == "{":  # a table inside a call
        place += 1
    path.write_text("".join([*lines[:place], block, *lines[place:]]), encoding="utf-8")


def follow(tree: Path, text: str) -> tuple[list[str], list[str], list[str]]:
    """Writes and edits what a recipe says; gives the new files, the edited ones, and the commands to run."""
    new, edited, commands = [], [], []
    for language, info, body in BLOCK.findall(text):
        title, after = TITLE.search(info), AFTER.search(info)
        if language == "sh":
            commands += body.strip().splitlines()
        elif title and after:
            insert(tree / title[1], after[1], body)
            edited.append(title[1])
        elif title:
            assert not (tree / title[1]).exists()
            (tree / title[1]).write_text(body, encoding="utf-8")
            new.append(title[1])
    return new, edited, commands


@pytest.fixture
def tree(tmp_path):
    """A copy of everything that git knows, or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("reports/"):
            target = tmp_path / "tree" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    return tmp_path / "tree"


@pytest.mark.parametrize("heading", PLACES)
def test_a_recipe_works_as_it_is_written(heading, tree):
    new, edited, commands = follow(tree, recipe(heading))
    assert (len(new), len(edited)) == PLACES[heading]

    def run(*command: str) -> str:
        # The copy comes first on the path, before the project that is installed.
        environment = {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"}
        words = (
            [sys.executable, *command[1:]]
            if command[0] == "python"
            else [str(Path(sys.executable).with_name(command[0])), *command[1:]]
        )
        done = subprocess.run(words, capture_output=True, text=True, cwd=tree, env=environment)
        assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout

    python = [name for name in [*new, *edited] if name.endswith(".py")]
    if python:
        run("ruff", "check", *python)
        run("ruff", "format", "--check", *python)
    for command in commands:
        out = run(*shlex.split(command))
        if " pytest " in command:
            assert re.search(r"[1-9]\d* passed", out), f"{command} ran no test:\n{out}"
    if "python docs/generate.py" not in commands:
        run("python", "docs/generate.py", "--check")  # nothing was to be renewed
    shown, said = SHOWN[heading]
    if shown is not None:
        assert said in run("python", "-m", *shown)
