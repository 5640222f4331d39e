"""Chooses what a reader of a gate sees of its text, `passages_shown`: the candidate's passages beside human ones of the same rank of distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evalkit.counts.feature import Floats
from evalkit.counts.matrix import Scan
from evalkit.evaluation.rows import noise_damages
from evalkit.explain.excerpts import choose_excerpts, held_out_passages, human_excerpts, mark_copies, show_words
from evalkit.explain.text_counts import text_counts
from evalkit.inference import Sample
from evalkit.judgment.passages import passage_distances
from evalkit.results import Excerpt, Explanation, TextCounts

if TYPE_CHECKING:
    from evalkit.gating.results import JudgedCandidate
    from evalkit.text.passages import Passage

_HUMAN = 0x7E87
"""Key of the random stream that chooses human passages, the same as in a comparison."""


@dataclass(frozen=True)
class PassagesShown:
    """What results keep of the text of a gate, by candidate; "" is human text.

    Args:
        excerpts: passages to read.
        texts: the distance of every passage, copied phrases and word ranks, for figures.
    """

    excerpts: Mapping[str, Sequence[Excerpt]]
    texts: Mapping[str, TextCounts]


def passages_shown(judged: JudgedCandidate, explanation: Explanation) -> PassagesShown:
    """The passages of a gate's candidate beside held-out human ones; a baseline keeps counts and no text.

    Args:
        judged: at the last look.
        explanation: whose overused words are marked.
    """
    name, reference, seed = judged.request.candidate.name, judged.reference, judged.request.seed
    passages, human = judged.drawn.passages, _human_passages(judged)
    scan, distances = Scan([passage.text for passage in passages]), _distances(judged, judged.sample)
    texts = {name: text_counts(scan, judged.sample.observed(), distances)}
    words = [use.word for use in explanation.words if use.z > 0]
    excerpts = choose_excerpts(passages, distances, reference.lexicon, seed=seed)
    human_scan = Scan([passage.text for passage in human])
    human_sample = reference.sample(human, human_scan)
    human_distances = _distances(judged, human_sample)
    texts[""] = text_counts(human_scan, human_sample.observed(), human_distances)
    shown = {
        "": human_excerpts(human, reference.lexicon, seed=seed, distances=human_distances),
        name: show_words(excerpts, words, passages, reference.lexicon),
    }
    return PassagesShown(mark_copies(shown, reference.lexicon.training), texts)


def _human_passages(judged: JudgedCandidate) -> list[Passage]:
    """Held-out passages, as many as the candidate has where there are so many: the worst of more would be farther off."""
    every = held_out_passages(judged.request.split.held_out, judged.shape.n_chars)
    order = np.random.default_rng([judged.request.seed, _HUMAN]).permutation(len(every))
    return [every[row] for row in sorted(order[: judged.shape.n_passages])]


def _distances(judged: JudgedCandidate, sample: Sample) -> Floats:
    """How far each passage is from the reference, [n]."""
    headline = [metric for metric in judged.request.metrics if metric.headline]
    return passage_distances(sample, headline, noise_damages(judged.request.baseline.floors))
