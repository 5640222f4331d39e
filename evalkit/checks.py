"""Conformance checks for metrics, public for people who declare their own: `check_metric(my_metric)`."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from evalkit._util.resources import data_path
from evalkit.counts.feature import Floats, Layout, Lexicon, Totals
from evalkit.counts.matrix import Scan
from evalkit.counts.words import WordCounts
from evalkit.evaluation.reference import base_lexicon, scan_documents, with_training
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.metrics.base import Direction, Metric
from evalkit.text.io.readers import read_documents
from evalkit.text.passages import slices

_PASSAGE_CHARS = 1500


class _Bench:
    """Real passages, a reference and a lexicon to check a metric on; made once per call."""

    def __init__(self, metric: Metric) -> None:
        documents = [document.text for document in read_documents(data_path("tales"))]
        self.metric = metric
        self.quoted = [piece for text in documents[6:] for piece in slices(text, _PASSAGE_CHARS)][:20]
        self.passages = [piece for text in documents[:6] for piece in slices(text, _PASSAGE_CHARS)]
        known = scan_documents(documents[6:])
        self.lexicon: Lexicon = with_training(base_lexicon(), CorpusIndex(known), range(len(known)))
        self.layout = Layout.of([metric])
        self.tally = Scan(self.passages).tally(self.layout, self.lexicon)
        self.reference = Totals(known.tally(self.layout, self.lexicon).sum(axis=0, dtype=np.float64), self.layout)

    def totals(self, texts: list[str]) -> Totals:
        return Totals(Scan(texts).tally(self.layout, self.lexicon).sum(axis=0, dtype=np.float64), self.layout)

    def damage(self, texts: list[str]) -> float:
        target = self.metric.values(self.reference, self.reference)
        return float(self.metric.damage(self.metric.values(self.totals(texts), self.reference), target)[0])


def metric_checks() -> dict[str, Callable[[_Bench], None]]:
    """Every check by name; each raises AssertionError with a sentence."""
    return {name.removeprefix("_check_"): check for name, check in globals().items() if name.startswith("_check_")}


def check_metric(metric: Metric) -> None:
    """Runs every conformance check on a metric.

    Raises:
        AssertionError: naming the check that failed and why.

    >>> from evalkit.metrics import Metric, catalogue
    >>> check_metric(catalogue(Metric)["letters.jsd"])
    """
    bench = _Bench(metric)
    for name, check in metric_checks().items():
        try:
            check(bench)
        except AssertionError as error:
            raise AssertionError(f"{metric.id}: {name}: {error}") from error


def _check_declaration_is_complete(bench: _Bench) -> None:
    metric = bench.metric
    assert re.fullmatch(r"[a-z]+\.\w+", metric.id), "the id must be family.name"
    assert metric.id.islower(), "the id must be in lower case"
    assert all((metric.label, metric.unit, metric.formula, metric.source)), "label, unit, formula and source must be given"
    assert metric.summary.endswith("."), "the summary must be a sentence"
    assert metric.version >= 1, "the version must be 1 or more"
    assert metric.features, "at least one feature must be given"
    low, high = metric.bounds
    assert low is None or high is None or low < high, "the bounds must be in order"
    assert metric.direction is not Direction.HIGHER or high is not None, "a metric that is better high needs an upper bound"


def _check_counts_are_whole_and_additive(bench: _Bench) -> None:
    assert np.issubdtype(bench.tally.dtype, np.integer), "tallies must be whole numbers"
    assert (bench.tally >= 0).all(), "tallies must not be negative"
    half = len(bench.passages) // 2
    parts = [Scan(texts).tally(bench.layout, bench.lexicon) for texts in (bench.passages[:half], bench.passages[half:])]
    assert (np.concatenate(parts) == bench.tally).all(), "the tally of a passage must not depend on the passages beside it"


def _check_order_of_passages_is_irrelevant(bench: _Bench) -> None:
    shuffled = np.random.default_rng(1).permutation(len(bench.passages))
    again = Scan([bench.passages[i] for i in shuffled]).tally(bench.layout, bench.lexicon)
    assert (again == bench.tally[shuffled]).all(), "tallies must follow their passages"


def _replicates(bench: _Bench) -> Floats:
    weights = np.random.default_rng(2).multinomial(len(bench.tally), np.full(len(bench.tally), 1 / len(bench.tally)), size=20)
    return np.asarray(weights @ bench.tally, dtype=np.float64)


def _check_score_is_vectorised(bench: _Bench) -> None:
    matrix = _replicates(bench)
    together = bench.metric.values(Totals(matrix, bench.layout), bench.reference)
    alone = [bench.metric.values(Totals(row, bench.layout), bench.reference)[0] for row in matrix]
    assert together.shape == (len(matrix),), "the score must give one value a row"
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-15, err_msg="rows must not touch each other")


def _check_score_takes_a_reference_a_row(bench: _Bench) -> None:
    matrix = Totals(_replicates(bench), bench.layout)
    references = Totals(np.repeat(bench.reference.matrix, len(matrix), axis=0), bench.layout)
    np.testing.assert_allclose(
        bench.metric.values(matrix, references), bench.metric.values(matrix, bench.reference), rtol=1e-12, atol=1e-15
    )


def _check_values_are_within_bounds(bench: _Bench) -> None:
    values = bench.metric.values(Totals(_replicates(bench), bench.layout), bench.reference)
    assert np.isfinite(values).all(), "real prose of this length must give a value"
    low, high = bench.metric.bounds
    assert low is None or (values >= low).all(), f"below {low}: {values}"
    assert high is None or (values <= high).all(), f"above {high}: {values}"


def _check_reference_is_perfect(bench: _Bench) -> None:
    if bench.metric.direction is Direction.HIGHER:
        return  # nothing says that the reference itself has all of it
    value = bench.metric.values(bench.reference, bench.reference)
    damage = bench.metric.damage(value, value)[0]
    assert damage <= 1e-9, f"the reference held against itself has damage {damage}"


def _check_nothing_is_not_a_value(bench: _Bench) -> None:
    empty = Totals(np.zeros(bench.layout.n_columns), bench.layout)
    assert np.isnan(bench.metric.values(empty, bench.reference)[0]), "no text at all must be undefined, not a number"
    assert bench.metric.minimum.n > 0, "a metric needs a minimum of text"


def _check_a_planted_defect_worsens_it(bench: _Bench) -> None:
    """Looped text, vowels exchanged, words run together, capitals within words or quotation: at least one must show."""
    sound = bench.damage(bench.passages)
    vowels = str.maketrans("aeio", "oaie")
    broken = {
        "looped": [passage[:200] * (_PASSAGE_CHARS // 200) for passage in bench.passages[:1]] * len(bench.passages),
        "vowels exchanged": [passage.translate(vowels) for passage in bench.passages],
        "words run together": [re.sub(r"(\w) (\w)", r"\1\2", passage) for passage in bench.passages],
        "capitals within words": [
            re.sub(r"(\w)(\w)", lambda pair: pair[1] + pair[2].upper(), passage) for passage in bench.passages
        ],
        "quoted": bench.quoted,
    }
    damages = {name: bench.damage(texts) for name, texts in broken.items()}
    assert np.nanmax(list(damages.values())) > sound, f"damage {sound} when sound, {damages} when broken"


def _check_parts_add_up(bench: _Bench) -> None:
    metric = bench.metric
    if not metric.items:
        return
    totals = Totals(_replicates(bench), bench.layout)
    assert metric.profile is not None, "a metric with items needs a profile"
    assert metric.contributions is not None, "a metric with items needs contributions"
    profile = metric.profile(totals)
    assert profile.shape == (len(totals), len(metric.items)), "the profile must have one share an item"
    assert len(metric.item_names(bench.lexicon)) == len(metric.items), "every item must have one name"
    np.testing.assert_allclose(profile.sum(axis=1), 1.0, atol=1e-9)
    parts = np.abs(metric.contributions(totals, bench.reference)).sum(axis=1)
    np.testing.assert_allclose(parts, metric.values(totals, bench.reference), atol=1e-9)


def _check_words_add_up(bench: _Bench) -> None:
    """The words of a share make up its difference from the reference's, exactly."""
    from evalkit.explain.contributions import word_shares

    metric = bench.metric
    if metric.listed is None:
        return
    assert bench.lexicon.training is not None, "the bench has training documents"
    shares = word_shares(metric.listed, WordCounts.of(Scan(bench.passages), bench.lexicon.training.index.scan), bench.lexicon)
    sign = -1.0 if metric.listed.misses else 1.0
    value, target = (metric.values(totals, bench.reference)[0] for totals in (bench.totals(bench.passages), bench.reference))
    summed = sign * metric.listed.scale * (shares.candidate - shares.reference).sum()
    np.testing.assert_allclose(summed, value - target, atol=1e-9, err_msg="the words must make up the difference")
