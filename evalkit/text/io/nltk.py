"""Makes a corpus of what a corpus reader of NLTK reads, `read_nltk`, so that everything in `nltk.corpus` can be a reference."""

from __future__ import annotations

from typing import Any

from evalkit.errors import InputError
from evalkit.text.documents import Corpus, Document


def read_nltk(reader: Any, *, name: str = "nltk") -> Corpus:
    """A corpus from an NLTK corpus reader, one document a file.

    Args:
        reader: has `fileids()` and `raw(fileid)`, such as `nltk.corpus.gutenberg` or `PlaintextCorpusReader(folder, ".*")`. Its
            data must be there: nothing is downloaded.
        name: for people.

    Raises:
        InputError: when it is no such reader, or its data are not installed.

    >>> class Reader:
    ...     def fileids(self): return ["a.txt", "b.txt"]
    ...     def raw(self, fileid): return f"the text of {fileid}"
    >>> [document.id for document in read_nltk(Reader()).documents]
    ['a', 'b']
    """
    try:
        if not (hasattr(reader, "fileids") and hasattr(reader, "raw")):
            raise InputError(
                f"{type(reader).__name__} is no corpus reader of NLTK: it lacks fileids() or raw().",
                remedy="Give a reader of raw text.",
            )
        texts = {fileid: reader.raw(fileid) for fileid in reader.fileids()}
    except LookupError as error:  # a corpus of NLTK is loaded when it is first looked at
        raise InputError(
            "The data of this NLTK corpus are not installed.", remedy="Install them with nltk.download, then try again."
        ) from error
    except PermissionError as error:
        raise InputError(
            "NLTK refuses to read this corpus where it lies.",
            remedy="Add its folder to nltk.data.path, or give evalkit the folder itself.",
        ) from error
    stems = {fileid: fileid.rpartition(".")[0] or fileid for fileid in texts}
    unique = len(set(stems.values())) == len(stems)
    return Corpus(name, tuple(Document(stems[fileid] if unique else fileid, text) for fileid, text in texts.items()))
