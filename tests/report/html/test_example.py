"""The example that is kept under reports/ is what today's code renders from its results."""

from __future__ import annotations

from evalkit.report import render
from evalkit.report.export.samples import stored_samples
from evalkit.results import read
from tests.support.paths import ROOT

EXAMPLE = ROOT / "reports" / "example"


def test_the_example_renders_again_byte_for_byte():
    """To renew it: compare lstm word-3=ngram:unit=word,order=3 ngram-8=ngram:order=8 unigram human, move the run to reports/example, and draw
    the README's picture with docs/pages/picture.py.
    """
    results = read(EXAMPLE)
    again = render(results, ".html", samples=stored_samples(results, EXAMPLE))
    assert again == (EXAMPLE / "index.html").read_text(encoding="utf-8")


def test_the_example_keeps_to_its_size():
    """The limit is 1 MB; 300 kB is what we aim for."""
    assert (EXAMPLE / "index.html").stat().st_size < 340_000


def test_the_example_is_of_the_embedded_corpus():
    from evalkit.text.corpus import read_corpus

    assert read(EXAMPLE).reference["hash"] == read_corpus("embedded").hash
