from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from evalkit.errors import InputError, UsageError
from evalkit.text.corpus import Corpus, Document, corpus_hash, read_corpus
from evalkit.text.io.readers import ReadOptions


class TestHash:
    DOCUMENTS = tuple(Document(f"d{i}", f"text {i}") for i in range(20))

    def test_order_does_not_matter(self):
        shuffled = list(self.DOCUMENTS)
        random.Random(0).shuffle(shuffled)
        assert corpus_hash(shuffled) == Corpus("other name", self.DOCUMENTS).hash

    @pytest.mark.parametrize("other", [Document("d0", "text 1"), Document("d00", "text 0"), Document("d0t", "ext 0")])
    def test_every_character_matters(self, other: Document):
        assert corpus_hash([*self.DOCUMENTS[1:], other]) != corpus_hash(self.DOCUMENTS)

    def test_a_file_that_moves_keeps_it(self, tmp_path: Path):
        for folder in ("one", "two/three"):
            (tmp_path / folder).mkdir(parents=True)
            (tmp_path / folder / "a.txt").write_text("text")
        assert (
            read_corpus(tmp_path / "one").hash
            == read_corpus(str(tmp_path / "two/three")).hash
            == read_corpus([tmp_path / "one/a.txt"]).hash
        )


class TestReadCorpus:
    def test_the_embedded_one_is_the_default(self):
        corpus = read_corpus()
        assert corpus.name == "embedded"
        assert len(corpus.documents) >= 10
        assert corpus.n_chars == sum(len(document.text) for document in corpus.documents)
        assert corpus == read_corpus("embedded")

    @pytest.mark.parametrize("name", ["lovecraft", "tinyshakespeare"])
    def test_one_that_was_not_fetched_says_how(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
        monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path / "cache"))
        monkeypatch.chdir(tmp_path)
        with pytest.raises(InputError, match="has not been fetched") as caught:
            read_corpus(name)
        assert caught.value.remedy == f"Fetch it with: evalkit corpus fetch {name}"
        (tmp_path / name).mkdir()
        with pytest.raises(InputError, match="has not been fetched") as caught:
            read_corpus(name)
        assert f"./{name}" in caught.value.remedy

    @pytest.mark.parametrize(
        ("spec", "name"), [("out/", "out"), (["out/a.txt", "out/b.txt"], "a.txt+b.txt"), ("out/*.txt", "*.txt")]
    )
    def test_others_are_called_by_the_end_of_their_path(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, name: str
    ):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "out").mkdir()
        for file in "ab":
            (tmp_path / f"out/{file}.txt").write_text("text")
        assert read_corpus(spec).name == name

    def test_options_reach_the_files(self, tmp_path: Path):
        (tmp_path / "a.txt").write_bytes(b"caf\xe9")
        assert read_corpus(tmp_path, options=ReadOptions(encoding="latin-1")).documents[0].text == "café"

    def test_no_documents_and_repeated_ids(self):
        with pytest.raises(InputError, match="has no documents"):
            Corpus("x", ())
        with pytest.raises(UsageError, match='two documents called "a"'):
            Corpus("x", (Document("a", "1"), Document("a", "2")))


def test_importing_the_corpus_is_light():
    heavy = "numpy", "pandas", "requests", "pooch", "fsspec", "pyarrow", "rich", "zstandard", "platformdirs"
    code = f"import sys, evalkit.text.corpus; print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
