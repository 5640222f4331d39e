"""Human passages that stand beside those of candidates have their own distances, whatever the corpus is."""

from __future__ import annotations

import pytest

import evalkit
from evalkit.counts.feature import Layout
from evalkit.evaluation.candidates import Shape
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.scorer import Scorer
from evalkit.metrics import Metric, select
from evalkit.metrics.registry import of_kind
from evalkit.text.canonical import PARAGRAPH
from evalkit.text.corpus import read_corpus, split_corpus


def one_document(tmp_path):
    """A book as one file, which is cut into pieces."""
    book = tmp_path / "book.txt"
    book.write_text("\n\n".join(document.text for document in read_corpus("embedded").documents), encoding="utf-8")
    return read_corpus(str(book))


@pytest.mark.parametrize("corpus", [lambda path: read_corpus("embedded"), one_document], ids=["several documents", "one document"])
def test_each_has_the_distance_of_its_own_text(corpus, tmp_path):
    read = corpus(tmp_path)
    metrics = of_kind(select(["letters.jsd", "vocab.hit", "wordlen.w1", "function.share"]), Metric)
    # Every third document is held out, so that the rows of a reference, which begin with what is trained on, have another order than the corpus.
    reference = Reference(read, split_corpus(read, held_out="every:3:1"), Layout.of(metrics))
    results = evalkit.score(
        ["The lamp was lit at dusk, and the keeper went down. " * 12] * 20,
        reference=read,
        held_out="every:3:1",
        metrics=[m.id for m in metrics],
        passages=20,
        chars=600,
    )
    scorer = Scorer(metrics, reference, Shape(**results.shape), seed=0)
    fold, rows, distances = scorer.folds[0], scorer._human_rows, results.texts[""].distances
    texts = {fold.passages.spaced[row].replace(PARAGRAPH, "\n"): far for row, far in zip(rows, distances, strict=True)}
    shown = results.excerpts[""]
    assert len(shown) == 3
    for excerpt in shown:
        assert excerpt.distance == pytest.approx(texts[excerpt.text])
    assert {excerpt.document for excerpt in shown} <= {document.id for document in reference.split.held_out}
