"""Splits text into sentences, `SentenceSplitter`, with NLTK's Punkt trained on the reference itself.

So nothing is downloaded, any language will do, and the abbreviations of the reference are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.text.canonical import PARAGRAPH, canonical, on_one_line
from evalkit.text.tokenize import words

LONGEST = 150
"""The last column counts sentences of this many words and longer."""
_OTHER_END = re.compile(
    "[\u3002\uff01\uff1f\uff0e\uff61\u0964\u0965\u061f\u06d4\u0589\u1362\u1367\u17d4\u17d5\u104a\u104b\u0df4\u203c\u2047-\u2049\u203d]+"
    "['\")\\]\u201d\u00bb\u203a\u300d\u300f\u3011\u300b\uff09]*"
)
"""Ends of sentences that Punkt does not know, with closing marks after them: ideographic, Devanagari, Arabic, Armenian, Ethiopic, Khmer,
Burmese, Sinhala, and doubled marks."""
_MOST_TRAINING_CHARS = 120_000
"""Punkt learns about 500,000 characters a second; more text of the same author adds few abbreviations."""


class SentenceSplitter:
    """Splits text into sentences as the training documents have them (Kiss and Strunk 2006).

    Args:
        documents: to learn from; of long ones the beginning, so that each has its share of the first 120,000 characters.
    """

    def __init__(self, documents: Sequence[str]) -> None:
        # What short documents leave of their share goes to the longer ones.
        share = _MOST_TRAINING_CHARS // max(1, len(documents))
        spare = sum(max(0, share - len(text)) for text in documents)
        longer = sum(len(text) > share for text in documents)
        most = share + spare // max(1, longer)
        self._training = [_as_punkt_reads(text[:most]) for text in map(canonical, documents)]

    @cached_property
    def _tokenizer(self) -> Any:
        from nltk.tokenize.punkt import PunktSentenceTokenizer, PunktTrainer

        trainer = PunktTrainer()
        # An empty line between documents: a word is then no neighbour of the next document's first.
        trainer.train("\n\n".join(self._training), finalize=False)
        trainer.finalize_training()
        return PunktSentenceTokenizer(trainer.get_params())

    def split(self, text: str) -> Iterator[str]:
        """The sentences of a text in canonical form, in order, an ellipsis as three points."""
        text = _as_punkt_reads(canonical(text))
        for start, end in self._tokenizer.span_tokenize(text):
            inner = [end_.end() for end_ in _OTHER_END.finditer(text, start, end)]
            yield from (piece for low, high in pairwise([start, *inner, end]) if (piece := text[low:high].strip()))

    def lengths(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """How many sentences of 1, 2 ... 150 or more words each text has, [n x 150].

        The first and the last sentence are left out: a passage begins and ends in the middle of one.
        """
        counts = np.zeros((len(texts), LONGEST), np.int64)
        for row, text in enumerate(texts):
            for sentence in list(self.split(text))[1:-1]:
                if n_words := len(words(sentence)):
                    counts[row, min(n_words, LONGEST) - 1] += 1
        return counts


def _as_punkt_reads(text: str) -> str:
    """A canonical text in which an ellipsis is three points, which Punkt knows, and lines run on, since Punkt learns from line ends."""
    return "\n\n".join(on_one_line(paragraph) for paragraph in text.replace("\u2026", "...").split(PARAGRAPH))
