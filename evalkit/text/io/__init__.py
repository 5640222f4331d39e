"""Finds files by path, glob or URL, and reads text, documents and passages from them in every format of `FORMATS`.

Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.text.io.formats import FORMATS, InputFormat
    from evalkit.text.io.locate import Spec
    from evalkit.text.io.nltk import read_nltk
    from evalkit.text.io.options import DEFAULTS, ReadOptions
    from evalkit.text.io.readers import Reader, read_documents, read_passages
    from evalkit.text.io.reports import ReadReport
    from evalkit.text.io.streams import Source

__all__ = [
    "DEFAULTS",
    "FORMATS",
    "InputFormat",
    "ReadOptions",
    "ReadReport",
    "Reader",
    "Source",
    "Spec",
    "read_documents",
    "read_nltk",
    "read_passages",
]

_MODULES = {
    "formats": ("FORMATS", "InputFormat"),
    "locate": ("Spec",),
    "nltk": ("read_nltk",),
    "options": ("DEFAULTS", "ReadOptions"),
    "readers": ("Reader", "read_documents", "read_passages"),
    "reports": ("ReadReport",),
    "streams": ("Source",),
}

__getattr__ = lazy_names(__name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names})
