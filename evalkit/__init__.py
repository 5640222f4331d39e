"""Measures whether generated text reads like its corpus, and gates regressions in CI.

`evalkit.compare({"mine": texts, "base": "ngram:order=8"}, reference="books/")` is the main job; `score`, `gate` and `sweep` are beside it. The
command line does the same: `evalkit compare`, or `python -m evalkit compare`. Names are imported when they are first used, so that
importing this package loads nothing heavy.
"""

from __future__ import annotations

import sys

# While `python -m evalkit` looks for its package, argv[0] is "-m". The working folder is in front of sys.path then, so a file there can take
# the place of any module: it must be refused before the first import.
if sys.argv[:1] == ["-m"]:
    from evalkit._util.shadow import watch

    watch()

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.api import audit, compare, gate, read_results, score, sweep
    from evalkit.checks import check_metric
    from evalkit.errors import EvalkitError
    from evalkit.metrics.base import Metric
    from evalkit.results import Results
    from evalkit.text.corpus import read_corpus
    from evalkit.text.documents import Corpus
    from evalkit.text.io.options import ReadOptions

__version__ = "0.1.0"

__all__ = [
    "Corpus",
    "EvalkitError",
    "Metric",
    "ReadOptions",
    "Results",
    "__version__",
    "audit",
    "check_metric",
    "compare",
    "gate",
    "read_corpus",
    "read_results",
    "score",
    "sweep",
]

_MODULES = {
    "Corpus": "evalkit.text.documents",
    "EvalkitError": "evalkit.errors",
    "Metric": "evalkit.metrics.base",
    "ReadOptions": "evalkit.text.io.options",
    "Results": "evalkit.results",
    "check_metric": "evalkit.checks",
    "read_corpus": "evalkit.text.corpus",
    **dict.fromkeys(("audit", "compare", "gate", "read_results", "score", "sweep"), "evalkit.api"),
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
