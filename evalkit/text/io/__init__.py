"""Finds files by path, glob or URL, and reads text, documents and passages from them in every format of `formats.FORMATS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.text.io.formats import FORMATS, InputFormat
    from evalkit.text.io.nltk import read_nltk
    from evalkit.text.io.options import ReadOptions
    from evalkit.text.io.readers import read_documents, read_passages
    from evalkit.text.io.streams import Source

__all__ = [
    "FORMATS",
    "InputFormat",
    "ReadOptions",
    "Source",
    "read_documents",
    "read_nltk",
    "read_passages",
]

_MODULES = {
    "formats": ("FORMATS", "InputFormat"),
    "nltk": ("read_nltk",),
    "options": ("ReadOptions",),
    "readers": ("read_documents", "read_passages"),
    "streams": ("Source",),
}

__getattr__ = lazy_names(__name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names})
