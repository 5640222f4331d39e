"""The documentation is true: links lead somewhere, commands exist, generated pages are up to date, recipes work."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from tests.support.docs import generate
from tests.support.paths import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(
    r"^\s*(?:\$ )?(?:- (?:run: )?)?((?:\S*python3? -m (?:evalkit|generators)|(?:\S*/)?evalkit) [a-z-][^\n#]*)", re.MULTILINE
)


def anchors(text):
    """GitHub's anchors of a page's headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{target} of {page.name}"
        if fragment and file.suffix == ".md":
            assert fragment in anchors(file.read_text(encoding="utf-8")), f"{target} of {page.name}"


def commands():
    for page in PAGES:
        if page.name == "CONTRIBUTING.md":
            continue  # its commands are run by tests/docs/test_recipes.py, some on what a recipe adds
        for block in re.findall(r"```(?:sh|bash|console|yaml)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for match in COMMAND.finditer(block):
                yield pytest.param(match[1].strip(), id=f"{page.name}: {match[1].strip()[:70]}")


@pytest.mark.parametrize("command", list(commands()))
def test_commands_exist_with_their_options(command):
    """The command's own --help knows every option that the documentation gives it."""
    words = shlex.split(command.split("&&")[0].split("|")[0].replace("\\\n", " "))
    start = words.index("-m") + 1 if "python" in words[0] else 0
    program, rest = words[start].rpartition("/")[2], words[start + 1 :]
    command_path = rest[:2] if rest[0] in ("corpus", "baseline") else rest[:1]
    if rest[0].startswith("-"):
        command_path = []
    shown = generate.help_of(program, *command_path)
    for word in rest:
        if re.match(r"--?[a-z]", word):
            assert word.partition("=")[0] in shown.replace(",", " ").split(), f"{word} in: {command}"


def test_generated_pages_are_up_to_date():
    done = subprocess.run([sys.executable, "docs/generate.py", "--check"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_nothing_names_a_machine_path_or_a_package_host():
    """What is committed stands on any machine."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    host = re.compile("py" + r"pi\.org|registry\.npm" + "js|files\\.python" + "hosted|/" + "tmp/v|/" + r"work/main")
    for name in listed.split("\0"):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".ini", ".lock", ".json", ".yml", ".txt", ""} and path.is_file():
            assert not host.search(path.read_text(encoding="utf-8", errors="replace")), name


def test_folders_named_in_the_readme_and_the_architecture_exist():
    """README's map names every folder of the two packages but private ones; what both pages name is there."""
    for page in ("README.md", "docs/architecture.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for name in re.findall(r"`((?:evalkit|generators)(?:/[\w/.]+)?)`", text):
            assert (ROOT / name).exists(), f"{name} of {page}"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = [path.parent for path in (ROOT / "evalkit").glob("*/__init__.py") if not path.parent.name.startswith("_")]
    assert [folder.name for folder in folders if f"`evalkit/{folder.name}`" not in readme] == []
    top = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))]
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert [path.name for path in top if f"\n{path.name}/" in f"\n{listed}" and f"`{path.name}" not in readme] == []


HEADINGS = ["## Context", "## Decision", "## Alternatives", "## Consequences"]


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_is_recorded_whole(page):
    text = page.read_text(encoding="utf-8")
    assert re.match(
        rf"# {int(page.stem[:4])}\. \S.*\n\n- Status: (accepted|superseded by \d+)\n- Date: \d{{4}}-\d\d-\d\d\n\n", text
    )
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    for name in re.findall(r"`((?:evalkit|generators)/[\w/.]+)`", text):
        assert (ROOT / name).exists(), name


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    docs = ROOT / "docs"
    pages = [page.relative_to(docs).as_posix() for kind in ("md", "ipynb") for page in docs.rglob(f"*.{kind}")]
    assert [page for page in pages if f"({page})" not in index and page != "index.md"] == []


def test_the_changelog_keeps_its_form():
    """https://keepachangelog.com: versions with dates, kinds of change in a fixed order, no line twice."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    for version in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        assert re.match(r"\[(Unreleased|\d+\.\d+\.\d+)\]( - \d{4}-\d\d-\d\d)?\n", version)
        found = re.findall(r"^### (\w+)$", version, re.MULTILINE)
        assert found == [kind for kind in kinds if kind in found]
        entries = [" ".join(entry.split()) for entry in re.findall(r"^- (.*(?:\n  .*)*)", version, re.MULTILINE)]
        assert len(set(entries)) == len(entries) > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_prose_is_wrapped(page):
    """Lines of prose have at most 120 characters; tables, code and lines with long links may have more."""
    text = re.sub(r"```.*?```|<!-- generated: .*?<!-- end -->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    if "<!-- Generated by docs/generate.py" in text:
        text = ""  # its sentences come from declarations
    long = [
        line
        for line in text.splitlines()
        if len(line) > 120 and not line.startswith(("|", "<!--")) and "](" not in line and "http" not in line
    ]
    assert long == []


def test_the_examples_for_python_run(workspace):
    """Each block of docs/howto/python.md in turn, in one namespace, as in a notebook."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "howto" / "python.md").read_text(encoding="utf-8"), re.DOTALL)
    namespace: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/howto/python.md", "exec"), namespace)
    assert len(blocks) > 3
    assert namespace["results"].row("mine", "wordlen.mean").value > 3
    assert "mine" in (workspace / "mine.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_exist(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:benchmarks|data|docs|evalkit|generators|tests)/[\w/.-]+\.(?:py|toml|json|md))`", text)
    assert [name for name in named if not (ROOT / name).exists() and "CODE" not in name] == []
