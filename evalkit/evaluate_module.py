"""A module for the `evaluate` library: `evaluate.load(evalkit.evaluate_module.__file__)` gives a metric that is a `TextQuality`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import datasets
import evaluate

from evalkit.text_quality import TextQuality

_DESCRIPTION = "How far generated text is from human text: an overall distance, seven families, and the measures of evalkit."
_INPUTS = "predictions: texts, one a passage. references: human texts, one a document; the embedded corpus unless given."


class EvalkitTextQuality(evaluate.Metric):  # type: ignore[misc]
    """A metric of the library whose predictions and references are as many as they like: references together are the corpus."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._quality = TextQuality()

    def _info(self) -> Any:
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description=_INPUTS,
            features=datasets.Features({"predictions": text, "references": text}),
        )

    def add(self, *, prediction: str, reference: str | Sequence[str] | None = None, **more: Any) -> None:
        """Adds one prediction."""
        self._quality.add(prediction=prediction, reference=reference)

    def add_batch(
        self, *, predictions: Iterable[str], references: Iterable[str | Sequence[str]] | None = None, **more: Any
    ) -> None:
        """Adds predictions."""
        self._quality.add_batch(predictions=predictions, references=references)

    def compute(
        self,
        *,
        predictions: Iterable[str] | None = None,
        references: Iterable[str | Sequence[str]] | None = None,
        **options: Any,
    ) -> dict[str, float]:
        """Scores all predictions, as `TextQuality.compute`."""
        return self._quality.compute(predictions=predictions, references=references, **options)
