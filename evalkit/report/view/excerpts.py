"""Marks the passages to read, a `MarkedPassage` each, with the places that findings link to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evalkit.report.view.highlight import KINDS, Slice, slices
from evalkit.results import Excerpt, Results
from evalkit.text.canonical import fold
from evalkit.text.passages import Passage

ROLES = {"best": "Best", "worst": "Worst", "random": "At random", "example": "For an overused word", "human": "Human"}
FLAWS = {
    "nonword": ("unknown word", "unknown words"),
    "copied": ("copied stretch", "copied stretches"),
    "shadow": ("stretch along the corpus", "stretches along the corpus"),
    "loop": ("loop", "loops"),
    "overused": ("overused word", "overused words"),
}
"""Kind of flaw -> its name for one and for several."""
_UNMARKED_CHARS = 1500
"""Characters that are shown of a passage without an excerpt."""


@dataclass(frozen=True)
class MarkedPassage:
    """A passage to read.

    Args:
        passage: its id.
        anchor: what links to it use.
        role, title, note: how it was chosen, that for people, and what to know of it.
        slices: the text with its marks.
        counts: kind of flaw -> how often.
        words: overused word -> the anchor of its first occurrence here.
    """

    passage: str
    anchor: str
    role: str
    title: str
    note: str
    slices: Sequence[Slice]
    counts: Mapping[str, int]
    words: Mapping[str, str]

    @property
    def kinds(self) -> str:
        """The kinds of flaw that it has."""
        return " ".join(self.counts)


Reading = Mapping[str, Sequence[MarkedPassage]]
"""Candidate -> its passages, "" -> human ones."""


def marked_passages(results: Results, samples: Mapping[str, Sequence[Passage]]) -> dict[str, list[MarkedPassage]]:
    """Passages to read by candidate, "" for human text; files without excerpts give their first samples, unmarked."""
    passages = {}
    for number, name in enumerate(["", *(candidate["name"] for candidate in results.candidates)]):
        excerpts = list(results.excerpts.get(name, ())) or [_plain(passage) for passage in samples.get(name, ())[:2]]
        passages[name] = [_marked(excerpt, f"s{number}-{i}") for i, excerpt in enumerate(excerpts)]
    return passages


def _marked(excerpt: Excerpt, anchor: str) -> MarkedPassage:
    """An excerpt ready for the page."""
    words = _first_places(excerpt)
    anchors = {start: f"{anchor}-{i}" for i, start in enumerate(words.values())}
    counts = {kind: sum(span.kind == kind for span in excerpt.spans) for kind in KINDS}
    return MarkedPassage(
        passage=excerpt.id,
        anchor=anchor,
        role=excerpt.role,
        title=ROLES[excerpt.role],
        note=", ".join(_notes(excerpt)),
        slices=slices(excerpt.text, excerpt.spans, anchors),
        counts={kind: n for kind, n in counts.items() if n},
        words={word: anchors[start] for word, start in words.items()},
    )


def _first_places(excerpt: Excerpt) -> dict[str, int]:
    """Overused word -> where it first stands."""
    places: dict[str, int] = {}
    for span in excerpt.spans:
        if span.kind == "overused" and span.start < len(excerpt.text):
            places.setdefault(fold(excerpt.text[span.start : span.end]), span.start)
    return places


def _notes(excerpt: Excerpt) -> Iterable[str]:
    yield excerpt.document or f"passage {excerpt.id}"
    if excerpt.distance is not None:
        yield f"distance {excerpt.distance:.2f}"
    sources = dict.fromkeys(span.source for span in excerpt.spans if span.source)
    if sources:
        yield f"follows {', '.join(sources)}"
    if len(excerpt.text) < excerpt.n_chars:
        yield f"its first {len(excerpt.text):,} of {excerpt.n_chars:,} characters"


def _plain(passage: Passage) -> Excerpt:
    return Excerpt(
        role="random", id=passage.id, text=passage.text[:_UNMARKED_CHARS], n_chars=len(passage.text), document=passage.document
    )


def flaw_kinds(passages: Reading) -> list[str]:
    """The kinds of flaw that some candidate's passage has."""
    kinds = {kind for name, marked in passages.items() if name for passage in marked for kind in passage.counts}
    return [kind for kind in FLAWS if kind in kinds]
