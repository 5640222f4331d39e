"""Scores predictions as metrics of the `evaluate` library do: `TextQuality` has `add`, `add_batch` and `compute`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evalkit.api import ReferenceLike, score
from evalkit.errors import UsageError
from evalkit.metrics import main_metrics
from evalkit.trackers.record import numbers_of


class TextQuality:
    """How far predictions are from human text, as a flat mapping of numbers. The library itself is not needed.

    Args:
        reference: the human text where none is given with the predictions, as for `evalkit.score`.
        metrics: ids, groups, families or patterns; nothing takes the judged ones, which the overall distance needs.
        language: code of a language, or the path of a profile.
        options: others of `evalkit.score`, such as `chars` and `seed`.

    >>> import evalkit
    >>> tales = [tale.text[:600] for tale in evalkit.read_corpus().documents]
    >>> TextQuality(metrics="wordlen.mean").compute(predictions=tales)["wordlen.mean"]  # doctest: +ELLIPSIS
    4.0...
    """

    def __init__(
        self, reference: ReferenceLike = "embedded", *, metrics: str | Iterable[str] = (), language: str = "en", **options: Any
    ) -> None:
        self._options: dict[str, Any] = {"reference": reference, "metrics": metrics, "language": language, **options}
        self._predictions: list[str] = []
        self._references: list[str] = []

    def add(self, *, prediction: str, reference: str | Sequence[str] | None = None) -> None:
        """Adds one prediction, and human texts that belong to it."""
        self.add_batch(predictions=[prediction], references=None if reference is None else [reference])

    def add_batch(self, *, predictions: Iterable[str], references: Iterable[str | Sequence[str]] | None = None) -> None:
        """Adds predictions, and human texts; these need not be as many."""
        self._predictions += predictions
        for reference in references or ():
            self._references += [reference] if isinstance(reference, str) else reference

    def compute(
        self,
        *,
        predictions: Iterable[str] | None = None,
        references: Iterable[str | Sequence[str]] | None = None,
        **options: Any,
    ) -> dict[str, float]:
        """Scores all predictions that were added, and begins anew.

        Args:
            predictions: further ones, one a passage.
            references: human texts, one a document; one that is given several times counts once. Together they are the corpus.
            options: of `evalkit.score`, for this call.

        Returns:
            `overall` (0 human text, 1 unigram noise), `family.NAME` and the value of each metric by its id; what was not measured is not there.

        Raises:
            UsageError: when there are no predictions.
            EvalkitError: as `evalkit.score`.
        """
        self.add_batch(predictions=predictions or (), references=references)
        given, corpus = self._predictions, list(dict.fromkeys(self._references))
        self._predictions, self._references = [], []
        if not given:
            raise UsageError("There are no predictions.", remedy="Give some: compute(predictions=texts).")
        wanted: Mapping[str, Any] = {**self._options, **({"reference": corpus} if corpus else {}), **options}
        metrics = wanted["metrics"] or main_metrics(wanted["language"])
        return numbers_of(score(given, **{**wanted, "metrics": metrics}))
