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

from evalkit._util.entries import Arrays, Keep, anew, as_array, as_words
from evalkit.language.profile import Language
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
_ORDINAL = re.compile(r"(?<![\w.,])(?:\d{1,2}|[IVXLC]{1,9})\.$")
"""A number at the end of a piece that may be an ordinal; larger ones are years and amounts."""
_LONGEST_ORDINAL = 10
"""Characters of an ordinal with its full stop."""
_MOST_TRAINING_CHARS = 120_000
"""Punkt learns about 500,000 characters a second; more text of the same author adds few abbreviations."""


class SentenceSplitter:
    """Splits text into sentences as the training documents have them (Kiss and Strunk 2006).

    Args:
        documents: to learn from; of long ones the beginning, so that each has its share of the first 120,000 characters.
        language: whose abbreviations and ordinals are known beyond what the documents teach.
        keep: keeps what was learned for later runs.
    """

    def __init__(self, documents: Sequence[str], language: Language | None = None, *, keep: Keep = anew) -> None:
        self._documents, self._keep = documents, keep
        self._abbreviations = language.abbreviations if language else frozenset()
        self._ordinals = bool(language and language.ordinals)
        # An ordinal is followed by what it counts. Where one of these begins the next sentence, the number stood alone.
        self._starters = frozenset(word for word, _ in language.function_words) if language else frozenset()

    def _training(self) -> str:
        documents = [canonical(text) for text in self._documents]
        # What short documents leave of their share goes to the longer ones.
        share = _MOST_TRAINING_CHARS // max(1, len(documents))
        spare = sum(max(0, share - len(text)) for text in documents)
        longer = sum(len(text) > share for text in documents)
        most = share + spare // max(1, longer)
        # An empty line between documents: a word is then no neighbour of the next document's first.
        return "\n\n".join(_as_punkt_reads(text[:most]) for text in documents)

    @cached_property
    def _tokenizer(self) -> Any:
        from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

        learned = self._keep("sentences", self._learned)
        found = PunktParameters()
        found.abbrev_types.update(as_words(learned["abbreviations"]), self._abbreviations)
        found.sent_starters.update(as_words(learned["starters"]))
        words = as_words(learned["collocations"])
        found.collocations.update(zip(words[::2], words[1::2], strict=True))
        found.ortho_context.update(zip(as_words(learned["words"]), learned["contexts"].tolist(), strict=True))
        return PunktSentenceTokenizer(found)

    def _learned(self) -> Arrays:
        """What Punkt learns of the documents."""
        from nltk.tokenize.punkt import PunktTrainer

        trainer = PunktTrainer()
        trainer.train(self._training(), finalize=False)
        trainer.finalize_training()
        found = trainer.get_params()
        contexts = dict(found.ortho_context)
        return {
            "abbreviations": as_array(sorted(found.abbrev_types)),
            "starters": as_array(sorted(found.sent_starters)),
            "collocations": as_array(word for pair in sorted(found.collocations) for word in pair),
            "words": as_array(contexts),
            "contexts": np.array(list(contexts.values()), np.int64),
        }

    def split(self, text: str) -> Iterator[str]:
        """The sentences of a text in canonical form, in order, an ellipsis as three points."""
        text = _as_punkt_reads(canonical(text))
        for start, end in self._spans(text):
            inner = [end_.end() for end_ in _OTHER_END.finditer(text, start, end)]
            yield from (piece for low, high in pairwise([start, *inner, end]) if (piece := text[low:high].strip()))

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where Punkt's sentences begin and end, those joined that an ordinal parts."""
        spans: list[tuple[int, int]] = []
        for start, end in self._tokenizer.span_tokenize(text):
            if spans and self._ordinals and self._is_ordinal(text, spans[-1][1], start, end):
                spans[-1] = spans[-1][0], end
            else:
                spans.append((start, end))
        return iter(spans)

    def _is_ordinal(self, text: str, before: int, start: int, end: int) -> bool:
        """Whether the piece that ends at `before` ends in an ordinal that the next piece, from start to end, continues."""
        # Only the last characters are looked at, since pieces that were joined grow long.
        ordinal = _ORDINAL.search(text, max(0, before - _LONGEST_ORDINAL), before)
        return ordinal is not None and next(iter(words(text[start:end])), "") not in self._starters

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
