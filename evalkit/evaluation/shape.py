"""Chooses the shape of a comparison (`equal_shape`) and brings samples to it (`samples_at_shape`): all of them, in pieces where they are longer.

A sample longer than the shape is cut into consecutive pieces, and all of its pieces are judged. They are one unit, since one draw made them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evalkit._util.escape import visible
from evalkit._util.formatting import count
from evalkit.auditing.given import is_blank
from evalkit.errors import InputError, UsageError
from evalkit.evaluation.candidates import NO_LIKELIHOOD, Candidate, Drawn, LeftOut, Shape
from evalkit.evaluation.request import CompareRequest
from evalkit.inference import FEWEST_UNITS
from evalkit.inference.blocks import FEWEST_PIECES
from evalkit.text.canonical import canonical
from evalkit.text.passages import Passage, fit_length, pieces
from generators.base import check_amount

DEFAULT_CHARS = 1000
"""Characters of a passage where there are no samples to take them from, and of the pieces of texts that are too few to be units."""
MOST_PASSAGES = 200
"""Samples of a candidate where none were asked for; more make a run slow and its intervals little narrower."""
SHORTEST_SHAPE = 20
"""Characters of the shortest passages that are measured. Shorter ones say nothing, and cut human text into too many to hold in memory."""
MOST_CHARS = 2_000_000
"""Characters of a candidate that are judged where its samples are cut: memory and time grow with them."""
_FEWEST_HUMAN = 10
"""Whole passages of the samples' length that held-out text must give; otherwise a floor of that length would be of a few texts."""
_HUMAN_SHARE = 0.75
"""Share of the held-out characters that those passages must hold; otherwise most human passages would be shorter."""
_EQUAL = "all candidates are judged on equal amounts of text"
_THINNING = 0x7417
"""Key of the random stream that chooses among pieces, so that no other draw of the same seed is repeated here."""


class HumanText(Protocol):
    """The part of a reference that decides a shape."""

    @property
    def held_out_texts(self) -> list[str]:
        """The text of each held-out document, in canonical form."""


def equal_shape(request: CompareRequest, on_disk: Mapping[str, Sequence[Passage]], reference: HumanText) -> Shape:
    """The shape at which all candidates are measured: what was asked for, or the largest that all of them can have.

    Passages are as long as the samples: the median of their lengths, of several candidates the smallest one. Held-out human text must give
    at least 10 passages of that length, so longer samples are cut into equal pieces.

    Args:
        request: with the samples and characters that were asked for.
        on_disk: the samples of each candidate that has them.
        reference: whose held-out documents make the human floor.

    Returns:
        As many passages as the samples give pieces: of several candidates that can be ranked the fewest, and no more than the candidate
        `human` has.

    Raises:
        InputError, UsageError: when samples hold no text or hardly any, or passages are to be shorter than 20 characters.
    """
    on_disk = {name: _canonical(passages) for name, passages in on_disk.items()}
    sizes = np.array([len(text) for text in reference.held_out_texts])
    n_chars = request.n_chars or min((_length(name, passages, sizes) for name, passages in on_disk.items()), default=DEFAULT_CHARS)
    if n_chars < SHORTEST_SHAPE:
        raise UsageError(
            f"Passages of {count(n_chars, 'character')} are too short to measure style on.",
            remedy=f"Ask for {SHORTEST_SHAPE} characters or more with --chars.",
        )
    check_amount(1, n_chars)
    n_human = max(1, int(sizes.sum()) // n_chars)
    if not on_disk:
        n_passages = request.n_passages or min(MOST_PASSAGES, n_human)
        check_amount(n_passages, n_chars)
        return Shape(n_passages, n_chars)
    n_samples = request.n_passages or MOST_PASSAGES
    available = [_available(passages, n_chars, n_samples, seed=request.seed) for passages in on_disk.values()]
    if request.n_passages:
        # A candidate with fewer is told apart and not ranked; but where none has as many, they can still be compared with each other.
        return Shape(min([n for n in available if n >= n_samples] or available), n_chars, n_samples)
    human = [n_human] if any(candidate.is_human for candidate in request.candidates) else []
    # A candidate that can have no interval is not ranked: it shall neither make the others smaller nor lose text of its own.
    ranked = [n for passages, n in zip(on_disk.values(), available, strict=True) if _can_have_interval(passages, n)]
    return Shape(min([*(ranked or [max(available)]), *human]), n_chars, n_samples)


def _can_have_interval(passages: Sequence[Passage], n_pieces: int) -> bool:
    return len(passages) >= FEWEST_UNITS or n_pieces >= FEWEST_PIECES


def _canonical(passages: Sequence[Passage]) -> list[Passage]:
    """The passages in canonical form, in which lengths are counted and texts cut."""
    return [replace(passage, text=canonical(passage.text)) for passage in passages]


def _length(name: str, passages: Sequence[Passage], sizes: NDArray[np.int64]) -> int:
    """The length at which samples are judged, in characters.

    Args:
        name: of their candidate.
        passages: the samples of one candidate.
        sizes: characters of each held-out document.

    Raises:
        InputError: there is no text, or so little in each sample that a shape of it says nothing.
    """
    # Empty samples are the audit's: a model that answers nothing half of the time is said to, and the rest is measured at its own length.
    lengths = [len(passage.text) for passage in passages if not is_blank(passage.text)]
    if not lengths:
        which = "its one passage is" if len(passages) == 1 else f"all of its {len(passages):,} passages are"
        raise InputError(
            f'"{visible(name)}" holds no text: {which} empty.',
            remedy="Give samples with text in them; `evalkit audit` says what was read.",
        )
    length = round(median(lengths))
    if length < SHORTEST_SHAPE:
        raise InputError(
            f'The passages of "{visible(name)}" have {count(length, "character")} in the median, too few to measure style on.',
            remedy=f"Join them into passages of {SHORTEST_SHAPE} characters or more; `evalkit audit` says what was read.",
        )
    if len(passages) < FEWEST_UNITS:
        # Their interval comes from their pieces, if from anything, and takes many of them.
        return round(length / max(1, round(length / DEFAULT_CHARS)))
    n = 1
    while length / n > DEFAULT_CHARS and not _gives_a_floor(sizes, length / n):
        n = max(n + 1, round(1.02 * n))
    return round(length / n)


def _gives_a_floor(sizes: NDArray[np.int64], n_chars: float) -> bool:
    """Whether human documents of these sizes give enough passages of a length."""
    whole = float((sizes // n_chars).sum())
    return whole >= _FEWEST_HUMAN and whole * n_chars >= _HUMAN_SHARE * float(sizes.sum())


def _available(passages: Sequence[Passage], n_chars: int, n_samples: int, *, seed: int) -> int:
    """How many pieces samples give, where at most n_samples of them are taken."""
    chosen = _choose(passages, n_samples, seed=seed)
    return max(1, min(len(_in_pieces(chosen, n_chars)), max(len(chosen), MOST_CHARS // n_chars)))


def _choose(passages: Sequence[Passage], n: int, *, seed: int) -> list[Passage]:
    """At most n samples, drawn at random, in their order."""
    if len(passages) <= n:
        return list(passages)
    # Sorted, so that the passages keep their order whatever the seed.
    rows = np.sort(np.random.default_rng([seed, len(passages)]).choice(len(passages), n, replace=False))
    return [passages[row] for row in rows]


def _in_pieces(passages: Sequence[Passage], n_chars: int) -> list[Passage]:
    """All of each sample, in consecutive pieces where it is longer; the pieces of a sample are of one document."""
    return [piece for passage in passages for piece in _pieces_of(passage, pieces(passage.text, n_chars))]


def _pieces_of(passage: Passage, texts: Sequence[str]) -> list[Passage]:
    if len(texts) == 1:
        return [replace(passage, text=texts[0])]
    document = passage.document if passage.document is not None else passage.id
    return [replace(passage, text=text, id=f"{passage.id}#{i}", document=document, piece=i) for i, text in enumerate(texts)]


def _thin(passages: Sequence[Passage], n: int, *, seed: int) -> list[Passage]:
    """The passages, thinned to n evenly: of each of n parts of them one at random, so that ends are as likely as beginnings."""
    if len(passages) <= n:
        return list(passages)
    starts = np.arange(n + 1) * len(passages) // n
    rng = np.random.default_rng([seed, _THINNING, len(passages), n])
    return [passages[row] for row in rng.integers(starts[:-1], starts[1:])]


def one_piece_each(passages: Sequence[Passage], n_chars: int, *, seed: int) -> list[Passage]:
    """One piece of each sample, at random: passages that are as independent as the samples.

    Args:
        passages: the samples.
        n_chars: about the length of a piece.
        seed: of the choice.
    """
    rng = np.random.default_rng([seed, _THINNING, len(passages)])
    cut = (_in_pieces([passage], n_chars) for passage in _canonical(passages))
    return [of_sample[rng.integers(len(of_sample))] for of_sample in cut]


def samples_at_shape(candidate: Candidate, passages: Sequence[Passage], shape: Shape, *, seed: int, because: str = _EQUAL) -> Drawn:
    """Samples in pieces of the shape's length, and no more pieces than the shape has passages.

    Args:
        candidate: whose samples they are.
        passages: all of its samples.
        shape: of the comparison.
        seed: of the choice, where there are more samples or pieces.
        because: why no more pieces are judged than the shape has, as a clause.
    """
    given, passages = passages, _canonical(passages)
    chosen = _choose(passages, shape.n_samples or shape.n_passages, seed=seed)
    cut = _in_pieces(chosen, shape.n_chars)
    kept = _thin(cut, shape.n_passages, seed=seed)
    if len(kept) < len(cut) and len(kept) == 1:  # a single passage is one from the beginning, as long as the others are
        kept = [replace(chosen[0], text=fit_length(chosen[0].text, shape.n_chars))]
    return replace(_drawn(candidate, passages, _Steps(chosen, cut, kept, because), shape, seed), read=tuple(given))


def samples_of_length(
    candidate: Candidate, passages: Sequence[Passage], shape: Shape, *, seed: int, because: str = _EQUAL
) -> Drawn:
    """As `samples_at_shape`, in stretches of no more than the shape's length: for a comparison with passages that were so long.

    What a sample is longer than a whole number of stretches is left out, at its beginning or its end or both, at random.
    """
    given, passages = passages, _canonical(passages)
    rng = np.random.default_rng([seed, _THINNING, len(passages)])
    chosen = _choose(passages, shape.n_samples or shape.n_passages, seed=seed)
    cut = [piece for passage in chosen for piece in _pieces_of(passage, _stretches(passage.text, shape.n_chars, rng))]
    kept = _thin(cut, shape.n_passages, seed=seed)
    return replace(_drawn(candidate, passages, _Steps(chosen, cut, kept, because, exact=True), shape, seed), read=tuple(given))


def _stretches(text: str, n_chars: int, rng: np.random.Generator) -> list[str]:
    """As many consecutive stretches of n_chars as a text holds, from a random place on, each cut at a space; a short text is one."""
    n = max(1, len(text) // n_chars)
    first = int(rng.integers(0, max(0, len(text) - n * n_chars) + 1))
    starts = range(first, first + n * n_chars, n_chars)
    return [fit_length(text[start : start + n_chars + 1], n_chars) for start in starts]


@dataclass(frozen=True)
class _Steps:
    """What became of samples: those that were chosen, their pieces, and the pieces that were kept."""

    chosen: Sequence[Passage]
    cut: Sequence[Passage]
    kept: Sequence[Passage]
    because: str
    exact: bool = False


def _drawn(candidate: Candidate, passages: Sequence[Passage], steps: _Steps, shape: Shape, seed: int) -> Drawn:
    notes = []
    if len(steps.cut) > len(steps.chosen):
        were = f"its {len(steps.chosen)} samples were" if len(steps.chosen) > 1 else "it is one text, and was"
        length = round(sum(len(piece.text) for piece in steps.cut) / len(steps.cut))
        notes.append(f"{were} cut into {len(steps.cut)} consecutive pieces of about {length:,} characters")
    if len(steps.kept) < shape.n_passages:
        notes.append(f"it has {count(len(steps.kept), 'passage')} where {shape.n_passages} were asked for")
    return Drawn(candidate, tuple(steps.kept), {}, NO_LIKELIHOOD, tuple(notes), _left_out(passages, steps, shape, seed))


def _left_out(passages: Sequence[Passage], steps: _Steps, shape: Shape, seed: int) -> LeftOut | None:
    """The characters that are given and not kept, and why."""
    given = sum(len(passage.text) for passage in passages)
    missing = given - sum(len(passage.text) for passage in steps.kept)
    if missing <= 0:
        return None
    reasons, remedy = [], ""
    if len(steps.chosen) < len(passages):
        reasons.append(f"{len(steps.chosen)} of its {len(passages):,} samples were drawn (seed {seed})")
        if shape.n_samples is not None:
            remedy = f"Give --passages {len(passages)} to judge all samples."
    if steps.exact:
        reasons.append(f"they were cut to {shape.n_chars:,} characters")
    if len(steps.kept) < len(steps.cut):
        much = len(steps.kept) * shape.n_chars > MOST_CHARS - shape.n_chars
        because = f"at most {MOST_CHARS:,} characters of a candidate are judged" if much else steps.because
        were = "was" if len(steps.kept) == 1 else "were"
        reasons.append(f"{len(steps.kept):,} of the {len(steps.cut):,} pieces {were} drawn, since {because}")
    return LeftOut(missing, given, tuple(reasons), remedy)


def left_out_warnings(drawn: Sequence[Drawn]) -> list[str]:
    """What was given and is not judged, a sentence a candidate: the first thing that the reader of a run must know."""
    return [item.left_out.sentence(item.candidate.name) for item in drawn if item.left_out is not None]
