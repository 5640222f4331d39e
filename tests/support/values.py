"""Measures one metric of texts (`value`)."""

from __future__ import annotations

from evalkit.counts.feature import Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import base_lexicon, scan_documents, with_training
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.metrics import Metric, catalogue


def value(id_, texts, *, documents=("nothing at all",)):
    """A metric's value for texts compared with documents, whatever its minimum."""
    metric = catalogue(Metric)[id_]
    layout = Layout.of([metric])
    known = scan_documents(list(documents))
    lexicon = with_training(base_lexicon(), CorpusIndex(known), range(len(known)))
    totals = [Totals(scan.tally(layout, lexicon).sum(axis=0, dtype=float), layout) for scan in (Scan(list(texts)), known)]
    return float(metric.score(*totals)[0])
