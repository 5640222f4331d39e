"""Splits text into sentences, `SentenceSplitter`, with NLTK's Punkt trained on the reference itself.

So nothing is downloaded, any language will do, and the abbreviations of the reference are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.text.tokenize import words

LONGEST = 150
"""The last column counts sentences of this many words and longer."""
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
        self._training = [text[:most] for text in documents]

    @cached_property
    def _tokenizer(self) -> Any:
        from nltk.tokenize.punkt import PunktSentenceTokenizer, PunktTrainer

        trainer = PunktTrainer()
        # An empty line between documents: a word is then no neighbour of the next document's first.
        trainer.train("\n\n".join(self._training), finalize=False)
        trainer.finalize_training()
        return PunktSentenceTokenizer(trainer.get_params())

    def split(self, text: str) -> Iterator[str]:
        """The sentences of a text, in order."""
        for start, end in self._tokenizer.span_tokenize(text):
            yield text[start:end]

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
