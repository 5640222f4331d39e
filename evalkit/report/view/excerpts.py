"""Passages to read, marked, with the places that findings link to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evalkit.report.view.highlight import KINDS, Slice, slices
from evalkit.results import Excerpt, Results
from evalkit.text.passages import Passage
from evalkit.text.tokenize import normalize

ROLES = {"best": "Best", "worst": "Worst", "random": "At random", "example": "For an overused word", "human": "Human"}
FLAWS = {
    "nonword": ("unknown word", "unknown words"),
    "copied": ("copied stretch", "copied stretches"),
    "shadow": ("stretch along the corpus", "stretches along the corpus"),
    "loop": ("loop", "loops"),
    "overused": ("overused word", "overused words"),
}
"""Kind of flaw -> its name for one and for several."""
_UNMARKED = 1500


@dataclass(frozen=True)
class Marked:
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


Reading = Mapping[str, Sequence[Marked]]
"""Candidate -> its passages, "" -> human ones."""


def reading(results: Results, samples: Mapping[str, Sequence[Passage]]) -> dict[str, list[Marked]]:
    """Passages to read by candidate, "" for human text; files without excerpts give their first samples, unmarked."""
    found = {}
    for number, name in enumerate(["", *(candidate["name"] for candidate in results.candidates)]):
        chosen = list(results.excerpts.get(name, ())) or [_plain(passage) for passage in samples.get(name, ())[:2]]
        found[name] = [marked(excerpt, f"s{number}-{i}") for i, excerpt in enumerate(chosen)]
    return found


def marked(excerpt: Excerpt, anchor: str) -> Marked:
    """An excerpt ready for the page."""
    words = _first_places(excerpt)
    anchors = {start: f"{anchor}-{i}" for i, start in enumerate(words.values())}
    counts = {kind: sum(span.kind == kind for span in excerpt.spans) for kind in KINDS}
    return Marked(
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
    found: dict[str, int] = {}
    for span in excerpt.spans:
        if span.kind == "overused" and span.start < len(excerpt.text):
            found.setdefault(normalize(excerpt.text[span.start : span.end]).casefold(), span.start)
    return found


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
        role="random", id=passage.id, text=passage.text[:_UNMARKED], n_chars=len(passage.text), document=passage.document
    )


def kinds_found(passages: Reading) -> list[str]:
    """The kinds of flaw that some candidate's passage has."""
    found = {kind for name, chosen in passages.items() if name for passage in chosen for kind in passage.counts}
    return [kind for kind in FLAWS if kind in found]
