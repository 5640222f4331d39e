"""Whatever stands at a path, every reader of files from elsewhere ends in one of our errors, and at once."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from evalkit._util.foreign import DEEPEST, UnreadableError, parse_json, read_bytes, read_json
from evalkit._util.toml import read_toml
from evalkit.errors import EvalkitError, InputError
from evalkit.gating.baseline import read_baseline
from evalkit.gating.policy import read_policy
from evalkit.language import load_language
from evalkit.report.export.samples import stored_samples
from evalkit.results import read
from evalkit.text.datasets.manifest import read_manifest
from generators import create
from generators.storage import load, save
from generators.training.checkpoints import INDEX, read_index
from generators.training.resume import StateFile
from tests.support.paths import ROOT
from tests.support.results import FAIR, results


def deep(levels):
    return "[" * levels + "]" * levels


AT_THE_PATH = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "no UTF-8": lambda path: path.write_bytes(b'{"a": "\xff"}\n[a]\n'),
    "nested too deeply": lambda path: path.write_text(deep(200_000)),
    "nested too deeply for TOML": lambda path: path.write_text("a = " + deep(200_000)),
    "too large": lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2 << 40),
    "a number of ten thousand digits": lambda path: path.write_text(f'{{"a": {"9" * 10_000}}}'),
    "such a number in TOML": lambda path: path.write_text(f"version = {'9' * 10_000}"),
}


def _samples(path):
    run = results({"a": FAIR})
    run.candidates[0]["samples"] = path.name
    found = stored_samples(run, path.parent)
    if not found:  # results stand on their own, so samples that are no file are none
        raise InputError("there are none")
    return found


READERS = {
    "results.json": read,
    "samples.jsonl": _samples,
    "baseline.json": read_baseline,
    "corpora.json": read_manifest,
    "evalkit.toml": read_toml,
    "policy.toml": lambda path: read_policy(path, known=["letters.jsd"]),
    "xx.toml": lambda path: load_language(str(path)),
    "command.toml": lambda path: create(f"command:file={path}").settings(),
    INDEX: lambda path: read_index(path.parent),
    "meta.json": lambda path: load(path.parent),
    "arrays.npz": lambda path: load(path.parent),
    "state.npz": lambda path: StateFile(path.parent, "key").load(),
}


@pytest.fixture
def model(tmp_path):
    return save(create("unigram").fit(["a b"]), tmp_path / "model")


@pytest.mark.parametrize("content", AT_THE_PATH)
@pytest.mark.parametrize("name", READERS)
def test_every_reader_refuses_what_is_no_file_of_its_kind(tmp_path, model, name, content):
    path = (model if name in {"meta.json", "arrays.npz"} else tmp_path) / name
    if name == "state.npz":
        path = StateFile(tmp_path, "key").path
    path.unlink(missing_ok=True)
    try:
        AT_THE_PATH[content](path)
    except OSError as error:
        pytest.skip(f"this file system has no such file ({error.strerror})")
    with pytest.raises(EvalkitError) as caught:
        READERS[name](path)
    assert len(str(caught.value)) < 2000


class TestReading:
    def test_a_file_is_read_as_it_is(self, tmp_path):
        (tmp_path / "a").write_bytes(b"\x00\xff" * 9)
        assert read_bytes(tmp_path / "a", most_bytes=18) == b"\x00\xff" * 9
        (tmp_path / "link").symlink_to("a")
        assert read_bytes(tmp_path / "link", most_bytes=18) == b"\x00\xff" * 9

    def test_the_limit_is_of_bytes(self, tmp_path):
        (tmp_path / "a").write_bytes(b"x" * 19)
        with pytest.raises(UnreadableError, match="19 bytes where 18"):
            read_bytes(tmp_path / "a", most_bytes=18)

    def test_what_is_missing_is_an_os_error(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            read_json(tmp_path / "a", most_bytes=18)
        with pytest.raises(UnreadableError, match="null"):
            read_json("a\0b", most_bytes=18)

    @pytest.mark.parametrize(
        "text", ["[1, 2.5, -3e-9, true, null]", '{"a": "\\ud800"}', deep(DEEPEST), str(2**64), '"1e999"', "1e100"]
    )
    def test_sound_json_is_read(self, text):
        import json

        assert parse_json(text) == json.loads(text)

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("NaN", "NaN"),
            ("-Infinity", "Infinity"),
            ("[1e999]", "too large"),
            ("[-1.5e101]", "too large"),
            ("1" * 21, "too large"),
            (deep(DEEPEST + 1), "levels"),
            (deep(900), "levels"),
            ("{", "not JSON"),
            (b"\xff", "not UTF-8"),
            ("", "not JSON"),
        ],
    )
    def test_unsound_json_is_refused(self, text, why):
        with pytest.raises(UnreadableError, match=why):
            parse_json(text)

    def test_memory_that_is_not_there(self, monkeypatch):
        def no_memory(*_, **__):
            raise MemoryError

        monkeypatch.setattr("evalkit._util.foreign.json.loads", no_memory)
        with pytest.raises(UnreadableError, match="memory"):
            parse_json("[]")


OWN_READERS = {
    "evalkit/_util/foreign.py": "it is the reader",
    "evalkit/_util/toml.py": "it parses what the reader gave",
    "evalkit/language/profile.py": "likewise",
    "generators/external/command.py": "likewise, and the answers of a program, bounded by max_bytes",
    "evalkit/_util/drafts.py": "what the system says of its processes",
    "evalkit/_util/memory.py": "what the system says of its memory",
    "evalkit/cli/setup/init.py": "the configuration that it has just made",
    "evalkit/results/reading.py": "a file of the package, and a copy of values",
    "evalkit/plugins.py": "metadata of installed packages",
    "evalkit/text/io/json_records.py": "records of text, which is read in pieces and may come from a pipe",
    "evalkit/text/io/separated.py": "likewise",
    "generators/external/endpoint_client.py": "the answers of a server, bounded in bytes",
    "evalkit/_util/entries.py": "sources of the package, and words that it wrote itself",
    "evalkit/_util/workers.py": "what its own processes say",
    "evalkit/evaluation/kept.py": "the header of a file of its own, after its checksum",
    "generators/lstm/fast_backend.py": "what the system says of its processor",
    "generators/lstm/tiles.py": "what the system says of its processor",
    "generators/training/resume.py": "states of generators of random numbers, whole numbers of 39 digits",
    "generators/conformance/cases.py": "a copy of values",
}
"""Modules that read or parse by themselves, and why."""


def test_files_from_elsewhere_are_read_by_the_one_reader():
    """Python's own ways to read a file wait for pipes, read devices without end, and fail in ways that differ."""
    found = set()
    for path in [*ROOT.glob("evalkit/**/*.py"), *ROOT.glob("generators/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
                parses = (owner, node.func.attr) in {("json", "loads"), ("json", "load"), ("tomllib", "loads"), ("tomllib", "load")}
                if parses or node.func.attr in {"read_text", "read_bytes"}:
                    found.add(path.relative_to(ROOT).as_posix())
    assert found - OWN_READERS.keys() == set()
    assert OWN_READERS.keys() - found <= {"evalkit/_util/foreign.py", "evalkit/text/io/separated.py"}
