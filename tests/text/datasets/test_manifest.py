from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit._util.resources import data_path
from evalkit.errors import ConfigError, SpecError
from evalkit.text.datasets.manifest import cache_folder, find_entry, load_manifest, read_manifest


def test_what_is_shipped(shared_corpora: Path):
    manifest = load_manifest()
    assert list(manifest) == ["lovecraft", "tinyshakespeare"]
    for name, entry in manifest.items():
        listed = dict(reversed(line.split()) for line in (shared_corpora / f"{name}.sha256").read_text().splitlines())
        assert {file.name: file.sha256 for file in entry.files} == {Path(path).name: sha256 for path, sha256 in listed.items()}
        assert {file.name: file.n_bytes for file in entry.files} == {
            path.name: path.stat().st_size for path in (shared_corpora / name).iterdir()
        }
    assert len(manifest["lovecraft"].files) == 67
    assert "/c99253bcf06ab739f46f84f77687b90c85ce35a3/" in manifest["lovecraft"].base_url
    assert "/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/" in manifest["tinyshakespeare"].base_url
    assert manifest["lovecraft"].standard_split == "every:10:4"


def test_an_unknown_corpus_names_the_near_one():
    with pytest.raises(SpecError) as caught:
        find_entry("lovecrat")
    assert caught.value.remedy == 'Did you mean "lovecraft"? Known: lovecraft, tinyshakespeare.'


def test_the_cache_is_the_users_unless_the_variable_says_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path))
    assert cache_folder("lovecraft") == tmp_path / "corpora" / "lovecraft"
    monkeypatch.delenv("EVALKIT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert cache_folder("lovecraft").name == "lovecraft"
    assert "evalkit" in cache_folder("lovecraft").parts


class TestUnsound:
    @pytest.fixture
    def content(self):
        content = json.loads(data_path("corpora.json").read_text(encoding="utf-8"))
        content["corpora"] = {"tiny": content["corpora"]["tinyshakespeare"]}
        return content

    def refuse(self, tmp_path: Path, content: object) -> str:
        file = tmp_path / "corpora.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        with pytest.raises(ConfigError, match="is not a sound manifest") as caught:
            read_manifest(file)
        return str(caught.value)

    @pytest.mark.parametrize(
        "name",
        ["../a.txt", "/etc/passwd", "a/b.txt", "a\\b.txt", "..", ".", ".hidden", "", "a\n", "C:a.txt", "a?b", "a#b", "-a", "a%2e"],
    )
    def test_file_names_that_lead_elsewhere(self, tmp_path: Path, content, name: str):
        files = content["corpora"]["tiny"]["files"]
        files[name] = files.pop("input.txt")
        assert "is no file name" in self.refuse(tmp_path, content)

    @pytest.mark.parametrize("name", ["../tiny", "", "Tiny/..", "a b"])
    def test_corpus_names_that_lead_elsewhere(self, tmp_path: Path, content, name: str):
        content["corpora"][name] = content["corpora"].pop("tiny")
        assert "is no corpus name" in self.refuse(tmp_path, content)

    @pytest.mark.parametrize("fields", [{"sha256": "abc"}, {"sha256": None}, {"bytes": 0}, {"bytes": "5"}])
    def test_files_without_hash_or_size(self, tmp_path: Path, content, fields: dict[str, object]):
        content["corpora"]["tiny"]["files"]["input.txt"] |= fields
        self.refuse(tmp_path, content)

    @pytest.mark.parametrize(
        "fields", [{"base_url": "file:///etc/"}, {"base_url": "https://example.org/x"}, {"files": {}}, {"files": []}]
    )
    def test_entries_without_files_or_address(self, tmp_path: Path, content, fields: dict[str, object]):
        content["corpora"]["tiny"] |= fields
        self.refuse(tmp_path, content)

    @pytest.mark.parametrize(
        "content", ["", "[]", "{}", '{"schema_version": 2, "corpora": {}}', '{"schema_version": 1, "corpora": []}']
    )
    def test_other_files(self, tmp_path: Path, content: str):
        self.refuse(tmp_path, content)

    def test_no_file(self, tmp_path: Path):
        with pytest.raises(ConfigError):
            read_manifest(tmp_path / "none.json")
