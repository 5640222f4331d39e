"""Every recipe of CONTRIBUTING.md is followed to the letter in a copy of the tree, through the linter, its own commands and what they lead to."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.processes.forked import Programs

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GENERATE = "python docs/generate.py"
TITLE, AFTER = re.compile(r'title="([^"]+)"'), re.compile(r'after="([^"]+)"')


@dataclass(frozen=True)
class Tree:
    """A copy of the project, in which recipes are followed."""

    root: Path
    programs: Programs

    def run(self, *command: str) -> str:
        """What a command prints; the copy comes first on the path, before the project that is installed."""
        environment = {**os.environ, "PYTHONPATH": str(self.root), "COLUMNS": "200"}
        if command[0] == "python":
            done = self.programs.run(*command[1:], folder=self.root, environment=environment)
        else:
            program = str(Path(sys.executable).with_name(command[0]))
            done = subprocess.run([program, *command[1:]], capture_output=True, text=True, cwd=self.root, env=environment)
        assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def evalkit(self, *arguments: str) -> str:
        return self.run("python", "-m", "evalkit", *arguments)

    def text(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def insert(self, name: str, line: str, block: str) -> None:
        """Adds lines after the one that begins so, or after the opening of the table that it begins."""
        lines = self.text(name).splitlines(keepends=True)
        places = [number for number, text in enumerate(lines) if text.strip().startswith(line)]
        assert len(places) == 1, f"{line!r} stands {len(places)} times in {name}"
        place = places[0] + 1
        if lines[place].strip() == "{":  # a table inside a call
            place += 1
        (self.root / name).write_text("".join([*lines[:place], block, *lines[place:]]), encoding="utf-8")


def metric_is_everywhere(tree: Tree) -> None:
    assert "words / characters" in tree.evalkit("metrics", "show", "density.words")
    assert "## density.words" in tree.text("docs/reference/metrics.md")
    outputs = [f"run.{suffix}" for suffix in ("json", "html", "md", "csv")]
    printed = tree.evalkit("compare", "unigram", "-m", "density", "--passages", "6", *(f"-o{output}" for output in outputs))
    assert "words per character" in " ".join(printed.split())
    for output in outputs:
        assert ("density.words" if output.endswith(("json", "csv")) else "words per character") in tree.text(output)


def generator_is_everywhere(tree: Tree) -> None:
    assert "stutter" in tree.run("python", "-m", "generators", "list")
    assert "## stutter" in tree.text("docs/reference/generators.md")
    assert "| `repeat` | 0.5 | probability of a repetition, at least 0 and below 1 |" in tree.text("docs/reference/generators.md")
    assert "stutter" in tree.evalkit(
        "compare", "stutter:repeat=0.7", "-m", "letters.jsd", "--passages", "5", "--chars", "200", "--no-progress"
    )


def format_is_everywhere(tree: Tree) -> None:
    assert "tsv" in tree.evalkit("compare", "--help")
    printed = tree.evalkit("score", "unigram", "-m", "letters.jsd", "--passages", "5", "--chars", "200", "-f", "tsv", "-orun.tsv")
    assert printed.startswith("candidate\tmetric\t")
    assert "unigram\tletters.jsd\t" in tree.text("run.tsv")


def command_is_everywhere(tree: Tree) -> None:
    assert "Count the words of a text file" in tree.evalkit("--help")
    assert "## `evalkit words`" in tree.text("docs/commands.md")


def language_is_everywhere(tree: Tree) -> None:
    assert "en, de, es, it" in tree.evalkit("compare", "--help")
    assert "| Italian | `it` |" in tree.text("docs/languages.md")
    assert "suffix.zione" in tree.evalkit("metrics", "--language", "it")


def figure_is_everywhere(tree: Tree) -> None:
    assert "| `known_words` | the share of" in tree.text("docs/reference/report.md")
    tree.evalkit("compare", "unigram", "human", "-mvocab", "--passages", "5", "--chars", "400", "-orun.json", "--no-progress")
    tree.evalkit("report", "run.json", "--figures", "figures", "--figure-format", "svg")
    assert "of 2 know as many words as human text" in tree.text("figures/known_words.svg")


RECIPES: dict[str, tuple[int, int, Callable[[Tree], None]]] = {
    "a metric": (1, 1, metric_is_everywhere),
    "a generator": (1, 1, generator_is_everywhere),
    "an output format": (1, 1, format_is_everywhere),
    "a command": (1, 1, command_is_everywhere),
    "a language": (1, 0, language_is_everywhere),
    "a figure": (1, 1, figure_is_everywhere),
}
"""New files and edited files of each recipe, and a check that what was added shows where a user looks."""


def recipe(heading: str) -> str:
    return CONTRIBUTING.split(f"## Add {heading}\n", 1)[1].partition("\n## ")[0]


def follow(tree: Tree, text: str) -> tuple[list[str], list[str], list[str]]:
    """Writes and edits what a recipe says; gives the new files, the edited ones, and the commands to run."""
    new, edited, commands = [], [], []
    for language, info, body in BLOCK.findall(text):
        title, after = TITLE.search(info), AFTER.search(info)
        if language == "sh":
            commands += body.strip().splitlines()
        elif title and after:
            tree.insert(title[1], after[1], body)
            edited.append(title[1])
        elif title:
            assert not (tree.root / title[1]).exists()
            (tree.root / title[1]).write_text(body, encoding="utf-8")
            new.append(title[1])
    return new, edited, commands


@pytest.fixture
def tree(tmp_path):
    """A copy of everything that git knows, or would add, with what was compiled of it: only what a recipe changes is compiled anew."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, capture_output=True, text=True, cwd=ROOT, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("reports/"):
            target = tmp_path / "tree" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)  # with its time, by which compiled code is known to be of this source
    for package in ("evalkit", "generators", "tests"):
        for compiled in (ROOT / package).rglob("__pycache__/*"):
            target = tmp_path / "tree" / compiled.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # the draft of another worker
                shutil.copy2(compiled, target)
    with Programs() as programs:
        yield Tree(tmp_path / "tree", programs)


def test_every_recipe_is_followed():
    assert re.findall(r"^## Add (.*)$", CONTRIBUTING, re.MULTILINE) == list(RECIPES)


@pytest.mark.slow
def test_recipes_work_as_they_are_written(tree):
    """One after the other in one copy: none touches what another adds, so the pages are generated once, after all of them."""
    followed = {heading: follow(tree, recipe(heading)) for heading in RECIPES}
    written = [name for new, edited, _ in followed.values() for name in {*new, *edited}]
    assert len(set(written)) == len(written)
    assert {heading: (len(new), len(edited)) for heading, (new, edited, _) in followed.items()} == {
        heading: (n_new, n_edited) for heading, (n_new, n_edited, _) in RECIPES.items()
    }
    python = [name for name in written if name.endswith(".py")]
    tree.run("ruff", "check", *python)
    tree.run("ruff", "format", "--check", *python)
    assert {commands[0] for _, _, commands in followed.values()} == {GENERATE}
    tree.run(*shlex.split(GENERATE))
    for heading, (_, _, commands) in followed.items():
        for command in commands[1:]:
            printed = tree.run(*shlex.split(command))
            if " pytest " in command:
                assert re.search(r"[1-9]\d* passed", printed), f"{command} ran no test:\n{printed}"
        RECIPES[heading][2](tree)
