"""Makes texts that run along another (`predicted`), and says where the article's samples run along (`SAMPLE_PLACES`)."""

from __future__ import annotations

import numpy as np

SAMPLE_PLACES = {
    "1": ("dreams_in_the_witch", "Gilman must see a specialist sooner or later", 0.54),
    "2": ("dreams_in_the_witch", "the ground floor. Elwood was in, thank heaven", 0.61),
    "3": ("mountains_of_madness", "--a brilliant young fellow named Danforth--", 0.44),
    "4": ("mountains_of_madness", "As a geologist, my object in leading the", 0.45),
    "5": ("unnamable", "this was flagrant trashiness, and my friend", 0.51),
}
"""Sample of the article -> story, the words where it begins, and the share of characters that agree."""


def predicted(text, *, seed, wrong=0.45):
    """The text as a model prints it that is told every true character and guesses the next: some letters are others, spaces stay."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("etaoinshrdlu"))
    return "".join(rng.choice(letters) if char.isalpha() and rng.random() < wrong else char for char in text)
