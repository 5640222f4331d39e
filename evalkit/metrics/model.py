"""Declares `model.bpc`, how well the generator itself predicts text that it has not read; `evalkit.evaluation.likelihood` measures it."""

from __future__ import annotations

from evalkit.metrics.base import Direction, Family, GeneratorMetric

BITS = GeneratorMetric(
    id="model.bpc",
    family=Family.ORDER,
    label="bits per character of held-out text",
    unit="bits per character",
    direction=Direction.LOWER,
    bounds=(0.0, None),
    version=2,
    summary=(
        "How many bits a character of the held-out documents takes under the generator itself: how well it predicts, whatever its samples look "
        "like. A character that training never showed costs bits and not the measure: those of an unknown symbol, and those that say which of all "
        "other characters it is."
    ),
    formula=(
        "- sum of log2 P(character | what is before it in its document) / (characters + documents), the end of a document being one more "
        "symbol; each document is read from its beginning, and nothing is carried over from the one before; P of a character outside the alphabet "
        "of the training text, of K characters, is P(unknown symbol | what is before it) / (1,114,112 - K), all other code points of Unicode being "
        "equally likely, so that P sums to 1 over all characters and the end; how many there are is reported with the value; a generator without an "
        "unknown symbol gives such a character probability 0, which makes the value infinite: it is reported as not measured, with the character, and "
        "never clipped"
    ),
    source="Shannon 1951, Prediction and entropy of printed English",
    needs="a generator that gives probabilities",
)
METRICS = (BITS,)
