"""Knows what is ordinary in the reference (`Background`): its words, scripts, markup and invisible characters."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

import numpy as np

from evalkit._util.entries import Arrays, as_array, as_words
from evalkit.auditing.characters import invisible_characters, letters_by_script, mixed_words
from evalkit.auditing.markup import kinds_of_markup
from evalkit.counts.matrix import scanned
from evalkit.text.canonical import canonical
from evalkit.text.tokenize import words

HARDLY = 0.001
"""Share of the reference's letters below which it hardly has a script."""


@dataclass(frozen=True)
class Background:
    """What the documents of a reference hold, so that only what is foreign to them is called a fault.

    Args:
        words: how often each word occurs.
        letters: how many letters each script has.
        markup: the kinds of markup that occur.
        invisible: the invisible characters that occur.
        mixed: whether words mix letters of several alphabets.
    """

    words: Mapping[str, int] = field(default_factory=dict)
    letters: Mapping[str, int] = field(default_factory=dict)
    markup: frozenset[str] = frozenset()
    invisible: frozenset[str] = frozenset()
    mixed: bool = False

    @classmethod
    def of(cls, texts: Iterable[str]) -> Background:
        """What some documents hold."""
        texts = list(texts)
        counts = scanned([canonical(text) for text in texts]).frequencies()
        letters: Counter[str] = Counter()
        markup: set[str] = set()
        invisible: set[str] = set()
        mixed = False
        for text in texts:
            letters.update(letters_by_script(text))
            markup |= kinds_of_markup(text)
            invisible |= {text[place] for place in invisible_characters(text)}
            mixed = mixed or bool(mixed_words(text))
        return cls(counts, letters, frozenset(markup), frozenset(invisible), mixed)

    def arrays(self) -> Arrays:
        """What documents hold as arrays, from which `restored` makes it again."""
        arrays = {
            "markup": as_array(sorted(self.markup)),
            "invisible": as_array(sorted(self.invisible)),
            "mixed": np.array(self.mixed),
        }
        for name, counts in (("words", self.words), ("letters", self.letters)):
            arrays |= {name: as_array(counts), f"n {name}": np.array(list(counts.values()), np.int64)}
        return arrays

    @classmethod
    def restored(cls, arrays: Arrays) -> Background:
        """What `arrays` gave."""
        words, letters = (
            Counter(dict(zip(as_words(arrays[name]), arrays[f"n {name}"].tolist(), strict=True))) for name in ("words", "letters")
        )
        markup, invisible = (frozenset(as_words(arrays[name])) for name in ("markup", "invisible"))
        return cls(words, letters, markup, invisible, bool(arrays["mixed"]))

    def hardly_has(self, script: str) -> bool:
        """Whether a script makes up less than a thousandth of the reference's letters."""
        return self.letters.get(script, 0) < HARDLY * sum(self.letters.values())

    @cached_property
    def _sorted(self) -> tuple[list[str], list[int]]:
        """The words in order, and how many occurrences all words before each have."""
        ordered = sorted(self.words)
        return ordered, [0, *accumulate(self.words[word] for word in ordered)]

    @cached_property
    def _totals(self) -> tuple[int, int, float]:
        """Occurrences of words, places inside words, and the chance of one unknown word."""
        n_words = sum(self.words.values())
        inside = sum(n * (len(word) - 1) for word, n in self.words.items())
        # The share of words that will be new is the share of those seen once (Good 1953). Each is one of at least as many as are known.
        once = sum(n == 1 for n in self.words.values())
        return n_words, inside, max(once, 1) / max(n_words, 1) / max(len(self.words), 1)

    def cut_odds(self, word: str) -> float:
        """How much likelier letters are as the beginning of a word that was cut than as a whole word; 0 where no word goes on from them.

        P(letters | a text that stops at any place inside a word) / P(letters | a text that stops at the end of a word), both from the words
        of the reference.
        """
        ordered, before = self._sorted
        low = bisect_left(ordered, word)
        high = bisect_left(ordered, word + "\U0010ffff")
        whole = self.words.get(word, 0)
        longer = before[high] - before[low] - whole
        n_words, inside, unknown = self._totals
        if not longer or not inside:
            return 0.0
        return (longer / inside) / max(whole / n_words, unknown)

    @property
    def mostly(self) -> str:
        """The script that most letters of the reference have."""
        return max(self.letters, key=lambda script: self.letters[script], default="")


def last_word(text: str) -> str | None:
    """The word that a text ends inside or behind; None where it ends with anything but a letter or a hyphen."""
    stripped = text.rstrip("\r\n")
    if not stripped or unicodedata.category(stripped[-1])[0] not in "LM":
        return None
    found = words(stripped[-200:])
    return found[-1] if found else None
