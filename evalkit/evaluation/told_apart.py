"""Tells candidates from human text (`HumanClassifier`) or from a baseline (`told_from_baseline`) by all counts at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit._util.entries import Keep, anew
from evalkit._util.formatting import format_value, series
from evalkit.counts.feature import Floats, Layout
from evalkit.inference.classifier import Classified, Labelled, classify, comparable, human_areas
from evalkit.inference.sample import Sample
from evalkit.results import Classification, FloorSummary, Telltale

HUMAN_REPLICATES = 99
"""Draws of human text against human text; the smallest p is 1/100."""
PERMUTATIONS = 99
LEVEL = 0.01
"""p up to which something is said to differ: one unchanged run in a hundred is told that something did."""
_FEWEST_AREAS = 20
_SHOWN = 3


class HumanClassifier:
    """Tells candidates from human passages.

    Args:
        human: passages of the training documents, each counted as if its own document were held out, with their documents and sizes.
        layout: of their tally.
        seed: of everything that is drawn.
        keep: keeps what human text against human text gives for later runs.
    """

    def __init__(self, human: Labelled, layout: Layout, *, seed: int, keep: Keep = anew) -> None:
        tally, self.layout = comparable(human.tally, layout)
        self.human = Labelled(tally, human.units, human.sizes)
        self.seed, self._keep = seed, keep
        self._areas: dict[tuple[int, bool], Floats] = {}

    def classify(self, candidate: str, sample: Sample, sizes: Sequence[int]) -> Classification:
        """How well a candidate can be told from human text, beside human text of other documents.

        Args:
            candidate: its name.
            sample: its tallies.
            sizes: of its passages, in characters.
        """
        tally = comparable(sample.tally, sample.layout)[0]
        first = Labelled(tally, sample.clusters, np.array(sizes, dtype=np.int64))
        found = classify(first, self.human, self.layout, seed=self.seed)
        if found.auc is None:
            return _result(candidate, "human text", found)
        areas = self._human_areas(len(first), by_document=sample.kind_of_unit != "passage")
        if len(areas) < _FEWEST_AREAS:
            reason = "the corpus has too few documents to tell human text from human text"
            return _result(candidate, "human text", found, reason=reason)
        # Draws that are as large count against it, and the observed one is one of them, so that p is never 0.
        p = (1 + float((areas >= found.auc).sum())) / (1 + len(areas))
        floor = FloorSummary(median=float(np.median(areas)), p95=float(np.quantile(areas, 0.95)))
        return _result(candidate, "human text", found, p=p, floor=floor)

    def _human_areas(self, n: int, *, by_document: bool) -> Floats:
        if (n, by_document) not in self._areas:
            key = f"areas of {n} passages {'by document' if by_document else 'one by one'} by {self.seed}, {HUMAN_REPLICATES} times"
            self._areas[n, by_document] = self._keep(
                key,
                lambda: {
                    "areas": human_areas(
                        self.human, self.layout, n=n, by_document=by_document, seed=self.seed, replicates=HUMAN_REPLICATES
                    )
                },
            )["areas"]
        return self._areas[n, by_document]


def told_from_baseline(candidate: str, sample: Sample, baseline: Sample, *, seed: int) -> Classification:
    """How well a candidate can be told from a baseline of the same shape; p is exact where their units can be exchanged."""
    same_kind = sample.kind_of_unit == baseline.kind_of_unit
    first, second = (Labelled(side.tally, side.clusters) for side in (sample, baseline))
    found = classify(first, second, sample.layout, seed=seed, permutations=PERMUTATIONS if same_kind else 0)
    reason = None if same_kind else "no p: units of the one cannot be exchanged for units of the other"
    return _result(candidate, "baseline", found, p=found.p, reason=reason)


def unnamed_difference(found: Classification) -> list[str]:
    """A warning that a classifier sees a difference, for candidates in which no measure sees one; [] where it sees none either.

    Args:
        found: of the candidate. In one of a hundred unchanged candidates, p is as small as it takes.
    """
    if found.auc is None or found.p is None or found.p > LEVEL:
        return []
    if found.against == "baseline":
        what, apart, unit = "Something changed", "the candidate's passages from the baseline's", "passage"
    else:
        what, apart, unit = (
            f"{found.candidate}: something differs from human text",
            "unseen passages of it from human ones",
            "1,000 characters",
        )
    columns = [
        f"{told.column} ({format_value(told.candidate)} against {format_value(told.other)})" for told in found.telltales[:_SHOWN]
    ]
    by = f", most by {series(columns)} a {unit}" if columns else ""
    return [f"{what} that no measure names: a classifier tells {apart} with an AUC of {found.auc:.2f} (p = {found.p:.2f}){by}."]


def _result(
    candidate: str,
    against: str,
    found: Classified,
    *,
    p: float | None = None,
    floor: FloorSummary | None = None,
    reason: str | None = None,
) -> Classification:
    return Classification(
        candidate=candidate,
        against="baseline" if against == "baseline" else "human text",
        auc=found.auc,
        p=p,
        floor=floor,
        n_candidate=found.n_first,
        n_other=found.n_second,
        telltales=[
            Telltale(column=column.name, share=column.share, candidate=column.first, other=column.second)
            for column in found.columns
        ],
        reason=found.reason or reason,
    )
