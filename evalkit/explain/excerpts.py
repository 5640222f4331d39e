"""Chooses passages to read (`choose_excerpts`): the best, the middle and the worst of each candidate, with their faults marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Floats, Lexicon
from evalkit.matching.encoding import code_points
from evalkit.metrics.repeat import SHORTEST_LOOP
from evalkit.metrics.vocab import SHORTEST
from evalkit.results import Excerpt, Span, number
from evalkit.text.canonical import canonical, fold, matched, matched_positions, on_lines
from evalkit.text.documents import Document
from evalkit.text.passages import Passage, fit_length, slices
from evalkit.text.tokenize import pattern, without_numerals, without_possessive

if TYPE_CHECKING:
    from evalkit.matching.alignment import Shadow
    from evalkit.matching.training_index import TrainingIndex

LONGEST = 1500
"""Characters of an excerpt; longer passages are cut."""
N_HUMAN = 2
"""Human passages where none was measured."""
N_SHOWN = 3
"""Passages of each candidate, those at random among them that make up for ranks that it lacks."""
N_EXAMPLES = 2
"""Passages added because they show an overused word that no other excerpt has."""
Role = Literal["best", "median", "worst", "random", "example", "human"]
SHORTEST_COPY = 30
"""Characters from which a copied stretch is marked; human text has nearly none of that length (0.08 % in Lovecraft)."""
_LOOP = re.compile(r"(.{2,120}?)\1{2,}", re.DOTALL)
_PERIODS = range(2, 121)
"""Characters after which `_LOOP` may repeat itself."""
_CHOICE, _HUMAN_CHOICE = 0xE8CE, 0x40A
"""Keys of the two random streams, so that neither depends on how much the other draws."""
_MOST_BITS = 9
"""The largest surprise that is kept, so that each is one digit."""


def choose_excerpts(passages: Sequence[Passage], distances: Floats, lexicon: Lexicon, *, seed: int) -> list[Excerpt]:
    """The best, the middle and the worst passage by distance, and others at random where these ranks are not known.

    Args:
        passages: of one candidate.
        distances: of each passage from the reference, [n]; NaN where it could not be measured.
        lexicon: what counts as a word.
        seed: of the random choice.
    """
    roles = _ranked(distances)
    rest = [row for row in range(len(passages)) if row not in roles and passages[row].text.strip()]
    rng = np.random.default_rng([seed, _CHOICE])
    for i in sorted(rng.permutation(len(rest))[: N_SHOWN - len(roles)]):
        roles[rest[i]] = "random"
    return [_excerpt(passages[row], role, distances[row], lexicon) for row, role in roles.items()]


def _ranked(distances: Floats) -> dict[int, Role]:
    """The rows of the best, the middle and the worst passage, as far as so many were measured."""
    measured = np.flatnonzero(np.isfinite(distances))
    if len(measured) < 2:
        return {}
    order = [int(row) for row in measured[np.argsort(distances[measured], kind="stable")]]
    middle: dict[int, Role] = {order[len(order) // 2]: "median"} if len(order) > 2 else {}
    return {order[0]: "best", **middle, order[-1]: "worst"}


def held_out_passages(documents: Sequence[Document], n_chars: int) -> list[Passage]:
    """Human passages to read candidates beside, each named for its document."""
    return [
        Passage(text, f"{document.id}/{i}", document.id)
        for document in documents
        for i, text in enumerate(slices(canonical(document.text), n_chars))
    ]


def human_excerpts(passages: Sequence[Passage], lexicon: Lexicon, *, seed: int, distances: Floats | None = None) -> list[Excerpt]:
    """Passages of held-out human text: of the ranks of `choose_excerpts`, or some from different documents where no distance is known.

    Args:
        passages: to choose from.
        lexicon: what counts as a word.
        seed: of the random choice.
        distances: of each passage from the reference, [n]; None where they were not measured.
    """
    if distances is not None and (ranked := _ranked(distances)):
        return [_excerpt(passages[row], role, distances[row], lexicon) for row, role in ranked.items()]
    order = np.random.default_rng([seed, _HUMAN_CHOICE]).permutation(len(passages))
    # Later entries replace earlier ones, so the reversed order keeps the first passage of each document.
    first_of_document = {passages[row].document: int(row) for row in order[::-1]}
    rows = [*first_of_document.values(), *(int(row) for row in order if int(row) not in first_of_document.values())][:N_HUMAN]
    return [_excerpt(passages[row], "human", np.nan, lexicon) for row in rows]


def show_words(excerpts: Sequence[Excerpt], words: Sequence[str], passages: Sequence[Passage], lexicon: Lexicon) -> list[Excerpt]:
    """The excerpts with overused words marked, and a few more passages for the words that none of them has.

    Args:
        excerpts: of one candidate.
        words: case folded.
        passages: the candidate's.
        lexicon: what counts as a word.
    """
    shown = list(excerpts)
    missing = set(words) - {word for excerpt in shown for word in _words(excerpt.text)}
    shown_ids = {excerpt.id for excerpt in shown}
    # Greedy set cover: each further passage is the one with the most missing words.
    found = [(set(_words(fit_length(p.text, LONGEST))), p) for p in passages] if missing else []
    for _ in range(N_EXAMPLES):
        rest = [(len(missing & its_words), p) for its_words, p in found if p.id not in shown_ids]
        n_words, passage = max(rest, key=lambda pair: pair[0], default=(0, None))
        if not n_words or passage is None:
            break
        shown.append(_excerpt(passage, "example", np.nan, lexicon))
        shown_ids.add(passage.id)
        missing -= set(_words(shown[-1].text))
    return [replace(excerpt, spans=_in_order([*excerpt.spans, *overused(excerpt.text, words)])) for excerpt in shown]


def _words(text: str) -> list[str]:
    return [fold(match[0]) for match in _matches(text)]


def _matches(text: str) -> Iterator[re.Match[str]]:
    """The words of the tokenizer in a canonical text, with their places and as they are written."""
    plain = without_numerals(text)
    return pattern(plain).finditer(plain)


def _in_order(spans: Sequence[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (span.start, span.end))


def overused(text: str, words: Sequence[str]) -> list[Span]:
    """Every occurrence of some words.

    >>> [text[span.start:span.end] for text in ["The lamp, the Lamps."] for span in overused(text, ["lamp"])]
    ['lamp']
    """
    return [Span(start=m.start(), end=m.end(), kind="overused") for m in _matches(text) if fold(m[0]) in words]


def _excerpt(passage: Passage, role: Role, distance: float, lexicon: Lexicon) -> Excerpt:
    text = on_lines(fit_length(canonical(passage.text), LONGEST))
    return Excerpt(
        role=role,
        id=passage.id,
        text=text,
        n_chars=len(passage.text),
        document=passage.document,
        distance=number(float(distance)),
        spans=_in_order([*nonwords(text, lexicon), *loops(text)]),
    )


def nonwords(text: str, lexicon: Lexicon) -> list[Span]:
    """Words of 4 letters or more that are neither in the corpus nor in the dictionary.

    >>> lexicon = Lexicon({}, vocabulary=frozenset(["lamp"]))
    >>> [text[span.start:span.end] for text in ["The lamp was grotch."] for span in nonwords(text, lexicon)]
    ['grotch']
    """
    return [Span(start=match.start(), end=match.end(), kind="nonword") for match in _matches(text) if _unknown(match[0], lexicon)]


def _unknown(word: str, lexicon: Lexicon) -> bool:
    stem = without_possessive(fold(word))
    if len(stem) < SHORTEST or stem[0].isdecimal():
        return False
    # A contraction counts as a word if its first part is one: they'll, cap'n.
    return not any(part in lexicon.vocabulary or part in lexicon.dictionary for part in {stem, stem.partition("'")[0]})


def loops(text: str) -> list[Span]:
    """Stretches of 12 characters or more that repeat the same text at least three times in a row.

    >>> [text[span.start:span.end] for text in ["and so and so and so and so on"] for span in loops(text)]
    ['and so and so and so and so ']
    """
    if not _may_loop(text):
        return []
    ranges = (match.span() for match in _LOOP.finditer(text) if match[0].strip())
    return [Span(start=start, end=end, kind="loop") for start, end in ranges if end - start >= SHORTEST_LOOP]


def _may_loop(text: str) -> bool:
    """Whether any stretch occurs three times in a row."""
    # A cheap test before `_LOOP`, which takes thirty times as long to find that it has no match.
    codes = code_points(text)
    return any(b"\1" * 2 * period in (codes[period:] == codes[:-period]).tobytes() for period in _PERIODS)


def mark_copies(excerpts: Mapping[str, Sequence[Excerpt]], training: TrainingIndex | None) -> dict[str, list[Excerpt]]:
    """The excerpts with copied stretches and shadows marked as well, and how surprising each character is.

    Args:
        excerpts: by candidate.
        training: documents to search; with None nothing is marked.
    """
    every = [excerpt for of_candidate in excerpts.values() for excerpt in of_candidate]
    if training is None or not every:
        return {name: list(of_candidate) for name, of_candidate in excerpts.items()}
    # All excerpts are searched at once: a search of one text costs nearly as much as of a hundred.
    texts = [excerpt.text for excerpt in every]
    searched = [matched(text) for text in texts]
    marks = [
        _copies(text, lengths.tolist(), training, matched_positions(spaced))
        for spaced, text, lengths in zip(texts, searched, training.char_lengths(searched), strict=True)
    ]
    for shadow in training.shadows(texts):
        marks[shadow.passage].append(_shadow_span(shadow, training.index.names[shadow.document]))
    marked = iter(
        replace(excerpt, spans=_in_order([*excerpt.spans, *_without_quoted_shadows(_joined(spans))]), surprise=surprise)
        for excerpt, spans, surprise in zip(every, marks, _surprises(texts, training), strict=True)
    )
    return {name: [next(marked) for _ in of_candidate] for name, of_candidate in excerpts.items()}


def _surprises(texts: Sequence[str], training: TrainingIndex) -> Iterator[str]:
    """The bits of each character of each text under the reference's language model, a digit a character."""
    searched = [matched(text) for text in texts]
    for text, spaced, bits in zip(texts, searched, training.bits_of_each(searched), strict=True):
        # Of several spaces the model judges the first; the others are no surprise.
        digits = np.zeros(len(text), np.int64)
        digits[matched_positions(text)[: len(spaced)]] = np.minimum(np.rint(bits), _MOST_BITS)
        yield "".join(map(str, digits.tolist()))


def _copies(text: str, lengths: Sequence[int], training: TrainingIndex, places: NDArray[np.int64]) -> list[Span]:
    """The stretches that occur letter for letter in a training document, none overlapping, at the places of their characters."""
    spans, start = [], 0
    while start < len(lengths):
        n_chars = lengths[start]
        if n_chars < SHORTEST_COPY:
            start += 1
            continue
        document = training.find(training.index.char_codes.encode(text[start : start + n_chars]))[0]
        source = training.index.names[document] if document >= 0 else None
        spans.append(Span(start=int(places[start]), end=int(places[start + n_chars - 1]) + 1, kind="copied", source=source))
        start += n_chars
    return spans


def _shadow_span(shadow: Shadow, source: str) -> Span:
    """A shadow's window."""
    return Span(start=shadow.start, end=shadow.start + shadow.n_chars, kind="shadow", source=source)


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The spans with touching shadows of one source joined: windows of a shadow overlap."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.kind, span.source or "", span.start)):
        last = result[-1] if result else None
        if (
            last is not None
            and (last.kind, last.source) == (span.kind, span.source)
            and span.start <= last.end
            and span.kind == "shadow"
        ):
            result[-1] = replace(last, end=max(last.end, span.end))
        else:
            result.append(span)
    return result


def _without_quoted_shadows(spans: Sequence[Span]) -> list[Span]:
    """The spans without shadows that are mostly copied: whatever is quoted runs along its source too."""
    copied = [span for span in spans if span.kind == "copied"]

    def n_copied(shadow: Span) -> int:
        return sum(max(0, min(shadow.end, span.end) - max(shadow.start, span.start)) for span in copied)

    return [span for span in spans if span.kind != "shadow" or 2 * n_copied(span) < span.end - span.start]
