"""Declares `model.bpc`, how well the generator itself predicts text that it has not read; `evalkit.evaluation.likelihood` measures it."""

from __future__ import annotations

from evalkit.metrics.base import Direction, GeneratorMetric

BITS = GeneratorMetric(
    id="model.bpc",
    label="bits per character of held-out text",
    unit="bits per character",
    direction=Direction.LOWER,
    bounds=(0.0, None),
    version=1,
    summary=(
        "How many bits a character of the held-out documents takes under the generator itself: how well it predicts, whatever its samples look "
        "like. Generators whose alphabets leave out characters of the text cannot be compared."
    ),
    formula=(
        "- sum of log2 P(character | what is before it in its document) / (characters + documents), the end of a document being one more "
        "symbol; each document is read from its beginning, and nothing is carried over from the one before; a character of probability 0 makes "
        "it infinite, which is reported as not measured, with the character, and never clipped"
    ),
    source="Shannon 1951, Prediction and entropy of printed English",
    needs="a generator that gives probabilities",
)
METRICS = (BITS,)
