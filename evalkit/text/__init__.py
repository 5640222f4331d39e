"""Reads text, splits it into documents and passages, and tokenizes it.

`read_corpus` gives a `Corpus` of `Document`s, `split_corpus` holds some of them out, `read_passages` reads samples. `io` has
the formats and the ways to find files, `datasets` the corpora that can be fetched. Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.text.canonical import CANONICAL, Changes, changes, fold
    from evalkit.text.corpus import EMBEDDED, read_corpus
    from evalkit.text.documents import Corpus, Document, corpus_hash
    from evalkit.text.io.nltk import read_nltk
    from evalkit.text.io.options import ReadOptions
    from evalkit.text.io.readers import Reader, read_documents, read_passages
    from evalkit.text.io.reports import ReadReport
    from evalkit.text.passages import Passage, fit_length, slices
    from evalkit.text.split import Split, more_splits, split_corpus
    from evalkit.text.tokenize import TOKENIZER, words

__all__ = [
    "CANONICAL",
    "EMBEDDED",
    "TOKENIZER",
    "Changes",
    "Corpus",
    "Document",
    "Passage",
    "ReadOptions",
    "ReadReport",
    "Reader",
    "Split",
    "changes",
    "corpus_hash",
    "fit_length",
    "fold",
    "more_splits",
    "read_corpus",
    "read_documents",
    "read_nltk",
    "read_passages",
    "slices",
    "split_corpus",
    "words",
]

_MODULES = {
    "canonical": ("CANONICAL", "Changes", "changes", "fold"),
    "corpus": ("EMBEDDED", "read_corpus"),
    "documents": ("Corpus", "Document", "corpus_hash"),
    "io.nltk": ("read_nltk",),
    "io.options": ("ReadOptions",),
    "io.readers": ("Reader", "read_documents", "read_passages"),
    "io.reports": ("ReadReport",),
    "passages": ("Passage", "fit_length", "slices"),
    "split": ("Split", "more_splits", "split_corpus"),
    "tokenize": ("TOKENIZER", "words"),
}

__getattr__ = lazy_names(__name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names})
