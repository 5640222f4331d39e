"""Checks that a metric does what every metric must: `check_metric(my_metric)`, public for people who declare their own.

A check is a function of a `MetricSubject`. It returns nothing where the metric passes, and raises AssertionError with a sentence where it fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from evalkit._util.resources import data_path
from evalkit.counts.feature import Counts, Feature, Floats, Layout, Lexicon, Totals
from evalkit.counts.matrix import Scan, WordCounts
from evalkit.evaluation.reference import base_lexicon, scan_documents, with_training
from evalkit.explain.contributions import word_shares
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.metrics.base import Direction, Metric
from evalkit.text.io.readers import read_documents
from evalkit.text.passages import slices

__all__ = ["MetricSubject", "check_metric", "metric_checks"]

_PASSAGE_CHARS = 1500
_N_SAMPLE_DOCUMENTS = 6
"""Tales that the sample is cut from; the others are the reference."""
_N_REPLICATES = 20


def check_metric(metric: Metric) -> None:
    """Runs every conformance check on a metric, on real prose of 1,500 characters a passage.

    Raises:
        AssertionError: naming every check that failed, and why.
        TypeError: for anything but a `Metric`.

    >>> from evalkit.metrics import Metric, catalogue
    >>> check_metric(catalogue(Metric)["letters.jsd"])
    """
    if not isinstance(metric, Metric):
        raise TypeError(f"check_metric takes an evalkit.metrics.Metric, not {metric!r:.60}.")
    subject, failures = MetricSubject(metric), list[str]()
    for name, check in metric_checks().items():
        try:
            check(subject)
        except AssertionError as error:
            failures.append(f"{name}: {error}")
        except Exception as error:  # noqa: BLE001 - whatever the metric's own functions raise is a failure of the check that called them
            failures.append(f"{name}: the metric raised {type(error).__name__}: {error}")
    if failures:
        raise AssertionError("\n".join([f"{metric.id} fails {len(failures)} of {len(metric_checks())} checks.", *failures]))


def metric_checks() -> dict[str, Callable[[MetricSubject], None]]:
    """Every check by name, for test runners that report each on its own."""
    return {name.removeprefix("_check_"): check for name, check in globals().items() if name.startswith("_check_")}


class MetricSubject:
    """A metric under test, with real passages, a reference and what counting may know of it.

    Args:
        metric: the metric.
    """

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self.documents = [document.text for document in read_documents(data_path("tales"))]
        self.passages = _cut(self.documents[:_N_SAMPLE_DOCUMENTS])
        self.reference_scan = scan_documents(self.documents[_N_SAMPLE_DOCUMENTS:])

    @cached_property
    def layout(self) -> Layout:
        """The columns of the metric's counts."""
        return Layout.of([self.metric])

    @cached_property
    def lexicon(self) -> Lexicon:
        """What counting may know, with the reference's documents as training text."""
        return _trained_on(self.reference_scan)

    @cached_property
    def tally(self) -> Counts:
        """The counts of every passage, [passages x columns]."""
        return self.tally_of(self.passages)

    @cached_property
    def reference(self) -> Totals:
        """The totals of the reference, one row."""
        return self._summed(self.reference_scan.tally(self.layout, self.lexicon))

    @cached_property
    def replicates(self) -> Totals:
        """The totals of 20 bootstrap samples of the passages."""
        n = len(self.tally)
        weights = np.random.default_rng(2).multinomial(n, np.full(n, 1 / n), size=_N_REPLICATES)
        return Totals(np.asarray(weights @ self.tally, dtype=np.float64), self.layout)

    def tally_of(self, texts: Sequence[str]) -> Counts:
        """The counts of every text, [texts x columns]."""
        return Scan(texts).tally(self.layout, self.lexicon)

    def totals(self, texts: Sequence[str]) -> Totals:
        """The totals of some texts together, one row."""
        return self._summed(self.tally_of(texts))

    def _summed(self, tally: Counts) -> Totals:
        return Totals(tally.sum(axis=0, dtype=np.float64), self.layout)

    def damage(self, texts: Sequence[str]) -> float:
        """How far the value of some texts is from good."""
        target = self.metric.values(self.reference, self.reference)
        return float(self.metric.damage(self.metric.values(self.totals(texts), self.reference), target)[0])


def _cut(documents: Sequence[str]) -> list[str]:
    return [piece for text in documents for piece in slices(text, _PASSAGE_CHARS)]


def _trained_on(scan: Scan) -> Lexicon:
    return with_training(base_lexicon(), CorpusIndex(scan), range(len(scan)))


def _check_declaration_is_complete(subject: MetricSubject) -> None:
    metric = subject.metric
    assert isinstance(metric.id, str), "the id must be a text"
    assert re.fullmatch(r"[a-z][a-z0-9_]*\.[^\W_A-Z]\w*", metric.id), f'the id must be family.name in lower case, not "{metric.id}"'
    assert metric.id.islower(), f'the id must be in lower case, not "{metric.id}"'
    for name in ("label", "unit", "summary", "formula", "source"):
        assert getattr(metric, name).strip(), f"the {name} must be given"
    assert not metric.label.endswith("."), "the label must be a few words, without a full stop"
    assert metric.summary.endswith("."), "the summary must be a sentence, with a full stop"
    assert isinstance(metric.direction, Direction), "the direction must be one of evalkit.metrics.Direction"
    assert isinstance(metric.version, int), "the version must be a whole number"
    assert metric.version >= 1, "the version must be 1 or more"
    low, high = metric.bounds
    assert low is None or high is None or low < high, "the lower bound must be below the upper one"
    assert metric.direction is not Direction.HIGHER or high is not None, "a metric that is better high needs an upper bound"


def _check_features_are_declared(subject: MetricSubject) -> None:
    features = subject.metric.features
    assert features, "at least one feature must be given"
    for feature in features:
        assert feature.columns, f'the feature "{feature.name}" must have a column'
        assert len(set(feature.columns)) == len(feature.columns), (
            f'the columns of the feature "{feature.name}" must have different names'
        )
    assert Layout.of([subject.metric]).n_columns == sum(len(f.columns) for f in features), "a feature must be listed once"


def _check_counts_are_whole_and_additive(subject: MetricSubject) -> None:
    assert np.issubdtype(subject.tally.dtype, np.integer), "counts must be whole numbers"
    assert (subject.tally >= 0).all(), "counts must not be negative"
    half = len(subject.passages) // 2
    parts = [subject.tally_of(texts) for texts in (subject.passages[:half], subject.passages[half:])]
    assert (np.concatenate(parts) == subject.tally).all(), "the counts of a passage must not depend on the passages beside it"


def _check_order_of_passages_is_irrelevant(subject: MetricSubject) -> None:
    order = np.random.default_rng(1).permutation(len(subject.passages))
    shuffled = subject.tally_of([subject.passages[i] for i in order])
    assert (shuffled == subject.tally[order]).all(), "counts must follow their passages"


def _check_counts_that_know_the_reference_say_so(subject: MetricSubject) -> None:
    """Other splits of the reference count again only what says that it depends on them."""
    scan = Scan(subject.passages)
    other = _trained_on(scan_documents(subject.documents[:_N_SAMPLE_DOCUMENTS]))

    def is_same(feature: Feature) -> bool:
        return bool((scan.counts(feature, other) == scan.counts(feature, subject.lexicon)).all())

    changed = [feature.name for feature in subject.metric.features if not feature.knows_reference and not is_same(feature)]
    assert not changed, f"counts that change with the reference need knows_reference=True: {', '.join(changed)}"


def _check_score_is_vectorised(subject: MetricSubject) -> None:
    values = subject.metric.values(subject.replicates, subject.reference)
    assert values.shape == (_N_REPLICATES,), f"the score must give one value a row, [{_N_REPLICATES}], not {list(values.shape)}"
    alone = [subject.metric.values(Totals(row, subject.layout), subject.reference)[0] for row in subject.replicates.matrix]
    _assert_equal(values, alone, "the value of a row must not depend on the rows beside it")


def _check_score_takes_a_reference_a_row(subject: MetricSubject) -> None:
    references = Totals(np.repeat(subject.reference.matrix, _N_REPLICATES, axis=0), subject.layout)
    values = subject.metric.values(subject.replicates, references)
    expected = subject.metric.values(subject.replicates, subject.reference)
    _assert_equal(values, expected, "a reference repeated for every row must give the same values as one row of it")


def _check_values_are_within_bounds(subject: MetricSubject) -> None:
    values = subject.metric.values(subject.replicates, subject.reference)
    assert np.isfinite(values).all(), f"{len(subject.passages)} passages of real prose must give a value; lower the minimum"
    low, high = subject.metric.bounds
    assert low is None or (values >= low).all(), f"values down to {values.min():g} are below the bound {low:g}"
    assert high is None or (values <= high).all(), f"values up to {values.max():g} are above the bound {high:g}"


def _check_reference_is_perfect(subject: MetricSubject) -> None:
    if subject.metric.direction is Direction.HIGHER:
        return  # the reference itself need not have all of it
    value = subject.metric.values(subject.reference, subject.reference)
    damage = subject.metric.damage(value, value)[0]
    assert damage <= 1e-9, f"the reference compared with itself must have damage 0, not {damage:g}"


def _check_nothing_is_not_a_value(subject: MetricSubject) -> None:
    assert subject.metric.minimum.n > 0, "a metric needs a minimum of text above 0"
    empty = Totals(np.zeros(subject.layout.n_columns), subject.layout)
    assert np.isnan(subject.metric.values(empty, subject.reference)[0]), "no text at all must be NaN, not a number"


def _check_a_planted_defect_worsens_it(subject: MetricSubject) -> None:
    """At least one defect must show, else the metric sees nothing."""
    vowels, passages = str.maketrans("aeio", "oaie"), subject.passages
    defective = {
        "looped": [passages[0][:200] * (_PASSAGE_CHARS // 200)] * len(passages),
        "vowels exchanged": [passage.translate(vowels) for passage in passages],
        "words run together": [re.sub(r"(\w) (\w)", r"\1\2", passage) for passage in passages],
        "capitals within words": [re.sub(r"(\w)(\w)", lambda pair: pair[1] + pair[2].upper(), passage) for passage in passages],
        "one word a line": [passage.replace(" ", "\n") for passage in passages],
        "quoted": _cut(subject.documents[_N_SAMPLE_DOCUMENTS:])[:20],
    }
    sound = subject.damage(passages)
    damages = {name: subject.damage(texts) for name, texts in defective.items()}
    shown = ", ".join(f"{name} {damage:.3g}" for name, damage in damages.items())
    assert any(damage > sound for damage in damages.values()), f"no defect raises the damage of {sound:.3g}: {shown}"


def _check_parts_add_up(subject: MetricSubject) -> None:
    """The items' shares sum to 1, and the sizes of their contributions to the value."""
    metric = subject.metric
    if not metric.items:
        assert metric.profile is None, "a metric with a profile needs items"
        assert metric.contributions is None, "a metric with contributions needs items"
        return
    assert metric.profile is not None, "a metric with items needs a profile"
    assert metric.contributions is not None, "a metric with items needs contributions"
    profile = metric.profile(subject.replicates)
    assert profile.shape == (_N_REPLICATES, len(metric.items)), "the profile must have one share an item"
    assert len(metric.item_names(subject.lexicon)) == len(metric.items), "every item must have one name"
    _assert_equal(profile.sum(axis=1), np.ones(_N_REPLICATES), "the shares of a profile must sum to 1", tolerance=1e-9)
    parts = np.abs(metric.contributions(subject.replicates, subject.reference)).sum(axis=1)
    values = metric.values(subject.replicates, subject.reference)
    _assert_equal(parts, values, "the contributions, without their signs, must sum to the value", tolerance=1e-9)


def _check_words_add_up(subject: MetricSubject) -> None:
    """The words of a share make up its difference from the reference's, exactly."""
    metric, listed = subject.metric, subject.metric.listed
    if listed is None:
        return
    shares = word_shares(listed, WordCounts.of(Scan(subject.passages), subject.reference_scan), subject.lexicon)
    sign = -1.0 if listed.misses else 1.0
    value, target = (
        metric.values(totals, subject.reference)[0] for totals in (subject.totals(subject.passages), subject.reference)
    )
    summed = sign * listed.scale * (shares.candidate - shares.reference).sum()
    _assert_equal(summed, value - target, "the words must make up the difference from the reference", tolerance=1e-9)


def _check_the_proportion_is_the_value(subject: MetricSubject) -> None:
    """What a metric says it is a share of gives its value."""
    proportion = subject.metric.proportion
    if proportion is None:
        return
    hits, chances = proportion.hits(subject.replicates), proportion.chances(subject.replicates)
    assert (hits <= chances).all(), "there cannot be more hits than chances"
    assert 0 <= proportion.correlation <= 1, "the correlation must be from 0 to 1"
    values = subject.metric.values(subject.replicates, subject.reference)
    _assert_equal(
        proportion.offset + proportion.scale * hits / chances,
        values,
        "offset + scale x hits / chances must be the value",
        tolerance=1e-9,
    )


def _assert_equal(
    values: Floats | float, expected: Floats | Sequence[float] | float, problem: str, *, tolerance: float = 1e-15
) -> None:
    """Demands that two arrays agree, up to rounding."""
    np.testing.assert_allclose(values, expected, rtol=1e-12, atol=tolerance, err_msg=problem)
