"""The documentation is true: links lead somewhere, commands exist, generated pages are up to date, recipes work."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

sys.path.insert(0, str(ROOT / "docs"))

import generate

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"^\s*(?:\$ )?((?:\S*python3?|\.venv/bin/python) -m (?:evalkit|generators)\b[^\n#]*)", re.MULTILINE)


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
        for block in re.findall(r"```(?:sh|bash|console|yaml)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for match in COMMAND.finditer(block):
                yield pytest.param(match[1].strip(), id=f"{page.name}: {match[1].strip()[:70]}")


@pytest.mark.parametrize("command", list(commands()))
def test_commands_exist_with_their_options(command):
    """The command's own --help knows every option that the documentation gives it."""
    words = shlex.split(command.split("&&")[0].split("|")[0].replace("\\\n", " "))
    program = words[words.index("-m") + 1]
    rest = words[words.index("-m") + 2 :]
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


def recipe(heading):
    """The first Python block after a heading of CONTRIBUTING.md."""
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split(f"## {heading}", 1)[1]
    return re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]


def test_the_recipe_for_a_metric_works(tmp_path, monkeypatch, evalkit):
    """A file dropped into evalkit/metrics is found, conforms, and shows on the command line, in the JSON, the report and the documentation."""
    from evalkit import metrics as families
    from evalkit.checks import check_metric
    from evalkit.metrics import registry

    (tmp_path / "density.py").write_text(recipe("Add a metric"), encoding="utf-8")
    monkeypatch.setattr(families, "__path__", [*families.__path__, str(tmp_path)])
    registry.forget()
    try:
        metric = families.catalogue()["density.words"]
        check_metric(metric)
        from evalkit.evaluation.candidates import parse_candidates
        from evalkit.evaluation.compare import compare
        from evalkit.evaluation.request import CompareRequest
        from evalkit.text.corpus import read_corpus, split_corpus

        corpus = read_corpus("embedded")
        request = CompareRequest(
            candidates=parse_candidates(["unigram"]), corpus=corpus, split=split_corpus(corpus), metrics=[metric], n_passages=6
        )
        row = compare(request).results.row("unigram", "density.words")
        assert 0 < row.value < 1
        assert row.ci is not None and row.floor is not None
        assert "## density.words" in generate.metrics_page()
        assert "density.words" in evalkit("metrics")[1]
        assert "words / characters" in evalkit("metrics", "show", "density.words")[1]
        code, out, _ = evalkit("compare", "unigram", "-m", "density", "--passages", 6, *(f"-orun.{suffix}" for suffix in FORMS))
        assert (code, "words per character" in " ".join(out.split())) == (0, True)
        for suffix in FORMS:
            assert ("density.words" if suffix in ("json", "csv") else "words per character") in Path(f"run.{suffix}").read_text()
    finally:
        sys.modules.pop("evalkit.metrics.density", None)
        registry.forget()


FORMS = ("json", "html", "md", "csv")


def test_the_recipe_for_a_generator_works():
    namespace = {}
    exec(recipe("Add a generator"), namespace)
    model = namespace["Alternating"]().fit(["abcab"])
    assert model.sample(2, 7) == ["abc\n\nab", "abc\n\nab"]
    assert model.bits_per_char(["abc"]) == 0


def test_nothing_names_a_machine_path_or_a_package_host():
    """What is committed stands on any machine."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    host = re.compile("py" + r"pi\.org|registry\.npm" + "js|files\\.python" + "hosted|/" + "tmp/v|/" + r"work/main")
    for name in listed.split("\0"):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".ini", ".lock", ".json", ".yml", ".txt", ""} and path.is_file():
            assert not host.search(path.read_text(encoding="utf-8", errors="replace")), name


def test_files_named_in_the_architecture_exist():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    known = {
        path.name for folder in ("evalkit", "generators", ".") for path in (ROOT / folder).glob("**/*" if folder != "." else "*")
    }
    named = {name.rpartition("/")[2] for name in re.findall(r"`([\w/.]+\.(?:py|json|yml))`", text)} - {"results.json"}
    assert len(named) > 80
    assert sorted(named - known) == []
