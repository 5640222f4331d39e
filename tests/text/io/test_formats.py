"""One list of formats: what is in it is found, read and named in messages."""

from __future__ import annotations

import pytest

from evalkit.errors import InputError, UsageError
from evalkit.text.io.formats import FORMATS, PACKINGS, InputFormat, format_of, supported
from evalkit.text.io.options import ReadOptions
from evalkit.text.io.readers import read_documents
from evalkit.text.io.streams import open_text


def stanzas(source, options):
    """A format of a test's own: one record a line."""
    with open_text(source, options) as text:
        for number, line in enumerate(text.lines("\n"), start=1):
            yield f"line {number}", {"text": line.strip()}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_sound(name):
    format_ = FORMATS[name]
    assert format_.name == name
    assert all(format_of(extension) is format_ for extension in format_.extensions)
    assert all(extension.startswith(".") and extension == extension.lower() for extension in format_.extensions)
    assert all(extension in supported() for extension in (*format_.extensions, *PACKINGS))
    assert format_.function is None or callable(format_.records())
    assert ReadOptions(format=name).format == name


def test_a_format_is_one_line_of_the_list(tmp_path, monkeypatch):
    (tmp_path / "poem.stanzas").write_text("the bell\nthe sea\n")
    with pytest.raises(InputError, match="no supported kind"):
        list(read_documents(tmp_path / "poem.stanzas"))
    monkeypatch.setitem(FORMATS, "stanzas", InputFormat("stanzas", "stanzas", (".stanzas",), f"{__name__}:stanzas"))
    assert {document.id: document.text for document in read_documents(tmp_path / "poem.stanzas")} == {
        "poem:1": "the bell",
        "poem:2": "the sea",
    }
    assert ".stanzas" in supported()
    with pytest.raises(UsageError, match="stanzas, not"):
        ReadOptions(format="verses")
    (tmp_path / "poem.stanzas").write_bytes(b"\0\1")
    with pytest.raises(InputError) as caught:
        list(read_documents(tmp_path / "poem.stanzas"))
    assert caught.value.remedy.endswith("give plain text, JSON Lines, JSON, CSV, TSV, Parquet, Arrow or stanzas.")
