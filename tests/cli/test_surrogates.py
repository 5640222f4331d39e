"""Names and texts that are no UTF-8 (Python gives them as lone surrogates) survive every command, and everything that is printed or written encodes."""

from __future__ import annotations

import ast
import json
import os
import random
import subprocess
import sys

import pytest

import evalkit as ek
from evalkit.results import read
from tests.support.paths import ROOT

ODD = os.fsdecode(b"caf\xe9")
"""A name in Latin-1, as a machine in UTF-8 sees it."""
SMALL = ("--no-progress", "-m", "letters.jsd", "--passages", "8", "--chars", "200")


def text(rng, n):
    return " ".join(
        rng.choices(
            [
                "the",
                "keeper",
                "of",
                "lamp",
                "walked",
                "down",
                "to",
                "water",
                "and",
                "counted",
                "boats",
                "while",
                "grey",
                "sea",
                "was",
                "still",
            ],
            k=n,
        )
    )


@pytest.fixture
def files(workspace):
    rng = random.Random(0)
    for folder in ("ref", f"ref{ODD}", f"samples{ODD}"):
        (workspace / folder).mkdir()
        for i in range(8):
            (workspace / folder / f"{ODD if i % 2 else ''}{i}.txt").write_text(text(rng, 300))
    (workspace / f"{ODD}.txt").write_text(text(rng, 2000))
    records = [{"text": text(rng, 60), "id": f"x\ud800{i}", "document": f"d\ud800{i % 4}"} for i in range(12)]
    (workspace / f"{ODD}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (workspace / "escapes.txt").write_text("".join(f"{text(rng, 60)} \\ud800 {text(rng, 9)}\n" for _ in range(12)))
    (workspace / f"{ODD}.toml").write_text("level = 0.9\n")
    return workspace


OUTPUTS = [option for extension in ("json", "html", "md", "csv") for option in ("-o", f"out{ODD}.{extension}")]
COMMANDS = {
    "samples": ("compare", f"{ODD}.txt", "unigram", "--reference", "ref", *SMALL, *OUTPUTS),
    "a reference": ("compare", "unigram", "--reference", f"ref{ODD}", *SMALL, *OUTPUTS),
    "names": ("compare", f"{ODD}=unigram", "caf\udcea=uniform", "--reference", "ref", *SMALL, *OUTPUTS),
    "records": ("compare", f"{ODD}.jsonl", "--reference", f"{ODD}.jsonl", *SMALL, *OUTPUTS),
    "an explanation": ("score", f"samples{ODD}", "--reference", "ref", *SMALL[:3], "--explain"),
    "Markdown": ("score", f"samples{ODD}", "--reference", "ref", *SMALL, "-f", "markdown"),
    "JSON": ("score", f"{ODD}={ODD}.txt", "--reference", "ref", *SMALL, "-f", "json"),
    "an audit": ("audit", f"{ODD}.jsonl", "--reference", "ref", *OUTPUTS),
    "a corpus": ("corpus", "info", f"ref{ODD}", "-f", "json"),
    "a codec": ("compare", "unigram", "--encoding", "raw_unicode_escape", "--reference", "escapes.txt", *SMALL, *OUTPUTS),
    "samples in a codec": ("score", "escapes.txt", "--encoding", "raw_unicode_escape", "--reference", "ref", *SMALL, *OUTPUTS),
    "a sweep": ("sweep", f"{ODD}=unigram", "--temperature", "0.5,1", "--reference", "ref", *SMALL, *OUTPUTS),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_succeeds_and_writes_what_encodes(files, evalkit, name):
    code, out, err = evalkit(*COMMANDS[name])
    assert code == 0, err
    out.encode()
    for path in (*files.glob("out*"), *files.glob("reports/**/*.*")):
        path.read_bytes().decode()


def test_a_gate_finds_its_reference_again_and_says_its_name(files, evalkit):
    """The name of the reference, which is no UTF-8, stands in the baseline; a gate reads it there."""
    shape = ("--no-progress", "-m", "letters.jsd", "--passages", "12", "--chars", "100")
    assert evalkit("baseline", "save", "main", f"{ODD}=unigram", "--reference", f"ref{ODD}", *shape)[0] == 0
    outputs = ("-o", f"{ODD}.junit.xml", "-o", "a.json", "-o", "a.md")
    code, out, err = evalkit(
        "gate", f"{ODD}=unigram", "--baseline", "main", "--fixed", "--no-progress", "--policy", f"{ODD}.toml", *outputs
    )
    assert code in {0, 3}, err
    assert "letters.jsd" in out
    assert read("a.json").candidates[0]["name"] == ODD
    (files / f"{ODD}.junit.xml").read_bytes().decode()
    assert evalkit("baseline", "list")[0] == evalkit("baseline", "show", "main")[0] == evalkit("history", "reports")[0] == 0


def test_names_survive_in_results_and_stay_apart_everywhere(tmp_path):
    rng = random.Random(0)
    texts = {name: [text(rng, 40) for _ in range(6)] for name in ("a\udce9", "a\udcea")}
    results = ek.compare(texts, reference=[text(rng, 200) for _ in range(8)], metrics="letters.jsd")
    for extension in ("json", "html", "csv", "md"):
        results.save(tmp_path / f"a.{extension}")
        assert all(sign in (tmp_path / f"a.{extension}").read_text("utf-8").lower() for sign in ("dce9", "dcea"))
    assert read(tmp_path / "a.json").to_dict() == json.loads(results.to_json())
    assert [candidate["name"] for candidate in read(tmp_path / "a.json").candidates] == list(texts)


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii:strict"}]
)
def test_a_locale_without_these_letters(files, environment):
    """In the locale C every letter beyond ASCII of a file's name is a surrogate."""
    (files / "café.txt").write_text(text(random.Random(1), 900))
    done = subprocess.run(
        [sys.executable, "-m", "evalkit", "score", "café.txt", "--reference", f"ref{ODD}", *SMALL, "-o", "a.json", "-o", "a.md"],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert done.returncode == 0, done.stderr
    assert (files / "a.md").read_bytes().decode()


def test_text_is_encoded_in_a_way_that_takes_surrogates():
    """`str.encode` fails for them, and often only after the work."""
    safe = {
        "evalkit/_util/atomic.py": "of text without them",
        "evalkit/_util/escape.py": "it makes them encodable",
        "evalkit/cli/output.py": "of JSON, in which they are escaped",
        "evalkit/text/groups.py": "of hexadecimal digits",
        "evalkit/text/datasets/download.py": "of addresses",
        "evalkit/metrics/richness.py": "of canonical text, which has none",
        "evalkit/report/html/rendering.py": "of styles and scripts of the package",
        "evalkit/language/profile.py": "of a file that was UTF-8",
        "generators/storage/cache_key.py": "of JSON in ASCII",
        "evalkit/evaluation/kept.py": "likewise",
        "evalkit/counts/compiled/scanner.py": "of characters that Latin-1 has; of others with surrogates",
        "evalkit/_util/entries.py": "likewise",
        "evalkit/_util/workers.py": "likewise",
        "generators/external/endpoint_client.py": "likewise",
        "generators/external/subprocesses.py": "of a sign and a number",
    }
    found = {}
    for path in [*ROOT.glob("evalkit/**/*.py"), *ROOT.glob("generators/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "encode":
                of_text = not node.args or isinstance(node.args[0], ast.Constant)
                if of_text and len(node.args) < 2 and not isinstance(getattr(node.args[0], "value", "") if node.args else "", int):
                    found[path.relative_to(ROOT).as_posix()] = node.lineno
    assert found.keys() - safe.keys() == set()
