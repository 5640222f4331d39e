"""NLTK's corpus readers are accepted as corpora."""

from __future__ import annotations

import pytest

from evalkit.errors import InputError
from evalkit.text.io.nltk import read_nltk


def test_a_real_reader_of_nltk(monkeypatch, tmp_path):
    import nltk
    from nltk.corpus import PlaintextCorpusReader

    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])  # NLTK reads nowhere else

    (tmp_path / "a.txt").write_text("The lamp was lit.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("The sea was grey.", encoding="utf-8")
    corpus = read_nltk(PlaintextCorpusReader(str(tmp_path), r".*\.txt"), name="two")
    assert [(document.id, document.text) for document in corpus.documents] == [
        ("a", "The lamp was lit."),
        ("b", "The sea was grey."),
    ]
    assert corpus.name == "two"


def test_data_that_are_not_installed(monkeypatch, tmp_path):
    import nltk

    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    with pytest.raises(InputError, match="not installed"):
        read_nltk(nltk.corpus.gutenberg)


def test_anything_else_is_refused():
    with pytest.raises(InputError, match="fileids"):
        read_nltk(["not", "a", "reader"])
